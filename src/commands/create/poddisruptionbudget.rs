//! `kubectl create poddisruptionbudget`: creates a pod disruption budget.

use crate::{
    actions::creation::{Creation, check_name, only_name},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::budget::{Budget, budget},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "poddisruptionbudget",
    aliases: &["pdb"],
    usage: "poddisruptionbudget NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
    short: "Create a pod disruption budget",
    long: "Create a pod disruption budget.",
    examples: "\
# Of the pods with app=rails, one at least must run
kubectl create poddisruptionbudget my-pdb --selector=app=rails --min-available=1

# Of the pods with app=nginx, half at least
kubectl create pdb my-pdb --selector=app=nginx --min-available=50%",
    flags: &[
        &[
            Flag::text("max-unavailable", "The most pods that may be down, as a number or a percentage."),
            Flag::text("min-available", "The fewest pods that must run, as a number or a percentage."),
            Flag::text("selector", "The pods, by their labels. Only key=value."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        &groups::field_manager("kubectl-create"),
    ],
    ..Command::NEW
};

/// Creates it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let creation = Creation::resolve(parsed, context, "created")?;
    check_name(name)?;
    let object = budget(Budget {
        name,
        namespace: creation.own_namespace(),
        selector: parsed.string("selector"),
        min_available: parsed.string("min-available"),
        max_unavailable: parsed.string("max-unavailable"),
    })
    .map_err(Error::Message)?;
    creation.create(object, Some("failed to create poddisruptionbudgets: ")).await
}
