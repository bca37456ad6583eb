//! `--dry-run` keeps its word: with `client` nothing is written, with `server` every write asks only to be checked. A line for
//! every command that has the flag; a new one without a line fails.

use kubectl_rs::{args::Command, commands::ROOT};

use super::{Outcome, Place, offers};
use crate::server::{Asked, Reply, Server};

/// Lines of which each command that has the flag needs one or more, and what is on standard input.
const LINES: &[(&str, &str)] = &[
    ("annotate deploy web other=x", ""),
    ("annotate deploy --all note-", ""),
    ("apply -f -", MANIFEST),
    ("apply -f - --server-side", MANIFEST),
    ("apply set-last-applied -f - --create-annotation", MANIFEST),
    ("auth reconcile -f -", ROLE),
    ("autoscale deploy web --max=3", ""),
    ("cordon n", ""),
    ("create -f -", MANIFEST),
    ("create clusterrole x --verb=get --resource=pods", ""),
    ("create clusterrolebinding x --clusterrole=y", ""),
    ("create configmap x --from-literal=a=b", ""),
    ("create cronjob x --image=i --schedule=@daily", ""),
    ("create deployment x --image=i", ""),
    ("create ingress x --rule=/=a:80", ""),
    ("create job x --image=i", ""),
    ("create job x --from=cronjob/x", ""),
    ("create namespace x", ""),
    ("create poddisruptionbudget x --selector=a=b --min-available=1", ""),
    ("create priorityclass x --value=1", ""),
    ("create quota x --hard=pods=1", ""),
    ("create role x --verb=get --resource=pods", ""),
    ("create rolebinding x --role=y", ""),
    ("create secret docker-registry x --docker-username=u --docker-password=p", ""),
    ("create secret generic x --from-literal=a=b", ""),
    ("create secret tls x --cert=tls.crt --key=tls.key", ""),
    ("create service clusterip x --tcp=80", ""),
    ("create service externalname x --external-name=a.b", ""),
    ("create service loadbalancer x --tcp=80", ""),
    ("create service nodeport x --tcp=80", ""),
    ("create serviceaccount x", ""),
    ("delete deploy web", ""),
    ("delete deploy --all", ""),
    ("delete -f - --now", MANIFEST),
    ("drain n", ""),
    ("drain n --disable-eviction", ""),
    ("expose deploy web --port=80", ""),
    ("label deploy web x=y", ""),
    ("label -f - app-", MANIFEST),
    ("patch deploy web -p {\"spec\":{\"replicas\":2}}", ""),
    (
        "patch deploy web --type=json -p [{\"op\":\"add\",\"path\":\"/spec/paused\",\"value\":true}]",
        "",
    ),
    ("replace -f -", MANIFEST),
    ("replace -f - --force", MANIFEST),
    ("rollout undo deploy/web", ""),
    ("rollout undo sts/web", ""),
    ("run x --image=i", ""),
    ("run x --image=i --expose --port=80", ""),
    ("scale deploy web --replicas=3", ""),
    ("set env deploy/web A=c", ""),
    ("set image deploy/web *=two", ""),
    ("set resources deploy/web --limits=cpu=1", ""),
    ("set selector svc web a=c", ""),
    ("set serviceaccount deploy/web robot", ""),
    ("set subject rolebinding web --user=u", ""),
    ("taint node n k=v:NoSchedule", ""),
    ("uncordon busy", ""),
];

/// Lines that kubectl refuses, with what it says of the kinds of dry runs.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "apply -f - --server-side",
        "client",
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
    ),
    (
        "auth reconcile -f -",
        "server",
        "--dry-run=server for command reconcile is not supported yet",
    ),
    ("replace -f - --force", "client", "--dry-run can not be used when --force is set"),
    ("replace -f - --force", "server", "--dry-run can not be used when --force is set"),
];

const MANIFEST: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","labels":{"app":"web","new":"x"}},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"a","image":"two"}]}}}}"#;
const ROLE: &str = r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"web"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}"#;

/// The words of a line; there are no spaces in them.
fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// The object of a collection, with this name; none where there are only lists of it.
fn object(collection: &str, name: &str) -> Option<String> {
    let owned = r#""ownerReferences":[{"kind":"Deployment","name":"web","uid":"u","controller":true}]"#;
    let template = |image: &str| {
        format!(
            r#"{{"metadata":{{"labels":{{"app":"web"}}}},"spec":{{"containers":[{{"name":"a","image":"{image}","env":[{{"name":"A","value":"b"}}]}}]}}}}"#
        )
    };
    let (kind, version, metadata, rest) = match collection {
        "deployments" | "statefulsets" => {
            let kind = if collection == "deployments" { "Deployment" } else { "StatefulSet" };
            let template = template("one");
            let spec = format!(r#""spec":{{"replicas":1,"selector":{{"matchLabels":{{"app":"web"}}}},"template":{template}}}"#);
            (
                kind,
                "apps/v1",
                r#""uid":"u","labels":{"app":"web"},"annotations":{"note":"y"}"#,
                spec,
            )
        }
        "replicasets" => {
            let spec = format!(r#""spec":{{"template":{}}}"#, template("zero"));
            ("ReplicaSet", "apps/v1", owned, spec)
        }
        "controllerrevisions" => {
            let data = format!(r#""data":{{"spec":{{"template":{}}}}},"revision":{}"#, template("zero"), name.len());
            ("ControllerRevision", "apps/v1", owned, data)
        }
        "nodes" => (
            "Node",
            "v1",
            r#""uid":"u""#,
            format!(r#""spec":{{"unschedulable":{}}}"#, name == "busy"),
        ),
        "pods" => ("Pod", "v1", owned, r#""spec":{"containers":[{"name":"a"}]}"#.to_owned()),
        "services" => ("Service", "v1", r#""uid":"u""#, r#""spec":{"selector":{"a":"b"}}"#.to_owned()),
        "cronjobs" => {
            let job = format!(r#""spec":{{"jobTemplate":{{"spec":{{"template":{}}}}}}}"#, template("one"));
            ("CronJob", "batch/v1", r#""uid":"u""#, job)
        }
        "rolebindings" => (
            "RoleBinding",
            "rbac.authorization.k8s.io/v1",
            r#""uid":"u""#,
            r#""roleRef":{"kind":"Role","name":"r"}"#.to_owned(),
        ),
        "scale" => ("Scale", "autoscaling/v1", r#""uid":"u""#, r#""spec":{"replicas":1}"#.to_owned()),
        _ => return None,
    };
    Some(format!(
        r#"{{"kind":"{kind}","apiVersion":"{version}","metadata":{{"name":"{name}","namespace":"shop",{metadata}}},{rest}}}"#
    ))
}

/// A server that has one of everything and takes every write.
fn server() -> Server {
    Server::start(|asked: &Asked| {
        if let Some(offer) = offers::answer(asked) {
            return offer;
        }
        let path = asked.path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        let (before, last) = (parts[parts.len() - 2], parts[parts.len() - 1]);
        if path == "/api/v1" {
            let eviction = r#"{"resources":[{"name":"pods/eviction","kind":"Eviction","group":"policy","version":"v1"}]}"#;
            return Reply::Json(200, eviction.to_owned());
        }
        let is_patch = asked.method == "PATCH";
        if last == "scale" {
            return Reply::Json(200, object("scale", before).unwrap());
        }
        if let Some(object) = object(before, last).filter(|_| asked.method == "GET" || is_patch) {
            return Reply::Json(200, object);
        }
        let names: &[&str] = if last == "controllerrevisions" {
            &["a", "bb"]
        } else {
            &["web", "web2"]
        };
        let items: Option<Vec<String>> = names.iter().map(|name| object(last, name)).collect();
        match (asked.method.as_str(), items) {
            ("GET", Some(items)) => {
                let kind = items[0].split('"').nth(3).unwrap();
                let version = items[0].split('"').nth(7).unwrap();
                let items = items.join(",");
                Reply::Json(
                    200,
                    format!(r#"{{"kind":"{kind}List","apiVersion":"{version}","metadata":{{}},"items":[{items}]}}"#),
                )
            }
            ("GET", None) => offers::refusal(404, "NotFound", "not there"),
            ("DELETE", _) => Reply::Json(200, r#"{"kind":"Status","apiVersion":"v1","status":"Success"}"#.to_owned()),
            _ => Reply::Json(201, String::from_utf8(asked.body.clone()).unwrap()),
        }
    })
}

/// Runs a line, and gives what was written.
fn written(line: &str, input: &str, kind: &str) -> (Outcome, Vec<Asked>) {
    let server = server();
    let place = Place::new(&server.url());
    if line.starts_with("create secret tls") {
        let pair = rcgen::generate_simple_self_signed(vec!["a.b".to_owned()]).unwrap();
        let home = std::path::Path::new(&place.env["HOME"]);
        std::fs::write(home.join("tls.crt"), pair.cert.pem()).unwrap();
        std::fs::write(home.join("tls.key"), pair.signing_key.serialize_pem()).unwrap();
    }
    let flag = format!("--dry-run={kind}");
    let outcome = place.run_with(&[words(line), vec![&flag]].concat(), input);
    let writes = server.asked().into_iter().filter(|asked| asked.method != "GET");
    (outcome, writes.collect())
}

/// Whether a write asks only to be checked.
fn is_only_checked(asked: &Asked) -> bool {
    let body = String::from_utf8_lossy(&asked.body);
    let query = asked.path.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair == "dryRun=All") || body.contains(r#""dryRun":["All"]"#)
}

/// Every command that has the flag, by the words that call it.
fn dry_runners() -> Vec<String> {
    fn walk(command: &'static Command, path: &str, found: &mut Vec<String>) {
        if command.own_flags().any(|flag| flag.name == "dry-run") {
            found.push(path.to_owned());
        }
        for child in command.commands() {
            walk(child, format!("{path} {}", child.name).trim_start(), found);
        }
    }
    let mut found = Vec::new();
    walk(&ROOT, "", &mut found);
    found
}

#[test]
fn dry_run_has_a_line_for_every_command_that_has_the_flag() {
    let commands = dry_runners();
    assert!(commands.len() > 40, "{commands:?}");
    let called = |command: &&String| {
        // The longest name counts: `create` is not called by `create job`.
        LINES.iter().any(|(line, _)| {
            let calls = |name: &String| *line == name.as_str() || line.starts_with(&format!("{name} "));
            commands.iter().filter(|name| calls(name)).max_by_key(|name| name.len()) == Some(*command)
        })
    };
    let without: Vec<&String> = commands.iter().filter(|command| !called(command)).collect();
    assert!(without.is_empty(), "without a line: {without:?}");
}

/// Runs all lines in a dry run of that kind. Those that are not refused must succeed, and what they write must be `good`.
fn run_all(kind: &str, good: impl Fn(&[Asked]) -> bool) {
    let mut faults = Vec::new();
    for (line, input) in LINES {
        let (outcome, writes) = written(line, input, kind);
        let good = match REFUSED.iter().find(|(refused, of, _)| refused == line && *of == kind) {
            Some((_, _, sentence)) => outcome.code == 1 && writes.is_empty() && outcome.err == format!("error: {sentence}\n"),
            None => outcome.code == 0 && good(&writes),
        };
        if !good {
            let writes: Vec<String> = writes.iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
            faults.push(format!("{line}: {} {writes:?}", outcome.err));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn dry_run_on_the_client_writes_nothing() {
    run_all("client", <[Asked]>::is_empty);
}

#[test]
fn dry_run_on_the_server_asks_only_to_be_checked() {
    run_all("server", |writes| !writes.is_empty() && writes.iter().all(is_only_checked));
}
