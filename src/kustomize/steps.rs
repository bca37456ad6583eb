//! What a kustomization does to all of its objects, step by step.

use regex::Regex;

use super::{
    config::{Config, Specs},
    id::{Gvk, Id},
    loader::Loader,
    node::{FieldSpec, Made, Node, Scalar, Tag},
    patches::{self, Json6902, Patch},
    replacements,
    resource::{Allowed, Resource, Set},
    schema::Schemas,
};
use crate::{
    api::{Map, OwnedValue, Value},
    yaml,
};

/// One step.
#[derive(Debug)]
pub(super) enum Step {
    /// Parts of objects that are merged into them.
    Merge(Vec<Node>),
    Patch(Box<Patch>),
    Namespace {
        namespace: String,
        specs: Specs,
        /// Whether a namespace that is there stays.
        unset_only: bool,
        subjects: Subjects,
    },
    Prefix(String, Specs),
    Suffix(String, Specs),
    Labels(Map<'static>, Specs),
    Annotations(Map<'static>, Specs),
    Json6902(Box<Json6902>),
    Replicas {
        name: String,
        count: i64,
        specs: Specs,
    },
    Image(OwnedValue, Specs),
    Replacements(Vec<OwnedValue>),
    /// Digests behind names.
    Hash,
}

/// Which subjects of bindings get the namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Subjects {
    /// Those that are called `default`.
    #[default]
    Default,
    /// All service accounts.
    ServiceAccounts,
    None,
}

impl Step {
    /// What kustomize calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Step::Merge(_) => "PatchStrategicMergeTransformer",
            Step::Patch(_) => "PatchTransformer",
            Step::Namespace { .. } => "NamespaceTransformer",
            Step::Prefix(..) => "PrefixTransformer",
            Step::Suffix(..) => "SuffixTransformer",
            Step::Labels(..) => "LabelTransformer",
            Step::Annotations(..) => "AnnotationsTransformer",
            Step::Json6902(_) => "PatchJson6902Transformer",
            Step::Replicas { .. } => "ReplicaCountTransformer",
            Step::Image(..) => "ImageTagTransformer",
            Step::Replacements(_) => "ReplacementTransformer",
            Step::Hash => "HashTransformer",
        }
    }

    /// The steps of a kustomization, in kustomize's order.
    ///
    /// # Errors
    /// Files that cannot be read, and what cannot be done.
    pub(super) fn of(loader: &Loader<'_>, kustomization: &OwnedValue, config: &Config) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        let strategic = kustomization.items_at(&["patchesStrategicMerge"]);
        if !strategic.is_empty() {
            let configuration = |error: String| configured("PatchStrategicMergeTransformer", &field_of("paths", strategic), &error);
            steps.push(Step::Merge(patches::strategic(loader, strategic).map_err(configuration)?));
        }
        for entry in kustomization.items_at(&["patches"]) {
            let patch = Patch::read(loader, entry).map_err(|error| configured("PatchTransformer", entry, &error))?;
            steps.push(Step::Patch(Box::new(patch)));
        }
        let said = |field: &str| {
            Some(kustomization.str_at(&[field]))
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        if let Some(namespace) = said("namespace") {
            steps.push(Step::Namespace {
                namespace,
                specs: config.namespace.clone(),
                unset_only: false,
                subjects: Subjects::Default,
            });
        }
        steps.extend(said("namePrefix").map(|prefix| Step::Prefix(prefix, config.prefix.clone())));
        steps.extend(said("nameSuffix").map(|suffix| Step::Suffix(suffix, config.suffix.clone())));
        let pairs = |value: Option<&OwnedValue>| value.and_then(Value::as_object).cloned().unwrap_or_default();
        let labels = kustomization.items_at(&["labels"]);
        let common = pairs(kustomization.get("commonLabels"));
        for label in labels {
            let is_set = |field: &str| label.get(field).and_then(Value::as_bool) == Some(true);
            let failed = |error: String| format!("failed to merge labels: {error}");
            let mut specs = Specs::read(label.items_at(&["fields"]));
            if is_set("includeSelectors") {
                specs.merge(&config.common_labels).map_err(failed)?;
            } else {
                if is_set("includeTemplates") {
                    specs
                        .merge(&config.template_labels)
                        .map_err(|error| format!("failed to merge template fieldSpec: {error}"))?;
                }
                specs.merge(&config.labels).map_err(failed)?;
            }
            steps.push(Step::Labels(pairs(label.get("pairs")), specs));
        }
        if !labels.is_empty() || !common.is_empty() {
            steps.push(Step::Labels(common, config.common_labels.clone()));
        }
        let annotations = pairs(kustomization.get("commonAnnotations"));
        if !annotations.is_empty() {
            steps.push(Step::Annotations(annotations, config.annotations.clone()));
        }
        for entry in kustomization.items_at(&["patchesJson6902"]) {
            let patch = Json6902::read(loader, entry).map_err(|error| configured("PatchJson6902Transformer", &json_form(entry), &error))?;
            steps.push(Step::Json6902(Box::new(patch)));
        }
        for replica in kustomization.items_at(&["replicas"]) {
            steps.push(Step::Replicas {
                name: replica.str_at(&["name"]).to_owned(),
                count: replica.int_at(&["count"]).unwrap_or_default(),
                specs: config.replicas.clone(),
            });
        }
        for image in kustomization
            .items_at(&["images"])
            .iter()
            .chain(kustomization.items_at(&["imageTags"]))
        {
            steps.push(Step::Image(image.clone(), config.images.clone()));
        }
        let entries = kustomization.items_at(&["replacements"]);
        if !entries.is_empty() {
            let read = replacements::read(loader, entries);
            steps.push(Step::Replacements(read.map_err(|error| {
                configured("ReplacementTransformer", &field_of("Replacements", entries), &error)
            })?));
        }
        Ok(steps)
    }

    /// Takes the step.
    ///
    /// # Errors
    /// What does not fit the objects that are there.
    pub(super) fn take(&self, set: &mut Set, schemas: &Schemas) -> Result<(), String> {
        match self {
            Step::Merge(patches) => patches::merge(set, patches, Allowed::default(), schemas),
            Step::Patch(patch) => patch.apply(set, schemas),
            Step::Namespace {
                namespace,
                specs,
                unset_only,
                subjects,
            } => self::namespace(set, namespace, specs, *unset_only, *subjects),
            Step::Prefix(prefix, specs) => affix(set, prefix, specs, true),
            Step::Suffix(suffix, specs) => affix(set, suffix, specs, false),
            Step::Labels(pairs, specs) | Step::Annotations(pairs, specs) => texts(set, pairs, specs),
            Step::Json6902(patch) => patch.apply(set),
            Step::Replicas { name, count, specs } => replicas(set, name, *count, specs),
            Step::Image(image, specs) => images(set, image, specs),
            Step::Replacements(entries) => replacements::apply(set, entries),
            Step::Hash => hashes(set),
        }
    }
}

/// A failure of what is built in, with what it was told.
pub(super) fn configured(kind: &str, told: &Value<'_>, error: &str) -> String {
    let mut out = Vec::new();
    yaml::to_yaml(&mut out, told);
    format!(
        "trouble configuring builtin {kind} with config: `\n{}`: {error}",
        String::from_utf8_lossy(&out)
    )
}

fn field_of(name: &str, items: &[OwnedValue]) -> OwnedValue {
    let mut map = Map::new();
    map.insert(name.to_owned(), Value::Array(items.to_vec()));
    Value::Object(map)
}

/// An entry of `patchesJson6902` as its transformer is told it.
fn json_form(entry: &OwnedValue) -> OwnedValue {
    let mut told = entry.clone();
    if let Some(map) = told.as_object_mut()
        && let Some(patch) = map.remove("patch")
    {
        map.insert("jsonOp", patch);
    }
    told
}

fn namespace(set: &mut Set, namespace: &str, specs: &Specs, unset_only: bool, subjects: Subjects) -> Result<(), String> {
    let write = |node: &mut Node| match node {
        Node::Scalar(scalar) if unset_only && !scalar.text.is_empty() => Ok(()),
        node => {
            node.say(namespace)?;
            if let Node::Scalar(scalar) = node {
                scalar.tag = Tag::Text;
            }
            Ok(())
        }
    };
    for at in 0..set.0.len() {
        let resource = &mut set.0[at];
        if resource.node.is_empty() {
            continue;
        }
        resource.remember();
        let node = &mut resource.node;
        if !Gvk::of(node).is_of_cluster() {
            let spec = FieldSpec {
                path: "metadata/namespace".to_owned(),
                create: true,
                ..FieldSpec::default()
            };
            spec.each(node, Made::Scalar, &mut |node| write(node))?;
        }
        let is_binding = matches!(node.word(&["kind"]), "RoleBinding" | "ClusterRoleBinding");
        if is_binding && let Some(found) = node.at_mut(&["subjects"]) {
            bind(found, subjects, &write)?;
        }
        for spec in &specs.0 {
            let is_own = spec.path == "metadata/namespace" || is_binding && spec.path == "subjects";
            if !is_own {
                spec.each(node, Made::Scalar, &mut |node| write(node))?;
            }
        }
        let id = resource.id();
        let same: Vec<&Resource> = set.0.iter().filter(|other| other.id().is_same(&id)).collect();
        if same.len() != 1 {
            let shown: Vec<String> = same.iter().map(|resource| resource.shown()).collect();
            return Err(format!("namespace transformation produces ID conflict: [{}]", shown.join(" ")));
        }
    }
    Ok(())
}

/// Sets the namespace of subjects.
fn bind(found: &mut Node, subjects: Subjects, write: &dyn Fn(&mut Node) -> Result<(), String>) -> Result<(), String> {
    let Node::List(items) = found else { return Ok(()) };
    for item in items {
        let is_meant = match subjects {
            Subjects::Default => item.word(&["name"]) == "default",
            Subjects::ServiceAccounts => item.word(&["kind"]) == "ServiceAccount",
            Subjects::None => false,
        };
        if let (true, Node::Map(fields)) = (is_meant, item) {
            if fields.get("namespace").is_none() {
                fields.set("namespace", Node::Scalar(Scalar::open("")));
            }
            fields.get_mut("namespace").map_or(Ok(()), write)?;
        }
    }
    Ok(())
}

/// The types whose objects keep their names.
fn is_named_for_good(gvk: &Gvk) -> bool {
    match gvk.kind.as_str() {
        "CustomResourceDefinition" | "Namespace" => true,
        "APIService" => gvk.group == "apiregistration.k8s.io",
        _ => false,
    }
}

/// Puts something before or behind the names.
fn affix(set: &mut Set, text: &str, specs: &Specs, before: bool) -> Result<(), String> {
    for resource in &mut set.0 {
        let original = resource.original_id().gvk;
        if is_named_for_good(&original) {
            continue;
        }
        for spec in &specs.0 {
            if !original.is_selected(&spec.gvk) {
                continue;
            }
            if spec.path == "metadata/name" && !text.is_empty() {
                let list = if before { &mut resource.prefixes } else { &mut resource.suffixes };
                list.push(text.to_owned());
                resource.remember();
            }
            spec.each(&mut resource.node, Made::Nothing, &mut |node| {
                let word = node.word(&[]).to_owned();
                node.say(&match before {
                    true => format!("{text}{word}"),
                    false => format!("{word}{text}"),
                })
            })?;
        }
    }
    Ok(())
}

/// Adds labels or annotations.
fn texts(set: &mut Set, pairs: &Map<'static>, specs: &Specs) -> Result<(), String> {
    let mut pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key, value.as_str().unwrap_or_default())).collect();
    pairs.sort_unstable();
    for resource in &mut set.0 {
        for (key, value) in &pairs {
            for spec in &specs.0 {
                spec.each(&mut resource.node, Made::Map, &mut |map| map.set_text(key, value))?;
            }
        }
    }
    Ok(())
}

fn replicas(set: &mut Set, name: &str, count: i64, specs: &Specs) -> Result<(), String> {
    let mut found = false;
    for spec in &specs.0 {
        for resource in &mut set.0 {
            let is_meant = |id: Id| id.name == name && id.gvk.is_selected(&spec.gvk);
            if !resource.ids().any(is_meant) {
                continue;
            }
            found = true;
            spec.each(&mut resource.node, Made::Scalar, &mut |node| {
                node.say(&count.to_string())?;
                if let Node::Scalar(scalar) = node {
                    *scalar = Scalar::open(count.to_string());
                }
                Ok(())
            })?;
        }
    }
    match found {
        true => Ok(()),
        false => {
            let types: Vec<String> = specs.0.iter().map(|spec| spec.gvk.to_string()).collect();
            Err(format!(
                "resource with name {name} does not match a config with the following GVK [{}]",
                types.join(" ")
            ))
        }
    }
}

/// Sets names, tags and digests of images: of containers wherever they are, and where the configuration says.
fn images(set: &mut Set, wanted: &OwnedValue, specs: &Specs) -> Result<(), String> {
    let pattern = format!(
        "^{}(:[a-zA-Z0-9_.{{}}-]*)?(@sha256:[a-zA-Z0-9_.{{}}-]*)?$",
        wanted.str_at(&["name"])
    );
    let Ok(pattern) = Regex::new(&pattern) else { return Ok(()) };
    let change = |node: &mut Node| {
        let Some(image) = image_of(node)? else { return Ok(()) };
        match pattern.is_match(&image) {
            true => node.say(&changed_image(&image, wanted)),
            false => Ok(()),
        }
    };
    for resource in &mut set.0 {
        if resource.kind() == "CustomResourceDefinition" {
            continue;
        }
        in_containers(&mut resource.node, &change)?;
        for spec in &specs.0 {
            spec.each(&mut resource.node, Made::Nothing, &mut |node| change(node))?;
        }
    }
    Ok(())
}

/// The image that a node says; none where there is none.
fn image_of(node: &Node) -> Result<Option<String>, String> {
    match node {
        node if node.is_null() => Ok(None),
        Node::Scalar(scalar) => Ok(Some(scalar.text.clone())),
        node => Err(node.is_no("ScalarNode")),
    }
}

/// Changes the images of all containers below a node.
fn in_containers(node: &mut Node, change: &dyn Fn(&mut Node) -> Result<(), String>) -> Result<(), String> {
    match node {
        Node::Scalar(_) => Ok(()),
        Node::List(items) => items.iter_mut().try_for_each(|item| in_containers(item, change)),
        Node::Map(fields) => {
            for (key, value) in &mut fields.0 {
                in_containers(value, change)?;
                if let (true, Node::List(items)) = (matches!(key.text.as_str(), "containers" | "initContainers"), value) {
                    for item in items {
                        if let Some(image) = item.at_mut(&["image"]) {
                            change(image)?;
                        }
                    }
                }
            }
            Ok(())
        }
    }
}

/// The image as `wanted` has it.
fn changed_image(image: &str, wanted: &Value<'_>) -> String {
    let said = |field: &str| wanted.str_at(&[field]);
    let (name, tag, digest) = split_image(image);
    let name = if said("newName").is_empty() { name } else { said("newName") };
    let suffixed = format!("{tag}{}", said("tagSuffix"));
    let (tag, digest) = match (said("newTag"), said("digest")) {
        ("", "") if said("tagSuffix").is_empty() => (tag, digest),
        ("", "") => (suffixed.as_str(), ""),
        changed => changed,
    };
    let mut changed = name.to_owned();
    for (mark, part) in [(':', tag), ('@', digest)] {
        if !part.is_empty() {
            changed.push(mark);
            changed.push_str(part);
        }
    }
    changed
}

/// An image's name, tag and digest.
fn split_image(image: &str) -> (&str, &str, &str) {
    let behind_host = image.find('/').filter(|slash| *slash > 0).unwrap_or(0);
    let find = |mark: char| image[behind_host..].find(mark).map(|at| behind_host + at);
    match (find(':'), find('@')) {
        (None, None) => (image, "", ""),
        (Some(colon), Some(at)) if colon < at => (&image[..colon], &image[colon + 1..at], &image[at + 1..]),
        (_, Some(at)) => (&image[..at], "", &image[at + 1..]),
        (Some(colon), None) => (&image[..colon], &image[colon + 1..], ""),
    }
}

/// Puts digests behind the names of what was generated.
fn hashes(set: &mut Set) -> Result<(), String> {
    for resource in set.0.iter_mut().filter(|resource| resource.hashed) {
        let digest = super::generators::digest(&resource.node)?;
        let name = format!("{}-{digest}", resource.name());
        resource.remember();
        resource.set_metadata("name", &name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_image_knows_hosts_tags_and_digests() {
        for (image, parts) in [
            ("a", ("a", "", "")),
            ("a:1", ("a", "1", "")),
            ("h:5/a", ("h:5/a", "", "")),
            ("h:5/a:1@sha256:0", ("h:5/a", "1", "sha256:0")),
            ("a@sha256:0", ("a", "", "sha256:0")),
            (":1", ("", "1", "")),
        ] {
            assert_eq!(split_image(image), parts, "{image}");
        }
    }
}
