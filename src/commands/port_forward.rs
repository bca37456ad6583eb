//! `kubectl port-forward`: lets local ports lead to a pod.

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "port-forward",
    usage: "port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    short: "Let local ports lead to a pod",
    long: "\
Let local ports lead to a pod.

Of a workload or a service, one of its pods is chosen. If that pod ends, so does the forwarding, and the \
command must be run again.",
    examples: "\
# Ports 5000 and 6000 lead to the same ports of the pod
kubectl port-forward pod/mypod 5000 6000

# Of a pod of the deployment
kubectl port-forward deployment/mydeployment 5000 6000

# Port 8443 leads to what the service calls https
kubectl port-forward service/myservice 8443:https

# Port 8888 leads to port 5000
kubectl port-forward pod/mypod 8888:5000

# On all addresses
kubectl port-forward --address 0.0.0.0 pod/mypod 8888:5000

# On some addresses
kubectl port-forward --address localhost,10.19.21.23 pod/mypod 8888:5000

# Any free port leads to port 5000
kubectl port-forward pod/mypod :5000",
    flags: &[
        &[Flag::new(
            "address",
            Kind::StringSlice,
            "[localhost]",
            "The local addresses to listen at, separated by commas: IP addresses or localhost, which stands for \
            127.0.0.1 and ::1 and needs only one of them.",
        )],
        &groups::pod_running_timeout("1m0s"),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
