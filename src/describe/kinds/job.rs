//! Jobs.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{is_set, number, object, text, truth},
            metadata, selectors, template, times,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a job.
pub const JOB: Describer = Describer {
    group: "batch",
    kind: "Job",
    resource: "jobs",
    versions: &["v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

/// About how long the list of completed indexes may be, in bytes.
const LONGEST_INDEXES: usize = 50;

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let job = facts.object;
    let empty = Value::Null;
    let [spec, status] = ["spec", "status"].map(|part| job.get(part).unwrap_or(&empty));
    metadata::name_and_namespace(w, job);
    selector(w, object(spec, &["selector"]));
    metadata::labels(w, job);
    metadata::annotations(w, job);
    metadata::controlled_by(w, job);
    count(w, "Parallelism", spec, "parallelism", None);
    count(w, "Completions", spec, "completions", Some("<unset>"));
    let mode = text(spec, &["completionMode"]);
    if let Some(mode) = mode {
        put!(w, 0, "Completion Mode:\t{mode}\n");
    }
    if is_set(spec, &["suspend"]) {
        put!(w, 0, "Suspend:\t{}\n", truth(spec, &["suspend"]));
    }
    count(w, "Backoff Limit", spec, "backoffLimit", None);
    count(w, "TTL Seconds After Finished", spec, "ttlSecondsAfterFinished", None);
    let [start, end] = ["startTime", "completionTime"].map(|field| status.get(field).filter(|time| !time.is_null()));
    for (title, time) in [("Start Time", start), ("Completed At", end)] {
        if time.is_some() {
            put!(w, 0, "{title}:\t{}\n", times::shown(facts.settings, time));
        }
    }
    if let (Some(start), Some(end)) = (times::read(start), times::read(end)) {
        put!(w, 0, "Duration:\t{}\n", times::between(start, end));
    }
    if let Some(seconds) = spec.int_at(&["activeDeadlineSeconds"]) {
        put!(w, 0, "Active Deadline Seconds:\t{seconds}s\n");
    }
    let [active, succeeded, failed] = ["active", "succeeded", "failed"].map(|field| number(status, &[field]));
    let ready = status.int_at(&["ready"]).map_or(String::new(), |ready| format!(" ({ready} Ready)"));
    put!(
        w,
        0,
        "Pods Statuses:\t{active} Active{ready} / {succeeded} Succeeded / {failed} Failed\n"
    );
    if mode == Some("Indexed") {
        put!(w, 0, "Completed Indexes:\t{}\n", indexes(status.str_at(&["completedIndexes"])));
    }
    template::template(
        w,
        facts.settings,
        Some(spec.get("template").unwrap_or(&Value::Object(Default::default()))),
    );
    events::events(w, facts);
    Ok(())
}

/// Writes a label selector, or what is wrong with it.
pub fn selector(w: &mut Writer, selector: Option<&Value<'_>>) {
    match selectors::text(selector) {
        Ok(text) => put!(w, 0, "Selector:\t{text}\n"),
        Err(error) => put!(w, 0, "Selector:\tFailed to get selector: {error}\n"),
    }
}

/// Writes a number where there is one, or else `none` where that is given.
pub fn count(w: &mut Writer, title: &str, spec: &Value<'_>, field: &str, none: Option<&str>) {
    match (spec.int_at(&[field]), none) {
        (Some(number), _) => put!(w, 0, "{title}:\t{number}\n"),
        (None, Some(none)) => put!(w, 0, "{title}:\t{none}\n"),
        (None, None) => {}
    }
}

/// The first of many indexes.
fn indexes(indexes: &str) -> String {
    if indexes.is_empty() {
        return "<none>".to_owned();
    }
    let comma = indexes.bytes().skip(LONGEST_INDEXES).position(|byte| byte == b',');
    // A comma is one byte, and so a boundary.
    match comma.and_then(|at| indexes.get(..=LONGEST_INDEXES + at)) {
        Some(first) => format!("{first}..."),
        None => indexes.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_of_a_long_list_end_behind_a_comma() {
        let long = "1,2,3,".repeat(10);
        assert_eq!(indexes(&long), format!("{}...", &long[..52]));
        assert_eq!(indexes("0-7"), "0-7");
        assert_eq!(indexes(""), "<none>");
    }
}
