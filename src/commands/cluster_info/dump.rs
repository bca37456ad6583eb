//! `kubectl cluster-info dump`: gathers what helps to find faults in a cluster.

use std::{
    fs::{self, File},
    io::Write,
    path::{Component, Path, PathBuf},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};

use crate::{
    api::{Map, OwnedValue, Value, json, object, quote, structs::Structs},
    args::{Command, Flag, Kind, Parsed, groups},
    client::{Client, Purpose, Request, Response},
    context::Context,
    error::{Error, Result, reason},
    kubeconfig::path,
    printers::{Printer, form::COMMON_FORMS},
    resource::path as request_path,
};

/// How many requests are in flight at once. Their answers are written in order.
const IN_FLIGHT: usize = 8;

/// What is listed of each namespace: the path of the group's version, the resource, the file's name.
const LISTS: [(&str, &str, &str); 7] = [
    ("/api/v1", "events", "events"),
    ("/api/v1", "replicationcontrollers", "replication-controllers"),
    ("/api/v1", "services", "services"),
    ("/apis/apps/v1", "daemonsets", "daemonsets"),
    ("/apis/apps/v1", "deployments", "deployments"),
    ("/apis/apps/v1", "replicasets", "replicasets"),
    ("/api/v1", "pods", "pods"),
];

/// The command as data.
pub static COMMAND: Command = Command {
    name: "dump",
    usage: "dump",
    short: "Gather what helps to find faults in a cluster",
    long: "\
Gather what helps to find faults in a cluster: its nodes, and of each chosen namespace the events, \
workloads, services, pods and the pods' logs.

Everything goes to standard output, or with --output-directory into files, a directory for each namespace. \
By default only the namespace you work in and kube-system are looked at.",
    examples: "\
# To standard output
kubectl cluster-info dump

# Into files
kubectl cluster-info dump --output-directory=/path/to/cluster-state

# All namespaces
kubectl cluster-info dump --all-namespaces

# Some namespaces
kubectl cluster-info dump --namespaces default,kube-system --output-directory=/path/to/cluster-state",
    flags: &[
        &[
            Flag::switch("all-namespaces", false, "Look at all namespaces, whatever --namespaces says.").short('A'),
            Flag::slice("namespaces", "The namespaces to look at."),
            Flag::new("output", Kind::String, "json", "How to write the objects: json or yaml.").short('o'),
            Flag::text(
                "output-directory",
                r#"The directory for the files. Standard output if empty or "-"."#,
            ),
        ],
        groups::PRINT,
        &groups::pod_running_timeout("20s"),
    ],
    flags_in_usage: true,
    ..Command::NEW
};

/// What the command is to do.
struct Options {
    /// The directory for files; standard output if there is none.
    directory: Option<PathBuf>,
    /// The ending of files with objects.
    extension: &'static str,
    /// Whether names are wanted, which kubectl cannot print of lists.
    only_names: bool,
    /// The namespaces; all if there are none.
    namespaces: Vec<String>,
}

/// What is asked for a pod's logs.
struct Pod {
    namespace: String,
    name: String,
    /// The containers that prepare it, then the others.
    containers: Vec<String>,
}

impl Pod {
    fn from_value(pod: &Value<'_>) -> Pod {
        let text = |path: &[&str]| pod.str_at(path).to_owned();
        let containers = ["initContainers", "containers"]
            .into_iter()
            .flat_map(|key| pod.items_at(&["spec", key]))
            .map(|container| container.str_at(&["name"]).to_owned())
            .collect();
        Pod {
            namespace: text(&["metadata", "namespace"]),
            name: text(&["metadata", "name"]),
            containers,
        }
    }
}

fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    if parsed.signed_duration("pod-running-timeout") <= jiff::SignedDuration::ZERO {
        return Err(Error::message("--pod-running-timeout must be higher than zero"));
    }
    let own = context.namespace()?.name;
    let namespaces = match parsed.strings("namespaces") {
        _ if parsed.bool("all-namespaces") => Vec::new(),
        [] => vec!["kube-system".to_owned(), own],
        named => named.to_vec(),
    };
    let directory = Some(parsed.string("output-directory")).filter(|name| !matches!(*name, "" | "-"));
    Ok(Options {
        directory: directory.map(PathBuf::from),
        extension: match parsed.string("output") {
            "json" => ".json",
            "yaml" => ".yaml",
            _ => ".txt",
        },
        only_names: parsed.string("output") == "name",
        namespaces,
    })
}

/// Runs the command.
///
/// # Errors
/// What is wrong with the flags; lists that the server does not give; files that cannot be written.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let mut printer = context.printer(parsed, COMMON_FORMS)?;
    let client = context.client()?;
    let mut options = resolve(parsed, context)?;
    let structs = Structs::new();
    let nodes = list(client, "/api/v1", "", "nodes").await?;
    print(context, &options, &mut printer, "nodes", object(&nodes, &structs)?)?;
    if options.namespaces.is_empty() {
        let namespaces = list(client, "/api/v1", "", "namespaces").await?;
        let namespaces = object(&namespaces, &structs)?;
        let names = namespaces.items_at(&["items"]).iter();
        options.namespaces = names.map(|item| item.str_at(&["metadata", "name"]).to_owned()).collect();
    }
    for namespace in &options.namespaces {
        let mut answers = stream::iter(LISTS)
            .map(|(root, resource, name)| async move { (name, list(client, root, namespace, resource).await) })
            .buffered(IN_FLIGHT);
        let mut pods = Vec::new();
        while let Some((name, answer)) = answers.next().await {
            let answer = answer?;
            let object = object(&answer, &structs)?;
            if name == "pods" {
                pods = object.items_at(&["items"]).iter().map(Pod::from_value).collect();
            }
            print(context, &options, &mut printer, &format!("{namespace}/{name}"), object)?;
        }
        logs(context, client, &options, namespace, &pods).await?;
    }
    if let Some(directory) = &options.directory {
        writeln!(context.streams().out(), "Cluster info dumped to {}", directory.display())?;
    }
    Ok(())
}

/// The list of a resource, in a namespace if one is named.
async fn list(client: &Client, root: &str, namespace: &str, resource: &str) -> Result<Bytes> {
    if let Some(fault) = request_path::namespace_fault(namespace) {
        return Err(Error::Message(fault));
    }
    let mut path = root.to_owned();
    if !namespace.is_empty() {
        path.push_str("/namespaces/");
        request_path::escape(&mut path, namespace, false);
    }
    path.extend(["/", resource]);
    let group = root.trim_start_matches("/api/v1").trim_start_matches("/apis/").split('/').next();
    let request = Request::get(path)
        .accept("application/json, */*")
        .about(group.unwrap_or_default(), resource, "");
    client.send(request).await?.bytes().await
}

/// A list as Go's typed client holds it: fields in the order of the structs, and none that kubectl does not know.
fn object(list: &[u8], structs: &Structs) -> Result<OwnedValue> {
    let mut list = json::parse(list)?.into_owned();
    let kind = object::kind(&list).to_owned();
    let kind = kind.strip_suffix("List").unwrap_or(&kind);
    let mut ordered = Map::in_order();
    let Some(fields) = list.as_object_mut() else { return Ok(list) };
    for (name, empty) in [
        ("kind", Value::Null),
        ("apiVersion", Value::Null),
        ("metadata", Value::Object(Map::new())),
        ("items", Value::Null),
    ] {
        let value = match (name, fields.remove(name)) {
            ("items", Some(Value::Array(items))) => items.into_iter().map(|item| structs.decode(kind, item)).collect::<Vec<_>>().into(),
            (_, value) => value.unwrap_or(empty),
        };
        if name == "items" || !value.is_null() {
            ordered.insert(name, value);
        }
    }
    Ok(Value::Object(ordered))
}

/// Where a part goes: standard output, or a file of its own.
fn writer(context: &Context, options: &Options, name: &str, extension: &str) -> Result<Box<dyn Write>> {
    let Some(directory) = &options.directory else {
        return Ok(Box::new(StandardOutput(context.streams().clone())));
    };
    let name = format!("{name}{extension}");
    // Names come from the server; none may lead out of the directory.
    if !Path::new(&name).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(Error::message(format!("{} cannot be a file's name", quote(&name))));
    }
    let path = path::clean(&directory.join(name).to_string_lossy());
    make_folder(context.directory(), Path::new(&path::folder(&path)))?;
    let file = File::create(context.directory().join(&path)).map_err(|error| failed("open", Path::new(&path), &error))?;
    Ok(Box::new(file))
}

/// Makes a folder and those that it is in, as Go's `os.MkdirAll` does.
///
/// # Errors
/// The first folder that cannot be made, or is there and is none.
fn make_folder(base: &Path, folder: &Path) -> Result<()> {
    let place = base.join(folder);
    match fs::metadata(&place) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(failed("mkdir", folder, &std::io::ErrorKind::NotADirectory.into())),
        Err(_) => {}
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folder(base, parent)?;
    }
    fs::create_dir(&place).map_err(|error| failed("mkdir", folder, &error))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::message(format!("{what} {}: {}", path.display(), reason(error)))
}

struct StandardOutput(crate::streams::Streams);

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.out().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.out().flush()
    }
}

fn print(context: &Context, options: &Options, printer: &mut Printer, name: &str, mut object: OwnedValue) -> Result<()> {
    let mut out = writer(context, options, name, options.extension)?;
    if options.only_names {
        let kind = object.str_at(&["kind"]);
        return Err(Error::message(format!("list types are not supported by name printing: *v1.{kind}")));
    }
    let mut text = Vec::new();
    printer.print(&mut text, &mut object)?;
    Ok(out.write_all(&text)?)
}

/// Writes what each container of each pod has logged. What cannot be had is said in its place.
async fn logs(context: &Context, client: &Client, options: &Options, namespace: &str, pods: &[Pod]) -> Result<()> {
    let containers = pods
        .iter()
        .flat_map(|pod| pod.containers.iter().map(move |container| (pod, container)));
    let mut answers = stream::iter(containers)
        .map(|(pod, container)| log(client, &pod.namespace, &pod.name, container))
        .buffered(IN_FLIGHT);
    for pod in pods {
        let (home, name) = (pod.namespace.as_str(), pod.name.as_str());
        let mut out = writer(context, options, &format!("{namespace}/{name}/logs"), ".txt")?;
        for container in &pod.containers {
            let Some(answer) = answers.next().await else { break };
            writeln!(out, "==== START logs for container {container} of pod {home}/{name} ====")?;
            if let Err(error) = copy(answer, &mut out).await? {
                writeln!(out, "Request log error: {error}")?;
            }
            writeln!(out, "==== END logs for container {container} of pod {home}/{name} ====")?;
        }
    }
    Ok(())
}

/// The beginning of the answer to the question for a container's log.
async fn log(client: &Client, namespace: &str, pod: &str, container: &str) -> Result<Response> {
    let mut path = String::from("/api/v1/namespaces/");
    request_path::escape(&mut path, namespace, false);
    path.push_str("/pods/");
    request_path::escape(&mut path, pod, false);
    path.push_str("/log");
    let request = Request::get(request_path::with_query(path, &[("container", container)]))
        .accept("application/json, */*")
        .purpose(Purpose::Raw)
        .about("", "pods", pod);
    client.send(request).await
}

/// Copies a log as it arrives: outside the failure to write it, inside the failure to get it.
async fn copy(answer: Result<Response>, out: &mut dyn Write) -> Result<Result<()>> {
    let mut answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => out.write_all(&chunk)?,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        }
    }
}
