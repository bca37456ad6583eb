//! Which nodes a pod may run on by what it says of nodes: selectors, affinity, tolerations.

use kubectl_rs::api::{OwnedValue, Value};

use crate::{meta, selector::LabelSelector};

/// The node that a daemon's pod is meant for.
pub fn pinned_node(pod: &OwnedValue) -> Option<&str> {
    const TERMS: [&str; 5] = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    pod.items_at(&TERMS)
        .iter()
        .flat_map(|term| term.items_at(&["matchFields"]))
        .find(|field| field.str_at(&["key"]) == "metadata.name")
        .and_then(|field| field.items_at(&["values"]).first())
        .and_then(Value::as_str)
}

/// Whether a daemon of this template may run on a node.
pub fn daemon_may_run(template: &OwnedValue, node: &OwnedValue) -> bool {
    let tolerations = template.items_at(&["spec", "tolerations"]);
    matches_node(template, node) && untolerated(tolerations, node).is_empty()
}

/// The taints of a node that keep a pod with these tolerations away.
pub(super) fn untolerated<'n>(tolerations: &[OwnedValue], node: &'n OwnedValue) -> Vec<&'n OwnedValue> {
    node.items_at(&["spec", "taints"])
        .iter()
        .filter(|taint| {
            !tolerations.iter().any(|toleration| {
                let effect = toleration.str_at(&["effect"]);
                let key = toleration.str_at(&["key"]);
                let effect_fits = effect.is_empty() || effect == taint.str_at(&["effect"]);
                let key_fits = key.is_empty() || key == taint.str_at(&["key"]);
                let value_fits = toleration.str_at(&["operator"]) == "Exists" || toleration.str_at(&["value"]) == taint.str_at(&["value"]);
                effect_fits && key_fits && value_fits
            })
        })
        .filter(|taint| taint.str_at(&["effect"]) != "PreferNoSchedule")
        .collect()
}

/// Whether a node is what the pod's selector and required affinity ask for.
pub(super) fn matches_node(pod: &OwnedValue, node: &OwnedValue) -> bool {
    let labels = node.at(&["metadata", "labels"]).and_then(Value::as_object);
    if !LabelSelector::equal_to(pod.at(&["spec", "nodeSelector"])).matches(labels) {
        return false;
    }
    let required = pod.at(&["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    match required.filter(|required| !required.is_null()) {
        None => true,
        Some(required) => required.items_at(&["nodeSelectorTerms"]).iter().any(|term| term_fits(term, node)),
    }
}

/// Whether a node is what a term of a node selector asks for.
pub(super) fn term_fits(term: &OwnedValue, node: &OwnedValue) -> bool {
    let expressions = term.items_at(&["matchExpressions"]);
    let fields = term.items_at(&["matchFields"]);
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    expressions
        .iter()
        .all(|expression| expression_fits(expression, meta::label(node, expression.str_at(&["key"]))))
        && fields.iter().all(|field| expression_fits(field, Some(meta::name(node))))
}

fn expression_fits(expression: &OwnedValue, value: Option<&str>) -> bool {
    let mut values = expression.items_at(&["values"]).iter().filter_map(Value::as_str);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    match expression.str_at(&["operator"]) {
        "In" => value.is_some_and(|value| values.any(|wanted| wanted == value)),
        "NotIn" => value.is_none_or(|value| values.all(|wanted| wanted != value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => matches!((number(value), number(values.next())), (Some(value), Some(bound)) if value > bound),
        "Lt" => matches!((number(value), number(values.next())), (Some(value), Some(bound)) if value < bound),
        _ => false,
    }
}
