//! A long script with a real kubectl and with this project's client, each in a sandbox of its own: both must print and
//! exit the same. The script's parts are the text files of `fixtures/sandbox/script`; `README.md` there says how they
//! are written.

use std::{path::PathBuf, sync::LazyLock};

use regex::Regex;

use super::{Outcome, Sandbox, fixtures, normal::normal, ours, real_kubectls, say_skipped, words};

/// How much faster than in a cluster things happen while the script runs.
const SPEED: u32 = 30;

/// The newest release that sends what it creates as JSON, which is what the sandbox reads.
const LAST_WITH_JSON: u32 = 31;

/// What releases of kubectl say differently, of which the real one at hand is older than the one that ours follows: what
/// is taken out of the texts of both.
static CHANGED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // Since 1.34 `delete` says from where.
        r" from \w+ namespace\b",
        // Since 1.35 `describe` says of a pod's events which container they are about.
        r"\bspec\.(init)?[cC]ontainers\{\w+\}: ",
        // Lines that `describe` has lost, and one that it has gained.
        r"(?m)^ *(Kube-Proxy Version|Mountable secrets|Tokens|Time Zone):.*\n",
        // Since 1.34 one flag of `autoscale` is old.
        r"(?m)^Flag --cpu-percent has been deprecated.*\n",
        // Only the older one is too old for the server.
        r"(?m)^WARNING: version difference.*\n",
    ]
    .iter()
    .map(|pattern| Regex::new(pattern).unwrap())
    .collect()
});

fn in_any_release(text: &str) -> String {
    CHANGED
        .iter()
        .fold(text.to_owned(), |text, pattern| pattern.replace_all(&text, "").into_owned())
}

/// A line of the script.
struct Line {
    /// What is typed behind `kubectl`.
    text: String,
    /// Whether it must fail.
    fails: bool,
    /// Whether the cluster is not at rest before it, and only the exit code counts: what is printed depends on who is
    /// faster.
    races: bool,
    /// Whether the order of the lines does not count.
    unordered: bool,
    /// Whether this project's client cannot do it yet.
    real_only: bool,
}

impl Line {
    fn parse(line: &str) -> Option<Line> {
        if line.trim().is_empty() || line.starts_with('#') {
            return None;
        }
        let (marks, text) = line.split_once(' ').unwrap();
        assert!(marks.chars().all(|mark| "$!~%@".contains(mark)), "what does {marks} mean? {line}");
        Some(Line {
            text: text.trim().to_owned(),
            fails: marks.contains('!'),
            races: marks.contains('~'),
            unordered: marks.contains('%'),
            real_only: marks.contains('@'),
        })
    }

    fn normal(&self, text: &str) -> String {
        let text = in_any_release(&normal(text));
        if !self.unordered {
            return text;
        }
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    }
}

/// Runs a line with the first of the clients that is understood.
fn run(sandbox: &Sandbox, clients: &[PathBuf], line: &Line) -> Outcome {
    let words = words(&line.text);
    let (last, others) = clients.split_last().unwrap();
    others
        .iter()
        .map(|client| sandbox.run(client, &words))
        .find(|outcome| !outcome.err.contains("application/vnd.kubernetes.protobuf"))
        .unwrap_or_else(|| sandbox.run(last, &words))
}

fn lines(part: &str) -> Vec<Line> {
    let path = fixtures().join("script").join(part).with_extension("txt");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(Line::parse).collect()
}

fn play(part: &str) {
    let real = real_kubectls();
    let newest = real.last();
    let speaks_json = real.iter().rev().find(|(minor, _)| *minor <= LAST_WITH_JSON);
    let clients: Vec<PathBuf> = newest.into_iter().chain(speaks_json).map(|(_, path)| path.clone()).collect();
    if clients.is_empty() {
        say_skipped("no real kubectl");
        return;
    }
    let theirs = Sandbox::start(SPEED).with_files("script/files");
    let own = Sandbox::start(SPEED).with_files("script/files");
    let ours = [ours()];
    let mut differences = String::new();
    for line in lines(part) {
        // What only the real one can do, it does for both: the clusters stay alike.
        let client: &[PathBuf] = if line.real_only { &clients } else { &ours };
        let (want, got) = std::thread::scope(|scope| {
            let want = scope.spawn(|| {
                if !line.races {
                    theirs.rest();
                }
                run(&theirs, &clients, &line)
            });
            if !line.races {
                own.rest();
            }
            let got = run(&own, client, &line);
            (want.join().unwrap(), got)
        });
        let mut note = |text: String| differences.push_str(&format!("kubectl {}\n{text}\n", line.text));
        if (want.code != 0) != line.fails {
            note(format!("  the real one exits with {}\n{}{}", want.code, want.out, want.err));
        }
        if want.code != got.code {
            note(format!(
                "  the real one exits with {}, ours with {}\n{}{}",
                want.code, got.code, got.out, got.err
            ));
        }
        if line.races {
            continue;
        }
        for (name, want, got) in [("standard output", &want.out, &got.out), ("standard error", &want.err, &got.err)] {
            let (want, got) = (line.normal(want), line.normal(got));
            if want != got {
                note(format!("  {name}, the real one:\n{want}\n  ours:\n{got}"));
            }
        }
    }
    assert!(differences.is_empty(), "{part}\n\n{differences}");
}

#[test]
fn script_of_at_least_a_hundred_lines_is_played_whole() {
    let mut parts: Vec<String> = std::fs::read_dir(fixtures().join("script"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    parts.sort();
    assert_eq!(parts, PARTS);
    let count: usize = parts.iter().map(|part| lines(part).len()).sum();
    assert!(count >= 100, "{count} lines");
}

macro_rules! parts {
    ($($part:ident)*) => {
        /// The script's parts.
        const PARTS: &[&str] = &[$(stringify!($part)),*];

        $(
            #[test]
            fn $part() {
                play(stringify!($part));
            }
        )*
    };
}

parts! { changes cluster settings workloads }
