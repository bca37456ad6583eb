//! What the program says of itself.

use std::io::Write;

use super::Outcome;

const TEXT: &str = "\
A Kubernetes cluster in a box: an API server on this machine's loopback with a small simulated cluster behind it.
Nothing is installed, nothing runs in containers, and nothing is left behind.

Commands:
  run [FLAGS] [--] COMMAND...   start a cluster, run one command against it, stop it; ends as the command ends
  start [FLAGS]                 start a cluster that goes on, and say how to use it
  stop                          stop it
  status                        say whether it runs, and where
  shell [FLAGS]                 a subshell with kubectl and KUBECONFIG set
  help                          this text

COMMAND is kubectl's arguments (run get pods -A) or, behind --, any program that reads KUBECONFIG.

Flags:
  --empty          begin with an empty cluster instead of the demo
  --load PATH      begin with manifests, 'get -o yaml' output or a 'cluster-info dump' directory; may be repeated
  --speed N        let everything that takes time take N times less
  --port N         listen on this port instead of any free one
  --name NAME      the name of a cluster that goes on (start, stop, status)

What is real: the API. Discovery, OpenAPI, all stable resources of Kubernetes 1.36 with their defaults, validation and
tables, custom resource definitions, watches, patches, server-side apply with its conflicts, dry runs, selectors, paging.

What is simulated: everything behind the API. Deployments, sets, jobs and cron jobs make pods; a scheduler places them
on nodes that do not exist; a kubelet walks them through their states and writes the events that a real one writes.
Images are not pulled: known names \"run\", a tag or a host that cannot exist ends in ImagePullBackOff. Logs are made up.

What is not: containers, networks and disks. Who knows the token may do everything.
";

/// Prints the help.
///
/// # Errors
/// Where standard output cannot be written to.
pub fn print() -> Outcome {
    std::io::stdout().write_all(TEXT.as_bytes()).map_err(|error| error.to_string())?;
    Ok(0)
}
