//! `kubectl drain`: makes a node ready for maintenance.

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "drain",
    usage: "drain NODE",
    short: "Make nodes ready for maintenance",
    long: "\
Make nodes ready for maintenance: keep new pods off, and move their pods elsewhere.

Pods are evicted, with respect to disruption budgets, where the server supports it, and else deleted. Pods \
of daemon sets cannot be moved: without --ignore-daemonsets they end the drain before it begins. So do pods \
that nobody would recreate, without --force, and pods with data in an emptyDir, without \
--delete-emptydir-data. Mirror pods stay in any case.

Until all pods are gone, nothing is to be done to the node. \"kubectl uncordon\" lets pods on again.",
    examples: "\
# Also where pods would not be recreated
kubectl drain foo --force

# With a quarter of an hour for the pods to stop
kubectl drain foo --grace-period=900",
    flags: &[
        &[
            Flag::switch(
                "delete-emptydir-data",
                false,
                "Also move pods with data in an emptyDir, which is lost.",
            ),
            Flag::switch(
                "disable-eviction",
                false,
                "Delete pods instead of evicting them: disruption budgets are passed over.",
            ),
            Flag::switch("force", false, "Also move pods that nobody will recreate."),
            Flag::new(
                "grace-period",
                Kind::Int,
                "-1",
                "How many seconds the pods get to stop. A negative number leaves it to the pods.",
            ),
            Flag::switch("ignore-daemonsets", false, "Leave pods of daemon sets where they are."),
            Flag::text("pod-selector", "Only pods with these labels."),
            Flag::new(
                "skip-wait-for-delete-timeout",
                Kind::Int,
                "0",
                "Do not wait for pods that have been stopping for more than this many seconds. 0 waits for all.",
            ),
            Flag::new(
                "timeout",
                Kind::Duration,
                "0s",
                "How long to wait for everything. 0 waits for as long as it takes.",
            ),
        ],
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::CHUNK_SIZE,
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
