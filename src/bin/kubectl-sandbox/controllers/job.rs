//! Jobs: pods that end, as many as it takes.

use std::{rc::Rc, time::Duration};

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{find, pods};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    selector::LabelSelector,
    store::Object,
    verbs::Propagation,
};

const COMPONENT: &str = "job-controller";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// Takes the next step of a job.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let object = find(cluster, "batch", "jobs", namespace, name)?;
    let owner = object.value.clone();
    let selector = LabelSelector::of(owner.at(&["spec", "selector"]))?;
    let mine = pods::claim(cluster, &owner, &selector);
    if meta::is_deleting(&owner) {
        return None;
    }
    if let Some(finished) = finished_at(&owner) {
        return after_the_end(cluster, &owner, &mine, finished);
    }
    Work { owner, pods: mine }.step(cluster)
}

/// When the job was over.
fn finished_at(job: &OwnedValue) -> Option<Timestamp> {
    job.items_at(&["status", "conditions"])
        .iter()
        .find(|condition| matches!(condition.str_at(&["type"]), "Complete" | "Failed") && condition.str_at(&["status"]) == "True")
        .and_then(|condition| meta::time_at(condition, &["lastTransitionTime"]))
}

/// A job that is over goes after its time to live.
fn after_the_end(cluster: &mut Cluster, owner: &OwnedValue, mine: &[Rc<Object>], finished: Timestamp) -> Option<Timestamp> {
    let resource = cluster.built_in("batch", "jobs")?;
    let terminating = mine
        .iter()
        .filter(|pod| meta::is_deleting(&pod.value) && !pods::is_ended(&pod.value))
        .count() as i64;
    cluster.edit(&resource, meta::namespace(owner), meta::name(owner), |value| {
        value.set(&["status", "terminating"], terminating);
        value.set(&["status", "ready"], 0i64);
    });
    let seconds = owner.int_at(&["spec", "ttlSecondsAfterFinished"])?;
    let life = Duration::from_secs(u64::try_from(seconds).ok()?);
    let passed = cluster.clock.passed_since(finished);
    match life.checked_sub(passed) {
        Some(left) if !left.is_zero() => Some(cluster.clock.after(left)),
        _ => {
            cluster.delete(&resource, meta::namespace(owner), meta::name(owner), Some(Propagation::Background));
            None
        }
    }
}

struct Work {
    owner: OwnedValue,
    pods: Vec<Rc<Object>>,
}

/// Why a job is over.
struct End {
    kind: &'static str,
    reason: &'static str,
    message: String,
}

impl Work {
    fn is_indexed(&self) -> bool {
        self.owner.str_at(&["spec", "completionMode"]) == "Indexed"
    }

    fn in_phase(&self, phase: &str) -> usize {
        self.pods
            .iter()
            .filter(|pod| pod.value.str_at(&["status", "phase"]) == phase)
            .count()
    }

    /// The numbers of an indexed job's pods that succeeded.
    fn done(&self) -> Vec<i64> {
        let mut numbers: Vec<i64> = self
            .pods
            .iter()
            .filter(|pod| pod.value.str_at(&["status", "phase"]) == "Succeeded")
            .filter_map(|pod| meta::annotation(&pod.value, INDEX)?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn succeeded(&self) -> i64 {
        if self.is_indexed() {
            self.done().len() as i64
        } else {
            self.in_phase("Succeeded") as i64
        }
    }

    fn failed(&self) -> i64 {
        self.in_phase("Failed") as i64
    }

    fn active(&self) -> Vec<Rc<Object>> {
        self.pods.iter().filter(|pod| pods::is_active(&pod.value)).cloned().collect()
    }

    fn step(mut self, cluster: &mut Cluster) -> Option<Timestamp> {
        let suspended = self.owner.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true);
        let mut again = None;
        let mut end = self.end();
        if end.is_none()
            && !suspended
            && let Some(seconds) = self.owner.int_at(&["spec", "activeDeadlineSeconds"])
            && let Some(start) = meta::time_at(&self.owner, &["status", "startTime"])
        {
            let deadline = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
            match deadline.checked_sub(cluster.clock.passed_since(start)) {
                Some(left) if !left.is_zero() => again = Some(cluster.clock.after(left)),
                _ => {
                    end = Some(End {
                        kind: "Failed",
                        reason: "DeadlineExceeded",
                        message: "Job was active longer than specified deadline".to_owned(),
                    });
                }
            }
        }
        match &end {
            Some(_) => {
                for pod in self.active() {
                    pods::delete(cluster, &self.owner, &pod, COMPONENT);
                }
            }
            None if suspended => {
                for pod in self.active() {
                    pods::delete(cluster, &self.owner, &pod, COMPONENT);
                }
            }
            None => {
                let due = self.fill(cluster);
                again = again.into_iter().chain(due).min();
            }
        }
        self.report(cluster, suspended, end);
        again
    }

    /// Whether the job is over.
    fn end(&self) -> Option<End> {
        let limit = self.owner.int_at(&["spec", "backoffLimit"]).unwrap_or(6);
        // Restarts within pods count as failures too.
        let restarts: i64 = match self.owner.str_at(&["spec", "template", "spec", "restartPolicy"]) {
            "OnFailure" => self
                .pods
                .iter()
                .flat_map(|pod| pod.value.items_at(&["status", "containerStatuses"]))
                .filter_map(|status| status.int_at(&["restartCount"]))
                .sum(),
            _ => 0,
        };
        if self.failed() > limit || (restarts > 0 && restarts >= limit.max(1)) {
            return Some(End {
                kind: "Failed",
                reason: "BackoffLimitExceeded",
                message: "Job has reached the specified backoff limit".to_owned(),
            });
        }
        let complete = match self.owner.int_at(&["spec", "completions"]) {
            Some(wanted) => self.succeeded() >= wanted,
            None => self.succeeded() > 0 && self.active().is_empty(),
        };
        complete.then(|| End {
            kind: "Complete",
            reason: "CompletionsReached",
            message: "Reached expected number of succeeded pods".to_owned(),
        })
    }

    /// Creates the pods that are missing. Says when the next one may come, where one that failed holds it up.
    fn fill(&mut self, cluster: &mut Cluster) -> Option<Timestamp> {
        let mut active = self.active();
        let parallelism = self.owner.int_at(&["spec", "parallelism"]).unwrap_or(1);
        let wanted = match self.owner.int_at(&["spec", "completions"]) {
            Some(completions) => parallelism.min(completions - self.succeeded()),
            // Without a number of completions, nothing new begins once one succeeded.
            None if self.succeeded() > 0 => active.len() as i64,
            None => parallelism,
        };
        let wanted = usize::try_from(wanted).unwrap_or_default();
        if active.len() > wanted {
            pods::worst_first(&mut active);
            let surplus = active.len() - wanted;
            for pod in &active[..surplus] {
                pods::delete(cluster, &self.owner, pod, COMPONENT);
            }
            return None;
        }
        if active.len() == wanted {
            return None;
        }
        if let Some(due) = self.backoff(cluster) {
            return Some(due);
        }
        for _ in active.len()..wanted {
            let number = self.next_index();
            let template = self.owner.at(&["spec", "template"]).cloned().unwrap_or_default();
            let mut pod = pods::from_template(&self.owner, &template);
            let name = meta::name(&self.owner).to_owned();
            pod.set(&["metadata", "generateName"], format!("{name}-"));
            if let Some(number) = number {
                pod.set(&["metadata", "annotations", INDEX], number.to_string());
                pod.set(&["metadata", "labels", INDEX], number.to_string());
                pod.set(&["metadata", "generateName"], format!("{name}-{number}-"));
                pod.set(&["spec", "hostname"], format!("{name}-{number}"));
                tell_index(&mut pod);
            } else if self.is_indexed() {
                break;
            }
            self.pods.extend(pods::create(cluster, &self.owner, pod, COMPONENT));
        }
        None
    }

    /// When the next pod may begin after the latest failure: ten seconds, twenty, forty, up to six minutes.
    fn backoff(&self, cluster: &Cluster) -> Option<Timestamp> {
        let failures = u32::try_from(self.failed()).unwrap_or(u32::MAX);
        if failures == 0 {
            return None;
        }
        let latest = self
            .pods
            .iter()
            .filter(|pod| pod.value.str_at(&["status", "phase"]) == "Failed")
            .flat_map(|pod| pod.value.items_at(&["status", "containerStatuses"]))
            .filter_map(|status| meta::time_at(status, &["state", "terminated", "finishedAt"]))
            .max()?;
        let pause = Duration::from_secs(10u64.saturating_mul(1 << (failures - 1).min(6)).min(600));
        let left = pause.checked_sub(cluster.clock.passed_since(latest))?;
        (!left.is_zero()).then(|| cluster.clock.after(left))
    }

    /// The lowest number that nobody has done or is at.
    fn next_index(&self) -> Option<i64> {
        if !self.is_indexed() {
            return None;
        }
        let done = self.done();
        let at_work: Vec<i64> = self
            .active()
            .iter()
            .filter_map(|pod| meta::annotation(&pod.value, INDEX)?.parse().ok())
            .collect();
        (0..self.owner.int_at(&["spec", "completions"]).unwrap_or_default())
            .find(|number| !done.contains(number) && !at_work.contains(number))
    }

    fn report(&self, cluster: &mut Cluster, suspended: bool, end: Option<End>) {
        let Some(resource) = cluster.built_in("batch", "jobs") else {
            return;
        };
        let now = cluster.clock.now();
        let active = if end.is_some() || suspended {
            0
        } else {
            self.active().len() as i64
        };
        let ready = self.active().iter().filter(|pod| pods::is_ready(&pod.value)).count() as i64;
        let (succeeded, failed) = (self.succeeded(), self.failed());
        let terminating = self
            .pods
            .iter()
            .filter(|pod| meta::is_deleting(&pod.value) && !pods::is_ended(&pod.value))
            .count() as i64;
        let indexes = self.is_indexed().then(|| ranges(&self.done()));
        let was_suspended = condition(&self.owner, "Suspended") == Some("True");
        let (namespace, name) = (meta::namespace(&self.owner).to_owned(), meta::name(&self.owner).to_owned());
        cluster.edit(&resource, &namespace, &name, |value| {
            if value.at(&["status", "startTime"]).is_none() && !suspended {
                value.set(&["status", "startTime"], meta::format_time(now));
            }
            pods::set_count(value, "active", active, true);
            pods::set_count(value, "succeeded", succeeded, true);
            pods::set_count(value, "failed", failed, true);
            value.set(&["status", "ready"], if active == 0 { 0 } else { ready });
            value.set(&["status", "terminating"], terminating);
            value.set(&["status", "uncountedTerminatedPods"], Map::new());
            if let Some(indexes) = indexes.filter(|indexes| !indexes.is_empty()) {
                value.set(&["status", "completedIndexes"], indexes);
            }
            match (suspended, was_suspended) {
                (true, false) => {
                    set_condition(value, "Suspended", "True", "JobSuspended", "Job suspended", now);
                    if let Some(Value::Object(status)) = value.at_mut(&["status"]) {
                        status.remove("startTime");
                    }
                }
                (false, true) => {
                    set_condition(value, "Suspended", "False", "JobResumed", "Job resumed", now);
                    value.set(&["status", "startTime"], meta::format_time(now));
                }
                _ => {}
            }
            if let Some(end) = &end {
                let first = if end.kind == "Complete" {
                    "SuccessCriteriaMet"
                } else {
                    "FailureTarget"
                };
                set_condition(value, first, "True", end.reason, &end.message, now);
                set_condition(value, end.kind, "True", end.reason, &end.message, now);
                if end.kind == "Complete" {
                    value.set(&["status", "completionTime"], meta::format_time(now));
                }
            }
        });
        match (suspended, was_suspended) {
            (true, false) => events::record(cluster, &self.owner, Event::normal(COMPONENT, "Suspended", "Job suspended")),
            (false, true) => events::record(cluster, &self.owner, Event::normal(COMPONENT, "Resumed", "Job resumed")),
            _ => {}
        }
        match end {
            Some(End { kind: "Complete", .. }) => {
                events::record(cluster, &self.owner, Event::normal(COMPONENT, "Completed", "Job completed"));
            }
            Some(end) => events::record(cluster, &self.owner, Event::warning(COMPONENT, end.reason, &end.message)),
            None => {}
        }
    }
}

fn condition<'v>(job: &'v OwnedValue, kind: &str) -> Option<&'v str> {
    job.items_at(&["status", "conditions"])
        .iter()
        .find(|condition| condition.str_at(&["type"]) == kind)
        .map(|condition| condition.str_at(&["status"]))
}

fn set_condition(value: &mut OwnedValue, kind: &str, status: &str, reason: &str, message: &str, now: Timestamp) {
    pods::set_condition(value, kind, status, reason, message, now, false);
    let Some(conditions) = value.at_mut(&["status", "conditions"]).and_then(Value::as_array_mut) else {
        return;
    };
    for condition in conditions.iter_mut().filter(|condition| condition.str_at(&["type"]) == kind) {
        condition.set(&["lastProbeTime"], meta::format_time(now));
    }
}

/// Numbers as a job's status has them: `0-2,5`.
fn ranges(numbers: &[i64]) -> String {
    let mut parts: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match parts.last_mut() {
            Some((_, end)) if *end + 1 == *number => *end = *number,
            _ => parts.push((*number, *number)),
        }
    }
    let parts: Vec<String> = parts
        .into_iter()
        .map(|(start, end)| match end - start {
            0 => start.to_string(),
            1 => format!("{start},{end}"),
            _ => format!("{start}-{end}"),
        })
        .collect();
    parts.join(",")
}

/// Every container of an indexed job's pod learns its number.
fn tell_index(pod: &mut OwnedValue) {
    let mut variable = Value::default();
    variable.set(&["name"], "JOB_COMPLETION_INDEX");
    variable.set(&["valueFrom", "fieldRef", "apiVersion"], "v1");
    variable.set(&["valueFrom", "fieldRef", "fieldPath"], format!("metadata.labels['{INDEX}']"));
    for list in ["initContainers", "containers"] {
        let Some(containers) = pod.at_mut(&["spec", list]).and_then(Value::as_array_mut) else {
            continue;
        };
        for container in containers {
            let mut variables = container.items_at(&["env"]).to_vec();
            variables.push(variable.clone());
            container.set(&["env"], variables);
        }
    }
}
