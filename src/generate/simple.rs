//! Objects that are little more than a name: namespaces, service accounts, priority classes, requests for tokens.

use super::{Fields, Metadata, begin, nothing};
use crate::api::{OwnedValue, Value};

/// A namespace.
pub fn namespace(name: &str) -> OwnedValue {
    begin("v1", "Namespace", Metadata::new(name, ""))
        .set("spec", nothing())
        .set("status", nothing())
        .into()
}

/// A service account.
pub fn service_account(name: &str, namespace: &str) -> OwnedValue {
    begin("v1", "ServiceAccount", Metadata::new(name, namespace)).into()
}

/// What a priority class is made of.
#[derive(Debug, Clone, Copy)]
pub struct PriorityClass<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its priority.
    pub value: i64,
    /// Whether pods that name no class belong to it.
    pub global_default: bool,
    /// What it is for.
    pub description: &'a str,
    /// Whether its pods displace others.
    pub preemption_policy: &'a str,
}

/// A priority class.
pub fn priority_class(options: PriorityClass<'_>) -> OwnedValue {
    begin("scheduling.k8s.io/v1", "PriorityClass", Metadata::new(options.name, ""))
        .set("value", options.value)
        .switch("globalDefault", options.global_default)
        .text("description", options.description)
        .set("preemptionPolicy", options.preemption_policy.to_owned())
        .into()
}

/// The kinds that a token can be bound to, and their versions.
pub const BOUND_KINDS: &[(&str, &str)] = &[("Node", "v1"), ("Pod", "v1"), ("Secret", "v1")];

/// What a token is asked for with.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    /// Who may accept it; the server decides where this is empty.
    pub audiences: &'a [String],
    /// For how many seconds it should be good; 0 leaves it to the server.
    pub seconds: i64,
    /// The kind of the object that it dies with; empty for none.
    pub bound_kind: &'a str,
    /// That object's name.
    pub bound_name: &'a str,
    /// That object's identity; may be empty.
    pub bound_uid: &'a str,
}

/// A request for a token.
///
/// # Errors
/// kubectl's sentence for what contradicts itself.
pub fn token_request(options: TokenRequest<'_>) -> Result<OwnedValue, String> {
    let mut bound = Value::Null;
    if options.bound_kind.is_empty() {
        for (value, flag) in [(options.bound_name, "name"), (options.bound_uid, "uid")] {
            if !value.is_empty() {
                return Err(format!("--bound-object-{flag} can only be set if --bound-object-kind is provided"));
            }
        }
    } else {
        let Some((kind, version)) = BOUND_KINDS.iter().find(|(kind, _)| *kind == options.bound_kind) else {
            let kinds: Vec<&str> = BOUND_KINDS.iter().map(|(kind, _)| *kind).collect();
            return Err(format!("supported --bound-object-kind values are {}", kinds.join(", ")));
        };
        if options.bound_name.is_empty() {
            return Err("--bound-object-name is required if --bound-object-kind is provided".to_owned());
        }
        bound = Fields::new()
            .set("kind", *kind)
            .set("apiVersion", *version)
            .set("name", options.bound_name.to_owned())
            .text("uid", options.bound_uid)
            .into();
    }
    let audiences = match options.audiences {
        [] => Value::Null,
        several => Value::Array(several.iter().map(|one| Value::from(one.clone())).collect()),
    };
    let seconds = if options.seconds > 0 {
        Value::Int(options.seconds)
    } else {
        Value::Null
    };
    let spec = Fields::new()
        .set("audiences", audiences)
        .set("expirationSeconds", seconds)
        .set("boundObjectRef", bound);
    let status = Fields::new().set("token", "").set("expirationTimestamp", Value::Null);
    Ok(begin("authentication.k8s.io/v1", "TokenRequest", Metadata::default())
        .set("spec", spec)
        .set("status", status)
        .into())
}
