//! `kubectl set env`: sets, removes and lists the variables of containers.

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

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

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
