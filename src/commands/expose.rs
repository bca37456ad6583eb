//! `kubectl expose`: makes a service for pods.

use crate::{
    actions::{
        creation::Creation,
        dry_run::DryRun,
        exposure::{port_list, protocol_map, selector_of},
    },
    api::{OwnedValue, object},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::{
        note_applied,
        service::{Exposed, exposed},
        set_namespace,
    },
    resource::{FileSet, Gather, Info, Objects, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "expose",
    usage: "expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] \
            [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
    short: "Make a service for pods",
    long: "\
Make a service for pods, by what the labels of a pod, service, replication controller, replica set or \
deployment say.

The ports are those of the object unless given. Of a replica set or deployment only a selector that a \
service can express will do.",
    examples: "\
# Port 80 goes to port 8000 of the pods of a replication controller
kubectl expose rc nginx --port=80 --target-port=8000

# What a manifest describes
kubectl expose -f nginx-controller.yaml --port=80 --target-port=8000

# A pod, under another name
kubectl expose pod valid-pod --port=444 --name=frontend

# A second service from the first
kubectl expose service nginx --port=443 --target-port=8443 --name=nginx-https

# By UDP
kubectl expose rc streamer --port=4100 --protocol=UDP --name=video-stream

# A replica set, a deployment
kubectl expose rs nginx --port=80 --target-port=8000
kubectl expose deployment nginx --port=80 --target-port=8000",
    flags: &[
        &[
            Flag::text(
                "cluster-ip",
                "The address of the service inside the cluster, or \"None\" for none. The server chooses one if not given.",
            ),
            Flag::text("external-ip", "Another address that the service answers at, if it leads to a node."),
            Flag::text("labels", "Labels for the service, as key=value, separated by commas.").short('l'),
            Flag::text("load-balancer-ip", "The address of the load balancer, where it can be chosen."),
            Flag::text("name", "The name of the service. That of the object if not given."),
            Flag::text("port", "The port of the service. That of the object if not given."),
            Flag::text("protocol", "TCP, UDP or SCTP. TCP if not given."),
            Flag::text(
                "selector",
                "The pods, by their labels, only key=value. Those of the object if not given.",
            ),
            Flag::text(
                "session-affinity",
                r#""ClientIP" sends a client to the same pod each time, "None" does not."#,
            ),
            Flag::text(
                "target-port",
                "The port of the pods, by number or name. That of the service if not given.",
            ),
            Flag::text("type", "ClusterIP, NodePort, LoadBalancer or ExternalName. ClusterIP if not given."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::RECORD,
        groups::OVERRIDES,
        &groups::files("A file, directory or URL with the manifest of the object."),
        &groups::field_manager("kubectl-expose"),
    ],
    ..Command::NEW
};

/// The longest name of a service.
const NAME_LENGTH: usize = 63;

/// Makes services for what the command line names.
///
/// # Errors
/// What makes no sense on the command line, what cannot be exposed, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let mut creation = Creation::resolve(parsed, context, "exposed")?;
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
    let infos = Gather::typed(Objects::AsGiven).all(plan, &query, &site).await?;
    let mut errors = Vec::new();
    for info in infos {
        let result = match info {
            Ok(info) => expose(parsed, &info, &mut creation, context.change_cause(parsed)).await,
            Err(error) => Err(error),
        };
        errors.extend(result.err());
    }
    Error::collect(errors)
}

/// Makes a service for an object, and prints it.
async fn expose(parsed: &Parsed, info: &Info, creation: &mut Creation<'_>, cause: Option<String>) -> Result<()> {
    let mut object = Creation::finish(parsed, generate(parsed, info)?, cause)?;
    if creation.dry_run == DryRun::Client {
        if creation.namespace.explicit {
            set_namespace(&mut object, &creation.namespace.name);
        }
        return creation.print(object);
    }
    note_applied(&mut object, creation.save_config);
    // What is sent has lost the order of Go's structs on its way through kubectl; what is printed has the server's.
    object.sort_keys();
    let created = creation.send(&object).await?;
    creation.print(created)
}

/// The service for an object: from flags, and where they say nothing from the object.
fn generate(parsed: &Parsed, info: &Info) -> Result<OwnedValue> {
    let kind = info.mapping.group_kind();
    if !matches!(
        kind.as_str(),
        "ReplicationController"
            | "Service"
            | "Pod"
            | "Deployment.apps"
            | "ReplicaSet.apps"
            | "Deployment.extensions"
            | "ReplicaSet.extensions"
    ) {
        return Err(Error::message(format!("cannot expose a {kind}")));
    }
    let text = |name: &str| parsed.string(name).to_owned();
    let mut selector = text("selector");
    if selector.is_empty() {
        selector = selector_of(&info.object)
            .map_err(|error| Error::message(format!("couldn't retrieve selectors via --selector flag or introspection: {error}")))?;
    }
    let mut ports = text("port");
    if ports.is_empty() {
        ports = port_list(&info.object).join(",");
        if ports.is_empty() && parsed.string("cluster-ip") != "None" {
            return Err(Error::message("couldn't find port via --port flag or introspection"));
        }
    }
    let mut labels = text("labels");
    if labels.is_empty() {
        let own = object::labels(&info.object).into_iter().flat_map(|labels| labels.iter());
        let own: Vec<String> = own
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect();
        labels = own.join(",");
    }
    let name: String = match parsed.string("name") {
        "" => info.name.chars().take(NAME_LENGTH).collect(),
        name => name.to_owned(),
    };
    exposed(&Exposed {
        name: &name,
        labels: &labels,
        selector: &selector,
        ports: &ports,
        protocol: parsed.string("protocol"),
        protocols: &protocol_map(&info.object),
        target_port: parsed.string("target-port"),
        external_ip: parsed.string("external-ip"),
        kind: parsed.string("type"),
        load_balancer_ip: parsed.string("load-balancer-ip"),
        session_affinity: parsed.string("session-affinity"),
        cluster_ip: parsed.string("cluster-ip"),
    })
    .map_err(Error::Message)
}
