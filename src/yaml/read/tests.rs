use proptest::prelude::*;

use super::*;
use crate::api::{json, tests as reference};

fn json_of(yaml: &str) -> String {
    let mut out = Vec::new();
    json::to_compact(&mut out, &parse(yaml.as_bytes()).unwrap());
    String::from_utf8(out).unwrap()
}

fn error(yaml: &str) -> String {
    parse(yaml.as_bytes()).unwrap_err().message
}

fn documents(bytes: &[u8]) -> Vec<String> {
    Documents::new(bytes)
        .map(|document| match document {
            Ok(value) => {
                let mut out = Vec::new();
                json::to_compact(&mut out, &value);
                String::from_utf8(out).unwrap()
            }
            Err(error) => error.message,
        })
        .collect()
}

#[test]
fn parse_of_words_knows_yaml_1_1() {
    let words = [
        ("yes", "true"),
        ("Off", "false"),
        ("y", "true"),
        ("~", "null"),
        ("", "null"),
        ("0777", "511"),
        ("0o17", "15"),
        ("0b11", "3"),
        ("1_000", "1000"),
        ("08", "8"),
        ("1e3", "1000"),
        ("1.0", "1"),
        ("-0.0", "0"),
        ("1e21", "1e+21"),
        ("18446744073709551615", "18446744073709552000"),
        ("12:30:45", "\"12:30:45\""),
        ("2001-01-01", "\"2001-01-01\""),
        ("'yes'", "\"yes\""),
        ("!!str yes", "\"yes\""),
        ("! 12", "\"12\""),
        ("!!int '12'", "12"),
        ("!!float 1", "1"),
        ("!!binary aGk=", "\"hi\""),
        ("!own 12", "\"12\""),
        ("a\n b", "\"a b\""),
    ];
    for (yaml, json) in words {
        assert_eq!(json_of(yaml), json, "{yaml}");
    }
}

#[test]
fn parse_of_collections_takes_every_form() {
    let forms = [
        (
            "a:\n- 1\n-\n- - x\n  - z\nb: {c: d, e, 'f': }",
            r#"{"a":[1,null,["x","z"]],"b":{"c":"d","e":null,"f":null}}"#,
        ),
        ("? a\n: b\n? - c\n", r#"yaml: invalid map key: []interface {}{"c"}"#),
        ("[a: 1, {b: 2}, [], ? c : 3]", r#"[{"a":1},{"b":2},[],{"c":3}]"#),
        (
            "{1: a, 1.5: b, yes: c, 2001-01-01: d, 0.1: e}",
            r#"{"0.1":"e","1":"a","1.5":"b","2001-01-01":"d","true":"c"}"#,
        ),
        ("{\"a\":1,'b':2,}", r#"{"a":1,"b":2}"#),
        (
            "a: &x {b: 1, c: 2}\nd: *x\ne: {<<: *x, c: 3}\nf: {c: 3, <<: *x}",
            r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":2},"e":{"b":1,"c":3},"f":{"b":1,"c":2}}"#,
        ),
        ("{<<: [{a: 1}, {a: 2, b: 3}]}", r#"{"a":1,"b":3}"#),
        ("a: 1 # one\n# two\n\nb: 2\r\nc: 3\r\n", r#"{"a":1,"b":2,"c":3}"#),
        ("%YAML 1.1\n%TAG !e! tag:yaml.org,2002:\n---\n!e!str 12\n...\nrest", r#""12""#),
        ("\u{feff}a: 1", r#"{"a":1}"#),
        ("{a: b} c", r#"{"a":"b"}"#),
    ];
    for (yaml, json) in forms {
        let ours = match parse(yaml.as_bytes()) {
            Ok(_) => json_of(yaml),
            Err(error) => error.message,
        };
        assert_eq!(ours, json, "{yaml}");
    }
}

#[test]
fn parse_of_texts_over_several_lines_folds_them() {
    let texts = [
        ("|\n  a\n   b\n\n  c\n\n", "a\n b\n\nc\n"),
        ("|-\n a\n", "a"),
        ("|+\n a\n\n", "a\n\n"),
        ("|2\n   a\n", " a\n"),
        (">\n a\n b\n\n c\n  d\n e\n", "a b\nc\n d\ne\n"),
        (">-\n\n a\n", "\na"),
        ("'a\n\n b''c\n  d'", "a\nb'c d"),
        ("\"a \\\n  b\\n\\x41\\u00e9\\U0001F680\\\n\n c\"", "a b\nAé🚀\nc"),
        ("a\n\n\n b", "a\n\nb"),
        ("|\n", ""),
    ];
    for (yaml, text) in texts {
        assert_eq!(parse(yaml.as_bytes()).unwrap().as_str(), Some(text), "{yaml:?}");
    }
}

#[test]
fn parse_of_broken_yaml_says_what_goyaml_says() {
    let errors = [
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("x:\na: b: c", "yaml: line 2: mapping values are not allowed in this context"),
        (
            "a: {{ .Values.x }}",
            "yaml: invalid map key: map[interface {}]interface {}{\".Values.x\":interface {}(nil)}",
        ),
        ("a: [1\nb: 2", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: 1\n b: 2", "yaml: line 2: mapping values are not allowed in this context"),
        ("a:\n  b: 1\n c: 2", "yaml: line 2: did not find expected key"),
        ("\ta: 1", "yaml: found character that cannot start any token"),
        ("a: 'b\n", "yaml: line 2: found unexpected end of stream"),
        ("a: \"\\q\"", "yaml: found unknown escape character"),
        ("a: *b", "yaml: unknown anchor 'b' referenced"),
        ("a: &b [*b]", "yaml: anchor 'b' value contains itself"),
        ("a: @b", "yaml: found character that cannot start any token"),
        ("a: !!int b", "yaml: cannot decode !!str `b` as a !!int"),
        ("a: !!binary 1", "yaml: !!binary value contains invalid base64 data"),
        ("<<: 1", "yaml: map merge requires map or sequence of maps as the value"),
        ("{~: 1}", "unsupported map key of type: %!s(<nil>), key: <nil>, value: 1"),
        ("a: .inf", "json: unsupported value: +Inf"),
        ("%YAML 1.2\n---\na", "yaml: found incompatible YAML document"),
        ("a\nb: c", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: b\nc", "yaml: line 3: could not find expected ':'"),
    ];
    for (yaml, sentence) in errors {
        assert_eq!(error(yaml), sentence, "{yaml}");
    }
}

#[test]
fn parse_of_bytes_that_are_no_text_names_the_fault() {
    let errors: [(&[u8], &str); 6] = [
        (b"a: \x01", "yaml: control characters are not allowed"),
        (b"a: \x7f", "yaml: control characters are not allowed"),
        (b"a: \xff", "yaml: invalid leading UTF-8 octet"),
        (b"a: \xc3(", "yaml: invalid trailing UTF-8 octet"),
        (b"a: \xe2\x82", "yaml: incomplete UTF-8 octet sequence"),
        (b"a: \xed\xa0\x80", "yaml: invalid Unicode character"),
    ];
    for (bytes, sentence) in errors {
        assert_eq!(parse(bytes).unwrap_err().message, sentence);
    }
    assert_eq!(
        parse(b"a: \xc0\x80").unwrap_err().message,
        "yaml: invalid length of a UTF-8 sequence"
    );
}

#[test]
fn parse_strict_of_repeated_keys_names_each() {
    assert_eq!(
        parse_strict(b"a: 1\nb: 2\na: 3\nb: 4\n").unwrap_err().message,
        "yaml: unmarshal errors:\n  line 3: key \"a\" already set in map\n  line 4: key \"b\" already set in map"
    );
    assert!(parse_strict(b"a: 1\nb: {a: 2}\n").is_ok());
    assert_eq!(json_of("a: 1\na: 2"), r#"{"a":2}"#);
}

#[test]
fn parse_of_a_plain_document_borrows_its_texts() {
    let Value::Object(map) = parse(b"key: some words 'quoted'\nother: \"in quotes\"\n").unwrap() else {
        panic!("a map");
    };
    for (key, value) in map {
        assert!(matches!(key, Cow::Borrowed(_)) && matches!(value, Value::String(Cow::Borrowed(_))));
    }
}

#[test]
fn parse_of_alias_bombs_stops() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, last) in "bcdefghij".chars().zip("abcdefghi".chars()) {
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{last}"); 10].join(", ")));
    }
    assert_eq!(error(&bomb), "yaml: document contains excessive aliasing");
    for key in ["? *j", "~: *j", "18446744073709551615: *j"] {
        assert_eq!(error(&format!("{bomb}{key}\n")), "yaml: document contains excessive aliasing");
        assert!(parse_strict(format!("{bomb}{key}\n").as_bytes()).is_err());
    }
    assert_eq!(
        error("a: &a [1, x]\n~: *a"),
        "unsupported map key of type: %!s(<nil>), key: <nil>, value: []interface {}{1, \"x\"}"
    );
    // Few nodes, but much text.
    let text = format!("a: &a |\n  {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1000].join(", "));
    assert_eq!(error(&text), "yaml: document contains excessive aliasing");
    let merges = format!("a: &a {{b: 1}}\nc: {{{}}}\n", vec!["<<: *a"; 300].join(", "));
    assert_eq!(json_of(&merges), r#"{"a":{"b":1},"c":{"b":1}}"#);
}

#[test]
fn parse_of_deep_nesting_stops_at_the_limit() {
    let flow = "[".repeat(100_000);
    assert_eq!(error(&flow), format!("yaml: exceeded max depth of {}", scan::MAX_DEPTH));
    let block = "- ".repeat(100_000);
    assert_eq!(error(&block), format!("yaml: exceeded max depth of {}", scan::MAX_DEPTH));
    let mut chain = "a0: &a0 x\n".to_owned();
    for i in 1..2_000 {
        chain.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    assert_eq!(error(&chain), "yaml: document contains excessive aliasing");
    let fits = format!("{}{}", "[".repeat(900), "]".repeat(900));
    assert!(parse(fits.as_bytes()).is_ok());
}

#[test]
fn parse_of_huge_scalars_takes_them() {
    let plain = "x".repeat(20 << 20);
    assert_eq!(parse(plain.as_bytes()).unwrap().as_str().map(str::len), Some(20 << 20));
    let lines = format!("a: |\n{}", "  some line\n".repeat(1 << 20));
    assert_eq!(parse(lines.as_bytes()).unwrap().str_at(&["a"]).len(), 10 << 20);
    let quoted = format!("\"{}\"", "\\u0041 ".repeat(1 << 20));
    assert_eq!(parse(quoted.as_bytes()).unwrap().as_str().map(str::len), Some(2 << 20));
    let key = format!("{}: 1", "k".repeat(2_000));
    assert_eq!(error(&key), "yaml: mapping values are not allowed in this context");
}

#[test]
fn text_of_other_encodings_becomes_utf_8() {
    let utf16: Vec<u8> = "\u{feff}a: é🚀".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(text(&utf16), "a: é🚀".as_bytes());
    let utf16: Vec<u8> = "\u{feff}a: é".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(text(&utf16), "a: é".as_bytes());
    assert_eq!(text(b"\xef\xbb\xbfa: 1"), b"a: 1".as_slice());
    assert_eq!(text(b"a: \xff"), "a: \u{fffd}".as_bytes());
    assert!(matches!(text(b"a: 1"), Cow::Borrowed(_)));
}

#[test]
fn documents_of_yaml_are_split_at_separators() {
    assert_eq!(
        documents(b"---\na: 1\n--- # two\nb: |\n  x\n---\n\n---\nnull\n---\n# nothing\n---\nc: |\n  y"),
        [r#"{"a":1}"#, r#"{"b":"x\n"}"#, r#"{"c":"y\n"}"#]
    );
    assert_eq!(documents(b"a: 1\n--- b\n"), ["invalid Yaml document separator: b"]);
    assert_eq!(documents(b""), Vec::<String>::new());
    assert_eq!(
        documents(b"a: 1\n---\nb: 2\n c: 3\n"),
        [
            r#"{"a":1}"#,
            "error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context"
        ]
    );
}

#[test]
fn documents_that_begin_with_a_brace_are_json_first() {
    assert_eq!(documents(b" {\"a\":1.0}\n{\"b\":2}{}"), [r#"{"a":1}"#, r#"{"b":2}"#, "{}"]);
    assert_eq!(documents(b"{a: b}\n---\nc: d\n"), [r#"{"a":"b"}"#, r#"{"c":"d"}"#]);
    assert_eq!(documents(b"{\"a\":1}\n---\nc: d\n"), [r#"{"a":1}"#, r#"{"c":"d"}"#]);
    assert_eq!(
        documents(b"{bad"),
        ["json: offset 2: invalid character 'b' looking for beginning of object key string"]
    );
    assert_eq!(documents(b"{\"a\":1"), ["unexpected EOF"]);
    assert_eq!(
        documents(b"{}{}\n}"),
        ["{}", "{}", "invalid character '}' looking for beginning of value"]
    );
}

/// Lines that are nearly YAML.
fn lines() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "",
        "a",
        "b c",
        "yes",
        "~",
        "1e3",
        "0x1f",
        "'q'",
        "'q",
        "\"d\"",
        "\"d\\n\\t\\\" \\u00e9\"",
        "\"d",
        "\"\\z\"",
        "|",
        "|-",
        ">",
        ">+",
        "|2",
        "|0",
        "| x",
        "[a, b]",
        "[a",
        "[",
        "]",
        "{a: b, c}",
        "{a: b",
        "{",
        "}",
        "{}",
        "[]",
        "[a: b]",
        "[? a : b, c]",
        "{? a, b: c}",
        "&x v",
        "*x",
        "&x",
        "&x [1]",
        "!!str 1",
        "!!int a",
        "!!int 7",
        "!e 1",
        "!!binary aGk=",
        "- z",
        "- - z",
        "k: v",
        "# c",
        "a # c",
        "a#c",
        "a: b",
        "a:b",
        "a :b",
        ":",
        ": v",
        "?",
        "? k",
        "-",
        "--",
        "---",
        "...",
        "%",
        "@",
        "`",
        ",",
        "a,b",
        "<<",
        "1.5",
        ".5",
        "08",
        "2001-01-01",
        "\t",
        "a\tb",
        "é",
        "日本",
        "🚀",
        "\u{85}",
        "\u{2028}x",
        "\u{feff}",
        "x\r",
        "'a''b'",
        "''",
        "\"\"",
        "<<: *x",
        "<<: {z: 1}",
        "{<<: *x}",
        "{[a]: b}",
        "{{ .v }}",
        "a\\",
        "a b  c ",
    ]);
    let line = (
        0usize..6,
        prop::sample::select(vec!["", "- ", "a: ", "b: ", "? ", ": ", "- c: ", "\t"]),
        value,
    );
    prop::collection::vec(line, 1..7).prop_map(|lines| {
        let lines: Vec<_> = lines
            .into_iter()
            .map(|(indent, lead, value)| format!("{}{lead}{value}", " ".repeat(indent)))
            .collect();
        lines.join("\n")
    })
}

/// Pieces of YAML in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n",
        "\n",
        "\n  ",
        "\n    ",
        "\n ",
        "\n\n",
        " ",
        "  ",
        "\t",
        "a",
        "b",
        "k",
        "1",
        "yes",
        "~",
        "a b",
        "é",
        ":",
        ": ",
        ": ",
        ",",
        ", ",
        "[",
        "]",
        "{",
        "}",
        "- ",
        "-",
        "? ",
        "?",
        "'",
        "''",
        "\"",
        "\\n",
        "\\\n",
        "#",
        " # c",
        "|",
        ">",
        "|-\n  x",
        ">\n   f\n   g\n",
        "&x ",
        "*x",
        "!t ",
        "!!str ",
        "<<: ",
        "x: ",
        "[a, b]",
        "{c: d}",
        "'q'",
        "\"d\"",
        "...",
        "\n---\n",
        "%",
        "@",
        "\r\n",
        "\u{85}",
        "\u{2028}",
        "word word",
        "a:b",
        "://",
        "\\u00e9",
        "!<t> ",
        "! ",
    ]);
    prop::collection::vec(piece, 1..14).prop_map(|pieces| format!("x: {}", pieces.concat()))
}

/// What kubectl makes of an object that holds `yaml`, and what we make of it: the JSON, or the failure.
fn both(yaml: &str) -> Option<(String, String)> {
    let whole = format!("apiVersion: example.com/v1\nkind: Any\nmetadata:\n  name: x\n{yaml}");
    let answer = reference::ask(&["label", "--local", "-f", "-", "a=b", "-o", "json"], whole.as_bytes())?;
    let mut ours = String::new();
    for document in Documents::new(&text(whole.as_bytes())) {
        match document {
            Ok(mut value) if value.as_object().is_some() => {
                value.set(&["metadata", "labels", "a"], "b");
                let mut out = Vec::new();
                json::to_indented(&mut out, &value, 0);
                ours += &format!("{}\n", String::from_utf8(out).unwrap());
            }
            // What is no object fails later, in the words of others.
            Ok(_) => return Some((String::new(), String::new())),
            Err(error) => ours += &format!("error: error parsing STDIN: {error}\n"),
        }
    }
    if answer.err.contains("unable to decode") || answer.err.contains("metadata") {
        return Some((String::new(), String::new()));
    }
    Some((ours, answer.out + &answer.err))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_of_any_lines_agree_with_kubectl(yaml in prop_oneof![lines(), pieces()]) {
        if let Some((ours, theirs)) = both(&yaml) {
            prop_assert_eq!(reference::difference(&ours, &theirs), None, "of {:?}", yaml);
        }
    }
}

proptest! {
    #[test]
    fn parse_of_any_bytes_never_panics(bytes: Vec<u8>, yaml in prop_oneof![lines(), pieces()]) {
        let _ = parse(&bytes);
        let _ = parse(yaml.as_bytes());
        let _ = Documents::new(&bytes).count();
        for end in 0..yaml.len() {
            let _ = Documents::new(&yaml.as_bytes()[..end]).count();
        }
    }
}
