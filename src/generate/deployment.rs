//! Deployments.

use super::{Fields, Metadata, begin, nothing, pair};
use crate::api::{OwnedValue, Value};

/// What a deployment is made of.
#[derive(Debug, Clone, Copy)]
pub struct Deployment<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace, if the object says it.
    pub namespace: &'a str,
    /// The images, a container for each.
    pub images: &'a [String],
    /// What runs in the container.
    pub command: &'a [String],
    /// How many pods.
    pub replicas: i64,
    /// The port of the first container; negative for none.
    pub port: i64,
}

/// A deployment. `suffix` gives five random letters for a container whose image's name is no good name for one.
///
/// # Errors
/// Several images with one command.
pub fn deployment(options: Deployment<'_>, suffix: impl FnMut() -> String) -> Result<OwnedValue, String> {
    if options.images.len() > 1 && !options.command.is_empty() {
        return Err("cannot specify multiple --image options and command".to_owned());
    }
    let labels = || pair("app", options.name);
    let template = Fields::new()
        .set("metadata", Fields::new().map("labels", labels()))
        .set("spec", Fields::new().set("containers", containers(options, suffix)));
    let spec = Fields::new()
        .set("replicas", options.replicas)
        .set("selector", Fields::new().map("matchLabels", labels()))
        .set("template", template)
        .set("strategy", nothing());
    let metadata = Metadata::new(options.name, options.namespace).label("app", options.name);
    Ok(begin("apps/v1", "Deployment", metadata)
        .set("spec", spec)
        .set("status", nothing())
        .into())
}

fn containers(options: Deployment<'_>, mut suffix: impl FnMut() -> String) -> Vec<OwnedValue> {
    let mut port = (options.port >= 0).then(|| vec![Fields::new().set("containerPort", options.port).into()]);
    options
        .images
        .iter()
        .map(|image| {
            Fields::new()
                .set("name", container_name(image, &mut suffix))
                .text("image", image)
                .texts("command", options.command)
                .list("ports", port.take().unwrap_or_default())
                .set("resources", nothing())
                .into()
        })
        .collect::<Vec<Value<'_>>>()
}

/// A container's name from its image: without registry, tag and digest, and made unique where letters had to change.
fn container_name(image: &str, suffix: &mut impl FnMut() -> String) -> String {
    let name = image.rsplit('/').next().unwrap_or_default();
    let name = name.split([':', '@']).next().unwrap_or_default();
    if !name.contains(['_', '.']) {
        return name.to_owned();
    }
    format!("{}-{}", name.replace(['_', '.'], "-"), suffix())
}
