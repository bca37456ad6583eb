//! What the field `crds` adds to the configuration: descriptions of types that say which of their fields name others.

use super::{
    config::{Config, References, Specs},
    id::Gvk,
    loader::{Failure, Loader},
    node::FieldSpec,
};
use crate::{
    api::{OwnedValue, Value},
    yaml,
};

/// How deep types are followed into each other.
const DEEPEST: usize = 32;

/// What the descriptions in these files say.
///
/// # Errors
/// Files that cannot be read.
pub(super) fn load(loader: &Loader<'_>, paths: &[Value<'_>]) -> Result<Config, String> {
    let mut config = Config::default();
    for path in paths.iter().filter_map(Value::as_str) {
        let bytes = loader.load(path).map_err(Failure::text)?;
        let types = yaml::parse(&bytes)
            .map_err(|error| format!("unable to parse open API definition from '{path}': {error}"))?
            .into_owned();
        let named = types.as_object().into_iter().flat_map(|types| types.iter());
        for (name, description) in named {
            let Some(properties) = properties(description) else { continue };
            if ["kind", "apiVersion", "metadata"]
                .iter()
                .all(|field| properties.get(field).is_some())
            {
                let gvk = Gvk {
                    kind: name.rsplit('.').next().unwrap_or_default().to_owned(),
                    ..Gvk::default()
                };
                let mut found = Config::default();
                walk(&types, description, &gvk, &mut Vec::new(), &mut found);
                config.merge(&found)?;
            }
        }
    }
    Ok(config)
}

/// The fields of a type. Go reads the names of its own fields in any case.
fn properties(description: &OwnedValue) -> Option<&OwnedValue> {
    let schema = ["Schema", "schema"].iter().find_map(|name| description.get(name))?;
    schema.get("properties")
}

fn walk(types: &OwnedValue, description: &OwnedValue, gvk: &Gvk, path: &mut Vec<String>, found: &mut Config) {
    let fields = properties(description).and_then(Value::as_object);
    if path.len() > DEEPEST {
        return;
    }
    for (name, field) in fields.into_iter().flat_map(|fields| fields.iter()) {
        path.push(name.to_owned());
        let spec = |more: Option<&str>| FieldSpec {
            gvk: gvk.clone(),
            path: path.iter().map(String::as_str).chain(more).collect::<Vec<_>>().join("/"),
            create: false,
        };
        let said = |extension: &str| field.get(extension).and_then(Value::as_str);
        for (extension, specs) in [
            ("x-kubernetes-annotation", &mut found.annotations),
            ("x-kubernetes-label-selector", &mut found.common_labels),
            ("x-kubernetes-identity", &mut found.prefix),
        ] {
            if said(extension).is_some() {
                specs.0.push(spec(None));
            }
        }
        if let (Some(version), Some(kind)) = (said("x-kubernetes-object-ref-api-version"), said("x-kubernetes-object-ref-kind")) {
            let name = said("x-kubernetes-object-ref-name-key").unwrap_or("name");
            found.references.push(References {
                gvk: Gvk {
                    version: version.to_owned(),
                    kind: kind.to_owned(),
                    ..Gvk::default()
                },
                specs: Specs(vec![spec(Some(name))]),
            });
        }
        if let Some(inner) = said("$ref").and_then(|name| types.get(name)) {
            walk(types, inner, gvk, path, found);
        }
        path.pop();
    }
}
