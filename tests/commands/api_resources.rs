//! `api-resources` and `api-versions`.

use super::{Place, offers, run};
use crate::server::{Reply, Server};

fn server() -> Server {
    Server::start(|asked| offers::answer(asked).unwrap_or_else(|| offers::refusal(404, "NotFound", "no")))
}

#[test]
fn api_resources_prints_each_resource_once_in_the_preferred_version() {
    let outcome = run(&server(), &["api-resources", "--namespaced=true"]);
    assert_eq!(
        outcome.out,
        "\
NAME                       SHORTNAMES   APIVERSION               NAMESPACED   KIND
endpoints                  ep           v1                       true         Endpoints
events                     ev           v1                       true         Event
pods                       po           v1                       true         Pod
services                   svc          v1                       true         Service
deployments                deploy       apps/v1                  true         Deployment
horizontalpodautoscalers   hpa          autoscaling/v2           true         HorizontalPodAutoscaler
events                     ev           events.k8s.io/v1         true         Event
widgets                    wd           factory.example.com/v1   true         Widget
pods                                    metrics.k8s.io/v1beta1   true         PodMetrics
"
    );
}

#[test]
fn api_resources_with_filters_prints_what_is_left() {
    let server = server();
    for (words, expected) in [
        (
            &["--categories=factory", "-o", "name"][..],
            "plants.factory.example.com\nwidgets.factory.example.com\n",
        ),
        (&["--categories=factory,all", "-o", "name"], "widgets.factory.example.com\n"),
        (
            &["--api-group=", "--verbs=create", "--sort-by=kind", "-o", "name"],
            "endpoints\nevents\nnamespaces\nnodes\npods\nservices\n",
        ),
        (&["--api-group=nope"], "NAME   SHORTNAMES   APIVERSION   NAMESPACED   KIND\n"),
        (&["--api-group=nope", "--no-headers"], ""),
        (
            &["--api-group=factory.example.com", "-o", "wide", "--no-headers"],
            "plants          factory.example.com/v1   false   Plant    delete,deletecollection,get,list,patch,create,update,watch   factory\n\
             widgets   wd    factory.example.com/v1   true    Widget   delete,deletecollection,get,list,patch,create,update,watch   all,factory\n",
        ),
    ] {
        let words = [&["api-resources"], words].concat();
        assert_eq!(run(&server, &words).out, expected, "{words:?}");
    }
}

#[test]
fn api_resources_as_json_has_the_order_of_the_struct() {
    let outcome = run(
        &server(),
        &["api-resources", "--api-group=metrics.k8s.io", "--namespaced", "-o", "json"],
    );
    assert_eq!(
        outcome.out,
        r#"{
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": "",
    "resources": [
        {
            "name": "pods",
            "singularName": "",
            "namespaced": true,
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "kind": "PodMetrics",
            "verbs": [
                "get",
                "list"
            ]
        }
    ]
}
"#
    );
}

#[test]
fn api_resources_called_wrongly_says_how() {
    let server = server();
    for (words, expected) in [
        (
            &["api-resources", "-o", "table"][..],
            "error: unable to match a printer suitable for the output format \"table\", allowed formats are: json,kyaml,name,wide,yaml\n",
        ),
        (&["api-resources", "--sort-by=age"], "error: --sort-by accepts only name or kind\n"),
        (
            &["api-resources", "a", "b"],
            "error: unexpected arguments: [a b]\nSee 'kubectl api-resources -h' for help and examples\n",
        ),
        (
            &["api-versions", "a"],
            "error: unexpected arguments: [a]\nSee 'kubectl api-versions -h' for help and examples\n",
        ),
    ] {
        let outcome = run(&server, words);
        assert_eq!(
            (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
            (1, "", expected),
            "{words:?}"
        );
    }
    assert!(server.asked().is_empty());
}

#[test]
fn api_resources_asks_again_unless_told_to_use_the_cache() {
    let server = server();
    let place = Place::new(&server.url());
    for (words, requests) in [
        (&["api-resources"][..], 2),
        (&["api-resources", "--cached"], 2),
        (&["api-resources"], 4),
        (&["api-versions"], 6),
    ] {
        assert_eq!(place.run(words).code, 0);
        assert_eq!(server.asked().len(), requests, "{words:?}");
    }
}

#[test]
fn api_resources_of_an_old_server_prints_what_it_got_before_it_fails() {
    let server = Server::start(|asked| match asked.path.split('?').next() {
        Some("/api") => Reply::Json(200, r#"{"versions":["v1"]}"#.into()),
        Some("/apis") => Reply::Json(200, r#"{"groups":[{"name":"x.io","versions":[{"version":"v1"}]}]}"#.into()),
        Some("/api/v1") => Reply::Json(200, r#"{"resources":[{"name":"pods","kind":"Pod","verbs":["get"]}]}"#.into()),
        _ => offers::refusal(403, "Forbidden", "not you"),
    });
    let outcome = run(&server, &["api-resources", "-o", "name"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, "pods\n"));
    let lines: Vec<&str> = outcome
        .err
        .lines()
        .map(|line| line.split_once("] ").map_or(line, |(_, text)| text))
        .collect();
    assert_eq!(
        lines,
        [
            "\"Unhandled Error\" err=\"couldn't get resource list for x.io/v1: not you\"",
            "error: unable to retrieve the complete list of server APIs: x.io/v1: not you",
        ]
    );
}

#[test]
fn api_versions_prints_them_sorted() {
    let outcome = run(&server(), &["api-versions"]);
    assert_eq!(
        outcome.out,
        "apps/v1\nautoscaling/v1\nautoscaling/v2\nevents.k8s.io/v1\nfactory.example.com/v1\nfactory.example.com/v1alpha1\n\
         metrics.k8s.io/v1beta1\nstorage.k8s.io/v1\nv1\n"
    );
}

#[test]
fn api_versions_of_a_server_that_refuses_says_so() {
    let server = Server::start(|_| offers::refusal(401, "Unauthorized", "Unauthorized"));
    let outcome = run(&server, &["api-versions"]);
    assert!(
        outcome.err.ends_with(
            "\nerror: couldn't get available api versions from server: the server has asked for the client to provide credentials\n"
        ),
        "{}",
        outcome.err
    );
}
