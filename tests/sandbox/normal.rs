//! What differs between two runs of the same command line, replaced by names: times, identifiers, places.

use std::sync::LazyLock;

use regex::Regex;

/// Patterns and what stands for them, applied in order.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rule = |pattern: &str, name| (Regex::new(pattern).unwrap(), name);
    vec![
        rule(r"\b\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\b", "TIME"),
        rule(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( \+0000|Z)", "TIME"),
        rule(r"\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
        rule(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
        rule(r"\b[0-9a-f]{64}\b", "HASH"),
        rule(r#"(resourceVersion"?: )"\d+""#, "${1}VERSION"),
        rule(r"(Resource Version: +)\d+", "${1}VERSION"),
        rule(r"\b127\.0\.0\.1:\d+", "SERVER"),
        rule(r"\b(10\.(96|244)(\.\d+){2})\b", "IP"),
        rule(r"\b172\.18\.0\.[34]\b", "NODE-IP"),
        rule(r"\bsandbox-worker2?\b", "NODE"),
        rule(r"(topology.kubernetes.io/zone[=:] ?)[ab]\b", "${1}ZONE"),
        rule(r"\b3[0-2]\d{3}\b", "NODE-PORT"),
        rule(r"/\S+/(LIVE|MERGED)-\d+", "$1"),
        rule(r"\bkubectl-edit-\d+", "kubectl-edit"),
        rule(r"([-=])[bcdfghjklmnpqrstvwxz2456789]{8,10}\b", "${1}HASH"),
        rule(r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-SUFFIX"),
        rule(r"\b(kube-api-access|debugger)-SUFFIX", "$1"),
        // An age stands alone, a span of time in an event's message does not matter either.
        rule(r"<invalid>|\b(\d+(\.\d+)?(d|h|m|s|ms))+\b", "AGE"),
    ]
});

/// A text with names for everything that differs between two runs, and columns that are two spaces apart.
pub fn normal(text: &str) -> String {
    let text = RULES.iter().fold(text.to_owned(), |text, (pattern, name)| {
        pattern.replace_all(&text, *name).into_owned()
    });
    text.split_inclusive('\n').map(narrow).collect()
}

/// A line whose columns are two spaces apart: ages of different lengths shift columns. What a line is indented by stays.
fn narrow(line: &str) -> String {
    let indented = line.len() - line.trim_start_matches(' ').len();
    let (start, rest) = line.split_at(indented);
    let (rest, end) = match rest.strip_suffix('\n') {
        Some(rest) => (rest, "\n"),
        None => (rest, ""),
    };
    let mut narrow = String::from(start);
    let mut spaces = 0;
    for character in rest.chars() {
        if character == ' ' {
            spaces += 1;
            continue;
        }
        narrow.push_str(["", " ", "  "][spaces.min(2)]);
        spaces = 0;
        narrow.push(character);
    }
    narrow + end
}

#[test]
fn normal_text_is_the_same_for_two_runs_and_differs_where_they_differ() {
    let first = "NAME                   READY   AGE\nweb-766486c5b6-hr77h   1/1     0s\n";
    let second = "NAME                   READY   AGE\nweb-766486c5b6-zz4rm   1/1     1m12s\n";
    assert_eq!(normal(first), normal(second));
    assert_eq!(normal(first), "NAME  READY  AGE\nweb-HASH-SUFFIX  1/1  AGE\n");
    assert_ne!(normal(first), normal(&second.replace("1/1", "0/1")));
    assert_eq!(normal("  a:   b\n"), "  a:  b\n");
    assert_eq!(normal("resourceVersion: \"12\"\n"), "resourceVersion: VERSION\n");
}
