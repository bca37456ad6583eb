//! How far a workload has come on its way to a new state (kubectl's `rollout_status.go`).

use super::{Workload, history::revision_of, number};
use crate::{
    api::{Value, object, quote},
    error::{Error, Result},
};

/// How far a workload is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What kubectl says, with a line break behind it.
    pub sentence: String,
    /// Whether it is there.
    pub done: bool,
}

impl Progress {
    fn done(sentence: String) -> Result<Progress> {
        Ok(Progress { sentence, done: true })
    }

    fn waiting(sentence: impl Into<String>) -> Result<Progress> {
        let sentence = sentence.into();
        Ok(Progress { sentence, done: false })
    }
}

/// How far a workload is. `revision` is the state that is meant; the newest if it is 0.
///
/// # Errors
/// A rollout that has failed, that is not the one that is meant, or of which nothing can be said.
pub fn progress(workload: Workload, object: &Value<'_>, revision: i64) -> Result<Progress> {
    match workload {
        Workload::Deployment => deployment(object, revision),
        Workload::DaemonSet => daemon_set(object),
        Workload::StatefulSet => stateful_set(object),
    }
}

/// Whether the controller has seen the object as it is.
fn is_observed(object: &Value<'_>) -> bool {
    number(object, &["metadata", "generation"]) <= number(object, &["status", "observedGeneration"])
}

fn deployment(object: &Value<'_>, revision: i64) -> Result<Progress> {
    let name = quote(object::name(object));
    if revision > 0 {
        let running =
            revision_of(object).map_err(|error| Error::message(format!("cannot get the revision of deployment {name}: {error}")))?;
        if running != revision {
            return Err(Error::message(format!(
                "desired revision ({revision}) is different from the running revision ({running})"
            )));
        }
    }
    if !is_observed(object) {
        return Progress::waiting("Waiting for deployment spec update to be observed...\n");
    }
    let conditions = object.items_at(&["status", "conditions"]);
    let progressing = conditions.iter().find(|condition| condition.str_at(&["type"]) == "Progressing");
    if progressing.is_some_and(|condition| condition.str_at(&["reason"]) == "ProgressDeadlineExceeded") {
        return Err(Error::message(format!("deployment {name} exceeded its progress deadline")));
    }
    let status = |key: &str| number(object, &["status", key]);
    let (updated, all, available) = (status("updatedReplicas"), status("replicas"), status("availableReplicas"));
    let waiting = |what: String| Progress::waiting(format!("Waiting for deployment {name} rollout to finish: {what}...\n"));
    // The server fills in how many are wanted; an object without it is wanted as it is.
    match object.int_at(&["spec", "replicas"]) {
        Some(wanted) if updated < wanted => waiting(format!("{updated} out of {wanted} new replicas have been updated")),
        _ if all > updated => waiting(format!("{} old replicas are pending termination", all - updated)),
        _ if available < updated => waiting(format!("{available} of {updated} updated replicas are available")),
        _ => Progress::done(format!("deployment {name} successfully rolled out\n")),
    }
}

/// Fails for workloads whose pods are not replaced one after the other.
fn check_strategy(object: &Value<'_>) -> Result<()> {
    match object.str_at(&["spec", "updateStrategy", "type"]) {
        "RollingUpdate" => Ok(()),
        _ => Err(Error::message("rollout status is only available for RollingUpdate strategy type")),
    }
}

fn daemon_set(object: &Value<'_>) -> Result<Progress> {
    check_strategy(object)?;
    if !is_observed(object) {
        return Progress::waiting("Waiting for daemon set spec update to be observed...\n");
    }
    let name = quote(object::name(object));
    let status = |key: &str| number(object, &["status", key]);
    let (updated, wanted, available) = (
        status("updatedNumberScheduled"),
        status("desiredNumberScheduled"),
        status("numberAvailable"),
    );
    let waiting = |what: String| Progress::waiting(format!("Waiting for daemon set {name} rollout to finish: {what}...\n"));
    if updated < wanted {
        waiting(format!("{updated} out of {wanted} new pods have been updated"))
    } else if available < wanted {
        waiting(format!("{available} of {wanted} updated pods are available"))
    } else {
        Progress::done(format!("daemon set {name} successfully rolled out\n"))
    }
}

fn stateful_set(object: &Value<'_>) -> Result<Progress> {
    check_strategy(object)?;
    if number(object, &["status", "observedGeneration"]) == 0 || !is_observed(object) {
        return Progress::waiting("Waiting for statefulset spec update to be observed...\n");
    }
    let status = |key: &str| number(object, &["status", key]);
    let (wanted, ready, updated) = (
        object.int_at(&["spec", "replicas"]),
        status("readyReplicas"),
        status("updatedReplicas"),
    );
    if let Some(wanted) = wanted
        && ready < wanted
    {
        return Progress::waiting(format!("Waiting for {} pods to be ready...\n", wanted - ready));
    }
    if let Some(Value::Object(rolling)) = object.at(&["spec", "updateStrategy", "rollingUpdate"]) {
        if let (Some(wanted), Some(partition)) = (wanted, rolling.get("partition").and_then(Value::as_int))
            && updated < wanted - partition
        {
            return Progress::waiting(format!(
                "Waiting for partitioned roll out to finish: {updated} out of {} new pods have been updated...\n",
                wanted - partition
            ));
        }
        return Progress::done(format!("partitioned roll out complete: {updated} new pods have been updated...\n"));
    }
    let text = |key: &str| object.str_at(&["status", key]);
    if text("updateRevision") != text("currentRevision") {
        let revision = text("updateRevision");
        return Progress::waiting(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {revision}...\n"
        ));
    }
    let (current, revision) = (status("currentReplicas"), text("currentRevision"));
    Progress::done(format!(
        "statefulset rolling update complete {current} pods at revision {revision}...\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        actions::rollout::REVISION,
        api::{OwnedValue, json},
    };

    fn object(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    fn said(workload: Workload, text: &str) -> (String, bool) {
        match progress(workload, &object(text), 0) {
            Ok(Progress { sentence, done }) => (sentence.trim_end().to_owned(), done),
            Err(error) => (error.to_string(), true),
        }
    }

    #[test]
    fn progress_of_a_deployment_goes_from_seen_to_updated_to_available() {
        let deployment = |generation: i64, numbers: [i64; 3]| {
            let [updated, all, available] = numbers;
            said(
                Workload::Deployment,
                &format!(
                    r#"{{"metadata":{{"name":"d","generation":{generation}}},"spec":{{"replicas":3}},
                        "status":{{"observedGeneration":2,"updatedReplicas":{updated},"replicas":{all},"availableReplicas":{available}}}}}"#
                ),
            )
        };
        let waiting = |what: &str| (format!("Waiting for deployment \"d\" rollout to finish: {what}..."), false);
        let unseen = "Waiting for deployment spec update to be observed...".to_owned();
        assert_eq!(deployment(3, [3, 3, 3]), (unseen, false));
        assert_eq!(deployment(2, [1, 3, 3]), waiting("1 out of 3 new replicas have been updated"));
        assert_eq!(deployment(2, [3, 4, 3]), waiting("1 old replicas are pending termination"));
        assert_eq!(deployment(2, [3, 3, 2]), waiting("2 of 3 updated replicas are available"));
        assert_eq!(
            deployment(2, [3, 3, 3]),
            ("deployment \"d\" successfully rolled out".to_owned(), true)
        );
    }

    #[test]
    fn progress_of_a_deployment_that_is_late_or_another_fails() {
        let late = r#"{"metadata":{"name":"d"},"status":{"conditions":[{"type":"Progressing","reason":"ProgressDeadlineExceeded"}]}}"#;
        assert_eq!(
            said(Workload::Deployment, late).0,
            "deployment \"d\" exceeded its progress deadline"
        );
        let annotated = |revision: &str| {
            let text = format!(r#"{{"metadata":{{"name":"d","annotations":{{"{REVISION}":"{revision}"}}}}}}"#);
            progress(Workload::Deployment, &object(&text), 2).map_err(|error| error.to_string())
        };
        assert_eq!(
            annotated("1").unwrap_err(),
            "desired revision (2) is different from the running revision (1)"
        );
        assert_eq!(
            annotated("x").unwrap_err(),
            "cannot get the revision of deployment \"d\": strconv.ParseInt: parsing \"x\": invalid syntax"
        );
        assert!(annotated("2").is_ok());
    }

    #[test]
    fn progress_of_sets_needs_rolling_updates() {
        for workload in [Workload::DaemonSet, Workload::StatefulSet] {
            let sentence = "rollout status is only available for RollingUpdate strategy type".to_owned();
            assert_eq!(
                said(workload, r#"{"spec":{"updateStrategy":{"type":"OnDelete"}}}"#),
                (sentence, true)
            );
        }
    }

    #[test]
    fn progress_of_a_stateful_set_tells_of_its_partition() {
        let set = |strategy: &str, updated: i64| {
            said(
                Workload::StatefulSet,
                &format!(
                    r#"{{"metadata":{{"name":"s","generation":1}},"spec":{{"replicas":3,"updateStrategy":{{"type":"RollingUpdate"{strategy}}}}},
                        "status":{{"observedGeneration":1,"readyReplicas":3,"currentReplicas":2,"updatedReplicas":{updated},"currentRevision":"a","updateRevision":"b"}}}}"#
                ),
            )
        };
        let partition = r#","rollingUpdate":{"partition":1}"#;
        let waiting = "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...".to_owned();
        assert_eq!(set(partition, 1), (waiting, false));
        let done = "partitioned roll out complete: 2 new pods have been updated...".to_owned();
        assert_eq!(set(partition, 2), (done, true));
        let waiting = "waiting for statefulset rolling update to complete 2 pods at revision b...".to_owned();
        assert_eq!(set("", 2), (waiting, false));
    }
}
