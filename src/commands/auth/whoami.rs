//! `kubectl auth whoami`: whom the server takes you for.

use std::io::Write;

use crate::{
    api::{Map, OwnedValue, Value, json},
    args::{Command, Parsed, groups},
    client::{Client, Request},
    context::Context,
    error::{Error, Result},
    printers::{Printer, form::COMMON_FORMS, tabs::TabWriter},
};

/// The versions in which servers may have the review, the newest first.
const VERSIONS: [&str; 3] = ["v1", "v1beta1", "v1alpha1"];

/// The command as data.
pub static COMMAND: Command = Command {
    name: "whoami",
    usage: "whoami",
    short: "Print whom the server takes you for",
    long: "Print whom the server takes you for: user name, groups and whatever else it has found out about you.",
    examples: "\
# Who am I?
kubectl auth whoami

# As JSON
kubectl auth whoami -o json",
    flags: &[groups::OUTPUT, groups::PRINT],
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// A form that cannot be printed; a server that does not say who its user is.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let client = context.client()?;
    let printer = printer(parsed, context)?;
    let mut review = ask(client).await?;
    let mut text = Vec::new();
    match printer {
        Some(mut printer) => printer.print(&mut text, &mut review)?,
        None => table(&mut text, review.at(&["status", "userInfo"]).unwrap_or(&Value::Null)),
    }
    Ok(context.streams().out().write_all(&text)?)
}

/// What prints the answer; none where it is to be a table.
fn printer(parsed: &Parsed, context: &Context) -> Result<Option<Printer>> {
    if parsed.string("output").is_empty() {
        return Ok(None);
    }
    context.printer(parsed, COMMON_FORMS).map(Some)
}

/// The server's answer to the question who its user is.
async fn ask(client: &Client) -> Result<OwnedValue> {
    let mut answer = Err(Error::message(""));
    for version in VERSIONS {
        answer = post(client, version).await;
        if !answer.as_ref().is_err_and(Error::is_not_found) {
            break;
        }
    }
    answer.map_err(|error| match error.status() {
        Some(status) if status.is("Forbidden") => {
            Error::message("the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it")
        }
        Some(status) if status.is("NotFound") => Error::message(
            "the selfsubjectreviews API is not enabled in the cluster\n\
             enable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API",
        ),
        _ => error,
    })
}

async fn post(client: &Client, version: &str) -> Result<OwnedValue> {
    let path = format!("/apis/authentication.k8s.io/{version}/selfsubjectreviews");
    let body = format!(
        "{{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/{version}\",\"metadata\":{{}},\"status\":{{\"userInfo\":{{}}}}}}\n"
    );
    let request = Request::post(path)
        .accept("application/json, */*")
        .body("application/json", body)
        .about("authentication.k8s.io", "selfsubjectreviews", "");
    let answer = client.send(request).await?.bytes().await?;
    let answer = json::parse(&answer).map_err(|error| Error::message(error.message))?;
    Ok(review(answer.into_owned()))
}

/// The answer with its fields in the order of Go's structs. Times that are not set are left out.
fn review(mut answer: OwnedValue) -> OwnedValue {
    let mut user = Map::in_order();
    for name in ["username", "uid", "groups", "extra"] {
        let value = answer.at_mut(&["status", "userInfo", name]).map(std::mem::take);
        if let Some(value) = value.filter(|value| !value.is_null()) {
            user.insert(name, value);
        }
    }
    let mut status = Map::in_order();
    status.insert("userInfo", user);
    let mut metadata = answer.at_mut(&["metadata"]).map(std::mem::take).unwrap_or_default();
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    let mut review = Map::in_order();
    review.insert("kind", "SelfSubjectReview");
    review.insert("apiVersion", answer.str_at(&["apiVersion"]).to_owned());
    review.insert("metadata", if metadata.is_null() { Value::Object(Map::new()) } else { metadata });
    review.insert("status", status);
    Value::Object(review)
}

fn table(text: &mut Vec<u8>, user: &Value<'_>) {
    let mut tabs = TabWriter::for_tables();
    tabs.write(b"ATTRIBUTE\tVALUE\n");
    let mut line = |name: &str, value: &str| tabs.write(format!("{name}\t{value}\n").as_bytes());
    let words = |items: &[Value<'_>]| {
        let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        format!("[{}]", words.join(" "))
    };
    for (name, key) in [("Username", "username"), ("UID", "uid")] {
        let value = user.str_at(&[key]);
        if !value.is_empty() {
            line(name, value);
        }
    }
    let groups = user.items_at(&["groups"]);
    if !groups.is_empty() {
        line("Groups", &words(groups));
    }
    let mut extra: Vec<(&str, &Value<'_>)> = user
        .get("extra")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
        .collect();
    extra.sort_by_key(|(key, _)| *key);
    for (key, values) in extra {
        line(&format!("Extra: {key}"), &words(values.as_array().unwrap_or_default()));
    }
    tabs.flush(text);
}
