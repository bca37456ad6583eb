//! `kubectl set resources`: sets what containers ask for and may use.

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        metadata,
        pod_specs::{self, Change},
        report::Report,
        selection,
    },
    api::{OwnedValue, quantity},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "resources",
    usage: "resources (-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
    short: "Set what containers ask for and may use",
    long: "\
Set what the containers in pods and pod templates ask for (requests) and may use at most (limits). 0 \
removes a value.

If only limits are set, the requests become equal to them.",
    examples: "\
# The most that one container may use
kubectl set resources deployment nginx -c=nginx --limits=cpu=200m,memory=512Mi

# What all containers ask for, and the most they may use
kubectl set resources deployment nginx --limits=cpu=200m,memory=512Mi --requests=cpu=100m,memory=256Mi

# Remove the values
kubectl set resources deployment nginx --limits=cpu=0,memory=0 --requests=cpu=0,memory=0

# In a manifest, without the server
kubectl set resources -f path/to/file.yaml --limits=cpu=200m,memory=512Mi --local -o yaml",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::new(
                "containers",
                Kind::String,
                "*",
                "The containers to change, by name; * stands for any letters.",
            )
            .short('c'),
            Flag::text("limits", "The most that a container may use: cpu=100m,memory=256Mi."),
            Flag::text("requests", "What a container asks for: cpu=100m,memory=256Mi."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::RECORD,
        groups::LOCAL,
        &groups::files("A file, directory or URL with the manifests of the objects."),
        &groups::field_manager("kubectl-set"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which objects.
    pub query: Query,
    /// Which containers, by a pattern.
    pub containers: String,
    /// The most that a container may use, as typed.
    pub limits: String,
    /// What a container asks for, as typed.
    pub requests: String,
    /// How they are changed.
    pub change: Change,
}

impl Options {
    /// Completes what was typed.
    ///
    /// # Errors
    /// A kubeconfig that makes no sense.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.namespace()?;
        Ok(Options {
            query: selection::query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit)),
            containers: parsed.string("containers").to_owned(),
            limits: parsed.string("limits").to_owned(),
            requests: parsed.string("requests").to_owned(),
            change: Change {
                local: parsed.bool("local"),
                dry_run,
                field_manager: parsed.string("field-manager").to_owned(),
                done: "resource requirements updated",
                failed: "failed to patch resources update to pod template",
                unchanged: false,
            },
        })
    }

    /// Checks what was typed, and reads it; kubectl does so only once it has found the objects.
    fn requirements(&self, parsed: &Parsed) -> Result<Vec<(&'static str, Amounts)>> {
        if parsed.bool("all") && self.query.labels.is_some() {
            return Err(Error::message("cannot set --all and --selector at the same time"));
        }
        if self.limits.is_empty() && self.requests.is_empty() {
            return Err(Error::message(
                "you must specify an update to requests or limits (in the form of --requests/--limits)",
            ));
        }
        check_local(self.change.local, self.change.dry_run)?;
        Ok(vec![("limits", amounts(&self.limits)?), ("requests", amounts(&self.requests)?)])
    }
}

/// Resources and how much of each.
type Amounts = Vec<(String, String)>;

/// Reads `cpu=100m,memory=256Mi`.
fn amounts(text: &str) -> Result<Amounts> {
    let statements = text.split(',').filter(|_| !text.is_empty());
    statements
        .map(|statement| match statement.split('=').collect::<Vec<_>>().as_slice() {
            [name, amount] => {
                let amount = quantity::normalize(amount).map_err(|error| Error::message(error.to_string()))?;
                Ok(((*name).to_owned(), amount))
            }
            _ => Err(Error::message(format!(
                "Invalid argument syntax {statement}, expected <resource>=<value>"
            ))),
        })
        .collect()
}

/// Sets the resources of what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let mut report = Report::new(
        context.streams(),
        context.chosen_printer(parsed, COMMON_FORMS)?,
        options.change.dry_run,
    );
    let site = context.site_of(&options.query)?;
    let infos = pod_specs::infos(&options.query, options.change.local, &site).await?;
    let requirements = options.requirements(parsed)?;
    let cause = context.change_cause(parsed);
    let change = |object: &mut OwnedValue, _: &_, errors: &mut Vec<Error>| {
        let found = set(object, &options.containers, &requirements)?;
        if !found {
            errors.push(Error::message(format!(
                "error: unable to find container named {}",
                options.containers
            )));
            return Ok(false);
        }
        metadata::note(object, cause.as_deref());
        Ok(true)
    };
    options.change.apply(infos, &site, &mut report, Vec::new(), change).await
}

/// Sets the resources of containers; whether there are any.
fn set(object: &mut OwnedValue, pattern: &str, requirements: &[(&str, Amounts)]) -> Result<bool> {
    let mut found = false;
    for container in pod_specs::containers(pod_specs::spec(object)?, pattern) {
        found = true;
        for (what, amounts) in requirements {
            for (name, amount) in amounts {
                container.set(&["resources", what, name], amount.clone());
            }
        }
    }
    Ok(found)
}
