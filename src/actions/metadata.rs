//! Setting and removing labels and annotations: what `label` and `annotate` share.

use std::{collections::BTreeMap, io::Write};

use crate::{
    api::{OwnedValue, Value, names, object, quote},
    error::{Error, Result},
    patch::merge,
    resource::{Gather, Info, Objects, Query, Site},
};

use super::{
    dry_run::DryRun,
    report::Report,
    selection::select,
    write::{MERGE_PATCH, Writer, compact},
};

/// The annotation that says why an object was changed; it may be overwritten at any time.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// Labels or annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `metadata.labels`
    Labels,
    /// `metadata.annotations`
    Annotations,
}

impl Field {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Field::Labels => "labels",
            Field::Annotations => "annotations",
        }
    }

    /// One of them, in a sentence.
    pub fn one(self) -> &'static str {
        match self {
            Field::Labels => "label",
            Field::Annotations => "annotation",
        }
    }
}

/// What is set and what is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Keys and their new values.
    pub set: BTreeMap<String, String>,
    /// Keys that go.
    pub remove: Vec<String>,
}

/// Notes at an object why it was changed, where that is to be noted.
pub fn note(object: &mut OwnedValue, cause: Option<&str>) {
    if let Some(cause) = cause {
        object.set(&["metadata", "annotations", CHANGE_CAUSE], cause.to_owned());
    }
}

/// Parts the words behind a verb into those that name objects and those that are changes.
///
/// # Errors
/// A name behind a change.
pub fn split_words(words: &[String], what: &str) -> Result<(Vec<String>, Vec<String>)> {
    let is_change = |word: &str| (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-");
    let first = words.iter().position(|word| is_change(word)).unwrap_or(words.len());
    let (resources, changes) = words.split_at(first);
    if let Some(word) = changes.iter().find(|word| !is_change(word)) {
        return Err(Error::message(format!(
            "all resources must be specified before {what} changes: {word}"
        )));
    }
    Ok((resources.to_vec(), changes.to_vec()))
}

/// Reads `key=value` and, where `removal` is possible, `key-`.
///
/// # Errors
/// Words that are neither.
pub fn pairs(words: &[String], what: &str, removal: bool) -> Result<Changes> {
    let mut changes = Changes::default();
    let mut invalid = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                changes.set.insert(key.to_owned(), value.to_owned());
            }
            _ => match word.strip_suffix('-') {
                Some(key) if removal && !key.is_empty() => changes.remove.push(key.to_owned()),
                _ => invalid.push(word.as_str()),
            },
        }
    }
    if invalid.is_empty() {
        return Ok(changes);
    }
    Err(Error::message(format!("invalid {what} format: {}", invalid.join(", "))))
}

/// Reads the changes of labels, whose values have a form.
///
/// # Errors
/// Words that are none, values that no label can have, keys that are both set and removed.
pub fn label_changes(words: &[String]) -> Result<Changes> {
    let mut changes = Changes::default();
    for word in words {
        let parts: Vec<&str> = word.split('=').collect();
        match (parts.as_slice(), word.strip_suffix('-')) {
            ([key, value], _) => {
                let faults = names::label_value(value);
                if !faults.is_empty() {
                    return Err(Error::message(format!(
                        "invalid label value: {}: {}",
                        quote(word),
                        faults.join(";")
                    )));
                }
                changes.set.insert((*key).to_owned(), (*value).to_owned());
            }
            ([_], Some(key)) => changes.remove.push(key.to_owned()),
            ([_], None) => return Err(Error::message(format!("unknown label spec: {word}"))),
            _ => return Err(Error::message(format!("invalid label spec: {word}"))),
        }
    }
    if changes.remove.iter().any(|key| changes.set.contains_key(key)) {
        return Err(Error::message("can not both modify and remove a label in the same command"));
    }
    Ok(changes)
}

/// Everything about one run of `label` or `annotate`.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which of both.
    pub field: Field,
    /// Which objects.
    pub query: Query,
    /// What is changed.
    pub changes: Changes,
    /// Whether values that are there may be changed.
    pub overwrite: bool,
    /// Whether the result is only listed.
    pub list: bool,
    /// Whether the server is left alone.
    pub local: bool,
    /// How far the change goes.
    pub dry_run: DryRun,
    /// The version that the object must have; empty for any.
    pub resource_version: String,
    /// The name under which the server notes who changed it.
    pub field_manager: String,
    /// The command line, where it is to be noted.
    pub change_cause: Option<String>,
}

/// Changes the objects. `report` makes what says so; `label` takes a new one for each object.
///
/// # Errors
/// What went wrong with each object.
pub async fn run<'s>(options: &Options, site: &Site<'s>, mut report: impl FnMut() -> Result<Report<'s>>) -> Result<()> {
    let selection = select(&options.query, Gather::new(Objects::Latest), options.local, site).await?;
    if !selection.single && !options.resource_version.is_empty() {
        return Err(Error::message("--resource-version may only be used with a single resource"));
    }
    let mut errors = Vec::new();
    let mut shared = None;
    for info in selection.infos {
        let result = match info {
            Ok(info) => match change(options, info, site).await {
                Ok((object, _)) if options.list => list(options.field, &object, selection.single, site),
                Ok((object, done)) => {
                    if shared.is_none() || options.field == Field::Labels {
                        shared = Some(report()?);
                    }
                    shared.as_mut().map_or(Ok(()), |report| report.print(object, done))
                }
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        errors.extend(result.err());
    }
    Error::collect(errors)
}

/// Changes one object: what is printed of it, and what was done.
async fn change(options: &Options, info: Info, site: &Site<'_>) -> Result<(OwnedValue, &'static str)> {
    let mut before = info.object.clone();
    let sends = !options.list && !options.local && options.dry_run != DryRun::Client;
    // Without the old version, the patch says the demanded one in any case.
    if !options.resource_version.is_empty()
        && (sends || options.field == Field::Labels)
        && let Some(metadata) = before.at_mut(&["metadata"]).and_then(Value::as_object_mut)
    {
        metadata.remove("resourceVersion");
    }
    if sends && options.field == Field::Labels {
        let labels = object::labels(&info.object);
        for key in &options.changes.remove {
            if labels.is_none_or(|labels| !labels.contains_key(key)) {
                writeln!(site.streams.out(), "label {} not found.", quote(key))?;
            }
        }
    }
    let mut after = before.clone();
    apply(options, &mut after)?;
    if sends {
        note(&mut after, options.change_cause.as_deref());
    }
    let done = done(options, &before, &after);
    if !sends {
        return Ok((after, done));
    }
    let patch = merge::create(&before, &after);
    let writer = Writer::new(site.client, options.dry_run, &options.field_manager);
    let changed = writer.patch(&info, MERGE_PATCH, compact(&patch)).await?;
    Ok((changed, done))
}

/// What was done, in a word.
fn done(options: &Options, before: &OwnedValue, after: &OwnedValue) -> &'static str {
    match options.field {
        Field::Annotations => "annotated",
        Field::Labels if before == after => "not labeled",
        Field::Labels if !options.overwrite && compact(after).len() < compact(before).len() => "unlabeled",
        Field::Labels => "labeled",
    }
}

/// Sets and removes in one object.
///
/// # Errors
/// Values that are there and may not be overwritten.
pub fn apply(options: &Options, object: &mut OwnedValue) -> Result<()> {
    let path = ["metadata", options.field.name()];
    if !options.overwrite {
        check_overwrite(options, object)?;
    }
    let fields = object.object_at(&path);
    for (key, value) in &options.changes.set {
        fields.insert(key.clone(), value.clone());
    }
    for key in &options.changes.remove {
        fields.remove(key);
    }
    if !options.resource_version.is_empty() {
        object.set(&["metadata", "resourceVersion"], options.resource_version.clone());
    }
    Ok(())
}

fn check_overwrite(options: &Options, object: &OwnedValue) -> Result<()> {
    let taken = options.changes.set.iter().filter_map(|(key, value)| {
        let old = object.str_at(&["metadata", options.field.name(), key]);
        let there = object.at(&["metadata", options.field.name(), key]).is_some();
        (there && old != value).then(|| (key, format!("'{key}' already has a value ({old})")))
    });
    match options.field {
        Field::Labels => Error::collect(
            taken
                .map(|(_, sentence)| Error::message(format!("{sentence}, and --overwrite is false")))
                .collect(),
        ),
        Field::Annotations => {
            let sentences: Vec<String> = taken
                .filter(|(key, _)| *key != CHANGE_CAUSE)
                .map(|(_, sentence)| sentence)
                .collect();
            if sentences.is_empty() {
                return Ok(());
            }
            Err(Error::message(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                sentences.join("; ")
            )))
        }
    }
}

/// Prints the labels or annotations of an object.
fn list(field: Field, object: &OwnedValue, single: bool, site: &Site<'_>) -> Result<()> {
    let mut out = Vec::new();
    let indent = if single { "" } else { " " };
    if !single {
        let (group, _) = object::group_version(object);
        writeln!(
            out,
            "Listing {} for {}.{group}/{}:",
            field.name(),
            object::kind(object),
            object::name(object)
        )?;
    }
    if let Some(fields) = object.at(&["metadata", field.name()]).and_then(Value::as_object) {
        for (key, value) in fields.iter() {
            writeln!(out, "{indent}{key}={}", value.as_str().unwrap_or_default())?;
        }
    }
    Ok(site.streams.out().write_all(&out)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn split_words_parts_names_from_changes() {
        let (resources, changes) = split_words(&words(&["pod", "web", "a=b", "c-"]), "label").unwrap();
        assert_eq!((resources, changes), (words(&["pod", "web"]), words(&["a=b", "c-"])));
        assert_eq!(
            split_words(&words(&["a=b", "pod"]), "label").unwrap_err().text(),
            "error: all resources must be specified before label changes: pod"
        );
    }

    #[test]
    fn label_changes_of_bad_words_says_what_kubectl_says() {
        let text = |word: &[&str]| label_changes(&words(word)).unwrap_err().text();
        assert_eq!(text(&["a=b=c"]), "error: invalid label spec: a=b=c");
        assert_eq!(text(&["a"]), "error: unknown label spec: a");
        assert_eq!(
            text(&["a=b", "a-"]),
            "error: can not both modify and remove a label in the same command"
        );
        assert!(text(&["a=b c"]).starts_with("error: invalid label value: \"a=b c\": a valid label must be"));
    }

    #[test]
    fn pairs_keep_values_with_equals_signs_and_report_every_other_word() {
        let changes = pairs(&words(&["a=b=c", "d-"]), "annotation", true).unwrap();
        assert_eq!((changes.set["a"].as_str(), changes.remove), ("b=c", words(&["d"])));
        assert_eq!(
            pairs(&words(&["=x", "d-"]), "image", false).unwrap_err().text(),
            "error: invalid image format: =x, d-"
        );
    }
}
