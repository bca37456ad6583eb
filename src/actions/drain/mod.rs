//! Taking the pods off a node (kubectl's `drain` package).

pub mod filters;
mod removal;

use std::{collections::HashMap, io::Write, time::Duration};

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;

use self::{
    filters::{Judged, daemon_set_of, judge},
    removal::Removal,
};
use super::{dry_run::DryRun, in_flight};
use crate::{
    api::{json, object},
    client::Request,
    discovery::{Mapping, builtin},
    error::{Error, Result},
    resource::{ACCEPT_TYPED, Gather, Objects, Plan, Query, Site, Step, path},
};

/// How nodes are drained.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Whether pods go that nobody will recreate.
    pub force: bool,
    /// Whether pods go whose data in an `emptyDir` is lost then.
    pub delete_data: bool,
    /// Whether pods of daemon sets are left where they are; else they keep the node from being drained.
    pub ignore_daemon_sets: bool,
    /// Whether pods are deleted instead of evicted.
    pub disable_eviction: bool,
    /// How many seconds the pods get; negative where they decide.
    pub grace_period: i64,
    /// How long a node may take; as long as it takes where it is zero.
    pub timeout: SignedDuration,
    /// After how many seconds of stopping a pod is not waited for; all are where it is 0.
    pub skip_after: i64,
    /// Which pods, as a label selector; all where it is empty.
    pub pods: String,
    /// How many pods a page of a list holds; 0 for all at once.
    pub chunk: i64,
    /// How far it goes.
    pub dry_run: DryRun,
    /// Whether it is said that each removal has begun (`-v=2`).
    pub verbose: bool,
    /// How often the server is asked.
    pub pace: Pace,
}

/// How often the server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long between two looks at a pod that is stopping.
    pub look: Duration,
    /// How long before a refused eviction is tried again. It is also said.
    pub retry: Duration,
}

impl Default for Pace {
    /// kubectl's.
    fn default() -> Self {
        Pace {
            look: Duration::from_secs(1),
            retry: Duration::from_secs(5),
        }
    }
}

/// Takes the pods off nodes, one node after the other.
#[derive(Debug)]
pub struct Drain<'a> {
    settings: &'a Settings,
    site: &'a Site<'a>,
    pods: Mapping,
    daemon_sets: Mapping,
    removal: Removal<'a>,
}

impl<'a> Drain<'a> {
    /// For the nodes of a server.
    ///
    /// # Errors
    /// None but those of a broken build: the types are built in.
    pub fn new(settings: &'a Settings, site: &'a Site<'a>) -> Result<Drain<'a>> {
        let built_in = |group, kind| builtin::by_kind(group, "v1", kind).ok_or_else(|| Error::message(format!("no built-in kind {kind}")));
        let pods = built_in("", "Pod")?;
        Ok(Drain {
            settings,
            site,
            daemon_sets: built_in("apps", "DaemonSet")?,
            removal: Removal::new(settings, pods.clone(), site),
            pods,
        })
    }

    /// Takes the pods off one node, and says how it goes.
    ///
    /// # Errors
    /// Pods that must not go, and what went wrong with those that should.
    pub async fn node(&mut self, node: &str) -> Result<()> {
        let judged = self.judged(node).await?;
        let faults = judged.faults();
        if !faults.is_empty() {
            return Err(Error::Several(faults));
        }
        let warnings = judged.warnings();
        let streams = self.site.streams;
        if !warnings.is_empty() {
            writeln!(streams.err(), "Warning: {warnings}")?;
        }
        let pods = judged.going();
        if self.settings.dry_run == DryRun::Client {
            for pod in &pods {
                let (namespace, name) = (object::namespace(pod), object::name(pod));
                writeln!(streams.out(), "evicting pod {namespace}/{name}{}", self.settings.dry_run.suffix())?;
            }
            return Ok(());
        }
        let Err(error) = self.removal.all(pods).await else { return Ok(()) };
        self.pending(node, &error).await?;
        Err(error)
    }

    /// Says which pods are still there after a failure.
    async fn pending(&self, node: &str, error: &Error) -> Result<()> {
        let mut err = self.site.streams.err();
        let faults = match self.judged(node).await {
            Ok(judged) => {
                let faults = judged.faults();
                let pods = judged.going();
                if !pods.is_empty() {
                    writeln!(err, "There are pending pods in node {node:?} when an error occurred: {error}")?;
                }
                for pod in pods {
                    writeln!(err, "pod/{}", object::name(&pod))?;
                }
                faults
            }
            Err(error) => vec![error],
        };
        if !faults.is_empty() {
            let faults = Error::Several(faults);
            // Without a line break at the end, as kubectl has it.
            write!(err, "Following errors occurred while getting the list of pods to delete:\n{faults}")?;
        }
        Ok(())
    }

    /// The pods of a node, with what becomes of them.
    async fn judged(&self, node: &str) -> Result<Judged> {
        let query = Query {
            all_namespaces: true,
            labels: Some(self.settings.pods.clone()).filter(|selector| !selector.is_empty()),
            fields: Some(format!("spec.nodeName={node}")),
            ..Query::default()
        };
        let plan = Plan {
            steps: [Step::List {
                mapping: self.pods.clone(),
                namespace: String::new(),
            }]
            .into(),
            single: false,
        };
        let gather = Gather {
            chunk: self.settings.chunk,
            ..Gather::typed(Objects::AsGiven)
        };
        // As kubectl's list of one: an error of the server's among several is told in full.
        let infos = gather
            .each(plan, &query, self.site)
            .await
            .map_err(|error| Error::Several(vec![error]))?;
        let now = self.site.streams.now();
        let sets = infos.iter().filter_map(|info| {
            let set = daemon_set_of(&info.object, self.settings, now)?;
            Some((info.namespace.as_str(), set))
        });
        let missing: HashMap<(&str, &str), Error> = stream::iter(sets)
            .map(|(namespace, name)| async move {
                let request = Request::get(path::of(&self.daemon_sets, namespace, name, ""))
                    .accept(ACCEPT_TYPED)
                    .about("apps", "daemonsets", name);
                let answer = async { self.site.client.send(request).await?.bytes().await };
                answer.await.err().map(|error| ((namespace, name), error))
            })
            .buffered(in_flight::DEFAULT_LIMIT)
            .filter_map(async |missing| missing)
            .collect()
            .await;
        let verdicts: Vec<_> = infos
            .iter()
            .map(|info| {
                let set = daemon_set_of(&info.object, self.settings, now).unwrap_or_default();
                judge(&info.object, self.settings, missing.get(&(info.namespace.as_str(), set)), now)
            })
            .collect();
        let pods = infos.into_iter().map(|info| info.object);
        Ok(Judged(pods.zip(verdicts).collect()))
    }
}

/// Whether the server can evict pods, and with which version of the request; none where it cannot.
///
/// # Errors
/// Where the server does not say.
async fn eviction_version(site: &Site<'_>) -> Result<Option<String>> {
    let request = Request::get("/api/v1").accept(ACCEPT_TYPED);
    let bytes = match site.client.send(request).await {
        Ok(answer) => answer.bytes().await?,
        // As from the oldest servers.
        Err(error) if error.status().is_some_and(|status| matches!(status.code, 403 | 404)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let document = json::parse(&bytes)?;
    let eviction = document.items_at(&["resources"]).iter().find(|resource| {
        let named = resource.str_at(&["name"]) == "pods/eviction" && object::kind(resource) == "Eviction";
        named && !resource.str_at(&["group"]).is_empty() && !resource.str_at(&["version"]).is_empty()
    });
    // kubectl knows v1; whatever else a server has, it also has v1beta1.
    Ok(
        eviction.map(|eviction| match (eviction.str_at(&["group"]), eviction.str_at(&["version"])) {
            ("policy", "v1") => "policy/v1".to_owned(),
            _ => "policy/v1beta1".to_owned(),
        }),
    )
}
