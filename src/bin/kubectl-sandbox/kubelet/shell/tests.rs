//! Scripts, and what they would have written.

use proptest::prelude::*;

use super::*;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn start() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// The lines of a script with the second in which each is written, and its end.
fn followed(script: &str, most: usize) -> Vec<String> {
    let setting = Setting {
        variables: vec![("HOSTNAME".to_owned(), "pod-1".to_owned())],
        files: Vec::new(),
        bare: true,
    };
    let mut out = Vec::new();
    follow(&words(&["sh", "-c", script]), &setting, start(), &mut |passed, step| {
        match step {
            Step::Line(line) => out.push(format!("{} {line}", passed.as_secs())),
            Step::End(code) => out.push(format!("{} end {code}", passed.as_secs())),
            Step::Forever => out.push("for ever".to_owned()),
            Step::Sleep(_) => {}
        }
        out.len() < most
    });
    out
}

#[test]
fn follow_reads_the_files_that_are_mounted_and_no_others() {
    let setting = Setting {
        files: vec![
            ("/etc/colours/door".to_owned(), "green\n".to_owned()),
            ("/etc/colours/wall".to_owned(), "blue".to_owned()),
        ],
        ..Setting::default()
    };
    let script = "cat /etc/colours/wall; echo door $(cat /etc/colours/door); ls /etc/colours; \
                  [ -f /etc/colours/wall ] && echo there; [ -f /etc/passwd ] || echo missing; cat /etc/passwd";
    let command = ["sh", "-c", script].map(str::to_owned);
    let mut lines = Vec::new();
    follow(&command, &setting, Timestamp::UNIX_EPOCH, &mut |_, step| {
        if let Step::Line(line) = step {
            lines.push(line);
        }
        true
    });
    assert_eq!(lines, ["blue", "door green", "door", "wall", "there", "missing"]);
}

#[test]
fn follow_says_what_a_script_writes_and_when() {
    let cases: &[(&str, &[&str])] = &[
        ("echo hello; exit 3", &["0 hello", "0 end 3"]),
        ("echo a && sleep 2 && echo 'b c'", &["0 a", "2 b c", "2 end 0"]),
        ("false || echo no; true && echo yes", &["0 no", "0 yes", "0 end 0"]),
        ("for i in 1 2; do echo $i; sleep 1; done", &["0 1", "1 2", "2 end 0"]),
        (
            "i=0; while [ $i -lt 3 ]; do echo \"n=$i\"; i=$((i+1)); sleep 0.5; done; exit $i",
            &["0 n=0", "0 n=1", "1 n=2", "1 end 3"],
        ),
        ("if [ -f /x ]; then echo a; else echo b; fi", &["0 b", "0 end 0"]),
        ("echo $(hostname) ${HOSTNAME} ${NO:-none}", &["0 pod-1 pod-1 none", "0 end 0"]),
        ("for i in $(seq 1 2); do printf 'x%s\\n' $i; done", &["0 x1", "0 x2", "0 end 0"]),
        ("date +%H:%M; echo gone >/dev/null 2>&1", &["0 03:04", "0 gone", "0 end 0"]),
        ("nosuch; echo $?", &["0 sh: nosuch: not found", "0 0", "0 end 0"]),
        ("# a comment\necho a # and another\n\necho b", &["0 a", "0 b", "0 end 0"]),
        ("echo a | tr a b", &["0 a", "0 end 0"]),
        ("sleep infinity", &["for ever"]),
        ("exec sleep 3", &["3 end 0"]),
        ("(echo in; exit 2)", &["0 in", "0 end 2"]),
        ("until false; do echo x; break; done; echo y", &["0 x", "0 y", "0 end 0"]),
    ];
    for (script, want) in cases {
        assert_eq!(followed(script, 20), *want, "{script}");
    }
}

#[test]
fn end_of_a_loop_is_where_it_is_left_or_nowhere() {
    let end_of = |script: &str| end(&words(&["sh", "-c", script]), &Setting::default(), start());
    for script in [
        "while true; do echo x; sleep 1; done",
        "while :; do date; sleep 5; done; exit 1",
        "until false; do for i in 1 2; do echo $i; done; sleep 1; done",
        "echo a; while true; do if [ 1 = 1 ]; then sleep 1; fi; done",
    ] {
        assert_eq!(end_of(script), None, "{script}");
    }
    for (script, seconds, code) in [
        (
            "i=0; while true; do sleep 1; i=$((i+1)); if [ $i -gt 2 ]; then exit 7; fi; done",
            3,
            7,
        ),
        ("while true; do sleep 2; break; done", 2, 0),
        ("until false; do sleep 1 && exit 3; done", 1, 3),
        ("X=exit; while :; do sleep 1; $X 4; done", 1, 4),
        ("while false; do sleep 1; done; exit 5", 0, 5),
    ] {
        assert_eq!(end_of(script), Some((Duration::from_secs(seconds), code)), "{script}");
    }
}

#[test]
fn follow_of_a_script_that_runs_itself_comes_to_an_end() {
    for script in [
        "sh -c \"$X\"",
        "echo $(sh -c \"$X\")",
        "echo `sh -c \"$X\"`; sh -c \"$X\"",
        "sh -c \"$X\"; sh -c \"$X\"",
    ] {
        let setting = Setting {
            variables: vec![("X".to_owned(), script.to_owned())],
            ..Setting::default()
        };
        let mut steps = 0;
        follow(&words(&["sh", "-c", script]), &setting, start(), &mut |_, _| {
            steps += 1;
            steps < 50
        });
        assert!(steps > 0, "{script}");
    }
    assert_eq!(
        followed("seq 9223372036854775807 9223372036854775807", 5),
        ["0 9223372036854775807", "0 end 0"]
    );
}

#[test]
fn follow_of_an_endless_loop_goes_on_as_long_as_anybody_listens() {
    let lines = followed("i=0; while true; do echo log line $i; i=$((i+1)); sleep 60; done", 4);
    assert_eq!(lines, ["0 log line 0", "60 log line 1", "120 log line 2", "180 log line 3"]);
    let endless = words(&["sh", "-c", "while true; do echo; sleep 1; done"]);
    assert_eq!(end(&endless, &Setting::default(), start()), None);
    assert_eq!(
        end(&words(&["sleep", "90"]), &Setting::default(), start()),
        Some((Duration::from_secs(90), 0))
    );
}

proptest! {
    #[test]
    fn follow_of_any_script_ends_when_nobody_listens(script in "[a-z$(){};&|'\"`= \n0-9]{0,60}") {
        let lines = followed(&script, 50);
        prop_assert!(lines.len() <= 50);
    }
}
