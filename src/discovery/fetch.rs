//! Asking a server what it offers.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, future, stream};

use super::{Failure, Group, Resources, Text, documents, group_version};
use crate::{
    api::{Map, OwnedValue, Value, json},
    client::{
        Client, Log, Purpose, Request,
        klog::{Field, Severity},
    },
    error::{Error, Result},
};

/// Both kinds of answer, the aggregated first (client-go's `acceptDiscoveryFormats`).
const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// What client-go's typed clients accept.
const ACCEPT_PLAIN: &str = "application/json, */*";

/// How long an answer may take where the user has set no limit.
pub(super) const TIMEOUT: Duration = Duration::from_secs(32);

/// The fields of Go's `version.Info`, all of them text, in their order.
pub const VERSION_FIELDS: [&str; 13] = [
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

/// How many documents of old servers are asked for at once; each may take a connection.
const AT_ONCE: usize = 8;

/// Where kubectl's source complains of the groups, of a version, and of a version that it asks for once more.
const SITE_GROUPS: &str = "memcache.go:265";
const SITE_VERSION: &str = "memcache.go:287";
const SITE_VERSION_AGAIN: &str = "memcache.go:121";

/// Everything that the server offers. Versions that could not be read are in it with their [`Failure`], and have been
/// complained of.
///
/// # Errors
/// Where the groups could not be read. Nothing has been said of it: see [`complain`].
pub(super) async fn fetch(client: &Client) -> Result<Resources> {
    let (mut resources, complete) = groups(client).await?;
    if !complete {
        read_versions(client, &mut resources.groups).await;
    }
    Ok(resources)
}

/// The groups and their versions, and whether the server said at once what resources are in them. Old servers do not.
///
/// # Errors
/// As for [`fetch`].
pub(super) async fn groups(client: &Client) -> Result<(Resources, bool)> {
    let (core, named) = future::join(ask(client, "/api"), ask(client, "/apis")).await;
    let core = match core {
        // Servers that are only for other groups have no core.
        Err(error) if error.is_not_found() => None,
        core => Some(core?),
    };
    let named = match named {
        // Neither have servers from before there were groups these.
        Err(error) if error.is_not_found() && core.as_ref().is_some_and(|core| !core.aggregated) => Answer::default(),
        named => named?,
    };
    let aggregated = named.aggregated && core.as_ref().is_none_or(|core| core.aggregated);
    let mut resources = Resources::default();
    if let Some(core) = core {
        if core.aggregated {
            resources.groups.extend(read(documents::aggregated(&core.body))?);
        } else {
            resources.groups.extend(read(documents::versions(&core.body))?);
        }
    }
    resources.groups.extend(match (named.aggregated, named.body.is_empty()) {
        (true, _) => read(documents::aggregated(&named.body))?,
        (false, false) => read(documents::groups(&named.body))?,
        (false, true) => Vec::new(),
    });
    Ok((resources, aggregated))
}

/// The answer to one of the two first questions.
#[derive(Default)]
struct Answer {
    aggregated: bool,
    body: Bytes,
}

async fn ask(client: &Client, path: &str) -> Result<Answer> {
    let request = Request::get(path).accept(ACCEPT).timeout(TIMEOUT).purpose(Purpose::Raw);
    let response = client.send(request).await?;
    Ok(Answer {
        aggregated: documents::is_aggregated(response.header("content-type")),
        body: response.bytes().await?,
    })
}

fn read<T>(document: std::result::Result<T, crate::api::json::read::SyntaxError>) -> Result<T> {
    document.map_err(|error| Error::message(error.message))
}

/// Reads the documents of all versions, as servers from before 1.26 have them.
async fn read_versions(client: &Client, groups: &mut [Group]) {
    let wanted: Vec<(usize, usize, Text, Text)> = groups
        .iter()
        .enumerate()
        .flat_map(|(i, group)| {
            let names = group.versions.iter().map(|version| version.name.clone()).enumerate();
            names.map(move |(j, version)| (i, j, group.name.clone(), version))
        })
        .collect();
    let mut answers = stream::iter(wanted)
        .map(|(i, j, group, version)| async move { (i, j, read_version(client, &group, &version).await) })
        .buffered(AT_ONCE);
    while let Some((i, j, answer)) = answers.next().await {
        let (Some(group), log) = (groups.get_mut(i), client.log()) else {
            continue;
        };
        let Some(version) = group.versions.get_mut(j) else { continue };
        let name = group_version(&group.name, &version.name);
        match answer {
            // Common with metrics that nobody provides: kubectl counts it as a failure, but does not complain.
            Ok(resources) if resources.is_empty() => {
                version.failure = Some(Failure {
                    message: format!("received empty response for: {name}"),
                    transient: false,
                });
            }
            Ok(resources) => version.resources = resources,
            Err(error) => {
                let failure = Failure {
                    transient: is_transient(&error),
                    message: error.to_string(),
                };
                say(
                    log,
                    SITE_VERSION,
                    &format!("couldn't get resource list for {name}: {}", failure.message),
                );
                version.failure = Some(failure);
            }
        }
    }
}

async fn read_version(client: &Client, group: &Text, version: &Text) -> Result<Vec<super::Resource>> {
    let path = if group.is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{group}/{version}")
    };
    let request = Request::get(path).accept(ACCEPT_PLAIN).timeout(TIMEOUT);
    match client.send(request).await {
        Err(error) if error.is_not_found() && group.is_empty() => Ok(Vec::new()),
        response => read(documents::resources(&response?.bytes().await?, group, version)),
    }
}

/// The server's version, as Go's `version.Info` would take it.
///
/// # Errors
/// Where the server cannot be asked, or answers something else.
pub(super) async fn version(client: &Client) -> Result<OwnedValue> {
    let request = Request::get("/version").accept(ACCEPT_PLAIN).timeout(TIMEOUT).purpose(Purpose::Raw);
    let body = client.send(request).await?.bytes().await?;
    let wrong = |what: &str| Error::message(format!("unable to parse the server version: {what}"));
    let version = json::parse(&body).map_err(|error| wrong(&error.message))?;
    let fields = match &version {
        Value::Object(fields) => fields,
        Value::Null => return Ok(Value::Object(Map::new())),
        other => {
            let kind = other.json_type();
            return Err(wrong(&format!("json: cannot unmarshal {kind} into Go value of type version.Info")));
        }
    };
    for (name, value) in fields.iter().filter(|(name, _)| VERSION_FIELDS.contains(name)) {
        if !matches!(value, Value::String(_) | Value::Null) {
            let kind = value.json_type();
            return Err(wrong(&format!(
                "json: cannot unmarshal {kind} into Go struct field Info.{name} of type string"
            )));
        }
    }
    Ok(version.into_owned())
}

/// Whether client-go would ask again (`memcache.go`, `isTransientError`).
fn is_transient(error: &Error) -> bool {
    match error {
        Error::Connection(connection) => {
            connection.cause.contains("connection refused") || connection.cause.contains("connection reset by peer")
        }
        _ => error
            .status()
            .is_some_and(|status| status.code >= 500 || status.is("TooManyRequests")),
    }
}

/// Says that the groups could not be read, as kubectl does at each of its attempts.
pub(super) fn complain(log: &Log, error: &Error) {
    say(log, SITE_GROUPS, &format!("couldn't get current server API group list: {error}"));
}

/// Says which versions could not be read, as kubectl does each time that it asks for them again.
pub(super) fn complain_of_versions(log: &Log, resources: &Resources) {
    for (group, version) in resources.versions() {
        if let Some(failure) = version.failure.as_ref().filter(|failure| failure.transient) {
            let name = group_version(&group.name, &version.name);
            say(
                log,
                SITE_VERSION_AGAIN,
                &format!("couldn't get resource list for {name}: {}", failure.message),
            );
        }
    }
}

fn say(log: &Log, site: &str, sentence: &str) {
    log.fields(Severity::Error, site, "Unhandled Error", &[("err", Field::Text(sentence))]);
}
