//! `kubectl explain`: explains the fields of a type.

mod fields;
mod older;
mod wrap;

use std::io::Write;

use tokio::sync::OnceCell;

use self::fields::Resource;
use crate::{
    actions::named_resources::no_such,
    api::{
        gvk::{GroupVersion, GroupVersionKind},
        json::SyntaxError,
        quote,
    },
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    discovery::{Discovery, Partial, group_resource, group_version},
    error::{Error, Result},
    openapi::{self, Document, Index, Source, path_of},
    template::jsonpath,
};

/// The layout of today.
const PLAIN: &str = "plaintext";

/// The layout of before there was OpenAPI v3.
const OLDER: &str = "plaintext-openapiv2";

/// The command as data.
pub static COMMAND: Command = Command {
    name: "explain",
    usage: "explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] \
            [-o|--output=plaintext|plaintext-openapiv2]",
    short: "Explain the fields of a type",
    long: r#"Explain the fields of a type, by what the server says of itself.

A field is given as a path: TYPE.FIELD.FIELD. "kubectl api-resources" lists the types."#,
    examples: "\
# A type and its fields
kubectl explain pods

# All fields, down to the last
kubectl explain pods --recursive

# A version of the type
kubectl explain deployments --api-version=apps/v1

# One field
kubectl explain pods.spec.containers",
    flags: &[&[
        Flag::text("api-version", "The version to explain, as GROUP/VERSION."),
        Flag::new(
            "output",
            Kind::String,
            "plaintext",
            "How to print: plaintext or plaintext-openapiv2.",
        )
        .short('o'),
        Flag::switch(
            "recursive",
            false,
            "All fields at once, down to the last, without their descriptions.",
        )
        .short('R'),
    ]],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The type and the path to a field, as typed.
    pub typed: String,
    /// The steps of it: the names of fields, none for what is something else.
    pub steps: Vec<Option<String>>,
    /// The name of the type, the first step.
    pub name: String,
    /// The group and version to explain, as typed; empty for those that the server prefers.
    pub api_version: String,
    /// How to print.
    pub output: String,
    /// Whether all fields are printed.
    pub recursive: bool,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No type or several, a path that cannot be read.
    pub fn resolve(Args(parsed): &Args<'_>) -> Result<Options> {
        let typed = match parsed.args() {
            [] => {
                return Err(Error::message(
                    "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported \
                     resources.",
                ));
            }
            [typed] => typed,
            _ => return Err(Error::message("We accept only this format: explain RESOURCE")),
        };
        let steps = steps(typed)?;
        let Some(Some(name)) = steps.first().cloned() else {
            return Err(Error::message("invalid jsonpath syntax, first node must be field node"));
        };
        Ok(Options {
            typed: typed.clone(),
            steps,
            name,
            api_version: parsed.string("api-version").to_owned(),
            output: parsed.string("output").to_owned(),
            recursive: parsed.bool("recursive"),
        })
    }
}

/// Reads a path, which is one of kubectl's JSONPath dialect without the braces.
fn steps(path: &str) -> Result<Vec<Option<String>>> {
    let path = path.strip_suffix('.').unwrap_or(path);
    jsonpath::field_names(&format!("{{.{path}}}")).map_err(|error| Error::message(error.to_string()))
}

/// The names of the steps behind the first.
fn behind_the_first(steps: &[Option<String>], otherwise: &str) -> Result<Vec<String>> {
    let behind = steps.get(1..).unwrap_or_default();
    let names: Option<Vec<String>> = behind.iter().cloned().collect();
    names.ok_or_else(|| Error::message(otherwise))
}

/// Explains a type.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, types and fields that there are not, a server that does not answer.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    // As with kubectl, a kubeconfig that makes no sense comes before arguments that make none.
    let discovery = context.discovery()?;
    let options = Options::resolve(&Args(parsed))?;
    let explainer = Explainer {
        options,
        discovery,
        source: context.schemas()?,
        index: OnceCell::new(),
    };
    let (text, result) = explainer.explain().await?;
    context.streams().out().write_all(text.as_bytes())?;
    result
}

/// What is printed, and the failure that comes behind it.
type Page = (String, Result<()>);

/// What is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    resource: Resource,
    /// The path to a field of it.
    path: Vec<String>,
}

struct Explainer<'c> {
    options: Options,
    discovery: &'c Discovery,
    source: Source,
    /// Which documents there are, once that was asked.
    index: OnceCell<Index>,
}

impl Explainer<'_> {
    /// Where the type is one that every server has, its schema is there as well if the guess is right, so the server need
    /// not be asked for everything that it offers. Only where something is amiss does all go kubectl's way.
    async fn explain(&self) -> Result<Page> {
        let guess = self.discovery.guess(&self.options.name).await;
        let guessed = match &guess {
            Some(mapping) => {
                let target = self.target(vec![Partial {
                    group: mapping.group.as_str().into(),
                    version: mapping.version.as_str().into(),
                    name: mapping.resource.as_str().into(),
                }])?;
                let page = self.page(&target, Some(&mapping.kind)).await;
                if matches!(page, Ok((_, Ok(())))) {
                    return page;
                }
                Some((target, page))
            }
            None => None,
        };
        let target = self.look_up().await?;
        match guessed {
            Some((guess, page @ Ok(_))) if guess == target => page,
            _ => self.page(&target, None).await,
        }
    }

    /// The resource, as the server knows it.
    async fn look_up(&self) -> Result<Target> {
        let name = &self.options.name;
        let named = Partial {
            name: name.clone(),
            ..Partial::default()
        };
        let found = match self.options.api_version.as_str() {
            "" => self.discovery.resources_for(&named).await,
            _ => self.discovery.resource_for(&named).await.map(|resource| vec![resource]),
        };
        self.target(found.map_err(|error| no_such(error, name, ""))?)
    }

    /// What is meant of the resources with that name: with a group behind the name (`deployments.apps.spec`) the one in
    /// that group, else the first.
    fn target(&self, found: Vec<Partial>) -> Result<Target> {
        let options = &self.options;
        let (mut chosen, mut steps_in) = (0, None);
        if options.api_version.is_empty() {
            let suffix = |resource: &Partial| {
                let name = group_resource(&resource.group, &resource.name);
                options.typed.strip_prefix(&name).map(str::to_owned)
            };
            if let Some((at, suffix)) = found.iter().enumerate().find_map(|(at, one)| Some((at, suffix(one)?))) {
                (chosen, steps_in) = (at, Some(if suffix.is_empty() { Vec::new() } else { steps(&suffix)? }));
            }
        }
        let otherwise = match options.api_version.is_empty() {
            true => "invalid jsonpath syntax, first node must be field node",
            false => "invalid jsonpath syntax, all nodes must be field nodes",
        };
        let path = behind_the_first(steps_in.as_deref().unwrap_or(&options.steps), otherwise)?;
        let resource = found.into_iter().nth(chosen).unwrap_or_default();
        Ok(Target {
            resource: Resource {
                group: resource.group,
                version: resource.version,
                name: resource.name,
            },
            path,
        })
    }

    /// What is printed. `kind` is the resource's, where it is known.
    async fn page(&self, target: &Target, kind: Option<&str>) -> Result<Page> {
        let options = &self.options;
        if options.output == OLDER {
            return self.older_page(target, kind).await;
        }
        let index = match self.index.get_or_try_init(|| self.source.index()).await {
            Ok(index) => index,
            Err(_) if options.output == PLAIN => return self.older_page(target, kind).await,
            Err(error) => return Err(Error::message(format!("failed to fetch list of groupVersions: {error}"))),
        };
        let mut resource = target.resource.clone();
        if let Some(version) = self.api_version()? {
            (resource.group, resource.version) = (version.group, version.version);
        }
        let path = path_of(&resource.group, &resource.version);
        let Some(url) = index.url(&path) else {
            return Err(Error::message(format!("couldn't find resource for \"{resource}\"")));
        };
        let bytes = match self.source.document(url).await {
            Ok(bytes) => bytes,
            Err(error) => return Err(Error::message(format!("failed to fetch openapi schema for {path}: {error}"))),
        };
        let broken = |error: SyntaxError| Error::message(format!("failed to parse openapi schema for {path}: {error}"));
        let document = Document::parse(&bytes).map_err(broken)?;
        if options.output != PLAIN {
            return Err(Error::message(format!("unrecognized format: {}", options.output)));
        }
        let (text, result) = fields::render(&document, &resource, &target.path, options.recursive);
        Ok((text, result.map_err(Error::Message)))
    }

    /// What is printed in the older layout.
    async fn older_page(&self, target: &Target, kind: Option<&str>) -> Result<Page> {
        let bytes = self.source.older().await?;
        let document = openapi::older::Document::parse(&bytes)?;
        let mut kind = match kind {
            Some(kind) => GroupVersionKind {
                group: target.resource.group.clone(),
                version: target.resource.version.clone(),
                kind: kind.to_owned(),
            },
            None => self.kind_of(&target.resource).await?,
        };
        if let Some(version) = self.api_version()? {
            (kind.group, kind.version) = (version.group, version.version);
        }
        let Some(schema) = document.schema_of(&kind.group, &kind.version, &kind.kind) else {
            return Err(Error::message(format!("couldn't find resource for {}", quote(&kind.to_string()))));
        };
        let version = group_version(&kind.group, &kind.version);
        let text = older::render(&document, schema, (&version, &kind.kind), &target.path, self.options.recursive);
        Ok((text.map_err(Error::Message)?, Ok(())))
    }

    /// The kind of a resource, in its version if that has it.
    async fn kind_of(&self, resource: &Resource) -> Result<GroupVersionKind> {
        let mut named = Partial {
            group: resource.group.clone(),
            version: resource.version.clone(),
            name: resource.name.clone(),
        };
        let found = match self.discovery.kind_for(&named).await {
            Ok(found) => found,
            Err(_) => {
                named.version.clear();
                let found = self.discovery.kind_for(&named).await;
                found.map_err(|error| no_such(error, &resource.name, &resource.group))?
            }
        };
        Ok(GroupVersionKind {
            group: found.group,
            version: found.version,
            kind: found.name,
        })
    }

    /// The group and version that was asked for.
    fn api_version(&self) -> Result<Option<GroupVersion>> {
        match self.options.api_version.as_str() {
            "" => Ok(None),
            text => GroupVersion::parse(text).map(Some).map_err(Error::Message),
        }
    }
}
