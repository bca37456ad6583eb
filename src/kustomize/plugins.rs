//! What the fields `generators`, `transformers` and `validators` configure. Only what is built into kustomize is run.

use super::{
    config::Specs,
    generators,
    id::Gvk,
    loader::Loader,
    node::Node,
    patches::{self, Json6902, Patch},
    read, replacements,
    resource::Resource,
    shape,
    steps::{Step, Subjects},
};
use crate::{
    api::{OwnedValue, Value},
    generate::keyed::Keeper,
};

/// Whether an object configures what is built in.
fn is_built_in(resource: &Resource) -> bool {
    resource.node.word(&["apiVersion"]) == "builtin"
}

fn refused(resource: &Resource) -> String {
    format!("external plugins disabled; unable to load external plugin '{}'", resource.kind())
}

fn unknown(resource: &Resource) -> String {
    format!("unable to load builtin {}", Gvk::of(&resource.node))
}

/// The first Helm chart that a kustomization asks for, as its generator is told it.
pub(super) fn chart(kustomization: &OwnedValue) -> Option<OwnedValue> {
    let fields = |value: Option<&OwnedValue>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut told = fields(kustomization.get("helmGlobals"));
    if let Some(chart) = kustomization.items_at(&["helmCharts"]).first() {
        for (field, value) in fields(Some(chart)).iter() {
            told.insert(field.to_owned(), value.clone());
        }
        return Some(Value::Object(told));
    }
    let old = kustomization.items_at(&["helmChartInflationGenerator"]).first()?;
    for (new, old_name) in [
        ("chartHome", "chartHome"),
        ("configHome", "helmHome"),
        ("name", "chartName"),
        ("version", "chartVersion"),
        ("repo", "chartRepoUrl"),
        ("releaseName", "releaseName"),
        ("namespace", "releaseNamespace"),
        ("valuesFile", "values"),
        ("valuesInline", "valuesLocal"),
        ("valuesMerge", "valuesMerge"),
    ] {
        if let Some(value) = old.get(old_name) {
            told.insert(new, value.clone());
        }
    }
    Some(Value::Object(told))
}

/// What the objects of `generators` make.
///
/// # Errors
/// What is not built in, and what cannot be made.
pub(super) fn generators(loader: &Loader<'_>, objects: &[Resource]) -> Result<Vec<Resource>, String> {
    let mut made = Vec::new();
    for object in objects {
        if !is_built_in(object) {
            return Err(format!("failed to load generator: {}", refused(object)));
        }
        let keeper = match object.kind() {
            "ConfigMapGenerator" => Keeper::ConfigMap,
            "SecretGenerator" => Keeper::Secret,
            _ => return Err(format!("failed to load generator: {}", unknown(object))),
        };
        let mut told = object.node.value()?;
        for field in ["name", "namespace"] {
            let text = object.node.word(&["metadata", field]).to_owned();
            if !text.is_empty() {
                told.set(&[field], text);
            }
        }
        made.push(generators::make(loader, &told, None, keeper)?);
    }
    Ok(made)
}

/// The steps that the objects of `transformers` configure.
///
/// # Errors
/// What is not built in, and what cannot be done.
pub(super) fn transformers(loader: &Loader<'_>, objects: &[Resource]) -> Result<Vec<Step>, String> {
    let mut all = Vec::new();
    for object in objects {
        if !is_built_in(object) {
            return Err(refused(object));
        }
        let told = object.node.value()?;
        let step = step(loader, object, &told).map_err(|error| format!("plugin {} fails configuration: {error}", object.id()))?;
        all.push(step.ok_or_else(|| unknown(object))?);
    }
    Ok(all)
}

fn step(loader: &Loader<'_>, object: &Resource, told: &OwnedValue) -> Result<Option<Step>, String> {
    let specs = Specs::read(told.items_at(&["fieldSpecs"]));
    let pairs = |field: &str| told.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
    let text = |field: &str| told.str_at(&[field]).to_owned();
    Ok(Some(match object.kind() {
        "PrefixTransformer" => Step::Prefix(text("prefix"), specs),
        "SuffixTransformer" => Step::Suffix(text("suffix"), specs),
        "LabelTransformer" => Step::Labels(pairs("labels"), specs),
        "AnnotationsTransformer" => Step::Annotations(pairs("annotations"), specs),
        "NamespaceTransformer" => Step::Namespace {
            namespace: object.namespace().to_owned(),
            specs,
            unset_only: told.get("unsetOnly").and_then(Value::as_bool) == Some(true),
            subjects: match told.str_at(&["setRoleBindingSubjects"]) {
                "" | "defaultOnly" => Subjects::Default,
                "allServiceAccounts" => Subjects::ServiceAccounts,
                "none" => Subjects::None,
                other => {
                    return Err(format!(
                        "invalid value {other:?} for setRoleBindingSubjects: must be one of defaultOnly, allServiceAccounts or none"
                    ));
                }
            },
        },
        "ImageTagTransformer" => Step::Image(told.get("imageTag").cloned().unwrap_or_default(), specs),
        "ReplicaCountTransformer" => Step::Replicas {
            name: told.str_at(&["replica", "name"]).to_owned(),
            count: told.int_at(&["replica", "count"]).unwrap_or_default(),
            specs,
        },
        "PatchTransformer" => Step::Patch(Box::new(Patch::read(loader, told)?)),
        "PatchStrategicMergeTransformer" => {
            let mut nodes: Vec<Node> = Vec::new();
            let paths = told.items_at(&["paths"]);
            if !paths.is_empty() {
                nodes.extend(patches::strategic(loader, paths)?);
            }
            nodes.extend(read::objects(told.str_at(&["patches"]))?);
            if nodes.is_empty() {
                return Err("empty file path and empty patch content".to_owned());
            }
            Step::Merge(nodes)
        }
        "PatchJson6902Transformer" => {
            let mut entry = told.clone();
            entry.set(&["patch"], text("jsonOp"));
            Step::Json6902(Box::new(Json6902::read(loader, &entry)?))
        }
        "ReplacementTransformer" => {
            let read = shape::replacements(told)?;
            Step::Replacements(replacements::read(loader, read.items_at(&["replacements"]))?)
        }
        "ValueAddTransformer" => return Err("valueadd keyword not yet defined".to_owned()),
        "HashTransformer" => Step::Hash,
        _ => return Ok(None),
    }))
}
