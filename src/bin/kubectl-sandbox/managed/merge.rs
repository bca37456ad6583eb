//! Putting what a manager applies into the object that is there, and taking out what it applied before and no longer
//! wants.

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{
    compare::{Parts, parts, step_of},
    set::{FieldSet, Step},
};
use crate::schema::Node;

/// The object that is there with what is applied put in.
pub fn merge(node: Option<Node<'_>>, live: OwnedValue, applied: &OwnedValue) -> OwnedValue {
    match (parts(node, applied), live) {
        (Parts::Fields, Value::Object(mut live)) => {
            for (key, value) in applied.as_object().into_iter().flat_map(Map::iter) {
                let child = node.and_then(|node| node.child(key));
                let merged = match live.remove(key) {
                    Some(before) => merge(child, before, value),
                    None => value.clone(),
                };
                live.insert(key.to_owned(), merged);
            }
            Value::Object(live)
        }
        (Parts::Elements, Value::Array(live)) => match node {
            Some(node) => Value::Array(merge_elements(node, live, applied.as_array().unwrap_or_default())),
            None => applied.clone(),
        },
        _ => applied.clone(),
    }
}

/// The applied elements keep their order; the others stay before what they stood before.
fn merge_elements(node: Node<'_>, live: Vec<OwnedValue>, applied: &[OwnedValue]) -> Vec<OwnedValue> {
    let steps = |items: &[OwnedValue]| -> Vec<Option<Step>> { items.iter().map(|item| step_of(node, item)).collect() };
    let (live_steps, applied_steps) = (steps(&live), steps(applied));
    let mut live: Vec<Option<OwnedValue>> = live.into_iter().map(Some).collect();
    let mut out = Vec::new();
    let (mut at, mut next) = (0, 0);
    while at < live.len() || next < applied.len() {
        if at < live.len() {
            if !applied_steps.contains(&live_steps[at]) {
                out.extend(live[at].take());
                at += 1;
                continue;
            }
            if live[at].is_none() {
                at += 1;
                continue;
            }
        }
        let Some(item) = applied.get(next) else {
            at += 1;
            continue;
        };
        let before = live_steps
            .iter()
            .position(|step| *step == applied_steps[next])
            .and_then(|at| live[at].take());
        out.push(match before {
            Some(before) => merge(node.element(), before, item),
            None => item.clone(),
        });
        next += 1;
    }
    out
}

/// Takes out of `value` what `last` has and none of `kept` has.
pub fn prune(node: Option<Node<'_>>, value: &mut OwnedValue, last: &FieldSet, kept: &[&FieldSet]) {
    for (step, last) in &last.children {
        let kept: Vec<&FieldSet> = kept.iter().filter_map(|set| set.children.get(step)).collect();
        if kept.iter().all(|set| set.is_empty()) {
            remove(node, value, step);
            continue;
        }
        if let Some((child, value)) = find(node, value, step) {
            prune(child, value, last, &kept);
        }
    }
}

fn remove(node: Option<Node<'_>>, value: &mut OwnedValue, step: &Step) {
    match (step, value) {
        (Step::Field(name), Value::Object(map)) => {
            map.remove(name);
        }
        (step, Value::Array(items)) => {
            if let Some(node) = node {
                items.retain(|item| step_of(node, item).as_ref() != Some(step));
            }
        }
        _ => {}
    }
}

fn find<'v, 's>(node: Option<Node<'s>>, value: &'v mut OwnedValue, step: &Step) -> Option<(Option<Node<'s>>, &'v mut OwnedValue)> {
    match (step, value) {
        (Step::Field(name), Value::Object(map)) => {
            let child = node.and_then(|node| node.child(name));
            map.get_mut(name).map(|value| (child, value))
        }
        (step, Value::Array(items)) => {
            let node = node?;
            let item = items.iter_mut().find(|item| step_of(node, item).as_ref() == Some(step))?;
            Some((node.element(), item))
        }
        _ => None,
    }
}
