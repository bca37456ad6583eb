//! All objects of a resource, or a page of them.

use std::rc::Rc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use kubectl_rs::api::{Map, OwnedValue, Value, json, selector::Selector};

use super::{Target, fields, form::Form, options::ListOptions, to_version};
use crate::{
    answer::{Answer, JSON},
    failure::{self, Result},
    registry::Resource,
    selector::FieldSelector,
    server::{Request, Server},
    store::{Object, Store},
    tables::Printer,
    virtual_objects,
};

/// Which objects somebody wants.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    labels: Selector,
    fields: FieldSelector,
}

impl Filter {
    /// The filter that a request's selectors make.
    ///
    /// # Errors
    /// 400 where a selector makes no sense.
    pub fn of(request: &Request, resource: &Resource) -> Result<Filter> {
        let labels = Selector::parse(request.query.text("labelSelector")).map_err(failure::bad_request)?;
        let fields = FieldSelector::parse(request.query.text("fieldSelector")).map_err(failure::bad_request)?;
        fields::check(resource, &fields).map_err(failure::bad_request)?;
        Ok(Filter { labels, fields })
    }

    /// The same filter, for one name.
    pub fn named(name: &str) -> Filter {
        Filter {
            labels: Selector::default(),
            // A name holds no characters that selectors would read otherwise.
            fields: FieldSelector::parse(&format!("metadata.name={name}")).unwrap_or_default(),
        }
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Whether it lets `object` through.
    pub fn matches(&self, resource: &Resource, object: &OwnedValue) -> bool {
        self.labels.matches_object(object) && (self.fields.is_empty() || self.fields.matches(|key| fields::text(resource, object, key)))
    }
}

/// A page of a list.
pub struct Page {
    /// The objects.
    pub objects: Vec<Rc<Object>>,
    /// The version of the list.
    pub revision: u64,
    /// Where the next page begins; empty where there is none.
    pub next: String,
    /// How many objects follow, where that is known.
    pub remaining: Option<usize>,
}

/// Answers with a list.
///
/// # Errors
/// 400 for selectors and options that make no sense, 410 for a version that is too old.
pub fn list(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let filter = Filter::of(request, &target.resource)?;
    let options = ListOptions::of(request)?;
    let cluster = server.cluster.borrow();
    let page = match virtual_objects::list(&cluster, target) {
        Some(made) => Page {
            objects: made
                .into_iter()
                .filter(|value| filter.matches(&target.resource, value))
                .map(|value| Rc::new(Object::new(value)))
                .collect(),
            revision: cluster.store.revision(),
            next: String::new(),
            remaining: None,
        },
        None => page(&cluster.store, target, &filter, &options)?,
    };
    let resource = &target.resource;
    let metadata = list_metadata(&page);
    Ok(match form {
        Form::Objects => objects(resource, metadata, &page),
        Form::Metadata => {
            let items: Vec<OwnedValue> = page
                .objects
                .iter()
                .map(|object| crate::tables::partial_metadata(&object.value))
                .collect();
            let mut value = Map::in_order();
            value.insert("kind", "PartialObjectMetadataList");
            value.insert("apiVersion", "meta.k8s.io/v1");
            value.insert("metadata", metadata);
            value.insert("items", items);
            Answer::json(200, &Value::Object(value))
        }
        Form::Table(include) => {
            let printer = Printer::new(resource, include, cluster.clock.now());
            let rows = page
                .objects
                .iter()
                .map(|object| printer.row(&to_version(resource, &object.value)))
                .collect();
            Answer::json(200, &printer.table(metadata, rows, true))
        }
    })
}

/// The items are written one after another, without a copy of them all as a value.
fn objects(resource: &Resource, metadata: OwnedValue, page: &Page) -> Answer {
    let mut head = Map::in_order();
    head.insert("kind", resource.list_kind.clone());
    head.insert("apiVersion", resource.api_version());
    head.insert("metadata", metadata);
    let mut out = Vec::with_capacity(256 + page.objects.len() * 2048);
    json::to_compact(&mut out, &Value::Object(head));
    out.pop();
    out.extend_from_slice(b",\"items\":[");
    for (at, object) in page.objects.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json::to_compact(&mut out, &to_version(resource, &object.value));
    }
    out.extend_from_slice(b"]}\n");
    Answer::bytes(200, JSON, Bytes::from(out))
}

fn list_metadata(page: &Page) -> OwnedValue {
    let mut metadata = Map::in_order();
    metadata.insert("resourceVersion", page.revision.to_string());
    if !page.next.is_empty() {
        metadata.insert("continue", page.next.clone());
    }
    if let Some(remaining) = page.remaining {
        metadata.insert("remainingItemCount", remaining as i64);
    }
    Value::Object(metadata)
}

/// The objects that a list of these options holds.
///
/// # Errors
/// 410 for a version that is too old, 400 for a token that is none.
pub fn page(store: &Store, target: &Target, filter: &Filter, options: &ListOptions) -> Result<Page> {
    let id = target.resource.collection;
    let namespace = target.listed_namespace();
    let token = match options.token.as_str() {
        "" => None,
        token => Some(Token::read(token)?),
    };
    let revision = match (&token, options.exact_version) {
        (Some(token), _) if token.revision > 0 => token.revision,
        (_, Some(exact)) => exact,
        _ => store.revision(),
    };
    let wanted = revision.max(options.not_older_than);
    if wanted > store.revision() {
        return Err(too_large(wanted, store.revision()));
    }
    let mut objects: Vec<Rc<Object>> = match store.existing(id) {
        Some(collection) if revision < store.revision() => collection.at_revision(namespace, revision).map_err(|_| {
            if token.is_some() {
                failure::expired(
                    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
                )
            } else {
                failure::expired(format!("The resourceVersion for the provided list is too old: {revision}"))
            }
        })?,
        Some(collection) => match &token {
            Some(token) => collection.list_after(namespace, &token.namespace, &token.name).cloned().collect(),
            None => collection.list(namespace).cloned().collect(),
        },
        None => Vec::new(),
    };
    if let Some(token) = &token {
        objects.retain(|object| (object.namespace(), object.name()) > (token.namespace.as_str(), token.name.as_str()));
    }
    let total = objects.len();
    let limit = options.limit.unwrap_or(usize::MAX);
    let mut kept = Vec::new();
    let mut seen = 0;
    for object in objects {
        if kept.len() == limit {
            break;
        }
        seen += 1;
        if filter.matches(&target.resource, &object.value) {
            kept.push(object);
        }
    }
    let more = seen < total;
    let next = match kept.last() {
        Some(last) if more => Token::write(revision, last),
        _ => String::new(),
    };
    Ok(Page {
        objects: kept,
        revision,
        next,
        remaining: (more && filter.is_empty()).then_some(total - seen),
    })
}

/// A version that the server has not come to yet.
pub fn too_large(wanted: u64, have: u64) -> failure::Failure {
    Box::new(kubectl_rs::api::Status {
        message: format!("Timeout: Too large resource version: {wanted}, current: {have}"),
        reason: "Timeout".to_owned(),
        code: 504,
        details: Some(kubectl_rs::api::StatusDetails {
            causes: vec![failure::cause(
                "ResourceVersionTooLarge",
                "",
                "Too large resource version".to_owned(),
            )],
            retry_after_seconds: 1,
            ..Default::default()
        }),
    })
}

/// Where the next page of a list begins, in the form that a real server gives it.
struct Token {
    revision: u64,
    namespace: String,
    name: String,
}

impl Token {
    fn write(revision: u64, last: &Object) -> String {
        let mut value = Map::in_order();
        value.insert("v", "meta.k8s.io/v1");
        value.insert("rv", i64::try_from(revision).unwrap_or(i64::MAX));
        value.insert("start", format!("{}/{}\0", last.namespace(), last.name()));
        let mut out = Vec::new();
        json::to_compact(&mut out, &Value::Object(value));
        URL_SAFE_NO_PAD.encode(out)
    }

    fn read(token: &str) -> Result<Token> {
        let wrong = || failure::bad_request("continue key is not valid: the token is none of this server's");
        let bytes = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).map_err(|_| wrong())?;
        let value = json::parse(&bytes).map_err(|_| wrong())?;
        if value.str_at(&["v"]) != "meta.k8s.io/v1" {
            return Err(wrong());
        }
        let start = value.str_at(&["start"]).trim_end_matches('\0');
        let (namespace, name) = start.split_once('/').ok_or_else(wrong)?;
        Ok(Token {
            revision: value.int_at(&["rv"]).and_then(|rv| u64::try_from(rv).ok()).unwrap_or_default(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }
}
