//! What a role or a binding has to become (`auth/rbac/reconciliation`). Values in, values out.

use std::fmt;

use crate::{
    actions::access_rules::{Rule, uncovered},
    api::{Map, OwnedValue, Value, object},
};

/// The annotation by which an object asks to be left alone, with the value `false`.
const AUTOUPDATE: &str = "rbac.authorization.kubernetes.io/autoupdate";

/// What has to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Nothing.
    None,
    /// The object is not there yet.
    Create,
    /// The object is there, but otherwise.
    Update,
    /// The object is there, and cannot be changed so.
    Recreate,
}

/// What has to become of an object.
#[derive(Debug, Clone)]
pub struct Reconciled {
    /// The object as it should be.
    pub object: OwnedValue,
    /// What has to be done.
    pub operation: Operation,
    /// Whether the object asks to be left alone.
    pub protected: bool,
    /// What it lacked: rules or subjects.
    pub missing: Vec<String>,
    /// What it has too much.
    pub extra: Vec<String>,
}

impl Reconciled {
    /// For an object that is not there: all of it is missing.
    pub fn created(expected: &OwnedValue) -> Reconciled {
        let rules = rules(expected).into_iter().map(|rule| rule.to_string());
        let subjects = subjects(expected).into_iter().map(|subject| subject.to_string());
        Reconciled {
            object: expected.clone(),
            operation: Operation::Create,
            protected: false,
            missing: rules.chain(subjects).collect(),
            extra: Vec::new(),
        }
    }

    /// The object as it is, with the expected labels and annotations that it lacks.
    fn begun(existing: &OwnedValue, expected: &OwnedValue) -> Reconciled {
        let mut reconciled = Reconciled {
            object: existing.clone(),
            operation: Operation::None,
            protected: is_protected(existing),
            missing: Vec::new(),
            extra: Vec::new(),
        };
        for field in ["annotations", "labels"] {
            let path = ["metadata", field];
            let Some(wanted) = expected.at(&path).and_then(Value::as_object) else {
                continue;
            };
            let own = existing.at(&path).and_then(Value::as_object);
            let mut merged = wanted.clone();
            for (key, value) in own.into_iter().flat_map(Map::iter) {
                merged.insert(key.to_owned(), value.clone());
            }
            if own != Some(&merged) {
                reconciled.operation = Operation::Update;
            }
            reconciled.object.set(&path, merged);
        }
        reconciled
    }

    fn set(&mut self, key: &str, value: impl Into<OwnedValue>) {
        self.object.set(&[key], value);
        self.operation = Operation::Update;
    }
}

fn is_protected(object: &OwnedValue) -> bool {
    object::annotation(object, AUTOUPDATE) == Some("false")
}

fn rules(object: &OwnedValue) -> Vec<Rule> {
    object.items_at(&["rules"]).iter().map(Rule::from_value).collect()
}

/// What a role has to become so that it allows what is expected, and with `remove` nothing else.
pub fn role(existing: &OwnedValue, expected: &OwnedValue, remove: bool) -> Reconciled {
    let mut reconciled = Reconciled::begun(existing, expected);
    let selectors = |object: &OwnedValue| {
        let rule = object.get("aggregationRule").filter(|rule| !rule.is_null());
        rule.map(|rule| rule.items_at(&["clusterRoleSelectors"]).to_vec())
    };
    let (own, wanted) = (selectors(existing), selectors(expected));
    let (own_rules, wanted_rules) = (rules(existing), rules(expected));
    let missing = uncovered(&own_rules, &wanted_rules);
    let extra = match (&own, &wanted) {
        // What the server gathers is nobody's to take away.
        (Some(_), Some(_)) => Vec::new(),
        _ => uncovered(&wanted_rules, &own_rules),
    };
    if remove && !(missing.is_empty() && extra.is_empty()) {
        reconciled.set("rules", expected.get("rules").cloned().unwrap_or_default());
    } else if !missing.is_empty() {
        let mut rules = existing.items_at(&["rules"]).to_vec();
        rules.extend(missing.iter().map(Rule::to_value));
        reconciled.set("rules", rules);
    }
    match (own, wanted) {
        (None, None) => {}
        (Some(_), None) => {
            if let Some(fields) = reconciled.object.as_object_mut() {
                fields.remove("aggregationRule");
            }
            reconciled.operation = Operation::Update;
        }
        (own, Some(wanted)) => {
            let mut own = own.unwrap_or_default();
            let missing: Vec<_> = wanted.iter().filter(|selector| !own.contains(selector)).cloned().collect();
            let extra = own.iter().any(|selector| !wanted.contains(selector));
            let path = ["aggregationRule", "clusterRoleSelectors"];
            if remove && (extra || !missing.is_empty()) {
                reconciled.object.set(&path, wanted);
                reconciled.operation = Operation::Update;
            } else if !missing.is_empty() {
                own.extend(missing);
                reconciled.object.set(&path, own);
                reconciled.operation = Operation::Update;
            }
        }
    }
    let texts = |rules: Vec<Rule>| rules.iter().map(Rule::to_string).collect();
    reconciled.missing = texts(missing);
    reconciled.extra = texts(extra);
    reconciled
}

/// Whom a binding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Subject {
    kind: String,
    group: String,
    name: String,
    namespace: String,
}

/// The subject as Go prints a struct (`%+v`).
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject {
            kind,
            group,
            name,
            namespace,
        } = self;
        write!(f, "{{Kind:{kind} APIGroup:{group} Name:{name} Namespace:{namespace}}}")
    }
}

fn subjects(object: &OwnedValue) -> Vec<Subject> {
    let subject = |value: &OwnedValue| {
        let text = |key: &str| value.str_at(&[key]).to_owned();
        Subject {
            kind: text("kind"),
            group: text("apiGroup"),
            name: text("name"),
            namespace: text("namespace"),
        }
    };
    object.items_at(&["subjects"]).iter().map(subject).collect()
}

/// Those of `these` that are not among `those`, each once, by their place.
fn only_in(these: &[Subject], those: &[Subject]) -> Vec<usize> {
    let mut places: Vec<usize> = Vec::new();
    for (place, subject) in these.iter().enumerate() {
        if !those.contains(subject) && places.iter().all(|seen| these[*seen] != *subject) {
            places.push(place);
        }
    }
    places
}

/// What a binding has to become so that it binds whom is expected, and with `remove` nobody else.
pub fn binding(existing: &OwnedValue, expected: &OwnedValue, remove: bool) -> Reconciled {
    let role = |object: &OwnedValue| ["apiGroup", "kind", "name"].map(|key| object.str_at(&["roleRef", key]).to_owned());
    if role(existing) != role(expected) {
        return Reconciled {
            operation: Operation::Recreate,
            protected: is_protected(existing),
            missing: Vec::new(),
            ..Reconciled::created(expected)
        };
    }
    let mut reconciled = Reconciled::begun(existing, expected);
    let (own, wanted) = (subjects(existing), subjects(expected));
    let (missing, extra) = (only_in(&wanted, &own), only_in(&own, &wanted));
    if remove && !(missing.is_empty() && extra.is_empty()) {
        reconciled.set("subjects", expected.get("subjects").cloned().unwrap_or_default());
    } else if !missing.is_empty() {
        let mut subjects = existing.items_at(&["subjects"]).to_vec();
        let values = expected.items_at(&["subjects"]);
        subjects.extend(missing.iter().filter_map(|place| values.get(*place)).cloned());
        reconciled.set("subjects", subjects);
    }
    reconciled.missing = missing.iter().map(|place| wanted[*place].to_string()).collect();
    reconciled.extra = extra.iter().map(|place| own[*place].to_string()).collect();
    reconciled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn object(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    const ROLE: &str = r#"{"metadata":{"labels":{"a":"b"}},"rules":[{"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]}]}"#;
    const LIST: &str = "{Verbs:[list] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}";
    const EAT: &str = "{Verbs:[eat] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}";

    #[test]
    fn role_gains_what_it_lacks_and_loses_what_is_extra_only_if_told() {
        let expected = object(r#"{"metadata":{},"rules":[{"verbs":["get","eat"],"apiGroups":[""],"resources":["pods"]}]}"#);
        for (remove, count) in [(false, 2), (true, 1)] {
            let reconciled = role(&object(ROLE), &expected, remove);
            assert_eq!(reconciled.operation, Operation::Update);
            assert_eq!(
                (reconciled.missing, reconciled.extra),
                (vec![EAT.to_owned()], vec![LIST.to_owned()])
            );
            assert_eq!(reconciled.object.items_at(&["rules"]).len(), count);
        }
    }

    #[test]
    fn role_keeps_its_own_labels_and_gains_others() {
        let labelled = |labels: &str| {
            let expected = object(&format!(r#"{{"metadata":{{"labels":{labels}}},"rules":[]}}"#));
            let reconciled = role(&object(ROLE), &expected, false);
            (reconciled.operation, reconciled.object.at(&["metadata", "labels"]).cloned())
        };
        assert_eq!(labelled(r#"{"a":"c"}"#), (Operation::None, Some(object(r#"{"a":"b"}"#))));
        assert_eq!(labelled(r#"{"c":"d"}"#), (Operation::Update, Some(object(r#"{"a":"b","c":"d"}"#))));
        assert_eq!(labelled("null"), (Operation::None, Some(object(r#"{"a":"b"}"#))));
    }

    #[test]
    fn role_that_gathers_others_takes_selectors() {
        let gathering = |selectors: &str| {
            object(&format!(
                r#"{{"metadata":{{}},"rules":[],"aggregationRule":{{"clusterRoleSelectors":[{selectors}]}}}}"#
            ))
        };
        let (a, b) = (r#"{"matchLabels":{"a":"a"}}"#, r#"{"matchLabels":{"b":"b"}}"#);
        let after = |remove| {
            let reconciled = role(&gathering(a), &gathering(b), remove);
            reconciled.object.at(&["aggregationRule", "clusterRoleSelectors"]).cloned()
        };
        assert_eq!(after(false), Some(object(&format!("[{a},{b}]"))));
        assert_eq!(after(true), Some(object(&format!("[{b}]"))));
        let no_more = role(&gathering(a), &object(ROLE), false);
        assert_eq!(
            (no_more.operation, no_more.object.get("aggregationRule")),
            (Operation::Update, None)
        );
        assert_eq!(role(&gathering(a), &gathering(a), true).operation, Operation::None);
    }

    const BINDING: &str =
        r#"{"metadata":{},"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"a"},{"kind":"User","name":"b"}]}"#;

    #[test]
    fn binding_gains_whom_it_lacks_once_and_loses_others_only_if_told() {
        let expected = object(
            r#"{"metadata":{},"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"b"},{"kind":"Group","name":"c"},{"kind":"Group","name":"c"}]}"#,
        );
        for (remove, count) in [(false, 3), (true, 3)] {
            let reconciled = binding(&object(BINDING), &expected, remove);
            assert_eq!(reconciled.missing, ["{Kind:Group APIGroup: Name:c Namespace:}"]);
            assert_eq!(reconciled.extra, ["{Kind:User APIGroup: Name:a Namespace:}"]);
            let subjects = reconciled.object.items_at(&["subjects"]);
            assert_eq!(
                (subjects.len(), subjects[0].str_at(&["name"])),
                (count, if remove { "b" } else { "a" })
            );
        }
    }

    #[test]
    fn binding_to_another_role_has_to_be_made_anew() {
        let expected = object(&BINDING.replace("\"r\"", "\"other\""));
        let reconciled = binding(&object(BINDING), &expected, false);
        assert_eq!(reconciled.operation, Operation::Recreate);
        assert_eq!((reconciled.object, reconciled.missing.len()), (expected, 0));
    }
}
