//! Waiting until an object is in a state, or gone (kubectl's `cmd/wait`).

use tokio::time::{Instant, timeout_at};

use super::{follow::Follower, watch::Kind};
use crate::{
    api::{OwnedValue, Status, StatusDetails, Value, json},
    client::{Client, Request},
    error::{Error, Result},
    resource::{Info, path},
    template::{format, jsonpath::Program},
};

const ACCEPT: &str = "application/json";

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Not at all: the object is looked at once.
    Once,
    /// Up to this time.
    Until(Instant),
}

/// What an object's status can be asked for.
#[derive(Debug, Clone)]
pub enum State {
    /// A condition, by its type and its status, compared without regard to case.
    Condition {
        /// The type: `Ready`.
        name: String,
        /// The status: `True`.
        status: String,
    },
    /// What a path finds in the object.
    Value {
        /// The path.
        path: Program,
        /// What it should find; anything if there is none.
        value: Option<String>,
    },
}

impl State {
    /// Whether an object is in the state.
    ///
    /// # Errors
    /// Where the object cannot be asked so.
    pub fn holds(&self, object: &Value<'_>) -> Result<bool> {
        match self {
            State::Condition { name, status } => condition_holds(object, name, status),
            State::Value { path, value } => value_holds(object, path, value.as_deref()),
        }
    }
}

fn condition_holds(object: &Value<'_>, name: &str, status: &str) -> Result<bool> {
    let conditions = match object.at(&["status", "conditions"]) {
        None => return Ok(false),
        Some(Value::Array(conditions)) => conditions,
        Some(other) => {
            return Err(Error::message(format!(
                ".status.conditions accessor error: {} is of the type {}, expected []interface {{}}",
                format::plain_text(other),
                format::type_name(other)
            )));
        }
    };
    for condition in conditions {
        let (Some(kind), Some(found)) = (
            condition.get("type").and_then(Value::as_str),
            condition.get("status").and_then(Value::as_str),
        ) else {
            if condition.as_object().is_none() {
                return Ok(false);
            }
            continue;
        };
        if !equal_fold(kind, name) {
            continue;
        }
        // What was said of an older generation does not count.
        if let Some(generation) = object.int_at(&["metadata", "generation"]) {
            let observed = condition.int_at(&["observedGeneration"]);
            let observed = observed.or_else(|| object.int_at(&["status", "observedGeneration"]));
            if observed.is_some_and(|observed| observed < generation) {
                return Ok(false);
            }
        }
        return Ok(equal_fold(found, status));
    }
    Ok(false)
}

fn value_holds(object: &Value<'_>, path: &Program, wanted: Option<&str>) -> Result<bool> {
    let results = path.results(object).map_err(|error| Error::message(error.to_string()))?;
    let Some([first, more @ ..]) = results.first().map(Vec::as_slice) else {
        return Ok(false);
    };
    if results.len() > 1 {
        return Err(Error::message("given jsonpath expression matches more than one list"));
    }
    if !more.is_empty() {
        return Err(Error::message("given jsonpath expression matches more than one value"));
    }
    let Some(wanted) = wanted else { return Ok(true) };
    match first {
        Value::Array(_) | Value::Object(_) => Err(Error::message("jsonpath leads to a nested object or list which is not supported")),
        value => Ok(format::plain_text(value).trim() == wanted.trim()),
    }
}

/// Whether two texts are equal but for upper and lower case (Go's `strings.EqualFold`).
fn equal_fold(a: &str, b: &str) -> bool {
    let fold = |letter: char| {
        let mut upper = letter.to_uppercase();
        let letter = match (upper.next(), upper.next()) {
            (Some(upper), None) => upper,
            _ => letter,
        };
        let mut lower = letter.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(lower), None) => lower,
            _ => letter,
        }
    };
    a.chars().map(fold).eq(b.chars().map(fold))
}

/// Waits until an object is in a state, and returns it.
///
/// # Errors
/// An object that does not exist, and time that ran out.
pub async fn state(info: &Info, state: &State, limit: Limit, client: &Client) -> Result<OwnedValue> {
    let Limit::Until(deadline) = limit else {
        let object = look(info, client).await?;
        return match state.holds(&object)? {
            true => Ok(object),
            false => Err(not_met(info)),
        };
    };
    let follow = async {
        let mut follower = Follower::new(client, &info.mapping, &info.namespace, &info.name);
        if !follower.exists().await {
            return Err(not_found(info));
        }
        loop {
            let event = follower.next().await;
            if event.kind != Kind::Deleted && state.holds(&event.object)? {
                return Ok(event.object);
            }
        }
    };
    in_time(follow, deadline, info).await
}

/// Waits until an object is gone, and returns what it was. One with another UID than `uid` is another object.
///
/// # Errors
/// What the server says, and time that ran out.
pub async fn gone(info: &Info, uid: Option<&str>, limit: Limit, client: &Client) -> Result<OwnedValue> {
    let object = match look(info, client).await {
        Ok(object) => object,
        Err(error) if error.is_not_found() => return Ok(info.object.clone()),
        Err(error) => return Err(error),
    };
    if uid.is_some_and(|uid| uid != object.str_at(&["metadata", "uid"])) {
        return Ok(object);
    }
    let Limit::Until(deadline) = limit else {
        return Err(not_met(info));
    };
    let follow = async {
        let mut follower = Follower::new(client, &info.mapping, &info.namespace, &info.name);
        if !follower.exists().await {
            return Ok(());
        }
        while follower.next().await.kind != Kind::Deleted {}
        Ok(())
    };
    in_time(follow, deadline, info).await.map(|()| object)
}

/// Does something that ends at `deadline`; nothing is begun after it.
async fn in_time<T>(deed: impl Future<Output = Result<T>>, deadline: Instant, info: &Info) -> Result<T> {
    let late = || {
        Err(Error::message(format!(
            "timed out waiting for the condition on {}",
            info.resource_and_name()
        )))
    };
    if Instant::now() >= deadline {
        return late();
    }
    timeout_at(deadline, deed).await.unwrap_or_else(|_| late())
}

/// The object as it is now.
async fn look(info: &Info, client: &Client) -> Result<OwnedValue> {
    if info.name.is_empty() {
        return Err(Error::message("resource name must be provided"));
    }
    let path = path::of(&info.mapping, &info.namespace, &info.name, "");
    let bytes = client.send(Request::get(path).accept(ACCEPT)).await?.bytes().await?;
    Ok(json::parse(&bytes)?.into_owned())
}

fn not_met(info: &Info) -> Error {
    Error::message(format!("condition not met for {}", info.resource_and_name()))
}

/// What client-go says of an object that is not there.
fn not_found(info: &Info) -> Error {
    let resource = info.mapping.group_resource();
    let status = Status {
        message: format!("{resource} \"{}\" not found", info.name),
        reason: "NotFound".to_owned(),
        code: 404,
        details: Some(StatusDetails {
            name: info.name.clone(),
            group: info.mapping.group.as_str().to_owned(),
            kind: info.mapping.resource.as_str().to_owned(),
            ..StatusDetails::default()
        }),
    };
    status.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    fn condition(object_text: &str) -> Result<bool, String> {
        let state = State::Condition {
            name: "ready".to_owned(),
            status: "true".to_owned(),
        };
        state.holds(&object(object_text)).map_err(|error| error.to_string())
    }

    #[test]
    fn holds_of_a_condition_disregards_case_and_old_generations() {
        let with = |generation: &str, observed: &str| {
            condition(&format!(
                r#"{{"metadata":{{"generation":{generation}}},"status":{{"conditions":[{{"type":"Other","status":"x"}},{{"type":"Ready","status":"True"{observed}}}],"observedGeneration":2}}}}"#
            ))
        };
        assert_eq!(with("2", ""), Ok(true));
        assert_eq!(with("3", ""), Ok(false));
        assert_eq!(with("3", r#","observedGeneration":3"#), Ok(true));
        assert_eq!(
            condition(r#"{"status":{"conditions":[{"type":"Ready","status":"False"}]}}"#),
            Ok(false)
        );
        assert_eq!(condition(r#"{"status":{}}"#), Ok(false));
    }

    #[test]
    fn holds_of_a_condition_in_an_odd_object_does_not_fail_silently() {
        assert_eq!(condition(r#"{"status":{"conditions":[1]}}"#), Ok(false));
        assert_eq!(condition(r#"{"status":{"conditions":[{"type":1,"status":"True"}]}}"#), Ok(false));
        let sentence = ".status.conditions accessor error: x is of the type string, expected []interface {}";
        assert_eq!(condition(r#"{"status":{"conditions":"x"}}"#), Err(sentence.to_owned()));
    }

    #[test]
    fn holds_of_a_value_compares_text_and_refuses_what_has_parts() {
        let holds = |path: &str, value: Option<&str>| {
            let state = State::Value {
                path: Program::parse(path).unwrap().allow_missing_keys(true),
                value: value.map(str::to_owned),
            };
            let object = object(r#"{"status":{"n":3,"phase":" Running","list":[1,2],"no":false}}"#);
            state.holds(&object).map_err(|error| error.to_string())
        };
        assert_eq!(holds("{.status.n}", Some("3")), Ok(true));
        assert_eq!(holds("{.status.phase}", Some("Running ")), Ok(true));
        assert_eq!(holds("{.status.no}", Some("false")), Ok(true));
        assert_eq!(holds("{.status.nope}", Some("3")), Ok(false));
        assert_eq!(holds("{.status.list}", None), Ok(true));
        assert!(holds("{.status.list}", Some("3")).unwrap_err().contains("nested object or list"));
        assert!(holds("{.status.list[*]}", Some("3")).unwrap_err().contains("more than one value"));
    }

    #[test]
    fn equal_fold_is_gos() {
        assert!(equal_fold("ReadyÄ", "rEADYä") && equal_fold("K\u{17f}", "\u{212a}s"));
        assert!(!equal_fold("ß", "ss") && !equal_fold("a", "ab"));
    }
}
