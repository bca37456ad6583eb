//! Evictions, which respect disruption budgets, and bindings, which a scheduler makes.

use std::rc::Rc;

use kubectl_rs::api::{Map, Value};

use super::{Target, delete::delete_object, form, options::DeleteOptions};
use crate::{
    answer::Answer,
    controllers,
    failure::{self, Result},
    meta,
    selector::LabelSelector,
    server::{Request, Server},
};

/// Deletes a pod, unless a budget forbids it.
///
/// # Errors
/// 404 where there is no such pod, 429 where a budget has nothing to spare.
pub fn evict(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let body = form::body(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let pod = cluster
        .store
        .get(target.resource.collection, &target.namespace, &target.name)
        .cloned()
        .ok_or_else(|| failure::not_found(&target.resource, &target.name))?;
    let options = body.get("deleteOptions").cloned().unwrap_or_default();
    let dry_run = options.items_at(&["dryRun"]).iter().any(|word| word.as_str() == Some("All"))
        || body.items_at(&["dryRun"]).iter().any(|word| word.as_str() == Some("All"))
        || request.query.all("dryRun").any(|word| word == "All");
    let options = DeleteOptions {
        grace: options.int_at(&["gracePeriodSeconds"]),
        dry_run,
        ..DeleteOptions::default()
    };
    let ended = matches!(pod.value.str_at(&["status", "phase"]), "Succeeded" | "Failed" | "Pending");
    let budgets = cluster.collection("policy", "poddisruptionbudgets");
    let covering: Vec<_> = cluster
        .store
        .list(budgets, Some(&target.namespace))
        .filter(|budget| {
            LabelSelector::of(budget.value.at(&["spec", "selector"])).is_some_and(|selector| selector.matches_object(&pod.value))
        })
        .cloned()
        .collect();
    if covering.len() > 1 {
        return Err(failure::internal(
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
        ));
    }
    if let (Some(budget), false, false) = (covering.first(), ended, meta::is_deleting(&pod.value)) {
        if budget.value.int_at(&["status", "disruptionsAllowed"]).unwrap_or_default() < 1 {
            let message = format!(
                "The disruption budget {} needs {} healthy pods and has {} currently",
                budget.name(),
                budget.value.int_at(&["status", "desiredHealthy"]).unwrap_or_default(),
                budget.value.int_at(&["status", "currentHealthy"]).unwrap_or_default()
            );
            let cause = failure::cause("DisruptionBudget", "", message);
            return Err(failure::too_many_requests(
                "Cannot evict pod as it would violate the pod's disruption budget.",
                vec![cause],
                10,
            ));
        }
        if !dry_run && let Some(resource) = cluster.built_in("policy", "poddisruptionbudgets") {
            cluster.edit(&resource, budget.namespace(), budget.name(), |value| {
                let left = value.int_at(&["status", "disruptionsAllowed"]).unwrap_or_default() - 1;
                value.set(&["status", "disruptionsAllowed"], left);
            });
        }
    }
    delete_object(&mut cluster, &target.resource, &target.namespace, &target.name, &options)?;
    let mut status = Map::in_order();
    status.insert("kind", "Status");
    status.insert("apiVersion", "v1");
    status.insert("metadata", Map::new());
    status.insert("status", "Success");
    status.insert("code", 201i64);
    Ok(Answer::json(201, &Value::Object(status)))
}

/// Puts a pod on a node.
///
/// # Errors
/// 404 where there is no such pod, 409 where it is on a node already.
pub fn bind(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let body = form::body(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let pod = cluster
        .store
        .get(target.resource.collection, &target.namespace, &target.name)
        .map(Rc::clone)
        .ok_or_else(|| failure::not_found(&target.resource, &target.name))?;
    let present = pod.value.str_at(&["spec", "nodeName"]);
    if !present.is_empty() {
        let why = format!(
            "pod {} is already assigned to node {}",
            meta::name(&pod.value),
            kubectl_rs::api::quote(present)
        );
        return Err(failure::conflict(&target.resource, &target.name, &why));
    }
    controllers::bind(&mut cluster, &pod, body.str_at(&["target", "name"]));
    let mut status = Map::in_order();
    status.insert("kind", "Status");
    status.insert("apiVersion", "v1");
    status.insert("metadata", Map::new());
    status.insert("status", "Success");
    status.insert("code", 201i64);
    Ok(Answer::json(201, &Value::Object(status)))
}
