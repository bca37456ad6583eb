//! Pruning: objects that were once applied and are in no manifest any more (kubectl's `util/prune` and the pruners of
//! `apply` and `diff`).

use futures_util::stream::{self, Stream, StreamExt};

use crate::{
    api::{Map, OwnedValue, Value, object},
    client::{Client, Request, klog::Severity},
    discovery::{LookupError, Mapping},
    error::{Error, Result},
    resource::{Gather, Info, Objects, Plan, Query, Site, Step, fetch::ACCEPT_JSON, path},
};

use super::{
    apply::Visited,
    delete::Deletion,
    dry_run::DryRun,
    last_applied::noted,
    report::Report,
    write::{JSON, document},
};

/// What is pruned where nobody says what, in kubectl's order: group, version and kind.
const NAMESPACED: &[(&str, &str, &str)] = &[
    ("", "v1", "ConfigMap"),
    ("", "v1", "Endpoints"),
    ("", "v1", "PersistentVolumeClaim"),
    ("", "v1", "Pod"),
    ("", "v1", "ReplicationController"),
    ("", "v1", "Secret"),
    ("", "v1", "Service"),
    ("batch", "v1", "Job"),
    ("batch", "v1", "CronJob"),
    ("networking.k8s.io", "v1", "Ingress"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "ReplicaSet"),
    ("apps", "v1", "StatefulSet"),
];

/// The same for what lives in no namespace.
const CLUSTER: &[(&str, &str, &str)] = &[("", "v1", "Namespace"), ("", "v1", "PersistentVolume")];

/// What is said where the types above are pruned. kubectl says it whether a namespace was named or not.
const DEPRECATED: &str = "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the \
                          --namespace flag in a future release. To preserve the current behaviour, list the resources you want \
                          to target explicitly in the --prune-allowlist flag.";

/// How many lists are asked for at a time.
const IN_FLIGHT: usize = 8;

/// The types in `--prune-allowlist`: `group/version/kind`, with `core` for the group without a name.
///
/// # Errors
/// A word of another form, or a type that the server does not have.
pub async fn allowlist(words: &[String], site: &Site<'_>) -> Result<Vec<Mapping>> {
    let mut types = Vec::new();
    for word in words {
        let parts: Vec<&str> = word.split('/').collect();
        let [group, version, kind] = parts.as_slice() else {
            return Err(Error::message(format!(
                "invalid GroupVersionKind format: {word}, please follow <group/version/kind>"
            )));
        };
        let group = if *group == "core" { "" } else { group };
        types.push(site.discovery.mapping_for(group, version, kind).await?);
    }
    Ok(types)
}

/// A place to look for objects to prune: a type, in a namespace or in none.
#[derive(Debug, Clone)]
pub struct Place {
    mapping: Mapping,
    namespace: String,
}

impl Place {
    /// The objects of a type in a namespace; in none, if the namespace is empty.
    pub fn new(mapping: Mapping, namespace: &str) -> Self {
        Place {
            mapping,
            namespace: namespace.to_owned(),
        }
    }

    /// The type.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// A failure, with the words for where.
    fn failure(&self, error: &Error) -> Error {
        let Mapping {
            group,
            version,
            kind,
            namespaced,
            ..
        } = &self.mapping;
        let scope = if *namespaced { "namespaced" } else { "nonNamespaced" };
        Error::message(format!("error pruning {scope} object {group}/{version}, Kind={kind}: {error}"))
    }

    /// Whether its objects live in no namespace.
    pub fn is_cluster(&self) -> bool {
        !self.mapping.namespaced
    }

    /// The objects there whose labels match, as they come from the server.
    ///
    /// # Errors
    /// Where the server refuses.
    pub async fn list(&self, labels: &str, site: &Site<'_>) -> Result<Vec<Info>> {
        let query = Query {
            labels: Some(labels.to_owned()).filter(|labels| !labels.is_empty()),
            ..Query::default()
        };
        let step = Step::List {
            mapping: self.mapping.clone(),
            namespace: self.namespace.clone(),
        };
        let plan = Plan {
            steps: [step].into(),
            single: false,
        };
        Gather::new(Objects::Latest).each(plan, &query, site).await
    }
}

/// The places of the types in `allowed`, or of the usual ones where those are none: first the visited namespaces, then
/// what lives in none.
///
/// # Errors
/// A type that the server does not have.
pub async fn places(allowed: &[Mapping], visited: &Visited, site: &Site<'_>) -> Result<Vec<Place>> {
    let mut types = allowed.to_vec();
    if types.is_empty() {
        site.client.log().line(Severity::Warning, "prune.go:71", DEPRECATED);
        for (group, version, kind) in NAMESPACED.iter().chain(CLUSTER) {
            types.push(
                site.discovery
                    .mapping_for(group, version, kind)
                    .await
                    .map_err(|error| unknown((group, version, kind), error))?,
            );
        }
    }
    let (namespaced, cluster): (Vec<_>, Vec<_>) = types.into_iter().partition(|mapping| mapping.namespaced);
    let in_namespaces = visited
        .namespaces
        .iter()
        .flat_map(|namespace| namespaced.iter().map(|mapping| Place::new(mapping.clone(), namespace)));
    Ok(in_namespaces
        .chain(cluster.iter().map(|mapping| Place::new(mapping.clone(), "")))
        .collect())
}

/// What is said of a usual type that the server does not have.
fn unknown((group, version, kind): (&str, &str, &str), error: LookupError) -> Error {
    let namespaced = !CLUSTER.iter().any(|(.., other)| *other == kind);
    Error::message(format!(
        "error retrieving RESTMappings to prune: invalid resource {group}/{version}, Kind={kind}, Namespaced={namespaced}: {}",
        Error::from(error)
    ))
}

/// The objects in each place that were applied and have not been visited. Several lists are on their way at a time.
pub fn find<'a>(
    places: Vec<Place>,
    labels: &'a str,
    visited: &'a Visited,
    site: &'a Site<'a>,
) -> impl Stream<Item = (Place, Result<Vec<Info>>)> + 'a {
    stream::iter(places)
        .map(move |place| async move {
            let found = place.list(labels, site).await.map(|mut infos| {
                infos.retain(|info| noted(&info.object).is_some() && !visited.uids.contains(object::uid(&info.object)));
                infos
            });
            let found = found.map_err(|error| place.failure(&error));
            (place, found)
        })
        .buffered(IN_FLIGHT)
}

/// Prunes what [`find`] finds. `report` makes what says so, a new one for each object.
///
/// # Errors
/// The first list or deletion that the server refuses.
pub async fn prune<'s>(
    places: Vec<Place>,
    labels: &str,
    visited: &Visited,
    deletion: &Deletion,
    site: &Site<'_>,
    mut report: impl FnMut() -> Result<Report<'s>>,
) -> Result<()> {
    let mut found = std::pin::pin!(find(places, labels, visited, site));
    while let Some((place, infos)) = found.next().await {
        for info in infos? {
            if deletion.dry_run != DryRun::Client {
                delete(&info, deletion, site.client).await.map_err(|error| place.failure(&error))?;
            }
            report()?.print(info.object, "pruned")?;
        }
    }
    Ok(())
}

/// Deletes an object without a word.
///
/// # Errors
/// Where the server refuses.
pub async fn delete(info: &Info, deletion: &Deletion, client: &Client) -> Result<()> {
    let request = Request::delete(path::of(&info.mapping, &info.namespace, &info.name, ""))
        .accept(ACCEPT_JSON)
        .body(JSON, document(&options(deletion)))
        .about(info.mapping.group.as_str(), info.mapping.resource.as_str(), info.name.as_str());
    client.send(request).await?.bytes().await?;
    Ok(())
}

/// What the server is told of a deletion. Unlike `delete`, client-go's dynamic client says what this is.
fn options(deletion: &Deletion) -> OwnedValue {
    let mut options = Map::in_order();
    options.insert("kind", "DeleteOptions");
    options.insert("apiVersion", "v1");
    if let Value::Object(own) = deletion.options() {
        for (key, value) in own {
            options.insert(key, value);
        }
    }
    Value::Object(options)
}
