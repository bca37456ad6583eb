//! Deciding about certificate signing requests: what `certificate approve` and `certificate deny` share.

use std::io::Write;

use crate::{
    api::{Map, OwnedValue, Value, object, quote, rfc3339, structs::Structs},
    client::Request,
    error::{Error, Result},
    resource::{ACCEPT_TYPED, Gather, Info, Objects, Query, Site, of_type, path},
};

use super::{
    report::Report,
    write::{JSON, document},
};

/// How often a decision is made again where somebody else changed the request meanwhile.
const MAX_RETRIES: u32 = 10;

/// A decision.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// The condition that says so.
    pub condition: &'static str,
    /// The condition that says the opposite.
    pub opposite: &'static str,
    /// Why, in one word.
    pub reason: &'static str,
    /// Why, in a sentence.
    pub message: &'static str,
    /// What is said to have been done.
    pub done: &'static str,
}

/// Decides so about each of the requests that the command line names; with `force` also where it was decided so before.
///
/// # Errors
/// Nothing named, and what went wrong with each.
pub async fn decide(decision: Decision, force: bool, query: Query, site: &Site<'_>, report: &mut Report<'_>) -> Result<()> {
    if query.words.is_empty() && query.files.is_empty() {
        return Err(Error::message("one or more CSRs must be specified as <name> or -f <filename>"));
    }
    let words = query.words.iter().map(|word| of_type("certificatesigningrequests", word));
    let query = Query {
        words: words.collect::<Result<_>>()?,
        // kubectl sets none here.
        namespace: String::new(),
        enforce_namespace: false,
        ..query
    };
    let plan = query.plan(site).await?;
    let mut found = false;
    Gather::new(Objects::Latest)
        .visit(plan, &query, site, async |info| {
            let request = decided(decision, force, info, site).await?;
            found = true;
            report.print(request, decision.done)
        })
        .await?;
    if !found {
        writeln!(site.streams.out(), "No resources found")?;
    }
    Ok(())
}

/// Decides about one request, and gives it as it was before.
async fn decided(decision: Decision, force: bool, mut info: Info, site: &Site<'_>) -> Result<OwnedValue> {
    for attempt in 0.. {
        let (group, _) = object::group_version(&info.object);
        let kind = object::group_version_kind(&info.object);
        if (group, kind.kind.as_str()) != ("certificates.k8s.io", "CertificateSigningRequest") {
            return Err(Error::message(format!(
                "can only handle CertificateSigningRequest.certificates.k8s.io objects, got {}",
                info.mapping.group_kind()
            )));
        }
        let conditions = info.object.items_at(&["status", "conditions"]);
        let has = |kind: &str| conditions.iter().any(|condition| condition.str_at(&["type"]) == kind);
        if has(decision.opposite) {
            let (name, opposite) = (quote(&info.name), decision.opposite);
            return Err(Error::message(format!("certificate signing request {name} is already {opposite}")));
        }
        let decided = has(decision.condition);
        if decided && !force {
            break;
        }
        let mut request = info.object.clone();
        if !decided {
            let mut conditions = conditions.to_vec();
            conditions.push(condition(decision, site));
            request.set(&["status", "conditions"], conditions);
        }
        let put = Request::put(path::of(&info.mapping, "", &info.name, "approval"))
            .body(JSON, document(&Structs::new().typed(request)))
            .accept(ACCEPT_TYPED)
            .about("certificates.k8s.io", "certificatesigningrequests", info.name.as_str());
        let sent = async { site.client.send(put).await?.bytes().await };
        match sent.await {
            Ok(_) => break,
            Err(error) if attempt < MAX_RETRIES && error.status().is_some_and(|status| status.is("Conflict")) => {
                info.get(site).await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(info.object)
}

fn condition(decision: Decision, site: &Site<'_>) -> OwnedValue {
    let mut condition = Map::in_order();
    condition.insert("type", decision.condition);
    condition.insert("status", "True");
    condition.insert("reason", decision.reason);
    condition.insert("message", decision.message);
    condition.insert("lastUpdateTime", rfc3339::format(site.streams.now()));
    Value::Object(condition)
}
