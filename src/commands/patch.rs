//! `kubectl patch`: changes fields of objects.

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        report::Report,
        selection::{query, select},
        write::{JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Writer, compact},
    },
    api::{OwnedValue, json, object, quote},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result, unread},
    patch::{self, BuiltIn},
    printers::form::COMMON_FORMS,
    resource::{Gather, Info, Objects, Query},
    yaml,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "patch",
    usage: "patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
    short: "Change fields of objects",
    long: "\
Change fields of objects by a patch, in JSON or YAML.

A strategic merge patch knows which lists are merged, and by what; a JSON merge patch replaces lists; a \
JSON patch is a list of operations. Custom resources know no strategic merge patch.",
    examples: "\
# A strategic merge patch
kubectl patch node k8s-node-1 -p '{\"spec\":{\"unschedulable\":true}}'

# In YAML
kubectl patch node k8s-node-1 -p $'spec:\\n unschedulable: true'

# What a manifest describes
kubectl patch -f node.json -p '{\"spec\":{\"unschedulable\":true}}'

# The image of a container, which is found by its name
kubectl patch pod valid-pod -p '{\"spec\":{\"containers\":[{\"name\":\"kubernetes-serve-hostname\",\"image\"\
:\"new image\"}]}}'

# A JSON patch
kubectl patch pod valid-pod --type='json' -p='[{\"op\": \"replace\", \"path\": \
\"/spec/containers/0/image\", \"value\":\"new image\"}]'

# A subresource
kubectl patch deployment nginx-deployment --subresource='scale' --type='merge' -p \
'{\"spec\":{\"replicas\":2}}'",
    flags: &[
        &[
            Flag::switch(
                "local",
                false,
                "Patch the given manifests and print the result, without the server.",
            ),
            Flag::text("patch", "The patch.").short('p'),
            Flag::text("patch-file", "File with the patch."),
            Flag::text("subresource", "Patch this subresource of the objects."),
            Flag::new("type", Kind::String, "strategic", "The kind of patch: json, merge or strategic."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::RECORD,
        &groups::files("A file, directory or URL with the manifests of the objects to patch."),
        &groups::field_manager("kubectl-patch"),
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
    /// The kind of patch, as a media type.
    pub media: &'static str,
    /// The patch, as it is sent.
    pub patch: Vec<u8>,
    /// Whether the server is left alone.
    pub local: bool,
    /// How far the change goes.
    pub dry_run: DryRun,
    /// The name under which the server notes who changed it.
    pub field_manager: String,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Flags that exclude each other, a patch that cannot be read.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.namespace()?;
        let (text, file, local) = (parsed.string("patch"), parsed.string("patch-file"), parsed.bool("local"));
        if !text.is_empty() && !file.is_empty() {
            return Err(Error::message("cannot specify --patch and --patch-file together"));
        }
        if text.is_empty() && file.is_empty() {
            return Err(Error::message(
                "must specify --patch or --patch-file containing the contents of the patch",
            ));
        }
        if local && !parsed.args().is_empty() {
            return Err(Error::message("cannot specify --local and server resources"));
        }
        check_local(local, dry_run)?;
        let media = match parsed.string("type").to_lowercase().as_str() {
            "json" => JSON_PATCH,
            "merge" => MERGE_PATCH,
            "strategic" | "" => STRATEGIC_PATCH,
            _ => {
                return Err(Error::message(format!(
                    "--type must be one of [json merge strategic], not {}",
                    quote(parsed.string("type"))
                )));
            }
        };
        let patch = if file.is_empty() {
            text.as_bytes().to_vec()
        } else {
            std::fs::read(context.directory().join(file))
                .map_err(|error| Error::message(format!("unable to read patch file: {}", unread(file, &error))))?
        };
        let mut query = query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit));
        query.subresource = parsed.string("subresource").to_owned();
        Ok(Options {
            query,
            media,
            patch: as_json(patch).map_err(|error| Error::message(format!("unable to parse {}: {error}", quote(text))))?,
            local,
            dry_run,
            field_manager: parsed.string("field-manager").to_owned(),
        })
    }
}

/// A patch as JSON. What begins like JSON is taken as it is; the server says what is wrong with it.
fn as_json(patch: Vec<u8>) -> std::result::Result<Vec<u8>, yaml::read::SyntaxError> {
    if patch.trim_ascii_start().starts_with(b"{") {
        return Ok(patch);
    }
    Ok(compact(&yaml::read::parse(&patch)?))
}

/// Patches what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    context.chosen_printer(parsed, COMMON_FORMS)?;
    let site = context.site_of(&options.query)?;
    let gather = Gather::new(Objects::AsGiven);
    let selection = select(&options.query, gather, options.local, &site).await?;
    if selection.infos.is_empty() {
        return Err(Error::message("no objects passed to patch"));
    }
    let mut errors = Vec::new();
    for info in selection.infos {
        let result = match info {
            Ok(info) => change(&options, info, context).await,
            Err(error) => Err(error),
        };
        match result {
            Ok((object, changed)) => {
                // Dry runs are not told apart here: kubectl does not either.
                let done = if changed { "patched" } else { "patched (no change)" };
                Report::new(context.streams(), context.chosen_printer(parsed, COMMON_FORMS)?, DryRun::None).print(object, done)?;
            }
            Err(error) => errors.push(error),
        }
    }
    Error::collect(errors)
}

/// Patches one object: what it is then, and whether that is something else.
async fn change(options: &Options, info: Info, context: &Context) -> Result<(OwnedValue, bool)> {
    if options.local || options.dry_run == DryRun::Client {
        let patched = apply(options, &info.object)?;
        let changed = patched != info.object;
        return Ok((patched, changed));
    }
    let writer = Writer {
        subresource: &options.query.subresource,
        ..Writer::new(context.client()?, options.dry_run, &options.field_manager)
    };
    match writer.patch(&info, options.media, options.patch.clone()).await {
        Ok(patched) => {
            let changed = patched != info.object;
            Ok((patched, changed))
        }
        Err(error) if error.status().is_some_and(|status| status.is("UnsupportedMediaType")) => Err(Error::message(format!(
            "{} is not supported by {}: {error}",
            options.media,
            object::group_version_kind(&info.object)
        ))),
        Err(error) => Err(error),
    }
}

/// Applies the patch here.
fn apply(options: &Options, object: &OwnedValue) -> Result<OwnedValue> {
    let patch = json::parse(&options.patch)?.into_owned();
    let fail = |error: patch::PatchError| Error::message(error.message);
    match options.media {
        JSON_PATCH => patch::json::apply(object.clone(), patch).map_err(fail),
        MERGE_PATCH => Ok(patch::merge::apply(object.clone(), patch)),
        _ => match BuiltIn::of(object) {
            Some(schema) => patch::strategic::apply(object.clone(), patch, Some(&schema)).map_err(fail),
            None => Err(Error::message(format!(
                "strategic merge patch is not supported for {} locally, try --type merge",
                object::group_version_kind(object)
            ))),
        },
    }
}
