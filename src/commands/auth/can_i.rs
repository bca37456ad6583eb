//! `kubectl auth can-i`: asks the server whether something is allowed.

use std::io::Write;

use crate::{
    actions::access_rules::{self, Rule},
    api::{Map, OwnedValue, Value, json},
    args::{Command, Flag, Parsed},
    client::{Client, Request},
    context::Context,
    discovery::{Partial, group_resource},
    error::{Error, Result},
    printers::tabs::TabWriter,
};

/// The verbs of rules for resources.
const VERBS: [&str; 16] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
    "escalate",
    "attest",
];

/// The verbs of rules for URLs.
const URL_VERBS: [&str; 8] = ["get", "put", "post", "head", "options", "delete", "patch", "*"];

/// What rules speak of although no server lists it.
const UNLISTED: [&str; 2] = ["users", "groups"];

/// The command as data.
pub static COMMAND: Command = Command {
    name: "can-i",
    usage: "can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    short: "Ask whether something is allowed",
    long: "\
Ask whether something is allowed. The answer is yes or no, and the exit code says the same.

VERB is a verb of the API: get, list, watch, create, update, patch, delete and others. TYPE is a type of \
objects; its short names and group work as in other commands. NONRESOURCEURL is a path that begins with \
\"/\". NAME is one object's name.

--as and its relatives ask on behalf of someone else.",
    examples: "\
# May I create pods anywhere?
kubectl auth can-i create pods --all-namespaces

# May I list deployments here?
kubectl auth can-i list deployments.apps

# May a service account of the namespace dev list pods in prod?
kubectl auth can-i list pods --as=system:serviceaccount:dev:foo -n prod

# May I do everything here?
kubectl auth can-i '*' '*'

# May I get one particular job?
kubectl auth can-i list jobs.batch/bar -n foo

# May I read a pod's logs?
kubectl auth can-i get pods --subresource=log

# May I read the logs that the server keeps?
kubectl auth can-i get /logs/

# Everything that I may do here
kubectl auth can-i --list --namespace=foo",
    flags: &[&[
        Flag::switch("all-namespaces", false, "Ask about all namespaces together.").short('A'),
        Flag::switch("list", false, "List everything that is allowed."),
        Flag::switch("no-headers", false, "Print the list without its first line."),
        Flag::switch("quiet", false, "Answer by the exit code only.").short('q'),
        Flag::text(
            "subresource",
            "Ask about this subresource, such as log of pods or scale of deployments.",
        ),
    ]],
    ..Command::NEW
};

/// What the command is to do.
#[derive(Debug)]
enum Options {
    /// Say whether one deed is allowed.
    Check {
        verb: String,
        target: Target,
        /// The namespace; empty for all.
        namespace: String,
        quiet: bool,
    },
    /// List what is allowed in a namespace.
    List { namespace: String, headers: bool },
}

/// What a deed is done to.
#[derive(Debug)]
enum Target {
    Url(String),
    Resource {
        resource: Partial,
        /// Whether the server, or the table of what every server has, knows it.
        known: bool,
        subresource: String,
        name: String,
    },
}

async fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    let all_namespaces = parsed.bool("all-namespaces");
    let quiet = parsed.bool("quiet");
    let subresource = parsed.string("subresource").to_owned();
    if parsed.bool("list") {
        if !parsed.args().is_empty() {
            return Err(Error::message("list option must be specified with no arguments"));
        }
        context.client()?;
        let namespace = namespace(context, all_namespaces)?;
        if quiet || all_namespaces || !subresource.is_empty() {
            return Err(Error::message(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options",
            ));
        }
        let headers = !parsed.bool("no-headers");
        return Ok(Options::List { namespace, headers });
    }
    let [verb, object] = parsed.args() else {
        return Err(Error::message(
            "you must specify two arguments: verb resource or verb resource/resourceName.\n\
             See 'kubectl auth can-i -h' for help and examples.",
        ));
    };
    let target = if object.starts_with('/') {
        Target::Url(object.clone())
    } else {
        let (resource, name) = object.split_once('/').unwrap_or((object, ""));
        let (resource, known) = look_up(context, resource).await?;
        Target::Resource {
            resource,
            known,
            subresource: subresource.clone(),
            name: name.to_owned(),
        }
    };
    context.client()?;
    let namespace = namespace(context, all_namespaces)?;
    if matches!(target, Target::Url(_)) && !subresource.is_empty() {
        return Err(Error::message("--subresource can not be used with NonResourceURL"));
    }
    warn(context, verb, &target, all_namespaces).await?;
    if parsed.bool("no-headers") {
        return Err(Error::message("--no-headers cannot be set without --list specified"));
    }
    Ok(Options::Check {
        verb: verb.clone(),
        target,
        namespace,
        quiet,
    })
}

/// Runs the command.
///
/// # Errors
/// What is wrong with the command line; a server that does not answer. A deed that is not allowed ends in exit code 1.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    match resolve(parsed, context).await? {
        Options::Check {
            verb,
            target,
            namespace,
            quiet,
        } => check(context, &verb, &target, &namespace, quiet).await,
        Options::List { namespace, headers } => list(context, &namespace, headers).await,
    }
}

/// The namespace of the question; none for all.
fn namespace(context: &Context, all: bool) -> Result<String> {
    if all {
        return Ok(String::new());
    }
    Ok(context.namespace()?.name)
}

/// The resource that an argument names, and whether it is known. One that is not is asked about as it was typed.
async fn look_up(context: &Context, argument: &str) -> Result<(Partial, bool)> {
    let typed = Partial {
        name: argument.to_owned(),
        ..Partial::default()
    };
    if argument == "*" {
        return Ok((typed, false));
    }
    let argument = argument.to_lowercase();
    if let Ok(found) = context.discovery()?.resource_named(&argument).await {
        return Ok((found, true));
    }
    warn_of_unknown(context, &argument);
    Ok((typed, false))
}

fn warn_of_unknown(context: &Context, argument: &str) {
    if UNLISTED.contains(&argument) {
        return;
    }
    let sentence = match argument.split_once('.') {
        Some((resource, group)) if !group.is_empty() => {
            format!("the server doesn't have a resource type '{resource}' in group '{group}'\n")
        }
        other => format!(
            "the server doesn't have a resource type '{}'\n",
            other.map_or(argument, |(resource, _)| resource)
        ),
    };
    context.world().warn(&sentence);
}

/// Says what is odd about the question.
async fn warn(context: &Context, verb: &str, target: &Target, all_namespaces: bool) -> Result<()> {
    let verbs: &[&str] = match target {
        Target::Url(_) => &URL_VERBS,
        Target::Resource { resource, known, .. } => {
            if all_namespaces {
                return Ok(());
            }
            if *known && context.discovery()?.is_namespaced(resource).await == Some(false) {
                let place = match resource.group.as_str() {
                    "" => String::new(),
                    group => format!(" in group '{group}'"),
                };
                context
                    .world()
                    .warn(&format!("resource '{}' is not namespace scoped{place}\n", resource.name));
            }
            &VERBS
        }
    };
    if !verbs.contains(&verb) {
        context.world().warn(&format!("verb '{verb}' is not a known verb\n"));
    }
    Ok(())
}

async fn check(context: &Context, verb: &str, target: &Target, namespace: &str, quiet: bool) -> Result<()> {
    let mut attributes = Map::in_order();
    let mut set = |name: &'static str, value: &str| {
        if !value.is_empty() {
            attributes.insert(name, value.to_owned());
        }
    };
    let kind = match target {
        Target::Url(path) => {
            set("path", path);
            set("verb", verb);
            "nonResourceAttributes"
        }
        Target::Resource {
            resource,
            subresource,
            name,
            ..
        } => {
            set("namespace", namespace);
            set("verb", verb);
            set("group", &resource.group);
            set("resource", &resource.name);
            set("subresource", subresource);
            set("name", name);
            "resourceAttributes"
        }
    };
    let mut spec = Map::in_order();
    spec.insert(kind, attributes);
    let mut status = Map::in_order();
    status.insert("allowed", false);
    let review = review("SelfSubjectAccessReview", spec, status);
    let answer = match post(context.client()?, "selfsubjectaccessreviews", &review).await {
        Ok(answer) => answer,
        Err(error) => {
            if let Target::Resource { resource, known: true, .. } = target {
                complain(context, resource).await?;
            }
            return Err(error);
        }
    };
    let allowed = answer.at(&["status", "allowed"]).and_then(Value::as_bool).unwrap_or_default();
    if !quiet {
        let mut line = if allowed { "yes" } else { "no" }.to_owned();
        let reasons = ["reason", "evaluationError"].map(|name| answer.str_at(&["status", name]));
        for reason in reasons.into_iter().filter(|reason| !allowed && !reason.is_empty()) {
            line.push_str(" - ");
            line.push_str(reason);
        }
        writeln!(context.streams().out(), "{line}")?;
    }
    if allowed { Ok(()) } else { Err(Error::Exit(1)) }
}

/// Says what kubectl would have said already when it looked up the resource, where that was not looked up because every
/// server should have it.
async fn complain(context: &Context, resource: &Partial) -> Result<()> {
    let discovery = context.discovery()?;
    if !discovery.is_loaded().await && discovery.resource_for(resource).await.is_err() {
        warn_of_unknown(context, &group_resource(&resource.group, &resource.name));
    }
    Ok(())
}

async fn list(context: &Context, namespace: &str, headers: bool) -> Result<()> {
    let mut spec = Map::in_order();
    spec.insert("namespace", namespace.to_owned());
    let mut status = Map::in_order();
    status.insert("resourceRules", Value::Null);
    status.insert("nonResourceRules", Value::Null);
    status.insert("incomplete", false);
    let review = review("SelfSubjectRulesReview", spec, status);
    let answer = post(context.client()?, "selfsubjectrulesreviews", &review).await?;
    if answer.at(&["status", "incomplete"]).and_then(Value::as_bool) == Some(true) {
        let reason = answer.str_at(&["status", "evaluationError"]);
        context.world().warn(&format!("the list may be incomplete: {reason}"));
    }
    let rules = ["resourceRules", "nonResourceRules"]
        .into_iter()
        .flat_map(|name| answer.items_at(&["status", name]).iter().map(Rule::from_value));
    let mut text = Vec::new();
    table(&mut text, &access_rules::compact(rules), headers);
    Ok(context.streams().out().write_all(&text)?)
}

fn table(text: &mut Vec<u8>, rules: &[Rule], headers: bool) {
    let mut tabs = TabWriter::for_tables();
    if headers {
        tabs.write(b"Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    }
    let brackets = |words: &[String]| format!("[{}]", words.join(" "));
    for rule in rules {
        let line = format!(
            "{}\t{}\t{}\t{}\n",
            rule.resource_and_group(),
            brackets(&rule.urls),
            brackets(&rule.names),
            brackets(&rule.verbs)
        );
        tabs.write(line.as_bytes());
    }
    tabs.flush(text);
}

/// A question to the server about its user, in the order of Go's struct.
fn review(kind: &str, spec: Map<'static>, status: Map<'static>) -> OwnedValue {
    let mut review = Map::in_order();
    review.insert("kind", kind.to_owned());
    review.insert("apiVersion", "authorization.k8s.io/v1");
    review.insert("metadata", Map::in_order());
    review.insert("spec", spec);
    review.insert("status", status);
    Value::Object(review)
}

async fn post(client: &Client, resource: &str, review: &OwnedValue) -> Result<OwnedValue> {
    let mut body = Vec::new();
    json::write::to_compact(&mut body, review);
    body.push(b'\n');
    let request = Request::post(format!("/apis/authorization.k8s.io/v1/{resource}"))
        .accept("application/json, */*")
        .body("application/json", body)
        .about("authorization.k8s.io", resource, "");
    let answer = client.send(request).await?.bytes().await?;
    let answer = json::parse(&answer).map_err(|error| Error::message(error.message))?;
    Ok(answer.into_owned())
}
