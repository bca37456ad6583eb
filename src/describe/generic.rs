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
const ACRONYMS: [&str; 4] = ["API", "URL", "UID", "GUID"];

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
    let words = words(name);
    let mut title = String::with_capacity(name.len() + 4);
    let mut at = 0;
    while at < words.len() {
        let mut word = words[at].clone();
        // What follows several capitals belongs to them: `TLSVerify`.
        let capitals = word.len() >= 2 && !word.chars().any(|letter| letter.is_alphabetic() && !letter.is_uppercase());
        let next = words.get(at + 1).filter(|next| capitals && next.starts_with(char::is_uppercase));
        if let Some(next) = next {
            word.push_str(next);
            at += 1;
        }
        at += 1;
        let upper = word.to_uppercase();
        if ACRONYMS.contains(&upper.as_str()) {
            word = upper;
        } else if word.to_lowercase() == word {
            let mut letters = word.chars();
            let first = letters.next().map(char::to_uppercase);
            word = first.into_iter().flatten().chain(letters).collect();
        }
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(&word);
    }
    title
}

/// The words of a name in camel case: runs of lower case with the capital before them, runs of capitals, of the rest.
fn words(name: &str) -> Vec<String> {
    let class = |letter: char| match letter {
        letter if letter.is_lowercase() => 1,
        letter if letter.is_uppercase() => 2,
        _ => 3,
    };
    let mut words: Vec<String> = Vec::new();
    let mut last = 0;
    for letter in name.chars() {
        let class = class(letter);
        match words.last_mut() {
            Some(word) if class == last => word.push(letter),
            Some(word) if class == 1 && last == 2 => {
                // The last capital begins the word.
                let capital = word.pop();
                if word.is_empty() {
                    words.pop();
                }
                words.push(capital.into_iter().chain([letter]).collect());
            }
            _ => words.push(letter.to_string()),
        }
        last = class;
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
            ("x-kubernetes-int-or-string", "X - Kubernetes - Int - Or - String"),
            ("uid", "UID"),
            ("hostIP", "Host IP"),
            ("dnsPolicy", "Dns Policy"),
            ("ünïque", "Ünïque"),
            ("", ""),
            ("f:spec", "f:spec"),
        ] {
            assert_eq!(title(name), want);
        }
    }
}
