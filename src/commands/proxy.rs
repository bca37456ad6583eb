//! `kubectl proxy`: runs a proxy to the API server.

use crate::{
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "proxy",
    usage: "proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    short: "Run a proxy to the API server",
    long: "\
Run a proxy to the API server on this machine, which authenticates for whoever asks it.

Files of a directory can be served beside it. Everyone who can reach the proxy acts as you: by default that \
is only this machine, and some paths are refused.",
    examples: "\
# The whole API
kubectl proxy --api-prefix=/

# The API and some files: curl localhost:8001/api/v1/pods
kubectl proxy --www=/my/files --www-prefix=/static/ --api-prefix=/api/

# The API below a path: curl localhost:8001/custom/api/v1/pods
kubectl proxy --api-prefix=/custom/

# On port 8011, with files
kubectl proxy --port=8011 --www=./local/www/

# On any free port, which is printed
kubectl proxy --port=0",
    flags: &[&[
        Flag::new(
            "accept-hosts",
            Kind::String,
            r#"^localhost$,^127\.0\.0\.1$,^\[::1\]$"#,
            "Regular expressions, separated by commas, for the hosts whose requests are accepted.",
        ),
        Flag::new(
            "accept-paths",
            Kind::String,
            "^.*",
            "Regular expressions, separated by commas, for the paths that are accepted.",
        ),
        Flag::new("address", Kind::String, "127.0.0.1", "The address to listen at."),
        Flag::new("api-prefix", Kind::String, "/", "The path to serve the API below."),
        Flag::switch(
            "append-server-path",
            false,
            "Put the path of the server's address before the path of each request.",
        ),
        Flag::switch(
            "disable-filter",
            false,
            "Accept everything. Any page in your browser can then act as you.",
        ),
        Flag::new(
            "keepalive",
            Kind::Duration,
            "0s",
            "How often to check that an idle connection is alive. 0 does not.",
        ),
        Flag::new("port", Kind::Int, "8001", "The port to listen at. 0 takes any free one.").short('p'),
        Flag::new(
            "reject-methods",
            Kind::String,
            "^$",
            "Regular expressions, separated by commas, for methods that are refused: POST,PUT,PATCH.",
        ),
        Flag::new(
            "reject-paths",
            Kind::String,
            "^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach",
            "Regular expressions, separated by commas, for paths that are refused even if they are accepted.",
        ),
        Flag::text("unix-socket", "The Unix socket to listen at.").short('u'),
        Flag::text("www", "The directory whose files to serve.").short('w'),
        Flag::new("www-prefix", Kind::String, "/static/", "The path to serve the files below.").short('P'),
    ]],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
