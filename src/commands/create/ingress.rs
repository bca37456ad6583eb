//! `kubectl create ingress`: creates an ingress.

use crate::{
    actions::creation::{Creation, only_name},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::ingress::{Ingress, ingress},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "ingress",
    aliases: &["ing"],
    usage: "ingress NAME --rule=host/path=service:port[,tls[=secret]] ",
    short: "Create an ingress",
    long: "Create an ingress.",
    examples: "\
# Requests to foo.com/bar go to svc1 on port 8080, with the certificate in my-cert
kubectl create ingress simple --rule=\"foo.com/bar=svc1:8080,tls=my-cert\"

# Everything below /path, on any host, in a class
kubectl create ingress catch-all --class=otheringress --rule=\"/path=svc:port\"

# With annotations
kubectl create ingress annotated --class=default --rule=\"foo.com/bar=svc:port\" --annotation \
ingress.annotation1=foo --annotation ingress.annotation2=bla

# Several hosts and paths
kubectl create ingress multipath --class=default --rule=\"foo.com/=svc:port\" \
--rule=\"bar.com/admin/=svcadmin:portadmin\"

# Everything below a path
kubectl create ingress ingress1 --class=default --rule=\"foo.com/path*=svc:8080\"

# A service for everything else
kubectl create ingress ingdefault --class=default --default-backend=defaultsvc:http \
--rule=\"foo.com/*=svc:8080,tls=secret1\"",
    flags: &[
        &[
            Flag::array("annotation", "An annotation for the ingress, as key=value; repeat it for several."),
            Flag::text("class", "The ingress class to use."),
            Flag::text(
                "default-backend",
                "The service for requests that no rule is about, as SERVICE:PORT.",
            ),
            Flag::array(
                "rule",
                "A rule, as HOST/PATH=SERVICE:PORT[,tls[=SECRET]]. A path that ends in * stands for everything below it; the \
            secret holds the certificate.",
            ),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        &groups::field_manager("kubectl-create"),
    ],
    ..Command::NEW
};

/// Creates it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let creation = Creation::resolve(parsed, context, "created")?;
    let object = ingress(Ingress {
        name,
        namespace: creation.own_namespace(),
        class: parsed.string("class"),
        default_backend: parsed.string("default-backend"),
        annotations: parsed.strings("annotation"),
        rules: parsed.strings("rule"),
    })
    .map_err(Error::Message)?;
    creation.create(object, Some("failed to create ingress: ")).await
}
