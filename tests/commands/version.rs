//! `version`.

use super::{Place, run};
use crate::server::{Reply, Server};

const CLIENT: &str = "Client Version: v1.36.2\nKustomize Version: v5.8.1\n";

fn server(version: &'static str) -> Server {
    Server::start(move |_| {
        Reply::Json(
            200,
            format!(r#"{{"major":"1","minor":"0","gitVersion":"{version}","emulationMajor":"1"}}"#),
        )
    })
}

#[test]
fn version_prints_both_and_warns_where_they_are_far_apart() {
    let near = run(&server("v1.35.4"), &["version"]);
    assert_eq!(
        (near.code, near.out, near.err),
        (0, format!("{CLIENT}Server Version: v1.35.4\n"), String::new())
    );
    let far = run(&server("v1.30.0"), &["version"]);
    assert_eq!(far.code, 0);
    assert_eq!(
        far.err,
        "Warning: version difference between client (1.36) and server (1.30) exceeds the supported minor version skew of +/-1\n"
    );
}

#[test]
fn version_as_json_has_two_spaces_and_every_field_of_the_server() {
    let outcome = run(&server("v1.36.0"), &["version", "-o", "json"]);
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert_eq!(
        lines[..4],
        ["{", "  \"clientVersion\": {", "    \"major\": \"1\",", "    \"minor\": \"36\","]
    );
    let server = lines.iter().position(|line| *line == "  \"serverVersion\": {").unwrap();
    assert_eq!(
        lines[server + 1..server + 5],
        [
            "    \"major\": \"1\",",
            "    \"minor\": \"0\",",
            "    \"emulationMajor\": \"1\",",
            "    \"gitVersion\": \"v1.36.0\","
        ]
    );
    assert_eq!(lines[server + 5], "    \"gitCommit\": \"\",");
}

#[test]
fn version_as_yaml_ends_with_an_empty_line() {
    let outcome = run(&server("v1.36.0"), &["version", "-o", "yaml"]);
    assert!(outcome.out.starts_with("clientVersion:\n  buildDate: "), "{}", outcome.out);
    assert!(outcome.out.ends_with("  platform: \"\"\n\n"), "{}", outcome.out);
}

#[test]
fn version_of_the_client_reads_no_kubeconfig_and_asks_nobody() {
    let server = server("v1.36.0");
    let place = Place::new(&server.url());
    std::fs::write(&place.env["KUBECONFIG"], "{ broken").unwrap();
    for words in [&["version", "--client"][..], &["version", "--client", "x"]] {
        let outcome = place.run(words);
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, CLIENT, ""));
    }
    assert!(server.asked().is_empty());
}

#[test]
fn version_called_wrongly_says_how() {
    let server = server("v1.36.0");
    for (words, expected) in [
        (&["version", "a", "b"][..], "error: extra arguments: [a b]\n"),
        (&["version", "-o", "wide"], "error: --output must be 'yaml' or 'json'\n"),
        (&["version", "--client", "-o", "wide"], "error: --output must be 'yaml' or 'json'\n"),
    ] {
        assert_eq!(run(&server, words).err, expected, "{words:?}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn version_without_a_server_prints_the_clients_first() {
    let outcome = Place::new("http://127.0.0.1:1").run(&["version"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, CLIENT));
    assert_eq!(
        outcome.err,
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"
    );
}
