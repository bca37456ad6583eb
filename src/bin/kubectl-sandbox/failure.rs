//! How the server says no: the Status objects of a real server, text for text
//! (`k8s.io/apimachinery/pkg/api/errors`).

use kubectl_rs::api::{Map, OwnedValue, Status, StatusCause, StatusDetails, Value, quote};

use crate::registry::Resource;

/// A request that failed.
pub type Failure = Box<Status>;

/// What a request ends with.
pub type Result<T> = std::result::Result<T, Failure>;

/// The object's fields at fault, each with what is wrong with it.
pub type Causes = Vec<StatusCause>;

fn failure(code: u16, reason: &str, message: String) -> Failure {
    Box::new(Status {
        message,
        reason: reason.to_owned(),
        code,
        details: None,
    })
}

fn about(mut failure: Failure, resource: &Resource, name: &str) -> Failure {
    failure.details = Some(StatusDetails {
        name: name.to_owned(),
        group: resource.group.clone(),
        kind: resource.plural.clone(),
        ..StatusDetails::default()
    });
    failure
}

/// There is no such object.
pub fn not_found(resource: &Resource, name: &str) -> Failure {
    let message = format!("{} {} not found", resource.qualified(), quote(name));
    about(failure(404, "NotFound", message), resource, name)
}

/// There is no such place.
pub fn no_such_path() -> Failure {
    let mut failure = failure(404, "NotFound", "the server could not find the requested resource".to_owned());
    failure.details = Some(StatusDetails::default());
    failure
}

/// There is one already.
pub fn already_exists(resource: &Resource, name: &str) -> Failure {
    let message = format!("{} {} already exists", resource.qualified(), quote(name));
    about(failure(409, "AlreadyExists", message), resource, name)
}

/// The object changed in the meantime.
pub fn modified(resource: &Resource, name: &str) -> Failure {
    conflict(
        resource,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
    )
}

/// Something about the object's state forbids the request.
pub fn conflict(resource: &Resource, name: &str, why: &str) -> Failure {
    let message = format!("Operation cannot be fulfilled on {} {}: {why}", resource.qualified(), quote(name));
    about(failure(409, "Conflict", message), resource, name)
}

/// Fields that other managers own.
pub fn apply_conflict(message: String, causes: Causes) -> Failure {
    let mut failure = failure(409, "Conflict", message);
    failure.details = Some(StatusDetails {
        causes,
        ..StatusDetails::default()
    });
    failure
}

/// The request makes no sense.
pub fn bad_request(message: impl Into<String>) -> Failure {
    failure(400, "BadRequest", message.into())
}

/// The user may not.
pub fn forbidden(resource: &Resource, name: &str, why: &str) -> Failure {
    let message = if name.is_empty() {
        format!("{} is forbidden: {why}", resource.qualified())
    } else {
        format!("{} {} is forbidden: {why}", resource.qualified(), quote(name))
    };
    about(failure(403, "Forbidden", message), resource, name)
}

/// Nobody knows the user.
pub fn unauthorized() -> Failure {
    failure(401, "Unauthorized", "Unauthorized".to_owned())
}

/// The resource exists, but not this verb.
pub fn method_not_allowed() -> Failure {
    let mut failure = failure(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource".to_owned(),
    );
    failure.details = Some(StatusDetails::default());
    failure
}

/// The version that was asked for is too old.
pub fn expired(message: impl Into<String>) -> Failure {
    failure(410, "Expired", message.into())
}

/// The body has more than `limit` bytes.
pub fn too_large(limit: usize) -> Failure {
    failure(413, "RequestEntityTooLarge", format!("Request entity too large: limit is {limit}"))
}

/// The client took too long.
pub fn timeout(message: &str) -> Failure {
    failure(408, "Timeout", message.to_owned())
}

/// The body is in a form that the server does not read.
pub fn unsupported_media_type(message: impl Into<String>) -> Failure {
    failure(415, "UnsupportedMediaType", message.into())
}

/// Too much at the moment: try again in `seconds`.
pub fn too_many_requests(message: &str, causes: Causes, seconds: i64) -> Failure {
    let mut failure = failure(429, "TooManyRequests", message.to_owned());
    failure.details = Some(StatusDetails {
        causes,
        retry_after_seconds: seconds,
        ..StatusDetails::default()
    });
    failure
}

/// A failure that a real server does not sort, and answers as its own.
pub fn internal_as_said(message: String) -> Failure {
    failure(500, "", message)
}

/// The sandbox itself is at fault.
pub fn internal(message: impl Into<String>) -> Failure {
    failure(500, "InternalError", format!("Internal error occurred: {}", message.into()))
}

/// What the sandbox does not simulate.
pub fn not_simulated(what: &str) -> Failure {
    failure(501, "NotImplemented", format!("the sandbox does not simulate {what}"))
}

/// The object is wrong in one or several fields.
pub fn invalid(resource: &Resource, name: &str, causes: Causes) -> Failure {
    let mut sentences: Vec<String> = Vec::new();
    for cause in &causes {
        let sentence = match cause.field.as_str() {
            "" => cause.message.clone(),
            field => format!("{field}: {}", cause.message),
        };
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let all = match sentences.as_slice() {
        [only] => only.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let mut failure = failure(
        422,
        "Invalid",
        format!("{} {} is invalid: {all}", resource.qualified_kind(), quote(name)),
    );
    failure.details = Some(StatusDetails {
        name: name.to_owned(),
        group: resource.group.clone(),
        kind: resource.kind.clone(),
        causes,
        retry_after_seconds: 0,
    });
    failure
}

/// A field must have a value.
pub fn required(field: impl Into<String>, detail: &str) -> StatusCause {
    let message = match detail {
        "" => "Required value".to_owned(),
        detail => format!("Required value: {detail}"),
    };
    cause("FieldValueRequired", field, message)
}

/// A field has a wrong value.
pub fn wrong(field: impl Into<String>, value: &Value<'_>, detail: &str) -> StatusCause {
    cause("FieldValueInvalid", field, format!("Invalid value: {}: {detail}", shown(value)))
}

/// A field has a value that is none of those that it may have.
pub fn unsupported(field: impl Into<String>, value: &Value<'_>, supported: &[&str]) -> StatusCause {
    let list: Vec<String> = supported.iter().map(|word| quote(word)).collect();
    cause(
        "FieldValueNotSupported",
        field,
        format!("Unsupported value: {}: supported values: {}", shown(value), list.join(", ")),
    )
}

/// Two elements have the same key.
pub fn duplicate(field: impl Into<String>, value: &Value<'_>) -> StatusCause {
    cause("FieldValueDuplicate", field, format!("Duplicate value: {}", shown(value)))
}

/// What a field refers to is not there.
pub fn missing(field: impl Into<String>, value: &Value<'_>) -> StatusCause {
    cause("FieldValueNotFound", field, format!("Not found: {}", shown(value)))
}

/// A field may not have this value.
pub fn not_allowed(field: impl Into<String>, detail: &str) -> StatusCause {
    cause("FieldValueForbidden", field, format!("Forbidden: {detail}"))
}

/// A field has too many elements.
pub fn too_many(field: impl Into<String>, count: usize, limit: usize) -> StatusCause {
    cause(
        "FieldValueTooMany",
        field,
        format!("Too many: {count}: must have at most {limit} items"),
    )
}

/// A field has too long a value.
pub fn too_long(field: impl Into<String>, limit: usize) -> StatusCause {
    cause("FieldValueTooLong", field, format!("Too long: may not be more than {limit} bytes"))
}

/// One fault in the server's words.
pub fn cause(reason: &str, field: impl Into<String>, message: String) -> StatusCause {
    StatusCause {
        reason: reason.to_owned(),
        message,
        field: field.into(),
    }
}

/// A value as messages show it: text in Go's quotes, all else as JSON.
fn shown(value: &Value<'_>) -> String {
    match value {
        Value::String(text) => quote(text),
        other => {
            let mut out = Vec::new();
            kubectl_rs::api::json::to_compact(&mut out, other);
            String::from_utf8_lossy(&out).into_owned()
        }
    }
}

/// The Status object.
pub fn to_value(status: &Status) -> OwnedValue {
    let mut value = Map::in_order();
    value.insert("kind", "Status");
    value.insert("apiVersion", "v1");
    value.insert("metadata", Map::new());
    value.insert("status", "Failure");
    value.insert("message", status.message.clone());
    if !status.reason.is_empty() {
        value.insert("reason", status.reason.clone());
    }
    if let Some(details) = &status.details {
        value.insert("details", details_to_value(details));
    }
    value.insert("code", i64::from(status.code));
    Value::Object(value)
}

fn details_to_value(details: &StatusDetails) -> OwnedValue {
    let mut value = Map::in_order();
    for (key, text) in [("name", &details.name), ("group", &details.group), ("kind", &details.kind)] {
        if !text.is_empty() {
            value.insert(key, text.clone());
        }
    }
    if !details.causes.is_empty() {
        let causes: Vec<OwnedValue> = details
            .causes
            .iter()
            .map(|cause| {
                let mut value = Map::in_order();
                for (key, text) in [("reason", &cause.reason), ("message", &cause.message), ("field", &cause.field)] {
                    if !text.is_empty() {
                        value.insert(key, text.clone());
                    }
                }
                Value::Object(value)
            })
            .collect();
        value.insert("causes", causes);
    }
    if details.retry_after_seconds > 0 {
        value.insert("retryAfterSeconds", details.retry_after_seconds);
    }
    Value::Object(value)
}

/// The Status of a success, as a removal answers.
pub fn success(resource: &Resource, name: &str, uid: &str) -> OwnedValue {
    let mut details = Map::in_order();
    details.insert("name", name.to_owned());
    if !resource.group.is_empty() {
        details.insert("group", resource.group.clone());
    }
    details.insert("kind", resource.plural.clone());
    details.insert("uid", uid.to_owned());
    let mut value = Map::in_order();
    value.insert("kind", "Status");
    value.insert("apiVersion", "v1");
    value.insert("metadata", Map::new());
    value.insert("status", "Success");
    value.insert("details", details);
    Value::Object(value)
}
