//! The documents in a source, and what type each object in them has.

use crate::{
    api::{OwnedValue, Value, json, object, quote},
    discovery::Mapping,
    error::{Error, Result},
    kustomize, yaml,
};

use super::{Site, Source};

/// The objects in a source, in order; the items of a list each by itself. A document that cannot be read ends them.
///
/// # Errors
/// Where the source cannot be read at all.
pub async fn read(source: &Source, site: &Site<'_>) -> Result<Vec<Result<OwnedValue>>> {
    read_checked(source, site, |_| Ok(())).await
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
    let mut objects = Vec::new();
    if let Source::Kustomization(named, folder) = source {
        let built = kustomize::build(&kustomize::Disk, folder, named)?;
        built.into_iter().for_each(|object| flatten(object, &mut objects));
        return Ok(objects);
    }
    let bytes = source.read(site.streams).await?;
    let name = source.name();
    let text = yaml::read::text(&bytes);
    for document in yaml::Documents::new(&text) {
        match document {
            Ok(value) => {
                let value = value.into_owned();
                if let Err(error) = check(&value) {
                    objects.push(Err(Error::message(format!("error validating {name:?}: {error}"))));
                    break;
                }
                match checked(value) {
                    Ok(value) => flatten(value, &mut objects),
                    Err(error) => {
                        objects.push(Err(Error::message(format!("unable to decode {name:?}: {error}"))));
                        break;
                    }
                }
            }
            Err(error) => {
                objects.push(Err(Error::message(format!("error parsing {name}: {error}"))));
                break;
            }
        }
    }
    Ok(objects)
}

/// An object that says what it is; else what the decoder says of one that does not.
fn checked(value: OwnedValue) -> std::result::Result<OwnedValue, String> {
    for (field, name) in [("kind", "Kind"), ("apiVersion", "apiVersion")] {
        if value.str_at(&[field]).is_empty() {
            let mut text = Vec::new();
            json::to_compact(&mut text, &value);
            return Err(format!("Object '{name}' is missing in '{}'", String::from_utf8_lossy(&text)));
        }
    }
    Ok(value)
}

/// The object, or the objects in a list.
fn flatten(mut value: OwnedValue, objects: &mut Vec<Result<OwnedValue>>) {
    let is_list = value.str_at(&["kind"]).ends_with("List");
    match value.get("items") {
        Some(Value::Array(_)) if is_list => {}
        _ => return objects.push(Ok(value)),
    }
    if let Some(Value::Array(items)) = value.as_object_mut().and_then(|fields| fields.remove("items")) {
        items.into_iter().for_each(|item| flatten(item, objects));
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
        Err(error) if error.is_no_match() => Err(Error::message(format!(
            "resource mapping not found for name: {} namespace: {} from {}: {}\nensure CRDs are installed first",
            quote(object::name(value)),
            quote(object::namespace(value)),
            quote(source),
            Error::from(error)
        ))),
        Err(error) => Err(error.into()),
    }
}
