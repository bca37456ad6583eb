//! Kustomizations, built as the kustomize inside of kubectl builds them (v5.8).
//!
//! * [`files`]: where files are, as a trait; links and Go's paths. [`loader`]: what a kustomization may read of them.
//!   [`remote`]: which words name repositories.
//! * [`node`]: YAML that keeps what words look like; paths into it. [`read`]: files of objects.
//! * [`shape`]: what a kustomization may say. [`config`], [`crds`]: which fields of objects are changed. [`schema`]: what is
//!   known of types.
//! * [`id`], [`resource`]: objects, what they are and were called, and sets of them. [`origin`]: where they come from.
//! * [`target`]: one kustomization after the other. [`generators`], [`patches`] with [`merge`], [`steps`], [`replacements`],
//!   [`plugins`]: what each makes and changes. [`references`], [`variables`]: what is put right at the end. [`order`]: in what
//!   order it comes out.
//!
//! Nothing here touches a disk or a network: whoever builds brings [`Files`]. Helm charts and plugins are refused, as kubectl
//! refuses them without flags.

mod config;
mod crds;
mod files;
mod generators;
mod id;
mod loader;
mod merge;
mod node;
mod order;
mod origin;
mod patches;
mod plugins;
mod read;
mod references;
mod remote;
mod replacements;
mod resource;
mod schema;
mod shape;
mod steps;
mod target;
#[cfg(test)]
mod tests;
mod variables;

use std::{collections::BTreeSet, path::Path};

pub use self::{
    files::{Checkout, Download, Entry, Files},
    remote::Repository,
};
use self::{
    loader::Loader,
    node::FieldSpec,
    order::Order,
    origin::Origin,
    resource::{Resource, Set},
    target::{Builder, Kustomization},
};
use crate::{
    api::{OwnedValue, Value},
    error::{Error, Result},
};

/// The release of kustomize whose build this is.
const RELEASE: &str = "v5.8.1";

/// How a kustomization is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Whether files may only come from a kustomization's own folder and below.
    pub restricted: bool,
    /// The order of the objects; what a kustomization asks for itself wins.
    pub reorder: Reorder,
    /// Whether objects get a label that says who made them.
    pub managed_by: bool,
    /// Whether Helm charts are wanted. They are refused then in other words.
    pub helm: bool,
}

/// The order of the objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reorder {
    /// What others need comes first, without being asked for.
    Usual,
    /// What others need comes first.
    Legacy,
    /// As they came.
    None,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            restricted: true,
            reorder: Reorder::Legacy,
            managed_by: false,
            helm: false,
        }
    }
}

impl Options {
    /// Why a Helm chart is not built.
    fn without_helm(&self) -> &'static str {
        match self.helm {
            false => "must specify --enable-helm",
            true => "this client does not run Helm",
        }
    }
}

/// What standard error is told beside failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A line.
    Line(String),
    /// A line of Go's standard log, which kubectl hands to its own.
    Log(String),
}

/// An object that was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The object.
    pub value: OwnedValue,
    /// The name of the file that it gets where each has its own.
    pub file: String,
}

/// Builds the kustomization that `named` names, a folder or a repository; relative paths begin in `directory`. `notices` get
/// what is said on the way, also of builds that fail.
///
/// # Errors
/// What kustomize says of what it cannot read, make or change.
pub fn build(files: &dyn Files, directory: &Path, named: &str, options: &Options, notices: &mut Vec<Notice>) -> Result<Vec<Object>> {
    built(files, directory, named, options, notices).map_err(Error::Message)
}

fn built(
    files: &dyn Files,
    directory: &Path,
    named: &str,
    options: &Options,
    notices: &mut Vec<Notice>,
) -> std::result::Result<Vec<Object>, String> {
    let loader = Loader::first(files, directory, named, options.restricted)?;
    let mut builder = Builder::new(options, notices);
    let kustomization = builder.load(&loader)?;
    builder.describe(&loader, &kustomization)?;
    let mut set = builder.finish(&loader, &kustomization)?;
    let order = match (kustomization.value.get("sortOptions"), options.reorder) {
        (Some(asked), reorder) => {
            if reorder != Reorder::Usual {
                builder.notices.push(Notice::Log(
                    "Warning: Sorting order is set both in 'kustomization.yaml' ('sortOptions') and in a CLI flag ('--reorder'). \
                     Using the kustomization file over the CLI flag."
                        .to_owned(),
                ));
            }
            Order::asked(asked)?
        }
        (None, Reorder::None) => None,
        (None, _) => Some(Order::legacy()),
    };
    if let Some(order) = order {
        order.sort(&mut set.0);
    }
    if options.managed_by || kustomization.has_metadata("managedByLabel") {
        label(&mut set)?;
    }
    let namespace = |resource: &Resource| {
        let id = resource.id();
        (!id.gvk.is_of_cluster()).then(|| id.effective_namespace().to_owned())
    };
    let namespaces: BTreeSet<String> = set.0.iter().filter_map(namespace).collect();
    let several = namespaces.len() > 1;
    let finished = set.0.into_iter().map(|resource| {
        let namespace = namespace(&resource).filter(|_| several);
        object(resource, &kustomization, namespace.as_deref())
    });
    finished.collect()
}

/// Says in every object who made it.
fn label(set: &mut Set) -> std::result::Result<(), String> {
    let spec = FieldSpec {
        path: "metadata/labels".to_owned(),
        create: true,
        ..FieldSpec::default()
    };
    let value = format!("kustomize-{RELEASE}");
    set.0.iter_mut().try_for_each(|resource| {
        spec.each(&mut resource.node, node::Made::Map, &mut |labels| {
            labels.set_text("app.kubernetes.io/managed-by", &value)
        })
    })
}

/// An object as it comes out. `namespace` is what the name of its file begins with, if that tells objects apart.
fn object(mut resource: Resource, kustomization: &Kustomization, namespace: Option<&str>) -> std::result::Result<Object, String> {
    let mut annotations = resource.annotations();
    if kustomization.has_metadata("originAnnotations")
        && let Some(origin) = &resource.origin
    {
        annotations.insert("config.kubernetes.io/origin", origin.text());
    }
    if kustomization.has_metadata("transformerAnnotations") && !resource.transformations.is_empty() {
        annotations.insert(
            "alpha.config.kubernetes.io/transformations",
            Origin::texts(&resource.transformations),
        );
    }
    resource.set_texts("annotations", &annotations);
    let id = resource.id();
    let parts = [namespace.unwrap_or_default(), &id.gvk.file_name(), &id.name];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let file = format!("{}.yaml", parts.join("_")).to_lowercase();
    let value = resource.node.value().map_err(|error| match error.starts_with("yaml: ") {
        true => format!("map[string]interface {{}}(nil): {error}"),
        false => format!("{}: {error}", resource.node.go_syntax()),
    })?;
    Ok(Object { value, file })
}

/// The objects alone.
pub fn values(objects: Vec<Object>) -> Vec<Value<'static>> {
    objects.into_iter().map(|object| object.value).collect()
}
