//! `kubectl create cronjob`: creates a cron job.

use crate::{
    actions::creation::{Creation, only_name},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
    generate::job::{Job, cron_job},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "cronjob",
    aliases: &["cj"],
    usage: "cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
    short: "Create a cron job",
    long: "Create a cron job.",
    examples: r#"# Every minute
kubectl create cronjob my-job --image=busybox --schedule="*/1 * * * *"

# With a command of its own
kubectl create cronjob my-job --image=busybox --schedule="*/1 * * * *" -- date"#,
    flags: &[
        &[
            Flag::text("image", "The image to run.").required(),
            Flag::text("restart", "What to do when the container ends: OnFailure or Never."),
            Flag::text("schedule", "When to run, in the form of cron.").required(),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        &groups::field_manager("kubectl-create"),
    ],
    flags_in_usage: true,
    ..Command::NEW
};

/// Creates it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let creation = Creation::resolve(parsed, context, "created")?;
    let object = cron_job(
        Job {
            name,
            namespace: creation.own_namespace(),
            image: parsed.string("image"),
            command: &parsed.args()[1..],
        },
        parsed.string("schedule"),
        parsed.string("restart"),
    );
    creation.create(object, Some("failed to create cronjob: ")).await
}
