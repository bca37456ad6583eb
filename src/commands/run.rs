//! `kubectl run`: runs an image in a pod.

use std::io::Write;

use crate::{
    actions::{
        creation::{Creation, note_cause},
        delete::propagation,
        dry_run::DryRun,
        pods::Target,
    },
    api::{OwnedValue, quote},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::{
        image, note_applied,
        pod::{Pod, pod},
        service::{Exposed, exposed},
        set_namespace,
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "run",
    usage: "run NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] \
            [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
    short: "Run an image in a pod",
    long: "Run an image in a pod.",
    examples: "\
# A pod
kubectl run nginx --image=nginx

# A port of it
kubectl run hazelcast --image=hazelcast/hazelcast --port=5701

# Variables of its environment
kubectl run hazelcast --image=hazelcast/hazelcast --env=\"DNS_DOMAIN=cluster\" --env=\"POD_NAMESPACE=default\"

# Labels
kubectl run hazelcast --image=hazelcast/hazelcast --labels=\"app=hazelcast,env=prod\"

# Only print what would be created
kubectl run nginx --image=nginx --dry-run=client

# Change what is generated
kubectl run nginx --image=nginx --overrides='{ \"apiVersion\": \"v1\", \"spec\": { \"hostNetwork\": true } }'

# A shell in it, and no restart when it ends
kubectl run -i -t busybox --image=busybox --restart=Never

# The default command with other arguments
kubectl run nginx --image=nginx -- arg1 arg2

# Another command
kubectl run nginx --image=nginx --command -- cmd arg1 arg2",
    flags: &[
        &[
            Flag::array("annotations", "An annotation for the pod, as key=value; repeat it for several."),
            Flag::switch(
                "attach",
                false,
                "Wait for the pod and connect to it. Implied by -i. With --restart=Never the exit code is that of the \
            container.",
            ),
            Flag::switch("command", false, "What stands behind -- is the command, not its arguments."),
            Flag::new(
                "detach-keys",
                Kind::String,
                "ctrl-p,ctrl-q",
                "The keys that leave the session, separated by commas: letters, or ctrl- with a letter or one of @[\\]^_.",
            ),
            Flag::array("env", "A variable for the environment, as key=value; repeat it for several."),
            Flag::switch("expose", false, "Make a service for the pod. Needs --port."),
            Flag::text("image", "The image to run.").required(),
            Flag::text(
                "image-pull-policy",
                "When to fetch the image: Always, IfNotPresent or Never. The server decides if it is empty.",
            ),
            Flag::text(
                "labels",
                "Labels for the pod, as key=value, separated by commas. run=NAME if not given.",
            )
            .short('l'),
            Flag::switch(
                "leave-stdin-open",
                false,
                "With -i, leave standard input of the container open when the first session ends.",
            ),
            Flag::text("port", "The port that the container listens on."),
            Flag::switch("privileged", false, "Give the container all rights on its node."),
            Flag::switch("quiet", false, "Print no messages of kubectl's own.").short('q'),
            Flag::new(
                "restart",
                Kind::String,
                "Always",
                "What to do when the container ends: Always, OnFailure or Never.",
            ),
            Flag::switch("rm", false, "Delete the pod when it ends. Only if connected to it."),
            Flag::switch(
                "stdin",
                false,
                "Keep standard input of the container open, even while nobody is connected.",
            )
            .short('i'),
            Flag::switch("tty", false, "Give the container a terminal.").short('t'),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::DELETION,
        groups::WAIT,
        groups::SAVE_CONFIG,
        groups::RECORD,
        groups::OVERRIDES,
        &groups::files("A file, directory or URL with the manifest of the pod to replace."),
        &groups::field_manager("kubectl-run"),
        &groups::pod_running_timeout("1m0s"),
    ],
    ..Command::NEW
};

/// Runs the image in a pod.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let mut creation = Creation::resolve(parsed, context, "created")?;
    propagation(parsed, context.streams())?;
    let attach = check(parsed, &creation)?;
    if attach {
        return Err(Error::message(
            "this client does not attach to what it runs yet: run without -i and --attach",
        ));
    }
    let object = Creation::finish(parsed, generate(parsed)?, context.change_cause(parsed))?;
    let created = create("Pod", object, &creation).await?;
    let mut failure = None;
    if parsed.bool("expose") {
        match expose(parsed, &mut creation, context.change_cause(parsed)).await {
            Ok(()) if parsed.string("output") == "yaml" => writeln!(context.streams().out(), "---")?,
            Ok(()) => {}
            Err(error) => failure = Some(error),
        }
    }
    creation.print(created)?;
    failure.map_or(Ok(()), Err)
}

/// Refuses what does not go together, and says whether to attach to the pod.
fn check(parsed: &Parsed, creation: &Creation<'_>) -> Result<bool> {
    let usage = |message: String| Error::Usage {
        message,
        command: parsed.path().to_owned(),
    };
    let interactive = parsed.bool("stdin");
    let attach = if parsed.changed("attach") {
        parsed.bool("attach")
    } else {
        interactive
    };
    let reference = parsed.string("image");
    if parsed.args().is_empty() {
        return Err(usage("NAME is required for run".to_owned()));
    }
    Target::timeout(parsed)?;
    if reference.is_empty() {
        return Err(Error::message("--image is required"));
    }
    if !image::is_reference(reference) {
        return Err(Error::message(format!(
            "Invalid image name {}: invalid reference format",
            quote(reference)
        )));
    }
    if parsed.bool("tty") && !interactive {
        return Err(usage("-i/--stdin is required for containers with -t/--tty=true".to_owned()));
    }
    if parsed.bool("expose") && parsed.string("port").is_empty() {
        return Err(usage("--port must be set when exposing a service".to_owned()));
    }
    let restart = parsed.string("restart");
    if !matches!(restart, "" | "Always" | "OnFailure" | "Never") {
        return Err(usage(format!("invalid restart policy: {restart}")));
    }
    if parsed.bool("rm") && !attach {
        return Err(usage("--rm should only be used for attached containers".to_owned()));
    }
    if attach && creation.dry_run != DryRun::None {
        return Err(usage(
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)".to_owned(),
        ));
    }
    let pull = parsed.string("image-pull-policy");
    if !matches!(pull, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(usage(format!("invalid image pull policy: {pull}")));
    }
    if parsed.args().first().is_some_and(String::is_empty) {
        return Err(Error::message("Parameter: name is required"));
    }
    Ok(attach)
}

/// The pod that the flags describe.
fn generate(parsed: &Parsed) -> Result<OwnedValue> {
    let (name, arguments) = match parsed.args() {
        [name, arguments @ ..] => (name.as_str(), arguments),
        [] => ("", [].as_slice()),
    };
    if name.is_empty() {
        return Err(Error::message("Parameter: name is required"));
    }
    pod(Pod {
        name,
        labels: parsed.string("labels"),
        annotations: parsed.strings("annotations"),
        image: parsed.string("image"),
        pull_policy: parsed.string("image-pull-policy"),
        port: parsed.string("port"),
        variables: parsed.strings("env"),
        arguments,
        is_command: parsed.bool("command"),
        stdin: parsed.bool("stdin"),
        leave_stdin_open: parsed.bool("leave-stdin-open"),
        tty: parsed.bool("tty"),
        privileged: parsed.bool("privileged"),
        restart: match parsed.string("restart") {
            "" => "Always",
            restart => restart,
        },
    })
    .map_err(Error::Message)
}

/// Makes a service for the pod, and prints it.
async fn expose(parsed: &Parsed, creation: &mut Creation<'_>, cause: Option<String>) -> Result<()> {
    let name = parsed.args().first().map(String::as_str).unwrap_or_default();
    let by_name = format!("run={name}");
    let labels = parsed.string("labels");
    let mut object = exposed(&Exposed {
        name,
        labels,
        selector: if labels.is_empty() { &by_name } else { labels },
        ports: parsed.string("port"),
        ..Exposed::default()
    })
    .map_err(Error::Message)?;
    note_cause(&mut object, cause);
    let created = create("Service", object, creation).await?;
    creation.print(created)
}

/// Creates an object where those of a kind are, or where nothing is to be sent gives it as it would be.
async fn create(kind: &str, mut object: OwnedValue, creation: &Creation<'_>) -> Result<OwnedValue> {
    if creation.dry_run == DryRun::Client {
        if creation.namespace.explicit {
            set_namespace(&mut object, &creation.namespace.name);
        }
        return Ok(object);
    }
    note_applied(&mut object, creation.save_config);
    creation.send_as(("", "v1", kind), &object).await
}
