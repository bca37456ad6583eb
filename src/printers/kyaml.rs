//! `-o kyaml`: the strict dialect of YAML that is all braces, quotes and trailing commas (KEP-5295), as
//! `sigs.k8s.io/yaml/kyaml` writes it.
//!
//! Maps keep the order of their fields. Text is always in double quotes, and text of several lines stands one line a
//! line, each ended by `\n\`. Keys are in quotes only where some reader of YAML could take them for something else.

use crate::{
    api::{Map, Value, json, quote::is_printable},
    yaml::scalar,
};

/// Columns per level.
const STEP: usize = 2;

/// Appends `value` as a document with its `---` and a line break at its end.
pub fn to_kyaml(out: &mut Vec<u8>, value: &Value<'_>) {
    out.extend_from_slice(b"---\n");
    node(out, value, 0);
    out.push(b'\n');
}

/// Appends the start of a `List` document, up to its items.
pub fn begin_list(out: &mut Vec<u8>) {
    out.extend_from_slice(b"---\n{\n  apiVersion: \"v1\",\n  items: [");
}

/// Appends an item of a list; `first` says whether none came before.
pub fn item(out: &mut Vec<u8>, value: &Value<'_>, first: bool) {
    if !first {
        out.extend_from_slice(b", ");
    }
    node(out, value, 1);
}

/// Appends the end of a `List` document.
pub fn end_list(out: &mut Vec<u8>) {
    out.extend_from_slice(b"],\n  kind: \"List\",\n  metadata: {\n    resourceVersion: \"\",\n  },\n}\n");
}

fn indent(out: &mut Vec<u8>, depth: usize) {
    out.resize(out.len() + depth * STEP, b' ');
}

fn node(out: &mut Vec<u8>, value: &Value<'_>, depth: usize) {
    match value {
        Value::Object(map) => mapping(out, map, depth),
        Value::Array(items) => sequence(out, items, depth),
        Value::String(text) => string(out, text, depth + 1),
        scalar => json::to_compact(out, scalar),
    }
}

fn mapping(out: &mut Vec<u8>, map: &Map<'_>, depth: usize) {
    if map.is_empty() {
        return out.extend_from_slice(b"{}");
    }
    out.extend_from_slice(b"{\n");
    for (name, value) in map.iter() {
        indent(out, depth + 1);
        key(out, name);
        out.extend_from_slice(b": ");
        node(out, value, depth + 1);
        out.extend_from_slice(b",\n");
    }
    indent(out, depth);
    out.push(b'}');
}

/// Lists of nothing but maps and lists are cuddled: `[{ … }, { … }]`.
fn sequence(out: &mut Vec<u8>, items: &[Value<'_>], depth: usize) {
    let cuddled = items.iter().all(|item| matches!(item, Value::Object(_) | Value::Array(_)));
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if cuddled {
            if at > 0 {
                out.extend_from_slice(b", ");
            }
            node(out, item, depth);
            continue;
        }
        out.push(b'\n');
        indent(out, depth + 1);
        node(out, item, depth + 1);
        out.push(b',');
    }
    if !cuddled {
        out.push(b'\n');
        indent(out, depth);
    }
    out.push(b']');
}

fn key(out: &mut Vec<u8>, text: &str) {
    if !needs_quotes(text) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.push(b'"');
    for letter in text.chars() {
        match letter {
            '\n' => out.extend_from_slice(b"\\n"),
            '\t' => out.extend_from_slice(b"\\t"),
            letter => escaped(out, letter),
        }
    }
    out.push(b'"');
}

/// Text in quotes. Several lines are indented to `depth` and one column, which tells their own leading white space, written
/// behind a backslash, from the indentation.
fn string(out: &mut Vec<u8>, text: &str, depth: usize) {
    out.push(b'"');
    let multiline = text.contains('\n');
    let mut line_start = multiline;
    if multiline {
        out.extend_from_slice(b"\\\n");
    }
    for letter in text.chars() {
        if line_start {
            indent(out, depth);
            out.push(if letter.is_whitespace() && letter != '\n' { b'\\' } else { b' ' });
        }
        line_start = letter == '\n';
        match letter {
            '\n' => out.extend_from_slice(b"\\n\\\n"),
            '\t' => out.push(b'\t'),
            letter => escaped(out, letter),
        }
    }
    if multiline {
        if !line_start {
            out.extend_from_slice(b"\\\n");
        }
        indent(out, depth);
    }
    out.push(b'"');
}

fn escaped(out: &mut Vec<u8>, letter: char) {
    let short = match letter {
        '"' | '\\' => letter,
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{b}' => 'v',
        '\0' => '0',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        letter if is_printable(letter) => return out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        letter => {
            let code = u32::from(letter);
            let text = match code {
                ..0x20 | 0x7f => format!("\\x{code:02x}"),
                ..0x1_0000 => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
            return out.extend_from_slice(text.as_bytes());
        }
    };
    out.extend([b'\\', short as u8]);
}

/// Whether a key without quotes could be read as anything else than itself.
fn needs_quotes(text: &str) -> bool {
    let last = text.len().saturating_sub(1);
    let plain = |(at, letter): (usize, char)| match letter {
        '_' => true,
        '-' | '.' | '/' => at > 0 && at < last,
        letter => letter.is_alphanumeric(),
    };
    text.is_empty() || !text.char_indices().all(plain) || is_ambiguous(text)
}

/// Whether the words of YAML 1.1, in any case, or Go's numbers could be meant.
fn is_ambiguous(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if matches!(
        lower.as_str(),
        "null" | "true" | "y" | "yes" | "on" | "false" | "n" | "no" | "off" | "t" | "f" | "inf" | "infinity" | "nan"
    ) {
        return true;
    }
    let digits = lower.replace('_', "");
    scalar::needs_quotes(text) || (!digits.is_empty() && scalar::needs_quotes(&digits)) || is_hexadecimal_float(&digits)
}

/// `0x1.8p-2`, which Go reads as a float. The text is in lower case.
fn is_hexadecimal_float(text: &str) -> bool {
    let Some((digits, power)) = text.strip_prefix("0x").and_then(|text| text.split_once('p')) else {
        return false;
    };
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    let mantissa = digits.replacen('.', "", 1);
    !mantissa.is_empty()
        && mantissa.bytes().all(|digit| digit.is_ascii_hexdigit())
        && !power.is_empty()
        && power.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{api::json::parse, yaml};

    fn kyaml(json: &str) -> String {
        let mut out = Vec::new();
        to_kyaml(&mut out, &parse(json.as_bytes()).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn to_kyaml_of_an_object_prints_what_kubectl_prints() {
        let json = r#"{"apiVersion":"v1","data":{"bool":"true","emoji":"🚀 go","num":"1e3","quote":"it's \"quoted\"","tabs":"a\tb","true":"yes"},
            "kind":"ConfigMap","metadata":{"annotations":{"example.com/applied":"{\"a\":\"b\\tc\"}\n"},"name":"unicode"}}"#;
        assert_eq!(
            kyaml(json),
            r#"---
{
  apiVersion: "v1",
  data: {
    bool: "true",
    emoji: "🚀 go",
    num: "1e3",
    quote: "it's \"quoted\"",
    tabs: "a	b",
    "true": "yes",
  },
  kind: "ConfigMap",
  metadata: {
    annotations: {
      example.com/applied: "\
         {\"a\":\"b\\tc\"}\n\
        ",
    },
    name: "unicode",
  },
}
"#
        );
    }

    #[test]
    fn to_kyaml_of_lists_cuddles_brackets() {
        assert_eq!(
            kyaml(r#"{"a":[{"b":1},{"c":[]}],"d":[1,"x",null,{"e":true}],"h":[[1.5],{}],"g":{}}"#),
            r#"---
{
  a: [{
    b: 1,
  }, {
    c: [],
  }],
  d: [
    1,
    "x",
    null,
    {
      e: true,
    },
  ],
  g: {},
  h: [[
    1.5,
  ], {}],
}
"#
        );
    }

    #[test]
    fn to_kyaml_of_several_lines_keeps_their_white_space() {
        assert_eq!(
            kyaml(r#"{"a":"one\n  two\n\n\tthree\nfour","b":"\n"}"#),
            "---\n{\n  a: \"\\\n     one\\n\\\n    \\  two\\n\\\n     \\n\\\n    \\\tthree\\n\\\n     four\\\n    \",\n  b: \"\\\n     \\n\\\n    \",\n}\n"
        );
    }

    #[test]
    fn to_kyaml_of_keys_quotes_what_could_be_misread() {
        for key in ["a", "a-b", "example.com/x", "_x", "_", "é", "v1", "a.b", "1a", "10.0.0.1"] {
            assert!(!needs_quotes(key), "{key}");
        }
        for key in [
            "",
            "-a",
            "a-",
            "/a",
            "a b",
            "a:b",
            "yes",
            "NO",
            "y",
            "T",
            "nULL",
            "1",
            "0x1f",
            "1e3",
            "1_0",
            "2020-01-01",
            "inf",
            "NaN",
            "0x1p-2",
            "a\n",
            ".5",
            "\"",
        ] {
            assert!(needs_quotes(key), "{key}");
        }
    }

    #[test]
    fn to_kyaml_of_letters_that_do_not_show_escapes_them() {
        let mut out = Vec::new();
        string(&mut out, "\0\u{7}\u{1b}\u{85}\u{a0}\u{2028}\u{feff}\u{1}\u{7f}\u{e0001}\\", 0);
        assert_eq!(String::from_utf8(out).unwrap(), r#""\0\a\e\N\_\L\ufeff\x01\x7f\U000e0001\\""#);
    }

    #[test]
    fn begin_item_and_end_print_the_same_list_as_the_whole() {
        let whole = r#"{"apiVersion":"v1","items":[{"a":"x\ny"},{"b":[1]}],"kind":"List","metadata":{"resourceVersion":""}}"#;
        let mut out = Vec::new();
        begin_list(&mut out);
        for (at, value) in parse(whole.as_bytes()).unwrap().items_at(&["items"]).iter().enumerate() {
            item(&mut out, value, at == 0);
        }
        end_list(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), kyaml(whole));
        let mut empty = Vec::new();
        begin_list(&mut empty);
        end_list(&mut empty);
        assert_eq!(
            String::from_utf8(empty).unwrap(),
            kyaml(r#"{"apiVersion":"v1","items":[],"kind":"List","metadata":{"resourceVersion":""}}"#)
        );
    }

    fn values() -> impl Strategy<Value = Value<'static>> {
        let text = prop_oneof!["\\PC{0,12}", "[a-z \n\t\"\\\\:#-]{0,20}", "[0-9a-zxe._+-]{1,6}", any::<String>()];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1_000_000i64..1_000_000).prop_map(|number| Value::from(number as f64 + 0.5)),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, move |inner| {
            let key = text.clone().prop_filter("a key fits a line", |key| key.len() < 200);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(key, inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn to_kyaml_of_any_value_reads_back_the_same(value in values()) {
            let mut out = Vec::new();
            to_kyaml(&mut out, &value);
            prop_assert_eq!(yaml::parse(&out).unwrap(), value, "{}", String::from_utf8_lossy(&out));
        }
    }
}
