//! A real kubectl to compare with, where there is one on the path.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::commands::{Outcome, Place};

/// The newest kubectl that is at hand: of the one on the path and those that lie beside it with a version in their name
/// (`kubectl.1.33`).
fn newest() -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("kubectl"))
        .find(|file| file.is_file())?
        .canonicalize()
        .ok()?;
    let minor = |path: &Path| path.file_name()?.to_str()?.strip_prefix("kubectl.1.")?.parse::<u32>().ok();
    let beside = std::fs::read_dir(found.parent()?)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    let versioned = beside.filter_map(|path| Some((minor(&path)?, path))).max();
    Some(versioned.map_or(found, |(_, path)| path))
}

/// What a real kubectl makes of a command line in this place. Where there is none the test that asks has nothing to
/// compare with: it says so and ends.
pub fn kubectl(place: &Place, words: &[&str]) -> Option<Outcome> {
    let Some(program) = newest() else {
        say_skipped();
        return None;
    };
    let output = Command::new(program)
        .args(words)
        .env_clear()
        .envs(&place.env)
        .current_dir(place.home())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Some(Outcome {
        code: output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(255),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    })
}

/// Asserts that a command line comes to the same in this place as with a real kubectl.
pub fn assert_same(place: &Place, words: &[&str]) {
    let Some(theirs) = kubectl(place, words) else { return };
    let ours = place.run(words);
    assert!(ours == theirs, "{}", difference(words, &ours, &theirs));
}

/// The first lines in which two outcomes differ, for a message that can be read.
pub fn difference(words: &[&str], ours: &Outcome, theirs: &Outcome) -> String {
    let same = ours.out.lines().zip(theirs.out.lines()).take_while(|(a, b)| a == b).count();
    let part = |outcome: &Outcome| {
        let lines: Vec<&str> = outcome.out.lines().skip(same).take(3).collect();
        format!("code {}, line {}: {lines:?}, {:?}", outcome.code, same + 1, outcome.err)
    };
    format!("{words:?}\nours:   {}\ntheirs: {}", part(ours), part(theirs))
}

#[allow(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn say_skipped() {
    eprintln!("SKIPPED: there is no kubectl on the path to compare with");
}
