//! `kubectl set image`: sets the images of containers.

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        metadata,
        pod_specs::{self, Change},
        report::Report,
        selection,
    },
    api::OwnedValue,
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "image",
    usage: "image (-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    short: "Set the images of containers",
    long: "Set the images of the containers in pods and pod templates. * stands for all containers.",
    examples: "\
# Two containers of a deployment
kubectl set image deployment/nginx busybox=busybox nginx=nginx:1.9.1

# A container of all deployments and replication controllers
kubectl set image deployments,rc nginx=nginx:1.9.1 --all

# All containers of a daemon set
kubectl set image daemonset abc *=nginx:1.9.1

# In a manifest, without the server
kubectl set image -f path/to/file.yaml nginx=nginx:1.9.1 --local -o yaml",
    flags: &[
        &[Flag::switch("all", false, "All objects of the given types in the namespace.")],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::RECORD,
        groups::LOCAL,
        &groups::files("A file, directory or URL with the manifests of the objects."),
        &groups::field_manager("kubectl-set"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which objects.
    pub query: Query,
    /// Containers and their images.
    pub images: Vec<(String, String)>,
    /// How they are changed.
    pub change: Change,
}

impl Options {
    /// Completes what was typed.
    ///
    /// # Errors
    /// Words that are no images.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let (resources, images) = metadata::split_words(parsed.args(), "image")?;
        let images = metadata::pairs(&images, "image", false)?.set.into_iter().collect();
        let namespace = context.namespace()?;
        Ok(Options {
            query: selection::query(parsed, resources, (namespace.name, namespace.explicit)),
            images,
            change: Change {
                local: parsed.bool("local"),
                dry_run,
                field_manager: parsed.string("field-manager").to_owned(),
                done: "image updated",
                failed: "failed to patch image update to pod template:",
                unchanged: false,
            },
        })
    }

    /// Checks what was typed; kubectl does so only once it has found the objects.
    fn check(&self, parsed: &Parsed) -> Result<()> {
        let mut errors = Vec::new();
        if parsed.bool("all") && self.query.labels.is_some() {
            errors.push(Error::message("cannot set --all and --selector at the same time"));
        }
        if self.images.is_empty() {
            errors.push(Error::message("at least one image update is required"));
        } else if self.images.len() > 1 && self.images.iter().any(|(name, _)| name == "*") {
            errors.push(Error::message(
                "all containers are already specified by *, but saw more than one container_name=container_image pairs",
            ));
        }
        errors.extend(check_local(self.change.local, self.change.dry_run).err());
        Error::collect(errors)
    }
}

/// Sets the images of what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let mut report = Report::new(
        context.streams(),
        context.chosen_printer(parsed, COMMON_FORMS)?,
        options.change.dry_run,
    );
    let site = context.site_of(&options.query)?;
    let infos = pod_specs::infos(&options.query, options.change.local, &site).await?;
    options.check(parsed)?;
    let cause = context.change_cause(parsed);
    let change = |object: &mut OwnedValue, _: &_, errors: &mut Vec<Error>| {
        set(object, &options.images, errors)?;
        metadata::note(object, cause.as_deref());
        Ok(true)
    };
    options.change.apply(infos, &site, &mut report, Vec::new(), change).await
}

/// Sets the images of the containers of an object.
fn set(object: &mut OwnedValue, images: &[(String, String)], errors: &mut Vec<Error>) -> Result<()> {
    let spec = pod_specs::spec(object)?;
    for (name, image) in images {
        let mut found = false;
        for container in pod_specs::containers(spec, "*") {
            if name == "*" || container.str_at(&["name"]) == name {
                container.set(&["image"], image.clone());
                found = true;
            }
        }
        if !found {
            errors.push(Error::message(format!("error: unable to find container named {name:?}")));
        }
    }
    Ok(())
}
