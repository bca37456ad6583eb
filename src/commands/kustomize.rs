//! `kubectl kustomize`: builds a kustomization and prints its objects.

use std::{fs, io::Write, path::Path};

use crate::{
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    error::{Error, Result, reason},
    kustomize::{self, Object, Reorder, build},
    resource::{Disk, documents::tell},
    yaml::write::to_yaml,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "kustomize",
    usage: "kustomize DIR",
    short: "Build a kustomization from a directory or URL",
    long: "\
Build a kustomization and print its objects.

DIR is a directory with a file kustomization.yaml, or the URL of a git repository with a path behind it. \
The working directory if not given.",
    examples: "\
# The working directory
kubectl kustomize

# A directory
kubectl kustomize /home/config/production

# A repository
kubectl kustomize https://github.com/kubernetes-sigs/kustomize.git/examples/helloWorld?ref=v1.0.6",
    flags: &[&[
        Flag::switch(
            "as-current-user",
            false,
            "Run functions in containers under your own user and group.",
        ),
        Flag::switch("enable-alpha-plugins", false, "Allow plugins."),
        Flag::switch("enable-helm", false, "Allow Helm charts."),
        Flag::switch(
            "enable-managedby-label",
            false,
            "Label the objects with app.kubernetes.io/managed-by.",
        )
        .deprecated(
            "The flag `enable-managedby-label` has been deprecated. Use the `managedByLabel` option in the \
            `buildMetadata` field instead.",
        ),
        Flag::array("env", "A variable for the environment of functions.").short('e'),
        Flag::array("helm-api-versions", "API versions that Helm takes the server to have."),
        Flag::new("helm-command", Kind::String, "helm", "The program helm."),
        Flag::switch("helm-debug", false, "Let Helm print more about what it does."),
        Flag::text("helm-kube-version", "The version that Helm takes the server to have."),
        Flag::new(
            "load-restrictor",
            Kind::String,
            "LoadRestrictionsRootOnly",
            "\"LoadRestrictionsNone\" lets files come from outside the directory, which then no longer works elsewhere.",
        ),
        Flag::array("mount", "Storage for functions."),
        Flag::switch("network", false, "Let functions that ask for it use the network."),
        Flag::new("network-name", Kind::String, "bridge", "The docker network that functions use."),
        Flag::text("output", "The file or directory to write to instead of standard output.").short('o'),
        Flag::new(
            "reorder",
            Kind::String,
            "legacy",
            "Whether objects are sorted before they are printed: legacy or none.",
        )
        .deprecated("use the new 'sortOptions' field in kustomization.yaml instead."),
    ]],
    flags_in_usage: true,
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The directory or repository, as typed.
    pub directory: String,
    /// Where to write; standard output where empty.
    pub output: String,
    /// How to build.
    pub build: kustomize::Options,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Several directories, values that flags do not have.
    pub fn resolve(Args(parsed): &Args<'_>) -> Result<Options> {
        let directory = match parsed.args() {
            [] => ".".to_owned(),
            [directory] => directory.clone(),
            _ => return Err(Error::message("specify one path to kustomization.yaml")),
        };
        let restricted = match parsed.string("load-restrictor") {
            "LoadRestrictionsRootOnly" => true,
            "LoadRestrictionsNone" => false,
            other => {
                return Err(Error::message(format!(
                    "illegal flag value --load-restrictor {other}; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]"
                )));
            }
        };
        let reorder = match parsed.string("reorder") {
            "legacy" if !parsed.changed("reorder") => Reorder::Usual,
            "legacy" => Reorder::Legacy,
            "none" => Reorder::None,
            other => {
                return Err(Error::message(format!(
                    "illegal flag value --reorder {other}; legal values: [legacy none]"
                )));
            }
        };
        Ok(Options {
            directory,
            output: parsed.string("output").to_owned(),
            build: kustomize::Options {
                restricted,
                reorder,
                managed_by: parsed.bool("enable-managedby-label"),
                helm: parsed.bool("enable-helm"),
            },
        })
    }
}

/// Builds a kustomization and prints its objects.
///
/// # Errors
/// What kustomize reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed))?;
    let disk = Disk::new(context.world().var("PATH").unwrap_or_default());
    let mut notices = Vec::new();
    let built = build(&disk, context.directory(), &options.directory, &options.build, &mut notices);
    tell(&notices, context.streams())?;
    let built = built?;
    if options.output.is_empty() {
        return Ok(context.streams().out().write_all(&joined(&built))?);
    }
    let path = context.directory().join(&options.output);
    if path.is_dir() {
        for object in &built {
            let mut text = Vec::new();
            to_yaml(&mut text, &object.value);
            write(&path.join(&object.file), &text, &format!("{}/{}", options.output, object.file))?;
        }
        return Ok(());
    }
    write(&path, &joined(&built), &options.output)
}

/// The objects as one text.
fn joined(built: &[Object]) -> Vec<u8> {
    let mut text = Vec::new();
    for (at, object) in built.iter().enumerate() {
        if at > 0 {
            text.extend_from_slice(b"---\n");
        }
        to_yaml(&mut text, &object.value);
    }
    text
}

fn write(path: &Path, text: &[u8], named: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Error::message(format!("open {named}: {}", reason(&error))))
}
