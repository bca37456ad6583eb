use super::*;
use crate::{
    api::{json::parse, tests::Answer},
    template::tests::{OBJECT, printed_by_kubectl},
};

fn print_of(template: &str, object: &str) -> Answer {
    let object = parse(object.as_bytes()).unwrap();
    let mut out = Vec::new();
    let outcome = Template::for_output(template).and_then(|template| template.print(&mut out, &object));
    Answer {
        code: Some(i32::from(outcome.is_err())),
        out: String::from_utf8_lossy(&out).into_owned(),
        err: outcome.map_or_else(|error| format!("{}\n", error.text()), |()| String::new()),
    }
}

fn print(template: &str) -> Answer {
    print_of(template, OBJECT)
}

/// Templates that print something, one a line.
const SOUND: &str = include_str!("../../../fixtures/template/go-sound.txt");

/// Templates that do not, one a line; `~n` stands for a line break.
const BROKEN: &str = include_str!("../../../fixtures/template/go-broken.txt");

#[test]
fn print_of_sound_templates_matches_kubectl() {
    let lines: Vec<&str> = SOUND.lines().filter(|line| !line.is_empty()).collect();
    for line in &lines {
        assert_eq!(print(line).err, "", "{line}");
    }
    let formats: Vec<String> = lines
        .chunks(20)
        .map(|chunk| format!("go-template={}", chunk.join("\u{1e}")))
        .collect();
    let Some(answers) = printed_by_kubectl(&formats) else { return };
    for (chunk, answer) in lines.chunks(20).zip(answers) {
        assert_eq!(answer.err, "");
        for (line, expected) in chunk.iter().zip(answer.out.split('\u{1e}')) {
            assert_eq!(print(line).out, expected, "{line}");
        }
    }
}

#[test]
fn print_of_broken_templates_matches_kubectl() {
    let lines: Vec<String> = BROKEN
        .lines()
        .filter(|line| !line.is_empty())
        .map(|line| line.replace("~n", "\n"))
        .collect();
    let formats: Vec<String> = lines.iter().map(|line| format!("go-template={line}")).collect();
    let Some(answers) = printed_by_kubectl(&formats) else { return };
    let mut different = String::new();
    for (line, answer) in lines.iter().zip(answers) {
        let printed = print(line);
        if printed != answer {
            different += &format!("{line}\n  ours:   {}  theirs: {}", printed.err, answer.err);
            if printed.err == answer.err {
                different += &format!("  ours:   {}\n  theirs: {}\n", printed.out, answer.out);
            }
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (template, expected) in cases {
        let answer = print(template);
        assert_eq!((answer.out.as_str(), answer.err.as_str()), (*expected, ""), "{template}");
    }
}

#[test]
fn print_of_actions_gives_what_go_gives() {
    check(&[
        ("{{.int}} {{.none}} {{.nothing.deeper}}", "5 <no value> <no value>"),
        (
            "{{range $i, $w := .words}}{{$i}}={{$w}};{{else}}none{{end}}",
            "0=one;1=two;2=three;",
        ),
        (
            "{{range 3}}{{.}}{{end}}{{range $x := .int}}{{$x}}{{end}}{{range 0}}{{else}}-{{end}}",
            "01201234-",
        ),
        ("{{define \"n\"}}<{{.}}>{{end}}{{template \"n\" .kind}}", "<Thing>"),
        ("{{.base | base64decode}} {{(index .lists 1).m.k}}", "correct horse v"),
        ("{{.lists}}", "[map[n:1 v:[]] map[m:map[k:v] n:2 v:[a b]] map[n:3 v:[c] x:<nil>]]"),
    ]);
}

#[test]
fn print_of_an_unknown_key_under_strict_keys_reports_it_with_the_object() {
    let object = parse(br#"{"b":1.0,"a":"<"}"#).unwrap();
    let template = Template::for_output("x{{.nothing}}").unwrap().allow_missing_keys(false);
    let mut out = Vec::new();
    let error = template.print(&mut out, &object).unwrap_err();
    let sentence = "template: output:1:3: executing \"output\" at <.nothing>: map has no entry for key \"nothing\"";
    assert_eq!(
        error.text(),
        format!("error: error executing template \"x{{{{.nothing}}}}\": {sentence}")
    );
    assert_eq!(
        String::from_utf8(out).unwrap(),
        format!(
            "xError executing template: {sentence}. Printing more information for debugging the template:\n\
             \ttemplate was:\n\t\tx{{{{.nothing}}}}\n\
             \traw data was:\n\t\t{{\"a\":\"\\u003c\",\"b\":1}}\n\
             \tobject given to template engine was:\n\t\tmap[a:< b:1]\n\n"
        )
    );
}

#[test]
fn print_of_whole_floats_takes_them_for_integers() {
    let answer = print_of("{{.a}} {{printf \"%T\" .a}} {{.b}}", r#"{"a":3000000.0,"b":[1e7,1.5]}"#);
    assert_eq!(answer.out, "3000000 int64 [10000000 1.5]");
}

#[test]
fn print_of_decoded_bytes_keeps_them() {
    let object = parse(br#"{"data":"/wD+"}"#).unwrap();
    let mut out = Vec::new();
    Template::parse("{{.data | base64decode}}")
        .unwrap()
        .print(&mut out, &object)
        .unwrap();
    assert_eq!(out, [0xff, 0, 0xfe]);
}

#[test]
fn parse_of_hostile_templates_reports_instead_of_overflowing() {
    let many = 100_000;
    let parentheses = format!("{{{{{}.{}}}}}", "(".repeat(many), ")".repeat(many));
    let ifs = "{{if .}}".repeat(many);
    let elses = format!("{{{{if .}}}}{}{{{{end}}}}", "{{else if .}}".repeat(many));
    for text in [parentheses, ifs, elses] {
        let error = Template::parse(&text).unwrap_err();
        assert_eq!(error.to_string(), "template: output:1: max expression depth exceeded");
    }
    let chain = format!("{{{{{}}}}}", ".a".repeat(many));
    let text = format!("{{{{range .l}}}}{}{{{{end}}}}", "x{{.}}".repeat(many));
    let pipe = format!("{{{{.{}}}}}", " | print".repeat(many));
    for text in [chain, text, pipe] {
        assert_eq!(print(&text).err, "");
    }
}

#[test]
fn execute_of_endless_templates_ends_with_a_report() {
    let answer =
        print("{{define \"x\"}}{{with .}}{{if .}}{{range $.int}}{{template \"x\" $}}{{end}}{{end}}{{end}}{{end}}{{template \"x\" .}}");
    assert!(answer.err.ends_with("exceeded maximum template depth (100000)\n"), "{}", answer.err);
}

/// What the template prints of a list of `items`, all at once and one by one.
fn both_ways(template: &str, items: &[&str]) -> (Answer, Option<Answer>) {
    let whole = print_of(template, &format!("{{\"kind\":\"List\",\"items\":[{}]}}", items.join(",")));
    let template = Template::parse(template).unwrap();
    let streamed = template.streams_over().map(|mut printer| {
        let mut out = Vec::new();
        let parts = printer.projection();
        let mut stream = || {
            printer.begin(&mut out)?;
            for item in items {
                printer.item(&mut out, &parts.read(item.as_bytes()).unwrap())?;
            }
            printer.end(&mut out)
        };
        let outcome: Result<(), TemplateError> = stream();
        Answer {
            code: Some(i32::from(outcome.is_err())),
            out: String::from_utf8(out).unwrap(),
            err: outcome.map_or_else(|error| error.to_string(), |()| String::new()),
        }
    });
    (whole, streamed)
}

#[test]
fn streams_over_templates_that_range_once_prints_the_same() {
    let items = [
        r#"{"n":"a","l":[1,2],"f":2.0}"#,
        r#"{"n":"b","l":[]}"#,
        r#"{"n":null,"m":{"k":"v"}}"#,
    ];
    let templates = [
        "{{range .items}}{{.n}} {{end}}",
        "a{{\"\\n\"}}{{range .items}}{{.n}}{{range .l}}{{.}},{{else}}-{{end}};{{else}}none{{end}}{{printf \"%d\" 5}}",
        "{{range $i, $e := .items}}{{if $i}},{{end}}{{$e.n}}{{$x := .f}}{{with $y := $e.m}}{{$y.k}}{{$x}}{{end}}{{end}}",
        "{{range $e := .items}}{{if eq $e.n \"b\"}}{{break}}{{end}}{{.n}}{{end}}.",
        "{{define \"t\"}}<{{.n}}{{$}}>{{end}}{{range .items}}{{template \"t\" .}}{{end}}",
        "{{range .items}}{{if not .l}}{{continue}}{{end}}{{len .l}}{{end}}{{/* c */}}",
        "{{range .items}}{{.n}}{{index .l 1}}{{end}}",
    ];
    for template in templates {
        for count in 0..=items.len() {
            let (whole, streamed) = both_ways(template, &items[..count]);
            let streamed = streamed.expect(template);
            assert_eq!(whole.code, streamed.code, "{template}");
            if whole.code == Some(0) {
                assert_eq!(whole.out, streamed.out, "{template}");
            } else {
                assert!(
                    whole
                        .out
                        .starts_with(&format!("{}Error executing template: {}", streamed.out, streamed.err))
                );
            }
        }
    }
}

#[test]
fn streams_over_templates_that_look_around_is_refused() {
    let templates = [
        "{{.kind}}",
        "{{range .items}}{{$.kind}}{{end}}",
        "{{range .items}}{{.n}}{{end}}{{.kind}}",
        "{{range .items}}{{.n}}{{end}}{{range .items}}{{.n}}{{end}}",
        "{{$x := 1}}{{range .items}}{{$x}}{{end}}",
        "{{range .items}}{{end}}{{len .items}}",
        "{{range .items.x}}{{end}}",
        "{{range .items}}{{else}}{{.kind}}{{end}}",
        "{{with .items}}{{range .}}{{end}}{{end}}",
        "text",
    ];
    for template in templates {
        assert!(Template::parse(template).unwrap().streams_over().is_none(), "{template}");
    }
}

/// Templates that are put together at random for kubectl to judge.
mod compared {
    use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

    use super::*;

    fn operand() -> impl Strategy<Value = String> {
        prop::sample::select(vec![
            ".int",
            ".float",
            ".text",
            ".kind",
            ".true",
            ".none",
            ".nothing",
            ".numbers",
            ".words",
            ".metadata.labels",
            ".mixed",
            ".object",
            ".list",
            ".nested",
            "1",
            "0",
            "-7",
            "2.5",
            "1e3",
            "\"a\"",
            "\"é☃\"",
            "`b`",
            "true",
            "false",
            "nil",
            "'x'",
            "$.int",
            ".negative",
            ".million",
            "(index .text 1)",
            "(len .words)",
            "(slice .words 1)",
            "(print .int)",
            ".metadata.name.x",
            ".int.x",
        ])
        .prop_map(str::to_owned)
    }

    fn verb() -> impl Strategy<Value = String> {
        let flags = prop::collection::vec(prop::sample::select(vec!["-", "+", "#", " ", "0"]), 0..3);
        let width = prop::option::of(0usize..12);
        let precision = prop::option::of(prop::option::of(0usize..6));
        let letter = prop::sample::select("vdsqxXtTbcoOUeEfFgG".chars().collect::<Vec<_>>());
        (flags, width, precision, letter).prop_map(|(flags, width, precision, letter)| {
            let precision = precision.map_or(String::new(), |digits| {
                format!(".{}", digits.map_or(String::new(), |n| n.to_string()))
            });
            format!(
                "%{}{}{precision}{letter}",
                flags.concat(),
                width.map_or(String::new(), |width| width.to_string())
            )
        })
    }

    fn pipeline() -> impl Strategy<Value = String> {
        operand().prop_recursive(3, 12, 3, |inner| {
            let function = prop::sample::select(vec![
                "and",
                "or",
                "not",
                "len",
                "index",
                "slice",
                "print",
                "println",
                "printf",
                "html",
                "js",
                "urlquery",
                "eq",
                "ne",
                "lt",
                "le",
                "gt",
                "ge",
                "exists",
                "base64decode",
                "printf \"%v-%v\"",
                "index .words",
                "slice .kind",
                "eq .int",
                "lt 3",
            ]);
            let arguments = prop::collection::vec(inner.clone(), 0..3);
            let call = (function, arguments).prop_map(|(function, arguments)| format!("({function} {})", arguments.join(" ")));
            prop_oneof![3 => call.clone(), 1 => (inner, call).prop_map(|(a, b)| format!("({a} | {})", &b[1..b.len() - 1]))]
        })
    }

    fn template() -> impl Strategy<Value = String> {
        let pipe = || pipeline();
        prop_oneof![
            5 => pipe().prop_map(|pipe| format!("{{{{{pipe}}}}}")),
            1 => (pipe(), pipe()).prop_map(|(a, b)| format!("{{{{if {a}}}}}a{{{{else if {b}}}}}b{{{{else}}}}c{{{{end}}}}")),
            1 => (pipe(), pipe()).prop_map(|(a, b)| format!("{{{{with {a}}}}}{{{{.}}}}{{{{else}}}}{{{{{b}}}}}{{{{end}}}}")),
            2 => (operand(), pipe()).prop_map(|(a, b)| {
                format!("{{{{range $i, $e := {a}}}}}{{{{$i}}}}={{{{with $}}}}{{{{{b}}}}}{{{{end}}}};{{{{else}}}}-{{{{end}}}}")
            }),
            1 => (pipe(), pipe()).prop_map(|(a, b)| format!("{{{{$x := {a}}}}}{{{{$x = {b}}}}}{{{{$x}}}} {{{{$x | print}}}}")),
            4 => (verb(), operand()).prop_map(|(verb, operand)| format!("{{{{printf \"<{verb}>\" {operand}}}}}")),
            1 => (verb(), verb(), operand()).prop_map(|(a, b, operand)| format!("{{{{printf \"{a}|{b}\" {operand} {operand} {operand}}}}}")),
        ]
    }

    #[test]
    fn item_of_what_random_templates_look_at_prints_the_same() {
        let item = OBJECT;
        let mut runner = TestRunner::deterministic();
        let mut compared = 0;
        for _ in 0..2000 {
            let body = template().new_tree(&mut runner).unwrap().current().replace('$', "$e");
            let template = format!("{{{{range $e := .items}}}}{body}{{{{end}}}}")
                .replace("$ei", "$i")
                .replace("$ee", "$e")
                .replace("$ex", "$x");
            let Ok(parsed) = Template::parse(&template) else { continue };
            let Some(mut whole) = parsed.streams_over() else { continue };
            let mut parts = whole.clone();
            let projection = parts.projection();
            let (mut expected, mut out) = (Vec::new(), Vec::new());
            let outcome = whole.item(&mut expected, &parse(item.as_bytes()).unwrap());
            assert_eq!(
                parts.item(&mut out, &projection.read(item.as_bytes()).unwrap()),
                outcome,
                "{template}"
            );
            assert_eq!(out, expected, "{template}");
            compared += usize::from(!projection.is_everything());
        }
        assert!(compared > 500, "{compared}");
    }

    #[test]
    fn print_of_random_templates_matches_kubectl() {
        let mut runner = TestRunner::deterministic();
        let (mut sound, mut broken) = (Vec::new(), Vec::new());
        for _ in 0..3000 {
            let template = template().new_tree(&mut runner).unwrap().current();
            // Newer versions of Go range over integers and write these differently.
            if template.contains("range")
                && [".int", "1", "0", "-7", "'x'", ".negative", "len", "index"]
                    .iter()
                    .any(|word| template.contains(word))
            {
                continue;
            }
            let answer = print(&template);
            if answer.err.is_empty() {
                sound.push((template, answer))
            } else {
                broken.push((template, answer))
            }
        }
        broken.truncate(40);
        let chunks: Vec<_> = sound.chunks(150).collect();
        let mut formats: Vec<String> = chunks
            .iter()
            .map(|chunk| {
                let templates: Vec<&str> = chunk.iter().map(|(template, _)| template.as_str()).collect();
                format!("go-template={}", templates.join("\u{1e}"))
            })
            .collect();
        formats.extend(broken.iter().map(|(template, _)| format!("go-template={template}")));
        let Some(answers) = printed_by_kubectl(&formats) else { return };
        let mut different = String::new();
        for (chunk, answer) in chunks.iter().zip(&answers) {
            assert_eq!(answer.err, "");
            for ((template, printed), expected) in chunk.iter().zip(answer.out.split('\u{1e}')) {
                if printed.out != expected {
                    different += &format!("{template}\n  ours:   {}\n  theirs: {expected}\n", printed.out);
                }
            }
        }
        for ((template, printed), answer) in broken.iter().zip(&answers[chunks.len()..]) {
            if printed != answer {
                different += &format!("{template}\n  ours:   {}  theirs: {}\n", printed.err, answer.err);
            }
        }
        assert!(different.is_empty(), "{different}");
    }
}
