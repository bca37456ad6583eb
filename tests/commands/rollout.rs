//! `rollout undo` and its siblings against a server with three states of each workload.

use super::{Outcome, offers, run};
use crate::server::{Asked, Reply, Server};

/// A pod template as the server has it.
fn template(image: &str, metadata: &str) -> String {
    format!(
        r#""metadata":{{"labels":{{"app":"w"{metadata}}}}},"spec":{{"containers":[{{"name":"c","image":"{image}","resources":{{}}}}]}}"#
    )
}

fn workload(kind: &str, spec: &str, annotations: &str) -> String {
    let template = template("three", "");
    format!(
        r#"{{"kind":"{kind}","apiVersion":"apps/v1","metadata":{{"name":"w","namespace":"shop","uid":"u","annotations":{{{annotations}}}}},"spec":{{{spec}"selector":{{"matchLabels":{{"app":"w"}}}},"template":{{{template}}}}}}}"#
    )
}

fn owned(rest: &str) -> String {
    format!(r#"{{"metadata":{{"name":"x","ownerReferences":[{{"uid":"u","controller":true}}]{rest}}}"#)
}

/// Three states, the second of which was made last but one.
fn states(kind: &str) -> String {
    let images = ["one", "two", "three"].iter().zip(1..);
    let items: Vec<String> = images
        .map(|(image, number)| match kind {
            "ReplicaSet" => owned(&format!(
                r#","annotations":{{"deployment.kubernetes.io/revision":"{number}","deployment.kubernetes.io/desired-replicas":"9","why":"{image}"}}}},"spec":{{"template":{{{}}}}}"#,
                template(image, r#","pod-template-hash":"h""#)
            )),
            _ => owned(&format!(
                r#"}},"revision":{number},"data":{{"spec":{{"template":{{"$patch":"replace",{}}}}}}}"#,
                template(image, "")
            )),
        })
        .collect();
    format!(r#"{{"kind":"{kind}List","apiVersion":"apps/v1","items":[{}]}}"#, items.join(","))
}

/// A server with `object`, whatever it is asked for, and the states of it.
fn server(object: String) -> Server {
    Server::start(move |asked: &Asked| {
        offers::answer(asked).unwrap_or_else(|| {
            let body = match asked.path.split('?').next().unwrap_or_default().rsplit('/').next() {
                Some("replicasets") => states("ReplicaSet"),
                Some("controllerrevisions") => states("ControllerRevision"),
                _ => object.clone(),
            };
            Reply::Json(200, body)
        })
    })
}

fn written(server: &Server) -> Vec<(String, String, String)> {
    let writes = server.asked().into_iter().filter(|asked| asked.method != "GET");
    writes
        .map(|asked| {
            let body = String::from_utf8(asked.body.clone()).unwrap();
            (asked.path.clone(), asked.header("content-type").to_owned(), body)
        })
        .collect()
}

fn ok(out: &str) -> Outcome {
    Outcome {
        code: 0,
        out: out.to_owned(),
        err: String::new(),
    }
}

#[test]
fn undo_of_a_deployment_restores_template_and_annotations() {
    let own = r#""deployment.kubernetes.io/revision":"3","mine":"x""#;
    for (words, image, path) in [
        (&["deploy/w"][..], "two", ""),
        (&["deploy", "w", "--to-revision=1"], "one", ""),
        (&["deploy", "w", "--dry-run=server"], "two", "?dryRun=All"),
    ] {
        let server = server(workload("Deployment", "", own));
        let outcome = run(&server, &[&["rollout", "undo"], words].concat());
        let dry = if path.is_empty() { "" } else { " (server dry run)" };
        assert_eq!(outcome, ok(&format!("deployment.apps/w rolled back{dry}\n")), "{words:?}");
        let template = template(image, "");
        let patch = format!(
            r#"[{{"op":"replace","path":"/spec/template","value":{{{template}}}}},{{"op":"replace","path":"/metadata/annotations","value":{{"deployment.kubernetes.io/revision":"3","why":"{image}"}}}}]"#
        );
        let path = format!("/apis/apps/v1/namespaces/shop/deployments/w{path}");
        assert_eq!(written(&server), [(path, "application/json-patch+json".to_owned(), patch)]);
    }
}

#[test]
fn undo_of_a_set_sends_what_its_history_has_kept() {
    for (kind, resource, name) in [
        ("DaemonSet", "daemonsets", "daemonset.apps"),
        ("StatefulSet", "statefulsets", "statefulset.apps"),
    ] {
        let server = server(workload(kind, "", ""));
        let outcome = run(&server, &["rollout", "undo", &format!("{resource}/w")]);
        assert_eq!(outcome, ok(&format!("{name}/w rolled back\n")));
        let template = template("two", "");
        let [(path, media, patch)] = &written(&server)[..] else {
            panic!("one write")
        };
        assert_eq!(path, &format!("/apis/apps/v1/namespaces/shop/{resource}/w"));
        assert_eq!(media, "application/strategic-merge-patch+json");
        let keys = template.replace(r#""name":"c","image":"two""#, r#""image":"two","name":"c""#);
        assert_eq!(patch, &format!(r#"{{"spec":{{"template":{{"$patch":"replace",{keys}}}}}}}"#));
    }
}

#[test]
fn undo_to_the_state_that_is_writes_nothing() {
    for (kind, name) in [("Deployment", "deploy"), ("DaemonSet", "ds"), ("StatefulSet", "sts")] {
        let server = server(workload(kind, "", ""));
        let outcome = run(&server, &["rollout", "undo", name, "w", "--to-revision=3"]);
        let sentence = "skipped rollback (current template already matches revision 3)\n";
        assert!(outcome.out.ends_with(sentence), "{outcome:?}");
        assert_eq!((outcome.code, written(&server).len()), (0, 0));
    }
}

#[test]
fn undo_in_a_dry_run_on_the_client_shows_the_template() {
    for (kind, name, before, hash) in [
        (
            "Deployment",
            "deploy",
            "deployment.apps/w Pod Template:\n",
            "\n\tpod-template-hash=h",
        ),
        ("DaemonSet", "ds", "daemonset.apps/w will roll back to Pod Template:\n", ""),
    ] {
        // Looking is allowed even where a deployment is paused.
        let server = server(workload(kind, "\"paused\":true,", ""));
        let outcome = run(&server, &["rollout", "undo", name, "w", "--dry-run=client"]);
        let begin = format!("{before}  Labels:\tapp=w{hash}\n  Containers:\n   c:\n    Image:\ttwo\n");
        assert!(outcome.out.starts_with(&begin), "{outcome:?}");
        assert!(outcome.out.ends_with("  Tolerations:\t<none>\n (dry run)\n"), "{outcome:?}");
        assert_eq!(written(&server).len(), 0);
    }
}

#[test]
fn undo_of_what_apply_manages_warns() {
    let server = server(workload(
        "StatefulSet",
        "",
        r#""kubectl.kubernetes.io/last-applied-configuration":"{}""#,
    ));
    let outcome = run(&server, &["rollout", "undo", "sts/w"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "statefulset.apps/w rolled back\n"));
    let begin = "Warning: resource statefulsets/w was previously managed with 'kubectl apply'. Rolling back will not update the \
                 kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior";
    assert!(outcome.err.starts_with(begin), "{}", outcome.err);
}

#[test]
fn undo_that_cannot_be_says_why() {
    let pod = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"w"},"spec":{}}"#.to_owned();
    let paused = "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again";
    for (object, words, sentence) in [
        (workload("Deployment", "\"paused\":true,", ""), &["deploy/w"][..], paused),
        (
            workload("Deployment", "", ""),
            &["deploy/w", "--to-revision=9"],
            "unable to find specified revision 9 in history",
        ),
        (
            workload("DaemonSet", "", ""),
            &["ds/w", "--to-revision=-1"],
            "unable to find specified revision -1 in history",
        ),
        (
            workload("Deployment", "", "").replace("\"uid\":\"u\"", "\"uid\":\"v\""),
            &["deploy/w"],
            "no rollout history found for deployment \"w\"",
        ),
        (
            workload("StatefulSet", "", "").replace("\"uid\":\"u\"", "\"uid\":\"v\""),
            &["sts/w"],
            "no last revision to roll back to",
        ),
        (pod.clone(), &["pod/w"], "no rollbacker has been implemented for \"Pod\""),
        (
            pod.replace("Pod", "Service"),
            &["svc/w"],
            "error retrieving rollbacker for \"Service\", no visitor method exists for { Service}",
        ),
        (pod, &[], "required resource not specified"),
    ] {
        let server = server(object);
        let outcome = run(&server, &[&["rollout", "undo"], words].concat());
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {sentence}\n")), "{words:?}");
        assert_eq!(written(&server).len(), 0);
    }
}

#[test]
fn restart_of_a_paused_deployment_names_it() {
    let server = server(workload("Deployment", "\"paused\":true,", ""));
    let outcome = run(&server, &["rollout", "restart", "deploy/w"]);
    let sentence = "error: deployments.apps \"w\" can't restart paused deployment (run rollout resume first)\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence));
    assert_eq!(written(&server).len(), 0);
}

#[test]
fn history_with_a_template_alone_shows_the_object_and_with_a_form_its_states() {
    let server = server(workload("Deployment", "", ""));
    let template = "--template={{.kind}} ";
    let history = |rest: &[&'static str]| {
        let outcome = run(&server, &[&["rollout", "history", "deploy/w", template], rest].concat());
        (outcome.code, outcome.out, outcome.err)
    };
    assert_eq!(history(&[]), (0, "Deployment ".to_owned(), String::new()));
    assert_eq!(history(&["--revision=2"]), (0, "Deployment ".to_owned(), String::new()));
    let missing = "error: unable to find the specified revision\n";
    assert_eq!(history(&["--revision=9"]), (1, String::new(), missing.to_owned()));
    assert_eq!(history(&["-o", "go-template"]), (0, "ReplicaSet ".repeat(3), String::new()));
}
