//! The documents in a source, and what type each object in them has.

use std::io::Write;

use crate::{
    api::{OwnedValue, Value, json, object, quote, structs::Structs},
    client::{Log, klog::Severity},
    discovery::Mapping,
    error::{Error, Result},
    kustomize::{self, Notice},
    streams::Streams,
    yaml,
};

use super::{Disk, Site, Source};

/// The objects in a source, in order; the items of a list each by itself. Text that is no
/// YAML ends them, and so does a document that does not pass a check.
///
/// # Errors
/// Where the source cannot be read at all.
pub async fn read(source: &Source, site: &Site<'_>) -> Result<Vec<Result<OwnedValue>>> {
    read_checked(source, site, |_| Ok(())).await
}

/// As [`read`], for commands that leave the server alone: nobody is asked about types.
///
/// # Errors
/// Where the source cannot be read at all.
pub async fn read_local(source: &Source, site: &Site<'_>) -> Result<Vec<Result<OwnedValue>>> {
    documents(source, site, |_| Ok(()), false).await
}

/// As [`read`], where each document must first pass a check: kubectl's validation, whose sentence the failure gives.
///
/// # Errors
/// Where the source cannot be read at all.
pub async fn read_checked(
    source: &Source,
    site: &Site<'_>,
    check: impl Fn(&OwnedValue) -> std::result::Result<(), String>,
) -> Result<Vec<Result<OwnedValue>>> {
    documents(source, site, check, true).await
}

async fn documents(
    source: &Source,
    site: &Site<'_>,
    check: impl Fn(&OwnedValue) -> std::result::Result<(), String>,
    recognize: bool,
) -> Result<Vec<Result<OwnedValue>>> {
    if let Source::Kustomization(named, _) = source {
        let mut objects = Vec::new();
        for object in built(named, site)? {
            add(object, site, recognize, &mut objects).await;
        }
        return Ok(objects);
    }
    let bytes = source.read(site.streams).await?;
    Ok(split(&bytes, &source.name(), site, check, recognize).await)
}

/// The objects that a kustomization comes to, in kustomize's order.
fn built(named: &str, site: &Site<'_>) -> Result<Vec<OwnedValue>> {
    let mut notices = Vec::new();
    let options = kustomize::Options::default();
    let built = kustomize::build(&Disk::default(), site.directory, named, &options, &mut notices);
    tell(&notices, site.streams)?;
    built.map(kustomize::values)
}

/// Says on standard error what a build has to say.
///
/// # Errors
/// Where that cannot be written.
pub fn tell(notices: &[Notice], streams: &Streams) -> Result<()> {
    for notice in notices {
        match notice {
            Notice::Line(line) => writeln!(streams.err(), "{line}")?,
            Notice::Log(text) => Log::new(0, streams.clone()).line(Severity::Info, "log.go:245", text),
        }
    }
    Ok(())
}

/// The objects in a text that messages call `name`, as [`read`] gives those in a source.
pub async fn in_text(bytes: &[u8], name: &str, site: &Site<'_>) -> Vec<Result<OwnedValue>> {
    split(bytes, name, site, |_| Ok(()), true).await
}

async fn split(
    bytes: &[u8],
    name: &str,
    site: &Site<'_>,
    check: impl Fn(&OwnedValue) -> std::result::Result<(), String>,
    recognize: bool,
) -> Vec<Result<OwnedValue>> {
    let mut objects = Vec::new();
    let text = yaml::read::text(bytes);
    for document in yaml::Documents::new(&text) {
        match document {
            Ok(value) => {
                let value = value.into_owned();
                if let Err(error) = check(&value) {
                    objects.push(Err(Error::message(format!("error validating {name:?}: {error}"))));
                    break;
                }
                match checked(value) {
                    Ok(value) => add(value, site, recognize, &mut objects).await,
                    Err(error) => objects.push(Err(Error::message(format!("unable to decode {name:?}: {error}")))),
                }
            }
            Err(error) => {
                objects.push(Err(Error::message(format!("error parsing {name}: {error}"))));
                break;
            }
        }
    }
    objects
}

/// An object that says what it is and whose metadata Go's types can hold.
///
/// # Errors
/// What Go's decoder says of one that does not.
pub fn checked(value: OwnedValue) -> std::result::Result<OwnedValue, String> {
    if value.as_object().is_none() && !value.is_null() {
        let sort = value.json_type();
        return Err(format!("json: cannot unmarshal {sort} into Go value of type unstructured.detector"));
    }
    for (field, name) in [("kind", "Kind"), ("apiVersion", "apiVersion")] {
        if value.str_at(&[field]).is_empty() {
            let mut text = Vec::new();
            json::to_compact(&mut text, &value);
            return Err(format!("Object '{name}' is missing in '{}'", String::from_utf8_lossy(&text)));
        }
    }
    match value.get("metadata").and_then(metadata_misfit) {
        Some(fault) => Err(fault),
        None => Ok(value),
    }
}

/// What Go says of metadata that its types cannot hold.
fn metadata_misfit(metadata: &Value<'_>) -> Option<String> {
    let is_text = |value: &Value<'_>| matches!(value, Value::String(_) | Value::Null);
    let is_plain = |(field, value): (&str, &Value<'_>)| match (field, value) {
        ("name" | "generateName" | "namespace" | "creationTimestamp", value) => is_text(value),
        ("labels" | "annotations", Value::Object(pairs)) => pairs.iter().all(|(_, value)| is_text(value)),
        _ => false,
    };
    match metadata {
        // What nearly all manifests have; all else is looked up.
        Value::Object(fields) if fields.iter().all(is_plain) => None,
        Value::Object(_) => Structs::new().misfit("ObjectMeta", "metadata", metadata),
        Value::Null => None,
        _ => Some(format!(
            "json: cannot unmarshal {} into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta",
            metadata.json_type()
        )),
    }
}

/// Adds an object, or the objects in a list. Of an object in a list kubectl says in other words that the server does not
/// have its type: if types are to be recognized, that is seen here.
async fn add(value: OwnedValue, site: &Site<'_>, recognize: bool, objects: &mut Vec<Result<OwnedValue>>) {
    if !object::is_list(&value) {
        return objects.push(Ok(value));
    }
    let mut items = Vec::new();
    flatten(value, &mut items);
    for item in items {
        if let Some(fault) = untyped(&item) {
            objects.push(Err(Error::Bare(fault)));
            continue;
        }
        if !recognize {
            objects.push(Ok(item));
            continue;
        }
        let (group, version) = object::group_version(&item);
        let found = site.discovery.mapping_for(group, version, object::kind(&item)).await;
        objects.push(match found {
            Err(error) if error.is_no_match() => Err(Error::Bare(format!("unable to recognize {}", Error::from(error)))),
            _ => Ok(item),
        });
    }
}

/// What is said of an item of a list that does not say what it is.
fn untyped(item: &OwnedValue) -> Option<String> {
    let (what, field) = match (object::kind(item), item.str_at(&["apiVersion"])) {
        ("", _) => ("Kind", "kind field "),
        (_, "") => ("apiVersion", "apiVersion field"),
        _ => return None,
    };
    Some(format!(
        "unable to get type info from the object \"*unstructured.Unstructured\": Object '{what}' is missing in 'object has no {field}'"
    ))
}

/// The object, or the objects in a list, in lists in it too. Those in a list of one type need not say what they are.
fn flatten(mut value: OwnedValue, objects: &mut Vec<OwnedValue>) {
    if !object::is_list(&value) {
        return objects.push(value);
    }
    let kind = object::kind(&value).strip_suffix("List").unwrap_or_default().to_owned();
    let version = value.str_at(&["apiVersion"]).to_owned();
    if let Some(Value::Array(items)) = value.as_object_mut().and_then(|fields| fields.remove("items")) {
        for mut item in items {
            if !kind.is_empty() && object::kind(&item).is_empty() && item.str_at(&["apiVersion"]).is_empty() {
                item.set(&["apiVersion"], version.clone());
                item.set(&["kind"], kind.clone());
            }
            flatten(item, objects);
        }
    }
}

/// The type of an object from a file.
///
/// # Errors
/// Where the server has no such type.
pub async fn mapping(value: &OwnedValue, source: &str, site: &Site<'_>) -> Result<Mapping> {
    let (group, version) = object::group_version(value);
    let kind = value.str_at(&["kind"]);
    match site.discovery.mapping_for(group, version, kind).await {
        Ok(mapping) => Ok(mapping),
        Err(error) if error.is_no_match() => Err(not_mapped(
            (object::name(value), object::namespace(value)),
            source,
            &Error::from(error),
        )),
        Err(error) => Err(Error::message(format!(
            "unable to recognize {}: {}",
            quote(source),
            Error::from(error)
        ))),
    }
}

/// What is said of an object, by its name and namespace, whose type the server does not have.
pub fn not_mapped((name, namespace): (&str, &str), source: &str, why: &Error) -> Error {
    Error::message(format!(
        "resource mapping not found for name: {} namespace: {} from {}: {why}\nensure CRDs are installed first",
        quote(name),
        quote(namespace),
        quote(source),
    ))
}
