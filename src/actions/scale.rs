//! Setting how many pods a workload has, and waiting until it has them (`k8s.io/kubectl/pkg/scale`).

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    api::{Map, OwnedValue, Value, json, object, quote},
    client::{Client, Request},
    error::{Error, Result},
    resource::{ACCEPT_TYPED, Info, path},
};

use super::{
    dry_run::DryRun,
    write::{MERGE_PATCH, Writer},
};

/// How often is tried again, or looked.
const PACE: Duration = Duration::from_secs(1);

/// How long a conflict is tried again.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// What must hold before anything is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition {
    /// How many pods there must be; any where none.
    pub replicas: Option<i64>,
    /// The version; any where it is empty.
    pub resource_version: String,
}

/// Sets how many pods `info` has.
///
/// # Errors
/// Where the server refuses, or what must hold does not.
pub async fn scale(info: &Info, replicas: i64, must: &Precondition, client: &Client, dry_run: DryRun) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    let writer = Writer {
        subresource: "scale",
        ..Writer::typed(client, dry_run, "")
    };
    loop {
        let result = if *must == Precondition::default() {
            let patch = format!(r#"{{"spec":{{"replicas":{replicas}}}}}"#);
            writer.patch(info, MERGE_PATCH, patch.into_bytes()).await
        } else {
            let mut scale = current(info, client).await?;
            check(&scale, must)?;
            scale.set(&["spec", "replicas"], replicas);
            writer.replace(info, &scale).await
        };
        match result {
            Ok(_) => return Ok(()),
            Err(error) if error.status().is_some_and(|status| status.is("Conflict")) && Instant::now() < end => sleep(PACE).await,
            Err(error) => return Err(error),
        }
    }
}

/// Waits until `info` has as many pods as it shall have, or shall have another number.
///
/// # Errors
/// After `limit`, or where the server cannot be asked.
pub async fn wait(info: &Info, replicas: i64, client: &Client, limit: Duration) -> Result<()> {
    let end = Instant::now() + limit;
    loop {
        let scale = current(info, client).await?;
        let wanted = scale.int_at(&["spec", "replicas"]).unwrap_or_default();
        if wanted != replicas || scale.int_at(&["status", "replicas"]).unwrap_or_default() == replicas {
            return Ok(());
        }
        if Instant::now() + PACE > end {
            return Err(Error::message(format!("timed out waiting for {} to be synced", quote(&info.name))));
        }
        sleep(PACE).await;
    }
}

/// The `Scale` of an object.
async fn current(info: &Info, client: &Client) -> Result<OwnedValue> {
    let path = path::of(&info.mapping, &info.namespace, &info.name, "scale");
    let request =
        Request::get(path)
            .accept(ACCEPT_TYPED)
            .about(info.mapping.group.to_string(), info.mapping.resource.to_string(), info.name.clone());
    let bytes = client.send(request).await?.bytes().await?;
    let mut scale = json::parse(&bytes)?.into_owned();
    // Go's type has these fields in any case.
    for field in ["spec", "status"] {
        if scale.get(field).is_none() {
            scale.set(&[field], Map::new());
        }
    }
    if scale.at(&["status", "replicas"]).is_none() {
        scale.set(&["status", "replicas"], Value::Int(0));
    }
    Ok(scale)
}

fn check(scale: &OwnedValue, must: &Precondition) -> Result<()> {
    let unmet = |what: &str, wanted: &str, found: &str| Err(Error::message(format!("Expected {what} to be {wanted}, was {found}")));
    let found = scale.int_at(&["spec", "replicas"]).unwrap_or_default();
    if let Some(wanted) = must.replicas.filter(|wanted| *wanted != found) {
        return unmet("replicas", &wanted.to_string(), &found.to_string());
    }
    let version = object::resource_version(scale);
    if !must.resource_version.is_empty() && must.resource_version != version {
        return unmet("resource version", &must.resource_version, version);
    }
    Ok(())
}
