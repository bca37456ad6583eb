//! Beginners' sessions from start to end, with an old and a newer real kubectl and with this project's client: what they
//! see must be what the texts in `fixtures/sandbox/sessions` say. A text is a terminal's: `$ ` and a command line, then
//! what it prints. `[..]` stands for anything within a line, `...` alone on a line for any lines; `[exit 1]` says how a
//! command that fails ends. Columns may be further apart than in the text.

use std::{collections::VecDeque, path::PathBuf};

use super::{Sandbox, fixtures, ours, real_kubectl, words};

/// How much faster than in a cluster things happen during a session.
const SPEED: u32 = 30;

/// What is typed, and what must be seen.
struct Step {
    typed: String,
    seen: Vec<String>,
}

fn steps(session: &str) -> Vec<Step> {
    let path = fixtures().join("sessions").join(session).with_extension("txt");
    let mut steps: Vec<Step> = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(typed) = line.strip_prefix("$ kubectl ") {
            steps.push(Step {
                typed: typed.to_owned(),
                seen: Vec::new(),
            });
        } else if let Some(step) = steps.last_mut()
            && !line.starts_with("# ")
        {
            step.seen.push(line.to_owned());
        }
    }
    for step in &mut steps {
        // Empty lines between steps are for the eye.
        while step.seen.last().is_some_and(String::is_empty) {
            step.seen.pop();
        }
    }
    steps
}

/// Whether a line is what was expected, but for the width of columns.
fn is_like(expected: &str, line: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (expected, line) = (words(expected), words(line));
    let mut pieces = expected.split("[..]");
    let Some(mut rest) = pieces.next().and_then(|first| line.strip_prefix(first)) else {
        return false;
    };
    let mut pieces: VecDeque<&str> = pieces.collect();
    let Some(last) = pieces.pop_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether lines are what was expected.
fn are_like(expected: &[String], lines: &[&str]) -> bool {
    match expected.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skipped| are_like(rest, &lines[skipped..])),
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, others)| is_like(first, line) && are_like(rest, others)),
    }
}

fn play(session: &str, client: Option<PathBuf>) {
    let Some(client) = client else { return };
    let sandbox = Sandbox::start(SPEED).with_files("sessions/files");
    for step in steps(session) {
        sandbox.rest();
        let outcome = sandbox.run(&client, &words(&step.typed));
        let mut text = outcome.out + &outcome.err;
        if outcome.code != 0 {
            text.push_str(&format!("[exit {}]\n", outcome.code));
        }
        let lines: Vec<&str> = text.trim_end_matches('\n').lines().collect();
        assert!(
            are_like(&step.seen, &lines),
            "{} in {session}\n$ kubectl {}\n{text}\n--- expected\n{}",
            client.display(),
            step.typed,
            step.seen.join("\n")
        );
    }
}

macro_rules! sessions {
    ($($session:ident)*) => {
        $(
            mod $session {
                use super::*;

                #[test]
                fn with_an_old_kubectl() {
                    play(stringify!($session), real_kubectl(27));
                }

                #[test]
                fn with_a_newer_kubectl() {
                    play(stringify!($session), real_kubectl(31));
                }

                #[test]
                fn with_this_client() {
                    play(stringify!($session), Some(ours()));
                }
            }
        )*
    };
}

sessions! { first_deployment settings stateful_set daemon_set jobs nodes changes }

#[test]
fn lines_are_like_patterns_that_fit_and_no_others() {
    let expected: Vec<String> = ["NAME AGE", "...", "web-[..] 1/1 [..]s", "b"].map(str::to_owned).to_vec();
    assert!(are_like(&expected, &["NAME   AGE", "x", "y", "web-1   1/1  3s", "b"]));
    assert!(are_like(&expected, &["NAME   AGE", "web-1   1/1  3s", "b"]));
    assert!(!are_like(&expected, &["NAME   AGE", "web-1   0/1  3s", "b"]));
    assert!(!are_like(&expected, &["NAME   AGE", "web-1   1/1  3s", "b", "c"]));
    assert!(!are_like(&expected, &["NAME   AGE", "web-1   1/1  3s"]));
    assert!(!is_like("a", "a b"));
    assert!(!is_like("a[..]a", "a"));
}
