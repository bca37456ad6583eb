//! Which pods of a node are to go, and why others stay (kubectl's `drain/filters.go`).

use jiff::Timestamp;

use super::Settings;
use crate::{
    api::{OwnedValue, Value, object, time},
    error::Error,
};

/// The annotation of pods that mirror a kubelet's own: the server's copy cannot be moved.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// What becomes of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is to go.
    pub goes: bool,
    /// What is to be said about it.
    pub note: Note,
}

/// What is to be said about a pod, together with all others of which the same is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Nothing.
    None,
    /// Something to know.
    Warning(String),
    /// Why the node cannot be drained.
    Fault(String),
}

impl Verdict {
    const GOES: Verdict = Verdict {
        goes: true,
        note: Note::None,
    };
    const STAYS: Verdict = Verdict {
        goes: false,
        note: Note::None,
    };

    fn warned(goes: bool, sentence: &str) -> Verdict {
        Verdict {
            goes,
            note: Note::Warning(sentence.to_owned()),
        }
    }

    fn refused(sentence: impl Into<String>) -> Verdict {
        Verdict {
            goes: false,
            note: Note::Fault(sentence.into()),
        }
    }
}

/// Whether a pod has come to its end by itself: nobody minds where it goes.
fn is_finished(pod: &Value<'_>) -> bool {
    matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed")
}

/// Whether a pod has been stopping for so long that it is not waited for.
pub fn is_passed_over(pod: &Value<'_>, settings: &Settings, now: Timestamp) -> bool {
    let after = settings.skip_after;
    after > 0
        && time::parse(pod.str_at(&["metadata", "deletionTimestamp"])).is_some_and(|since| now.duration_since(since).as_secs() > after)
}

/// The daemon set that a pod says it belongs to, where that decides what becomes of it.
pub fn daemon_set_of<'a>(pod: &'a Value<'_>, settings: &Settings, now: Timestamp) -> Option<&'a str> {
    let owner = object::controller(pod)?;
    let decides = owner.str_at(&["kind"]) == "DaemonSet" && !is_finished(pod) && !is_passed_over(pod, settings, now);
    decides.then(|| owner.str_at(&["name"]))
}

/// What becomes of a pod. `missing` is what the server said when it was asked for the pod's daemon set, if it has one that
/// could not be had.
pub fn judge(pod: &Value<'_>, settings: &Settings, missing: Option<&Error>, now: Timestamp) -> Verdict {
    if is_passed_over(pod, settings, now) {
        return Verdict::STAYS;
    }
    if daemon_set_of(pod, settings, now).is_some() {
        match missing {
            // Nobody would put it back.
            Some(error) if error.is_not_found() && settings.force => {}
            Some(error) => return Verdict::refused(error.to_string()),
            None if settings.ignore_daemon_sets => return Verdict::warned(false, "ignoring DaemonSet-managed Pods"),
            None => return Verdict::refused("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"),
        }
    }
    if object::annotations(pod).is_some_and(|annotations| annotations.contains_key(MIRROR)) {
        return Verdict::STAYS;
    }
    let has_data = || {
        let mut volumes = pod.items_at(&["spec", "volumes"]).iter();
        volumes.any(|volume| volume.get("emptyDir").is_some_and(|directory| !directory.is_null()))
    };
    if is_finished(pod) {
        return Verdict::GOES;
    }
    if !settings.delete_data && has_data() {
        return Verdict::refused("Pods with local storage (use --delete-emptydir-data to override)");
    }
    // What is said of lost data is overruled by this last look at the pod, in kubectl too.
    match (object::controller(pod), settings.force) {
        (Some(_), _) => Verdict::GOES,
        (None, true) => Verdict::warned(true, "deleting Pods that declare no controller"),
        (None, false) => Verdict::refused("cannot delete Pods that declare no controller (use --force to override)"),
    }
}

/// The pods of a node, each with what becomes of it.
#[derive(Debug, Default)]
pub struct Judged(pub Vec<(OwnedValue, Verdict)>);

impl Judged {
    /// The pods that are to go.
    pub fn going(self) -> Vec<OwnedValue> {
        self.0.into_iter().filter(|(_, verdict)| verdict.goes).map(|(pod, _)| pod).collect()
    }

    /// All warnings in one line: `ignoring DaemonSet-managed Pods: a/b, c/d; …`. Empty where there are none.
    pub fn warnings(&self) -> String {
        let groups = self.grouped(|note| match note {
            Note::Warning(sentence) => Some(sentence),
            _ => None,
        });
        groups.join("; ")
    }

    /// Why the node cannot be drained.
    pub fn faults(&self) -> Vec<Error> {
        let groups = self.grouped(|note| match note {
            Note::Fault(sentence) => Some(sentence),
            _ => None,
        });
        let whole = |group: String| match group.to_lowercase().starts_with("cannot delete") {
            true => Error::Message(group),
            false => Error::Message(format!("cannot delete {group}")),
        };
        groups.into_iter().map(whole).collect()
    }

    /// Each sentence with the pods of which it is said, in the order in which they come up. (kubectl's order is that of a
    /// Go map: any.)
    fn grouped<'a>(&'a self, wanted: impl Fn(&'a Note) -> Option<&'a String>) -> Vec<String> {
        let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
        for (pod, verdict) in &self.0 {
            let Some(sentence) = wanted(&verdict.note) else { continue };
            let name = format!("{}/{}", object::namespace(pod), object::name(pod));
            match groups.iter_mut().find(|(have, _)| have == sentence) {
                Some((_, pods)) => pods.push(name),
                None => groups.push((sentence, vec![name])),
            }
        }
        let lines = groups
            .into_iter()
            .map(|(sentence, pods)| format!("{sentence}: {}", pods.join(", ")));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Status, json};

    fn pod(name: &str, rest: &str) -> OwnedValue {
        let text = format!(r#"{{"metadata":{{"name":"{name}","namespace":"shop"{rest}}}"#);
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    fn owned(name: &str, kind: &str, rest: &str) -> OwnedValue {
        pod(
            name,
            &format!(r#","ownerReferences":[{{"kind":"{kind}","name":"o","controller":true}}]}}{rest}"#),
        )
    }

    const DATA: &str = r#","spec":{"volumes":[{"name":"v","emptyDir":{}}]}"#;
    const DONE: &str = r#","status":{"phase":"Failed"}"#;

    fn now() -> Timestamp {
        "2026-11-20T12:00:10Z".parse().unwrap()
    }

    fn judge(pod: &OwnedValue, settings: &Settings) -> Verdict {
        super::judge(pod, settings, None, now())
    }

    #[test]
    fn judge_refuses_what_would_be_lost_unless_told_otherwise() {
        let careful = Settings::default();
        let bold = Settings {
            force: true,
            delete_data: true,
            ignore_daemon_sets: true,
            ..Settings::default()
        };
        let unmanaged = "cannot delete Pods that declare no controller (use --force to override)";
        let local = "Pods with local storage (use --delete-emptydir-data to override)";
        let daemons = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
        for (pod, refused, allowed) in [
            (
                pod("alone", "}"),
                unmanaged,
                Verdict::warned(true, "deleting Pods that declare no controller"),
            ),
            (owned("data", "ReplicaSet", DATA), local, Verdict::GOES),
            (
                owned("daemon", "DaemonSet", ""),
                daemons,
                Verdict::warned(false, "ignoring DaemonSet-managed Pods"),
            ),
        ] {
            assert_eq!(judge(&pod, &careful), Verdict::refused(refused), "{}", object::name(&pod));
            assert_eq!(judge(&pod, &bold), allowed, "{}", object::name(&pod));
        }
    }

    #[test]
    fn judge_lets_finished_pods_go_and_mirrors_stay() {
        let careful = Settings::default();
        for finished in [pod("alone", &format!("}}{DONE}{DATA}")), owned("daemon", "DaemonSet", DONE)] {
            assert_eq!(judge(&finished, &careful), Verdict::GOES);
        }
        let mirror = pod("mirror", r#","annotations":{"kubernetes.io/config.mirror":"x"}}"#);
        assert_eq!(judge(&mirror, &careful), Verdict::STAYS);
    }

    #[test]
    fn judge_of_a_pod_whose_daemon_set_cannot_be_had_refuses_unless_forced_and_gone() {
        let refusal = |reason: &str| {
            Error::from(Status {
                message: "no".to_owned(),
                reason: reason.to_owned(),
                ..Status::default()
            })
        };
        let pod = owned("daemon", "DaemonSet", "");
        let forced = Settings {
            force: true,
            ..Settings::default()
        };
        let judge = |settings, error: Error| super::judge(&pod, settings, Some(&error), now());
        assert_eq!(judge(&forced, refusal("NotFound")), Verdict::GOES);
        assert_eq!(judge(&forced, refusal("Forbidden")), Verdict::refused("no"));
        assert_eq!(judge(&Settings::default(), refusal("NotFound")), Verdict::refused("no"));
    }

    #[test]
    fn judge_passes_over_what_has_been_stopping_for_longer_than_asked() {
        let stopping = pod("stopping", r#","deletionTimestamp":"2026-11-20T12:00:00Z"}"#);
        let after = |skip_after| {
            judge(
                &stopping,
                &Settings {
                    skip_after,
                    force: true,
                    ..Settings::default()
                },
            )
            .goes
        };
        assert_eq!([after(9), after(10), after(0)], [false, true, true]);
    }

    #[test]
    fn warnings_and_faults_name_all_pods_of_a_kind_together() {
        let verdict = |goes, note: fn(String) -> Note, sentence: &str| Verdict {
            goes,
            note: note(sentence.to_owned()),
        };
        let judged = Judged(vec![
            (pod("a", "}"), verdict(true, Note::Warning, "x")),
            (pod("b", "}"), verdict(false, Note::Fault, "Cannot delete this")),
            (pod("c", "}"), verdict(true, Note::Warning, "y")),
            (pod("d", "}"), verdict(true, Note::Warning, "x")),
            (pod("e", "}"), verdict(false, Note::Fault, "that")),
        ]);
        assert_eq!(judged.warnings(), "x: shop/a, shop/d; y: shop/c");
        let faults: Vec<String> = judged.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["Cannot delete this: shop/b", "cannot delete that: shop/e"]);
        let going: Vec<String> = judged.going().iter().map(|pod| object::name(pod).to_owned()).collect();
        assert_eq!(going, ["a", "c", "d"]);
    }
}
