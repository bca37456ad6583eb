//! `kubectl debug`: helps to look into pods and nodes.

use crate::{
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    error::Result,
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

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
