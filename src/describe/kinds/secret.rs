//! Secrets, without telling them.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{base64::decoded, fields::entries, metadata},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a secret, without telling it.
pub const SECRET: Describer = Describer {
    group: "",
    kind: "Secret",
    resource: "secrets",
    versions: &["v1"],
    questions: nothing,
    events: Events::None,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let secret = facts.object;
    let kind = secret.str_at(&["type"]);
    metadata::name_and_namespace(w, secret);
    metadata::labels(w, secret);
    metadata::annotations(w, secret);
    put!(w, 0, "\nType:\t{kind}\n");
    put!(w, 0, "\nData\n====\n");
    for (key, value) in entries(secret, &["data"]) {
        let value = decoded(value);
        if key == "token" && kind == "kubernetes.io/service-account-token" {
            put!(w, 0, "{key}:\t");
            w.bytes(0, &value);
            put!(w, 0, "\n");
        } else {
            put!(w, 0, "{key}:\t{} bytes\n", value.len());
        }
    }
    Ok(())
}
