//! The server's `Status`: how it says that a request failed, and why.

use crate::api::Value;

/// A failure as the server reported it (`meta/v1`, kind `Status`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// A sentence for people.
    pub message: String,
    /// One word for programs, such as `NotFound`; may be empty.
    pub reason: String,
    /// The HTTP status code.
    pub code: u16,
    /// What the failure is about, if the server said.
    pub details: Option<StatusDetails>,
}

/// What a [`Status`] is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusDetails {
    /// The object's name.
    pub name: String,
    /// The object's API group.
    pub group: String,
    /// The object's kind or, from some servers, its resource.
    pub kind: String,
    /// The single faults.
    pub causes: Vec<StatusCause>,
    /// How long to wait before the request is worth repeating; 0 where the server did not say.
    pub retry_after_seconds: i64,
}

/// One fault among several in a [`Status`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusCause {
    /// One word for programs, such as `FieldValueInvalid`.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
    /// The path of the field at fault.
    pub field: String,
}

impl Status {
    /// The status that `value` holds, if it is one that reports a failure.
    pub fn from_value(value: &Value<'_>) -> Option<Status> {
        if value.str_at(&["kind"]) != "Status" || value.str_at(&["status"]) == "Success" {
            return None;
        }
        let text = |value: &Value<'_>, key: &str| value.str_at(&[key]).to_owned();
        let details = value
            .get("details")
            .filter(|details| !details.is_null())
            .map(|details| StatusDetails {
                name: text(details, "name"),
                group: text(details, "group"),
                kind: text(details, "kind"),
                causes: details
                    .items_at(&["causes"])
                    .iter()
                    .map(|cause| StatusCause {
                        reason: text(cause, "reason"),
                        message: text(cause, "message"),
                        field: text(cause, "field"),
                    })
                    .collect(),
                retry_after_seconds: details.int_at(&["retryAfterSeconds"]).unwrap_or_default(),
            });
        Some(Status {
            message: text(value, "message"),
            reason: text(value, "reason"),
            code: value
                .int_at(&["code"])
                .and_then(|code| u16::try_from(code).ok())
                .unwrap_or_default(),
            details,
        })
    }

    /// Whether the reason is `reason`.
    pub fn is(&self, reason: &str) -> bool {
        self.reason == reason
    }
}
