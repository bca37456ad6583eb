//! The objects of a plan as a list, for commands that do something with each: kubectl's `resource.Info`.
//!
//! What is shown while it arrives goes through [`fetch`](super::fetch) instead.

use std::fmt;

use crate::{
    api::{OwnedValue, Value, gvk, json, object, quote},
    client::Request,
    discovery::Mapping,
    error::{Error, Result},
};

use super::{
    Plan, Query, Site, Source, Step, documents,
    fetch::{ACCEPT_JSON, Answer, Answers, Fetch, Part, missing_namespace},
    path,
};

/// One object of a plan.
#[derive(Debug, Clone)]
pub struct Info {
    /// Its type.
    pub mapping: Mapping,
    /// Where it lives; empty for types without namespaces.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object; `null` where it was only named and nobody asked for it.
    pub object: OwnedValue,
    /// The file that it comes from; empty where it was named on the command line.
    pub source: String,
}

impl Info {
    /// The type in the plural and the name, as kubectl's messages give them: `pods/web`.
    pub fn resource_and_name(&self) -> String {
        format!("{}/{}", self.mapping.resource, self.name)
    }

    /// Puts the object as the server has it now in the place of the one that is here (`Info.Get`). Where that fails, the
    /// one that is here stays.
    ///
    /// # Errors
    /// Where the server does not have it, or not even its namespace, or cannot be asked.
    pub async fn get(&mut self, site: &Site<'_>) -> Result<()> {
        loop {
            let Info {
                mapping, namespace, name, ..
            } = &*self;
            if let Some(fault) = path::namespace_fault(namespace).or_else(|| path::name_fault(name)) {
                return Err(Error::Message(fault));
            }
            let request = Request::get(path::of(mapping, namespace, name, "")).accept(ACCEPT_JSON).about(
                mapping.group.as_str(),
                mapping.resource.as_str(),
                name.as_str(),
            );
            let answer = async { site.client.send(request).await?.bytes().await }.await;
            match answer {
                Ok(bytes) => {
                    self.object = json::parse(&bytes)?.into_owned();
                    return Ok(());
                }
                Err(error) => {
                    let error = missing_namespace(site.client, namespace, ACCEPT_JSON, error).await;
                    // The type was only assumed; the server may have it elsewhere.
                    self.mapping = site.discovery.reconsider(mapping, error).await?;
                }
            }
        }
    }
}

/// What kubectl's longer messages say of an object, in two lines (`Info.String`).
impl fmt::Display for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mapping {
            group,
            version,
            kind,
            resource,
            ..
        } = &self.mapping;
        writeln!(
            f,
            "Resource: \"{group}/{version}, Resource={resource}\", GroupVersionKind: \"{group}/{version}, Kind={kind}\""
        )?;
        write!(f, "Name: {}, Namespace: {}", quote(&self.name), quote(&self.namespace))
    }
}

/// Where objects come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objects {
    /// All from the server; files only name them (the builder's `Latest`).
    Latest,
    /// Those in files as they are there, those named on the command line from the server.
    AsGiven,
    /// As [`Objects::AsGiven`], but what is named on the command line is not asked for (`RequireObject(false)`).
    Named,
}

/// What kubectl accepts where it decodes into Go's types, and knows only the kinds that are built into it.
pub const ACCEPT_TYPED: &str = "application/json, */*";

/// How objects are gathered.
#[derive(Debug, Clone, Copy)]
pub struct Gather {
    /// Where they come from.
    pub objects: Objects,
    /// What is accepted of the server. With [`ACCEPT_TYPED`], kinds that are not built into kubectl are refused.
    pub accept: &'static str,
    /// How many objects a page of a list holds; 0 for all at once.
    pub chunk: i64,
    /// Whether objects that do not exist are passed over.
    pub ignore_not_found: bool,
}

impl Gather {
    /// Objects from `objects`, lists in one piece.
    pub fn new(objects: Objects) -> Self {
        Gather {
            objects,
            accept: ACCEPT_JSON,
            chunk: 0,
            ignore_not_found: false,
        }
    }

    /// As [`Gather::new`], for commands that decode into Go's types.
    pub fn typed(objects: Objects) -> Self {
        Gather {
            accept: ACCEPT_TYPED,
            ..Gather::new(objects)
        }
    }

    /// Refuses an object of a kind that kubectl would not know.
    fn check(self, object: &Value<'_>) -> Result<()> {
        let (group, _) = object::group_version(object);
        if self.accept != ACCEPT_TYPED || gvk::is_built_in(group) {
            return Ok(());
        }
        let (kind, version) = (quote(object.str_at(&["kind"])), quote(object.str_at(&["apiVersion"])));
        Err(Error::message(format!(
            "no kind {kind} is registered for version {version} in scheme \"pkg/scheme/scheme.go:28\""
        )))
    }

    /// The objects of a plan and what went wrong with single ones, in order.
    ///
    /// # Errors
    /// Where nothing could be begun at all.
    pub async fn all(self, plan: Plan, query: &Query, site: &Site<'_>) -> Result<Vec<Result<Info>>> {
        let mut infos = Vec::new();
        let mut asked = Plan {
            single: plan.single,
            ..Plan::default()
        };
        for step in plan.steps {
            match step {
                Step::File(source) if self.objects != Objects::Latest => {
                    self.ask(std::mem::take(&mut asked), query, site, &mut infos).await?;
                    if let Err(error) = self.read(&source, query, site, &mut infos).await {
                        infos.push(Err(error));
                    }
                }
                Step::Object { mapping, namespace, name } if self.objects == Objects::Named => {
                    self.ask(std::mem::take(&mut asked), query, site, &mut infos).await?;
                    infos.push(Ok(Info {
                        mapping,
                        namespace,
                        name,
                        object: Value::Null,
                        source: String::new(),
                    }));
                }
                step => asked.steps.push_back(step),
            }
        }
        self.ask(asked, query, site, &mut infos).await?;
        Ok(infos)
    }

    /// Does something with each object of a plan, as soon as it is there and before the next is asked for; what goes wrong
    /// with one does not keep the others (the builder's `ContinueOnError`).
    ///
    /// # Errors
    /// All that went wrong: with the objects, then as one entry what kept objects in lists and files from being had.
    pub async fn visit(self, plan: Plan, query: &Query, site: &Site<'_>, mut visit: impl AsyncFnMut(Info) -> Result<()>) -> Result<()> {
        let (mut errors, mut on_the_way) = (Vec::new(), Vec::new());
        for step in plan.steps {
            let by_name = matches!(step, Step::Object { .. });
            let single = Plan {
                steps: [step].into(),
                single: plan.single,
            };
            for info in self.all(single, query, site).await? {
                let done = match info {
                    Ok(info) => visit(info).await,
                    Err(error) if by_name => Err(error),
                    Err(error) => {
                        on_the_way.push(error);
                        continue;
                    }
                };
                match done {
                    Ok(()) => {}
                    // The end of the process is not only this object's.
                    Err(error @ Error::Exit(_)) => return Err(error),
                    Err(error) => errors.push(error),
                }
            }
        }
        match on_the_way.len() {
            0 => {}
            // What is alone is no list.
            1 if errors.is_empty() => errors.append(&mut on_the_way),
            _ => errors.push(Error::Several(on_the_way)),
        }
        Error::collect(errors)
    }

    /// The objects of a plan.
    ///
    /// # Errors
    /// The first thing that went wrong.
    pub async fn each(self, plan: Plan, query: &Query, site: &Site<'_>) -> Result<Vec<Info>> {
        self.all(plan, query, site).await?.into_iter().collect()
    }

    /// Asks the server for the objects of some steps.
    async fn ask(self, plan: Plan, query: &Query, site: &Site<'_>, infos: &mut Vec<Result<Info>>) -> Result<()> {
        if plan.steps.is_empty() {
            return Ok(());
        }
        let fetch = Fetch {
            accept: self.accept,
            chunk: self.chunk,
            include_object: false,
            ignore_not_found: self.ignore_not_found,
        };
        let mut answers = Answers::start(plan, query, fetch, site).await?;
        while let Some(answer) = answers.next().await {
            let result = match answer {
                Ok(answer) => self.take(answer, infos).await,
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                infos.push(Err(error));
            }
        }
        Ok(())
    }

    /// The objects of an answer.
    async fn take(self, mut answer: Answer, infos: &mut Vec<Result<Info>>) -> Result<()> {
        let (mapping, namespace, name) = (answer.mapping().clone(), answer.namespace().to_owned(), answer.name().to_owned());
        while let Some(part) = answer.next().await? {
            let Part::Object { object: bytes, list } = part else { continue };
            let mut object = json::parse(bytes)?;
            if let (Some((api_version, kind)), Some(fields)) = (list, object.as_object_mut())
                && !fields.contains_key("kind")
            {
                fields.insert("apiVersion", api_version.to_owned());
                fields.insert("kind", kind.to_owned());
            }
            self.check(&object)?;
            let own = |own: &str, asked: &str| if own.is_empty() { asked.to_owned() } else { own.to_owned() };
            infos.push(Ok(Info {
                mapping: mapping.clone(),
                namespace: own(object::namespace(&object), &namespace),
                name: own(object::name(&object), &name),
                object: object.into_owned(),
                source: String::new(),
            }));
        }
        Ok(())
    }

    /// The objects in a source, as they are there.
    async fn read(self, source: &Source, query: &Query, site: &Site<'_>, infos: &mut Vec<Result<Info>>) -> Result<()> {
        let selector = query.label_selector()?;
        let name = source.name();
        for document in documents::read(source, site).await? {
            let found = match document {
                Ok(object) => match self.check(&object) {
                    Ok(()) => placed(object, &name, query, site).await,
                    Err(error) => Err(Error::message(format!("unable to decode {}: {error}", quote(&name)))),
                },
                Err(error) => Err(error),
            };
            let wanted = |info: &Info| selector.as_ref().is_none_or(|selector| selector.matches_object(&info.object));
            if found.as_ref().map_or(true, wanted) {
                infos.push(found);
            }
        }
        Ok(())
    }
}

/// An object from a file with its type, in the namespace that it or the command line names.
///
/// # Errors
/// A type that the server does not have, or a namespace that is not the one that the command line demands.
pub async fn placed(mut object: OwnedValue, source: &str, query: &Query, site: &Site<'_>) -> Result<Info> {
    let mapping = documents::mapping(&object, source, site).await?;
    let mut namespace = object::namespace(&object).to_owned();
    if !mapping.namespaced {
        namespace.clear();
        if let Some(metadata) = object.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
            metadata.remove("namespace");
        }
    } else if namespace.is_empty() {
        namespace.clone_from(&query.namespace);
        object.set(&["metadata", "namespace"], namespace.clone());
    } else if query.enforce_namespace && namespace != query.namespace {
        return Err(wrong_namespace(&namespace, &query.namespace));
    }
    Ok(Info {
        mapping,
        namespace,
        name: object::name(&object).to_owned(),
        object,
        source: source.to_owned(),
    })
}

/// How [`wrong_namespace`] begins.
const WRONG_NAMESPACE: &str = "the namespace from the provided object";

/// What is said of an object in a file that is in another namespace than the command line demands.
pub fn wrong_namespace(own: &str, demanded: &str) -> Error {
    Error::message(format!(
        "{WRONG_NAMESPACE} {own:?} does not match the namespace {demanded:?}. You must pass '--namespace={own}' to perform this operation."
    ))
}

/// Whether that has been said.
pub fn is_wrong_namespace(error: &Error) -> bool {
    matches!(error, Error::Message(text) | Error::Bare(text) if text.starts_with(WRONG_NAMESPACE))
}
