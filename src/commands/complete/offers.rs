//! What kubectl offers for the arguments and the flags of each command.

/// What the arguments of a command may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// Files, or nothing that is known.
    Unknown,
    /// These words, as the first argument.
    Words(&'static [&'static str]),
    /// A type and names of its objects, or words of the form `type/name`.
    Objects {
        /// The types; all that the server has where there are none.
        types: &'static [&'static str],
        /// Whether there may be several objects.
        several: bool,
    },
    /// The name of one object of this type.
    Name(&'static str),
    /// A pod, or something that has pods as `type/name`; behind it something of the pod.
    Pod(Behind),
    /// One name of the kubeconfig.
    Config(Entry),
    /// A file, or a file in a pod.
    Copy,
    /// The words of a command.
    Commands,
}

/// What comes behind the name of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// Nothing.
    Nothing,
    /// One of its containers.
    Container,
    /// A port that one of its containers listens on.
    Port,
}

/// What the kubeconfig has names of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Contexts.
    Context,
    /// Clusters.
    Cluster,
    /// Users.
    User,
}

/// What the value of a flag may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Files, or nothing that is known.
    Unknown,
    /// These words; those that begin otherwise are left to the shell to leave out.
    Words(&'static [&'static str]),
    /// Those of these words that begin with what has been typed.
    Matching(&'static [&'static str]),
    /// Files whose names end with one of these.
    Files(&'static [&'static str]),
    /// The name of an object of this type.
    Name(&'static str),
    /// A name of the kubeconfig.
    Config(Entry),
    /// A container of the pod that is the first argument.
    Container,
}

/// What `get` can print, in the order in which kubectl says it.
const FORMS: &[&str] = &[
    "json",
    "yaml",
    "kyaml",
    "name",
    "go-template",
    "go-template-file",
    "template",
    "templatefile",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "custom-columns",
    "custom-columns-file",
    "wide",
];

const SCALABLE: &[&str] = &["deployment", "replicaset", "replicationcontroller", "statefulset"];
const ROLLED_OUT: &[&str] = &["deployment", "daemonset", "statefulset"];
const EXPOSED: &[&str] = &["pod", "service", "replicationcontroller", "deployment", "replicaset"];
const WITH_IMAGES: &[&str] = &[
    "daemonsets",
    "deployments",
    "pods",
    "cronjobs",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
];

/// What the arguments of the command with this path (`rollout status`) may be.
pub fn arguments(path: &str) -> Arguments {
    let objects = |types| Arguments::Objects { types, several: true };
    match path {
        "annotate"
        | "apply edit-last-applied"
        | "apply view-last-applied"
        | "debug"
        | "delete"
        | "describe"
        | "edit"
        | "get"
        | "label"
        | "patch" => objects(&[]),
        "autoscale" | "scale" => objects(SCALABLE),
        "expose" => objects(EXPOSED),
        "rollout history" | "rollout restart" | "rollout undo" => objects(ROLLED_OUT),
        "rollout pause" | "rollout resume" => objects(&["deployment"]),
        "rollout status" => Arguments::Objects {
            types: ROLLED_OUT,
            several: false,
        },
        "set image" => Arguments::Objects {
            types: WITH_IMAGES,
            several: false,
        },
        "taint" => objects(&["node"]),
        "cordon" | "drain" | "uncordon" | "top node" => Arguments::Name("node"),
        "top pod" => Arguments::Name("pod"),
        "create token" => Arguments::Name("serviceaccount"),
        "attach" | "exec" => Arguments::Pod(Behind::Nothing),
        "logs" => Arguments::Pod(Behind::Container),
        "port-forward" => Arguments::Pod(Behind::Port),
        "config delete-context" | "config rename-context" | "config set-context" | "config use-context" => {
            Arguments::Config(Entry::Context)
        }
        "config delete-cluster" => Arguments::Config(Entry::Cluster),
        "config delete-user" => Arguments::Config(Entry::User),
        "completion" => Arguments::Words(&["bash", "fish", "powershell", "zsh"]),
        "cp" => Arguments::Copy,
        "help" => Arguments::Commands,
        _ => Arguments::Unknown,
    }
}

/// What the value of a flag may be. `own` says that it is the command's own flag, not one that all commands take.
pub fn values(path: &str, flag: &str, own: bool) -> Values {
    match (flag, path) {
        ("namespace", "config set-context") => Values::Name("namespace"),
        ("namespace", _) if !own => Values::Name("namespace"),
        ("context", _) if !own => Values::Config(Entry::Context),
        ("cluster", _) if !own => Values::Config(Entry::Cluster),
        ("user", _) if !own => Values::Config(Entry::User),
        ("filename", _) => Values::Files(&["json", "yaml", "yml"]),
        ("subresource", "apply" | "edit" | "get" | "patch" | "replace") => Values::Words(&["status", "scale", "resize"]),
        ("clusterrole", "create clusterrolebinding") => Values::Name("clusterrole"),
        ("container", "exec") => Values::Container,
        ("output", "get") => Values::Matching(FORMS),
        ("load-restrictor", "kustomize") => Values::Words(&["LoadRestrictionsNone", "LoadRestrictionsRootOnly"]),
        _ => Values::Unknown,
    }
}
