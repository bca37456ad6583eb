//! Writing YAML byte for byte as kubectl does: a value's JSON through goyaml.v2.
//!
//! Nothing is built on the way: a value's fields go straight into the bytes, and only a map whose keys are not yet in
//! goyaml's order costs an allocation. One thing is done better on purpose: kubectl turns U+0085 inside a text into a
//! space and fails on other control characters from U+007F to U+009F; here they are written as escapes.

use super::{order, text};
use crate::api::{Map, Value, json};

/// Columns per level.
const STEP: usize = 2;

/// Appends `value` as a whole document, with a line break at its end.
pub fn to_yaml(out: &mut Vec<u8>, value: &Value<'_>) {
    node(out, value, 0);
}

/// Appends `- ` and `value` as an element of a block list whose dashes stand at column `indent`, with a line break at its
/// end. A list below a key has its dashes in the column of that key.
pub fn item(out: &mut Vec<u8>, value: &Value<'_>, indent: usize) {
    pad(out, indent);
    element(out, value, indent);
}

/// Appends `key` and `value` as a field of a block map whose keys stand at column `indent`, with a line break at its end.
pub fn field(out: &mut Vec<u8>, key: &str, value: &Value<'_>, indent: usize) {
    pad(out, indent);
    entry(out, key, value, indent);
}

fn pad(out: &mut Vec<u8>, columns: usize) {
    out.resize(out.len() + columns, b' ');
}

/// A value whose first line begins at the end of `out`, which stands at column `indent`.
fn node(out: &mut Vec<u8>, value: &Value<'_>, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => mapping(out, map, indent),
        Value::Array(items) if !items.is_empty() => sequence(out, items, indent),
        scalar => self::scalar(out, scalar, indent + STEP),
    }
}

fn mapping(out: &mut Vec<u8>, map: &Map<'_>, indent: usize) {
    let mut first = true;
    let mut each = |key: &str, value: &Value<'_>| {
        if !std::mem::take(&mut first) {
            pad(out, indent);
        }
        entry(out, key, value, indent);
    };
    if map.keys().is_sorted_by(|a, b| order::compare(a, b).is_le()) {
        map.iter().for_each(|(key, value)| each(key, value));
    } else {
        let mut fields: Vec<_> = map.iter().collect();
        fields.sort_by(|a, b| order::compare(a.0, b.0));
        fields.into_iter().for_each(|(key, value)| each(key, value));
    }
}

fn entry(out: &mut Vec<u8>, key: &str, value: &Value<'_>, indent: usize) {
    if text::simple_key(out, key) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push(b'\n');
                pad(out, indent + STEP);
                mapping(out, map, indent + STEP);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push(b'\n');
                pad(out, indent);
                sequence(out, items, indent);
            }
            scalar => {
                out.push(b' ');
                self::scalar(out, scalar, indent + STEP);
            }
        }
        return;
    }
    out.extend_from_slice(b"? ");
    if text::value(out, key, indent + STEP) {
        out.push(b'\n');
    }
    pad(out, indent);
    out.extend_from_slice(b": ");
    match value {
        Value::Object(_) | Value::Array(_) => node(out, value, indent + STEP),
        scalar => self::scalar(out, scalar, indent + STEP),
    }
}

fn sequence(out: &mut Vec<u8>, items: &[Value<'_>], indent: usize) {
    for (at, value) in items.iter().enumerate() {
        if at > 0 {
            pad(out, indent);
        }
        element(out, value, indent);
    }
}

fn element(out: &mut Vec<u8>, value: &Value<'_>, indent: usize) {
    out.extend_from_slice(b"- ");
    match value {
        Value::Object(_) | Value::Array(_) => node(out, value, indent + STEP),
        scalar => self::scalar(out, scalar, indent + STEP),
    }
}

/// A scalar or an empty collection, and the line break behind it. Further lines of a text begin at column `indent`.
fn scalar(out: &mut Vec<u8>, value: &Value<'_>, indent: usize) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(number) => integer(out, *number),
        Value::Float(number) => out.extend_from_slice(float(*number).as_bytes()),
        Value::String(text) => {
            if !text::value(out, text, indent) {
                return;
            }
        }
        Value::Array(_) => out.extend_from_slice(b"[]"),
        Value::Object(_) => out.extend_from_slice(b"{}"),
    }
    out.push(b'\n');
}

fn integer(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// A float as it comes out when its JSON form is read as YAML and written again: whole ones that fit 64 bits as whole
/// numbers, all others in the shortest form of Go's format `g`.
fn float(number: f64) -> String {
    let text = json::write::float(number);
    if !text.contains(['.', 'e']) && (text.parse::<i64>().is_ok() || text.parse::<u64>().is_ok()) {
        return if text == "-0" { "0".to_owned() } else { text };
    }
    general(number)
}

/// Go's `strconv.FormatFloat(number, 'g', -1, 64)`: an exponent below 1e-4 and from 1e6 on, of two digits at least.
pub(crate) fn general(number: f64) -> String {
    let text = json::write::shortest(number, format!("{number:e}"));
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    match power.parse::<i32>() {
        Ok(power) if !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.unsigned_abs())
        }
        _ => json::write::shortest(number, format!("{number}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        api::{OwnedValue, json::parse, tests as reference},
        yaml::read,
    };

    fn yaml(json: &str) -> String {
        let mut out = Vec::new();
        to_yaml(&mut out, &parse(json.as_bytes()).unwrap());
        String::from_utf8(out).unwrap()
    }

    fn text(text: &str) -> String {
        let mut out = Vec::new();
        to_yaml(&mut out, &Value::from(text));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn to_yaml_of_nested_collections_indents_as_kubectl_does() {
        let json = r#"{"b":[1,[2,[3]],{"x":[],"y":{}},[]],"a":{"c":{"d":null}},"e":[{"f":[{"g":true}]}]}"#;
        assert_eq!(
            yaml(json),
            "a:\n  c:\n    d: null\nb:\n- 1\n- - 2\n  - - 3\n- x: []\n  \"y\": {}\n- []\ne:\n- f:\n  - g: true\n"
        );
    }

    #[test]
    fn to_yaml_of_keys_that_cannot_stand_before_a_colon_asks() {
        let long = "a".repeat(129);
        assert_eq!(yaml(&format!("{{\"{long}\":[1,[2]]}}")), format!("? {long}\n: - 1\n  - - 2\n"));
        assert_eq!(yaml(&format!("{{\"{long}\":1}}")), format!("? {long}\n: 1\n"));
        assert_eq!(yaml(r#"{"x\ny":{"a":1,"b":2}}"#), "? |-\n  x\n  y\n: a: 1\n  b: 2\n");
    }

    #[test]
    fn to_yaml_of_numbers_goes_through_json() {
        let numbers = r#"[1234567.5,1e20,18446744073709551615,9300000000000000000,0.000001,1e3,-0.0,1.5,0.0001,-9223372036854775808]"#;
        assert_eq!(
            yaml(numbers),
            "- 1.2345675e+06\n- 1e+20\n- 1.8446744073709552e+19\n- 9300000000000000000\n- 1e-06\n- 1000\n- 0\n- 1.5\n- 0.0001\n\
             - -9223372036854775808\n"
        );
    }

    #[test]
    fn to_yaml_of_texts_chooses_the_style_that_goyaml_chooses() {
        let texts = [
            ("", "\"\"\n"),
            ("a", "a\n"),
            ("a: b", "'a: b'\n"),
            ("a:b", "a:b\n"),
            ("a:", "'a:'\n"),
            ("a #b", "'a #b'\n"),
            ("a#b", "a#b\n"),
            ("it's \"q\"", "it's \"q\"\n"),
            ("'q'", "'''q'''\n"),
            ("- a", "'- a'\n"),
            ("-a", "-a\n"),
            ("---x", "'---x'\n"),
            ("? a", "'? a'\n"),
            ("?a", "?a\n"),
            (" a", "' a'\n"),
            ("a ", "'a '\n"),
            ("{a", "'{a'\n"),
            ("yes", "\"yes\"\n"),
            ("0777", "\"0777\"\n"),
            ("12:30", "\"12:30\"\n"),
            ("2020-01-01", "\"2020-01-01\"\n"),
            ("a\tb", "\"a\\tb\"\n"),
            ("\u{1f680} go", "\"\\U0001F680 go\"\n"),
            ("こんにちは", "こんにちは\n"),
            ("a\u{a0}b", "a\u{a0}b\n"),
            ("a\u{85}b\u{7f}", "\"a\\Nb\\x7F\"\n"),
            ("\u{feff}ab", "\"\\uFEFF\\x61\\x62\"\n"),
            ("a\u{2028}b", "'a\u{2028}  b'\n"),
            ("a\nb\n", "|\n  a\n  b\n"),
            ("a\nb", "|-\n  a\n  b\n"),
            ("a\n\n", "|+\n  a\n\n"),
            ("\n", "|2+\n\n"),
            ("  a\n b", "|2-\n    a\n   b\n"),
            ("a \nb", "\"a \\nb\"\n"),
            ("a\nb ", "\"a\\nb \"\n"),
            ("a\r\nb", "\"a\\r\\nb\"\n"),
        ];
        for (value, written) in texts {
            assert_eq!(text(value), written, "{value:?}");
        }
    }

    #[test]
    fn to_yaml_of_long_lines_breaks_after_the_eightieth_column() {
        let words = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore";
        assert_eq!(
            text(words),
            "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt\n  ut labore et dolore\n"
        );
        let quoted = format!("{words}: it's");
        assert_eq!(
            text(&quoted),
            "'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt\n  ut labore et dolore: it''s'\n"
        );
        let tabbed = format!("{words}\t  x");
        assert_eq!(
            text(&tabbed),
            "\"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt\n  ut labore et dolore\\t  x\"\n"
        );
    }

    #[test]
    fn item_and_field_indent_the_first_line_too() {
        let value = parse(br#"{"a":[1],"b":"x"}"#).unwrap();
        let mut out = Vec::new();
        item(&mut out, &value, 2);
        field(&mut out, "k", &value, 2);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  - a:\n    - 1\n    b: x\n  k:\n    a:\n    - 1\n    b: x\n"
        );
    }

    /// Texts that come near the rules: indicators, white space, words with a meaning, long lines, all of Unicode that
    /// kubectl itself can print.
    fn texts() -> impl Strategy<Value = String> {
        let words = prop::sample::select(vec![
            " ",
            "  ",
            "\n",
            "\n\n",
            "\t",
            ": ",
            ":",
            " #",
            "#",
            "- ",
            "-",
            "? ",
            "?",
            "---",
            "...",
            "'",
            "\"",
            "\\",
            "|",
            ">",
            "%",
            "@",
            "`",
            "{",
            "}",
            "[",
            "]",
            ",",
            "&a",
            "*a",
            "!t",
            "yes",
            "No",
            "y",
            "null",
            "~",
            "true",
            "0",
            "1",
            "0x1f",
            "0b1",
            "0o7",
            "0777",
            "1e3",
            ".5",
            ".inf",
            "-.INF",
            ".nan",
            "12:30",
            "190:20:30.15",
            "2020-01-01",
            "T10:00:00Z",
            "2001-12-14 21:59:43.10",
            "<<",
            "=",
            "1_000",
            "+1",
            "_",
            ".",
            "e5",
            "a",
            "word",
            "Lorem ipsum dolor sit amet, consectetur",
            "averyveryveryveryverylongwordwithoutspaces",
            "é",
            "日本語",
            "🚀",
            "\u{2028}",
            "\u{a0}",
            "\u{feff}",
            "\u{e000}",
            "\r",
            "\u{0}",
            "\u{1b}",
            "\u{fffd}",
            "/",
            "app.kubernetes.io/name",
        ]);
        let printable = any::<char>().prop_filter("kubectl fails on these or changes them", |letter| {
            !matches!(letter, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
        });
        prop_oneof![
            4 => prop::collection::vec(words, 0..8).prop_map(|words| words.concat()),
            1 => prop::collection::vec(printable, 0..40).prop_map(String::from_iter),
            1 => "[0-9a-zA-Z+:._ -]{0,12}",
            1 => "[a-z ]{60,200}",
            1 => "[0-9+._:xob-]{1,8}",
        ]
    }

    fn values() -> impl Strategy<Value = Value<'static>> {
        let leaf = prop_oneof![
            1 => Just(Value::Null),
            1 => any::<bool>().prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            1 => any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
            1 => (-1i64 << 53..1 << 53).prop_map(|number| Value::from(number as f64 / 8.0)),
            1 => (-1_000_000i64..1_000_000).prop_map(|number| Value::from(number as f64 / 64.0)),
            8 => texts().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            // goyaml cannot read JSON with longer keys, and Go's letters are not quite Rust's.
            let fit = |key: &String| {
                key.len() < 900
                    && key
                        .chars()
                        .all(|letter| letter.is_ascii() || "é日本語🚀\u{a0}\u{feff}".contains(letter))
            };
            let key = texts().prop_filter("keys", fit);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..6)
                    .prop_filter("goyaml's order is no order: 0b < 1e < 02 < 0b", |map| {
                        let mut keys: Vec<_> = map.keys().collect();
                        keys.sort_by(|a, b| order::compare(a, b));
                        (1..keys.len()).all(|at| keys[..at].iter().all(|before| order::compare(before, keys[at]).is_lt()))
                    })
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn to_yaml_of_any_values_agrees_with_kubectl(values in prop::collection::vec(values(), 150)) {
            let mut object = parse(br#"{"apiVersion":"example.com/v1","kind":"Any","metadata":{"name":"x"}}"#).unwrap().into_owned();
            object.set(&["spec", "values"], values);
            let mut input = Vec::new();
            json::to_compact(&mut input, &object);
            let Some(answer) = reference::ask(&["label", "--local", "-f", "-", "a=b", "-o", "yaml"], &input) else {
                return Ok(());
            };
            object.set(&["metadata", "labels", "a"], "b");
            let mut out = Vec::new();
            to_yaml(&mut out, &object);
            prop_assert_eq!(answer.err, "");
            prop_assert_eq!(reference::difference(&String::from_utf8(out).unwrap(), &answer.out), None);
        }
    }

    /// The value as its JSON is read: whole floats are whole numbers.
    fn reread(value: &Value<'_>) -> OwnedValue {
        let mut text = Vec::new();
        json::to_compact(&mut text, value);
        parse(&text).unwrap().into_owned()
    }

    proptest! {
        #[test]
        fn to_yaml_of_any_value_reads_back_the_same(value in values(), indent in 0usize..4) {
            let mut out = Vec::new();
            to_yaml(&mut out, &value);
            let text = String::from_utf8(out).unwrap();
            // goyaml writes the key << without quotes, and reads it as a merge.
            prop_assume!(!text.contains("<<"));
            let expected = reread(&value);
            prop_assert_eq!(&read::parse(text.as_bytes()).unwrap(), &expected, "{}", text);
            let mut nested = b"a:\n".to_vec();
            field(&mut nested, "b", &value, indent + 1);
            pad(&mut nested, indent + 1);
            nested.extend_from_slice(b"c:\n");
            item(&mut nested, &value, indent + 1);
            let nested = read::parse(&nested).unwrap().into_owned();
            prop_assert_eq!(nested.at(&["a", "b"]), Some(&expected));
            prop_assert_eq!(nested.items_at(&["a", "c"]), std::slice::from_ref(&expected));
        }
    }
}
