//! Which objects a command that changes them is about: from its words, files and selectors to a list.

use crate::{
    api::{Value, object},
    args::Parsed,
    discovery::{Mapping, Source, mapper},
    error::{Error, Result},
    resource::{FileSet, Gather, Info, Query, Site, documents, plan::NOTHING_NAMED},
};

/// The flags of `parsed` that choose objects, with these words behind the verb. Flags that the command does not have
/// count as not given.
pub fn query(parsed: &Parsed, words: Vec<String>, namespace: (String, bool)) -> Query {
    let has = |name: &str| parsed.command().own_flags().any(|flag| flag.name == name);
    let text = |name: &str| {
        Some(name)
            .filter(|name| has(name))
            .map(|name| parsed.string(name))
            .filter(|text| !text.is_empty())
    };
    let (namespace, explicit) = namespace;
    let all_namespaces = has("all-namespaces") && parsed.bool("all-namespaces");
    Query {
        words,
        files: FileSet {
            filenames: if has("filename") {
                parsed.strings("filename").to_vec()
            } else {
                Vec::new()
            },
            kustomize: text("kustomize").map(str::to_owned),
            recursive: has("recursive") && parsed.bool("recursive"),
        },
        namespace,
        enforce_namespace: explicit && !all_namespaces,
        all_namespaces,
        labels: text("selector").map(str::to_owned),
        fields: text("field-selector").map(str::to_owned),
        type_means_all: has("all") && parsed.bool("all"),
        ..Query::default()
    }
}

/// The objects, and whether the person named exactly one.
#[derive(Debug)]
pub struct Selection {
    /// The objects and what went wrong with single ones, in order.
    pub infos: Vec<Result<Info>>,
    /// Whether one single object was named.
    pub single: bool,
}

/// Finds the objects: from the server, or with `local` only in the files.
///
/// # Errors
/// Where nothing could be begun at all.
pub async fn select(query: &Query, gather: Gather, local: bool, site: &Site<'_>) -> Result<Selection> {
    if local {
        let sources = query.files.expand(site.directory)?;
        if sources.places.is_empty() {
            return Err(Error::message(NOTHING_NAMED));
        }
        let mut infos = Vec::new();
        for place in &sources.places {
            for document in documents::read_local(place, site).await? {
                infos.push(document.map(|object| Info {
                    mapping: assumed(&object),
                    namespace: object::namespace(&object).to_owned(),
                    name: object::name(&object).to_owned(),
                    object,
                    source: place.name(),
                }));
            }
        }
        return Ok(Selection {
            infos,
            single: sources.single,
        });
    }
    let plan = query.plan(site).await?;
    let single = plan.single;
    Ok(Selection {
        infos: gather.all(plan, query, site).await?,
        single,
    })
}

/// What is said where `--local` is to work on objects that words name (kubectl's `LocalResourceError`).
pub const LOCAL_NEEDS_FILES: &str = "error: you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

/// The type of an object that no server was asked about.
fn assumed(object: &Value<'_>) -> Mapping {
    let (group, version) = object::group_version(object);
    let kind = object::kind(object);
    Mapping {
        resource: mapper::guess(kind).0.as_str().into(),
        kind: kind.into(),
        group: group.into(),
        version: version.into(),
        namespaced: true,
        source: Source::Kind,
    }
}
