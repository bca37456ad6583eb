//! Certificate signing requests: who wants which certificate.

mod parse;

use jiff::SignedDuration;

use crate::{
    api::{Value, time},
    describe::{
        Describer, Events, Facts, nothing,
        parts::{base64::decoded, events, fields::entries, metadata, times},
        writer::{Writer, put},
    },
    error::{Error, Result},
};

/// Describes a certificate signing request.
pub const CERTIFICATE_REQUEST: Describer = Describer {
    group: "certificates.k8s.io",
    kind: "CertificateSigningRequest",
    resource: "certificatesigningrequests",
    versions: &["v1", "v1beta1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let request = facts.object;
    let bytes = decoded(request.str_at(&["spec", "request"]));
    let wanted = parse::request(&bytes).map_err(|error| Error::message(format!("Error parsing CSR: {error}")))?;
    metadata::name(w, request);
    for (title, field) in [("Labels", "labels"), ("Annotations", "annotations")] {
        put!(w, 0, "{title}:\t{}\n", metadata::one_line(&entries(request, &["metadata", field])));
    }
    let created = times::shown(facts.settings, request.at(&["metadata", "creationTimestamp"]));
    put!(w, 0, "CreationTimestamp:\t{created}\n");
    put!(w, 0, "Requesting User:\t{}\n", request.str_at(&["spec", "username"]));
    let signer = request.str_at(&["spec", "signerName"]);
    if !signer.is_empty() {
        put!(w, 0, "Signer:\t{signer}\n");
    }
    if let Some(seconds) = request.int_at(&["spec", "expirationSeconds"]) {
        put!(w, 0, "Requested Duration:\t{}\n", time::human(SignedDuration::from_secs(seconds)));
    }
    put!(w, 0, "Status:\t{}\n", status(request));
    put!(w, 0, "Subject:\n");
    put!(w, 0, "\tCommon Name:\t{}\n", wanted.subject.last(3));
    put!(w, 0, "\tSerial Number:\t{}\n", wanted.subject.last(5));
    for (title, part) in [
        ("Organization", 10),
        ("Organizational Unit", 11),
        ("Country", 6),
        ("Locality", 7),
        ("Province", 8),
        ("StreetAddress", 9),
        ("PostalCode", 17),
    ] {
        list(w, title, &wanted.subject.all(part));
    }
    let names = [&wanted.dns_names, &wanted.email_addresses, &wanted.uris, &wanted.ip_addresses];
    if names.iter().any(|names| !names.is_empty()) {
        put!(w, 0, "Subject Alternative Names:\n");
    }
    for (title, names) in ["DNS Names", "Email Addresses", "URIs", "IP Addresses"].into_iter().zip(names) {
        list(w, title, names);
    }
    events::events(w, facts);
    Ok(())
}

/// Writes texts below each other, if there are any.
fn list(w: &mut Writer, title: &str, texts: &[String]) {
    if !texts.is_empty() {
        put!(w, 0, "\t{title}:\t{}\n", as_format(&texts.join("\n\t\t")));
    }
}

/// `text` as Go prints a format that lacks its arguments: kubectl takes the names for one.
fn as_format(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            printed.push(letter);
            continue;
        }
        match letters.find(|letter| !"+-# 0123456789.".contains(*letter)) {
            Some('%') => printed.push('%'),
            Some(verb) => printed.push_str(&format!("%!{verb}(MISSING)")),
            None => printed.push_str("%!(NOVERB)"),
        }
    }
    printed
}

/// What has become of the request.
fn status(request: &Value<'_>) -> String {
    let conditions = request.items_at(&["status", "conditions"]);
    let holds = |kind: &str| conditions.iter().any(|condition| condition.str_at(&["type"]) == kind);
    let mut status = match (holds("Denied"), holds("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if holds("Failed") {
        status.push_str(",Failed");
    }
    if !request.str_at(&["status", "certificate"]).is_empty() {
        status.push_str(",Issued");
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_format_of_percent_signs_complains_as_go_does() {
        assert_eq!(as_format("100%"), "100%!(NOVERB)");
        assert_eq!(as_format("a%20b%%"), "a%!b(MISSING)%");
        assert_eq!(as_format("%5.2d"), "%!d(MISSING)");
    }
}
