//! Roles of namespaces and of the cluster.

use std::collections::BTreeMap;

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            fields::{bracketed, texts},
            metadata,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// A describer of roles.
const fn of(kind: &'static str, resource: &'static str) -> Describer {
    Describer {
        group: "rbac.authorization.k8s.io",
        kind,
        resource,
        versions: &["v1"],
        questions: nothing,
        events: Events::None,
        describe,
    }
}

/// Describes a role of a namespace.
pub const ROLE: Describer = of("Role", "roles");

/// Describes a role of the cluster.
pub const CLUSTER_ROLE: Describer = of("ClusterRole", "clusterroles");

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    metadata::name(w, facts.object);
    metadata::labels(w, facts.object);
    metadata::annotations(w, facts.object);
    put!(w, 0, "PolicyRule:\n");
    put!(w, 1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
    put!(w, 1, "---------\t-----------------\t--------------\t-----\n");
    let rules = rules(facts.object.items_at(&["rules"]));
    let mut rules: Vec<(String, &Rule<'_>)> = rules.iter().map(|rule| (rule.in_full(), rule)).collect();
    rules.sort_by(|a, b| a.0.cmp(&b.0));
    for (_, rule) in rules {
        let names = |name: Option<&str>| bracketed(&Vec::from_iter(name));
        let (resource, urls, resource_names) = (rule.resource(), names(rule.url), names(rule.name));
        put!(w, 1, "{resource}\t{urls}\t{resource_names}\t{}\n", bracketed(&rule.verbs));
    }
    Ok(())
}

/// What may be done with one resource, one object of it, or one URL.
#[derive(Debug)]
struct Rule<'v> {
    group_and_resource: Option<(&'v str, &'v str)>,
    name: Option<&'v str>,
    url: Option<&'v str>,
    verbs: Vec<&'v str>,
}

/// The rules taken apart, and put together again by what they are about. Those about URLs stay apart, verb by verb.
fn rules<'v>(rules: &'v [Value<'_>]) -> Vec<Rule<'v>> {
    let mut of_urls = Vec::new();
    let mut of_resources: BTreeMap<(&str, &str, Option<&str>), Vec<&str>> = BTreeMap::new();
    for rule in rules {
        let [groups, resources, verbs, names, urls] =
            ["apiGroups", "resources", "verbs", "resourceNames", "nonResourceURLs"].map(|field| texts(rule, &[field]));
        let names: Vec<Option<&str>> = match names.as_slice() {
            [] => vec![None],
            names => names.iter().copied().map(Some).collect(),
        };
        for group in &groups {
            for resource in &resources {
                for verb in &verbs {
                    for name in &names {
                        let known = of_resources.entry((group, resource, *name)).or_default();
                        if !known.contains(verb) {
                            known.push(verb);
                        }
                    }
                }
            }
        }
        for url in &urls {
            of_urls.extend(verbs.iter().map(|verb| Rule {
                group_and_resource: None,
                name: None,
                url: Some(url),
                verbs: vec![*verb],
            }));
        }
    }
    let of_resources = of_resources.into_iter().map(|((group, resource, name), verbs)| Rule {
        group_and_resource: Some((group, resource)),
        name,
        url: None,
        verbs,
    });
    of_urls.extend(of_resources);
    of_urls
}

impl Rule<'_> {
    /// The rule as Go prints it, which is what rules are sorted by.
    fn in_full(&self) -> String {
        let list = |text: Option<&str>| bracketed(&Vec::from_iter(text));
        let (group, resource) = self.group_and_resource.unzip();
        format!(
            "&PolicyRule{{Verbs:{},APIGroups:{},Resources:{},ResourceNames:{},NonResourceURLs:{},}}",
            bracketed(&self.verbs),
            list(group),
            list(resource),
            list(self.name),
            list(self.url)
        )
    }

    /// The resource with its group: `deployments.apps/scale`.
    fn resource(&self) -> String {
        let Some((group, resource)) = self.group_and_resource else {
            return String::new();
        };
        let (resource, part) = match resource.split_once('/') {
            Some((resource, part)) => (resource, format!("/{part}")),
            None => (resource, String::new()),
        };
        let dot = if group.is_empty() { "" } else { "." };
        format!("{resource}{dot}{group}{part}")
    }
}
