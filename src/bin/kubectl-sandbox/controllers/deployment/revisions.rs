//! The replica sets of a deployment, one for each template that it had, and what they remember of it.

use std::rc::Rc;

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{super::pods, DESIRED, MAXIMUM, REVISION, Rollout, replicas, revision, status};
use crate::{cluster::Cluster, meta, store::Object};

const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
const HASH: &str = "pod-template-hash";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Rollout {
    /// The replica set of the present template, made if `create`; its revision is the latest.
    pub(super) fn current(&mut self, cluster: &mut Cluster, create: bool) -> Option<Rc<Object>> {
        let template = self.deployment.value.at(&["spec", "template"]).cloned().unwrap_or_default();
        let without_hash = |set: &Object| {
            let mut template = set.value.at(&["spec", "template"]).cloned().unwrap_or_default();
            if let Some(Value::Object(labels)) = template.at_mut(&["metadata", "labels"]) {
                labels.remove(HASH);
            }
            template
        };
        let found = self.sets.iter().find(|set| without_hash(set) == template).cloned();
        let latest_other = self
            .sets
            .iter()
            .filter(|set| found.as_ref().is_none_or(|found| found.uid() != set.uid()))
            .map(|set| revision(set))
            .max()
            .unwrap_or_default();
        let next = (latest_other + 1).to_string();
        let set = match found {
            Some(found) => {
                if !create && revision(&found) > 0 {
                    return Some(found);
                }
                let annotations = self.annotations_for_set(&next, Some(&found));
                let edited = cluster.edit(&self.resource, found.namespace(), found.name(), |value| {
                    for (key, text) in &annotations {
                        value.set(&["metadata", "annotations", key], text.clone());
                    }
                });
                let edited = edited.unwrap_or(found);
                for set in &mut self.sets {
                    if set.uid() == edited.uid() {
                        *set = Rc::clone(&edited);
                    }
                }
                edited
            }
            None if !create => return None,
            None => {
                let set = self.create_set(cluster, &template, &next);
                self.sets.push(Rc::clone(&set));
                set
            }
        };
        self.note_revision(cluster, revision(&set));
        Some(set)
    }

    fn create_set(&self, cluster: &mut Cluster, template: &OwnedValue, revision: &str) -> Rc<Object> {
        let owner = &self.deployment.value;
        let hash = pods::template_hash(template, owner.int_at(&["status", "collisionCount"]).unwrap_or_default());
        let name = format!("{}-{hash}", meta::name(owner));
        let mut template = template.clone();
        template.set(&["metadata", "labels", HASH], hash.clone());
        let mut set = Value::Object(Map::new());
        set.set(&["metadata", "name"], name.clone());
        set.set(&["metadata", "namespace"], meta::namespace(owner).to_owned());
        if let Some(labels) = template.at(&["metadata", "labels"]) {
            set.set(&["metadata", "labels"], labels.clone());
        }
        for (key, text) in self.annotations_for_set(revision, None) {
            set.set(&["metadata", "annotations", &key], text);
        }
        set.set(&["metadata", "ownerReferences"], vec![meta::controller_reference(owner)]);
        let mut selector = owner.at(&["spec", "selector"]).cloned().unwrap_or_default();
        selector.set(&["matchLabels", HASH], hash);
        set.set(&["spec", "selector"], selector);
        set.set(&["spec", "template"], template);
        if let Some(seconds) = owner.int_at(&["spec", "minReadySeconds"]).filter(|seconds| *seconds > 0) {
            set.set(&["spec", "minReadySeconds"], seconds);
        }
        let first = self.room_for_new(0);
        set.set(&["spec", "replicas"], first);
        let created = cluster.create(&self.resource, set);
        if first > 0 {
            self.tell_scaled(cluster, &name, 0, first);
        }
        created
    }

    /// What a set's annotations say: the deployment's own, and the controller's.
    fn annotations_for_set(&self, next: &str, set: Option<&Object>) -> Vec<(String, String)> {
        let own = [REVISION, REVISION_HISTORY, DESIRED, MAXIMUM, LAST_APPLIED];
        let mut annotations: Vec<(String, String)> = self
            .deployment
            .value
            .at(&["metadata", "annotations"])
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::iter)
            .filter(|(key, _)| !own.contains(key))
            .map(|(key, value)| (key.to_owned(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let (surge, _) = self.bounds();
        annotations.push((DESIRED.to_owned(), self.wanted().to_string()));
        annotations.push((MAXIMUM.to_owned(), (self.wanted() + surge).to_string()));
        let before = set.map(revision).unwrap_or_default();
        let after: i64 = next.parse().unwrap_or_default();
        if before < after {
            annotations.push((REVISION.to_owned(), next.to_owned()));
            if before > 0 {
                let history = set
                    .and_then(|set| meta::annotation(&set.value, REVISION_HISTORY))
                    .map_or_else(|| before.to_string(), |history| format!("{history},{before}"));
                annotations.push((REVISION_HISTORY.to_owned(), history));
            }
        }
        annotations
    }

    fn note_revision(&mut self, cluster: &mut Cluster, revision: i64) {
        let Some(deployments) = cluster.built_in("apps", "deployments") else {
            return;
        };
        let (namespace, name) = (self.deployment.namespace().to_owned(), self.deployment.name().to_owned());
        let edited = cluster.edit(&deployments, &namespace, &name, |value| {
            value.set(&["metadata", "annotations", REVISION], revision.to_string());
        });
        if let Some(edited) = edited {
            self.deployment = edited;
        }
    }

    /// Removes old sets beyond what is to be remembered.
    pub(super) fn forget_history(&mut self, cluster: &mut Cluster, current: Option<&Rc<Object>>) {
        let (Some(limit), Some(current)) = (self.deployment.value.int_at(&["spec", "revisionHistoryLimit"]), current) else {
            return;
        };
        let mut idle: Vec<Rc<Object>> = self
            .old_sets(current)
            .into_iter()
            .filter(|set| replicas(set) == 0 && status(set, "replicas") == 0 && !meta::is_deleting(&set.value))
            .collect();
        idle.sort_by_key(|set| revision(set));
        let surplus = idle.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        for set in &idle[..surplus] {
            cluster.delete(&self.resource, set.namespace(), set.name(), None);
        }
    }
}
