//! Rules of access as people read them: each resource and each URL on a line of its own, with all its verbs.

use crate::api::Value;

/// What may be done to what (`rbac/v1`, `PolicyRule`; `authorization/v1` has the same fields in two types).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// What may be done.
    pub verbs: Vec<String>,
    /// The groups that the resources are in; the core group is the empty text.
    pub groups: Vec<String>,
    /// Resources, some with a subresource behind a slash.
    pub resources: Vec<String>,
    /// The only names of objects that it is about; any where it is empty.
    pub names: Vec<String>,
    /// Paths that are no resources.
    pub urls: Vec<String>,
}

impl Rule {
    /// The rule that a value holds.
    pub fn from_value(value: &Value<'_>) -> Rule {
        let words = |key: &str| {
            let items = value.items_at(&[key]).iter();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Rule {
            verbs: words("verbs"),
            groups: words("apiGroups"),
            resources: words("resources"),
            names: words("resourceNames"),
            urls: words("nonResourceURLs"),
        }
    }

    /// The first resource with its group: `deployments.apps/scale`; empty for a rule of URLs.
    pub fn resource_and_group(&self) -> String {
        let Some(resource) = self.resources.first() else {
            return String::new();
        };
        let (resource, subresource) = resource.split_once('/').map_or((resource.as_str(), None), |(a, b)| (a, Some(b)));
        let mut text = resource.to_owned();
        if let Some(group) = self.groups.first().filter(|group| !group.is_empty()) {
            text.push('.');
            text.push_str(group);
        }
        if let Some(subresource) = subresource {
            text.push('/');
            text.push_str(subresource);
        }
        text
    }

    /// The rule in Go's words, by which kubectl sorts.
    fn order(&self) -> String {
        let words = |words: &[String]| words.join(" ");
        format!(
            "&PolicyRule{{Verbs:[{}],APIGroups:[{}],Resources:[{}],ResourceNames:[{}],NonResourceURLs:[{}],}}",
            words(&self.verbs),
            words(&self.groups),
            words(&self.resources),
            words(&self.names),
            words(&self.urls)
        )
    }
}

/// The same rules, one for each group, resource and name with all verbs that any rule has for it, and one for each URL
/// and verb; in kubectl's order (`rbac.BreakdownRule`, `CompactRules`, `SortableRuleSlice`).
pub fn compact(rules: impl IntoIterator<Item = Rule>) -> Vec<Rule> {
    let mut resources: Vec<Rule> = Vec::new();
    let mut urls: Vec<Rule> = Vec::new();
    for rule in rules {
        for group in &rule.groups {
            for resource in &rule.resources {
                let names: Vec<&[String]> = match rule.names.as_slice() {
                    [] => vec![&[]],
                    names => names.chunks(1).collect(),
                };
                for name in names {
                    let same = |have: &&mut Rule| have.groups[0] == *group && have.resources[0] == *resource && have.names == name;
                    match resources.iter_mut().find(same) {
                        Some(have) => {
                            let news = rule.verbs.iter().filter(|verb| !have.verbs.contains(verb)).cloned();
                            let news: Vec<String> = news.collect();
                            have.verbs.extend(news);
                        }
                        None => resources.push(Rule {
                            verbs: once(&rule.verbs),
                            groups: vec![group.clone()],
                            resources: vec![resource.clone()],
                            names: name.to_vec(),
                            urls: Vec::new(),
                        }),
                    }
                }
            }
        }
        for url in &rule.urls {
            for verb in &rule.verbs {
                urls.push(Rule {
                    verbs: vec![verb.clone()],
                    urls: vec![url.clone()],
                    ..Rule::default()
                });
            }
        }
    }
    // A rule without verbs comes apart into nothing.
    urls.extend(resources.into_iter().filter(|rule| !rule.verbs.is_empty()));
    urls.sort_by_cached_key(Rule::order);
    urls
}

/// The words without repetitions.
fn once(words: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for word in words {
        if !once.contains(word) {
            once.push(word.clone());
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn compact_gathers_the_verbs_of_a_resource_from_all_rules() {
        let rules = json::parse(
            br#"[{"verbs":["get","list"],"apiGroups":["apps",""],"resources":["pods/log","pods"]},
                 {"verbs":["list","watch"],"apiGroups":[""],"resources":["pods"]},
                 {"verbs":["patch"],"apiGroups":["apps"],"resources":["deployments"],"resourceNames":["b","a"]},
                 {"verbs":["get","put"],"nonResourceURLs":["/b","/a"]},{"verbs":[],"apiGroups":[""],"resources":["x"]}]"#,
        )
        .unwrap();
        let lines: Vec<String> = compact(rules.as_array().unwrap().iter().map(Rule::from_value))
            .iter()
            .map(|rule| {
                let urls = rule.urls.join(" ");
                format!(
                    "{}{urls} {} {}",
                    rule.resource_and_group(),
                    rule.names.join(" "),
                    rule.verbs.join(",")
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "pods  get,list,watch",
                "pods/log  get,list",
                "pods.apps/log  get,list",
                "pods.apps  get,list",
                "/a  get",
                "/b  get",
                "deployments.apps a patch",
                "deployments.apps b patch",
                "/a  put",
                "/b  put",
            ]
        );
    }
}
