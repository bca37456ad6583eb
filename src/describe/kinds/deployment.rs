//! Deployments, and which of their replica sets is the new one.

use crate::{
    api::{Map, Value},
    describe::{
        Describer, Events, Facts, Question,
        parts::{
            conditions, events,
            fields::{number, number_or_text, object, or_else},
            metadata, quantities, selectors, template, times,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a deployment.
pub const DEPLOYMENT: Describer = Describer {
    group: "apps",
    kind: "Deployment",
    resource: "deployments",
    versions: &["v1"],
    questions: |deployment| replica_sets(deployment).into_iter().collect(),
    events: Events::OfObject,
    describe,
};

/// The label that tells the replica sets of one deployment apart.
const HASH: &str = "pod-template-hash";

/// The replica sets that a deployment selects.
fn replica_sets(deployment: &Value<'_>) -> Option<Question> {
    let selector = selectors::text(object(deployment, &["spec", "selector"])).ok()?;
    let namespace = deployment.str_at(&["metadata", "namespace"]);
    Some(Question::list("apps", "v1", "replicasets", namespace).with_labels(selector))
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let deployment = facts.object;
    let empty = Value::Null;
    let [spec, status] = ["spec", "status"].map(|part| deployment.get(part).unwrap_or(&empty));
    let selector = selectors::text(object(spec, &["selector"]))?;
    metadata::name_and_namespace(w, deployment);
    let created = deployment.at(&["metadata", "creationTimestamp"]);
    put!(w, 0, "CreationTimestamp:\t{}\n", times::shown(facts.settings, created));
    metadata::labels(w, deployment);
    metadata::annotations(w, deployment);
    put!(w, 0, "Selector:\t{selector}\n");
    put!(
        w,
        0,
        "Replicas:\t{} desired | {} updated | {} total | {} available | {} unavailable\n",
        number(spec, &["replicas"]),
        number(status, &["updatedReplicas"]),
        number(status, &["replicas"]),
        number(status, &["availableReplicas"]),
        number(status, &["unavailableReplicas"])
    );
    put!(w, 0, "StrategyType:\t{}\n", spec.str_at(&["strategy", "type"]));
    put!(w, 0, "MinReadySeconds:\t{}\n", number(spec, &["minReadySeconds"]));
    if let Some(update) = object(spec, &["strategy", "rollingUpdate"]) {
        let [unavailable, surge] = ["maxUnavailable", "maxSurge"].map(|field| match update.get(field) {
            Some(Value::Null) | None => "<nil>".to_owned(),
            most => number_or_text(most),
        });
        put!(w, 0, "RollingUpdateStrategy:\t{unavailable} max unavailable, {surge} max surge\n");
    }
    template::template(w, facts.settings, Some(spec.get("template").unwrap_or(&Value::Object(Map::new()))));
    conditions::with_reasons(w, status);
    let all = replica_sets(deployment).and_then(|question| facts.list(&question).ok());
    let (old, new) = old_and_new(all.unwrap_or_default(), deployment);
    if !old.is_empty() || !new.is_empty() {
        put!(w, 0, "OldReplicaSets:\t{}\n", shown(&old));
        put!(w, 0, "NewReplicaSet:\t{}\n", shown(&new));
    }
    events::events(w, facts);
    Ok(())
}

/// The replica sets that a deployment controls: the old ones by age, and the oldest that has its very template.
fn old_and_new<'v, 'a>(all: Vec<&'v Value<'a>>, deployment: &Value<'_>) -> (Vec<&'v Value<'a>>, Vec<&'v Value<'a>>) {
    let uid = deployment.str_at(&["metadata", "uid"]);
    let mut owned: Vec<&Value<'_>> = all
        .into_iter()
        .filter(|replica_set| metadata::is_controlled_by(replica_set, uid))
        .collect();
    let age_and_name = |replica_set: &Value<'_>| {
        let created = times::read(replica_set.at(&["metadata", "creationTimestamp"]));
        (created, replica_set.str_at(&["metadata", "name"]).to_owned())
    };
    owned.sort_by_cached_key(|replica_set| age_and_name(replica_set));
    let template = template_without_hash(deployment);
    let new = owned
        .iter()
        .find(|replica_set| same(Some(&template_without_hash(replica_set)), Some(&template), false))
        .copied();
    let new_uid = new.map(|new| new.str_at(&["metadata", "uid"]));
    let old = owned.into_iter().filter(|old| Some(old.str_at(&["metadata", "uid"])) != new_uid);
    (old.collect(), new.into_iter().collect())
}

fn template_without_hash<'a>(owner: &Value<'a>) -> Value<'a> {
    let mut template = owner.at(&["spec", "template"]).cloned().unwrap_or_default();
    let labels = template.at_mut(&["metadata", "labels"]).and_then(Value::as_object_mut);
    if let Some(labels) = labels {
        labels.remove(HASH);
    }
    template
}

/// The fields whose texts are quantities.
const QUANTITIES: [&str; 5] = ["limits", "requests", "overhead", "sizeLimit", "divisor"];

/// Whether two values are the same to Kubernetes: what is empty is as good as what is missing, and as `amounts`, `1000m`
/// is `1`.
fn same(a: Option<&Value<'_>>, b: Option<&Value<'_>>, amounts: bool) -> bool {
    match (a, b) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let same = |(key, value): (&str, &Value<'_>)| same(Some(value), b.get(key), amounts || QUANTITIES.contains(&key));
            a.iter().all(same) && b.iter().all(|(key, value)| a.contains_key(key) || is_empty(value))
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(Some(a), Some(b), amounts))
        }
        (Some(a), Some(b)) if a == b => true,
        (Some(Value::String(a)), Some(Value::String(b))) if amounts => quantities::equal(a, b),
        (a, b) => a.is_none_or(is_empty) && b.is_none_or(is_empty),
    }
}

/// Whether a value is as good as none.
fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.iter().all(|(_, value)| is_empty(value)),
        Value::Bool(true) | Value::Int(_) | Value::Float(_) => false,
    }
}

/// Replica sets in one line.
fn shown(replica_sets: &[&Value<'_>]) -> String {
    let shown = replica_sets.iter().map(|replica_set| {
        format!(
            "{} ({}/{} replicas created)",
            replica_set.str_at(&["metadata", "name"]),
            number(replica_set, &["status", "replicas"]),
            number(replica_set, &["spec", "replicas"])
        )
    });
    or_else(shown.collect::<Vec<_>>().join(", "), "<none>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::value;

    #[test]
    fn same_takes_empty_for_missing_and_equal_quantities_for_equal() {
        let same = |a: &str, b: &str| same(Some(&value(a)), Some(&value(b)), false);
        assert!(same(r#"{"a":{},"b":[],"c":null,"d":""}"#, "{}"));
        assert!(same(r#"{"limits":{"cpu":"1000m"}}"#, r#"{"limits":{"cpu":"1"}}"#));
        assert!(!same(r#"{"args":["1000m"]}"#, r#"{"args":["1"]}"#));
        assert!(!same(r#"{"image":"a"}"#, r#"{"image":"b"}"#));
        assert!(!same(r#"{"a":1}"#, r#"{"a":2}"#));
        assert!(!same(r#"{"a":[1]}"#, r#"{"a":[1,2]}"#));
    }
}
