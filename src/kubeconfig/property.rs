//! `kubectl config set` and `unset`: one value of a kubeconfig, by a path of names with dots between them.
//!
//! A name of an entry may have dots in it: it reaches to the first word that is the name of a field. The names of
//! fields are those of client-go's type in memory, which differ from a file's for impersonation (`act-as`).

use std::collections::BTreeMap;

use super::{Cluster, Context, Kubeconfig, User, base64, config::Extensions, duplicates};
use crate::{
    api::quote,
    error::{Error, Result},
};

/// A value at the end of a path.
enum Slot<'c> {
    Text(&'c mut String),
    Truth(&'c mut bool),
    Bytes(&'c mut Vec<u8>),
    /// A list of texts, which can only be emptied.
    Texts(&'c mut Vec<String>),
    /// Something that can only be taken away, by this deed.
    Whole(Box<dyn FnOnce() + 'c>),
    /// As [`Slot::Whole`], with what Go shows of its contents to whoever tries to set it.
    Map(String, Box<dyn FnOnce() + 'c>),
    /// What may be set and is never written.
    Nowhere,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
enum Target<'p> {
    /// A field of the kubeconfig itself.
    Top(&'p str),
    /// A field of the settings.
    Preference(&'p str),
    /// An entry: the list's name and the entry's.
    Entry(&'p str, String),
    /// A field of an entry.
    Field(&'p str, String, &'p str),
}

/// Fields of a cluster, as a path names them.
const CLUSTER: [&str; 9] = [
    "-",
    "certificate-authority",
    "certificate-authority-data",
    "disable-compression",
    "extensions",
    "insecure-skip-tls-verify",
    "proxy-url",
    "server",
    "tls-server-name",
];

/// Fields of a user, as a path names them.
const USER: [&str; 16] = [
    "-",
    "act-as",
    "act-as-groups",
    "act-as-uid",
    "act-as-user-extra",
    "auth-provider",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "exec",
    "extensions",
    "password",
    "token",
    "tokenFile",
    "username",
];

/// Fields of a context, as a path names them.
const CONTEXT: [&str; 5] = ["-", "cluster", "extensions", "namespace", "user"];

/// Sets what `path` names to `value`. Bytes are given in base64, or as they are where `raw` says so. A missing entry is
/// made.
///
/// # Errors
/// kubectl's sentences for a path that leads nowhere and for a value that does not fit.
pub fn set(config: &mut Kubeconfig, path: &str, value: &str, raw: bool) -> Result<()> {
    let target = parse(path)?;
    let whole = match slot(config, &target, true)? {
        Slot::Text(text) => {
            value.clone_into(text);
            false
        }
        Slot::Truth(truth) => {
            *truth = parse_bool(value)?;
            false
        }
        Slot::Bytes(bytes) if raw => {
            *bytes = value.as_bytes().to_vec();
            false
        }
        Slot::Bytes(bytes) => {
            *bytes = base64::decode(value).map_err(|sentence| Error::message(format!("error decoding input value: {sentence}")))?;
            false
        }
        Slot::Texts(_) => return Err(Error::message("unrecognized slice type. string")),
        Slot::Map(shown, _) => return Err(Error::message(format!("can't set a map to a value: map[{shown}]"))),
        Slot::Nowhere => false,
        Slot::Whole(_) => true,
    };
    if whole { Err(whole_entry(config, &target, path)) } else { Ok(()) }
}

/// Takes away what `path` names; it need not be there, but an entry that has a field must.
///
/// # Errors
/// As [`set`].
pub fn unset(config: &mut Kubeconfig, path: &str) -> Result<()> {
    let target = parse(path)?;
    match slot(config, &target, false)? {
        Slot::Text(text) => text.clear(),
        Slot::Truth(truth) => *truth = false,
        Slot::Bytes(bytes) => bytes.clear(),
        Slot::Texts(texts) => texts.clear(),
        Slot::Whole(take) | Slot::Map(_, take) => take(),
        Slot::Nowhere => {}
    }
    Ok(())
}

/// The sentence for whoever sets something that has parts.
fn whole_entry(config: &Kubeconfig, target: &Target<'_>, path: &str) -> Error {
    fn names<T>(entries: &BTreeMap<String, T>) -> String {
        entries.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
    let names = match target {
        Target::Top("clusters") | Target::Entry("clusters", _) => names(&config.clusters),
        Target::Top("users") | Target::Entry("users", _) => names(&config.users),
        Target::Top("contexts") | Target::Entry("contexts", _) => names(&config.contexts),
        Target::Top("preferences") => {
            let sentence = "unable to locate path config.navigationStep{stepValue:\"\", stepType:reflect.Type(nil)} under";
            let extensions = duplicates::extension_map(&config.preferences.extensions);
            return Error::message(format!("{sentence} {{{} map[{extensions}]}}", config.preferences.colors));
        }
        _ => return Error::message(format!("unable to parse one or more field values of {path}")),
    };
    Error::message(format!("can't set a map to a value: map[{names}]"))
}

/// Reads a path.
fn parse(path: &str) -> Result<Target<'_>> {
    let unparsable = || Error::message(format!("unable to parse one or more field values of {path}"));
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let fields: &[&str] = match (first, rest) {
        ("clusters", Some(_)) => &CLUSTER,
        ("users", Some(_)) => &USER,
        ("contexts", Some(_)) => &CONTEXT,
        ("kind" | "apiVersion" | "current-context" | "clusters" | "users" | "contexts" | "preferences" | "extensions", None) => {
            return Ok(Target::Top(first));
        }
        ("kind" | "apiVersion" | "current-context" | "extensions", Some(_)) => return Err(unparsable()),
        ("preferences", Some(field @ ("colors" | "extensions"))) => return Ok(Target::Preference(field)),
        ("preferences", Some(rest)) if rest.starts_with("colors.") || rest.starts_with("extensions.") => return Err(unparsable()),
        ("preferences", Some(_)) => {
            let sentence = format!("unable to parse {path} after [{{preferences api.Preferences}}] at api.Preferences");
            return Err(Error::message(sentence));
        }
        _ => return Err(Error::message(format!("unable to parse {path} after [] at api.Config"))),
    };
    // The name has at least one word, so the search for a field begins behind it.
    let words: Vec<&str> = rest.unwrap_or_default().split('.').collect();
    let Some(at) = (1..words.len()).find(|at| fields.contains(&words[*at])) else {
        return Ok(Target::Entry(first, words.join(".")));
    };
    if at + 1 < words.len() {
        return Err(match words[at] {
            "act-as-user-extra" => Error::message("string is not of type struct"),
            _ => unparsable(),
        });
    }
    Ok(Target::Field(first, words[..at].join("."), words[at]))
}

/// The value that a path leads to. `make` makes a missing entry.
fn slot<'c>(config: &'c mut Kubeconfig, target: &Target<'_>, make: bool) -> Result<Slot<'c>> {
    /// The entry with a field in it.
    fn entry<'c, T: Default>(entries: &'c mut BTreeMap<String, T>, name: &str, make: bool) -> Result<&'c mut T> {
        if !make && !entries.contains_key(name) {
            return Err(Error::message(format!("current map key `{name}` is invalid")));
        }
        Ok(entries.entry(name.to_owned()).or_default())
    }
    /// The deed that takes an entry away.
    fn removal<'c, T>(entries: &'c mut BTreeMap<String, T>, name: &str) -> Slot<'c> {
        let name = name.to_owned();
        Slot::Whole(Box::new(move || {
            entries.remove(&name);
        }))
    }
    Ok(match target {
        Target::Top("current-context") => Slot::Text(&mut config.current_context),
        Target::Top("clusters") => Slot::Whole(Box::new(|| config.clusters.clear())),
        Target::Top("users") => Slot::Whole(Box::new(|| config.users.clear())),
        Target::Top("contexts") => Slot::Whole(Box::new(|| config.contexts.clear())),
        Target::Top("preferences") => Slot::Whole(Box::new(|| config.preferences = Default::default())),
        Target::Top("extensions") => extensions_slot(&mut config.extensions),
        // Kind and version are always written as they must be.
        Target::Top(_) => Slot::Nowhere,
        Target::Preference("colors") => Slot::Truth(&mut config.preferences.colors),
        Target::Preference(_) => extensions_slot(&mut config.preferences.extensions),
        Target::Entry("clusters", name) => removal(&mut config.clusters, name),
        Target::Entry("users", name) => removal(&mut config.users, name),
        Target::Entry(_, name) => removal(&mut config.contexts, name),
        Target::Field("clusters", name, field) => cluster_slot(entry(&mut config.clusters, name, make)?, field),
        Target::Field("users", name, field) => user_slot(entry(&mut config.users, name, make)?, field),
        Target::Field(_, name, field) => context_slot(entry(&mut config.contexts, name, make)?, field),
    })
}

fn extensions_slot(extensions: &mut Extensions) -> Slot<'_> {
    Slot::Map(duplicates::extension_map(extensions), Box::new(|| extensions.clear()))
}

fn cluster_slot<'c>(cluster: &'c mut Cluster, field: &str) -> Slot<'c> {
    match field {
        "certificate-authority" => Slot::Text(&mut cluster.certificate_authority),
        "certificate-authority-data" => Slot::Bytes(&mut cluster.certificate_authority_data),
        "disable-compression" => Slot::Truth(&mut cluster.disable_compression),
        "extensions" => extensions_slot(&mut cluster.extensions),
        "insecure-skip-tls-verify" => Slot::Truth(&mut cluster.insecure_skip_tls_verify),
        "proxy-url" => Slot::Text(&mut cluster.proxy_url),
        "server" => Slot::Text(&mut cluster.server),
        "tls-server-name" => Slot::Text(&mut cluster.tls_server_name),
        _ => Slot::Text(&mut cluster.origin),
    }
}

fn user_slot<'c>(user: &'c mut User, field: &str) -> Slot<'c> {
    match field {
        "act-as" => Slot::Text(&mut user.impersonate),
        "act-as-groups" => Slot::Texts(&mut user.impersonate_groups),
        "act-as-uid" => Slot::Text(&mut user.impersonate_uid),
        "act-as-user-extra" => {
            let extra = user.impersonate_user_extra.iter();
            let shown = extra.map(|(key, values)| format!("{key}:[{}]", values.as_deref().unwrap_or_default().join(" ")));
            let shown = shown.collect::<Vec<_>>().join(" ");
            Slot::Map(shown, Box::new(|| user.impersonate_user_extra.clear()))
        }
        "auth-provider" => Slot::Whole(Box::new(|| user.auth_provider = None)),
        "client-certificate" => Slot::Text(&mut user.client_certificate),
        "client-certificate-data" => Slot::Bytes(&mut user.client_certificate_data),
        "client-key" => Slot::Text(&mut user.client_key),
        "client-key-data" => Slot::Bytes(&mut user.client_key_data),
        "exec" => Slot::Whole(Box::new(|| user.exec = None)),
        "extensions" => extensions_slot(&mut user.extensions),
        "password" => Slot::Text(&mut user.password),
        "token" => Slot::Text(&mut user.token),
        "tokenFile" => Slot::Text(&mut user.token_file),
        "username" => Slot::Text(&mut user.username),
        _ => Slot::Text(&mut user.origin),
    }
}

fn context_slot<'c>(context: &'c mut Context, field: &str) -> Slot<'c> {
    match field {
        "cluster" => Slot::Text(&mut context.cluster),
        "extensions" => extensions_slot(&mut context.extensions),
        "namespace" => Slot::Text(&mut context.namespace),
        "user" => Slot::Text(&mut context.user),
        _ => Slot::Text(&mut context.origin),
    }
}

/// A truth as Go's `strconv.ParseBool` reads it.
fn parse_bool(text: &str) -> Result<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        other => Err(Error::message(format!(
            "strconv.ParseBool: parsing {}: invalid syntax",
            quote(other)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubeconfig::load;

    const FILE: &[u8] = br#"
clusters: [{name: c, cluster: {extensions: [{name: a, extension: [1]}]}}, {name: a.b, cluster: {server: s}}]
users: [{name: u, user: {token: t, exec: {command: x}, as-user-extra: {k: [v]}}}]
contexts: [{name: x, context: {namespace: ns}}]
current-context: x
"#;

    fn file() -> Kubeconfig {
        load::parse(FILE, "/k").unwrap()
    }

    #[test]
    fn set_finds_the_field_behind_a_name_with_dots() {
        let mut config = file();
        set(&mut config, "clusters.a.b.server", "new", false).unwrap();
        assert_eq!(config.clusters["a.b"].server, "new");
        set(&mut config, "clusters..server", "nameless", false).unwrap();
        assert_eq!(config.clusters[""].server, "nameless");
        set(&mut config, "clusters.a.b.certificate-authority-data", "YWJj", false).unwrap();
        assert_eq!(config.clusters["a.b"].certificate_authority_data, b"abc");
        set(&mut config, "clusters.a.b.certificate-authority-data", "zz!", true).unwrap();
        assert_eq!(config.clusters["a.b"].certificate_authority_data, b"zz!");
        set(&mut config, "users.new.act-as", "me", false).unwrap();
        assert_eq!(config.users["new"].impersonate, "me");
    }

    #[test]
    fn set_of_what_cannot_be_set_says_what_kubectl_says() {
        for (path, value, want) in [
            (
                "users.u.exec.command",
                "x",
                "unable to parse one or more field values of users.u.exec.command",
            ),
            ("users.u.as", "x", "can't set a map to a value: map[u]"),
            ("users", "x", "can't set a map to a value: map[u]"),
            ("users.u.act-as-groups", "x", "unrecognized slice type. string"),
            ("users.u.act-as-user-extra", "x", "can't set a map to a value: map[k:[v]]"),
            ("users.u.act-as-user-extra.k", "x", "string is not of type struct"),
            ("foo", "x", "unable to parse foo after [] at api.Config"),
            (".", "x", "unable to parse . after [] at api.Config"),
            (
                "current-context.x",
                "x",
                "unable to parse one or more field values of current-context.x",
            ),
            (
                "preferences.colors",
                "maybe",
                "strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            (
                "clusters.c.certificate-authority-data",
                "zz!",
                "error decoding input value: illegal base64 data at input byte 2",
            ),
            (
                "clusters.c.extensions",
                "x",
                "can't set a map to a value: map[a:&Unknown{TypeMeta:TypeMeta{APIVersion:,Kind:,},Raw:*[91 49 93],\
                 ContentEncoding:,ContentType:application/json,}]",
            ),
            (
                "preferences",
                "x",
                "unable to locate path config.navigationStep{stepValue:\"\", stepType:reflect.Type(nil)} under {false map[]}",
            ),
        ] {
            assert_eq!(set(&mut file(), path, value, false).unwrap_err().to_string(), want, "{path}");
        }
    }

    #[test]
    fn unset_takes_away_fields_entries_and_lists() {
        let mut config = file();
        for path in [
            "users.u.exec",
            "contexts.x.namespace",
            "current-context",
            "clusters.c",
            "kind",
            "users.gone",
        ] {
            unset(&mut config, path).unwrap();
        }
        assert_eq!(config.users["u"].exec, None);
        assert_eq!(config.contexts["x"].namespace, "");
        assert_eq!(config.current_context, "");
        assert_eq!(config.clusters.keys().collect::<Vec<_>>(), ["a.b"]);
        unset(&mut config, "clusters").unwrap();
        assert!(config.clusters.is_empty());
        let error = unset(&mut config, "clusters.gone.server").unwrap_err();
        assert_eq!(error.to_string(), "current map key `gone` is invalid");
    }
}
