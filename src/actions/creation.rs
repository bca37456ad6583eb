//! What the commands have in common that create one object from flags.

use crate::{
    api::{
        OwnedValue,
        json::{self, read::Parser},
        object,
    },
    args::Parsed,
    client::{Client, Request, Subject},
    discovery::{Mapping, builtin},
    error::{Error, Result},
    generate::{annotate, note_applied, overrides},
    resource::path,
};

use super::{
    dry_run::DryRun,
    metadata::CHANGE_CAUSE,
    output::Output,
    surroundings::{Namespace, Surroundings},
    validation::field_validation,
};

/// What kubectl accepts where it decodes into Go's types.
const ACCEPT: &str = "application/json, */*";

/// How an object is created.
#[derive(Debug)]
pub struct Creation<'a> {
    context: &'a dyn Surroundings,
    /// How far it goes.
    pub dry_run: DryRun,
    /// The value of the query's `fieldValidation`; empty for none.
    validation: &'static str,
    manager: String,
    /// Whether the object remembers what it was made as.
    pub save_config: bool,
    /// Where it is created.
    pub namespace: Namespace,
    output: Output,
}

impl<'a> Creation<'a> {
    /// What the flags ask for; `verb` is what the message says was done.
    ///
    /// # Errors
    /// Flags whose values make no sense.
    pub fn resolve(parsed: &Parsed, context: &'a dyn Surroundings, verb: &str) -> Result<Self> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.client_namespace()?;
        let output = Output::resolve(parsed, context, verb, dry_run)?;
        let has = |name: &str| parsed.command().own_flags().any(|flag| flag.name == name);
        Ok(Creation {
            context,
            dry_run,
            validation: if has("validate") { field_validation(parsed)? } else { "" },
            manager: parsed.string("field-manager").to_owned(),
            save_config: parsed.bool("save-config"),
            namespace,
            output,
        })
    }

    /// The same without a note of what the object is made as: kubectl forgets `--save-config` where it creates services.
    pub fn without_note(self) -> Self {
        Creation {
            save_config: false,
            ..self
        }
    }

    /// The namespace that the object itself names: the one of the command line.
    pub fn own_namespace(&self) -> &str {
        if self.namespace.explicit { &self.namespace.name } else { "" }
    }

    /// The object with the changes that a person spelled out (`--overrides`), and the command line noted in it where `cause`
    /// is one.
    ///
    /// # Errors
    /// Changes that make no sense.
    pub fn finish(parsed: &Parsed, object: OwnedValue, cause: Option<String>) -> Result<OwnedValue> {
        let is_known = |group: &str, version: &str, kind: &str| builtin::by_kind(group, version, kind).is_some();
        let (changes, form) = (parsed.string("overrides"), parsed.string("override-type"));
        let mut object = overrides::apply(object, changes, form, is_known).map_err(Error::Message)?;
        note_cause(&mut object, cause);
        Ok(object)
    }

    /// Creates an object of a kind that kubectl knows, and prints it. Where the server refuses, the sentence begins with
    /// `failure`, if there is one.
    ///
    /// # Errors
    /// What the server reports, or what cannot be printed.
    pub async fn create(mut self, mut object: OwnedValue, failure: Option<&str>) -> Result<()> {
        note_applied(&mut object, self.save_config);
        if self.dry_run != DryRun::Client {
            // A kubeconfig that makes no sense is nothing that the server has to do with.
            self.context.client()?;
            object = self.send(&object).await.map_err(|error| match failure {
                Some(failure) => Error::message(format!("{failure}{error}")),
                None => error,
            })?;
        }
        self.output.print(self.context, object)
    }

    /// Sends an object to be created, without a word about it.
    ///
    /// # Errors
    /// What the server reports.
    pub async fn send(&self, object: &OwnedValue) -> Result<OwnedValue> {
        let (group, version) = object::group_version(object);
        self.send_as((group, version, object::kind(object)), object).await
    }

    /// As [`Creation::send`], to the place of a type (group, version and kind) that need not be the object's.
    ///
    /// # Errors
    /// What the server reports.
    pub async fn send_as(&self, (group, version, kind): (&str, &str, &str), object: &OwnedValue) -> Result<OwnedValue> {
        let mapping = builtin::by_kind(group, version, kind)
            .ok_or_else(|| Error::message(format!("no matches for kind \"{kind}\" in version \"{group}/{version}\"")))?;
        let answer = post(
            self.context.client()?,
            &mapping,
            &self.namespace.name,
            self.dry_run,
            (&self.manager, self.validation),
            ACCEPT,
            object,
        )
        .await?;
        // In the server's order, which is that of Go's structs.
        Ok(Parser::new(&answer).value_in_order()?.into_owned())
    }

    /// Prints an object.
    ///
    /// # Errors
    /// What cannot be printed.
    pub fn print(&mut self, object: OwnedValue) -> Result<()> {
        self.output.print(self.context, object)
    }
}

/// Sends an object to be created in a namespace and gives the answer's bytes. `manager` and the kind of validation are told
/// to the server.
///
/// # Errors
/// What the server reports.
pub async fn post(
    client: &Client,
    mapping: &Mapping,
    namespace: &str,
    dry_run: DryRun,
    (manager, validation): (&str, &str),
    accept: &'static str,
    object: &OwnedValue,
) -> Result<bytes::Bytes> {
    if let Some(fault) = path::namespace_fault(namespace).filter(|_| mapping.namespaced) {
        return Err(Error::Message(fault));
    }
    let mut body = Vec::new();
    json::to_compact(&mut body, object);
    body.push(b'\n');
    let query = [
        ("dryRun", if dry_run.on_server() { "All" } else { "" }),
        ("fieldManager", manager),
        ("fieldValidation", validation),
    ];
    let path = path::with_query(path::of(mapping, namespace, "", ""), &query);
    let mut request = Request::post(path).accept(accept).body("application/json", body);
    request.subject = Some(Subject {
        group: mapping.group.as_str().to_owned(),
        resource: mapping.resource.as_str().to_owned(),
        name: String::new(),
    });
    client.send(request).await?.bytes().await
}

/// Notes the command line at an object that was generated, where it is to be noted: its fields stay in the order of Go's
/// structs.
pub fn note_cause(object: &mut OwnedValue, cause: Option<String>) {
    if let Some(cause) = cause {
        annotate(object, CHANGE_CAUSE, cause);
    }
}

/// Refuses an empty name, where kubectl looks before the server does.
///
/// # Errors
/// There is nothing in it.
pub fn check_name(name: &str) -> Result<()> {
    match name {
        "" => Err(Error::message("name must be specified")),
        _ => Ok(()),
    }
}

/// The one name that a command line gives before `--`.
///
/// # Errors
/// None, or several.
pub fn only_name(parsed: &Parsed) -> Result<&str> {
    let count = parsed.dash().unwrap_or(parsed.args().len());
    match parsed.args().first() {
        Some(name) if count == 1 => Ok(name),
        _ => Err(Error::Usage {
            message: format!("exactly one NAME is required, got {count}"),
            command: parsed.path().to_owned(),
        }),
    }
}
