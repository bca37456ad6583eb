//! Tokens of service accounts. They open nothing: the sandbox knows one token only, and that is its owner's.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jiff::SignedDuration;
use kubectl_rs::api::{Map, OwnedValue, Value, json};

use super::{Target, form};
use crate::{
    answer::Answer,
    cluster::Cluster,
    failure::{self, Result},
    meta,
    random::Random,
    server::{Request, Server},
};

/// How long a token lives where nobody says, in seconds.
const USUAL_LIFE: i64 = 3600;

/// Answers with a token of the right form.
///
/// # Errors
/// 404 where there is no such account.
pub fn create(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let mut answer = form::body(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let account = cluster
        .store
        .get(target.resource.collection, &target.namespace, &target.name)
        .cloned()
        .ok_or_else(|| failure::not_found(&target.resource, &target.name))?;
    let life = answer.int_at(&["spec", "expirationSeconds"]).unwrap_or(USUAL_LIFE);
    if life < 600 {
        let cause = failure::wrong(
            "spec.expirationSeconds",
            &Value::Int(life),
            "may not specify a duration less than 10 minutes",
        );
        let mut failure = failure::invalid(&target.resource, &target.name, vec![cause]);
        failure.message = failure.message.replace("ServiceAccount ", "TokenRequest.authentication.k8s.io ");
        return Err(failure);
    }
    let now = cluster.clock.now();
    let expires = now.saturating_add(SignedDuration::from_secs(life)).unwrap_or(now);
    let mut claims = Value::Object(Map::new());
    claims.set(&["iss"], "https://kubernetes.default.svc.cluster.local");
    claims.set(
        &["sub"],
        format!("system:serviceaccount:{}:{}", account.namespace(), account.name()),
    );
    claims.set(&["iat"], now.as_second());
    claims.set(&["exp"], expires.as_second());
    claims.set(&["kubernetes.io", "namespace"], account.namespace().to_owned());
    claims.set(&["kubernetes.io", "serviceaccount", "name"], account.name().to_owned());
    claims.set(&["kubernetes.io", "serviceaccount", "uid"], account.uid().to_owned());
    let token = written(&mut cluster.random, &claims);
    answer.set(&["kind"], "TokenRequest");
    answer.set(&["apiVersion"], "authentication.k8s.io/v1");
    answer.set(&["metadata", "name"], target.name.clone());
    answer.set(&["metadata", "namespace"], target.namespace.clone());
    answer.set(&["metadata", "creationTimestamp"], meta::format_time(now));
    answer.set(&["spec", "expirationSeconds"], life);
    answer.set(&["status", "token"], token);
    answer.set(&["status", "expirationTimestamp"], meta::format_time(expires));
    Ok(Answer::json(201, &answer))
}

/// Claims in the form of a token.
fn written(random: &mut Random, claims: &OwnedValue) -> String {
    let mut text = Vec::new();
    json::to_compact(&mut text, claims);
    format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(br#"{"alg":"none","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(text),
        URL_SAFE_NO_PAD.encode(random.hex(32))
    )
}

/// Fills a secret that is meant for an account's token, where the account is there.
pub fn fill_secret(cluster: &mut Cluster, secret: &mut OwnedValue) {
    if secret.str_at(&["type"]) != "kubernetes.io/service-account-token" || secret.at(&["data", "token"]).is_some() {
        return;
    }
    let namespace = meta::namespace(secret).to_owned();
    let name = meta::annotation(secret, "kubernetes.io/service-account.name")
        .unwrap_or_default()
        .to_owned();
    let accounts = cluster.collection("", "serviceaccounts");
    let Some(account) = cluster.store.get(accounts, &namespace, &name).cloned() else {
        return;
    };
    let mut claims = Value::Object(Map::new());
    claims.set(&["iss"], "kubernetes/serviceaccount");
    claims.set(&["sub"], format!("system:serviceaccount:{namespace}:{name}"));
    for (key, text) in [
        ("namespace", namespace.as_str()),
        ("secret.name", meta::name(secret)),
        ("service-account.name", name.as_str()),
        ("service-account.uid", account.uid()),
    ] {
        claims.set(&[&format!("kubernetes.io/serviceaccount/{key}")], text.to_owned());
    }
    let token = written(&mut cluster.random, &claims);
    for (key, text) in [("ca.crt", cluster.authority.clone()), ("namespace", namespace), ("token", token)] {
        secret.set(&["data", key], STANDARD.encode(text));
    }
    secret.set(
        &["metadata", "annotations", "kubernetes.io/service-account.uid"],
        account.uid().to_owned(),
    );
}
