//! An answer that reports a failure, as client-go reads it (`rest.Request.transformResponse`,
//! `errors.NewGenericServerResponse`): the server's own `Status` where it sent one, else a sentence for the code.

use http::{HeaderMap, Method, StatusCode};

use super::{Purpose, Subject, klog::quoted};
use crate::{
    api::{Status, StatusCause, StatusDetails, json},
    error::Error,
};

/// How much of an answer that is no `Status` goes into a message, in bytes.
const MAX_TEXT: usize = 2_048;

/// Types of content in which client-go looks for a `Status`. It also knows YAML and protobuf, which nobody asks for.
const STATUS_TYPES: [&str; 2] = ["", "application/json"];

/// Whether an answer with this code is a failure.
pub fn is_failure(code: StatusCode, purpose: Purpose) -> bool {
    match purpose {
        Purpose::Answer | Purpose::Raw => !(200..=206).contains(&code.as_u16()),
        Purpose::Stream => !code.is_success(),
        Purpose::Watch => code != StatusCode::OK,
    }
}

/// The seconds after which a server that is too busy wants to be asked again.
pub fn retry_after(code: StatusCode, headers: &HeaderMap) -> Option<u64> {
    if code != StatusCode::TOO_MANY_REQUESTS && code.as_u16() < 500 {
        return None;
    }
    seconds(headers)
}

fn seconds(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?;
    // Go reads a signed number, and does not wait where it is negative.
    Some(u64::try_from(text.parse::<i64>().ok()?).unwrap_or(0))
}

/// The failure that an answer reports.
pub fn of_answer(
    code: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    method: &Method,
    subject: Option<&Subject>,
    purpose: Purpose,
) -> Error {
    let content_type = headers
        .get(http::header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let media = content_type
        .as_deref()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if purpose != Purpose::Raw
        && STATUS_TYPES.contains(&media.as_str())
        && let Some(status) = server_status(body)
    {
        return status.into();
    }
    let text = if content_type.is_none() || media.starts_with("text/") {
        let text = String::from_utf8_lossy(&body[..body.len().min(MAX_TEXT)]);
        text.trim().to_owned()
    } else {
        "unknown".to_owned()
    };
    generic(code.as_u16(), method, subject, text, seconds(headers)).into()
}

/// The `Status` of a failure that `body` holds.
fn server_status(body: &[u8]) -> Option<Status> {
    let value = json::parse(body).ok()?;
    if value.str_at(&["status"]) != "Failure" {
        return None;
    }
    Status::from_value(&value)
}

/// The failure of a server that explains nothing.
fn generic(code: u16, method: &Method, subject: Option<&Subject>, text: String, retry_after: Option<u64>) -> Status {
    let (reason, mut message) = match code {
        409 if method == Method::POST => ("AlreadyExists", "the server reported a conflict".to_owned()),
        409 => ("Conflict", "the server reported a conflict".to_owned()),
        404 => ("NotFound", "the server could not find the requested resource".to_owned()),
        400 => ("BadRequest", "the server rejected our request for an unknown reason".to_owned()),
        401 => (
            "Unauthorized",
            "the server has asked for the client to provide credentials".to_owned(),
        ),
        403 => ("Forbidden", text.clone()),
        406 if text.is_empty() || text == "unknown" => (
            "NotAcceptable",
            "the server was unable to respond with a content type that the client supports".to_owned(),
        ),
        406 => ("NotAcceptable", text.clone()),
        415 => ("UnsupportedMediaType", text.clone()),
        405 => (
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource".to_owned(),
        ),
        422 => (
            "Invalid",
            "the server rejected our request due to an error in our request".to_owned(),
        ),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request".to_owned(),
        ),
        504 => (
            "Timeout",
            "the server was unable to return a response in the time allotted, but may still be processing the request".to_owned(),
        ),
        429 => (
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later".to_owned(),
        ),
        500.. => (
            "InternalError",
            format!(
                "an error on the server ({}) has prevented the request from succeeding",
                quoted(&text)
            ),
        ),
        _ => (
            "",
            format!("the server responded with the status code {code} but did not return more information"),
        ),
    };
    let subject = subject.cloned().unwrap_or_default();
    if !subject.resource.is_empty() {
        let resource = match subject.group.as_str() {
            "" => subject.resource.clone(),
            group => format!("{}.{group}", subject.resource),
        };
        let verb = method.as_str().to_ascii_lowercase();
        message = match subject.name.as_str() {
            "" => format!("{message} ({verb} {resource})"),
            name => format!("{message} ({verb} {resource} {name})"),
        };
    }
    Status {
        message,
        reason: reason.to_owned(),
        code,
        details: Some(StatusDetails {
            name: subject.name,
            group: subject.group,
            kind: subject.resource,
            causes: vec![StatusCause {
                reason: "UnexpectedServerResponse".to_owned(),
                message: text,
                field: String::new(),
            }],
            retry_after_seconds: retry_after.and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or_default(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: u16, content_type: &str, body: &str, subject: Option<&Subject>, purpose: Purpose) -> String {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(http::header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        let code = StatusCode::from_u16(code).unwrap();
        of_answer(code, &headers, body.as_bytes(), &Method::GET, subject, purpose).text()
    }

    #[test]
    fn of_answer_without_a_status_has_client_gos_sentences() {
        let text = |code, content_type, body| text(code, content_type, body, None, Purpose::Answer);
        assert_eq!(
            text(500, "text/plain", "oh \"no\"\n"),
            "Error from server (InternalError): an error on the server (\"oh \\\"no\\\"\") has prevented the request from succeeding"
        );
        assert_eq!(text(403, "", " no \n"), "Error from server (Forbidden): no");
        assert_eq!(text(403, "application/json", "{}"), "Error from server (Forbidden): unknown");
        assert_eq!(
            text(418, "", ""),
            "Error from server: the server responded with the status code 418 but did not return more information"
        );
        assert_eq!(
            text(401, "", ""),
            "error: You must be logged in to the server (the server has asked for the client to provide credentials)"
        );
        assert_eq!(text(422, "text/plain", "why"), "The request is invalid: : why");
    }

    #[test]
    fn of_answer_about_a_resource_names_it() {
        let mut subject = Subject {
            group: "apps".to_owned(),
            resource: "deployments".to_owned(),
            name: "web".to_owned(),
        };
        assert_eq!(
            text(404, "", "", Some(&subject), Purpose::Answer),
            "Error from server (NotFound): the server could not find the requested resource (get deployments.apps web)"
        );
        subject.name.clear();
        assert!(text(404, "", "", Some(&subject), Purpose::Answer).ends_with(" (get deployments.apps)"));
    }

    #[test]
    fn of_answer_with_a_status_says_what_the_server_says() {
        let body = r#"{"kind":"Status","status":"Failure","message":"gone fishing","reason":"NotFound","code":404}"#;
        let json = "application/json; charset=utf-8";
        assert_eq!(
            text(404, json, body, None, Purpose::Answer),
            "Error from server (NotFound): gone fishing"
        );
        assert_eq!(
            text(404, json, body, None, Purpose::Raw),
            "Error from server (NotFound): the server could not find the requested resource"
        );
        let success = body.replace("Failure", "Success");
        assert_eq!(
            text(404, json, &success, None, Purpose::Answer),
            "Error from server (NotFound): the server could not find the requested resource"
        );
    }

    #[test]
    fn of_answer_of_broken_status_falls_back_to_the_code() {
        for body in ["{", "[]", "{\"kind\":\"Status\",\"status\":", "null"] {
            assert!(text(500, "application/json", body, None, Purpose::Answer).starts_with("Error from server (InternalError): an error"));
        }
    }
}
