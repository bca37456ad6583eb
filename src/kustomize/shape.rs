//! What a kustomization may say, as Go's types have it: the fields, their types, and the sentences for what does not fit.
//!
//! Names of fields count without their case, as for Go's `encoding/json`. What comes out has them as they are spelled here.

use crate::api::{Map, OwnedValue, Value, quote};

/// The type of a field.
#[derive(Debug, Clone, Copy)]
enum Type {
    Text,
    Bool,
    Int(&'static str),
    /// Anything.
    Any,
    List(&'static Type),
    /// Texts by name, or what else the type says.
    Map(&'static Type),
    Struct(&'static Struct),
    /// Another struct whose fields stand among the others; its name stands in messages.
    Inline(&'static Struct),
    /// A text with a type of its own.
    Named(&'static str),
}

/// A struct's name in Go, and its fields.
#[derive(Debug)]
struct Struct {
    name: &'static str,
    fields: &'static [(&'static str, Type)],
}

use Type::{Any, Bool, Inline, Int, List, Map as Mapped, Named, Text};

const TEXTS: Type = List(&Text);
const TEXT_MAP: Type = Mapped(&Text);

macro_rules! shapes {
    ($($constant:ident = $name:literal { $($field:literal: $type:expr),* $(,)? })*) => {
        $(static $constant: Struct = Struct { name: $name, fields: &[$(($field, $type)),*] };)*
    };
}

shapes! {
    TYPE_META = "TypeMeta" { "kind": Text, "apiVersion": Text }
    OBJECT_META = "ObjectMeta" { "name": Text, "namespace": Text, "labels": TEXT_MAP, "annotations": TEXT_MAP }
    GVK = "Gvk" { "group": Text, "version": Text, "kind": Text }
    RES_ID = "ResId" { "Gvk": Inline(&GVK), "name": Text, "namespace": Text }
    SELECTOR = "Selector" { "ResId": Inline(&RES_ID), "annotationSelector": Text, "labelSelector": Text }
    FIELD_SPEC = "FieldSpec" { "Gvk": Inline(&GVK), "path": Text, "create": Bool }
    LABEL = "Label" {
        "pairs": TEXT_MAP, "includeSelectors": Bool, "includeTemplates": Bool, "fields": List(&Type::Struct(&FIELD_SPEC)),
    }
    PATCH_ARGS = "PatchArgs" { "allowNameChange": Bool, "allowKindChange": Bool }
    PATCH = "Patch" { "path": Text, "patch": Text, "target": Type::Struct(&SELECTOR), "options": Type::Struct(&PATCH_ARGS) }
    IMAGE = "Image" { "name": Text, "newName": Text, "tagSuffix": Text, "newTag": Text, "digest": Text }
    FIELD_OPTIONS = "FieldOptions" { "delimiter": Text, "index": Int("int"), "encoding": Text, "create": Bool }
    SOURCE = "SourceSelector" { "ResId": Inline(&RES_ID), "fieldPath": Text, "options": Type::Struct(&FIELD_OPTIONS) }
    TARGET_SELECTOR = "TargetSelector" {
        "select": Type::Struct(&SELECTOR), "reject": List(&Type::Struct(&SELECTOR)), "fieldPaths": TEXTS,
        "options": Type::Struct(&FIELD_OPTIONS),
    }
    REPLACEMENT = "Replacement" {
        "source": Type::Struct(&SOURCE), "sourceValue": Text, "targets": List(&Type::Struct(&TARGET_SELECTOR)),
    }
    REPLACEMENT_FIELD = "ReplacementField" { "Replacement": Inline(&REPLACEMENT), "path": Text }
    REPLICA = "Replica" { "name": Text, "count": Int("int64") }
    VAR_TARGET = "Target" { "apiVersion": Text, "Gvk": Inline(&GVK), "name": Text, "namespace": Text }
    FIELD_SELECTOR = "FieldSelector" { "fieldPath": Text }
    VAR = "Var" { "name": Text, "objref": Type::Struct(&VAR_TARGET), "fieldref": Type::Struct(&FIELD_SELECTOR) }
    LEGACY_ORDER = "LegacySortOptions" { "orderFirst": TEXTS, "orderLast": TEXTS }
    SORT = "SortOptions" { "order": Named("SortOrder"), "legacySortOptions": Type::Struct(&LEGACY_ORDER) }
    GENERATOR_OPTIONS = "GeneratorOptions" {
        "labels": TEXT_MAP, "annotations": TEXT_MAP, "disableNameSuffixHash": Bool, "immutable": Bool,
    }
    SOURCES = "KvPairSources" { "literals": TEXTS, "files": TEXTS, "envs": TEXTS, "env": Text }
    GENERATOR = "GeneratorArgs" {
        "namespace": Text, "name": Text, "behavior": Text, "KvPairSources": Inline(&SOURCES),
        "options": Type::Struct(&GENERATOR_OPTIONS),
    }
    CONFIG_MAP = "ConfigMapArgs" { "GeneratorArgs": Inline(&GENERATOR) }
    SECRET = "SecretArgs" { "GeneratorArgs": Inline(&GENERATOR), "type": Text }
    HELM_GLOBALS = "HelmGlobals" { "chartHome": Text, "configHome": Text }
    HELM_CHART = "HelmChart" {
        "name": Text, "version": Text, "repo": Text, "releaseName": Text, "namespace": Text, "valuesFile": Text,
        "additionalValuesFiles": TEXTS, "valuesInline": Mapped(&Any), "valuesMerge": Text, "includeCRDs": Bool,
        "skipHooks": Bool, "apiVersions": TEXTS, "kubeVersion": Text, "nameTemplate": Text, "skipTests": Bool, "debug": Bool,
        "devel": Bool,
    }
    HELM_ARGS = "HelmChartArgs" {
        "chartName": Text, "chartVersion": Text, "chartRepoUrl": Text, "chartHome": Text, "chartRepoName": Text,
        "helmBin": Text, "helmHome": Text, "values": Text, "valuesLocal": Mapped(&Any), "valuesMerge": Text,
        "releaseName": Text, "releaseNamespace": Text, "extraArgs": TEXTS,
    }
    KUSTOMIZATION = "Kustomization" {
        "TypeMeta": Inline(&TYPE_META),
        "metadata": Type::Struct(&OBJECT_META),
        "openapi": TEXT_MAP,
        "namePrefix": Text,
        "nameSuffix": Text,
        "namespace": Text,
        "commonLabels": TEXT_MAP,
        "labels": List(&Type::Struct(&LABEL)),
        "commonAnnotations": TEXT_MAP,
        "patchesStrategicMerge": List(&Named("PatchStrategicMerge")),
        "patchesJson6902": List(&Type::Struct(&PATCH)),
        "patches": List(&Type::Struct(&PATCH)),
        "images": List(&Type::Struct(&IMAGE)),
        "imageTags": List(&Type::Struct(&IMAGE)),
        "replacements": List(&Type::Struct(&REPLACEMENT_FIELD)),
        "replicas": List(&Type::Struct(&REPLICA)),
        "vars": List(&Type::Struct(&VAR)),
        "sortOptions": Type::Struct(&SORT),
        "resources": TEXTS,
        "components": TEXTS,
        "crds": TEXTS,
        "bases": TEXTS,
        "configMapGenerator": List(&Type::Struct(&CONFIG_MAP)),
        "secretGenerator": List(&Type::Struct(&SECRET)),
        "helmGlobals": Type::Struct(&HELM_GLOBALS),
        "helmCharts": List(&Type::Struct(&HELM_CHART)),
        "helmChartInflationGenerator": List(&Type::Struct(&HELM_ARGS)),
        "generatorOptions": Type::Struct(&GENERATOR_OPTIONS),
        "configurations": TEXTS,
        "generators": TEXTS,
        "transformers": TEXTS,
        "validators": TEXTS,
        "buildMetadata": TEXTS,
    }
    BACK_REFERENCE = "NameBackReferences" { "Gvk": Inline(&GVK), "fieldSpecs": List(&Type::Struct(&FIELD_SPEC)) }
    CONFIGURATION = "TransformerConfig" {
        "namePrefix": List(&Type::Struct(&FIELD_SPEC)),
        "nameSuffix": List(&Type::Struct(&FIELD_SPEC)),
        "namespace": List(&Type::Struct(&FIELD_SPEC)),
        "commonLabels": List(&Type::Struct(&FIELD_SPEC)),
        "labels": List(&Type::Struct(&FIELD_SPEC)),
        "templateLabels": List(&Type::Struct(&FIELD_SPEC)),
        "commonAnnotations": List(&Type::Struct(&FIELD_SPEC)),
        "nameReference": List(&Type::Struct(&BACK_REFERENCE)),
        "varReference": List(&Type::Struct(&FIELD_SPEC)),
        "images": List(&Type::Struct(&FIELD_SPEC)),
        "replicas": List(&Type::Struct(&FIELD_SPEC)),
    }
    REPLACEMENTS = "" { "replacements": List(&Type::Struct(&REPLACEMENT)) }
}

/// A kustomization with its fields as they are spelled.
///
/// # Errors
/// Go's sentence for the first field that is unknown or of another type.
pub(super) fn kustomization(value: &OwnedValue) -> Result<OwnedValue, String> {
    checked(value, &KUSTOMIZATION, true)
}

/// A file of `configurations` with its fields as they are spelled.
///
/// # Errors
/// As for [`kustomization`].
pub(super) fn configuration(value: &OwnedValue) -> Result<OwnedValue, String> {
    checked(value, &CONFIGURATION, true)
}

/// A replacement from a file with its fields as they are spelled.
///
/// # Errors
/// As for [`kustomization`]; fields that nobody knows are passed over.
pub(super) fn replacement(value: &OwnedValue) -> Result<OwnedValue, String> {
    checked(value, &REPLACEMENT, false)
}

/// The list of replacements in a transformer's configuration.
///
/// # Errors
/// As for [`replacement`].
pub(super) fn replacements(value: &OwnedValue) -> Result<OwnedValue, String> {
    checked(value, &REPLACEMENTS, false)
}

fn checked(value: &OwnedValue, root: &'static Struct, strict: bool) -> Result<OwnedValue, String> {
    let mut reader = Reader { strict, first: None };
    let read = reader.read(value, &Type::Struct(root), root.name, "");
    reader.first.map_or(Ok(read), Err)
}

struct Reader {
    /// Whether fields that nobody knows are errors.
    strict: bool,
    first: Option<String>,
}

impl Reader {
    fn fail(&mut self, sentence: String) {
        self.first.get_or_insert(sentence);
    }

    /// `owner` is the struct and `path` the field that messages name.
    fn read(&mut self, value: &OwnedValue, wanted: &Type, owner: &str, path: &str) -> OwnedValue {
        match (wanted, value) {
            (_, Value::Null) => Value::Null,
            (Any, value) => value.clone(),
            (Text | Named(_), Value::String(_)) | (Bool, Value::Bool(_)) => value.clone(),
            (Int(_), value) if value.as_int().is_some() => value.clone(),
            (List(inner), Value::Array(items)) => Value::Array(items.iter().map(|item| self.read(item, inner, owner, path)).collect()),
            (Mapped(inner), Value::Object(map)) => {
                let mut read = Map::new();
                for (key, value) in sorted(map) {
                    read.insert(key.to_owned(), self.read(value, inner, owner, path));
                }
                Value::Object(read)
            }
            (Type::Struct(shape) | Inline(shape), Value::Object(map)) => {
                let mut read = Map::new();
                for (key, value) in sorted(map) {
                    match find(shape, key) {
                        Some((name, inner, steps)) => {
                            let path = if path.is_empty() { steps } else { format!("{path}.{steps}") };
                            // Go takes nothing for a field's zero value.
                            let value = self.read(value, inner, shape.name, &path);
                            if !value.is_null() {
                                read.insert(name, value);
                            }
                        }
                        None if self.strict => self.fail(format!("json: unknown field {}", quote(key))),
                        None => {}
                    }
                }
                Value::Object(read)
            }
            (wanted, value) => {
                let have = match value {
                    Value::Int(number) if matches!(wanted, Int(_)) => format!("number {number}"),
                    Value::Float(number) if matches!(wanted, Int(_)) => format!("number {number}"),
                    other => other.json_type().to_owned(),
                };
                let wanted = go_name(wanted);
                self.fail(match path {
                    "" => format!("json: cannot unmarshal {have} into Go value of type {wanted}"),
                    path => format!("json: cannot unmarshal {have} into Go struct field {owner}.{path} of type {wanted}"),
                });
                Value::Null
            }
        }
    }
}

/// The fields in the order in which Go's JSON has them.
fn sorted<'m>(map: &'m Map<'static>) -> Vec<(&'m str, &'m OwnedValue)> {
    let mut fields: Vec<_> = map.iter().collect();
    fields.sort_by_key(|(key, _)| *key);
    fields
}

/// A field of a struct or of one that stands among its fields, and the steps that messages name.
fn find(shape: &'static Struct, key: &str) -> Option<(&'static str, &'static Type, String)> {
    shape.fields.iter().find_map(|(name, inner)| match inner {
        Inline(shape) => find(shape, key).map(|(found, inner, steps)| (found, inner, format!("{name}.{steps}"))),
        inner => name.eq_ignore_ascii_case(key).then(|| (*name, inner, (*name).to_owned())),
    })
}

/// A type as Go names it.
fn go_name(wanted: &Type) -> String {
    match wanted {
        Text => "string".to_owned(),
        Bool => "bool".to_owned(),
        Int(name) => (*name).to_owned(),
        Any => "interface {}".to_owned(),
        List(Type::Struct(shape)) => format!("[]types.{}", shape.name),
        List(inner) => format!("[]{}", go_name(inner)),
        Mapped(inner) => format!("map[string]{}", go_name(inner)),
        Type::Struct(shape) | Inline(shape) => format!("types.{}", shape.name),
        Named(name) => format!("types.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(yaml: &str) -> String {
        kustomization(&crate::yaml::parse(yaml.as_bytes()).unwrap().into_owned()).unwrap_err()
    }

    #[test]
    fn kustomization_with_what_does_not_fit_is_refused_in_go_s_words() {
        for (yaml, want) in [
            ("foo: bar", "json: unknown field \"foo\""),
            ("labels: [{x: 1}]", "json: unknown field \"x\""),
            (
                "resources: a",
                "json: cannot unmarshal string into Go struct field Kustomization.resources of type []string",
            ),
            (
                "kind: 1",
                "json: cannot unmarshal number into Go struct field Kustomization.TypeMeta.kind of type string",
            ),
            (
                "configMapGenerator: [{literals: a}]",
                "json: cannot unmarshal string into Go struct field ConfigMapArgs.configMapGenerator.GeneratorArgs.KvPairSources.literals of type []string",
            ),
            (
                "patches: [{target: {name: 1}}]",
                "json: cannot unmarshal number into Go struct field Selector.patches.target.ResId.name of type string",
            ),
            (
                "labels: [{pairs: {a: 1}}]",
                "json: cannot unmarshal number into Go struct field Label.labels.pairs of type string",
            ),
        ] {
            assert_eq!(sentence(yaml), want);
        }
    }

    #[test]
    fn kustomization_takes_names_of_any_case() {
        let read = kustomization(&crate::yaml::parse(b"NAMEPREFIX: a\nlabels: null").unwrap().into_owned()).unwrap();
        assert_eq!(read.str_at(&["namePrefix"]), "a");
        assert!(read.get("labels").is_none());
    }
}
