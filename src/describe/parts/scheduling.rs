//! Where pods may run: tolerations, taints, spreading, node selectors.

use super::{
    fields::{number, object, text},
    selectors,
};
use crate::{
    api::{Value, sort::sort},
    describe::writer::{Writer, put},
};

/// Begins the line of each of several things that stand below each other behind a title.
fn begin(w: &mut Writer, at: usize, indent: &str) {
    if at > 0 {
        put!(w, 0, "{indent}");
        put!(w, 0, "\t");
    }
}

/// Writes a pod's tolerations, by their keys.
pub fn tolerations(w: &mut Writer, indent: &str, tolerations: &[Value<'_>]) {
    put!(w, 0, "{indent}Tolerations:\t");
    if tolerations.is_empty() {
        return w.line("<none>");
    }
    let mut tolerations: Vec<&Value<'_>> = tolerations.iter().collect();
    sort(&mut tolerations, |a, b| a.str_at(&["key"]) < b.str_at(&["key"]));
    for (at, toleration) in tolerations.iter().enumerate() {
        // The lines that follow are not indented as the title is: it says so itself.
        begin(w, at, "");
        let [key, value, effect] = ["key", "value", "effect"].map(|field| toleration.str_at(&[field]));
        put!(w, 0, "{key}");
        if !value.is_empty() {
            put!(w, 0, "={value}");
        }
        if !effect.is_empty() {
            put!(w, 0, ":{effect}");
        }
        if toleration.str_at(&["operator"]) == "Exists" && value.is_empty() {
            let space = if key.is_empty() && effect.is_empty() { "" } else { " " };
            put!(w, 0, "{space}op=Exists");
        }
        if let Some(seconds) = toleration.int_at(&["tolerationSeconds"]) {
            put!(w, 0, " for {seconds}s");
        }
        put!(w, 0, "\n");
    }
}

/// Writes a node's taints, by effect and key.
pub fn taints(w: &mut Writer, taints: &[Value<'_>]) {
    put!(w, 0, "Taints:\t");
    if taints.is_empty() {
        return w.line("<none>");
    }
    let mut taints: Vec<(String, &Value<'_>)> = taints
        .iter()
        .map(|taint| (format!("{},{}", taint.str_at(&["effect"]), taint.str_at(&["key"])), taint))
        .collect();
    sort(&mut taints, |a, b| a.0 < b.0);
    for (at, (_, taint)) in taints.iter().enumerate() {
        begin(w, at, "");
        let [key, value, effect] = ["key", "value", "effect"].map(|field| taint.str_at(&[field]));
        match (value, effect) {
            ("", "") => put!(w, 0, "{key}\n"),
            ("", effect) => put!(w, 0, "{key}:{effect}\n"),
            (value, "") => put!(w, 0, "{key}={value}:\n"),
            (value, effect) => put!(w, 0, "{key}={value}:{effect}\n"),
        }
    }
}

/// Writes how pods are to be spread, if anything is said about it.
pub fn topology_spread(w: &mut Writer, indent: &str, constraints: &[Value<'_>]) {
    if constraints.is_empty() {
        return;
    }
    let mut constraints: Vec<&Value<'_>> = constraints.iter().collect();
    sort(&mut constraints, |a, b| a.str_at(&["topologyKey"]) < b.str_at(&["topologyKey"]));
    put!(w, 0, "{indent}Topology Spread Constraints:\t");
    for (at, constraint) in constraints.iter().enumerate() {
        begin(w, at, indent);
        let (key, otherwise) = (constraint.str_at(&["topologyKey"]), constraint.str_at(&["whenUnsatisfiable"]));
        put!(
            w,
            0,
            "{key}:{otherwise} when max skew {} is exceeded",
            number(constraint, &["maxSkew"])
        );
        if let Some(selector) = object(constraint, &["labelSelector"]) {
            put!(w, 0, " for selector {}", selectors::shown(Some(selector)));
        }
        put!(w, 0, "\n");
    }
}

/// Writes which group a pod is scheduled with, if it is.
pub fn group(w: &mut Writer, indent: &str, spec: &Value<'_>) {
    if let Some(group) = object(spec, &["schedulingGroup"]) {
        put!(w, 0, "{indent}SchedulingGroup:\n");
        put!(w, 1, "PodGroupName:\t{}\n", text(group, &["podGroupName"]).unwrap_or_default());
    }
}

/// Writes the terms of a node selector (`operators`) or of allowed topologies, below each other behind a title.
pub fn selector_term(w: &mut Writer, level: usize, title: &str, requirements: &[Value<'_>], operators: bool) {
    put!(w, level, "{title}:\t");
    if requirements.is_empty() {
        return w.line("<none>");
    }
    for (at, requirement) in requirements.iter().enumerate() {
        if at > 0 {
            put!(w, level, "\t");
        }
        let operator = match operators {
            true => requirement.str_at(&["operator"]).to_lowercase(),
            false => "in".to_owned(),
        };
        put!(w, 0, "{} {operator}", requirement.str_at(&["key"]));
        let values = super::fields::texts(requirement, &["values"]);
        if !values.is_empty() {
            put!(w, 0, " [{}]", values.join(", "));
        }
        put!(w, 0, "\n");
    }
}
