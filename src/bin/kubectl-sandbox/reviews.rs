//! Questions that are asked by creating objects: who am I, what may I do.

use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{answer::Answer, cluster::Cluster, failure::Result, meta, server::User, verbs::Target};

/// Answers the question that `value` is; none where it is an object to be stored.
pub fn create(cluster: &mut Cluster, target: &Target, value: &OwnedValue, user: &User) -> Option<Result<Answer>> {
    let mut answer = value.clone();
    answer.set(&["apiVersion"], target.resource.api_version());
    answer.set(&["kind"], target.resource.kind.clone());
    match target.resource.plural.as_str() {
        "selfsubjectreviews" => {
            answer.set(&["metadata", "creationTimestamp"], meta::format_time(cluster.clock.now()));
            answer.set(&["status", "userInfo"], user_info(user));
        }
        "selfsubjectaccessreviews" | "subjectaccessreviews" | "localsubjectaccessreviews" => {
            answer.set(&["metadata"], Map::new());
            answer.set(&["status", "allowed"], true);
            answer.set(&["status", "reason"], "the sandbox allows everything to everybody");
        }
        "selfsubjectrulesreviews" => {
            let all = || vec![Value::from("*")];
            let mut resources = Map::new();
            for key in ["verbs", "apiGroups", "resources"] {
                resources.insert(key, all());
            }
            let mut others = Map::new();
            for key in ["verbs", "nonResourceURLs"] {
                others.insert(key, all());
            }
            answer.set(&["metadata"], Map::new());
            answer.set(&["status", "resourceRules"], vec![Value::Object(resources)]);
            answer.set(&["status", "nonResourceRules"], vec![Value::Object(others)]);
            answer.set(&["status", "incomplete"], false);
        }
        "tokenreviews" => {
            answer.set(&["status", "authenticated"], false);
            answer.set(&["status", "error"], "the sandbox knows one token only, and it is not for reviews");
        }
        _ => return None,
    }
    Some(Ok(Answer::json(201, &answer)))
}

fn user_info(user: &User) -> OwnedValue {
    let mut info = Map::new();
    info.insert("username", user.name.clone());
    if !user.uid.is_empty() {
        info.insert("uid", user.uid.clone());
    }
    let words = |list: &[String]| list.iter().map(|word| Value::from(word.clone())).collect::<Vec<_>>();
    if !user.groups.is_empty() {
        info.insert("groups", words(&user.groups));
    }
    if !user.extra.is_empty() {
        let extra: Map<'static> = user.extra.iter().map(|(key, values)| (key.clone(), words(values))).collect();
        info.insert("extra", extra);
    }
    Value::Object(info)
}
