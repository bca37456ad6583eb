//! Taking a workload back to a state that it has had (kubectl's `rollback.go`).

use super::{
    REVISION, Workload,
    history::{as_it_was, revisions},
};
use crate::{
    actions::{
        dry_run::DryRun,
        write::{JSON_PATCH, STRATEGIC_PATCH, Writer, compact},
    },
    api::{Map, OwnedValue, Value, object, structs::Structs},
    client::Client,
    error::{Error, Result},
    resource::Info,
};

/// The label by which a deployment tells its replica sets' pods apart; it has none itself.
const HASH: &str = "pod-template-hash";

/// The annotations that belong to a deployment or a replica set itself and not to a state.
const OWN: [&str; 6] = [
    object::LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Undone {
    /// The workload is what it was.
    RolledBack,
    /// It was so already.
    Skipped,
    /// This pod template is what it would have.
    Would(OwnedValue),
}

/// Takes a workload back to its state of that revision, or to the one before if it is 0.
///
/// # Errors
/// A state that is not there, a deployment that is paused, and what the server says.
pub async fn undo(workload: Workload, info: &Info, revision: i64, dry_run: DryRun, client: &Client) -> Result<Undone> {
    if revision < 0 {
        return Err(not_found(revision));
    }
    let revisions = revisions(workload, info, client).await?;
    let nothing_before = match workload {
        Workload::Deployment => format!("no rollout history found for deployment {:?}", info.name),
        Workload::DaemonSet | Workload::StatefulSet => "no last revision to roll back to".to_owned(),
    };
    let state = find(revisions, revision, &nothing_before)?;
    let patch = match workload {
        Workload::Deployment => deployment(&info.object, state, dry_run)?,
        Workload::DaemonSet | Workload::StatefulSet => set(&info.object, &state, dry_run)?,
    };
    let (media, patch) = match patch {
        Step::End(undone) => return Ok(undone),
        Step::Patch(media, patch) => (media, patch),
    };
    let writer = Writer::typed(client, dry_run, "");
    match writer.patch(info, media, compact(&patch)).await {
        Ok(_) => Ok(Undone::RolledBack),
        Err(error) => Err(Error::message(format!("failed restoring revision {revision}: {error}"))),
    }
}

fn not_found(revision: i64) -> Error {
    Error::message(format!("unable to find specified revision {revision} in history"))
}

/// The state with that number; with 0 the last but one.
fn find(mut revisions: Vec<(i64, OwnedValue)>, revision: i64, nothing_before: &str) -> Result<OwnedValue> {
    let found = match revision {
        0 => {
            revisions.sort_by_key(|(number, _)| *number);
            revisions.pop();
            revisions.pop().ok_or_else(|| Error::message(nothing_before))
        }
        _ => {
            let mut numbered = revisions.into_iter();
            numbered.find(|(number, _)| *number == revision).ok_or_else(|| not_found(revision))
        }
    };
    found.map(|(_, object)| object)
}

/// How to get to a state.
#[derive(Debug)]
enum Step {
    /// Nothing is to be done.
    End(Undone),
    /// By a patch of this type.
    Patch(&'static str, OwnedValue),
}

/// The way to a replica set's state: its pod template and its annotations take the place of the deployment's.
fn deployment(owner: &OwnedValue, replica_set: OwnedValue, dry_run: DryRun) -> Result<Step> {
    let template = |object: OwnedValue| {
        let mut object = Structs::new().typed(object);
        let spec = object
            .as_object_mut()
            .and_then(|fields| fields.get_mut("spec")?.as_object_mut()?.remove("template"));
        spec.unwrap_or_default()
    };
    let own = object::annotations(owner)
        .into_iter()
        .flat_map(Map::iter)
        .filter(|(key, _)| OWN.contains(key));
    let theirs = object::annotations(&replica_set).into_iter().flat_map(Map::iter);
    let kept = own.chain(theirs.filter(|(key, _)| !OWN.contains(key)));
    let annotations: Map<'static> = kept.map(|(key, value)| (key.to_owned(), value.clone())).collect();
    let mut wanted = template(replica_set);
    if dry_run == DryRun::Client {
        return Ok(Step::End(Undone::Would(wanted)));
    }
    if owner.at(&["spec", "paused"]).and_then(Value::as_bool) == Some(true) {
        return Err(Error::message(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
    }
    let mut current = template(owner.clone());
    remove_hash(&mut wanted);
    remove_hash(&mut current);
    if wanted == current {
        return Ok(Step::End(Undone::Skipped));
    }
    let replace = |path: &'static str, value: OwnedValue| -> OwnedValue {
        let mut operation = Map::new();
        operation.insert("op", "replace");
        operation.insert("path", path);
        operation.insert("value", value);
        Value::Object(operation)
    };
    let operations = vec![
        replace("/spec/template", wanted),
        replace("/metadata/annotations", Value::Object(annotations)),
    ];
    Ok(Step::Patch(JSON_PATCH, Value::Array(operations)))
}

fn remove_hash(template: &mut OwnedValue) {
    let Some(metadata) = template.at_mut(&["metadata"]).and_then(Value::as_object_mut) else {
        return;
    };
    let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) else {
        return;
    };
    labels.remove(HASH);
    if labels.is_empty() {
        metadata.remove("labels");
    }
}

/// The way to the state that a controller revision has kept: the patch in it.
fn set(owner: &OwnedValue, revision: &OwnedValue, dry_run: DryRun) -> Result<Step> {
    if dry_run == DryRun::Client {
        let template = as_it_was(revision, owner)?.at(&["spec", "template"]).cloned();
        return Ok(Step::End(Undone::Would(template.unwrap_or_default())));
    }
    let data = revision.get("data").cloned().unwrap_or_default();
    let mut template = Structs::new()
        .typed(owner.clone())
        .at(&["spec", "template"])
        .cloned()
        .unwrap_or_default();
    template.set(&["$patch"], "replace");
    let mut current = Value::Object(Map::new());
    current.set(&["spec", "template"], template);
    Ok(match current == data {
        true => Step::End(Undone::Skipped),
        false => Step::Patch(STRATEGIC_PATCH, data),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn object(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn find_takes_the_last_but_one_unless_told_which() {
        let found = |numbers: &[i64], revision| {
            let revisions = numbers.iter().map(|number| (*number, Value::Int(*number))).collect();
            find(revisions, revision, "nothing").map_err(|error| error.to_string())
        };
        assert_eq!(found(&[4, 9, 7], 0), Ok(Value::Int(7)));
        assert_eq!(found(&[4, 9, 7], 9), Ok(Value::Int(9)));
        assert_eq!(found(&[4], 0), Err("nothing".to_owned()));
        assert_eq!(found(&[4], 5), Err("unable to find specified revision 5 in history".to_owned()));
    }

    const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","annotations":{"mine":"x","deployment.kubernetes.io/revision":"2"}},
        "spec":{"template":{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"c","image":"new","resources":{}}]}}}}"#;
    const REPLICA_SET: &str = r#"{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"annotations":{"why":"y","deployment.kubernetes.io/revision":"1"}},
        "spec":{"template":{"metadata":{"labels":{"pod-template-hash":"h"}},"spec":{"containers":[{"name":"c","image":"old","resources":{"limits":{"cpu":"1000m"}}}]}}}}"#;

    #[test]
    fn deployment_takes_the_template_and_the_annotations_of_the_replica_set() {
        let Step::Patch(media, patch) = deployment(&object(DEPLOYMENT), object(REPLICA_SET), DryRun::None).unwrap() else {
            panic!("nothing to do")
        };
        assert_eq!(media, JSON_PATCH);
        assert_eq!(
            String::from_utf8(compact(&patch)).unwrap(),
            r#"[{"op":"replace","path":"/spec/template","value":{"metadata":{},"spec":{"containers":[{"name":"c","image":"old","resources":{"limits":{"cpu":"1"}}}]}}},{"op":"replace","path":"/metadata/annotations","value":{"deployment.kubernetes.io/revision":"2","why":"y"}}]"#
        );
    }

    #[test]
    fn deployment_that_is_so_already_stays() {
        let same = REPLICA_SET.replace("old", "new").replace(r#""limits":{"cpu":"1000m"}"#, "");
        let step = deployment(&object(DEPLOYMENT), object(&same), DryRun::None).unwrap();
        assert!(matches!(step, Step::End(Undone::Skipped)), "{step:?}");
    }

    #[test]
    fn deployment_that_is_paused_is_only_looked_at() {
        let paused = object(&DEPLOYMENT.replace("\"spec\":{\"template\"", "\"spec\":{\"paused\":true,\"template\""));
        let step = |dry_run| deployment(&paused, object(REPLICA_SET), dry_run);
        assert!(matches!(step(DryRun::Client).unwrap(), Step::End(Undone::Would(_))));
        assert!(
            step(DryRun::Server)
                .unwrap_err()
                .to_string()
                .starts_with("you cannot rollback a paused deployment;")
        );
    }

    #[test]
    fn set_sends_what_the_revision_has_kept() {
        let owner = object(
            r#"{"kind":"StatefulSet","metadata":{},"spec":{"template":{"metadata":{},"spec":{"containers":[{"name":"c","image":"new","resources":{}}]}}}}"#,
        );
        let kept = |image: &str| {
            object(&format!(
                r#"{{"data":{{"spec":{{"template":{{"$patch":"replace","metadata":{{}},"spec":{{"containers":[{{"image":"{image}","name":"c","resources":{{}}}}]}}}}}}}}}}"#
            ))
        };
        let step = |image, dry_run| set(&owner, &kept(image), dry_run).unwrap();
        assert!(matches!(step("new", DryRun::None), Step::End(Undone::Skipped)));
        assert!(matches!(step("old", DryRun::None), Step::Patch(STRATEGIC_PATCH, patch) if Some(&patch) == kept("old").get("data")));
        let Step::End(Undone::Would(template)) = step("old", DryRun::Client) else {
            panic!("more than looked at")
        };
        assert_eq!(template.items_at(&["spec", "containers"])[0].str_at(&["image"]), "old");
    }
}
