//! What a describer wants to know of the server besides the object: as values, so that asking and telling stay apart.

use crate::{api::Value, client::request::escape_query};

/// A question to the server: one object or a list. It is also the name under which its answer is found: two are equal
/// where they ask for the same, whatever a refusal means.
#[derive(Debug, Clone)]
pub struct Question {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// The resource, in the plural.
    pub resource: &'static str,
    /// The namespace; empty for all of them, and for what lives in none.
    pub namespace: String,
    /// The one object; a list is wanted where it is empty.
    pub name: String,
    /// The label selector of a list; may be empty.
    pub labels: String,
    /// The field selector of a list; may be empty.
    pub fields: String,
    /// Whether a list is asked for in pieces.
    pub in_chunks: bool,
    /// What happens where the server refuses.
    pub refusal: Refusal,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        let kind = |of: &Self| (of.group, of.version, of.resource, of.in_chunks);
        kind(self) == kind(other)
            && self.namespace == other.namespace
            && self.name == other.name
            && self.labels == other.labels
            && self.fields == other.fields
    }
}

/// What a refused question means for the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The description tells of it, or leaves something out.
    Told,
    /// There is no description.
    Fatal,
    /// There is no description, unless this is the reason.
    FatalUnless(&'static str),
}

impl Question {
    /// A list of all in a namespace.
    pub fn list(group: &'static str, version: &'static str, resource: &'static str, namespace: &str) -> Self {
        Question {
            group,
            version,
            resource,
            namespace: namespace.to_owned(),
            name: String::new(),
            labels: String::new(),
            fields: String::new(),
            in_chunks: true,
            refusal: Refusal::Told,
        }
    }

    /// One object.
    pub fn one(group: &'static str, version: &'static str, resource: &'static str, namespace: &str, name: &str) -> Self {
        Question {
            name: name.to_owned(),
            in_chunks: false,
            ..Question::list(group, version, resource, namespace)
        }
    }

    /// A list narrowed by labels.
    pub fn with_labels(mut self, labels: impl Into<String>) -> Self {
        self.labels = labels.into();
        self
    }

    /// A list narrowed by fields.
    pub fn with_fields(mut self, fields: impl Into<String>) -> Self {
        self.fields = fields.into();
        self
    }

    /// A list that comes in one piece.
    pub fn whole(mut self) -> Self {
        self.in_chunks = false;
        self
    }

    /// The same question, without whose answer there is no description.
    pub fn required(mut self) -> Self {
        self.refusal = Refusal::Fatal;
        self
    }

    /// The same question, without whose answer there is no description unless `reason` is why it is refused.
    pub fn required_unless(mut self, reason: &'static str) -> Self {
        self.refusal = Refusal::FatalUnless(reason);
        self
    }

    /// The pods of a namespace.
    pub fn pods(namespace: &str) -> Self {
        Question::list("", "v1", "pods", namespace)
    }

    /// The endpoint slices of a service.
    pub fn endpoint_slices(namespace: &str, service: &str) -> Self {
        Question::list("discovery.k8s.io", "v1", "endpointslices", namespace)
            .with_labels(format!("kubernetes.io/service-name={service}"))
            .whole()
    }

    /// The events about an object, narrowed by its kind and unique identifier where they are given.
    pub fn events(namespace: &str, name: &str, kind: &str, uid: &str) -> Self {
        let mut fields = String::new();
        let terms = [
            ("kind", kind, false),
            ("name", name, true),
            ("namespace", namespace, true),
            ("uid", uid, false),
        ];
        for (field, value, always) in terms {
            if always || !value.is_empty() {
                if !fields.is_empty() {
                    fields.push(',');
                }
                fields.push_str("involvedObject.");
                fields.push_str(field);
                fields.push('=');
                fields.push_str(&escape_field(value));
            }
        }
        Question::list("", "v1", "events", namespace).with_fields(fields)
    }

    /// The events about `object`, whose kind is `kind`.
    pub fn events_of(object: &Value<'_>, kind: &str) -> Self {
        let of = |field| object.str_at(&["metadata", field]);
        Question::events(of("namespace"), of("name"), kind, of("uid"))
    }

    /// The path and query to ask at, with at most `limit` objects (0: no limit) from where `next` points to.
    pub fn path(&self, limit: i64, next: &str) -> String {
        let mut path = match self.group {
            "" => format!("/api/{}", self.version),
            group => format!("/apis/{group}/{}", self.version),
        };
        if !self.namespace.is_empty() {
            path.push_str("/namespaces/");
            path.push_str(&self.namespace);
        }
        path.push('/');
        path.push_str(self.resource);
        if !self.name.is_empty() {
            path.push('/');
            path.push_str(&self.name);
            return path;
        }
        let limit = if self.in_chunks && limit > 0 {
            limit.to_string()
        } else {
            String::new()
        };
        let mut separator = '?';
        for (key, value) in [
            ("continue", next),
            ("fieldSelector", &self.fields),
            ("labelSelector", &self.labels),
            ("limit", &limit),
        ] {
            if !value.is_empty() {
                path.push(separator);
                path.push_str(key);
                path.push('=');
                escape_query(&mut path, value);
                separator = '&';
            }
        }
        path
    }
}

/// A field selector's value with what would end it escaped (`fields.EscapeValue`).
pub fn escape_field(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, '\\' | ',' | '=') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_of_events_names_the_object_in_a_field_selector() {
        let question = Question::events("shop", "web", "Deployment", "u-1");
        assert_eq!(
            question.path(500, ""),
            "/api/v1/namespaces/shop/events?fieldSelector=involvedObject.kind%3DDeployment%2CinvolvedObject.name%3Dweb\
             %2CinvolvedObject.namespace%3Dshop%2CinvolvedObject.uid%3Du-1&limit=500"
        );
    }

    #[test]
    fn path_of_a_list_without_limit_and_of_one_object_has_no_limit() {
        let slices = Question::endpoint_slices("shop", "web");
        assert_eq!(
            slices.path(500, ""),
            "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3Dweb"
        );
        assert_eq!(
            Question::one("", "v1", "services", "shop", "web").path(500, ""),
            "/api/v1/namespaces/shop/services/web"
        );
        assert_eq!(Question::pods("").path(0, "x/y"), "/api/v1/pods?continue=x%2Fy");
    }

    #[test]
    fn escape_field_guards_what_ends_a_value() {
        assert_eq!(escape_field(r"a,b=c\d"), r"a\,b\=c\\d");
    }
}
