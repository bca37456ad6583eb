//! What a command line asks the server for, in order: lists, single objects, objects named in files.
//!
//! The rules and texts are those of kubectl's resource builder (`visitorResult` and what it calls).

use std::collections::VecDeque;

use crate::{
    api::selector,
    discovery::Mapping,
    error::{Error, Result},
};

use super::{Arguments, FileSet, Site, Source, arguments::split_types, fetch::same_kind};

/// Printed where a command line names nothing at all.
pub const NOTHING_NAMED: &str = "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/// Printed where a command that is about one type is given more.
const SEVERAL_TYPES: &str = "you may only specify a single resource type";

/// Everything on a command line that chooses objects.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// The words behind the verb.
    pub words: Vec<String>,
    /// Files and the like.
    pub files: FileSet,
    /// Where to look; never empty unless `all_namespaces`.
    pub namespace: String,
    /// Whether the namespace was given on the command line, so that objects in files must agree with it.
    pub enforce_namespace: bool,
    /// Whether to look everywhere.
    pub all_namespaces: bool,
    /// A label selector, if one was given.
    pub labels: Option<String>,
    /// A field selector, if one was given.
    pub fields: Option<String>,
    /// Whether a type without names means all of its objects.
    pub type_means_all: bool,
    /// `--all`: every object of the types.
    pub all: bool,
    /// A part of each object instead of the whole.
    pub subresource: String,
    /// Whether more than one type is refused.
    pub single_type: bool,
}

/// One thing to ask for.
#[derive(Debug, Clone)]
pub enum Step {
    /// Every object of a type, within the selectors.
    List {
        /// The type.
        mapping: Mapping,
        /// Where; empty for everywhere and for types without namespaces.
        namespace: String,
    },
    /// One object.
    Object {
        /// The type.
        mapping: Mapping,
        /// Where; empty for types without namespaces.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The objects in a file.
    File(Source),
}

/// All there is to ask for.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The steps, in the order in which their results are printed.
    pub steps: VecDeque<Step>,
    /// Whether the person named one single object, so that it is printed by itself and not in a list.
    pub single: bool,
}

impl Query {
    /// Makes the plan. Types are looked up with the site's discovery.
    ///
    /// # Errors
    /// Words that do not go together, types that the server does not have, files that do not exist.
    pub async fn plan(&self, site: &Site<'_>) -> Result<Plan> {
        let files = self.files.expand(site.directory)?;
        let mut arguments = Arguments::parse(&self.words, site.program)?;
        if arguments.pairs.is_empty() && !arguments.types.is_empty() {
            // A category such as `all` stands for its types.
            let expanded = site.discovery.expand_categories(&arguments.types.join(",")).await;
            arguments.types = split_types(&expanded);
        }
        if !files.places.is_empty() {
            return self.plan_files(files.places, files.single, &arguments);
        }
        let lists_all = self.type_means_all && arguments.names.is_empty() && !arguments.types.is_empty();
        if self.labels.is_some() || self.fields.is_some() || self.all || lists_all {
            return self.plan_lists(&arguments, site).await;
        }
        if !arguments.pairs.is_empty() {
            return self.plan_pairs(&arguments, site).await;
        }
        if !arguments.names.is_empty() {
            return self.plan_names(&arguments, site).await;
        }
        if !arguments.types.is_empty() {
            for kind in &arguments.types {
                site.discovery.resolve(kind).await?;
            }
            return Err(Error::message("resource(s) were provided, but no name was specified"));
        }
        Err(Error::message(NOTHING_NAMED))
    }

    /// What a mistake in the kubeconfig comes to where it keeps this query's types from being looked up: kubectl meets it
    /// once for each word that might be a category.
    pub fn unresolved(&self, error: Error) -> Error {
        let words = match self.words.first() {
            Some(words) if self.files.is_empty() && !self.words.iter().any(|word| word.contains('/')) => words,
            _ => return error,
        };
        match error {
            Error::Configuration(_) => Error::Several(split_types(words).iter().map(|_| error.clone()).collect()),
            error => error,
        }
    }

    fn plan_files(&self, places: Vec<Source>, single: bool, arguments: &Arguments) -> Result<Plan> {
        if !arguments.types.is_empty() {
            return Err(Error::message(
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
            ));
        }
        if !arguments.pairs.is_empty() {
            return Err(Error::message(
                "resource/name arguments cannot be provided when a path is specified",
            ));
        }
        self.label_selector()?;
        Ok(Plan {
            steps: places.into_iter().map(Step::File).collect(),
            single,
        })
    }

    async fn plan_lists(&self, arguments: &Arguments, site: &Site<'_>) -> Result<Plan> {
        if !arguments.names.is_empty() {
            return Err(Error::message("name cannot be provided when a selector is specified"));
        }
        if !arguments.pairs.is_empty() {
            return Err(Error::message(
                "selectors and the all flag cannot be used when passing resource/name arguments",
            ));
        }
        if arguments.types.is_empty() {
            return Err(Error::message("at least one resource must be specified to use a selector"));
        }
        if !self.subresource.is_empty() {
            return Err(Error::message("subresource cannot be used when bulk resources are specified"));
        }
        if arguments.types.len() > 1 && self.single_type {
            return Err(Error::message(SEVERAL_TYPES));
        }
        let mut steps: VecDeque<Step> = VecDeque::new();
        for kind in &arguments.types {
            let mapping = site.discovery.resolve(kind).await?;
            let again = steps
                .iter()
                .any(|step| matches!(step, Step::List { mapping: seen, .. } if same_kind(seen, &mapping)));
            if !again {
                let namespace = if mapping.namespaced && !self.all_namespaces {
                    self.namespace.clone()
                } else {
                    String::new()
                };
                steps.push_back(Step::List { mapping, namespace });
            }
        }
        Ok(Plan { steps, single: false })
    }

    async fn plan_pairs(&self, arguments: &Arguments, site: &Site<'_>) -> Result<Plan> {
        let mut mappings: Vec<Mapping> = Vec::new();
        for (kind, _) in &arguments.pairs {
            mappings.push(site.discovery.resolve(kind).await?);
        }
        if self.single_type && mappings.windows(2).any(|pair| !same_kind(&pair[0], &pair[1])) {
            return Err(Error::message(SEVERAL_TYPES));
        }
        let pairs = mappings.into_iter().zip(&arguments.pairs);
        Ok(Plan {
            steps: pairs
                .map(|(mapping, (_, name))| self.object(mapping, name))
                .collect::<Result<_>>()?,
            single: arguments.pairs.len() == 1,
        })
    }

    async fn plan_names(&self, arguments: &Arguments, site: &Site<'_>) -> Result<Plan> {
        let kind = match arguments.types.as_slice() {
            [kind] => kind,
            [] => return Err(Error::message("you must provide a resource and a resource name together")),
            _ => return Err(Error::message("you must specify only one resource")),
        };
        let mapping = site.discovery.resolve(kind).await?;
        let steps = arguments
            .names
            .iter()
            .map(|name| self.object(mapping.clone(), name))
            .collect::<Result<_>>()?;
        Ok(Plan {
            steps,
            single: arguments.names.len() == 1,
        })
    }

    fn object(&self, mapping: Mapping, name: &str) -> Result<Step> {
        if !mapping.namespaced {
            return Ok(Step::Object {
                mapping,
                namespace: String::new(),
                name: name.to_owned(),
            });
        }
        if self.all_namespaces {
            return Err(Error::message("a resource cannot be retrieved by name across all namespaces"));
        }
        if self.namespace.is_empty() {
            return Err(Error::message("namespace may not be empty when retrieving a resource by name"));
        }
        Ok(Step::Object {
            mapping,
            namespace: self.namespace.clone(),
            name: name.to_owned(),
        })
    }

    /// The label selector, read; for objects that no server selects.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn label_selector(&self) -> Result<Option<selector::Selector>> {
        self.labels
            .as_deref()
            .map(|text| {
                selector::Selector::parse(text)
                    .map_err(|error| Error::message(format!("the provided selector {text:?} is not valid: {error}")))
            })
            .transpose()
    }
}
