//! Types of objects and the names of objects, as the server has them.
//!
//! Whatever goes wrong on the way, there is then nothing to offer: a shell has no place for messages.

use futures_util::future;

use super::{directive, matching};
use crate::{
    api::{
        Value,
        json::{ListSplitter, Progress, SyntaxError, read::Parser},
    },
    args::Unfinished,
    client::Request,
    context::Context,
    discovery::{Mapping, group_resource},
    error::Result,
    resource::path,
};

/// Names are all that is wanted, and a server that can leaves the rest of its objects out.
const ACCEPT: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// How many objects a page of a list holds.
const PAGE: &str = "500";

/// What a type, a name or `type/name` may become.
pub(super) async fn complete(line: &Unfinished, types: &[&str], several: bool, context: &Context) -> (Vec<String>, u64) {
    let (args, word) = (&line.args[..], line.word.as_str());
    let candidates = match (args, word.split_once('/')) {
        // Behind a type come names.
        ([kind, names @ ..], _) if !kind.contains('/') => {
            if !several && !names.is_empty() {
                return (Vec::new(), directive::NO_FILES);
            }
            without(self::names(context, None, kind, word).await, names)
        }
        ([], None) => offered_types(types, word, context).await,
        ([_, ..], _) if !several => Vec::new(),
        (_, None) => {
            let types = offered_types(types, word, context).await;
            let candidates = types.into_iter().map(|kind| format!("{kind}/")).collect();
            return (candidates, directive::NO_FILES | directive::NO_SPACE);
        }
        (_, Some((kind, name))) => without(paths(context, kind, name).await, args),
    };
    (candidates, directive::NO_FILES)
}

fn without(mut candidates: Vec<String>, taken: &[String]) -> Vec<String> {
    candidates.retain(|candidate| !taken.contains(candidate));
    candidates
}

/// The types that begin as `word` does: those that a command takes, or where it takes all, those that the server has.
async fn offered_types(types: &[&str], word: &str, context: &Context) -> Vec<String> {
    if types.is_empty() {
        return self::types(context, word).await;
    }
    matching(types, word)
}

/// The types that the server has and that begin with the last of the types in `word`, behind the others: of `pods,dep` comes
/// `pods,deployments.apps`.
async fn types(context: &Context, word: &str) -> Vec<String> {
    let resources = match context.discovery() {
        Ok(discovery) => discovery.all().await,
        Err(error) => Err(error),
    };
    let Ok(resources) = resources else { return Vec::new() };
    let start = word.rfind(',').map_or(0, |comma| comma + 1);
    let (before, prefix) = word.split_at(start);
    let mut preferred = resources.preferred();
    preferred.retain(|resource| resource.verbs.contains("get"));
    preferred.sort_by(|a, b| a.group.cmp(&b.group).then_with(|| a.name.cmp(&b.name)));
    let names = preferred
        .into_iter()
        .map(|resource| group_resource(&resource.group, &resource.name));
    names
        .filter(|name| name.starts_with(prefix))
        .map(|name| format!("{before}{name}"))
        .collect()
}

/// The objects of a type whose names begin with `prefix`, as `type/name`.
pub(super) async fn paths(context: &Context, kind: &str, prefix: &str) -> Vec<String> {
    let names = names(context, None, kind, prefix).await;
    names.into_iter().map(|name| format!("{kind}/{name}")).collect()
}

/// The names that begin with `prefix` of the objects of some types (`pods,svc`), in a namespace or else in the line's own.
pub(super) async fn names(context: &Context, namespace: Option<&str>, types: &str, prefix: &str) -> Vec<String> {
    let mut names = asked(context, namespace, types).await.unwrap_or_default();
    names.retain(|name| name.starts_with(prefix));
    names
}

async fn asked(context: &Context, namespace: Option<&str>, types: &str) -> Result<Vec<String>> {
    let namespace = match namespace {
        Some(namespace) => namespace.to_owned(),
        None => context.namespace()?.name,
    };
    let discovery = context.discovery()?;
    let mut mappings = Vec::new();
    for kind in discovery.expand_categories(types).await.split(',') {
        mappings.push(discovery.resolve(kind).await?);
    }
    let lists = mappings.into_iter().map(|mapping| listed(context, &namespace, mapping));
    Ok(future::join_all(lists).await.into_iter().filter_map(Result::ok).flatten().collect())
}

/// The names of all objects of a resource, in the server's order.
async fn listed(context: &Context, namespace: &str, mut mapping: Mapping) -> Result<Vec<String>> {
    let client = context.client()?;
    let (mut names, mut more) = (Vec::new(), String::new());
    loop {
        let path = path::with_query(path::of(&mapping, namespace, "", ""), &[("limit", PAGE), ("continue", &more)]);
        let mut response = match client.send(Request::get(path).accept(ACCEPT)).await {
            Ok(response) => response,
            Err(error) => {
                mapping = context.discovery()?.reconsider(&mapping, error).await?;
                continue;
            }
        };
        let mut splitter = ListSplitter::new(&["items"]);
        loop {
            match splitter.advance()? {
                Progress::Item => names.extend(splitter.item().map(|item| name(item.bytes)).transpose()?),
                Progress::More => match response.chunk().await? {
                    Some(chunk) => splitter.push(&chunk),
                    None => splitter.finish(),
                },
                Progress::End => break,
            }
        }
        more = Value::from(splitter).str_at(&["metadata", "continue"]).to_owned();
        if more.is_empty() {
            return Ok(names);
        }
    }
}

/// An object's name. What stands before it is passed over, what stands behind it is not looked at.
fn name(object: &[u8]) -> std::result::Result<String, SyntaxError> {
    let mut parser = Parser::new(object);
    for wanted in ["metadata", "name"] {
        let mut fields = parser.object()?;
        loop {
            match fields.next_key(&mut parser)? {
                Some(key) if key == wanted => break,
                Some(_) => {
                    parser.skip()?;
                }
                None => return Ok(String::new()),
            }
        }
    }
    Ok(parser.string()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_an_object_is_found_among_other_fields() {
        let text = br#"{"spec":{"name":"no","x":["}"]},"metadata":{"labels":{"name":"no"},"name":"web-1"},"status":}"#;
        assert_eq!(name(text).unwrap(), "web-1");
    }

    #[test]
    fn name_of_an_object_without_one_is_empty() {
        assert_eq!(name(br#"{"metadata":{}}"#).unwrap(), "");
        assert_eq!(name(b"{}").unwrap(), "");
    }

    #[test]
    fn name_of_what_is_no_object_fails() {
        for text in ["", "[]", "{\"metadata\":", "{\"metadata\":{\"name\":7}}", "{\"metadata\":[]}"] {
            assert!(name(text.as_bytes()).is_err(), "{text}");
        }
    }
}
