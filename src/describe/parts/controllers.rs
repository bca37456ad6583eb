//! What keeps a number of pods running has much in common.

use crate::{
    api::Value,
    describe::{
        Facts, Question,
        parts::{
            fields::{number, object},
            metadata, selectors, template, times,
        },
        writer::{Writer, put},
    },
};

/// The pods that a label selector takes; none where it makes no sense.
pub fn selected_pods(owner: &Value<'_>) -> Option<Question> {
    let selector = selectors::text(object(owner, &["spec", "selector"])).ok()?;
    Some(Question::pods(owner.str_at(&["metadata", "namespace"])).with_labels(selector))
}

/// The phases of the pods that were found and that the object controls.
pub fn phases(facts: &Facts<'_>, question: Option<Question>) -> Phases {
    let pods = question.and_then(|question| facts.list(&question).ok()).unwrap_or_default();
    Phases::count(&pods, facts.object.str_at(&["metadata", "uid"]))
}

/// Writes when the object was made.
pub fn created(w: &mut Writer, facts: &Facts<'_>) {
    let created = facts.object.at(&["metadata", "creationTimestamp"]);
    put!(w, 0, "CreationTimestamp:\t{}\n", times::shown(facts.settings, created));
}

/// Writes labels and annotations.
pub fn labels_and_annotations(w: &mut Writer, owner: &Value<'_>) {
    metadata::labels(w, owner);
    metadata::annotations(w, owner);
}

/// Writes the template of the pods.
pub fn pod_template(w: &mut Writer, facts: &Facts<'_>) {
    let empty = Value::Object(Default::default());
    let template = facts.object.at(&["spec", "template"]).filter(|template| !template.is_null());
    template::template(w, facts.settings, Some(template.unwrap_or(&empty)));
}

/// Writes how many pods there are and should be.
pub fn replicas(w: &mut Writer, owner: &Value<'_>) {
    let [there, wanted] = ["status", "spec"].map(|part| number(owner, &[part, "replicas"]));
    put!(w, 0, "Replicas:\t{there} current / {wanted} desired\n");
}

/// How many pods of a list that a controller owns are in each phase.
#[derive(Debug, Default, Clone, Copy)]
pub struct Phases {
    running: usize,
    waiting: usize,
    succeeded: usize,
    failed: usize,
}

impl Phases {
    /// Counts the pods that the owner with this unique identifier controls.
    pub fn count(pods: &[&Value<'_>], owner: &str) -> Self {
        let mut phases = Phases::default();
        for pod in pods.iter().filter(|pod| metadata::is_controlled_by(pod, owner)) {
            match pod.str_at(&["status", "phase"]) {
                "Running" => phases.running += 1,
                "Pending" => phases.waiting += 1,
                "Succeeded" => phases.succeeded += 1,
                "Failed" => phases.failed += 1,
                _ => {}
            }
        }
        phases
    }
}

impl std::fmt::Display for Phases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Phases {
            running,
            waiting,
            succeeded,
            failed,
        } = self;
        write!(f, "{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
    }
}
