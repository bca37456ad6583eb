//! `kubectl apply`: brings objects to the state that manifests describe.

pub mod edit_last_applied;
pub mod set_last_applied;
pub mod view_last_applied;

use crate::{
    args::{AVAILABLE, Command, Flag, Group, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "apply",
    usage: "apply (-f FILENAME | -k DIRECTORY)",
    short: "Bring objects to the state that manifests describe",
    long: "\
Bring objects to the state that manifests describe, creating those that do not exist.

The manifest is noted in the object, so that the next apply knows what to remove. Objects that were created \
another way should be created with --save-config, or be given to apply from the start. Manifests are JSON \
or YAML.

Pruning (--prune) is not finished: do not use it unless you know what it does. See \
https://issues.k8s.io/34274.",
    examples: "\
# Apply a manifest
kubectl apply -f ./pod.yaml

# Apply a kustomization
kubectl apply -k dir/

# Apply what comes from another program
cat pod.yaml | kubectl apply -f -

# Apply every manifest in a directory whose name ends in .yaml
kubectl apply -f '*.yaml'

# Let the server merge
kubectl apply --server-side -f ./deployment.yaml

# Apply what is in the file, and delete other config maps that carry the label
kubectl apply --prune -f manifest.yaml -l app=nginx --prune-allowlist=core/v1/ConfigMap",
    flags: &[
        &[
            Flag::switch("all", false, "With --prune, all objects of the pruned types in the namespace."),
            Flag::new(
                "cascade",
                Kind::String,
                "background",
                "What becomes of objects that belong to a deleted one: \"background\" deletes them afterwards, \
            \"foreground\" before it, \"orphan\" keeps them.",
            )
            .bare("background"),
            Flag::switch(
                "force",
                false,
                "Remove objects from the server at once, without waiting for what they stand for to stop; it may keep \
            running. Only with a grace period of 0.",
            ),
            Flag::new(
                "grace-period",
                Kind::Int,
                "-1",
                "How many seconds a deleted object gets to stop in an orderly way. 1 stops it at once, 0 needs --force, a \
            negative number leaves it to the object.",
            ),
            Flag::switch(
                "openapi-patch",
                true,
                "Merge by the schema of the type where there is one, rather than by what is built in.",
            ),
            Flag::switch(
                "overwrite",
                true,
                "Settle differences between the object and the manifest in favour of the manifest.",
            ),
            Flag::text("subresource", "Apply to this subresource of the objects. Only with --server-side."),
            Flag::new(
                "timeout",
                Kind::Duration,
                "0s",
                "How long to wait for a deletion. 0 decides by the object.",
            ),
            Flag::switch("wait", false, "Return only when deleted objects are gone, finalizers included."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::APPLY,
        groups::PRUNE,
        groups::VALIDATE,
        groups::RECORD,
        &groups::files("The manifests to apply."),
        &groups::field_manager("kubectl-client-side-apply"),
    ],
    children: &[Group {
        title: AVAILABLE,
        commands: &[&edit_last_applied::COMMAND, &set_last_applied::COMMAND, &view_last_applied::COMMAND],
    }],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
