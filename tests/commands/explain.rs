//! `explain`.

use super::{Outcome, Place, offers, run};
use crate::{
    real,
    server::{Asked, Reply, Server},
};

const INDEX: &str = r#"{"paths":{
    "api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=C0"},
    "apis/factory.example.com/v1":{"serverRelativeURL":"/openapi/v3/apis/factory.example.com/v1?hash=FA"},
    "apis/apps/v1":{"serverRelativeURL":"/openapi/v3/apis/apps/v1"}
}}"#;

fn json(body: &str) -> Reply {
    Reply::Json(200, body.to_owned())
}

fn answer(asked: &Asked) -> Reply {
    match asked.path.split('?').next() {
        Some("/openapi/v3") => json(INDEX),
        Some("/openapi/v3/api/v1") => json(include_str!("../../fixtures/openapi/core.v3.json")),
        Some("/openapi/v3/apis/factory.example.com/v1") => json(include_str!("../../fixtures/openapi/factory.v3.json")),
        // As servers do, this one has it in the form that kubectl asks for.
        Some("/openapi/v2") => {
            let body = include_bytes!("../../fixtures/openapi/swagger.pb").as_slice();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            Reply::Bytes([head.as_bytes(), body].concat())
        }
        _ => offers::answer(asked).unwrap_or_else(|| offers::refusal(404, "NotFound", "the server could not find the requested resource")),
    }
}

fn explain(words: &[&str]) -> Outcome {
    run(&Server::start(answer), &[&["explain"], words].concat())
}

/// What is printed where nothing fails.
fn page(words: &[&str]) -> String {
    let outcome = explain(words);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{words:?}");
    outcome.out
}

#[test]
fn explain_of_a_type_prints_description_and_fields() {
    insta::assert_snapshot!("type", page(&["widgets"]));
    insta::assert_snapshot!("type-recursive", page(&["wd", "--recursive"]));
}

#[test]
fn explain_of_fields_prints_types_enumerations_and_what_is_required() {
    insta::assert_snapshot!("fields", page(&["widget.spec"]));
    insta::assert_snapshot!("fields-recursive", page(&["widget.spec", "-R"]));
    insta::assert_snapshot!("field-with-enumeration", page(&["widget.spec.a"]));
    insta::assert_snapshot!("field-of-elements", page(&["widget.spec.g.deep"]));
    insta::assert_snapshot!("field-of-reference", page(&["widget.metadata.managedFields", "--recursive"]));
}

#[test]
fn explain_in_the_older_layout_prints_what_it_always_did() {
    insta::assert_snapshot!("older-type", page(&["widgets", "-o", "plaintext-openapiv2"]));
    insta::assert_snapshot!("older-recursive", page(&["widgets", "--recursive", "--output=plaintext-openapiv2"]));
    insta::assert_snapshot!("older-field", page(&["widgets.spec.o", "--output=plaintext-openapiv2"]));
    insta::assert_snapshot!("older-map", page(&["widgets.spec.f", "--output=plaintext-openapiv2"]));
}

/// All but what came with 1.36: documentation elsewhere.
#[test]
fn explain_of_any_argument_prints_what_kubectl_prints() {
    let server = Server::start(|asked| match asked.path.starts_with("/openapi/v3/apis/factory") {
        true => json(&include_str!("../../fixtures/openapi/factory.v3.json").replace("externalDocs", "x-docs")),
        false => answer(asked),
    });
    let place = Place::new(&server.url());
    for line in [
        "po.spec",
        "pods.nope",
        "widgets --recursive",
        "widgets.factory.example.com.spec",
        "widget.spec.b",
        "widget.spec['g']",
        "widget.metadata.managedFields.parent",
        "widgets.spec[0]",
        "widgets}",
        "widgets.spec{",
        "plants",
        "deployments",
        "Nothing.at.all",
        "widgets --api-version=a/b/c",
        "pods --api-version=v9",
        "pods --output=paper",
        "widgets --recursive --output=plaintext-openapiv2",
        "widgets.spec.f --output=plaintext-openapiv2",
        "widgets.spec.b.deeper --output=plaintext-openapiv2",
        "widgets.nope.neither --output=plaintext-openapiv2",
        "plants --output=plaintext-openapiv2",
        "",
    ] {
        let mut words = vec!["explain"];
        words.extend(line.split(' ').filter(|word| !word.is_empty()));
        real::assert_same(&place, &words);
    }
}

#[test]
fn explain_of_what_every_server_has_asks_for_its_schema_only() {
    let server = Server::start(answer);
    let place = Place::new(&server.url());
    assert_eq!(place.run(&["explain", "po"]).code, 0);
    assert_eq!(
        server.paths(),
        ["/openapi/v3?timeout=32s", "/openapi/v3/api/v1?hash=C0&timeout=32s"]
    );
    assert_eq!(place.run(&["explain", "pods.spec"]).code, 0);
    assert_eq!(server.paths()[2..], ["/openapi/v3?timeout=32s"]);
}

#[test]
fn explain_of_a_field_that_is_missing_asks_what_the_server_offers_before_it_says_so() {
    let server = Server::start(answer);
    let outcome = run(&server, &["explain", "pods.metrics"]);
    assert_eq!(
        outcome,
        Outcome {
            code: 1,
            out: "KIND:       Pod\nVERSION:    v1\n\n".into(),
            err: "error: field \"metrics\" does not exist\n".into(),
        }
    );
    let mut paths = server.paths();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/api?timeout=32s",
            "/apis?timeout=32s",
            "/openapi/v3/api/v1?hash=C0&timeout=32s",
            "/openapi/v3?timeout=32s",
        ]
    );
}

#[test]
fn explain_with_a_cache_that_is_damaged_or_cannot_be_written_asks_again() {
    let server = Server::start(answer);
    let place = Place::new(&server.url());
    let cache = place.home().join("cache");
    let line = ["explain", "pods", "--cache-dir", cache.to_str().unwrap()];
    let expected = place.run(&line);
    let folder = std::fs::read_dir(cache.join("kubectl-rs/openapi"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let file = std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "kubectl-rs schemas 1\n/openapi/v3/api/v1?hash=C0\n2 00000000\n{}").unwrap();
    assert_eq!(place.run(&line), expected);
    assert_eq!(place.run(&line), expected);
    let documents = server.paths().iter().filter(|path| path.contains("hash=")).count();
    assert_eq!(documents, 2);
    std::fs::remove_dir_all(&cache).unwrap();
    std::fs::write(&cache, "no directory").unwrap();
    assert_eq!(place.run(&line), expected);
}

#[test]
fn explain_of_a_server_without_the_newer_documents_prints_the_older_layout() {
    let server = Server::start(|asked| match asked.path.starts_with("/openapi/v3") {
        true => offers::refusal(404, "NotFound", "the server could not find the requested resource"),
        false => answer(asked),
    });
    let outcome = run(&server, &["explain", "widgets.spec.o"]);
    assert_eq!(outcome.out, page(&["widgets.spec.o", "--output=plaintext-openapiv2"]));
}

#[test]
fn explain_of_an_older_document_in_json_prints_the_same() {
    let server = Server::start(|asked| match asked.path.starts_with("/openapi/v2") {
        true => json(include_str!("../../fixtures/openapi/swagger.json")),
        false => answer(asked),
    });
    let words = ["widgets", "--recursive", "-o", "plaintext-openapiv2"];
    assert_eq!(run(&server, &[&["explain"], words.as_slice()].concat()).out, page(&words));
}

#[test]
fn explain_of_a_schema_that_cannot_be_had_says_so() {
    let outcome = explain(&["deployments"]);
    assert_eq!(
        outcome.err,
        "error: failed to fetch openapi schema for apis/apps/v1: the server could not find the requested resource\n"
    );
}
