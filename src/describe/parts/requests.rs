//! What pods ask for: sums over containers as the scheduler makes them, and the class of service that follows.

use std::collections::BTreeMap;

use super::{
    fields::object,
    quantities::{self, Quantity},
};
use crate::api::Value;

/// Quantities by resource name.
pub type Amounts = BTreeMap<String, Quantity>;

/// Requests or limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is set aside.
    Requests,
    /// What is not exceeded.
    Limits,
}

impl Side {
    fn field(self) -> &'static str {
        match self {
            Side::Requests => "requests",
            Side::Limits => "limits",
        }
    }
}

/// What a pod asks for in all (component-helpers' `PodRequests` and `PodLimits`); with `by_status`, what its containers
/// have been given counts where it is more.
pub fn of_pod(pod: &Value<'_>, side: Side, by_status: bool) -> Amounts {
    let of = |container: &Value<'_>| match by_status {
        true => of_running(pod, container, side),
        false => quantities::amounts(container.at(&["resources", side.field()])),
    };
    let mut total = Amounts::new();
    for container in pod.items_at(&["spec", "containers"]) {
        add(&mut total, &of(container));
    }
    // An init container runs next to those before it that go on running; the most of any moment counts.
    let (mut going_on, mut most) = (Amounts::new(), Amounts::new());
    for container in pod.items_at(&["spec", "initContainers"]) {
        if container.str_at(&["restartPolicy"]) == "Always" {
            let amounts = of(container);
            add(&mut total, &amounts);
            add(&mut going_on, &amounts);
            raise(&mut most, &going_on);
        } else {
            // What one that ends has been given does not matter.
            let mut at_once = quantities::amounts(container.at(&["resources", side.field()]));
            add(&mut at_once, &going_on);
            raise(&mut most, &at_once);
        }
    }
    raise(&mut total, &most);
    for (name, amount) in quantities::amounts(pod.at(&["spec", "resources", side.field()])) {
        if matches!(name.as_str(), "cpu" | "memory") || is_huge_pages(&name) {
            total.insert(name, amount);
        }
    }
    let overhead = quantities::amounts(pod.at(&["spec", "overhead"]));
    match side {
        Side::Requests => add(&mut total, &overhead),
        Side::Limits => {
            for (name, amount) in &overhead {
                if let Some(limit) = total.get_mut(name).filter(|limit| !limit.is_zero()) {
                    limit.add(amount);
                }
            }
        }
    }
    total
}

/// What a container that runs asks for or has been given, whichever is more.
fn of_running(pod: &Value<'_>, container: &Value<'_>, side: Side) -> Amounts {
    let wanted = quantities::amounts(container.at(&["resources", side.field()]));
    let name = container.str_at(&["name"]);
    let statuses = ["initContainerStatuses", "containerStatuses"].map(|field| pod.items_at(&["status", field]));
    let status = statuses
        .iter()
        .find_map(|statuses| statuses.iter().rfind(|status| status.str_at(&["name"]) == name));
    let Some(status) = status.filter(|status| object(status, &["resources"]).is_some()) else {
        return wanted;
    };
    let mut amounts = if cannot_be_resized(pod) { Amounts::new() } else { wanted };
    raise(&mut amounts, &quantities::amounts(status.at(&["resources", side.field()])));
    if side == Side::Requests {
        raise(&mut amounts, &quantities::amounts(status.at(&["allocatedResources"])));
    }
    amounts
}

/// Whether the node has said that it will never give the pod what it now asks for.
fn cannot_be_resized(pod: &Value<'_>) -> bool {
    let conditions = pod.items_at(&["status", "conditions"]);
    let pending = conditions
        .iter()
        .find(|condition| condition.str_at(&["type"]) == "PodResizePending");
    pending.is_some_and(|condition| condition.str_at(&["reason"]) == "Infeasible")
}

/// Whether a resource is memory in huge pages.
pub fn is_huge_pages(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// Adds amounts to a sum.
pub fn add(sum: &mut Amounts, amounts: &Amounts) {
    for (name, amount) in amounts {
        match sum.get_mut(name) {
            Some(sum) => sum.add(amount),
            None => _ = sum.insert(name.clone(), *amount),
        }
    }
}

/// Raises amounts to others where these are more.
fn raise(most: &mut Amounts, amounts: &Amounts) {
    for (name, amount) in amounts {
        if most.get(name).is_none_or(|most| amount > most) {
            most.insert(name.clone(), *amount);
        }
    }
}

/// A pod's class of service: as the server says, or as follows from what its containers ask for.
pub fn quality_of_service<'v>(pod: &'v Value<'_>) -> &'v str {
    match pod.str_at(&["status", "qosClass"]) {
        "" => {}
        class => return class,
    }
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    let mut guaranteed = true;
    for field in ["containers", "initContainers"] {
        for container in pod.items_at(&["spec", field]) {
            let of = |side: Side| {
                let mut amounts = quantities::amounts(container.at(&["resources", side.field()]));
                amounts.retain(|name, amount| matches!(name.as_str(), "cpu" | "memory") && quantities::is_positive(amount));
                amounts
            };
            let limited = of(Side::Limits);
            guaranteed &= limited.len() == 2;
            add(&mut requests, &of(Side::Requests));
            add(&mut limits, &limited);
        }
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort";
    }
    let equal = requests.len() == limits.len() && requests.iter().all(|(name, amount)| limits.get(name) == Some(amount));
    if guaranteed && equal { "Guaranteed" } else { "Burstable" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::value;

    fn shown(amounts: &Amounts) -> Vec<String> {
        amounts.iter().map(|(name, amount)| format!("{name}={amount}")).collect()
    }

    #[test]
    fn of_pod_takes_the_most_of_any_moment_and_adds_overhead_to_limits_that_there_are() {
        let pod = value(
            r#"{"spec":{"overhead":{"cpu":"10m","memory":"1Mi"},
            "containers":[{"name":"a","resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"1"}}},
                          {"name":"b","resources":{"requests":{"cpu":"50m","memory":"8Mi"}}}],
            "initContainers":[{"name":"side","restartPolicy":"Always","resources":{"requests":{"cpu":"20m"}}},
                              {"name":"init","resources":{"requests":{"cpu":"300m"}}}]}}"#,
        );
        assert_eq!(shown(&of_pod(&pod, Side::Requests, false)), ["cpu=330m", "memory=9Mi"]);
        assert_eq!(shown(&of_pod(&pod, Side::Limits, false)), ["cpu=1010m"]);
    }

    #[test]
    fn of_pod_by_status_counts_what_was_given_where_it_is_more() {
        let pod = |condition: &str| {
            value(&format!(
                r#"{{"spec":{{"containers":[{{"name":"a","resources":{{"requests":{{"cpu":"2"}}}}}}]}},
                "status":{{"conditions":[{condition}],"containerStatuses":[{{"name":"a","resources":{{"requests":{{"cpu":"1"}}}}}}]}}}}"#
            ))
        };
        assert_eq!(shown(&of_pod(&pod(""), Side::Requests, true)), ["cpu=2"]);
        let never = r#"{"type":"PodResizePending","reason":"Infeasible"}"#;
        assert_eq!(shown(&of_pod(&pod(never), Side::Requests, true)), ["cpu=1"]);
        assert_eq!(shown(&of_pod(&pod(never), Side::Requests, false)), ["cpu=2"]);
    }

    #[test]
    fn of_pod_by_status_takes_init_containers_that_end_at_their_word() {
        let pod = |policy: &str| {
            value(&format!(
                r#"{{"spec":{{"containers":[],"initContainers":[{{"name":"a"{policy},"resources":{{"requests":{{"cpu":"1"}}}}}}]}},
                "status":{{"initContainerStatuses":[{{"name":"a","resources":{{"requests":{{"cpu":"3"}}}}}}]}}}}"#
            ))
        };
        assert_eq!(shown(&of_pod(&pod(""), Side::Requests, true)), ["cpu=1"]);
        let goes_on = r#","restartPolicy":"Always""#;
        assert_eq!(shown(&of_pod(&pod(goes_on), Side::Requests, true)), ["cpu=3"]);
    }

    #[test]
    fn of_pod_with_resources_of_its_own_takes_these() {
        let pod = value(
            r#"{"spec":{"resources":{"requests":{"cpu":"3","example.com/x":"1"}},
            "containers":[{"resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]}}"#,
        );
        assert_eq!(shown(&of_pod(&pod, Side::Requests, true)), ["cpu=3", "memory=1Gi"]);
    }

    #[test]
    fn quality_of_service_follows_from_limits_and_requests() {
        let class = |resources: &str| {
            let pod = value(&format!(r#"{{"spec":{{"containers":[{{"resources":{resources}}}]}}}}"#));
            quality_of_service(&pod).to_owned()
        };
        assert_eq!(class("{}"), "BestEffort");
        assert_eq!(class(r#"{"requests":{"cpu":"0"}}"#), "BestEffort");
        assert_eq!(class(r#"{"requests":{"cpu":"1"}}"#), "Burstable");
        let both = r#"{"cpu":"1","memory":"1Gi"}"#;
        assert_eq!(class(&format!(r#"{{"requests":{both},"limits":{both}}}"#)), "Guaranteed");
        assert_eq!(
            class(&format!(r#"{{"requests":{{"cpu":"500m","memory":"1Gi"}},"limits":{both}}}"#)),
            "Burstable"
        );
    }
}
