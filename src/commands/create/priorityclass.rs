//! `kubectl create priorityclass`: creates a priority class.

use crate::{
    actions::creation::{Creation, only_name},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
    generate::simple::{PriorityClass, priority_class},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "priorityclass",
    aliases: &["pc"],
    usage: "priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    short: "Create a priority class",
    long: "Create a priority class.",
    examples: "\
# A class of high priority
kubectl create priorityclass high-priority --value=1000 --description=\"high priority\"

# The class of pods that name none
kubectl create priorityclass default-priority --value=1000 --global-default=true --description=\"default \
priority\"

# A class whose pods push no others aside
kubectl create priorityclass high-priority --value=1000 --description=\"high priority\" \
--preemption-policy=\"Never\"",
    flags: &[
        &[
            Flag::text("description", "What the class is meant for."),
            Flag::switch("global-default", false, "Make it the class of pods that name none."),
            Flag::new(
                "preemption-policy",
                Kind::String,
                "PreemptLowerPriority",
                "Whether its pods may push others aside: PreemptLowerPriority or Never.",
            ),
            Flag::new("value", Kind::Int32, "0", "The priority; more comes first."),
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
    let object = priority_class(PriorityClass {
        name,
        value: parsed.int("value"),
        global_default: parsed.bool("global-default"),
        description: parsed.string("description"),
        preemption_policy: parsed.string("preemption-policy"),
    });
    creation.create(object, Some("failed to create priorityclass: ")).await
}
