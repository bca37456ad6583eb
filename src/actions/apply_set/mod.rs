//! Apply sets: objects that are applied together and are pruned by a label, kept by a parent object (KEP 3659; kubectl's
//! `apply/applyset.go` and `applyset_pruner.go`).

pub mod parent;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt};

use crate::{
    api::{gvk::GroupName, object, quote},
    client::klog::Severity,
    discovery::Mapping,
    error::{Error, Result},
    resource::{Info, Site},
};

use super::{
    apply::Visited,
    delete::Deletion,
    dry_run::DryRun,
    prune::{Place, delete},
    report::Report,
    write::{APPLY_PATCH, Writer, compact},
};

use parent::{ID, KINDS, NAMESPACES, PART_OF, Parent, RESOURCES, TOOLING};

/// The program that keeps the set, as its parent names it.
const TOOL: &str = "kubectl";

/// Who owns what is applied to parents.
const MANAGER: &str = "kubectl-applyset";

/// How many lists are asked for at a time.
const IN_FLIGHT: usize = 8;

/// A set of objects that are applied together.
#[derive(Debug, Clone)]
pub struct ApplySet {
    parent: Parent,
    /// The version of this program, which the parent notes.
    version: &'static str,
}

/// How a parent is changed.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// How far it goes.
    pub dry_run: DryRun,
    /// What the server does about unknown fields.
    pub validation: &'static str,
}

/// What is in a set: kinds, by name and group, and namespaces.
#[derive(Debug, Clone, Default)]
struct Members {
    kinds: BTreeMap<String, Mapping>,
    namespaces: BTreeSet<String>,
}

/// What was in a set before, and what is in it now.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    before: Members,
    now: Members,
}

impl ApplySet {
    /// The set of a parent that is given as `[RESOURCE][.GROUP]/NAME`; see [`Parent::find`].
    ///
    /// # Errors
    /// A reference that makes no sense.
    pub async fn find(reference: &str, namespace: &str, version: &'static str, site: &Site<'_>) -> Result<ApplySet> {
        Ok(ApplySet {
            parent: Parent::find(reference, namespace, site).await?,
            version,
        })
    }

    /// Checks that the parent may be one.
    ///
    /// # Errors
    /// No namespace, or a type that may not be one.
    pub async fn check(&self, site: &Site<'_>) -> Result<()> {
        self.parent.check(site).await
    }

    /// Labels objects that are to be applied as members.
    ///
    /// # Errors
    /// An object that says it is a member already.
    pub fn label(&self, infos: &mut [Info]) -> Result<()> {
        let id = self.parent.id();
        for info in infos {
            if object::label(&info.object, PART_OF).is_some() {
                return Err(Error::message(format!(
                    "ApplySet label {} already set in input data",
                    quote(PART_OF)
                )));
            }
            info.object.set(&["metadata", "labels", PART_OF], id.clone());
        }
        Ok(())
    }

    /// Has the parent note, before the objects are applied, all kinds and namespaces that were in the set or will be: so
    /// nothing is lost sight of, whatever happens.
    ///
    /// # Errors
    /// A parent that is not one of this program's, or cannot be changed.
    pub async fn begin(&self, infos: &[Info], change: Change, site: &Site<'_>) -> Result<Scope> {
        let mut scope = Scope {
            before: self.look(site).await?,
            now: Members::default(),
        };
        for info in infos {
            scope.now.kinds.insert(info.mapping.group_kind(), info.mapping.clone());
            if info.mapping.namespaced && !info.namespace.is_empty() {
                scope.now.namespaces.insert(info.namespace.clone());
            }
        }
        let mut all = scope.before.clone();
        all.kinds.extend(scope.now.kinds.clone());
        all.namespaces.extend(scope.now.namespaces.clone());
        self.update(&all, change, site).await?;
        Ok(scope)
    }

    /// Deletes the members that have not been visited, and has the parent note what is left.
    ///
    /// # Errors
    /// The first list or deletion that the server refuses, or a parent that cannot be changed.
    pub async fn prune(
        &self,
        scope: &Scope,
        visited: &Visited,
        deletion: &Deletion,
        change: Change,
        site: &Site<'_>,
        report: &mut Report<'_>,
    ) -> Result<()> {
        for info in self.stale(scope, visited, site).await? {
            if change.dry_run != DryRun::Client {
                delete(&info, deletion, site.client)
                    .await
                    .map_err(|error| Error::message(format!("pruning {}: {error}", named(&info))))?;
            }
            report.print(info.object, "pruned")?;
        }
        self.update(&scope.now, change, site)
            .await
            .map_err(|error| Error::message(format!("apply and prune succeeded, but ApplySet update failed: {error}")))
    }

    /// The members that have not been visited, by kind and namespace. All lists are there before anything is deleted.
    async fn stale(&self, scope: &Scope, visited: &Visited, site: &Site<'_>) -> Result<Vec<Info>> {
        let labels = format!("{PART_OF}={}", self.parent.id());
        let mut places = Vec::new();
        for (position, mapping) in scope.before.kinds.values().enumerate() {
            if !mapping.namespaced {
                places.push(Place::new(mapping.clone(), ""));
                continue;
            }
            for namespace in &scope.before.namespaces {
                if namespace.is_empty() {
                    return Err(Error::message(format!(
                        "unexpectedly encountered empty namespace during prune of namespace-scoped resource {position}"
                    )));
                }
                places.push(Place::new(mapping.clone(), namespace));
            }
        }
        let labels = labels.as_str();
        let mut lists = stream::iter(places)
            .map(|place| async move {
                let listed = place.list(labels, site).await;
                listed.map_err(|error| {
                    let Mapping { group, version, kind, .. } = place.mapping();
                    Error::message(format!("listing {group}/{version}, Kind={kind} objects for pruning: {error}"))
                })
            })
            .buffered(IN_FLIGHT);
        let mut stale = Vec::new();
        while let Some(infos) = lists.next().await {
            let strangers = infos?.into_iter().filter(|info| !visited.uids.contains(object::uid(&info.object)));
            stale.extend(strangers);
        }
        Ok(stale)
    }

    /// What the parent says is in the set; nothing, if it is not there yet.
    async fn look(&self, site: &Site<'_>) -> Result<Members> {
        let parent = &self.parent;
        let name = parent.quoted();
        let found = match Writer::new(site.client, DryRun::None, "").look(&parent.info).await {
            Ok(found) => found,
            Err(error) if !error.is_not_found() => {
                return Err(Error::message(format!("failed to fetch ApplySet parent object {name}: {error}")));
            }
            Err(_) if parent.is_built_in() => return Ok(Members::default()),
            Err(_) => return Err(Error::message("custom resource ApplySet parents cannot be created automatically")),
        };
        let Some(tooling) = object::annotation(&found, TOOLING) else {
            return Err(Error::message(format!(
                "ApplySet parent object {name} already exists and is missing required annotation {}",
                quote(TOOLING)
            )));
        };
        let tool = tooling.rsplit_once('/').map_or(tooling, |(tool, _)| tool);
        if tool != TOOL {
            return Err(Error::message(format!(
                "ApplySet parent object {name} already exists and is managed by tooling {} instead of {}",
                quote(tool),
                quote(TOOL)
            )));
        }
        let id = parent.id();
        match object::label(&found, ID) {
            None => {
                return Err(Error::message(format!(
                    "ApplySet parent object {name} exists and does not have required label {ID}"
                )));
            }
            Some(label) if label != id => {
                return Err(Error::message(format!(
                    "ApplySet parent object {name} exists and has incorrect value for label {} (got: {label}, want: {id})",
                    quote(ID)
                )));
            }
            Some(_) => {}
        }
        let kinds = match object::annotation(&found, KINDS) {
            Some(kinds) => kinds_of(kinds, site).await,
            None => match object::annotation(&found, RESOURCES).filter(|resources| !resources.is_empty()) {
                Some(resources) => kinds_of_resources(resources, site).await,
                None => Err(Error::message(format!(
                    "kubectl requires the {} annotation to be set on all ApplySet parent objects",
                    quote(KINDS)
                ))),
            },
        };
        let kinds = kinds.map_err(|error| Error::message(format!("parsing ApplySet annotation on {name}: {error}")))?;
        let mut namespaces: BTreeSet<String> = listed(object::annotation(&found, NAMESPACES).unwrap_or_default())
            .map(str::to_owned)
            .collect();
        if parent.info.mapping.namespaced {
            namespaces.insert(parent.info.namespace.clone());
        }
        Ok(Members { kinds, namespaces })
    }

    /// Has the parent note what is in the set. What others have noted in these fields is overwritten, with a warning.
    async fn update(&self, members: &Members, change: Change, site: &Site<'_>) -> Result<()> {
        if change.dry_run == DryRun::Client {
            return Ok(());
        }
        let parent = &self.parent;
        let kinds: Vec<&str> = members.kinds.keys().map(String::as_str).collect();
        let others = members.namespaces.iter().filter(|namespace| **namespace != parent.info.namespace);
        let namespaces: Vec<&str> = others.map(String::as_str).collect();
        let tooling = format!("{TOOL}/{}", self.version);
        let patch = compact(&parent.manifest(&tooling, &kinds.join(","), &namespaces.join(",")));
        let mut writer = Writer {
            field_validation: change.validation,
            force: Some(false),
            ..Writer::new(site.client, change.dry_run, MANAGER)
        };
        let mut result = writer.patch(&parent.info, APPLY_PATCH, patch.clone()).await;
        if let Err(error) = &result
            && error.status().is_some_and(|status| status.is("Conflict"))
        {
            let sentence = format!(
                "WARNING: failed to update ApplySet: {error}\nApplySet field manager {MANAGER} should own these fields. Retrying with \
                 conflicts forced."
            );
            site.client.log().line(Severity::Warning, "applyset.go:429", &sentence);
            writer.force = Some(true);
            result = writer.patch(&parent.info, APPLY_PATCH, patch).await;
        }
        match result {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::message(format!("failed to update ApplySet: {error}"))),
        }
    }
}

/// The parts of a list in an annotation; none of an empty text.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(move |_| !text.is_empty())
}

/// The kinds in the parent's annotation: `ConfigMap,Deployment.apps`.
async fn kinds_of(text: &str, site: &Site<'_>) -> Result<BTreeMap<String, Mapping>> {
    let mut kinds = BTreeMap::new();
    for word in listed(text) {
        let GroupName { name, group } = GroupName::parse(word);
        let mapping = site.discovery.mapping_for(&group, "", &name).await.map_err(|error| {
            Error::message(format!(
                "could not find mapping for kind in {} annotation: {}",
                quote(KINDS),
                Error::from(error)
            ))
        })?;
        kinds.insert(word.to_owned(), mapping);
    }
    Ok(kinds)
}

/// The kinds of the resources in the parent's old annotation: `configmaps,deployments.apps`.
async fn kinds_of_resources(text: &str, site: &Site<'_>) -> Result<BTreeMap<String, Mapping>> {
    let mut kinds = BTreeMap::new();
    for word in listed(text) {
        let GroupName { name, group } = GroupName::parse(word);
        let mapping = parent::kind_of(name, group, site)
            .await
            .map_err(|error| Error::message(format!("invalid group resource in {} annotation: {error}", quote(RESOURCES))))?;
        kinds.insert(mapping.group_kind(), mapping);
    }
    Ok(kinds)
}

/// The name of an object in messages: its kind and group, its namespace, its name.
fn named(info: &Info) -> String {
    let place = match info.namespace.as_str() {
        "" => String::new(),
        namespace => format!("{namespace}/"),
    };
    format!("{} {place}{}", info.mapping.group_kind(), info.name)
}
