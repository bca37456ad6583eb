//! What the server says it has: discovery in both forms, the version.

use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{
    answer::{Answer, JSON},
    registry::{Group, Registry, Resource, Version},
};

const AGGREGATED: [(&str, &str); 2] = [
    ("v2", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
    (
        "v2beta1",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
    ),
];

/// The release of Kubernetes that the server is like.
pub const RELEASE: &str = "v1.36.2";

/// `/version`.
pub fn version() -> Answer {
    let mut version = Map::in_order();
    for (key, text) in [
        ("major", "1"),
        ("minor", "36"),
        ("emulationMajor", "1"),
        ("emulationMinor", "36"),
        ("minCompatibilityMajor", "1"),
        ("minCompatibilityMinor", "35"),
        ("gitVersion", RELEASE),
        ("gitCommit", "sandbox"),
        ("gitTreeState", "clean"),
        ("buildDate", "1970-01-01T00:00:00Z"),
        ("goVersion", "go1.26.6"),
        ("compiler", "gc"),
        ("platform", "linux/amd64"),
    ] {
        version.insert(key, text);
    }
    Answer::json(200, &Value::Object(version))
}

/// `/`: all paths.
pub fn paths(registry: &Registry) -> Answer {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for group in registry.groups().iter().filter(|group| !group.name.is_empty()) {
        paths.push(format!("/apis/{}", group.name));
        paths.extend(
            group
                .versions
                .iter()
                .map(|version| format!("/apis/{}/{}", group.name, version.name)),
        );
    }
    for path in ["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"] {
        paths.push(path.to_owned());
    }
    paths.sort();
    let mut value = Map::new();
    value.insert("paths", paths.into_iter().map(Value::from).collect::<Vec<_>>());
    Answer::json(200, &Value::Object(value))
}

/// `/api` and `/apis`, in the form that the client asks for.
pub fn root(registry: &Registry, which: &str, accept: &str) -> Option<Answer> {
    let core = which == "api";
    let wanted = accept.split(',').find_map(|part| {
        let part = part.trim();
        AGGREGATED
            .iter()
            .find(|(version, _)| {
                part.contains("as=APIGroupDiscoveryList")
                    && part.contains("g=apidiscovery.k8s.io")
                    && part.split(';').any(|word| word.trim().strip_prefix("v=") == Some(version))
            })
            .map(Some)
            .or_else(|| matches!(part.split(';').next(), Some("application/json" | "*/*")).then_some(None))
    });
    if let Some(Some((version, media_type))) = wanted {
        return Some(aggregated(registry, core, version, media_type));
    }
    if core {
        let mut value = Map::in_order();
        value.insert("kind", "APIVersions");
        value.insert("versions", vec![Value::from("v1")]);
        value.insert("serverAddressByClientCIDRs", Vec::new());
        return Some(Answer::json(200, &Value::Object(value)));
    }
    let mut value = Map::in_order();
    value.insert("kind", "APIGroupList");
    value.insert("apiVersion", "v1");
    let groups: Vec<OwnedValue> = registry
        .groups()
        .iter()
        .filter(|group| !group.name.is_empty())
        .map(|group| group_value(group, false))
        .collect();
    value.insert("groups", groups);
    Some(Answer::json(200, &Value::Object(value)))
}

/// `/apis/GROUP`.
pub fn group(registry: &Registry, name: &str) -> Option<Answer> {
    let group = registry.group(name).filter(|group| !group.name.is_empty())?;
    Some(Answer::json(200, &group_value(group, true)))
}

fn group_value(group: &Group, with_kind: bool) -> OwnedValue {
    let entry = |version: &Version| {
        let mut value = Map::in_order();
        value.insert("groupVersion", format!("{}/{}", group.name, version.name));
        value.insert("version", version.name.clone());
        Value::Object(value)
    };
    let mut value = Map::in_order();
    if with_kind {
        value.insert("kind", "APIGroup");
        value.insert("apiVersion", "v1");
    }
    value.insert("name", group.name.clone());
    value.insert("versions", group.versions.iter().map(entry).collect::<Vec<_>>());
    if let Some(preferred) = group.versions.first() {
        value.insert("preferredVersion", entry(preferred));
    }
    Value::Object(value)
}

/// `/api/v1` and `/apis/GROUP/VERSION`.
pub fn resources(registry: &Registry, group: &str, version: &str) -> Option<Answer> {
    let found = registry.version(group, version)?;
    let mut list = Vec::new();
    for resource in &found.resources {
        list.push(resource_value(resource));
        for sub in &resource.subresources {
            let mut value = Map::in_order();
            value.insert("name", format!("{}/{}", resource.plural, sub.name));
            value.insert("singularName", "");
            value.insert("namespaced", resource.namespaced());
            if !sub.version.is_empty() {
                value.insert("group", sub.group.clone());
                value.insert("version", sub.version.clone());
            }
            value.insert("kind", sub.kind.clone());
            value.insert("verbs", words(&sub.verbs));
            list.push(Value::Object(value));
        }
    }
    let mut value = Map::in_order();
    value.insert("kind", "APIResourceList");
    if !group.is_empty() {
        value.insert("apiVersion", "v1");
    }
    let group_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    value.insert("groupVersion", group_version);
    value.insert("resources", list);
    Some(Answer::json(200, &Value::Object(value)))
}

fn resource_value(resource: &Resource) -> OwnedValue {
    let mut value = Map::in_order();
    value.insert("name", resource.plural.clone());
    value.insert("singularName", resource.singular.clone());
    value.insert("namespaced", resource.namespaced());
    value.insert("kind", resource.kind.clone());
    value.insert("verbs", words(&resource.verbs));
    if !resource.short_names.is_empty() {
        value.insert("shortNames", words(&resource.short_names));
    }
    if !resource.categories.is_empty() {
        value.insert("categories", words(&resource.categories));
    }
    Value::Object(value)
}

fn words(list: &[String]) -> Vec<OwnedValue> {
    list.iter().map(|word| Value::from(word.clone())).collect()
}

fn aggregated(registry: &Registry, core: bool, version: &str, media_type: &'static str) -> Answer {
    let items: Vec<OwnedValue> = registry
        .groups()
        .iter()
        .filter(|group| group.name.is_empty() == core)
        .map(aggregated_group)
        .collect();
    let mut value = Map::in_order();
    value.insert("kind", "APIGroupDiscoveryList");
    value.insert("apiVersion", format!("apidiscovery.k8s.io/{version}"));
    value.insert("metadata", Map::new());
    value.insert("items", items);
    let mut answer = Answer::json(200, &Value::Object(value));
    debug_assert_eq!(answer.content_type, JSON);
    answer.content_type = media_type;
    answer
}

fn aggregated_group(group: &Group) -> OwnedValue {
    let versions: Vec<OwnedValue> = group
        .versions
        .iter()
        .map(|version| {
            let mut value = Map::in_order();
            value.insert("version", version.name.clone());
            let resources: Vec<OwnedValue> = version.resources.iter().map(|resource| aggregated_resource(resource)).collect();
            value.insert("resources", resources);
            value.insert("freshness", "Current");
            Value::Object(value)
        })
        .collect();
    let mut metadata = Map::in_order();
    if !group.name.is_empty() {
        metadata.insert("name", group.name.clone());
    }
    let mut value = Map::in_order();
    value.insert("metadata", metadata);
    value.insert("versions", versions);
    Value::Object(value)
}

fn aggregated_resource(resource: &Resource) -> OwnedValue {
    let kind = |group: &str, version: &str, kind: &str| {
        let mut value = Map::in_order();
        value.insert("group", group.to_owned());
        value.insert("version", version.to_owned());
        value.insert("kind", kind.to_owned());
        Value::Object(value)
    };
    let (group, version) = match &resource.custom {
        Some(_) => (resource.group.as_str(), resource.version.as_str()),
        None => ("", ""),
    };
    let mut value = Map::in_order();
    value.insert("resource", resource.plural.clone());
    value.insert("responseKind", kind(group, version, &resource.kind));
    value.insert("scope", if resource.namespaced() { "Namespaced" } else { "Cluster" });
    value.insert("singularResource", resource.singular.clone());
    value.insert("verbs", words(&resource.verbs));
    if !resource.short_names.is_empty() {
        value.insert("shortNames", words(&resource.short_names));
    }
    if !resource.categories.is_empty() {
        value.insert("categories", words(&resource.categories));
    }
    if !resource.subresources.is_empty() {
        let list: Vec<OwnedValue> = resource
            .subresources
            .iter()
            .map(|sub| {
                let mut value = Map::in_order();
                value.insert("subresource", sub.name.clone());
                value.insert("responseKind", kind(&sub.group, &sub.version, &sub.kind));
                value.insert("verbs", words(&sub.verbs));
                Value::Object(value)
            })
            .collect();
        value.insert("subresources", list);
    }
    Value::Object(value)
}
