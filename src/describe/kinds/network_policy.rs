//! Network policies.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            fields::{joined, number_or_text, object, text, texts},
            metadata, selectors, times,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a network policy.
pub const NETWORK_POLICY: Describer = Describer {
    group: "networking.k8s.io",
    kind: "NetworkPolicy",
    resource: "networkpolicies",
    versions: &["v1"],
    questions: nothing,
    events: Events::None,
    describe,
};

/// One way of traffic.
struct Direction {
    kind: &'static str,
    rules: &'static str,
    /// The field of a rule that names the other side.
    peers: &'static str,
    name: &'static str,
    title: &'static str,
    other_side: &'static str,
}

const DIRECTIONS: [Direction; 2] = [
    Direction {
        kind: "Ingress",
        rules: "ingress",
        peers: "from",
        name: "ingress",
        title: "From",
        other_side: "source",
    },
    Direction {
        kind: "Egress",
        rules: "egress",
        peers: "to",
        name: "egress",
        title: "To",
        other_side: "destination",
    },
];

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let policy = facts.object;
    let empty = Value::Null;
    let spec = policy.get("spec").unwrap_or(&empty);
    metadata::name_and_namespace(w, policy);
    let created = times::plain(facts.settings, policy.at(&["metadata", "creationTimestamp"]));
    put!(w, 0, "Created on:\t{created}\n");
    metadata::labels(w, policy);
    metadata::annotations(w, policy);
    put!(w, 0, "Spec:\n");
    put!(w, 1, "PodSelector: ");
    let selector = object(spec, &["podSelector"]);
    let narrows = selector.is_some_and(|selector| {
        !selector.items_at(&["matchExpressions"]).is_empty()
            || object(selector, &["matchLabels"])
                .and_then(Value::as_object)
                .is_some_and(|labels| !labels.is_empty())
    });
    match narrows {
        true => put!(w, 2, "{}\n", selectors::shown(selector)),
        false => put!(w, 2, "<none> (Allowing the specific traffic to all pods in this namespace)\n"),
    }
    let kinds = texts(spec, &["policyTypes"]);
    for direction in &DIRECTIONS {
        if kinds.contains(&direction.kind) {
            put!(w, 1, "Allowing {} traffic:\n", direction.name);
            direction.rules(w, spec);
        } else {
            put!(w, 1, "Not affecting {} traffic\n", direction.name);
        }
    }
    put!(w, 1, "Policy Types: {}\n", joined(spec, &["policyTypes"], ", ", "<none>"));
    Ok(())
}

impl Direction {
    fn rules(&self, w: &mut Writer, spec: &Value<'_>) {
        let rules = spec.items_at(&[self.rules]);
        if rules.is_empty() {
            put!(w, 2, "<none> (Selected pods are isolated for {} connectivity)\n", self.name);
        }
        for (at, rule) in rules.iter().enumerate() {
            ports(w, rule.items_at(&["ports"]));
            let peers = rule.items_at(&[self.peers]);
            if peers.is_empty() {
                put!(w, 2, "{}: <any> (traffic not restricted by {})\n", self.title, self.other_side);
            }
            for peer in peers {
                put!(w, 2, "{}:\n", self.title);
                describe_peer(w, peer);
            }
            if at + 1 < rules.len() {
                put!(w, 2, "----------\n");
            }
        }
    }
}

fn ports(w: &mut Writer, ports: &[Value<'_>]) {
    if ports.is_empty() {
        put!(w, 2, "To Port: <any> (traffic allowed to all ports)\n");
    }
    for port in ports {
        let protocol = text(port, &["protocol"]).unwrap_or("TCP");
        let first = match port.get("port").filter(|port| !port.is_null()) {
            Some(port) => number_or_text(Some(port)),
            None => "<nil>".to_owned(),
        };
        match port.int_at(&["endPort"]) {
            None => put!(w, 2, "To Port: {first}/{protocol}\n"),
            Some(last) => put!(w, 2, "To Port Range: {first}-{last}/{protocol}\n"),
        }
    }
}

/// Writes who is on the other side.
fn describe_peer(w: &mut Writer, peer: &Value<'_>) {
    let [namespaces, pods] = ["namespaceSelector", "podSelector"].map(|field| object(peer, &[field]));
    if let Some(namespaces) = namespaces {
        put!(w, 3, "NamespaceSelector: {}\n", selectors::shown(Some(namespaces)));
    }
    if let Some(pods) = pods {
        put!(w, 3, "PodSelector: {}\n", selectors::shown(Some(pods)));
    }
    if let (None, None, Some(block)) = (namespaces, pods, object(peer, &["ipBlock"])) {
        put!(w, 3, "IPBlock:\n");
        put!(w, 4, "CIDR: {}\n", block.str_at(&["cidr"]));
        put!(w, 4, "Except: {}\n", texts(block, &["except"]).join(", "));
    }
}
