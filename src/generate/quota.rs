//! Resource quotas.

use super::{Fields, Metadata, begin, nothing};
use crate::api::{Map, OwnedValue, Value, quantity};

/// A quota with hard limits (`resource=quantity`, separated by commas) for what the scopes (separated by commas) are about.
///
/// # Errors
/// kubectl's sentence for a limit or a scope that cannot be read.
pub fn quota(name: &str, namespace: &str, hard: &str, scopes: &str) -> Result<OwnedValue, String> {
    let mut limits = Map::new();
    for limit in hard.split(',').filter(|_| !hard.is_empty()) {
        let (resource, amount) = match limit.split('=').collect::<Vec<_>>().as_slice() {
            [resource, amount] => (*resource, *amount),
            _ => return Err(format!("Invalid argument syntax {limit}, expected <resource>=<value>")),
        };
        let amount = quantity::normalize(amount).map_err(|error| error.to_string())?;
        limits.insert(resource.to_owned(), amount);
    }
    let mut only = Vec::new();
    for scope in scopes.split(',').filter(|_| !scopes.is_empty()) {
        if scope.is_empty() {
            return Err("invalid resource quota scope \"\"".to_owned());
        }
        only.push(Value::from(scope.to_owned()));
    }
    Ok(begin("v1", "ResourceQuota", Metadata::new(name, namespace))
        .set("spec", Fields::new().map("hard", limits).list("scopes", only))
        .set("status", nothing())
        .into())
}
