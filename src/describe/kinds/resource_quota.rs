//! Resource quotas, by themselves and in the description of their namespace.

use crate::{
    api::{Value, sort::sort},
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            fields::texts,
            metadata,
            quantities::{self, NOTHING, Quantity},
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a resource quota.
pub const RESOURCE_QUOTA: Describer = Describer {
    group: "",
    kind: "ResourceQuota",
    resource: "resourcequotas",
    versions: &["v1"],
    questions: nothing,
    events: Events::None,
    describe,
};

/// What the scopes of a quota mean.
const SCOPES: [(&str, &str); 4] = [
    (
        "Terminating",
        "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.",
    ),
    (
        "NotTerminating",
        "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.",
    ),
    (
        "BestEffort",
        "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.",
    ),
    (
        "NotBestEffort",
        "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.",
    ),
];

/// Writes the scopes of a quota and what they mean.
fn scopes(w: &mut Writer, level: usize, bullet: &str, quota: &Value<'_>) {
    let mut scopes = texts(quota, &["spec", "scopes"]);
    if scopes.is_empty() {
        return;
    }
    scopes.sort_unstable();
    put!(w, level, "Scopes:\t{}\n", scopes.join(", "));
    for scope in scopes {
        if let Some((_, meaning)) = SCOPES.iter().find(|(name, _)| *name == scope) {
            put!(w, level, "{bullet}{meaning}\n");
        }
    }
}

/// Writes what is used of what may be used.
fn uses(w: &mut Writer, level: usize, quota: &Value<'_>, in_one_form: bool) {
    let Some(hard) = quota.at(&["status", "hard"]).and_then(Value::as_object) else {
        return;
    };
    for (resource, most) in hard.iter() {
        let most = quantities::read(Some(most)).unwrap_or(NOTHING);
        let mut used = quantities::read(quota.at(&["status", "used", resource])).unwrap_or(NOTHING);
        if in_one_form && used.format() != most.format() {
            used = Quantity::units(used.value(), most.format());
        }
        put!(w, level, "{resource}\t{used}\t{most}\n");
    }
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let quota = facts.object;
    metadata::name_and_namespace(w, quota);
    scopes(w, 0, " * ", quota);
    put!(w, 0, "Resource\tUsed\tHard\n");
    put!(w, 0, "--------\t----\t----\n");
    uses(w, 0, quota, true);
    Ok(())
}

/// Writes the quotas of a namespace.
pub fn quotas(w: &mut Writer, mut quotas: Vec<&Value<'_>>) {
    if quotas.is_empty() {
        return put!(w, 0, "No resource quota.\n");
    }
    let name = ["metadata", "name"];
    sort(&mut quotas, |a, b| a.str_at(&name) < b.str_at(&name));
    put!(w, 0, "Resource Quotas\n");
    for quota in quotas {
        put!(w, 1, "Name:\t{}\n", quota.str_at(&name));
        scopes(w, 1, "* ", quota);
        put!(w, 1, "Resource\tUsed\tHard\n");
        put!(w, 1, "--------\t---\t---\n");
        uses(w, 1, quota, false);
    }
}
