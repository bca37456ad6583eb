//! All real kubectls at hand against the sandbox. What each is asked is in `fixtures/sandbox/clients.txt`, in the
//! script's form: every line must end as it says, with all of them; the newer ones may be refused where they write typed
//! objects as protobuf.

use std::path::{Path, PathBuf};

use super::{Sandbox, fixtures, ours, real_kubectls, say_skipped, words};

/// How much faster than in a cluster things happen meanwhile.
const SPEED: u32 = 50;

/// The first release that writes typed objects as protobuf.
const FIRST_WITH_PROTOBUF: u32 = 32;

/// What goes wrong where a client does what every client must be able to do.
fn faults(client: &Path, writes_protobuf: bool) -> String {
    let sandbox = Sandbox::start(SPEED).with_files("script/files");
    let text = std::fs::read_to_string(fixtures().join("clients.txt")).unwrap();
    let mut faults = String::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (mark, typed) = line.split_once(' ').unwrap();
        sandbox.rest();
        let outcome = sandbox.run(client, &words(typed));
        let refused = outcome.err.contains("(application/vnd.kubernetes.protobuf)");
        let as_said = match mark {
            "$" => outcome.code == 0,
            "!" => outcome.code != 0,
            // A typed write.
            "p" if writes_protobuf => refused,
            "p" => outcome.code == 0,
            other => panic!("what does {other} mean? {line}"),
        };
        if !as_said {
            faults.push_str(&format!(
                "{} {typed}\n  exits with {}\n{}{}\n",
                client.display(),
                outcome.code,
                outcome.out,
                outcome.err
            ));
        }
    }
    faults
}

fn check(clients: &[(u32, PathBuf)]) {
    let faults: String = std::thread::scope(|scope| {
        let runs: Vec<_> = clients
            .iter()
            .map(|(minor, client)| scope.spawn(|| faults(client, *minor >= FIRST_WITH_PROTOBUF)))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn oldest_and_newest_kubectl_are_answered_what_they_ask() {
    let real = real_kubectls();
    if real.is_empty() {
        say_skipped("no real kubectl");
    }
    let mut clients: Vec<(u32, PathBuf)> = real.first().into_iter().chain(real.last()).cloned().collect();
    clients.dedup();
    check(&clients);
}

#[test]
#[ignore = "takes half a minute; the oldest and the newest are asked in every run"]
fn every_kubectl_is_answered_what_it_asks() {
    check(&real_kubectls());
}

#[test]
fn this_client_is_answered_what_it_asks() {
    check(&[(0, ours())]);
}
