//! Service accounts.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{events, metadata},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a service account.
pub const SERVICE_ACCOUNT: Describer = Describer {
    group: "",
    kind: "ServiceAccount",
    resource: "serviceaccounts",
    versions: &["v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    const TITLE: &str = "Image pull secrets:";
    let account = facts.object;
    metadata::name_and_namespace(w, account);
    metadata::labels(w, account);
    metadata::annotations(w, account);
    let secrets = account.items_at(&["imagePullSecrets"]);
    if secrets.is_empty() {
        put!(w, 0, "{TITLE}\t<none>\n");
    }
    for (at, secret) in secrets.iter().enumerate() {
        let title = if at == 0 { TITLE } else { "" };
        put!(w, 0, "{title:width$}\t{}\n", secret.str_at(&["name"]), width = TITLE.len());
    }
    events::events(w, facts);
    Ok(())
}
