//! Changing what is in pods and pod templates: what the children of `set` share.

use crate::{
    api::{OwnedValue, Value, object},
    discovery::Mapping,
    error::{Error, Result},
    patch::{BuiltIn, two_way},
    resource::{Gather, Info, Objects, Query, Site},
};

use super::{
    dry_run::DryRun,
    pods::go_type,
    report::Report,
    selection::select,
    typed,
    write::{STRATEGIC_PATCH, Writer, compact},
};

/// Where an object of a kind has its pod spec.
///
/// # Errors
/// For a kind that has none.
pub fn path(object: &Value<'_>) -> Result<&'static [&'static str]> {
    let (group, _) = object::group_version(object);
    match (group, object::kind(object)) {
        ("", "Pod") => Ok(&["spec"]),
        ("", "ReplicationController")
        | ("apps" | "extensions", "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet")
        | ("batch", "Job") => Ok(&["spec", "template", "spec"]),
        ("batch", "CronJob") => Ok(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => Err(Error::message(format!(
            "the object is not a pod or does not have a pod template: {}",
            go_type(object)
        ))),
    }
}

/// The pod spec of an object.
///
/// # Errors
/// For a kind that has none.
pub fn spec(object: &mut OwnedValue) -> Result<&mut OwnedValue> {
    let path = path(object)?;
    object.object_at(path);
    object
        .at_mut(path)
        .ok_or_else(|| Error::message("the object does not have a pod spec"))
}

/// The containers of a pod spec whose names match `pattern`, in which `*` stands for any letters: the main ones, then
/// those that prepare the pod.
pub fn containers<'s>(spec: &'s mut OwnedValue, pattern: &str) -> Vec<&'s mut OwnedValue> {
    let Some(fields) = spec.as_object_mut() else { return Vec::new() };
    let (mut main, mut init) = (Vec::new(), Vec::new());
    for (name, value) in fields.iter_mut() {
        let list = match name {
            "containers" => &mut main,
            "initContainers" => &mut init,
            _ => continue,
        };
        let found = value.as_array_mut().into_iter().flatten();
        list.extend(found.filter(|container| matches(container.str_at(&["name"]), pattern)));
    }
    main.extend(init);
    main
}

/// Whether a name matches a pattern.
pub fn matches(name: &str, pattern: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return name == pattern;
    };
    let Some(mut left) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

/// The objects of a child of `set`: all of them, or none where one cannot be had.
///
/// # Errors
/// What went wrong with any of them.
pub async fn infos(query: &Query, local: bool, site: &Site<'_>) -> Result<Vec<Info>> {
    if local && !query.words.is_empty() {
        return Err(Error::message(super::selection::LOCAL_NEEDS_FILES));
    }
    let (mut infos, mut errors) = (Vec::new(), Vec::new());
    for info in select(query, Gather::typed(Objects::Latest), local, site).await?.infos {
        match info {
            Ok(info) => infos.push(info),
            Err(error) => errors.push(error),
        }
    }
    Error::collect(errors)?;
    for info in &mut infos {
        typed::complete(&mut info.object);
    }
    Ok(infos)
}

/// What is done with the objects.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whether the server is left alone.
    pub local: bool,
    /// How far the change goes.
    pub dry_run: DryRun,
    /// The name under which the server notes who changed them.
    pub field_manager: String,
    /// What is said of a changed object.
    pub done: &'static str,
    /// What is said before the server's reason where it refuses.
    pub failed: &'static str,
    /// Whether objects that do not change are dealt with all the same.
    pub unchanged: bool,
}

impl Change {
    /// Changes each object by `change`; none of it means that there was nothing to change.
    ///
    /// # Errors
    /// What went wrong with each, behind `errors`.
    pub async fn apply(
        &self,
        infos: Vec<Info>,
        site: &Site<'_>,
        report: &mut Report<'_>,
        errors: Vec<Error>,
        change: impl FnMut(&mut OwnedValue, &Mapping, &mut Vec<Error>) -> Result<bool>,
    ) -> Result<()> {
        self.go(infos, site, report, (errors, None), change).await
    }

    /// As [`Change::apply`], but where `end` says why, that is all that is said once one object has been changed.
    ///
    /// # Errors
    /// As for [`Change::apply`], and `end`.
    pub async fn apply_once(
        &self,
        infos: Vec<Info>,
        site: &Site<'_>,
        report: &mut Report<'_>,
        end: Option<&'static str>,
        change: impl FnMut(&mut OwnedValue, &Mapping, &mut Vec<Error>) -> Result<bool>,
    ) -> Result<()> {
        self.go(infos, site, report, (Vec::new(), end), change).await
    }

    async fn go(
        &self,
        infos: Vec<Info>,
        site: &Site<'_>,
        report: &mut Report<'_>,
        (mut errors, end): (Vec<Error>, Option<&'static str>),
        mut change: impl FnMut(&mut OwnedValue, &Mapping, &mut Vec<Error>) -> Result<bool>,
    ) -> Result<()> {
        // All changes are made before the first is sent.
        let mut changed = Vec::new();
        for info in infos {
            let mut after = info.object.clone();
            let patch = match change(&mut after, &info.mapping, &mut errors) {
                Ok(true) => patch(&info.object, &after),
                Ok(false) => Ok(None),
                Err(error) => Err(error),
            };
            changed.push((info, after, patch));
        }
        for (info, after, patch) in changed {
            let patch = match patch {
                Ok(patch) => patch,
                Err(error) => {
                    errors.push(Error::message(format!("error: {} {error}\n", self.name(&info))));
                    continue;
                }
            };
            if patch.is_none() && !self.unchanged {
                continue;
            }
            if self.local || self.dry_run == DryRun::Client {
                report.print(after, self.done)?;
                continue;
            }
            let writer = Writer::typed(site.client, self.dry_run, &self.field_manager);
            let body = patch.unwrap_or_else(|| b"{}".to_vec());
            match writer.patch(&info, STRATEGIC_PATCH, body).await {
                Ok(mut object) => {
                    if let Some(end) = end {
                        return Err(Error::message(end));
                    }
                    typed::complete(&mut object);
                    report.print(object, self.done)?;
                }
                Err(error) if self.failed.is_empty() => errors.push(error),
                Err(error) => errors.push(Error::message(format!("{} {error}", self.failed))),
            }
        }
        Error::collect(errors)
    }
}

impl Change {
    /// An object as errors name it. Without the server nobody knows the plural of its kind (`Info.ObjectName`, with the
    /// line break that it has there).
    fn name(&self, info: &Info) -> String {
        if !self.local {
            return info.resource_and_name();
        }
        let kind = info.mapping.kind.as_str().to_lowercase();
        match info.mapping.group.as_str() {
            "" => format!("{kind}/{}", info.name),
            group => format!("{kind}.{group}/{}\n", info.name),
        }
    }
}

/// The patch between two states of an object; none where they are the same.
///
/// # Errors
/// Lists that cannot be compared.
pub fn patch(before: &OwnedValue, after: &OwnedValue) -> Result<Option<Vec<u8>>> {
    let patch = two_way::create(before, after, BuiltIn::of(before).as_ref()).map_err(|error| Error::message(error.message))?;
    Ok(patch.as_object().is_none_or(|patch| !patch.is_empty()).then(|| compact(&patch)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::parse;

    #[test]
    fn matches_takes_stars_for_any_letters() {
        for (name, pattern, want) in [
            ("web", "*", true),
            ("web", "web", true),
            ("web", "we", false),
            ("web-1", "web*", true),
            ("my-web", "*web", true),
            ("my-web-1", "my*1", true),
            ("ab", "a*b*b", false),
            ("", "*", true),
        ] {
            assert_eq!(matches(name, pattern), want, "{name} {pattern}");
        }
    }

    #[test]
    fn spec_of_a_kind_without_pods_says_what_it_is() {
        let mut service = parse(br#"{"apiVersion":"v1","kind":"Service"}"#).unwrap().into_owned();
        assert_eq!(
            spec(&mut service).unwrap_err().to_string(),
            "the object is not a pod or does not have a pod template: *v1.Service"
        );
    }
}
