//! `kubectl create job`: creates a job.

use crate::{
    actions::creation::{Creation, only_name},
    api::{OwnedValue, object},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::job::{self, Job},
    resource::{Gather, Objects, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "job",
    usage: "job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    short: "Create a job",
    long: "Create a job.",
    examples: "\
# Run an image once
kubectl create job my-job --image=busybox

# With a command of its own
kubectl create job my-job --image=busybox -- date

# Run a cron job now
kubectl create job test-job --from=cronjob/a-cronjob",
    flags: &[
        &[
            Flag::text("from", "The cron job to take the job from, as cronjob/NAME."),
            Flag::text("image", "The image to run."),
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
    let (image, from) = (parsed.string("image"), parsed.string("from"));
    let command = &parsed.args()[1..];
    if image.is_empty() == from.is_empty() {
        return Err(Error::message("either --image or --from must be specified"));
    }
    if !from.is_empty() && !command.is_empty() {
        return Err(Error::message("cannot specify --from and command"));
    }
    let namespace = creation.own_namespace();
    let object = match from {
        "" => job::job(Job {
            name,
            namespace,
            image,
            command,
        }),
        from => job::job_from(cron_job(from, &creation.namespace.name, context).await?, name, namespace),
    };
    creation.create(object, Some("failed to create job: ")).await
}

/// The cron job that an argument names.
async fn cron_job(argument: &str, namespace: &str, context: &Context) -> Result<OwnedValue> {
    let query = Query {
        words: vec![argument.to_owned()],
        namespace: namespace.to_owned(),
        ..Query::default()
    };
    let site = context.site()?;
    let plan = query.plan(&site).await?;
    let infos = Gather::typed(Objects::Latest).each(plan, &query, &site).await?;
    let [info] = infos.as_slice() else {
        return Err(Error::message("from must be an existing cronjob"));
    };
    match object::kind(&info.object) {
        "CronJob" => Ok(info.object.clone()),
        kind => Err(Error::message(format!(
            "unknown object type *{}.{kind}",
            object::group_version(&info.object).1
        ))),
    }
}
