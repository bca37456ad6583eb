//! Cron jobs.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{capital, object, text},
            metadata, template, times,
        },
        writer::{Writer, put},
    },
    error::Result,
};

use super::job::{count, selector};

/// Describes a cron job.
pub const CRON_JOB: Describer = Describer {
    group: "batch",
    kind: "CronJob",
    resource: "cronjobs",
    versions: &["v1", "v1beta1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

const UNSET: &str = "<unset>";

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let job = facts.object;
    let empty = Value::Null;
    let spec = job.get("spec").unwrap_or(&empty);
    metadata::name_and_namespace(w, job);
    metadata::labels(w, job);
    metadata::annotations(w, job);
    put!(w, 0, "Schedule:\t{}\n", spec.str_at(&["schedule"]));
    put!(w, 0, "Concurrency Policy:\t{}\n", spec.str_at(&["concurrencyPolicy"]));
    let suspend = spec.at(&["suspend"]).and_then(Value::as_bool).map_or(UNSET, capital);
    put!(w, 0, "Suspend:\t{suspend}\n");
    put!(w, 0, "Time Zone:\t{}\n", text(spec, &["timeZone"]).unwrap_or(UNSET));
    count(w, "Successful Job History Limit", spec, "successfulJobsHistoryLimit", Some(UNSET));
    count(w, "Failed Job History Limit", spec, "failedJobsHistoryLimit", Some(UNSET));
    match spec.int_at(&["startingDeadlineSeconds"]) {
        Some(seconds) => put!(w, 0, "Starting Deadline Seconds:\t{seconds}s\n"),
        None => put!(w, 0, "Starting Deadline Seconds:\t{UNSET}\n"),
    }
    job_template(w, facts, spec.at(&["jobTemplate", "spec"]).unwrap_or(&empty));
    let last = job.at(&["status", "lastScheduleTime"]).filter(|last| !last.is_null());
    let last = last.map_or(UNSET.to_owned(), |last| times::shown(facts.settings, Some(last)));
    put!(w, 0, "Last Schedule Time:\t{last}\n");
    put!(w, 0, "Active Jobs:\t");
    let active = job.items_at(&["status", "active"]);
    let names: Vec<&str> = active.iter().map(|job| job.str_at(&["name"])).collect();
    w.line(&if names.is_empty() { "<none>".to_owned() } else { names.join(", ") });
    events::events(w, facts);
    Ok(())
}

fn job_template(w: &mut Writer, facts: &Facts<'_>, spec: &Value<'_>) {
    match object(spec, &["selector"]) {
        Some(found) => selector(w, Some(found)),
        None => put!(w, 0, "Selector:\t{UNSET}\n"),
    }
    count(w, "Parallelism", spec, "parallelism", Some(UNSET));
    count(w, "Completions", spec, "completions", Some(UNSET));
    if let Some(seconds) = spec.int_at(&["activeDeadlineSeconds"]) {
        put!(w, 0, "Active Deadline Seconds:\t{seconds}s\n");
    }
    template::template(
        w,
        facts.settings,
        Some(spec.get("template").unwrap_or(&Value::Object(Default::default()))),
    );
}
