//! The documents in which servers say what they offer.
//!
//! Since 1.26 two answers tell everything (`APIGroupDiscoveryList`, [`aggregated`]). Before, and behind some proxies,
//! `/api` names versions ([`versions`]), `/apis` names groups ([`groups`]), and every version has a document of its own
//! ([`resources`]).

use std::borrow::Cow;

use super::{Group, Resource, Subresource, Text, Version, Words};
use crate::api::json::read::{Parser, SyntaxError};

type Read<T> = Result<T, SyntaxError>;

/// Whether a `Content-Type` says that the body is an `APIGroupDiscoveryList` of a version that is known here.
/// The parameters may stand in any order, with others between them.
pub fn is_aggregated(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    if !parts.next().is_some_and(|base| base.eq_ignore_ascii_case("application/json")) {
        return false;
    }
    let (mut group, mut version, mut kind) = (false, false, false);
    for part in parts {
        let Some((key, value)) = part.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match key.trim().to_ascii_lowercase().as_str() {
            "g" => group = value == "apidiscovery.k8s.io",
            "v" => version = matches!(value, "v2" | "v2beta1"),
            "as" => kind = value == "APIGroupDiscoveryList",
            _ => {}
        }
    }
    group && version && kind
}

/// The groups of an `APIGroupDiscoveryList`, of version `v2` or `v2beta1`.
///
/// # Errors
/// Where it is not JSON.
pub fn aggregated(document: &[u8]) -> Read<Vec<Group>> {
    let mut groups = Vec::new();
    whole(document, |parser, key| match key {
        "items" => list(parser, |parser| {
            groups.push(aggregated_group(parser)?);
            Ok(())
        }),
        _ => parser.skip().map(drop),
    })?;
    Ok(groups)
}

fn aggregated_group(parser: &mut Parser<'_>) -> Read<Group> {
    let mut group = Group::default();
    object(parser, |parser, key| match key {
        "metadata" => object(parser, |parser, key| match key {
            "name" => text(parser).map(|name| group.name = name),
            _ => parser.skip().map(drop),
        }),
        "versions" => list(parser, |parser| {
            let (version, stale) = aggregated_version(parser)?;
            if !stale {
                group.versions.push(version);
            }
            Ok(())
        }),
        _ => parser.skip().map(drop),
    })?;
    if let Some(first) = group.versions.first() {
        group.preferred = first.name.clone();
    }
    // The name may have come after the versions.
    for version in &mut group.versions {
        for resource in &mut version.resources {
            resource.group = group.name.clone();
            resource.version = version.name.clone();
        }
    }
    Ok(group)
}

fn aggregated_version(parser: &mut Parser<'_>) -> Read<(Version, bool)> {
    let mut version = Version::default();
    let mut stale = false;
    object(parser, |parser, key| match key {
        "version" => text(parser).map(|name| version.name = name),
        "freshness" => string(parser).map(|freshness| stale = freshness == "Stale"),
        "resources" => list(parser, |parser| {
            version.resources.push(aggregated_resource(parser)?);
            Ok(())
        }),
        _ => parser.skip().map(drop),
    })?;
    Ok((version, stale))
}

fn aggregated_resource(parser: &mut Parser<'_>) -> Read<Resource> {
    let mut resource = Resource::default();
    object(parser, |parser, key| match key {
        "resource" => text(parser).map(|name| resource.name = name),
        "singularResource" => text(parser).map(|name| resource.singular = name),
        "responseKind" => response_kind(parser).map(|(kind, _, _)| resource.kind = kind),
        "scope" => string(parser).map(|scope| resource.namespaced = scope == "Namespaced"),
        "verbs" => words(parser).map(|verbs| resource.verbs = verbs),
        "shortNames" => words(parser).map(|names| resource.short_names = names),
        "categories" => words(parser).map(|categories| resource.categories = categories),
        "subresources" => list(parser, |parser| {
            let mut subresource = Subresource::default();
            object(parser, |parser, key| match key {
                "subresource" => text(parser).map(|name| subresource.name = name),
                "responseKind" => response_kind(parser).map(|(kind, group, version)| {
                    subresource.kind = kind;
                    subresource.group = group;
                    subresource.version = version;
                }),
                "verbs" => words(parser).map(|verbs| subresource.verbs = verbs),
                _ => parser.skip().map(drop),
            })?;
            if !subresource.kind.is_empty() {
                resource.subresources.push(subresource);
            }
            Ok(())
        }),
        _ => parser.skip().map(drop),
    })?;
    Ok(resource)
}

/// A kind, its group, its version.
fn response_kind(parser: &mut Parser<'_>) -> Read<(Text, Text, Text)> {
    let (mut kind, mut group, mut version) = Default::default();
    object(parser, |parser, key| match key {
        "kind" => text(parser).map(|text| kind = text),
        "group" => text(parser).map(|text| group = text),
        "version" => text(parser).map(|text| version = text),
        _ => parser.skip().map(drop),
    })?;
    Ok((kind, group, version))
}

/// The core group of an `APIVersions`, its resources still unknown; none where it names no version.
///
/// # Errors
/// Where it is not JSON.
pub fn versions(document: &[u8]) -> Read<Option<Group>> {
    let mut group = Group::default();
    whole(document, |parser, key| match key {
        "versions" => list(parser, |parser| {
            group.versions.push(Version {
                name: text(parser)?,
                ..Version::default()
            });
            Ok(())
        }),
        _ => parser.skip().map(drop),
    })?;
    let Some(first) = group.versions.first() else {
        return Ok(None);
    };
    group.preferred = first.name.clone();
    Ok(Some(group))
}

/// The groups of an `APIGroupList`, their resources still unknown.
///
/// # Errors
/// Where it is not JSON.
pub fn groups(document: &[u8]) -> Read<Vec<Group>> {
    let mut groups = Vec::new();
    whole(document, |parser, key| match key {
        "groups" => list(parser, |parser| {
            let mut group = Group::default();
            object(parser, |parser, key| match key {
                "name" => text(parser).map(|name| group.name = name),
                "preferredVersion" => version_name(parser).map(|name| group.preferred = name),
                "versions" => list(parser, |parser| {
                    group.versions.push(Version {
                        name: version_name(parser)?,
                        ..Version::default()
                    });
                    Ok(())
                }),
                _ => parser.skip().map(drop),
            })?;
            groups.push(group);
            Ok(())
        }),
        _ => parser.skip().map(drop),
    })?;
    Ok(groups)
}

/// The version of a `GroupVersionForDiscovery`.
fn version_name(parser: &mut Parser<'_>) -> Read<Text> {
    let mut name = Text::default();
    object(parser, |parser, key| match key {
        "version" => text(parser).map(|text| name = text),
        _ => parser.skip().map(drop),
    })?;
    Ok(name)
}

/// The resources of an `APIResourceList` for `group` and `version`.
///
/// # Errors
/// Where it is not JSON.
pub fn resources(document: &[u8], group: &Text, version: &Text) -> Read<Vec<Resource>> {
    let mut resources: Vec<Resource> = Vec::new();
    whole(document, |parser, key| match key {
        "resources" => list(parser, |parser| {
            let (resource, kind_group, kind_version) = plain_resource(parser)?;
            let Some((parent, name)) = resource.name.split_once('/') else {
                // Its subresources may have come before it.
                match resources.iter_mut().find(|have| have.name == resource.name && have.kind.is_empty()) {
                    Some(have) => {
                        let subresources = std::mem::take(&mut have.subresources);
                        *have = Resource { subresources, ..resource };
                    }
                    None => resources.push(resource),
                }
                return Ok(());
            };
            let subresource = Subresource {
                name: name.into(),
                kind: resource.kind.clone(),
                group: kind_group,
                version: kind_version,
                verbs: resource.verbs.clone(),
            };
            match resources.iter_mut().rev().find(|have| have.name == *parent) {
                Some(have) => have.subresources.push(subresource),
                None => resources.push(Resource {
                    name: parent.into(),
                    namespaced: resource.namespaced,
                    subresources: vec![subresource],
                    ..Resource::default()
                }),
            }
            Ok(())
        }),
        _ => parser.skip().map(drop),
    })?;
    for resource in &mut resources {
        resource.group = group.clone();
        resource.version = version.clone();
    }
    Ok(resources)
}

/// An `APIResource`, with its kind's group and version.
fn plain_resource(parser: &mut Parser<'_>) -> Read<(Resource, Text, Text)> {
    let mut resource = Resource::default();
    let (mut group, mut version) = Default::default();
    object(parser, |parser, key| match key {
        "name" => text(parser).map(|name| resource.name = name),
        "singularName" => text(parser).map(|name| resource.singular = name),
        "kind" => text(parser).map(|kind| resource.kind = kind),
        "group" => text(parser).map(|name| group = name),
        "version" => text(parser).map(|name| version = name),
        "namespaced" => parser
            .value()
            .map(|value| resource.namespaced = value.as_bool().unwrap_or_default()),
        "verbs" => words(parser).map(|verbs| resource.verbs = verbs),
        "shortNames" => words(parser).map(|names| resource.short_names = names),
        "categories" => words(parser).map(|categories| resource.categories = categories),
        _ => parser.skip().map(drop),
    })?;
    Ok((resource, group, version))
}

/// Reads the fields of a document and nothing after it but white space.
fn whole<'a>(document: &'a [u8], field: impl FnMut(&mut Parser<'a>, &str) -> Read<()>) -> Read<()> {
    let mut parser = Parser::new(document);
    object(&mut parser, field)?;
    match parser.peek() {
        None => Ok(()),
        // Any reader says the same of bytes after the value: that no value may begin there.
        Some(_) => crate::api::json::parse(document).map(drop),
    }
}

/// Reads the fields of an object; `null` has none.
fn object<'a>(parser: &mut Parser<'a>, mut field: impl FnMut(&mut Parser<'a>, &str) -> Read<()>) -> Read<()> {
    if parser.peek() == Some(b'n') {
        return parser.value().map(drop);
    }
    let mut fields = parser.object()?;
    while let Some(key) = fields.next_key(parser)? {
        field(parser, &key)?;
    }
    Ok(())
}

/// Reads the elements of a list; `null` has none.
fn list<'a>(parser: &mut Parser<'a>, mut element: impl FnMut(&mut Parser<'a>) -> Read<()>) -> Read<()> {
    if parser.peek() == Some(b'n') {
        return parser.value().map(drop);
    }
    let mut elements = parser.array()?;
    while elements.next_element(parser)? {
        element(parser)?;
    }
    Ok(())
}

fn string<'a>(parser: &mut Parser<'a>) -> Read<Cow<'a, str>> {
    if parser.peek() == Some(b'n') {
        return parser.value().map(|_| Cow::Borrowed(""));
    }
    parser.string()
}

fn text(parser: &mut Parser<'_>) -> Read<Text> {
    string(parser).map(|text| Text::from(text.as_ref()))
}

fn words(parser: &mut Parser<'_>) -> Read<Words> {
    let mut words = Vec::new();
    list(parser, |parser| {
        words.push(string(parser)?);
        Ok(())
    })?;
    Ok(Words::new(&words))
}
