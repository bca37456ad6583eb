//! Editing objects in a person's editor: what `edit`, `apply edit-last-applied` and `create --edit` share (kubectl's
//! `cmd/util/editor`).
//!
//! The file is opened again, with the reasons on top, until it can be stored, or until a person leaves it as it was.

mod editor;
mod text;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    api::{Map, OwnedValue, Value, gvk, object, quote},
    args::Parsed,
    error::{Error, Result},
    patch::{BuiltIn, merge, two_way},
    printers::form::{self, Printer},
    resource::{Gather, Info, Objects, Plan, Query, Site, documents, infos::wrong_namespace},
};

use super::{
    dry_run::DryRun,
    last_applied, metadata,
    output::Output,
    surroundings::Surroundings,
    validation::check_type,
    write::{MERGE_PATCH, STRATEGIC_PATCH, Writer, compact},
};

use editor::{Editor, Failure};
use text::{Reason, essence, has_lines, header, without_comments};

/// The forms that can be edited.
const FORMS: &str = "json,kyaml,yaml";

/// What messages call the file that is edited.
const EDITED: &str = "edited-file";

/// What is edited, and so what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Objects on the server, which are patched.
    Objects,
    /// The manifests that apply has noted in objects, where they are noted again.
    Notes,
    /// Manifests, of which objects are created.
    Manifests,
}

/// The objects to be edited, as the server has them now. Where one of them cannot be had, none is edited.
///
/// # Errors
/// Everything that went wrong.
pub async fn chosen(query: &Query, plan: Plan, site: &Site<'_>) -> Result<Vec<Info>> {
    let (mut infos, mut errors) = (Vec::new(), Vec::new());
    for info in Gather::new(Objects::Latest).all(plan, query, site).await? {
        match info {
            Ok(info) => infos.push(info),
            Err(error) => errors.push(error),
        }
    }
    Error::collect(errors)?;
    Ok(infos)
}

/// How objects are edited.
#[derive(Debug)]
pub struct Edit<'a> {
    /// What is edited.
    pub mode: Mode,
    /// The editor, the streams, and the forms of output.
    pub context: &'a dyn Surroundings,
    /// The server.
    pub site: &'a Site<'a>,
    /// The command line, for the form in which objects are edited and printed.
    pub parsed: &'a Parsed,
    /// The namespace to work in.
    pub namespace: &'a str,
    /// What the server does about unknown fields.
    pub validation: &'static str,
    /// The name under which it notes who owns the changed fields.
    pub field_manager: &'a str,
    /// A part of the objects instead of the whole; may be empty.
    pub subresource: &'a str,
    /// Whether objects remember what they were edited to.
    pub save_config: bool,
    /// The command line, where it is to be noted.
    pub change_cause: Option<String>,
    /// How far it goes: how far manifests are created.
    pub dry_run: DryRun,
    /// Whether the patches are printed.
    pub shows_patch: bool,
    /// Whether lines end as on Windows.
    pub windows_line_endings: bool,
}

/// What one pass came to.
#[derive(Debug, Default)]
struct Results {
    /// Why the file is opened again.
    reasons: Vec<Reason>,
    /// How many objects are gone.
    missing: usize,
    /// How many changes failed that may succeed another time.
    retryable: usize,
}

/// What a file was edited to.
struct Edited {
    text: Vec<u8>,
    path: PathBuf,
}

impl Edit<'_> {
    /// Lets a person edit objects in one file, and stores what they become.
    ///
    /// # Errors
    /// What cannot be edited or stored; the text then stays behind in a file.
    pub async fn run(&self, infos: Vec<Info>) -> Result<()> {
        let mut editor = Editor::of(self.context.world());
        let (mut printer, is_json) = self.form()?;
        let shown = shown(&infos, &mut printer)?;
        let prefix = format!("{}-edit-", self.site.program);
        let suffix = if is_json { ".json" } else { ".yaml" };
        let mut reasons = Vec::new();
        let mut first = Vec::new();
        let mut last: Option<Edited> = None;
        loop {
            let mut text = match is_json {
                true => Vec::new(),
                false => header(self.mode, &reasons).into_bytes(),
            };
            if last.is_none() {
                text.extend_from_slice(&shown);
            }
            if self.windows_line_endings {
                text = text::with_windows_line_endings(&text);
            }
            match &last {
                None => first.clone_from(&text),
                Some(last) => text.extend(without_comments(&last.text)),
            }
            let before = last.take();
            let kept = before.as_ref().map(|before| before.path.as_path());
            let edited = match editor.edit(&prefix, suffix, &text).await {
                Ok((text, path)) => Edited { text, path },
                Err(Failure::Failed(error)) => return self.preserve(error, kept),
                Err(Failure::Interrupted(path)) => return self.preserve(Error::Exit(1), Some(&path)),
            };
            let essence = essence(&edited.text);
            if let Some(before) = before {
                if text::essence(&before.text) == essence {
                    let error = Error::message("Edit cancelled, no valid changes were saved.");
                    return self.preserve(error, Some(&edited.path));
                }
                remove(&before.path);
            }
            if let Err(fault) = self.validate(&essence) {
                reasons = vec![self.refuse(&infos, &fault)?];
                last = Some(edited);
                continue;
            }
            if text::essence(&first) == essence {
                return self.cancel(&edited.path, "Edit cancelled, no changes made.");
            }
            if !has_lines(&edited.text) {
                return self.cancel(&edited.path, "Edit cancelled, saved file was empty.");
            }
            let updates = match self.read(&edited.text).await {
                Ok(updates) => updates,
                Err(error) => {
                    reasons = vec![Reason {
                        head: format!("The edited file had a syntax error: {error}"),
                        causes: Vec::new(),
                    }];
                    last = Some(edited);
                    continue;
                }
            };
            let results = match self.store(&infos, updates).await {
                Ok(results) => results,
                Err(error) => return self.preserve(error, Some(&edited.path)),
            };
            if results.retryable > 0 {
                let (program, path) = (self.site.program, edited.path.display());
                let sentence = format!("You can run `{program} replace -f {path}` to try this update again.");
                return self.leave(&sentence);
            }
            if results.missing > 0 {
                let path = quote(&edited.path.display().to_string());
                return self.leave(&format!("The edits you made on deleted resources have been saved to {path}"));
            }
            if results.reasons.is_empty() {
                remove(&edited.path);
                return Ok(());
            }
            reasons = results.reasons;
            last = Some(edited);
        }
    }

    /// The form in which objects are edited, and whether that is JSON, which knows no comments.
    fn form(&self) -> Result<(Printer, bool)> {
        let output = match self.parsed.string("output") {
            "" => "yaml",
            output => output,
        };
        let printer = Printer::new(&form::Options {
            output,
            template: "",
            allow_missing_keys: true,
            show_managed_fields: false,
            no_headers: false,
            forms: FORMS,
            read: &|path| fs::read_to_string(self.site.directory.join(path)),
        })?;
        Ok((printer, output == "json"))
    }

    /// What is wrong with a file before anyone looks what it says.
    fn validate(&self, essence: &[u8]) -> Result<(), String> {
        match self.validation {
            "Ignore" => Ok(()),
            validation => check_type(&text::read(essence)?, validation),
        }
    }

    /// Says that a file makes no sense, and why it is opened again.
    fn refuse(&self, infos: &[Info], fault: &str) -> Result<Reason> {
        // kubectl names the first of several objects.
        let called = infos.first().map(called).unwrap_or_default();
        writeln!(self.context.streams().err(), "error: {called} is invalid")?;
        Ok(Reason {
            head: format!("{called} was not valid"),
            causes: vec![format!(
                "<nil>: Invalid value: {}: {fault}",
                quote("The edited file failed validation")
            )],
        })
    }

    /// The objects in the edited file or in a note, with their types.
    ///
    /// # Errors
    /// What cannot be read, and types that the server does not have.
    pub async fn read(&self, text: &[u8]) -> Result<Vec<Info>> {
        let (mut infos, mut errors) = (Vec::new(), Vec::new());
        for document in documents::in_text(text, EDITED, self.site).await {
            let info = match document {
                Ok(object) => match documents::mapping(&object, EDITED, self.site).await {
                    Ok(mapping) => Ok(Info {
                        namespace: match mapping.namespaced {
                            true => object::namespace(&object).to_owned(),
                            false => String::new(),
                        },
                        name: object::name(&object).to_owned(),
                        source: EDITED.to_owned(),
                        mapping,
                        object,
                    }),
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            match info {
                Ok(info) => infos.push(info),
                Err(error) => errors.push(error),
            }
        }
        Error::collect(errors)?;
        Ok(infos)
    }

    /// Stores what objects have become.
    async fn store(&self, infos: &[Info], mut updates: Vec<Info>) -> Result<Results> {
        for update in &mut updates {
            // What the server notes of owners was not shown, and nobody changes it.
            let owners = original(infos, update).and_then(|info| info.object.at(&["metadata", "managedFields"]));
            match owners.cloned() {
                Some(owners) => update.object.set(&["metadata", "managedFields"], owners),
                None => object::strip_managed_fields(&mut update.object),
            }
        }
        for update in updates.iter_mut().filter(|update| update.mapping.namespaced) {
            if update.namespace.is_empty() {
                update.namespace = self.namespace.to_owned();
                update.object.set(&["metadata", "namespace"], self.namespace.to_owned());
            } else if update.namespace != self.namespace {
                return Err(wrong_namespace(&update.namespace, self.namespace));
            }
        }
        for update in &mut updates {
            if self.save_config {
                last_applied::note(&mut update.object);
            }
            metadata::note(&mut update.object, self.change_cause.as_deref());
        }
        let (mut results, mut errors) = (Results::default(), Vec::new());
        for update in updates {
            let stored = match self.mode {
                Mode::Objects => self.patch(infos, update, &mut results).await,
                Mode::Notes => self.note(infos, update).await,
                Mode::Manifests => self.create(update).await,
            };
            // The others are stored all the same. kubectl then forgets the error of any but the last object, and with it
            // what was edited there; here it is said.
            errors.extend(stored.err());
        }
        Error::collect(errors)?;
        Ok(results)
    }

    fn writer(&self) -> Writer<'_> {
        Writer {
            field_validation: self.validation,
            subresource: self.subresource,
            ..Writer::new(self.site.client, self.dry_run, self.field_manager)
        }
    }

    /// Says what was done with an object. Each is printed as if it were the only one.
    fn print(&self, object: OwnedValue, done: &str) -> Result<()> {
        Output::resolve(self.parsed, self.context, done, self.dry_run)?.print(self.context, object)
    }

    /// Changes an object on the server to what it was edited to.
    async fn patch(&self, infos: &[Info], update: Info, results: &mut Results) -> Result<()> {
        let before = known(infos, &update)?;
        if before.object == update.object {
            return self.print(update.object, "skipped");
        }
        let (media, patch) = match gvk::is_built_in(&update.mapping.group) {
            true => {
                let schema = BuiltIn::of(&update.object);
                let patch = two_way::create(&before.object, &update.object, schema.as_ref());
                (STRATEGIC_PATCH, patch.map_err(|error| Error::message(error.message))?)
            }
            false => (MERGE_PATCH, merge::create(&before.object, &update.object)),
        };
        let fixed: [&[&str]; 3] = [&["apiVersion"], &["kind"], &["metadata", "name"]];
        if fixed.iter().any(|field| patch.at(field).is_some()) {
            return Err(Error::message("At least one of apiVersion, kind and name was changed"));
        }
        let patch = compact(&patch);
        if self.shows_patch {
            writeln!(self.context.streams().out(), "Patch: {}", String::from_utf8_lossy(&patch))?;
        }
        match self.writer().patch(&update, media, patch).await {
            Ok(patched) => self.print(patched, "edited"),
            Err(error) => {
                let sentence = results.count(&error, &update);
                Ok(writeln!(self.context.streams().err(), "{sentence}")?)
            }
        }
    }

    /// Notes a manifest in its object again.
    async fn note(&self, infos: &[Info], update: Info) -> Result<()> {
        if known(infos, &update)?.object == update.object {
            return self.print(update.object, "skipped");
        }
        let patch = compact(&last_applied::patch(&update.object));
        let place = Info {
            namespace: self.namespace.to_owned(),
            ..update
        };
        self.writer().patch(&place, MERGE_PATCH, patch).await?;
        self.print(place.object, "edited")
    }

    /// Creates an object.
    async fn create(&self, mut update: Info) -> Result<()> {
        if let Some(metadata) = update.object.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
            metadata.remove("resourceVersion");
        }
        let created = match self.dry_run {
            DryRun::Client => update.object,
            _ => self.writer().create(&update, &update.object).await?,
        };
        self.print(created, "created")
    }

    /// The error, with a word before it on where the text is, if it is there.
    fn preserve(&self, error: Error, path: Option<&Path>) -> Result<()> {
        if let Some(path) = path.filter(|path| path.exists()) {
            let path = quote(&path.display().to_string());
            writeln!(self.context.streams().err(), "A copy of your changes has been stored to {path}")?;
        }
        Err(error)
    }

    /// Ends an edit that changes nothing.
    fn cancel(&self, path: &Path, sentence: &str) -> Result<()> {
        remove(path);
        Ok(writeln!(self.context.streams().err(), "{sentence}")?)
    }

    /// Ends an edit that could not be stored, of which everything else has been said.
    fn leave(&self, sentence: &str) -> Result<()> {
        writeln!(self.context.streams().err(), "{sentence}")?;
        Err(Error::Exit(1))
    }
}

impl Results {
    /// Counts a refused change, and says what is said of it.
    fn count(&mut self, error: &Error, info: &Info) -> String {
        let called = called(info);
        match error.status() {
            Some(status) if status.is("Invalid") => {
                let causes = status.details.iter().flat_map(|details| &details.causes);
                self.reasons.push(Reason {
                    head: format!("{called} was not valid"),
                    causes: causes.map(|cause| format!("{}: {}", cause.field, cause.message)).collect(),
                });
                format!("error: {called} is invalid")
            }
            Some(status) if status.is("NotFound") => {
                self.missing += 1;
                format!("error: {called} could not be found on the server")
            }
            _ => {
                self.retryable += 1;
                format!("error: {called} could not be patched: {error}")
            }
        }
    }
}

/// An object as these messages name it: `deployments.apps "web"`.
fn called(info: &Info) -> String {
    format!("{} {}", info.mapping.group_resource(), quote(&info.name))
}

/// The object that `update` is a later state of: objects keep their UID.
fn original<'i>(infos: &'i [Info], update: &Info) -> Option<&'i Info> {
    let uid = object::uid(&update.object);
    infos.iter().find(|info| object::uid(&info.object) == uid)
}

/// As [`original`], for objects that must be there.
fn known<'i>(infos: &'i [Info], update: &Info) -> Result<&'i Info> {
    original(infos, update).ok_or_else(|| {
        Error::message(format!(
            "no original object found for &unstructured.Unstructured{{Object:{}}}",
            text::in_go(&update.object)
        ))
    })
}

/// The text of objects, several of them as a list.
fn shown(infos: &[Info], printer: &mut Printer) -> Result<Vec<u8>> {
    let mut objects: Vec<OwnedValue> = infos.iter().map(|info| info.object.clone()).collect();
    objects.iter_mut().for_each(object::strip_managed_fields);
    let mut whole = match objects.len() {
        1 => objects.remove(0),
        _ => {
            let mut list = Map::new();
            list.insert("apiVersion", "v1");
            list.insert("items", objects);
            list.insert("kind", "List");
            list.insert("metadata", Map::new());
            Value::Object(list)
        }
    };
    whole.sort_keys();
    let mut text = Vec::new();
    printer.print(&mut text, &mut whole)?;
    Ok(text)
}

/// Removes a file that is of no more use. Where that fails, it is one more file in a folder for such files.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}
