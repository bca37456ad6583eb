//! Flags that several commands share, each group with one meaning everywhere.

use super::{Flag, Kind};

/// The form in which objects are printed.
pub const OUTPUT: &[Flag] = &[Flag::text(
    "output",
    "How to print: json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, \
            jsonpath-as-json or jsonpath-file. JSONPath is described at \
            https://kubernetes.io/docs/reference/kubectl/jsonpath/, Go templates at https://pkg.go.dev/text/template.",
)
.short('o')];

/// What goes with the form in which objects are printed.
pub const PRINT: &[Flag] = &[
    Flag::switch(
        "allow-missing-template-keys",
        true,
        "In templates, let fields that an object lacks come out empty instead of failing. Counts for Go templates \
            and JSONPath.",
    ),
    Flag::switch("show-managed-fields", false, "Keep metadata.managedFields in JSON and YAML."),
    Flag::text(
        "template",
        "The template, or the file it is in, for -o go-template and -o go-template-file.",
    ),
];

/// Whether anything is changed.
pub const DRY_RUN: &[Flag] = &[Flag::new(
    "dry-run",
    Kind::String,
    "none",
    "\"none\" makes the change. \"client\" only prints what would be sent. \"server\" sends it to be checked, \
            but nothing is stored.",
)
.bare("unchanged")];

/// Objects by their labels.
pub const SELECTOR: &[Flag] = &[Flag::text(
    "selector",
    "Only objects whose labels match: 'key=value', 'key!=value', 'key in (a,b)', 'key notin (a,b)', 'key', \
            '!key', separated by commas, all of which must hold.",
)
.short('l')];

/// Objects by their fields.
pub const FIELD_SELECTOR: &[Flag] = &[Flag::text(
    "field-selector",
    "Only objects whose fields match: 'field=value', 'field!=value', separated by commas, all of which must \
            hold. Which fields can be asked for depends on the type.",
)];

/// Objects of all namespaces.
pub const ALL_NAMESPACES: &[Flag] =
    &[Flag::switch("all-namespaces", false, "Look in all namespaces, whatever --namespace says.").short('A')];

/// How long lists are fetched.
pub const CHUNK_SIZE: &[Flag] = &[Flag::new(
    "chunk-size",
    Kind::Int64,
    "500",
    "How many objects to fetch at a time. 0 fetches all at once.",
)];

/// How objects are deleted, by themselves or because they must make way for others.
pub const DELETION: &[Flag] = &[
    Flag::new(
        "cascade",
        Kind::String,
        "background",
        "What becomes of objects that belong to a deleted one: \"background\" deletes them afterwards, \
            \"foreground\" before it, \"orphan\" keeps them.",
    )
    .bare("background"),
    Flag::switch(
        "force",
        false,
        "Remove objects from the server at once, without waiting for what they stand for to stop; it may keep \
            running. Only with a grace period of 0.",
    ),
    Flag::new(
        "grace-period",
        Kind::Int,
        "-1",
        "How many seconds a deleted object gets to stop in an orderly way. 1 stops it at once, 0 needs --force, a \
            negative number leaves it to the object.",
    ),
    Flag::new(
        "timeout",
        Kind::Duration,
        "0s",
        "How long to wait for a deletion. 0 decides by the object.",
    ),
];

/// Whether a command waits for the objects that it deletes to make way for others.
pub const WAIT: &[Flag] = &[Flag::switch(
    "wait",
    false,
    "Return only when deleted objects are gone, finalizers included.",
)];

/// How many writes are on their way at a time. kubectl has no such flag, and 1 as its only pace. The default is far below
/// what a server lets one client have in flight (200 changes, shared by all), and enough to hide the way to a server and
/// back.
pub const CONCURRENCY: &[Flag] = &[Flag::new(
    "concurrency",
    Kind::Int,
    "16",
    "How many objects may be on their way to the server at a time. The result is the same, only sooner: objects that \
            may need each other wait for each other, and the first ones of a kind go one by one. 1 sends all one by one.",
)];

/// Who applies, and over whom.
pub const APPLY: &[Flag] = &[
    Flag::switch(
        "force-conflicts",
        false,
        "With --server-side, take over fields that belong to others.",
    ),
    Flag::switch("server-side", false, "Let the server merge the manifest into the object."),
];

/// What applying deletes.
pub const PRUNE: &[Flag] = &[
    Flag::switch(
        "prune",
        false,
        "Delete objects that were once applied, match -l or --all, and are no longer in the manifests.",
    ),
    Flag::array(
        "prune-allowlist",
        "Only these types are pruned, as group/version/kind, with \"core\" for the group without a name; repeat it \
            for several.",
    ),
];

/// Whether the object remembers its manifest, for apply.
pub const SAVE_CONFIG: &[Flag] = &[Flag::switch(
    "save-config",
    false,
    r#"Note the manifest in an annotation of the object, for "kubectl apply" to compare with later."#,
)];

/// How strictly manifests are checked.
pub const VALIDATE: &[Flag] = &[Flag::new(
    "validate",
    Kind::String,
    "strict",
    "What to do about fields that the object's type does not have or that occur twice: \"strict\" (or \"true\") \
            fails, \"warn\" says so, \"ignore\" (or \"false\") drops them. The server decides where it can.",
)
.bare("strict")];

/// The deprecated record of what was typed.
pub const RECORD: &[Flag] = &[
    Flag::switch("record", false, "Note the command line in an annotation of the object.")
        .deprecated("--record will be removed in the future"),
];

/// Manifests only, without the server.
pub const LOCAL: &[Flag] = &[Flag::switch(
    "local",
    false,
    "Do not ask the server: work only on the manifests that are given.",
)];

/// A guard against other writers.
pub const RESOURCE_VERSION: &[Flag] = &[Flag::text(
    "resource-version",
    "Change the object only if this is its resource version. For one object at a time.",
)];

/// What an editor gets.
pub const WINDOWS_LINE_ENDINGS: &[Flag] = &[Flag::switch(
    "windows-line-endings",
    false,
    "Give the editor lines that end as on Windows. The default is what the system uses.",
)];

/// Changes to a generated object.
pub const OVERRIDES: &[Flag] = &[
    Flag::new(
        "override-type",
        Kind::String,
        "merge",
        "How --overrides is merged: \"json\" (a JSON patch), \"merge\" (a JSON merge patch) or \"strategic\" (a \
            strategic merge patch).",
    ),
    Flag::text(
        "overrides",
        "JSON that is merged into the generated object before it is used. It needs its own apiVersion.",
    ),
];

/// Tables without their first line.
pub const NO_HEADERS: &[Flag] = &[Flag::switch("no-headers", false, "Print tables without their first line.")];

/// Names that change with the content.
pub const APPEND_HASH: &[Flag] = &[Flag::switch(
    "append-hash",
    false,
    "End the name with a hash of the content, so that other content gets another name.",
)];

/// Whom a role is bound to.
pub const SUBJECTS: &[Flag] = &[
    Flag::array("group", "A group to bind; repeat it for several."),
    Flag::array(
        "serviceaccount",
        "A service account to bind, as NAMESPACE:NAME; repeat it for several.",
    ),
    Flag::array("user", "A user to bind; repeat it for several."),
];

/// Standard input and terminal of a container.
pub const TERMINAL: &[Flag] = &[
    Flag::switch("quiet", false, "Print nothing but what the container prints.").short('q'),
    Flag::switch("stdin", false, "Pass standard input on to the container.").short('i'),
    Flag::switch("tty", false, "Give the container a terminal.").short('t'),
];

/// The files that name the objects, and how to look for them; `help` says what the files are for.
pub const fn files(help: &'static str) -> [Flag; 3] {
    [Flag::slice("filename", help).short('f'), KUSTOMIZE, RECURSIVE]
}

/// [`files`], where folders are searched through unless that is switched off.
pub const fn files_in_folders(help: &'static str) -> [Flag; 3] {
    let mut recursive = RECURSIVE;
    recursive.default = "true";
    [Flag::slice("filename", help).short('f'), KUSTOMIZE, recursive]
}

const KUSTOMIZE: Flag = Flag::text(
    "kustomize",
    "Build this kustomization directory and use the objects in it. Not with -f or -R.",
)
.short('k');

const RECURSIVE: Flag = Flag::switch("recursive", false, "Search the directories given by -f down to the last one.").short('R');

/// Under which name the server notes who owns the fields that are changed.
pub const fn field_manager(default: &'static str) -> [Flag; 1] {
    [Flag::new(
        "field-manager",
        Kind::String,
        default,
        "The name under which the server notes who owns the changed fields.",
    )]
}

/// How long to wait for a pod that runs.
pub const fn pod_running_timeout(default: &'static str) -> [Flag; 1] {
    [Flag::new(
        "pod-running-timeout",
        Kind::Duration,
        default,
        "How long to wait for at least one pod that runs, with a unit: 5s, 2m, 3h.",
    )]
}
