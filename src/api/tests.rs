//! For tests: the answers of a real kubectl, where there is one on the path.

use std::{
    io::Write,
    process::{Command, Stdio},
    thread,
};

/// What a real kubectl printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the kubectl on the path with `args` and `input`, without any configuration and without a server. Where there is
/// none the test that asks has nothing to compare with: it says so and ends.
pub(crate) fn ask(args: &[&str], input: &[u8]) -> Option<Answer> {
    let home = tempfile::tempdir().unwrap();
    let started = Command::new("kubectl")
        .args(args)
        .env("HOME", home.path())
        .env("KUBECONFIG", home.path().join("none"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        say_skipped();
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A child that fails early closes the pipe; its answer tells.
    let feeder = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    Some(Answer {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// The first lines in which two texts differ, for a message that can be read.
pub(crate) fn difference(ours: &str, theirs: &str) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let same = ours.lines().zip(theirs.lines()).take_while(|(a, b)| a == b).count();
    let part = |text: &str| text.lines().skip(same.saturating_sub(1)).take(4).collect::<Vec<_>>().join("\n");
    Some(format!("line {}\nours:\n{}\ntheirs:\n{}", same + 1, part(ours), part(theirs)))
}

#[allow(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn say_skipped() {
    eprintln!("SKIPPED: there is no kubectl on the path to compare with");
}
