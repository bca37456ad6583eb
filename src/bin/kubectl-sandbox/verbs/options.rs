//! The options of requests, from their parameters and bodies.

use kubectl_rs::api::{OwnedValue, Value};

use super::form;
use crate::{
    failure::{self, Result},
    server::Request,
};

/// How to list.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// How many objects at most.
    pub limit: Option<usize>,
    /// Where to go on; empty for the beginning.
    pub token: String,
    /// The version to show, where exactly one is wanted.
    pub exact_version: Option<u64>,
    /// The version that the answer may not be older than.
    pub not_older_than: u64,
}

impl ListOptions {
    /// The options of a list request.
    ///
    /// # Errors
    /// 400 where they contradict each other.
    pub fn of(request: &Request) -> Result<Self> {
        let query = &request.query;
        let token = query.text("continue").to_owned();
        let (version, version_match) = (query.text("resourceVersion"), query.text("resourceVersionMatch"));
        let number = parse_version(version)?;
        if !token.is_empty() && number > 0 {
            return Err(failure::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        match version_match {
            "" => {}
            _ if version.is_empty() => {
                return Err(invalid_option(
                    "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
                ));
            }
            "Exact" if number == 0 => {
                return Err(invalid_option(
                    "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
                ));
            }
            "Exact" | "NotOlderThan" => {}
            other => {
                return Err(invalid_option(&format!(
                    "resourceVersionMatch: Unsupported value: {other:?}: supported values: \"Exact\", \"NotOlderThan\", \"\""
                )));
            }
        }
        let limit = query
            .number("limit")
            .and_then(|limit| usize::try_from(limit).ok())
            .filter(|limit| *limit > 0);
        // A list of any version comes whole, from what is at hand; one with a limit and a version is of that version.
        let exact = version_match == "Exact" || (limit.is_some() && number > 0 && version_match.is_empty());
        Ok(ListOptions {
            limit: if version == "0" { None } else { limit },
            token,
            exact_version: exact.then_some(number),
            not_older_than: number,
        })
    }
}

/// A resource version as a number.
///
/// # Errors
/// 400 where it is none.
pub fn parse_version(version: &str) -> Result<u64> {
    match version {
        "" => Ok(0),
        text => text.parse().map_err(|_| {
            failure::bad_request(format!(
                "resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: invalid syntax"
            ))
        }),
    }
}

fn invalid_option(message: &str) -> failure::Failure {
    Box::new(kubectl_rs::api::Status {
        message: format!("ListOptions.meta.k8s.io \"\" is invalid: {message}"),
        reason: "Invalid".to_owned(),
        code: 422,
        details: None,
    })
}

/// What to do with fields that a type does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldValidation {
    /// Refuse the object.
    Strict,
    /// Drop them and warn.
    Warn,
    /// Drop them.
    Ignore,
}

/// How to write.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// Whether nothing is to be stored.
    pub dry_run: bool,
    /// Who manages the fields that are written.
    pub manager: String,
    /// What to do with unknown fields.
    pub validation: FieldValidation,
    /// For apply: whether to take fields from other managers.
    pub force: bool,
}

impl WriteOptions {
    /// The options of a write.
    ///
    /// # Errors
    /// 422 where a value is none of those that an option may have.
    pub fn of(request: &Request) -> Result<Self> {
        let query = &request.query;
        let mut dry_run = false;
        for value in query.all("dryRun") {
            match value {
                "All" => dry_run = true,
                "" => {}
                other => {
                    return Err(wrong_option(&format!(
                        "dryRun: Unsupported value: {}: supported values: \"All\"",
                        list(&[other])
                    )));
                }
            }
        }
        let validation = match query.text("fieldValidation") {
            "Strict" => FieldValidation::Strict,
            "" | "Warn" => FieldValidation::Warn,
            "Ignore" => FieldValidation::Ignore,
            other => {
                return Err(wrong_option(&format!(
                    "fieldValidation: Unsupported value: {other:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
                )));
            }
        };
        let manager = match query.text("fieldManager") {
            "" => default_manager(request.header("user-agent")),
            name if name.len() > 128 => {
                return Err(wrong_option("fieldManager: Too long: may not be more than 128 bytes"));
            }
            name => name.to_owned(),
        };
        Ok(WriteOptions {
            dry_run,
            manager,
            validation,
            force: query.flag("force") && query.get("force").is_some(),
        })
    }
}

/// The manager of a client that names none: the first part of its name for itself.
fn default_manager(user_agent: &str) -> String {
    let name = user_agent.split('/').next().unwrap_or_default();
    match name {
        "" => "unknown".to_owned(),
        name => name.chars().filter(|c| !c.is_control()).take(128).collect(),
    }
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", quoted.join(","))
}

fn wrong_option(message: &str) -> failure::Failure {
    Box::new(kubectl_rs::api::Status {
        message: format!("CreateOptions.meta.k8s.io \"\" is invalid: {message}"),
        reason: "Invalid".to_owned(),
        code: 422,
        details: None,
    })
}

/// What happens to the objects that a removed one owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// They go too, afterwards.
    Background,
    /// They go first.
    Foreground,
    /// They stay.
    Orphan,
}

/// How to delete.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// How long a pod has to end, in seconds.
    pub grace: Option<i64>,
    /// What happens to owned objects; none for the resource's habit.
    pub propagation: Option<Propagation>,
    /// The identifier that the object must have.
    pub uid: Option<String>,
    /// The version that the object must have.
    pub version: Option<String>,
    /// Whether nothing is to be removed.
    pub dry_run: bool,
}

impl DeleteOptions {
    /// The options of a removal, from the body or else from the parameters.
    ///
    /// # Errors
    /// 400 and 422 where they make no sense.
    pub fn of(request: &Request) -> Result<Self> {
        let mut options = if request.body.is_empty() {
            OwnedValue::default()
        } else {
            form::body(request)?
        };
        let query = &request.query;
        if let Some(seconds) = query.number("gracePeriodSeconds") {
            options.set(&["gracePeriodSeconds"], seconds);
        }
        for key in ["propagationPolicy"] {
            if let Some(text) = query.get(key) {
                options.set(&[key], text.to_owned());
            }
        }
        if query.get("orphanDependents").is_some() {
            options.set(&["orphanDependents"], query.flag("orphanDependents"));
        }
        let invalid = |message: String| -> failure::Failure {
            Box::new(kubectl_rs::api::Status {
                message: format!("DeleteOptions.meta.k8s.io \"\" is invalid: {message}"),
                reason: "Invalid".to_owned(),
                code: 422,
                details: None,
            })
        };
        let propagation = match options.str_at(&["propagationPolicy"]) {
            "" => match options.get("orphanDependents").and_then(Value::as_bool) {
                Some(true) => Some(Propagation::Orphan),
                Some(false) => Some(Propagation::Background),
                None => None,
            },
            "Background" => Some(Propagation::Background),
            "Foreground" => Some(Propagation::Foreground),
            "Orphan" => Some(Propagation::Orphan),
            other => {
                return Err(invalid(format!(
                    "propagationPolicy: Unsupported value: {other:?}: supported values: \"Background\", \"Foreground\", \"Orphan\""
                )));
            }
        };
        let text = |path: &[&str]| options.at(path).and_then(Value::as_str).map(str::to_owned);
        let in_body = options.items_at(&["dryRun"]).iter().any(|word| word.as_str() == Some("All"));
        Ok(DeleteOptions {
            grace: options.int_at(&["gracePeriodSeconds"]).map(|seconds| seconds.max(0)),
            propagation,
            uid: text(&["preconditions", "uid"]),
            version: text(&["preconditions", "resourceVersion"]),
            dry_run: in_body || query.all("dryRun").any(|word| word == "All"),
        })
    }
}
