//! `kubectl cp`: copies files into and out of containers.

use crate::{
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "cp",
    usage: "cp <file-spec-src> <file-spec-dest>",
    short: "Copy files and directories into and out of containers",
    long: "\
Copy files and directories into and out of containers.

A path in a container is written POD:PATH or NAMESPACE/POD:PATH. The container must have the program tar. \
Links are not followed, and wildcards do nothing; for both, use tar by way of \"kubectl exec\".",
    examples: "\
# A directory into a pod of the default namespace
kubectl cp /tmp/foo_dir web:/tmp/bar_dir

# A file into one container of a pod
kubectl cp /tmp/foo web:/tmp/bar -c nginx

# A file into a pod of another namespace
kubectl cp /tmp/foo shop/web:/tmp/bar

# A file out of a pod
kubectl cp shop/web:/tmp/foo /tmp/bar

# With tar, for links, wildcards and file modes
tar cf - /tmp/foo | kubectl exec -i -n shop web -- tar xf - -C /tmp/bar
kubectl exec -n shop web -- tar cf - /tmp/foo | tar xf - -C /tmp/bar",
    flags: &[&[
        Flag::text(
            "container",
            "The container. By default the one that the annotation kubectl.kubernetes.io/default-container names, else \
            the first.",
        )
        .short('c'),
        Flag::switch("no-preserve", false, "Do not take over the owner and the permissions of files."),
        Flag::new(
            "retries",
            Kind::Int,
            "0",
            "How often to begin again where a copy out of a container breaks off. 0 gives up at once, a negative number \
            never.",
        ),
    ]],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
