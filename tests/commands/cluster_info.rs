//! `cluster-info` and `cluster-info dump`.

use super::{Place, offers, run};
use crate::server::{Reply, Server};

const LAST: &str = "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n";

#[test]
fn cluster_info_prints_the_server_and_its_services() {
    let server = Server::start(|_| {
        Reply::Json(
            200,
            r#"{"items":[{"metadata":{"name":"kube-dns","namespace":"kube-system","labels":{"kubernetes.io/name":"CoreDNS"}},
                "spec":{"ports":[{"name":"dns","port":53}]}}]}"#
                .into(),
        )
    });
    let url = server.url();
    let outcome = run(&server, &["cluster-info", "whatever"]);
    assert_eq!(
        outcome.out,
        format!(
            "Kubernetes control plane is running at {url}\n\
             CoreDNS is running at {url}/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy\n{LAST}"
        )
    );
    assert_eq!(
        server.paths(),
        ["/api/v1/namespaces/kube-system/services?labelSelector=kubernetes.io%2Fcluster-service%3Dtrue"]
    );
    run(&server, &["cluster-info", "-n", "other"]);
    assert!(server.paths()[1].starts_with("/api/v1/namespaces/other/services?"));
}

#[test]
fn cluster_info_that_is_refused_still_says_what_to_do_next() {
    let server = Server::start(|asked| offers::answer(asked).unwrap_or_else(|| offers::refusal(403, "Forbidden", "not you")));
    let outcome = run(&server, &["cluster-info"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, LAST));
    assert_eq!(outcome.err, "Error from server (Forbidden): not you\n");
}

// kubectl 1.33 says the same.
#[test]
fn cluster_info_without_a_server_complains_as_often_as_kubectl() {
    let outcome = Place::new("http://127.0.0.1:1").run(&["cluster-info"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, LAST));
    let lines: Vec<&str> = outcome.err.lines().collect();
    assert_eq!(lines.len(), 6, "{}", outcome.err);
    assert!(
        lines[..5]
            .iter()
            .all(|line| line.contains("couldn't get current server API group list"))
    );
}

/// A cluster with one pod of this name.
fn cluster(pod: &'static str) -> Server {
    Server::start(move |asked| {
        let path = asked.path.split('?').next().unwrap_or_default();
        let pod = format!(
            r#"{{"metadata":{{"name":"{pod}","namespace":"shop","creationTimestamp":null,"managedFields":[]}},
                "spec":{{"containers":[{{"name":"main"}}],"initContainers":[{{"name":"first"}}]}}}}"#
        );
        match path.rsplit('/').next() {
            Some("log") if asked.path.ends_with("=main") => {
                Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello".into())
            }
            Some("log") => offers::refusal(400, "BadRequest", "waiting to start"),
            Some("pods") => Reply::Json(200, format!(r#"{{"kind":"PodList","items":[{pod}]}}"#)),
            Some(resource) => Reply::Json(
                200,
                format!(r#"{{"kind":"{resource}","items":[{{"metadata":{{"name":"shop"}}}}]}}"#),
            ),
            None => offers::refusal(404, "NotFound", "no"),
        }
    })
}

#[test]
fn dump_prints_lists_in_order_and_logs_after_them() {
    let outcome = run(&cluster("web"), &["cluster-info", "dump", "--namespaces=shop"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    let kinds: Vec<&str> = outcome.out.lines().filter_map(|line| line.strip_prefix("    \"kind\": ")).collect();
    assert_eq!(
        kinds,
        [
            "\"nodes\",",
            "\"events\",",
            "\"replicationcontrollers\",",
            "\"services\",",
            "\"daemonsets\",",
            "\"deployments\",",
            "\"replicasets\",",
            "\"PodList\","
        ]
    );
    assert!(
        !outcome.out.contains("managedFields") && !outcome.out.contains("creationTimestamp"),
        "{}",
        outcome.out
    );
    assert!(
        outcome.out.ends_with(
            "}\n==== START logs for container first of pod shop/web ====\n\
             Request log error: the server rejected our request for an unknown reason (get pods web)\n\
             ==== END logs for container first of pod shop/web ====\n\
             ==== START logs for container main of pod shop/web ====\n\
             hello==== END logs for container main of pod shop/web ====\n"
        ),
        "{}",
        outcome.out
    );
}

#[test]
fn dump_prints_what_go_makes_of_the_objects() {
    let server = Server::start(|_| {
        let node = r#"{"status":{"capacity":{"cpu":"2000m"}},"unknown":1,"metadata":{"name":"n","creationTimestamp":null}}"#;
        Reply::Json(200, format!(r#"{{"items":[{node}],"apiVersion":"v1","kind":"NodeList"}}"#))
    });
    let out = run(&server, &["cluster-info", "dump", "--namespaces="]).out;
    let start = "{\n    \"kind\": \"NodeList\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {},\n    \"items\": [\n        {\n            \
                 \"metadata\": {\n                \"name\": \"n\"\n            },\n            \"spec\": {},\n            \"status\": {\n                \
                 \"capacity\": {\n                    \"cpu\": \"2\"\n";
    assert!(out.starts_with(start), "{out}");
    let outcome = run(&server, &["cluster-info", "dump", "-o", "name"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    assert_eq!(outcome.err, "error: list types are not supported by name printing: *v1.NodeList\n");
}

#[test]
fn dump_into_a_directory_writes_a_file_for_each_part() {
    let server = cluster("web");
    let place = Place::new(&server.url());
    let outcome = place.run(&["cluster-info", "dump", "-A", "--output-directory=d", "-o", "yaml"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "Cluster info dumped to d\n", "")
    );
    let home = std::path::Path::new(&place.env["KUBECONFIG"]).parent().unwrap().join("d");
    let mut names: Vec<String> = std::fs::read_dir(home.join("shop"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "daemonsets.yaml",
            "deployments.yaml",
            "events.yaml",
            "pods.yaml",
            "replicasets.yaml",
            "replication-controllers.yaml",
            "services.yaml",
            "web"
        ]
    );
    assert!(home.join("nodes.yaml").exists());
    assert!(std::fs::read_to_string(home.join("shop/web/logs.txt")).unwrap().contains("hello"));
}

#[test]
fn dump_of_a_hostile_server_writes_nothing_outside_of_the_directory() {
    let server = cluster("../../../escaped");
    let place = Place::new(&server.url());
    let outcome = place.run(&["cluster-info", "dump", "--output-directory=a/b", "-n", "shop"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.err,
        "error: \"kube-system/../../../escaped/logs.txt\" cannot be a file's name\n"
    );
}

#[test]
fn dump_with_a_timeout_of_nothing_is_refused() {
    let server = cluster("web");
    let outcome = run(&server, &["cluster-info", "dump", "--pod-running-timeout=0s"]);
    assert_eq!(outcome.err, "error: --pod-running-timeout must be higher than zero\n");
    assert!(server.asked().is_empty());
}

#[test]
fn dump_where_a_file_is_in_the_way_names_the_folder_that_cannot_be() {
    let server = cluster("p");
    let place = Place::new(&server.url());
    place.write("file", "");
    for (directory, said) in [
        ("file", "mkdir file: not a directory"),
        ("./file//in/it", "mkdir file: not a directory"),
    ] {
        let outcome = place.run(&["cluster-info", "dump", "--output-directory", directory]);
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {said}\n")), "{directory}");
    }
}

#[test]
fn dump_of_namespaces_with_odd_names_asks_for_them_or_says_what_is_odd() {
    let server = cluster("p");
    run(&server, &["cluster-info", "dump", "--namespaces", " a"]);
    assert!(
        server.paths().contains(&"/api/v1/namespaces/%20a/events".to_owned()),
        "{:?}",
        server.paths()
    );
    let outcome = run(&server, &["cluster-info", "dump", "--namespaces", "../x"]);
    let sentence = "error: invalid namespace \"../x\": [may not contain '/']\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence));
}
