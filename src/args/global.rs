//! The flags that every command takes.

use super::{Flag, Kind};

/// `--help`, which every command has of its own.
pub static HELP: Flag = Flag::switch("help", false, "Print what the command does and which flags it has.").short('h');

/// The global flags, by name. The default of `--cache-dir` depends on the environment and is left empty here.
pub static FLAGS: &[Flag] = &[
    Flag::text(
        "as",
        "Act as this user, or as a service account (system:serviceaccount:NAMESPACE:NAME).",
    ),
    Flag::array("as-group", "Act as a member of this group; repeat it for several groups."),
    Flag::text("as-uid", "Act under this user ID."),
    Flag::array(
        "as-user-extra",
        "Act with this extra user information, key=value; repeat it for several pairs or for several values of one key.",
    ),
    Flag::text("cache-dir", "Where answers about the server's resources are kept."),
    Flag::text(
        "certificate-authority",
        "File with the certificates that may sign the server's certificate.",
    ),
    Flag::text("client-certificate", "File with the client certificate to present to the server."),
    Flag::text("client-key", "File with the private key of the client certificate."),
    Flag::text("cluster", "The kubeconfig cluster to talk to."),
    Flag::text("context", "The kubeconfig context to use."),
    Flag::switch("disable-compression", false, "Do not ask the server for compressed answers."),
    Flag::switch(
        "insecure-skip-tls-verify",
        false,
        "Do not check the server's certificate. Anyone on the way can then read and change everything that is sent.",
    ),
    Flag::text("kubeconfig", "The kubeconfig file to use."),
    Flag::text(
        "kuberc",
        "The file with your preferences. KUBERC=off leaves them aside; KUBECTL_KUBERC=false also takes this flag away.",
    )
    .locked_by("KUBECTL_KUBERC"),
    Flag::new(
        "log-flush-frequency",
        Kind::GoDuration,
        "5s",
        "How long a log line may wait before it is written.",
    ),
    Flag::switch("match-server-version", false, "Fail unless the server has the client's version."),
    Flag::text("namespace", "The namespace to work in.").short('n'),
    Flag::text("password", "Password for basic authentication."),
    Flag::new(
        "profile",
        Kind::String,
        "none",
        "Go's profiles of the program itself, which only kubectl's developers need: this client has none to write.",
    ),
    Flag::new(
        "profile-output",
        Kind::String,
        "profile.pprof",
        "The file that a profile would go to.",
    ),
    Flag::new(
        "request-timeout",
        Kind::String,
        "0",
        "How long one request may take, with a unit (1s, 2m, 3h) or in seconds. 0 waits for as long as it takes.",
    ),
    Flag::text("server", "The address of the API server.").short('s'),
    Flag::text(
        "tls-server-name",
        "The name that the server's certificate must be for, where it is not the host in the server's address.",
    ),
    Flag::text("token", "Bearer token for authentication."),
    Flag::text("user", "The kubeconfig user to authenticate as."),
    Flag::text("username", "User name for basic authentication."),
    Flag::new(
        "v",
        Kind::Level,
        "0",
        "How much to log: from 6 on requests, from 8 on also what they carry.",
    )
    .short('v'),
    Flag::new(
        "vmodule",
        Kind::Modules,
        "",
        "Other levels of logging for single source files, as pattern=N separated by commas.",
    ),
    Flag::switch("warnings-as-errors", false, "Fail if the server sends a warning."),
];
