//! What a `get` command line means.

use crate::{
    actions::surroundings::Namespace,
    api::quote,
    args::Parsed,
    context::Context,
    error::{Error, Result},
    kubeconfig::address,
    resource::{FileSet, Query},
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// A path to ask for as it is, instead of objects.
    pub raw: Option<String>,
    /// Which objects.
    pub query: Query,
    /// `-o`, with `go-template` filled in where only `--template` was given.
    pub output: String,
    /// `--template`
    pub template: String,
    /// A path to sort by.
    pub sort_by: Option<String>,
    /// How many objects a page of a list holds.
    pub chunk: i64,
    /// Whether the server makes the tables.
    pub server_print: bool,
    /// Whether objects that do not exist are passed over.
    pub ignore_not_found: bool,
    /// Whether to go on watching, and whether to print what is there first.
    pub watch: Option<Watch>,
    /// Whether a watch says what happened.
    pub output_watch_events: bool,
    /// Tables without their first line.
    pub no_headers: bool,
    /// Names with their kind.
    pub show_kind: bool,
    /// Labels in a last column.
    pub show_labels: bool,
    /// A column for each of these labels.
    pub label_columns: Vec<String>,
}

/// How to watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// What is there, then what changes.
    AfterList,
    /// Only what changes.
    Only,
}

impl Options {
    /// Whether output is for people: tables.
    pub fn for_people(&self) -> bool {
        (self.output.is_empty() && self.template.is_empty()) || self.output == "wide"
    }

    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Flags that exclude each other, or nothing to get.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let raw = Some(parsed.string("raw").to_owned()).filter(|raw| !raw.is_empty());
        let watch = match (parsed.bool("watch"), parsed.bool("watch-only")) {
            (_, true) => Some(Watch::Only),
            (true, false) => Some(Watch::AfterList),
            (false, false) => None,
        };
        if raw.is_some() && !parsed.args().is_empty() {
            return Err(Error::message("arguments may not be passed when --raw is specified"));
        }
        let optional = |name: &str| {
            parsed
                .changed(name)
                .then(|| parsed.string(name).to_owned())
                .filter(|value| !value.is_empty())
        };
        let namespace = match raw {
            Some(_) => Namespace::default(),
            None => context.namespace()?,
        };
        let all_namespaces = parsed.bool("all-namespaces");
        let files = FileSet {
            filenames: parsed.strings("filename").to_vec(),
            kustomize: optional("kustomize"),
            recursive: parsed.bool("recursive"),
        };
        let sort_by = optional("sort-by");
        if sort_by.is_some() && raw.is_none() && watch.is_some() {
            context.warn(match parsed.bool("watch") {
                true => "warning: --watch requested, --sort-by will be ignored for watch events received",
                false => "warning: --watch-only requested, --sort-by will be ignored",
            })?;
        }
        if raw.is_none() && watch.is_none() && parsed.args().is_empty() && files.is_empty() {
            context.warn(
                "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
            )?;
            return Err(Error::Usage {
                message: "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).".to_owned(),
                command: parsed.path().to_owned(),
            });
        }
        let query = Query {
            words: parsed.args().to_vec(),
            files,
            namespace: namespace.name.clone(),
            enforce_namespace: namespace.explicit && !all_namespaces,
            all_namespaces,
            labels: optional("selector"),
            fields: optional("field-selector"),
            type_means_all: true,
            all: false,
            // A watch is always of whole objects.
            subresource: match watch {
                Some(_) => String::new(),
                None => parsed.string("subresource").to_owned(),
            },
            single_type: watch.is_some(),
        };
        let options = Options {
            raw,
            query,
            output: parsed.string("output").to_owned(),
            template: parsed.string("template").to_owned(),
            chunk: if sort_by.is_some() && watch.is_none() {
                0
            } else {
                parsed.int("chunk-size")
            },
            sort_by,
            server_print: parsed.bool("server-print"),
            ignore_not_found: parsed.bool("ignore-not-found"),
            watch,
            output_watch_events: parsed.bool("output-watch-events"),
            no_headers: parsed.bool("no-headers"),
            show_kind: parsed.bool("show-kind"),
            show_labels: parsed.bool("show-labels"),
            label_columns: parsed.strings("label-columns").to_vec(),
        };
        options.validate()?;
        Ok(options)
    }

    fn validate(&self) -> Result<()> {
        if let Some(raw) = &self.raw {
            if self.watch.is_some() || self.query.labels.is_some() {
                return Err(Error::message(
                    "--raw may not be specified with other flags that filter the server request or alter the output",
                ));
            }
            if !self.output.is_empty() {
                return Err(Error::message("--raw and --output are mutually exclusive"));
            }
            if let Err(fault) = address::request_uri(raw) {
                return Err(Error::message(format!(
                    "--raw must be a valid URL path: parse {}: {fault}",
                    quote(raw)
                )));
            }
        }
        if self.show_labels && !matches!(self.output.as_str(), "" | "wide") {
            return Err(Error::message(format!(
                "--show-labels option cannot be used with {} printer",
                self.output
            )));
        }
        if self.output_watch_events && self.watch.is_none() {
            return Err(Error::message(
                "--output-watch-events option can only be used with --watch or --watch-only",
            ));
        }
        Ok(())
    }
}
