//! `kubectl patch`: changes fields of objects.

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        metadata::note,
        report::Report,
        selection::{query, select},
        write::{JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, Writer, compact},
    },
    api::{OwnedValue, Value, json, object, quote},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result, unread},
    patch::{self, BuiltIn},
    printers::form::COMMON_FORMS,
    resource::{Gather, Info, Objects, Query, documents},
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
    /// The command line, where it is to be noted.
    pub change_cause: Option<String>,
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
            change_cause: context.change_cause(parsed),
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
    let site = context.site_of(&options.query)?;
    let gather = Gather::new(Objects::AsGiven);
    let selection = select(&options.query, gather, options.local, &site).await?;
    if selection.infos.is_empty() {
        return Err(Error::message("no objects passed to patch"));
    }
    let from_files = !options.query.files.is_empty();
    let (mut errors, mut unread) = (Vec::new(), Vec::new());
    for info in selection.infos {
        let info = match info {
            Ok(info) => info,
            Err(error) if from_files => {
                unread.push(error);
                continue;
            }
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        // Whether there is such a form of output kubectl finds out when it prints, and so for each object.
        let printed = change(&options, info, context).await.and_then(|(object, changed)| {
            // Dry runs are not told apart here: kubectl does not either.
            let done = if changed { "patched" } else { "patched (no change)" };
            Report::new(context.streams(), context.chosen_printer(parsed, COMMON_FORMS)?, DryRun::None).print(object, done)
        });
        errors.extend(printed.err());
    }
    // What could not be read at all is one failure behind those of single objects.
    if errors.is_empty() {
        errors = unread;
    } else {
        errors.extend(Error::collect(unread).err());
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
            let patched = record(options, &info, patched, &writer).await;
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

/// Notes the command line at an object, where that is demanded, with a patch of its own. Where that fails, the object is as
/// it is.
async fn record(options: &Options, info: &Info, patched: OwnedValue, writer: &Writer<'_>) -> OwnedValue {
    let Some(cause) = &options.change_cause else {
        return patched;
    };
    let mut noted = patched.clone();
    note(&mut noted, Some(cause));
    let patch = compact(&patch::merge::create(&patched, &noted));
    writer.patch(info, MERGE_PATCH, patch).await.unwrap_or(patched)
}

/// Applies the patch here.
fn apply(options: &Options, object: &OwnedValue) -> Result<OwnedValue> {
    let fail = |error: patch::PatchError| Error::message(error.message);
    let patch = || json::parse(&options.patch).map(Value::into_owned);
    let patched = match options.media {
        JSON_PATCH => patch::json::apply(object.clone(), patch()?).map_err(fail)?,
        MERGE_PATCH => match patch() {
            Ok(patch @ (Value::Object(_) | Value::Array(_))) => patch::merge::apply(object.clone(), patch),
            _ => return Err(Error::message("Invalid JSON Patch")),
        },
        _ => {
            let Some(schema) = BuiltIn::of(object) else {
                return Err(Error::message(format!(
                    "strategic merge patch is not supported for {} locally, try --type merge",
                    object::group_version_kind(object)
                )));
            };
            let patch = patch().map_err(|_| Error::message("invalid JSON document"))?;
            patch::strategic::apply(object.clone(), patch, Some(&schema)).map_err(fail)?
        }
    };
    // What has become of it must be an object still.
    documents::checked(patched).map_err(Error::message)
}
