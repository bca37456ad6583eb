//! Rules of access: as people read them, each resource and each URL on a line of its own with all its verbs; and whether
//! some rules allow what others do (`rbac/validation`).

use std::fmt;

use crate::api::{Map, OwnedValue, Value};

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

    /// The rule as a value, in the order of Go's struct.
    pub fn to_value(&self) -> OwnedValue {
        let words = |words: &[String]| Value::Array(words.iter().cloned().map(Value::from).collect());
        let mut fields = Map::in_order();
        fields.insert("verbs", words(&self.verbs));
        for (key, list) in [
            ("apiGroups", &self.groups),
            ("resources", &self.resources),
            ("resourceNames", &self.names),
            ("nonResourceURLs", &self.urls),
        ] {
            if !list.is_empty() {
                fields.insert(key, words(list));
            }
        }
        Value::Object(fields)
    }

    /// The same as rules of one verb, one resource and one name each, and one verb and one URL each.
    fn parts(&self) -> Vec<Rule> {
        let one = |word: &String| vec![word.clone()];
        let names: Vec<&[String]> = match self.names.as_slice() {
            [] => vec![&[]],
            names => names.chunks(1).collect(),
        };
        let mut parts = Vec::new();
        for group in &self.groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    parts.extend(names.iter().map(|name| Rule {
                        verbs: one(verb),
                        groups: one(group),
                        resources: one(resource),
                        names: name.to_vec(),
                        urls: Vec::new(),
                    }));
                }
            }
        }
        for url in &self.urls {
            parts.extend(self.verbs.iter().map(|verb| Rule {
                verbs: one(verb),
                urls: one(url),
                ..Rule::default()
            }));
        }
        parts
    }

    /// Whether the rule allows all that a part of a rule does.
    fn covers(&self, part: &Rule) -> bool {
        let has = |words: &[String], word: &str| words.iter().any(|have| have == word);
        let all = |words: &[String], wanted: &[String]| has(words, "*") || wanted.iter().all(|word| has(words, word));
        let resource = |wanted: &String| {
            // `*/scale` is that part of any resource.
            let of_any = wanted.split_once('/').map(|(_, part)| format!("*/{part}"));
            has(&self.resources, wanted) || of_any.is_some_and(|of_any| has(&self.resources, &of_any))
        };
        let url = |wanted: &String| {
            self.urls.iter().any(|have| {
                let begins = have.ends_with('*') && wanted.starts_with(have.trim_end_matches('*'));
                have == wanted || begins
            })
        };
        all(&self.verbs, &part.verbs)
            && all(&self.groups, &part.groups)
            && (has(&self.resources, "*") || part.resources.iter().all(resource))
            && part.urls.iter().all(url)
            && (self.names.is_empty() || (!part.names.is_empty() && part.names.iter().all(|name| has(&self.names, name))))
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

/// The rule as Go prints a struct (`%+v`).
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |words: &[String]| words.join(" ");
        write!(
            f,
            "{{Verbs:[{}] APIGroups:[{}] Resources:[{}] ResourceNames:[{}] NonResourceURLs:[{}]}}",
            words(&self.verbs),
            words(&self.groups),
            words(&self.resources),
            words(&self.names),
            words(&self.urls)
        )
    }
}

/// What `wanted` allows and `rules` do not, in rules of one verb each (`validation.Covers`).
pub fn uncovered(rules: &[Rule], wanted: &[Rule]) -> Vec<Rule> {
    let parts = wanted.iter().flat_map(Rule::parts);
    parts.filter(|part| !rules.iter().any(|rule| rule.covers(part))).collect()
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

    #[test]
    fn uncovered_comes_apart_into_what_no_rule_allows() {
        let rules = |text: &str| -> Vec<Rule> {
            let value = json::parse(text.as_bytes()).unwrap();
            value.as_array().unwrap().iter().map(Rule::from_value).collect()
        };
        let have = rules(
            r#"[{"verbs":["get","list"],"apiGroups":[""],"resources":["pods","*/scale"]},
                {"verbs":["*"],"apiGroups":["*"],"resources":["*"],"resourceNames":["mine"]},
                {"verbs":["get"],"nonResourceURLs":["/logs/*","/healthz"]}]"#,
        );
        for (wanted, missing) in [
            (r#"{"verbs":["get"],"apiGroups":[""],"resources":["pods","things/scale"]}"#, &[][..]),
            (
                r#"{"verbs":["eat"],"apiGroups":["x"],"resources":["y/z"],"resourceNames":["mine"]}"#,
                &[],
            ),
            (r#"{"verbs":["get"],"nonResourceURLs":["/logs/a","/healthz"]}"#, &[]),
            (
                r#"{"verbs":["get","watch"],"apiGroups":["","apps"],"resources":["pods"],"resourceNames":["mine","yours"]}"#,
                &[
                    "{Verbs:[watch] APIGroups:[] Resources:[pods] ResourceNames:[yours] NonResourceURLs:[]}",
                    "{Verbs:[get] APIGroups:[apps] Resources:[pods] ResourceNames:[yours] NonResourceURLs:[]}",
                    "{Verbs:[watch] APIGroups:[apps] Resources:[pods] ResourceNames:[yours] NonResourceURLs:[]}",
                ],
            ),
            (
                r#"{"verbs":["get"],"nonResourceURLs":["/log"]}"#,
                &["{Verbs:[get] APIGroups:[] Resources:[] ResourceNames:[] NonResourceURLs:[/log]}"],
            ),
        ] {
            let parts: Vec<String> = uncovered(&have, &rules(&format!("[{wanted}]")))
                .iter()
                .map(Rule::to_string)
                .collect();
            assert_eq!(parts, missing, "{wanted}");
        }
    }

    #[test]
    fn to_value_leaves_out_what_is_empty_but_verbs() {
        let rule = Rule {
            groups: vec![String::new()],
            ..Rule::default()
        };
        let mut text = Vec::new();
        json::to_compact(&mut text, &rule.to_value());
        assert_eq!(String::from_utf8(text).unwrap(), r#"{"verbs":[],"apiGroups":[""]}"#);
    }
}
