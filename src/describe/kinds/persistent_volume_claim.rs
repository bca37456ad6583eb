//! Claims for volumes.

use crate::{
    api::{Value, sort::sort},
    describe::{
        Describer, Events, Facts, Question,
        parts::{events, fields::object, metadata, owned, times},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a claim for a volume.
pub const PERSISTENT_VOLUME_CLAIM: Describer = Describer {
    group: "",
    kind: "PersistentVolumeClaim",
    resource: "persistentvolumeclaims",
    versions: &["v1"],
    questions: |claim| vec![neighbours(claim)],
    events: Events::OfObject,
    describe,
};

/// The pods of a claim's namespace, among which are those that use it.
fn neighbours(claim: &Value<'_>) -> Question {
    Question::pods(claim.str_at(&["metadata", "namespace"])).required()
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let claim = facts.object;
    owned::full_claim(w, claim, &metadata::phase(facts));
    let mut users = names_of_users(&facts.list(&neighbours(claim)).unwrap_or_default(), claim);
    sort(&mut users, |a, b| a < b);
    put!(w, 0, "Used By:\t");
    if users.is_empty() {
        w.line("<none>");
    }
    for (at, user) in users.iter().enumerate() {
        put!(w, 0, "{}{user}\n", if at > 0 { "\t" } else { "" });
    }
    let conditions = claim.items_at(&["status", "conditions"]);
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n");
        put!(w, 1, "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n");
        put!(w, 1, "----\t------\t-----------------\t------------------\t------\t-------\n");
    }
    for condition in conditions {
        let [kind, status, reason, message] = ["type", "status", "reason", "message"].map(|field| condition.str_at(&[field]));
        let [probe, change] = ["lastProbeTime", "lastTransitionTime"].map(|field| times::shown(facts.settings, condition.get(field)));
        put!(w, 1, "{kind} \t{status} \t{probe} \t{change} \t{reason} \t{message}\n");
    }
    events::events(w, facts);
    Ok(())
}

/// The names of the pods that mount a claim or that own it, each once for every volume that is the claim.
fn names_of_users<'v>(pods: &[&'v Value<'_>], claim: &Value<'_>) -> Vec<&'v str> {
    let name = claim.str_at(&["metadata", "name"]);
    let mut users: Vec<&Value<'_>> = Vec::new();
    for pod in pods {
        for volume in pod.items_at(&["spec", "volumes"]) {
            let source = object(volume, &["persistentVolumeClaim"]);
            if source.is_some_and(|source| source.str_at(&["claimName"]) == name) {
                users.push(pod);
            }
        }
    }
    let uid = |value: &Value<'_>| value.str_at(&["metadata", "uid"]).to_owned();
    for owner in claim.items_at(&["metadata", "ownerReferences"]) {
        if owner.str_at(&["kind"]) != "Pod" {
            continue;
        }
        let owner = pods.iter().find(|pod| uid(pod) == owner.str_at(&["uid"]));
        if let Some(owner) = owner.filter(|owner| !users.iter().any(|user| uid(user) == uid(owner))) {
            users.push(owner);
        }
    }
    users.into_iter().map(|user| user.str_at(&["metadata", "name"])).collect()
}
