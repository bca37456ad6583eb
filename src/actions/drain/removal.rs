//! Evicting or deleting pods, and waiting until they are gone.

use std::io::Write;

use futures_util::{
    StreamExt,
    stream::{self, FuturesUnordered},
};
use jiff::SignedDuration;
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, sleep_until},
};

use super::{Settings, eviction_version, filters::is_passed_over};
use crate::{
    actions::{
        in_flight,
        report::Report,
        write::{JSON, document},
    },
    api::{Map, OwnedValue, Value, duration, json, object, quote},
    client::Request,
    discovery::Mapping,
    error::{Error, Result},
    resource::{ACCEPT_TYPED, Site, path},
};

/// What becomes of pods, in the words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Evict,
    Delete,
}

impl Way {
    fn started(self) -> &'static str {
        match self {
            Way::Evict => "eviction started",
            Way::Delete => "deletion started",
        }
    }

    fn finished(self) -> &'static str {
        match self {
            Way::Evict => "evicted",
            Way::Delete => "deleted",
        }
    }

    fn failed(self) -> &'static str {
        match self {
            Way::Evict => "eviction failed",
            Way::Delete => "deletion failed",
        }
    }
}

/// Removes pods.
#[derive(Debug)]
pub struct Removal<'a> {
    settings: &'a Settings,
    pods: Mapping,
    site: &'a Site<'a>,
    /// How evictions are asked for, once that is known.
    evictions: Option<Option<String>>,
    /// All pods are on their way at once, but not all of their requests.
    permits: Semaphore,
}

impl<'a> Removal<'a> {
    pub fn new(settings: &'a Settings, pods: Mapping, site: &'a Site<'a>) -> Removal<'a> {
        Removal {
            settings,
            pods,
            site,
            evictions: None,
            permits: Semaphore::new(in_flight::DEFAULT_LIMIT),
        }
    }

    /// Removes pods, and waits until they are gone.
    pub async fn all(&mut self, pods: Vec<OwnedValue>) -> Result<()> {
        if pods.is_empty() {
            return Ok(());
        }
        if !self.settings.disable_eviction && self.evictions.is_none() {
            self.evictions = Some(eviction_version(self.site).await?);
        }
        match &self.evictions {
            Some(Some(version)) => self.evict_all(pods, version).await,
            _ => self.delete_all(pods).await,
        }
    }

    /// When the time for a node is over, if it ever is.
    fn end(&self) -> Option<Instant> {
        let timeout = self.settings.timeout;
        // A negative time is over before it begins.
        (!timeout.is_zero()).then(|| Instant::now() + timeout.try_into().unwrap_or_default())
    }

    /// Evicts pods, all at the same time.
    async fn evict_all(&self, mut pods: Vec<OwnedValue>, version: &str) -> Result<()> {
        let end = self.end();
        // Go begins with the newest of its goroutines, and then goes on with the oldest.
        pods.rotate_right(1);
        let mut running: FuturesUnordered<_> = pods.into_iter().map(|pod| self.evict(pod, version, end)).collect();
        let mut errors = Vec::new();
        while let Some(result) = running.next().await {
            errors.extend(result.err());
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Error::Several(errors)),
        }
    }

    /// Evicts a pod, as often as it takes, and waits until it is gone.
    async fn evict(&self, mut pod: OwnedValue, version: &str, end: Option<Instant>) -> Result<()> {
        let (namespace, name) = (object::namespace(&pod).to_owned(), object::name(&pod).to_owned());
        let failed = |reason: String| {
            Error::message(format!(
                "error when evicting pods/{} -n {}: {reason}",
                quote(&name),
                quote(&namespace)
            ))
        };
        let wait = duration::format(SignedDuration::try_from(self.settings.pace.retry).unwrap_or_default());
        loop {
            self.say_started(&pod, Way::Evict)?;
            self.say(&format!("evicting pod {namespace}/{name}{}", self.settings.dry_run.suffix()))?;
            if end.is_some_and(|end| end <= Instant::now()) {
                let timeout = duration::format(self.settings.timeout);
                return Err(failed(format!("global timeout reached: {timeout}")));
            }
            let Err(error) = self.ask_to_evict(&namespace, &name, version).await else {
                break;
            };
            if error.is_not_found() {
                return Ok(());
            }
            let mut err = self.site.streams.err();
            if error.status().is_some_and(|status| status.is("TooManyRequests")) {
                writeln!(
                    err,
                    "error when evicting pods/{} -n {} (will retry after {wait}): {error}",
                    quote(&name),
                    quote(&namespace)
                )?;
                sleep(self.settings.pace.retry).await;
            } else if !is_terminating_namespace(&error) {
                return Err(failed(error.to_string()));
            } else if object::is_being_deleted(&pod) {
                // No eviction will ever be taken here, but the pod goes all the same.
                break;
            } else {
                writeln!(
                    err,
                    "error when evicting pod {} from terminating namespace {} (will retry after {wait}): {error}",
                    quote(&name),
                    quote(&namespace)
                )?;
                sleep(self.settings.pace.retry).await;
                // By then it may be marked as deleted. If nobody knows, the next eviction will tell.
                if let Ok(fresh) = self.look(&pod).await {
                    pod = fresh;
                }
            }
        }
        if self.settings.dry_run.on_server() {
            return Ok(());
        }
        self.wait(vec![pod], Way::Evict, end).await.map_err(|error| {
            Error::message(format!(
                "error when waiting for pod {} in namespace {} to terminate: {error}",
                quote(&name),
                quote(&namespace)
            ))
        })
    }

    /// Deletes pods one after the other, and waits until they are gone.
    async fn delete_all(&self, pods: Vec<OwnedValue>) -> Result<()> {
        let end = self.end();
        for pod in &pods {
            let mut options = Map::in_order();
            options.insert("kind", "DeleteOptions");
            options.insert("apiVersion", "v1");
            self.add_options(&mut options);
            let (namespace, name) = (object::namespace(pod), object::name(pod));
            let request = Request::delete(path::of(&self.pods, namespace, name, ""))
                .body(JSON, document(&Value::Object(options)))
                .accept(ACCEPT_TYPED)
                .about("", "pods", name);
            match self.send(request).await {
                Err(error) if !error.is_not_found() => return Err(error),
                _ => {}
            }
            if !self.settings.dry_run.on_server() {
                self.say_started(pod, Way::Delete)?;
            }
        }
        // kubectl 1.36 waits for pods that are still there after a dry run, without an end; 1.37 does not.
        if self.settings.dry_run.on_server() {
            return Ok(());
        }
        self.wait(pods, Way::Delete, end).await
    }

    /// Waits until pods are gone.
    async fn wait(&self, mut pods: Vec<OwnedValue>, way: Way, end: Option<Instant>) -> Result<()> {
        loop {
            pods = self.remaining(&pods, way).await?;
            if pods.is_empty() {
                return Ok(());
            }
            let next = Instant::now() + self.settings.pace.look;
            match end {
                Some(end) if end <= next => {
                    sleep_until(end).await;
                    return Err(Error::message("context deadline exceeded"));
                }
                _ => sleep_until(next).await,
            }
        }
    }

    /// The pods that are still there. Of the others it says what became of them.
    async fn remaining(&self, pods: &[OwnedValue], way: Way) -> Result<Vec<OwnedValue>> {
        let looks = stream::iter(pods).map(|pod| async move { (pod, self.look(pod).await) });
        let mut looks = std::pin::pin!(looks.buffered(in_flight::DEFAULT_LIMIT));
        let mut remaining = Vec::new();
        while let Some((pod, found)) = looks.next().await {
            match found {
                Err(error) if error.is_not_found() => self.report(pod, way.finished())?,
                Err(error) => {
                    self.report(pod, way.failed())?;
                    return Err(error);
                }
                Ok(found) if object::uid(&found) != object::uid(pod) => self.report(pod, way.finished())?,
                Ok(found) if is_passed_over(&found, self.settings, self.site.streams.now()) => {
                    let (name, after) = (quote(object::name(pod)), self.settings.skip_after);
                    self.say(&format!("pod {name} has DeletionTimestamp older than {after} seconds, skipping"))?;
                }
                Ok(_) => remaining.push(pod.clone()),
            }
        }
        Ok(remaining)
    }

    async fn ask_to_evict(&self, namespace: &str, name: &str, version: &str) -> Result<()> {
        let mut metadata = Map::in_order();
        metadata.insert("name", name.to_owned());
        metadata.insert("namespace", namespace.to_owned());
        let mut options = Map::in_order();
        self.add_options(&mut options);
        let mut eviction = Map::in_order();
        eviction.insert("kind", "Eviction");
        eviction.insert("apiVersion", version.to_owned());
        eviction.insert("metadata", metadata);
        eviction.insert("deleteOptions", options);
        let request = Request::post(path::of(&self.pods, namespace, name, "eviction"))
            .body(JSON, document(&Value::Object(eviction)))
            .accept(ACCEPT_TYPED)
            .about("", "pods", name);
        self.send(request).await.map(drop)
    }

    /// What evictions and deletions have in common.
    fn add_options(&self, options: &mut Map<'static>) {
        if self.settings.grace_period >= 0 {
            options.insert("gracePeriodSeconds", self.settings.grace_period);
        }
        if self.settings.dry_run.on_server() {
            options.insert("dryRun", vec![Value::from("All")]);
        }
    }

    /// The pod as it is now.
    async fn look(&self, pod: &OwnedValue) -> Result<OwnedValue> {
        let name = object::name(pod);
        let request = Request::get(path::of(&self.pods, object::namespace(pod), name, ""))
            .accept(ACCEPT_TYPED)
            .about("", "pods", name);
        Ok(json::parse(&self.send(request).await?)?.into_owned())
    }

    async fn send(&self, request: Request) -> Result<Vec<u8>> {
        // Never closed, so a permit comes.
        let _permit = self.permits.acquire().await;
        Ok(self.site.client.send(request).await?.bytes().await?.to_vec())
    }

    fn say_started(&self, pod: &OwnedValue, way: Way) -> Result<()> {
        if !self.settings.verbose || self.settings.dry_run.on_server() {
            return Ok(());
        }
        self.report(pod, way.started())
    }

    /// Says of a pod that it was `done`.
    fn report(&self, pod: &OwnedValue, done: &str) -> Result<()> {
        Report::new(self.site.streams, None, self.settings.dry_run).print(pod.clone(), done)?;
        Ok(self.site.streams.flush()?)
    }

    fn say(&self, line: &str) -> Result<()> {
        writeln!(self.site.streams.out(), "{line}")?;
        Ok(self.site.streams.flush()?)
    }
}

/// Whether the server refuses since the namespace is on its way out.
fn is_terminating_namespace(error: &Error) -> bool {
    error.status().is_some_and(|status| {
        let mut causes = status.details.iter().flat_map(|details| &details.causes);
        status.is("Forbidden") && causes.any(|cause| cause.reason == "NamespaceTerminating")
    })
}
