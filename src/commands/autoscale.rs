//! `kubectl autoscale`: lets a workload grow and shrink by itself.

use crate::{
    actions::{
        creation::{Creation, note_cause},
        dry_run::DryRun,
    },
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::{
        autoscaler::{Autoscaler, autoscaler},
        note_applied,
    },
    resource::{FileSet, Gather, Info, Objects, Query, Site},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "autoscale",
    usage: "autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
    short: "Let a workload grow and shrink by itself",
    long: "\
Create a horizontal pod autoscaler, which lets a workload grow and shrink by what its pods use.

The workload is a deployment, a replica set, a stateful set or a replication controller.",
    examples: "\
# Between 2 and 10 pods
kubectl autoscale deployment foo --min=2 --max=10

# At most 5 pods, each using about 80% of the CPU it asks for
kubectl autoscale rc foo --max=5 --cpu=80%

# By CPU in thousandths and by memory
kubectl autoscale deployment bar --min=3 --max=6 --cpu=500m --memory=200Mi",
    flags: &[
        &[
            Flag::text(
                "cpu",
                "How much CPU each pod should use on average: a percentage of what it asks for (\"70%\") or an amount \
            (\"500m\").",
            ),
            Flag::new(
                "cpu-percent",
                Kind::Int32,
                "-1",
                "How much CPU each pod should use on average, in percent of what it asks for.",
            )
            .deprecated("Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU)."),
            Flag::new("max", Kind::Int32, "-1", "The most pods there may be.").required(),
            Flag::text(
                "memory",
                "How much memory each pod should use on average: a percentage of what it asks for (\"60%\") or an amount \
            (\"200Mi\").",
            ),
            Flag::new(
                "min",
                Kind::Int32,
                "-1",
                "The fewest pods there may be. The server decides if this is negative or not given.",
            ),
            Flag::text("name", "The name of the autoscaler. That of the workload if not given."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::RECORD,
        &groups::files("A file, directory or URL with the manifest of the workload."),
        &groups::field_manager("kubectl-autoscale"),
    ],
    ..Command::NEW
};

/// Makes autoscalers for what the command line names.
///
/// # Errors
/// What makes no sense on the command line, what cannot be scaled, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let verb = if DryRun::asked(parsed)? == DryRun::Client {
        "created"
    } else {
        "autoscaled"
    };
    let mut creation = Creation::resolve(parsed, context, verb)?;
    let (min, max) = (parsed.int("min"), parsed.int("max"));
    if max < 1 {
        return Err(Error::message(format!(
            "--max=MAXPODS is required and must be at least 1, max: {max}"
        )));
    }
    if max < min {
        return Err(Error::message(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        )));
    }
    let query = Query {
        words: parsed.args().to_vec(),
        files: FileSet {
            filenames: parsed.strings("filename").to_vec(),
            kustomize: Some(parsed.string("kustomize").to_owned()).filter(|directory| !directory.is_empty()),
            recursive: parsed.bool("recursive"),
        },
        namespace: creation.namespace.name.clone(),
        enforce_namespace: creation.namespace.explicit,
        ..Query::default()
    };
    let site = context.site()?;
    let plan = query.plan(&site).await?;
    let infos = Gather::new(Objects::AsGiven).all(plan, &query, &site).await?;
    if infos.is_empty() {
        return Err(Error::message("no objects passed to autoscale"));
    }
    let mut errors = Vec::new();
    for info in infos {
        let result = match info {
            Ok(info) => match check_scale(&info, &site).await {
                Ok(()) => autoscale(parsed, &info, &mut creation, context.change_cause(parsed)).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        errors.extend(result.err());
    }
    Error::collect(errors)
}

/// Makes an autoscaler for an object, and prints it.
async fn autoscale(parsed: &Parsed, info: &Info, creation: &mut Creation<'_>, cause: Option<String>) -> Result<()> {
    let text = |name: &str| parsed.string(name);
    let percent = parsed.int("cpu-percent");
    let cpu = match text("cpu") {
        "" if percent > 0 => format!("{percent}%"),
        cpu => cpu.to_owned(),
    };
    let mut object = autoscaler(Autoscaler {
        name: if text("name").is_empty() { &info.name } else { text("name") },
        namespace: &creation.namespace.name,
        target_version: &info.mapping.group_version(),
        target_kind: &info.mapping.kind,
        target_name: &info.name,
        min: parsed.int("min"),
        max: parsed.int("max"),
        cpu: &cpu,
        memory: text("memory"),
    })
    .map_err(Error::Message)?;
    note_cause(&mut object, cause);
    if creation.dry_run != DryRun::Client {
        note_applied(&mut object, creation.save_config);
        object = creation.send(&object).await?;
    }
    creation.print(object)
}

/// Refuses an object of a type that has no scale.
async fn check_scale(info: &Info, site: &Site<'_>) -> Result<()> {
    let mapping = &info.mapping;
    if matches!(
        mapping.group_kind().as_str(),
        "Deployment.apps" | "ReplicaSet.apps" | "StatefulSet.apps" | "ReplicationController"
    ) {
        return Ok(());
    }
    let resources = site.discovery.all().await?;
    let found = resources.get(&mapping.group, &mapping.version, &mapping.resource);
    if found.is_some_and(|resource| resource.subresource("scale").is_some()) {
        return Ok(());
    }
    Err(Error::message(format!(
        "cannot autoscale a {}: could not find scale subresource for {}/{}, Resource={} in discovery information",
        mapping.kind, mapping.group, mapping.version, mapping.resource
    )))
}
