//! `kubectl diff`: shows what apply would change.

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "diff",
    usage: "diff -f FILENAME",
    short: "Show what apply would change",
    long: "\
Show what \"kubectl apply\" would change: the object as it is, and as it would be.

The differences are printed by the program diff with -u and -N, or by the one in KUBECTL_EXTERNAL_DIFF, \
which may have arguments: \"colordiff -N -u\".

The exit code is 0 if there are no differences, 1 if there are, and more than 1 if something went wrong.",
    examples: "\
# What a manifest would change
kubectl diff -f pod.json

# What another program prints
cat service.yaml | kubectl diff -f -",
    flags: &[
        &[
            Flag::new("concurrency", Kind::Int, "1", "How many objects to compare at a time."),
            Flag::switch("prune", false, "Show what pruning would delete, too."),
            Flag::array(
                "prune-allowlist",
                "Only these types are pruned, as group/version/kind, with \"core\" for the group without a name; repeat it \
            for several.",
            ),
            Flag::switch("show-managed-fields", false, "Compare metadata.managedFields, too."),
            Flag::switch("show-secrets", false, "Show what has changed in secrets instead of hiding it."),
        ],
        groups::SELECTOR,
        groups::APPLY,
        &groups::files("A file, directory or URL with the manifests to compare."),
        &groups::field_manager("kubectl-client-side-apply"),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
