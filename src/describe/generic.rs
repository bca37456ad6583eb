//! The description of a kind that nobody knows: all its fields, each with a title made of its name.

use super::{
    Describer, Events, Facts, nothing,
    parts::{events, metadata},
    writer::{Writer, put},
};
use crate::{api::Value, error::Result, template::format};

/// Describes any object.
pub const GENERIC: Describer = Describer {
    group: "",
    kind: "",
    resource: "",
    versions: &[],
    questions: nothing,
    events: Events::OfObject,
    describe: describe_generic,
};

/// The fields that are left out or have been written before.
const SKIPPED: [&[&str]; 5] = [
    &["metadata", "managedFields"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "labels"],
    &["metadata", "annotations"],
];

/// Words that are written in capitals.
const ACRONYMS: [&str; 5] = ["API", "URL", "UID", "OSB", "GUID"];

/// Writes an object's name, labels, annotations, and then every other field.
pub fn describe_generic(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    metadata::name_and_namespace(w, facts.object);
    metadata::entry_lines(w, "", "Labels", &text_entries(facts.object, "labels"));
    metadata::annotation_lines(w, "Annotations", &text_entries(facts.object, "annotations"));
    fields(w, 0, facts.object, &mut Vec::new());
    events::events(w, facts);
    Ok(())
}

/// Labels or annotations; none at all where one of them is not text.
fn text_entries<'v>(object: &'v Value<'_>, field: &str) -> Vec<(&'v str, &'v str)> {
    let entries = object.at(&["metadata", field]).and_then(Value::as_object);
    let texts = entries.and_then(|entries| entries.iter().map(|(key, value)| Some((key, value.as_str()?))).collect());
    texts.unwrap_or_default()
}

/// Writes the fields of an object that was reached by `path`. Lists are no step of a path: nothing in them is skipped
/// that is not skipped outside.
fn fields<'v>(w: &mut Writer, level: usize, object: &'v Value<'_>, path: &mut Vec<&'v str>) {
    let Some(map) = object.as_object() else { return };
    for (name, value) in map.iter() {
        path.push(name);
        if !SKIPPED.contains(&path.as_slice()) {
            let title = title(name);
            match value {
                Value::Object(_) => {
                    put!(w, level, "{title}:\n");
                    fields(w, level + 1, value, path);
                }
                Value::Array(items) => {
                    put!(w, level, "{title}:\n");
                    for item in items {
                        match item {
                            Value::Object(_) => fields(w, level + 1, item, path),
                            other => plain(w, level + 1, "", other),
                        }
                    }
                }
                other => plain(w, level, &format!("{title}:\t"), other),
            }
        }
        path.pop();
    }
}

/// Writes a value as Go's `%v` does, and a line break.
fn plain(w: &mut Writer, level: usize, title: &str, value: &Value<'_>) {
    let mut text = title.as_bytes().to_vec();
    format::plain(&mut text, value);
    text.push(b'\n');
    w.bytes(level, &text);
}

/// A title made of a field's name: `podCIDRs` is `Pod CIDRs`. A name with digits or signs is its own title.
pub fn title(name: &str) -> String {
    if !name.chars().all(|letter| letter.is_alphabetic() || letter == '-') {
        return name.to_owned();
    }
    let titles: Vec<String> = words(name).into_iter().map(capitalized).collect();
    titles.join(" ")
}

/// A word with a capital in front; what is an acronym all in capitals.
fn capitalized(word: &str) -> String {
    let upper = word.to_uppercase();
    if ACRONYMS.contains(&upper.as_str()) {
        return upper;
    }
    let mut letters = word.chars();
    let first = letters.next().map(|letter| match letter.to_uppercase().collect::<Vec<_>>()[..] {
        [capital] => capital,
        // Go has one letter for one.
        _ => letter,
    });
    first.into_iter().chain(letters).collect()
}

/// The words of a name in camel case. A word begins where lower case ends and with anything that has no case, so that
/// capitals and what follows them are one: `URLs`, `TLSVerify`.
fn words(name: &str) -> Vec<&str> {
    const LOWER: u8 = 1;
    const UPPER: u8 = 2;
    let class = |letter: char| match letter {
        letter if letter.is_lowercase() => LOWER,
        letter if letter.is_uppercase() => UPPER,
        _ => 3,
    };
    let mut words = Vec::new();
    let (mut begin, mut last) = (0, 0);
    for (at, letter) in name.char_indices() {
        let class = class(letter);
        if at > 0 && class != last && (last, class) != (UPPER, LOWER) {
            words.push(&name[begin..at]);
            begin = at;
        }
        last = class;
    }
    if begin < name.len() {
        words.push(&name[begin..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_of_a_name_is_its_words() {
        for (name, want) in [
            ("apiVersion", "API Version"),
            ("openAPIV3Schema", "openAPIV3Schema"),
            ("insecureSkipTLSVerify", "Insecure Skip TLSVerify"),
            ("HTTPPort", "HTTPPort"),
            ("podCIDRs", "Pod CIDRs"),
            ("externalIPs", "External IPs"),
            ("isAList", "Is AList"),
            ("xURL", "X URL"),
            ("someUrl", "Some URL"),
            ("x-kubernetes-int-or-string", "X - Kubernetes - Int - Or - String"),
            ("uid", "UID"),
            ("hostIP", "Host IP"),
            ("dnsPolicy", "Dns Policy"),
            ("ünïque", "Ünïque"),
            ("ßig", "ßig"),
            ("", ""),
            ("f:spec", "f:spec"),
        ] {
            assert_eq!(title(name), want);
        }
    }
}
