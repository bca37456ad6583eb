use super::*;
use crate::api::json::parse;

const OBJECT: &str = r#"{"kind":"ConfigMap","metadata":{"name":"x","labels":{"app.kubernetes.io/name":"till"}},
  "lists":[{"v":[]},{"v":["a","b"]},{"v":["c"]}],"none":null,"empty":"","int":5,"float":1.5,"big":1e21,"small":1e-7,
  "million":1234567.5,"true":true,"object":{},"list":[],"nulls":[null,1],"text":"<&>\u001b","ports":[{"name":"a","port":80},
  {"name":"b","port":443,"node":30443}]}"#;

fn print(template: &str) -> Result<String, String> {
    print_of(template, OBJECT)
}

fn print_of(template: &str, object: &str) -> Result<String, String> {
    let object = parse(object.as_bytes()).unwrap();
    let program = Program::for_output(template).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    program.print(&mut out, &object).map_err(|error| {
        let text = error.to_string();
        let sentence = text.split("Error executing template: ").nth(1).unwrap_or(&text);
        sentence.split(". Printing more").next().unwrap_or(sentence).to_owned()
    })?;
    Ok(String::from_utf8(out).unwrap())
}

#[track_caller]
fn check(cases: &[(&str, Result<&str, &str>)]) {
    for (template, expected) in cases {
        let printed = print(template);
        assert_eq!(printed.as_deref().map_err(String::as_str), *expected, "{template}");
    }
}

#[test]
fn print_of_values_follows_their_types() {
    check(&[
        (
            "{.int} {.float} {.big} {.small} {.million} {.true}",
            Ok("5 1.5 1e+21 1e-07 1.2345675e+06 true"),
        ),
        ("{.none}|{.empty}|{.object}|{.list}|{.nulls}", Ok("null||{}|[]|[null,1]")),
        ("{.text}{.lists[1]}", Ok("<&>\u{1b}{\"v\":[\"a\",\"b\"]}")),
        ("{range .nulls[*]}{@},{end}", Ok("<no value>,1,")),
        ("{.text.*}", Ok("60 38 62 27")),
        ("{1.5} {-2} {true} {'a'}{\"\\u00e9\\n\\x41\\101\"}", Ok("1.5 -2 true aé\nAA")),
    ]);
}

#[test]
fn print_of_paths_finds_what_kubectl_finds() {
    check(&[
        ("{.lists[*].v}", Ok("[] [\"a\",\"b\"] [\"c\"]")),
        ("{.metadata.labels.app\\.kubernetes\\.io/name}", Ok("till")),
        ("{.metadata['name','labels']}", Ok("x {\"app.kubernetes.io/name\":\"till\"}")),
        ("{.metadata.labels['app\\.kubernetes\\.io/name']}", Ok("till")),
        (
            "{.lists[-1].v} {.lists[0,2].v} {.lists[::2].v} {.lists[:-1].v} {.lists[].v}",
            Ok("[\"c\"] [] [\"c\"] [] [\"c\"] [] [\"a\",\"b\"] []"),
        ),
        ("{..name} {.lists..v}", Ok("x a b [] [\"a\",\"b\"] [\"c\"]")),
        (
            "{.ports[?(@.node)].name} {.ports[?(@.port>100)].port} {.ports[?(.name==\"a\")].port}",
            Ok("b 443 80"),
        ),
        ("{.ports[?(@.name!='a')].name}{$.kind}{@.kind}", Ok("bConfigMapConfigMap")),
        ("{.missing.deeper}{.int.x}{.none.x}", Ok("")),
        ("plain }text{.int}}", Ok("plain }text5}")),
        ("{.}", Ok("")),
    ]);
}

#[test]
fn print_of_ranges_repeats_up_to_their_end() {
    check(&[
        ("{range .ports[*]}{.name}:{.port};{end}done", Ok("a:80;b:443;done")),
        ("{range .lists[*]}<{range .v[*]}{@},{end}>{end}.", Ok("<><a,b,><c,>.")),
        ("{range .list[*]}{.a}{end}{.int}", Ok("5")),
        ("{range .ports[*]}{.name}{\"\\n\"}", Ok("a\nb\n\n")),
        ("{range .lists[*]}{end}{end}", Err("not in range, nothing to end")),
    ]);
}

#[test]
fn print_of_an_empty_list_ends_the_whole_step() {
    check(&[("{.lists[*].v[*]}", Ok("")), ("{.lists[1:].v[*]}", Ok("a b c"))]);
}

#[test]
fn print_of_what_cannot_be_evaluated_says_what_kubectl_says() {
    check(&[
        ("{.lists[99]}", Err("array index out of bounds: index 99, length 3")),
        ("{.lists[-5]}", Err("array index out of bounds: index -2, length 3")),
        ("{.lists[0:9]}", Err("array index out of bounds: index 8, length 3")),
        ("{.lists[2:1]}", Err("starting index 2 is greater than ending index 1")),
        ("{.lists[0:3:0]}", Err("step must be > 0")),
        ("{.kind[0]}", Err("string is not array or slice")),
        ("{.metadata[*]}", Err("map[string]interface {} is not array or slice")),
        ("{.text.*[0]}", Err("uint8 is not array or slice")),
        (
            "{.ports[0][?(@.x)]}",
            Err("map[name:a port:80] is not array or slice and cannot be filtered"),
        ),
        ("{.none[?(@.x)]}", Err("<nil> is not array or slice and cannot be filtered")),
        ("{.ports[?(@.port==80.0)]}", Err("incompatible types for comparison")),
        ("{.nulls[?(@==1)]}", Err("invalid type for comparison")),
        ("{.ports[?(@.port=>1)]}", Err("unrecognized filter operator =>")),
        ("{.lists[?(@.v[*]==1)]}", Err("can only compare one element at a time")),
        ("{foo}", Err("unrecognized identifier foo")),
    ]);
}

#[test]
fn parse_of_a_broken_template_says_what_kubectl_says() {
    let cases = [
        ("{.a", "unclosed action"),
        ("{.a\n}", "unclosed action"),
        ("{\"abc", "unterminated quoted string"),
        ("{\"\\q\"}", "unquote string \"\\q\" error invalid syntax"),
        ("{.a[", "unterminated array"),
        ("{.a[b]}", "invalid array index b"),
        ("{.a[-]}", "array index - is not a number"),
        ("{.a[99999999999999999999]}", "array index 99999999999999999999 is not a number"),
        ("{.a[?(@.b]}", "unterminated filter"),
        ("{.a[?(@.b)c]}", "unclosed array expect ]"),
        ("{....a}", "invalid multiple recursive descent"),
        ("{1.2.3}", "cannot parse number 1.2.3"),
        ("{\t}", "unrecognized character in action: U+0009"),
        ("{&}", "unrecognized character in action: U+0026 '&'"),
    ];
    for (template, expected) in cases {
        assert_eq!(print(template), Err(format!("error parsing jsonpath {template}, {expected}")));
    }
    assert_eq!(print("").unwrap_err(), "template format specified but no template given");
}

#[test]
fn print_with_missing_keys_as_errors_names_the_key_that_no_value_has() {
    let object = parse(OBJECT.as_bytes()).unwrap();
    let strict = |template: &str| {
        let mut out = Vec::new();
        let program = Program::parse(template).unwrap().allow_missing_keys(false);
        program.print(&mut out, &object).map_err(|error| error.text())
    };
    assert!(strict("{.ports[*].node}").is_ok());
    assert!(strict("{.nothing}").unwrap_err().starts_with(
        "error: error executing jsonpath \"{.nothing}\": Error executing template: nothing is not found. \
         Printing more information for debugging the template:\n\ttemplate was:\n\t\t{.nothing}\n\
         \tobject given to jsonpath engine was:\n\t\tmap[string]interface {}{\"big\":1e+21, \"empty\":\"\","
    ));
}

#[test]
fn relaxed_of_every_form_is_the_same_path() {
    for path in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
        assert_eq!(relaxed(path).unwrap(), "{.metadata.name}");
    }
    assert_eq!(relaxed("").unwrap(), "");
    assert_eq!(relaxed("{.}").unwrap(), "{..}");
    for path in ["{}", "{a", "a}", "{a}{b}", "a{b}"] {
        assert!(
            relaxed(path)
                .unwrap_err()
                .to_string()
                .starts_with("unexpected path string, expected a 'name1.name2'")
        );
    }
}

#[test]
fn as_json_prints_a_list_for_each_action() {
    let object = parse(OBJECT.as_bytes()).unwrap();
    let mut out = Vec::new();
    let program = Program::parse("{.none}{.list[*]}{.lists[1].v[*]}").unwrap().as_json(true);
    program.print(&mut out, &object).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "[\n    null\n]\n[]\n[\n    \"a\",\n    \"b\"\n]\n");
}

/// What the template prints of a list of `items`, all at once and one by one.
fn both_ways(template: &str, items: &[&str]) -> (Result<String, String>, Option<Result<String, String>>) {
    let whole = print_of(template, &format!("{{\"kind\":\"List\",\"items\":[{}]}}", items.join(",")));
    let program = Program::parse(template).unwrap();
    let streamed = program.streams_over().map(|mut printer| {
        let mut out = Vec::new();
        let parts = printer.projection();
        printer.begin(&mut out);
        for item in items {
            printer
                .item(&mut out, &parts.read(item.as_bytes()).unwrap())
                .map_err(|error| error.to_string())?;
        }
        printer.end(&mut out).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(out).unwrap())
    });
    (whole, streamed)
}

const ITEMS: [&str; 4] = [
    r#"{"n":"a","l":[{"v":1},{"v":2}],"m":{"k":"x"},"on":true}"#,
    r#"{"n":"b","l":[],"on":false}"#,
    r#"{"n":null,"l":[{"v":3}]}"#,
    r#"{"m":{"k":"y"},"n":"d","l":[{"w":1}]}"#,
];

#[test]
fn streams_over_templates_that_walk_once_prints_the_same() {
    let templates = [
        ("{.items[*].n}", true),
        ("names: {.items[*].m.k}{\"\\n\"}", true),
        ("{range .items[*]}{.n}{\"\\t\"}{.m.k}{\"\\n\"}{end}", true),
        ("{range .items[*]}{.n}{..k}{.m.*}{end}{\"end\"}", true),
        ("{.items[*]}", true),
        ("{.items[*]..k}", true),
        ("{.items[*].l[*].v}", false),
        ("{range .items[*].l[*]}{.v},{end}", false),
        ("{range .items[*]}{.n}:{range .l[*]}{.v},{end};{end}", false),
        ("{.items[?(@.on)].n} {\"x\"}{5}", false),
        ("{range .items[?(@.on==true)]}{.n}{end}", false),
        ("{range .items[?(@.n!=\"a\")]}{.n}{end}", false),
        ("{range .items[*]}{['n','m']}{end}", false),
        ("{.items[*].l[0].v}", false),
        ("{range .items[*].n}{@}|{end}", true),
    ];
    for (template, infallible) in templates {
        let program = Program::parse(template).unwrap();
        assert_eq!(
            program.streams_over().map(|printer| printer.is_infallible()),
            Some(infallible),
            "{template}"
        );
        for count in 0..=ITEMS.len() {
            let (whole, streamed) = both_ways(template, &ITEMS[..count]);
            assert_eq!(whole.is_ok(), streamed.as_ref().unwrap().is_ok(), "{template}");
            if whole.is_ok() {
                assert_eq!(Some(whole), streamed, "{template}");
            }
        }
    }
}

#[test]
fn streams_over_templates_that_walk_otherwise_is_refused() {
    let templates = [
        "{.kind}",
        "{.items}",
        "{.items[0].n}",
        "{.items[1:].n}",
        "{.items[*].n}{.items[*].n}",
        "{.items[*].n}{.kind}",
        "{.items[*]['n','l']}",
        "{range .items[*]}{.n}",
        "{range .items[*]}{.n}{end}{end}",
        "{range .items[*]}{.n}{end}{.kind}",
        "{range .items[*]}{range .l[*]}{end}",
        "{.items..n}",
        "text",
        "{}",
    ];
    for template in templates {
        assert!(Program::parse(template).unwrap().streams_over().is_none(), "{template}");
    }
    let strict = Program::parse("{.items[*].n}").unwrap().allow_missing_keys(false);
    assert!(strict.streams_over().is_none());
}

#[test]
fn parse_and_print_of_hostile_templates_end() {
    let many = 100_000;
    for text in [
        "{range @}".repeat(many),
        "{".repeat(many),
        "[".repeat(many),
        format!("{{{}}}", ".a".repeat(many)),
        format!("{{{}}}", "[0]".repeat(many)),
        format!("{{{}}}", "[?(@.a)]".repeat(many)),
        format!("{{[{}]}}", "'a',".repeat(many)),
        format!("{{[?({})]}}", "[?(".repeat(many)),
        format!("{{{}}}", "@".repeat(many)),
    ] {
        // Whatever comes of it, it is an answer.
        let _ = print_of(&text, "{\"a\":[{}]}");
    }
    let deep = format!("{}{}", "[".repeat(900), "]".repeat(900));
    assert!(print_of("{..}", &deep).is_ok());
}

/// Steps, filters and whole templates that are put together at random for kubectl to judge.
mod compared {
    use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

    use super::*;
    use crate::template::tests::{OBJECT, printed_by_kubectl};

    fn step() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec![
            "lists", "v", "n", "m", "k", "ports", "name", "port", "node", "metadata", "labels", "none", "nulls", "int", "float", "text",
            "mixed", "nested", "words", "object", "list", "missing", "true",
        ]);
        let operand = prop::sample::select(vec![
            "1",
            "80",
            "443.0",
            "'a'",
            "\"x\"",
            "true",
            "@.n",
            "@.port",
            "@.missing",
            "@",
            "-1",
            "1.5",
            "@.v[0]",
            "'x)]y'",
        ]);
        let operator = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", " == ", "=>", "=", "<>"]);
        prop_oneof![
            8 => name.clone().prop_map(|name| format!(".{name}")),
            1 => name.clone().prop_map(|name| format!("['{name}']")),
            1 => (name.clone(), name.clone()).prop_map(|(a, b)| format!("['{a}','{b}']")),
            1 => name.clone().prop_map(|name| format!("..{name}")),
            3 => Just("[*]".to_owned()),
            1 => Just(".*".to_owned()),
            3 => (-4i32..4).prop_map(|i| format!("[{i}]")),
            1 => (prop::option::of(-4i32..4), prop::option::of(-4i32..5), prop::option::of(-1i32..3)).prop_map(|(a, b, c)| {
                let text = |n: Option<i32>| n.map_or(String::new(), |n| n.to_string());
                format!("[{}:{}{}]", text(a), text(b), c.map_or(String::new(), |c| format!(":{c}")))
            }),
            1 => (-4i32..4, -4i32..4).prop_map(|(a, b)| format!("[{a}, {b}]")),
            1 => name.prop_map(|name| format!("[?(@.{name})]")),
            2 => (operand.clone(), operator, operand).prop_map(|(a, operator, b)| format!("[?({a}{operator}{b})]")),
        ]
    }

    fn path() -> impl Strategy<Value = String> {
        let start = prop::sample::select(vec![
            "",
            "",
            "@",
            "$",
            " ",
            ".lists[*]",
            ".ports[*]",
            ".mixed",
            ".nested[*]",
            ".metadata",
        ]);
        (start, prop::collection::vec(step(), 0..4)).prop_map(|(start, steps)| format!("{start}{}", steps.concat()))
    }

    fn template() -> impl Strategy<Value = String> {
        let text = prop::sample::select(vec![",", "{\"\\t\"}", "{'q'}", "{5}", "{true}", "}", " "]);
        let body = || (path(), text.clone(), path()).prop_map(|(a, text, b)| format!("{{{a}}}{text}{{{b}}}"));
        prop_oneof![
            4 => path().prop_map(|path| format!("{{{path}}}")),
            1 => body(),
            2 => (path(), body()).prop_map(|(path, body)| format!("{{range {path}}}{body}{{end}}")),
            1 => (path(), path(), body()).prop_map(|(a, b, body)| format!("{{range {a}}}<{{range {b}}}{body}{{end}}>{{end}}")),
        ]
    }

    /// The characters without their order: kubectl takes the members of maps in any order for `..` and `.*`.
    fn characters(text: &str) -> Vec<char> {
        let mut characters: Vec<char> = text.chars().collect();
        characters.sort_unstable();
        characters
    }

    #[test]
    fn print_of_what_random_templates_look_at_is_the_same() {
        let whole = parse(OBJECT.as_bytes()).unwrap();
        let mut runner = TestRunner::deterministic();
        let mut smaller = 0;
        for _ in 0..3000 {
            let template = template().new_tree(&mut runner).unwrap().current();
            let Ok(program) = Program::parse(&template) else { continue };
            let projection = program.projection();
            smaller += usize::from(!projection.is_everything());
            let parts = projection.read(OBJECT.as_bytes()).unwrap();
            let print = |object| {
                let mut out = Vec::new();
                let results = program.results(object)?;
                results
                    .iter()
                    .for_each(|group| group.iter().for_each(|value| print_value(&mut out, Some(value))));
                Ok::<_, ExecutionError>(out)
            };
            assert_eq!(print(&parts), print(&whole), "{template}");
        }
        assert!(smaller > 1000);
    }

    #[test]
    fn print_of_random_templates_matches_kubectl() {
        let mut runner = TestRunner::deterministic();
        let (mut sound, mut broken) = (Vec::new(), Vec::new());
        for _ in 0..1500 {
            let template = template().new_tree(&mut runner).unwrap().current();
            match print_of(&template, OBJECT) {
                Ok(printed) if !printed.trim().is_empty() => sound.push((template, printed)),
                Ok(_) => {}
                // Which member fails first depends on their order.
                Err(_) if template.contains(".*") || template.contains("..") => {}
                // kubectl crashes there.
                Err(error) if error.contains("<invalid reflect.Value> is not array or slice") => {}
                Err(error) => broken.push((template, error)),
            }
        }
        sound.dedup();
        broken.truncate(30);
        let chunks: Vec<_> = sound.chunks(50).collect();
        let mut formats: Vec<String> = chunks
            .iter()
            .map(|chunk| {
                let templates: Vec<&str> = chunk.iter().map(|(template, _)| template.as_str()).collect();
                format!("jsonpath={}", templates.join("\u{1e}"))
            })
            .collect();
        formats.extend(broken.iter().map(|(template, _)| format!("jsonpath={template}")));
        let Some(answers) = printed_by_kubectl(&formats) else { return };
        let mut different = String::new();
        for (chunk, answer) in chunks.iter().zip(&answers) {
            assert_eq!(answer.err, "");
            for ((template, printed), expected) in chunk.iter().zip(answer.out.split('\u{1e}')) {
                if characters(printed) != characters(expected) {
                    different += &format!("{template}\n  ours:   {printed}\n  theirs: {expected}\n");
                }
            }
        }
        for ((template, error), answer) in broken.iter().zip(&answers[chunks.len()..]) {
            if !answer.err.contains(error.as_str()) {
                different += &format!(
                    "{template}\n  ours:   {error}\n  theirs: {}\n",
                    answer.err.lines().next().unwrap_or_default()
                );
            }
        }
        assert!(different.is_empty(), "{different}");
    }

    #[test]
    fn failure_of_a_template_matches_kubectl_to_the_byte() {
        let templates = [
            "{.lists[99]}",
            "{.metadata[*]}",
            "{.lists[?(@.n==\"a\")]}",
            "{.a",
            "{range .lists[*]}{end}{end}",
        ];
        let formats: Vec<String> = templates.iter().map(|template| format!("jsonpath={template}")).collect();
        let Some(answers) = printed_by_kubectl(&formats) else { return };
        let object = parse(OBJECT.as_bytes()).unwrap();
        for (template, answer) in templates.iter().zip(answers) {
            let mut out = Vec::new();
            let error = Program::for_output(template)
                .and_then(|program| program.print(&mut out, &object))
                .unwrap_err();
            assert_eq!(format!("{}\n", error.text()), answer.err);
        }
    }
}
