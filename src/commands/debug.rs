//! `kubectl debug`: helps to look into pods and nodes.

use std::fs;

use crate::{
    actions::{pods::Target, selection::query},
    api::{Value, object, quote},
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    error::{Error, Result, unread},
    generate::image::is_reference,
    resource::{Gather, Objects, Query},
    yaml,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "debug",
    usage: "debug (POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
    short: "Look into pods and nodes with a container of your own",
    long: "\
Look into pods and nodes with a container of your own. What happens depends on what is given:

  * A pod: a container is added to it while it runs, with whatever programs its image brings along. With \
--copy-to, a copy of the pod is made and changed instead.

  * A node: a pod is created on it that sees the node's processes and network, and its file system under \
/host.",
    examples: "\
# Add a container to a pod and go into it
kubectl debug mypod -it --image=busybox

# What a manifest describes
kubectl debug -f pod.yaml -it --image=busybox

# Under a chosen name, with another image
kubectl debug --image=myproj/debug-tools -c debugger mypod

# Copy a pod and add a container to the copy
kubectl debug mypod -it --image=busybox --copy-to=my-debugger

# Copy a pod and change what one of its containers runs
kubectl debug mypod -it --copy-to=my-debugger --container=mycontainer -- sh

# Copy a pod and change all images
kubectl debug mypod --copy-to=my-debugger --set-image=*=busybox

# Copy a pod, add a container and change images
kubectl debug mypod -it --copy-to=my-debugger --image=debian --set-image=app=app:debug,sidecar=sidecar:debug

# Look into a node
kubectl debug node/mynode -it --image=busybox",
    flags: &[&[
        Flag::switch(
            "arguments-only",
            false,
            "What stands behind -- are the arguments of the container's program, not the program.",
        ),
        Flag::switch("attach", false, "Wait for the container and connect to it. Implied by -i."),
        Flag::text("container", "The name of the container.").short('c'),
        Flag::text("copy-to", "Make a copy of the pod under this name."),
        Flag::text(
            "custom",
            "File, JSON or YAML, with parts of a container to merge into the one that is made.",
        ),
        Flag::new(
            "env",
            Kind::StringToString,
            "[]",
            "A variable for the environment of the container, as key=value.",
        ),
        Flag::slice("filename", "A file, directory or URL with the manifest of the pod or node.").short('f'),
        Flag::text("image", "The image of the container."),
        Flag::text(
            "image-pull-policy",
            "When to fetch the image: Always, IfNotPresent or Never. The server decides if it is empty.",
        ),
        Flag::switch(
            "keep-annotations",
            false,
            "With --copy-to, keep the annotations of the pod. Not with the profile legacy.",
        ),
        Flag::switch("keep-init-containers", true, "With --copy-to, keep the init containers."),
        Flag::switch("keep-labels", false, "With --copy-to, keep the labels of the pod."),
        Flag::switch("keep-liveness", false, "With --copy-to, keep the liveness probes."),
        Flag::switch("keep-readiness", false, "With --copy-to, keep the readiness probes."),
        Flag::switch("keep-startup", false, "With --copy-to, keep the startup probes."),
        Flag::new(
            "profile",
            Kind::String,
            "general",
            "What the container is allowed and shown: legacy, general, baseline, netadmin, restricted or sysadmin.",
        ),
        Flag::switch("quiet", false, "Print no messages of kubectl's own.").short('q'),
        Flag::switch("replace", false, "With --copy-to, delete the pod that was copied."),
        Flag::switch("same-node", false, "With --copy-to, put the copy on the same node."),
        Flag::new(
            "set-image",
            Kind::StringToString,
            "[]",
            "With --copy-to, other images for containers, as NAME=IMAGE.",
        ),
        Flag::switch(
            "share-processes",
            true,
            "With --copy-to, let the containers of the copy see each other's processes.",
        ),
        Flag::switch(
            "stdin",
            false,
            "Keep standard input of the container open, even while nobody is connected.",
        )
        .short('i'),
        Flag::text("target", "The container whose processes the new one shall see."),
        Flag::switch("tty", false, "Give the container a terminal.").short('t'),
    ]],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which pods and nodes.
    pub query: Query,
}

/// What a container may be allowed and shown.
const PROFILES: [&str; 6] = ["legacy", "general", "baseline", "netadmin", "restricted", "sysadmin"];

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Flags that exclude or need each other, words that are no names of images and profiles.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let (names, arguments) = parsed.args().split_at(parsed.dash().unwrap_or(parsed.args().len()));
        let namespace = context.namespace()?;
        let profile = parsed.string("profile");
        if !PROFILES.contains(&profile) {
            return Err(Error::message(format!("unknown profile: {profile}")));
        }
        check_custom(parsed.string("custom"), context)?;
        if let Some(fault) = fault(parsed, names, arguments) {
            return Err(Error::Message(fault));
        }
        Ok(Options {
            query: query(
                parsed,
                names.iter().flat_map(|name| Target::words(name)).collect(),
                (namespace.name, namespace.explicit),
            ),
        })
    }
}

/// What is wrong with the flags.
fn fault(parsed: &Parsed, names: &[String], arguments: &[String]) -> Option<String> {
    let text = |flag: &str| parsed.string(flag);
    let given = |flag: &str| !parsed.string(flag).is_empty();
    let images = parsed.pairs("set-image");
    let copies = given("copy-to");
    let simple = if parsed.bool("attach") && parsed.changed("attach") && !given("image") && !given("container") {
        "you must specify --container or create a new container using --image in order to attach."
    } else if copies && !given("image") && images.is_empty() && arguments.is_empty() {
        "you must specify --image, --set-image or command arguments."
    } else if copies && !arguments.is_empty() && !given("container") && !given("image") {
        "you must specify an existing container or a new image when specifying args."
    } else if !copies && parsed.bool("replace") {
        "--replace may only be used with --copy-to."
    } else if !copies && parsed.bool("same-node") {
        "--same-node may only be used with --copy-to."
    } else if !copies && !images.is_empty() {
        "--set-image may only be used with --copy-to."
    } else if !copies && !given("image") {
        "you must specify --image when not using --copy-to."
    } else {
        ""
    };
    if !simple.is_empty() {
        return Some(simple.to_owned());
    }
    if given("image") && !is_reference(text("image")) {
        return Some(format!("invalid image name {}: invalid reference format", quote(text("image"))));
    }
    if names.is_empty() && parsed.strings("filename").is_empty() {
        return Some("NAME or filename is required for debug".to_owned());
    }
    let pull = text("image-pull-policy");
    if !matches!(pull, "" | "Always" | "IfNotPresent" | "Never") {
        return Some(format!("invalid image pull policy: {pull}"));
    }
    if let Some((name, image)) = images.iter().find(|(_, image)| !is_reference(image)) {
        let (image, name) = (quote(image), quote(name));
        return Some(format!("invalid image name {image} for container {name}: invalid reference format"));
    }
    if given("target") && copies {
        return Some("--target is incompatible with --copy-to. Use --share-processes instead.".to_owned());
    }
    (parsed.bool("tty") && !parsed.bool("stdin")).then(|| "-i/--stdin is required for containers with -t/--tty=true".to_owned())
}

/// Reads the parts of a container in a file, as far as they may be there.
fn check_custom(file: &str, context: &Context) -> Result<()> {
    if file.is_empty() {
        return Ok(());
    }
    let text = fs::read(context.directory().join(file)).map_err(|error| {
        let reason = unread(file, &error);
        Error::message(format!("must pass a container spec json file for custom profile: {reason}"))
    })?;
    let parts = yaml::read::parse(&text).map_err(|error| {
        Error::message(format!(
            "{file} does not contain a valid container spec: error converting YAML to JSON: {error}"
        ))
    })?;
    let fixed = ["name", "command", "image", "lifecycle", "volumeDevices"];
    match fixed.iter().any(|field| parts.get(field).is_some_and(|value| !value.is_null())) {
        true => Err(Error::message(
            "name, command, image, lifecycle and volume devices are not modifiable via custom profile",
        )),
        false => Ok(()),
    }
}

/// Finds the pod or node to look into.
///
/// # Errors
/// What kubectl reports before it changes anything; then, that the rest is not implemented yet.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let plan = options.query.plan(&site).await?;
    for info in Gather::typed(Objects::Latest).each(plan, &options.query, &site).await? {
        let kind = (info.object.str_at(&["apiVersion"]), object::kind(&info.object));
        if !matches!(kind, ("v1", "Pod" | "Node")) {
            return Err(not_supported(&info.object));
        }
    }
    Err(parsed.not_implemented())
}

/// What is said of an object that nobody can look into.
fn not_supported(object: &Value<'_>) -> Error {
    let kind = object::group_version_kind(object).to_string();
    Error::message(format!("{} not supported by debug", quote(&kind)))
}
