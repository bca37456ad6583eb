//! `kubectl set env`: sets, removes and lists the variables of containers.

mod list;
mod variables;

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        pod_specs::{self, Change},
        report::Report,
        selection::{query, select},
    },
    api::{OwnedValue, Value, object, quote},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::{Gather, Info, Objects, Query, Site},
};

use variables::{Key, Variables};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "env",
    usage: "env RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
    short: "Set, remove and list the environment variables of containers",
    long: "\
Set, remove and list the environment variables of the containers in pods and pod templates.

KEY=VALUE sets a variable, KEY- removes one. \"-\" reads variables from standard input. --from takes all \
keys of a config map or secret.",
    examples: r#"# Set a variable of a deployment
kubectl set env deployment/registry STORAGE_DIR=/local

# List the variables of a deployment, of all pods
kubectl set env deployment/sample-build --list
kubectl set env pods --all --list

# Print what it would be, without changing anything
kubectl set env deployment/sample-build STORAGE_DIR=/data -o yaml

# In all containers of all replication controllers
kubectl set env rc --all ENV=prod

# From a secret, from a config map with a prefix, and only some keys of one
kubectl set env --from=secret/mysecret deployment/myapp
kubectl set env --from=configmap/myconfigmap --prefix=MYSQL_ deployment/myapp
kubectl set env --keys=my-example-key --from=configmap/myconfigmap deployment/myapp

# Remove a variable from one container of all deployments
kubectl set env deployments --all --containers="c1" ENV-

# In a manifest, without the server
kubectl set env -f deploy.yaml --local ENV- -o yaml

# All variables of this machine
env | grep RAILS_ | kubectl set env -e - deployment/registry"#,
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
            Flag::array("env", r#"A variable, as KEY=VALUE, or "-" for standard input."#).short('e'),
            Flag::text("from", "The config map or secret to take variables from, as TYPE/NAME."),
            Flag::slice("keys", "With --from, only these keys."),
            Flag::switch("list", false, "List the variables."),
            Flag::switch("overwrite", true, "Change variables that exist already."),
            Flag::text("prefix", "What to put before the names of variables."),
            Flag::switch(
                "resolve",
                false,
                "With --list, look up the values that come from config maps and secrets.",
            ),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
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
    /// The config maps and secrets that variables come from; none if none were named.
    pub from: Option<Query>,
    /// Which of their keys; all if none is named.
    pub keys: Vec<String>,
    /// What stands before the names of variables.
    pub prefix: String,
    /// The changes as they were typed: those of `--env`, then words.
    pub changes: Vec<String>,
    /// Which containers, by a pattern.
    pub containers: String,
    /// Whether variables that are there may be changed.
    pub overwrite: bool,
    /// Whether the variables are listed and nothing is changed.
    pub list: bool,
    /// Whether a list shows what references stand for.
    pub resolve: bool,
    /// How objects are changed.
    pub change: Change,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Words in no order, flags that exclude each other, nothing to change.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        if parsed.bool("all") && !parsed.string("selector").is_empty() {
            return Err(Error::message("cannot set --all and --selector at the same time"));
        }
        let Some((resources, words)) = variables::split(parsed.args()) else {
            return Err(Error::message(format!(
                "all resources must be specified before environment changes: {}",
                parsed.args().join(" ")
            )));
        };
        let dry_run = DryRun::of(parsed, context.streams())?;
        context.chosen_printer(parsed, COMMON_FORMS)?;
        let namespace = context.client_namespace()?;
        let (local, list) = (parsed.bool("local"), parsed.bool("list"));
        check_local(local, dry_run)?;
        if parsed.strings("filename").is_empty() && resources.is_empty() {
            return Err(Error::message(
                "one or more resources must be specified as <resource> <name> or <resource>/<name>",
            ));
        }
        if list && !parsed.string("output").is_empty() {
            return Err(Error::message("--list and --output may not be specified together"));
        }
        let (from, keys) = (parsed.string("from"), parsed.strings("keys"));
        if !keys.is_empty() && from.is_empty() {
            return Err(Error::message(
                "when specifying --keys, a configmap or secret must be provided with --from",
            ));
        }
        let about = |words: &[String]| {
            // Without the server, words name nothing.
            let words = if local { Vec::new() } else { words.to_vec() };
            query(parsed, words, (namespace.name.clone(), namespace.explicit))
        };
        Ok(Options {
            query: about(resources),
            from: (!from.is_empty()).then(|| about(&[from.to_owned()])),
            keys: keys.to_vec(),
            prefix: parsed.string("prefix").to_owned(),
            changes: [parsed.strings("env"), words].concat(),
            containers: parsed.string("containers").to_owned(),
            overwrite: parsed.bool("overwrite"),
            list,
            resolve: parsed.bool("resolve"),
            change: Change {
                local,
                dry_run,
                field_manager: parsed.string("field-manager").to_owned(),
                done: "env updated",
                failed: "failed to patch env update to pod template:",
                unchanged: false,
            },
        })
    }
}

/// Sets, removes or lists the variables of what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let (mut variables, from_input) = variables::read(&options.changes, context.streams())?;
    if from_input && options.query.files.filenames.iter().any(|name| name == "-") {
        return Err(Error::message("standard input cannot be used for multiple arguments"));
    }
    let site = context.site_of(&options.query)?;
    if let Some(sources) = &options.from {
        import(&mut variables, sources, &options, context, &site).await?;
    }
    variables.prefix(&options.prefix);
    let infos = pod_specs::infos(&options.query, options.change.local, &site).await?;
    if options.list {
        return list::run(&options, &variables, infos, context).await;
    }
    let mut report = Report::new(
        context.streams(),
        context.chosen_printer(parsed, COMMON_FORMS)?,
        options.change.dry_run,
    );
    // kubectl finds only after its first change that it had nothing to set: what -e removes counts for nothing.
    let typed = parsed.args().len() > options.query.words.len();
    let nothing = (variables.set.is_empty() && !typed).then_some("at least one environment variable must be provided");
    let change = |object: &mut OwnedValue, _: &_, _: &mut Vec<Error>| {
        let mut found = false;
        for container in pod_specs::containers(pod_specs::spec(object)?, &options.containers) {
            found = true;
            variables.apply(container, options.overwrite)?;
        }
        if !found {
            warn_of_no_containers(object, &options, context);
        }
        Ok(true)
    };
    options.change.apply_once(infos, &site, &mut report, nothing, change).await
}

/// Says that no container of an object is meant.
fn warn_of_no_containers(object: &OwnedValue, options: &Options, context: &Context) {
    context.world().warn(&format!(
        "{}/{} does not have any containers matching {}",
        object::kind(object),
        object::name(object),
        quote(&options.containers)
    ));
}

/// Adds variables for the keys of config maps and secrets.
async fn import(variables: &mut Variables, sources: &Query, options: &Options, context: &Context, site: &Site<'_>) -> Result<()> {
    let found = select(sources, Gather::typed(Objects::Latest), options.change.local, site).await?;
    let (mut infos, mut errors): (Vec<Info>, _) = (Vec::new(), Vec::new());
    for info in found.infos {
        match info {
            Ok(info) => infos.push(info),
            Err(error) => errors.push(error),
        }
    }
    Error::collect(errors)?;
    for Info { object, .. } in &infos {
        let key = match (object.str_at(&["apiVersion"]), object::kind(object)) {
            ("v1", "Secret") => Key::Secret,
            ("v1", "ConfigMap") => Key::ConfigMap,
            _ => return Err(Error::message("unsupported resource specified in --from")),
        };
        for name in object
            .get("data")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|data| data.keys())
        {
            if options.keys.is_empty() || options.keys.iter().any(|wanted| wanted == name) {
                let variable = variables::name_for(name);
                if variable != name {
                    context.world().warn(&format!("key {name} transferred to {variable}"));
                }
                variables.refer(variable, key, object::name(object), name);
            }
        }
    }
    Ok(())
}
