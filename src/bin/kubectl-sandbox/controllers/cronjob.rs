//! Cron jobs: a job at every time of a schedule.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::find;
use crate::{
    cluster::Cluster,
    cron::{Schedule, zone},
    events::{self, Event},
    meta,
    store::Object,
    verbs::Propagation,
};

const COMPONENT: &str = "cronjob-controller";

/// Starts what is due, and forgets jobs that are long over.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let object = find(cluster, "batch", "cronjobs", namespace, name)?;
    let owner = object.value.clone();
    if meta::is_deleting(&owner) {
        return None;
    }
    let jobs = jobs_of(cluster, &owner);
    settle(cluster, &owner, &jobs);
    forget(cluster, &owner, &jobs);
    if owner.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true) {
        return None;
    }
    let schedule = Schedule::parse(owner.str_at(&["spec", "schedule"])).ok()?;
    let zone = zone(owner.str_at(&["spec", "timeZone"]));
    let now = cluster.clock.scheduled_now();
    let last = match cluster.scheduled.get(meta::uid(&owner)) {
        Some(last) => *last,
        None => [&["status", "lastScheduleTime"][..], &["metadata", "creationTimestamp"]]
            .iter()
            .find_map(|path| meta::time_at(&owner, path))
            .unwrap_or(now),
    };
    // Of times that were missed, the latest counts.
    let mut due = None;
    let mut next = schedule.next(last, &zone)?;
    let mut missed = 0;
    while next <= now && missed < 100_000 {
        due = Some(next);
        next = schedule.next(next, &zone)?;
        missed += 1;
    }
    if let Some(due) = due {
        start(cluster, &owner, due, now);
    }
    let wait = std::time::Duration::try_from(next.duration_since(now)).unwrap_or_default();
    Some(cluster.clock.after(wait))
}

fn jobs_of(cluster: &mut Cluster, owner: &OwnedValue) -> Vec<Rc<Object>> {
    let id = cluster.collection("batch", "jobs");
    match cluster.store.existing(id) {
        Some(collection) => collection
            .owned_by(meta::uid(owner))
            .filter(|job| meta::controlled_by(&job.value, meta::uid(owner)))
            .cloned()
            .collect(),
        None => Vec::new(),
    }
}

/// How a job ended, if it did.
fn ended(job: &Object) -> Option<&str> {
    job.value
        .items_at(&["status", "conditions"])
        .iter()
        .find(|condition| matches!(condition.str_at(&["type"]), "Complete" | "Failed") && condition.str_at(&["status"]) == "True")
        .map(|condition| condition.str_at(&["type"]))
}

/// Takes jobs that are over out of those at work.
fn settle(cluster: &mut Cluster, owner: &OwnedValue, jobs: &[Rc<Object>]) {
    let active = owner.items_at(&["status", "active"]);
    for reference in active {
        let job = jobs.iter().find(|job| job.uid() == reference.str_at(&["uid"]));
        match job.map(|job| (job, ended(job))) {
            Some((_, None)) => {}
            Some((job, Some(how))) => {
                let message = format!("Saw completed job: {}, condition: {how}", job.name());
                events::record(cluster, owner, Event::normal(COMPONENT, "SawCompletedJob", &message));
                let finished = job.value.str_at(&["status", "completionTime"]).to_owned();
                let uid = job.uid().to_owned();
                change_active(cluster, owner, |active| active.retain(|other| other.str_at(&["uid"]) != uid));
                if !finished.is_empty() {
                    change(cluster, owner, |value| value.set(&["status", "lastSuccessfulTime"], finished));
                }
            }
            None => {
                let message = format!("Active job went missing: {}", reference.str_at(&["name"]));
                events::record(cluster, owner, Event::normal(COMPONENT, "MissingJob", &message));
                let uid = reference.str_at(&["uid"]).to_owned();
                change_active(cluster, owner, |active| active.retain(|other| other.str_at(&["uid"]) != uid));
            }
        }
    }
}

fn change(cluster: &mut Cluster, owner: &OwnedValue, change: impl FnOnce(&mut OwnedValue)) {
    if let Some(resource) = cluster.built_in("batch", "cronjobs") {
        cluster.edit(&resource, meta::namespace(owner), meta::name(owner), change);
    }
}

fn change_active(cluster: &mut Cluster, owner: &OwnedValue, edit: impl FnOnce(&mut Vec<OwnedValue>)) {
    change(cluster, owner, |value| {
        let mut active = value.items_at(&["status", "active"]).to_vec();
        edit(&mut active);
        if active.is_empty() {
            if let Some(Value::Object(status)) = value.at_mut(&["status"]) {
                status.remove("active");
            }
        } else {
            value.set(&["status", "active"], active);
        }
    });
}

/// Deletes jobs beyond those that are to be kept.
fn forget(cluster: &mut Cluster, owner: &OwnedValue, jobs: &[Rc<Object>]) {
    let Some(resource) = cluster.built_in("batch", "jobs") else {
        return;
    };
    for (how, field) in [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")] {
        let Some(limit) = owner.int_at(&["spec", field]) else { continue };
        let mut over: Vec<&Rc<Object>> = jobs
            .iter()
            .filter(|job| ended(job) == Some(how) && !meta::is_deleting(&job.value))
            .collect();
        over.sort_by_key(|job| job.value.str_at(&["status", "startTime"]).to_owned());
        let surplus = over.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        for job in &over[..surplus] {
            cluster.delete(&resource, job.namespace(), job.name(), Some(Propagation::Background));
            let message = format!("Deleted job {}", job.name());
            events::record(cluster, owner, Event::normal(COMPONENT, "SuccessfulDelete", &message));
        }
    }
}

fn start(cluster: &mut Cluster, owner: &OwnedValue, due: Timestamp, now: Timestamp) {
    let Some(resource) = cluster.built_in("batch", "jobs") else {
        return;
    };
    let too_late = owner.int_at(&["spec", "startingDeadlineSeconds"]).is_some_and(|seconds| {
        due.saturating_add(SignedDuration::from_secs(seconds))
            .is_ok_and(|deadline| deadline < now)
    });
    if too_late {
        return;
    }
    let active = jobs_of(cluster, owner)
        .into_iter()
        .filter(|job| ended(job).is_none() && !meta::is_deleting(&job.value))
        .collect::<Vec<_>>();
    match owner.str_at(&["spec", "concurrencyPolicy"]) {
        "Forbid" if !active.is_empty() => {
            events::record(
                cluster,
                owner,
                Event::normal(
                    COMPONENT,
                    "JobAlreadyActive",
                    "Not starting job because prior execution is running and concurrency policy is Forbid",
                ),
            );
            return;
        }
        "Replace" => {
            for job in &active {
                cluster.delete(&resource, job.namespace(), job.name(), Some(Propagation::Background));
            }
        }
        _ => {}
    }
    let name = format!("{}-{}", meta::name(owner), due.as_second() / 60);
    let scheduled = meta::format_time(due);
    if cluster.store.get(resource.collection, meta::namespace(owner), &name).is_none() {
        let job = job_of(owner, &name, &scheduled);
        let created = cluster.create(&resource, job);
        let message = format!("Created job {name}");
        events::record(cluster, owner, Event::normal(COMPONENT, "SuccessfulCreate", &message));
        let mut reference = Map::new();
        for (key, text) in [
            ("apiVersion", "batch/v1"),
            ("kind", "Job"),
            ("name", created.name()),
            ("namespace", created.namespace()),
            ("resourceVersion", created.value.str_at(&["metadata", "resourceVersion"])),
            ("uid", created.uid()),
        ] {
            reference.insert(key, text.to_owned());
        }
        change_active(cluster, owner, |active| active.push(Value::Object(reference)));
    }
    cluster.scheduled.insert(meta::uid(owner).to_owned(), due);
    let shown = meta::format_time(cluster.clock.true_time(due));
    change(cluster, owner, |value| value.set(&["status", "lastScheduleTime"], shown));
}

fn job_of(owner: &OwnedValue, name: &str, scheduled: &str) -> OwnedValue {
    let template = owner.at(&["spec", "jobTemplate"]).cloned().unwrap_or_default();
    let mut job = Value::Object(Map::new());
    for field in ["labels", "annotations"] {
        if let Some(value) = template.at(&["metadata", field]) {
            job.set(&["metadata", field], value.clone());
        }
    }
    job.set(&["metadata", "name"], name.to_owned());
    job.set(&["metadata", "namespace"], meta::namespace(owner).to_owned());
    job.set(
        &["metadata", "annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp"],
        scheduled.to_owned(),
    );
    job.set(&["metadata", "ownerReferences"], vec![meta::controller_reference(owner)]);
    if let Some(spec) = template.get("spec") {
        job.set(&["spec"], spec.clone());
    }
    job
}
