//! Objects that mean ill: whatever they hold, a terminal gets no more of it than from kubectl.

use super::{Place, offers};
use crate::{
    real,
    server::{Asked, Reply, Server},
};

/// What a hostile author writes into anything, as it stands in JSON: a sequence that clears the screen, one that sets the
/// title, the eight-bit introducer, line breaks of all kinds, a tab, a bell, a backspace, text that runs backwards, and
/// what is not there to be seen.
const HOSTILE: &str = concat!(
    r"a\u001b[2Jb\u001b]0;title\u0007c\u009b31md\ne\r\nf\u000bg\u000ch\ti\u0008j\u202ek\u200bl\u0000m\u007fn",
    r#"\\o\"p'q<r>&s{{t}}u%sv\ufeffw世x"#
);

fn json(body: String) -> Reply {
    Reply::Json(200, body)
}

fn metadata() -> String {
    format!(
        r#""metadata":{{"name":"{HOSTILE}","namespace":"shop","uid":"{HOSTILE}","creationTimestamp":"{HOSTILE}",
            "labels":{{"{HOSTILE}":"{HOSTILE}"}},"annotations":{{"{HOSTILE}":"{HOSTILE}","plain":"{HOSTILE}"}},
            "ownerReferences":[{{"kind":"{HOSTILE}","name":"{HOSTILE}","controller":true}}]}}"#
    )
    .replace(&format!(r#""creationTimestamp":"{HOSTILE}""#), r#""creationTimestamp":null"#)
}

fn pod() -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1",{},
            "spec":{{"nodeName":"{HOSTILE}","serviceAccountName":"{HOSTILE}","priorityClassName":"{HOSTILE}",
                "nodeSelector":{{"{HOSTILE}":"{HOSTILE}"}},
                "tolerations":[{{"key":"{HOSTILE}","operator":"Equal","value":"{HOSTILE}","effect":"NoExecute"}}],
                "volumes":[{{"name":"{HOSTILE}","hostPath":{{"path":"{HOSTILE}","type":""}}}}],
                "containers":[{{"name":"{HOSTILE}","image":"{HOSTILE}","command":["{HOSTILE}"],"args":["{HOSTILE}"],
                    "env":[{{"name":"{HOSTILE}","value":"{HOSTILE}"}}],
                    "ports":[{{"containerPort":1,"protocol":"{HOSTILE}"}}],
                    "volumeMounts":[{{"name":"{HOSTILE}","mountPath":"{HOSTILE}"}}]}}]}},
            "status":{{"phase":"{HOSTILE}","reason":"{HOSTILE}","message":"{HOSTILE}","podIP":"{HOSTILE}",
                "conditions":[{{"type":"{HOSTILE}","status":"{HOSTILE}"}}],
                "containerStatuses":[{{"name":"{HOSTILE}","image":"{HOSTILE}","imageID":"{HOSTILE}","containerID":"{HOSTILE}",
                    "ready":false,"restartCount":1,"state":{{"waiting":{{"reason":"{HOSTILE}","message":"{HOSTILE}"}}}},
                    "lastState":{{"terminated":{{"exitCode":1,"reason":"{HOSTILE}","message":"{HOSTILE}"}}}}}}]}}}}"#,
        metadata()
    )
}

fn event() -> String {
    format!(
        r#"{{"kind":"Event","apiVersion":"v1","metadata":{{"name":"e","namespace":"{HOSTILE}","creationTimestamp":"2020-01-01T00:00:00Z"}},
            "involvedObject":{{"kind":"{HOSTILE}","name":"{HOSTILE}"}},
            "type":"{HOSTILE}","reason":"{HOSTILE}","message":"{HOSTILE}","source":{{"component":"{HOSTILE}","host":"{HOSTILE}"}}}}"#
    )
}

fn list(kind: &str, item: String) -> Reply {
    json(format!(
        r#"{{"kind":"{kind}List","apiVersion":"v1","metadata":{{}},"items":[{item}]}}"#
    ))
}

/// A table with every kind of cell.
fn table() -> Reply {
    json(format!(
        r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{}},
            "columnDefinitions":[
                {{"name":"Name","type":"string","format":"name","description":"","priority":0}},
                {{"name":"{HOSTILE}","type":"string","format":"","description":"","priority":0}},
                {{"name":"Any","type":"string","format":"","description":"","priority":0}},
                {{"name":"Wide","type":"string","format":"","description":"","priority":1}}],
            "rows":[
                {{"cells":["{HOSTILE}","{HOSTILE}",{{"{HOSTILE}":["{HOSTILE}",null,1.5]}},"{HOSTILE}"],"object":{pod}}},
                {{"cells":["short",null,true,12],"object":{pod}}}]}}"#,
        pod = pod()
    ))
}

fn answer(asked: &Asked) -> Reply {
    let path = asked.path.split('?').next().unwrap_or_default();
    let is_table = asked.header("accept").contains("as=Table");
    match path {
        "/api/v1/namespaces/shop/pods" if is_table => table(),
        "/api/v1/namespaces/shop/pods" => list("Pod", pod()),
        "/api/v1/namespaces/shop/pods/web" => json(pod()),
        "/api/v1/namespaces/shop/pods/talker" => json(
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"talker","namespace":"shop"},"spec":{"containers":[{"name":"c"}]}}"#
                .into(),
        ),
        "/api/v1/namespaces/shop/pods/talker/log" => json(format!("\u{1b}[2Jlogs \u{9b}1m\r\n{HOSTILE}\n")),
        "/api/v1/namespaces/shop/events" => list("Event", event()),
        "/api/v1/namespaces/shop/configmaps/web" => json(format!(
            r#"{{"kind":"ConfigMap","apiVersion":"v1",{},"data":{{"{HOSTILE}":"{HOSTILE}"}},"binaryData":{{"{HOSTILE}":"G1sySg=="}}}}"#,
            metadata()
        )),
        "/api/v1/namespaces/shop/secrets/web" => json(format!(
            r#"{{"kind":"Secret","apiVersion":"v1",{},"type":"{HOSTILE}","data":{{"{HOSTILE}":"G1sySg=="}}}}"#,
            metadata()
        )),
        "/apis/factory.example.com/v1/namespaces/shop/widgets/web" => json(format!(
            r#"{{"kind":"Widget","apiVersion":"factory.example.com/v1",{},"{HOSTILE}":{{"{HOSTILE}":["{HOSTILE}",{{"a":"{HOSTILE}"}}]}}}}"#,
            metadata()
        )),
        "/api/v1/namespaces/shop/pods/refused" => offers::refusal(403, HOSTILE, HOSTILE),
        "/api/v1/namespaces/shop/services/web" => {
            let body = format!(r#"{{"kind":"Service","apiVersion":"v1",{}}}"#, metadata());
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}",
                body.len()
            );
            let warning = "Warning: 299 - \"a\\\"b \u{9b}31m \t \u{202e} c\\\\\", 299 - \"plain\"";
            Reply::Bytes(format!("{head}\r\n{warning}\r\n\r\n{body}").into_bytes())
        }
        "/api" => offers::offer(&[
            ("pods", "Pod"),
            ("services", "Service"),
            ("configmaps", "ConfigMap"),
            ("secrets", "Secret"),
            ("events", "Event"),
        ]),
        _ => offers::answer(asked).unwrap_or_else(|| offers::refusal(404, "NotFound", "no")),
    }
}

const LINES: &[&[&str]] = &[
    &["get", "pods"],
    &["get", "pods", "--show-labels", "--show-kind", "-o", "wide"],
    &["get", "pods", "-L", "plain", "--no-headers"],
    &["get", "pods", "-o", "name"],
    &["get", "pods", "-o", "json"],
    &[
        "get",
        "pods",
        "-o",
        "jsonpath={.items[*].metadata}{'\\n'}{.items[0].status.message}",
    ],
    &[
        "get",
        "pods",
        "-o",
        "go-template={{range .items}}{{.metadata.name}}{{.metadata.labels}}{{end}}",
    ],
    &[
        "get",
        "pods",
        "-o",
        "custom-columns=A:.metadata.name,B:.metadata.labels,C:.spec.containers[*].args",
    ],
    &["get", "pods", "-o", "custom-columns=A\u{1b}[2J:.metadata.name", "--no-headers"],
    &["get", "pods", "--sort-by=.metadata.name"],
    &["get", "pod", "refused"],
    &["get", "service", "web", "-o", "json"],
    &["get", "configmap", "web", "-o", "jsonpath={.data}{.metadata.name}"],
    &["describe", "pod", "web"],
    &["describe", "configmap", "web"],
    &["describe", "secret", "web"],
    &["describe", "widget", "web"],
    &["events"],
    &["events", "-o", "json"],
    &["logs", "talker"],
    &["logs", "talker", "--prefix"],
    &["label", "pod", "web", "--list"],
];

#[test]
fn hostile_objects_print_what_they_print_with_kubectl() {
    let server = Server::start(answer);
    let place = Place::new(&server.url());
    let mut faults = Vec::new();
    for words in LINES {
        let Some(theirs) = real::kubectl(&place, words) else { return };
        let ours = place.run(words);
        if ours != theirs {
            faults.push(real::difference(words, &ours, &theirs));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// kubectl does not print such objects at all: `yaml: control characters are not allowed`.
#[test]
fn get_of_a_hostile_object_as_yaml_prints_escapes() {
    let server = Server::start(answer);
    let outcome = super::run(&server, &["get", "pods", "-o", "yaml"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert!(outcome.out.contains(r"a\e[2Jb\e]0;title\ac\x9B31md\ne"), "{}", outcome.out);
    let controls = outcome.out.chars().filter(|letter| letter.is_control() && *letter != '\n').count();
    assert_eq!(controls, 0);
}
