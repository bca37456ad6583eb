//! Who has which role.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::metadata,
        writer::{Writer, put},
    },
    error::Result,
};

/// A describer of bindings.
const fn of(kind: &'static str, resource: &'static str) -> Describer {
    Describer {
        group: "rbac.authorization.k8s.io",
        kind,
        resource,
        versions: &["v1"],
        questions: nothing,
        events: Events::None,
        describe,
    }
}

/// Describes who has a role in a namespace.
pub const ROLE_BINDING: Describer = of("RoleBinding", "rolebindings");

/// Describes who has a role everywhere.
pub const CLUSTER_ROLE_BINDING: Describer = of("ClusterRoleBinding", "clusterrolebindings");

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let binding = facts.object;
    metadata::name(w, binding);
    metadata::labels(w, binding);
    metadata::annotations(w, binding);
    put!(w, 0, "Role:\n");
    put!(w, 1, "Kind:\t{}\n", binding.str_at(&["roleRef", "kind"]));
    put!(w, 1, "Name:\t{}\n", binding.str_at(&["roleRef", "name"]));
    put!(w, 0, "Subjects:\n");
    put!(w, 1, "Kind\tName\tNamespace\n");
    put!(w, 1, "----\t----\t---------\n");
    for subject in binding.items_at(&["subjects"]) {
        let [kind, name, namespace] = ["kind", "name", "namespace"].map(|field| subject.str_at(&[field]));
        put!(w, 1, "{kind}\t{name}\t{namespace}\n");
    }
    Ok(())
}
