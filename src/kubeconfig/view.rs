//! A kubeconfig made smaller, self-contained, or fit to be shown.

use std::fs;

use super::{Kubeconfig, path};
use crate::error::{Error, Result, unread};

/// What is shown for certificates and keys: base64 of this reads `DATA+OMITTED`.
const OMITTED: [u8; 9] = [0x0c, 0x04, 0xc0, 0xf8, 0xe3, 0x08, 0x4d, 0x31, 0x03];

/// What is shown for tokens and passwords.
const REDACTED: &str = "REDACTED";

/// Keeps the current context and its entries only.
///
/// # Errors
/// There is no current context, or an entry that it names is missing.
pub fn minify(config: &mut Kubeconfig) -> Result<()> {
    let current = config.current_context.clone();
    if current.is_empty() {
        return Err(Error::message("current-context must exist in order to minify"));
    }
    let Some(context) = config.contexts.get(&current) else {
        return Err(Error::message(format!("cannot locate context {current}")));
    };
    let (cluster, user) = (context.cluster.clone(), context.user.clone());
    if !cluster.is_empty() && !config.clusters.contains_key(&cluster) {
        return Err(Error::message(format!("cannot locate cluster {cluster}")));
    }
    if !user.is_empty() && !config.users.contains_key(&user) {
        return Err(Error::message(format!("cannot locate user {user}")));
    }
    config.contexts.retain(|name, _| *name == current);
    config.clusters.retain(|name, _| !cluster.is_empty() && *name == cluster);
    config.users.retain(|name, _| !user.is_empty() && *name == user);
    Ok(())
}

/// Puts the contents of certificate and key files in the place of their names, read against the folder of the entry's
/// file, or against `directory` for an entry without one.
///
/// # Errors
/// A file that cannot be read, or an entry that has both a name and contents.
pub fn flatten(config: &mut Kubeconfig, directory: &str) -> Result<()> {
    let include = |file: &mut String, data: &mut Vec<u8>, origin: &str| -> Result<()> {
        if file.is_empty() {
            return Ok(());
        }
        if !data.is_empty() {
            return Err(Error::message("cannot have values for both path and contents"));
        }
        let location = path::absolute(file, &path::absolute(&path::folder(origin), directory));
        *data = fs::read(&location).map_err(|error| Error::message(unread(&location, &error)))?;
        file.clear();
        Ok(())
    };
    for user in config.users.values_mut() {
        include(&mut user.client_certificate, &mut user.client_certificate_data, &user.origin)?;
        include(&mut user.client_key, &mut user.client_key_data, &user.origin)?;
    }
    for cluster in config.clusters.values_mut() {
        include(
            &mut cluster.certificate_authority,
            &mut cluster.certificate_authority_data,
            &cluster.origin,
        )?;
    }
    Ok(())
}

/// Puts words in the place of credentials and of long data.
pub fn redact(config: &mut Kubeconfig) {
    let omit = |data: &mut Vec<u8>| {
        if !data.is_empty() {
            *data = OMITTED.to_vec();
        }
    };
    let hide = |text: &mut String| {
        if !text.is_empty() {
            REDACTED.clone_into(text);
        }
    };
    for user in config.users.values_mut() {
        omit(&mut user.client_certificate_data);
        omit(&mut user.client_key_data);
        hide(&mut user.token);
        hide(&mut user.password);
    }
    for cluster in config.clusters.values_mut() {
        omit(&mut cluster.certificate_authority_data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubeconfig::{encode, load::parse};

    #[test]
    fn redact_leaves_words_that_say_what_was_there() {
        let file = b"users: [{name: u, user: {token: s1, password: s2, client-key-data: czM=, username: joe}}]";
        let mut config = parse(file, "").unwrap();
        redact(&mut config);
        let shown = encode::kubeconfig(&config);
        let user = shown.items_at(&["users"])[0].get("user").unwrap();
        assert_eq!(user.str_at(&["token"]), "REDACTED");
        assert_eq!(user.str_at(&["password"]), "REDACTED");
        assert_eq!(user.str_at(&["client-key-data"]), "DATA+OMITTED");
        assert_eq!(user.str_at(&["username"]), "joe");
    }

    #[test]
    fn minify_keeps_what_the_current_context_names() {
        let file = b"clusters: [{name: a}, {name: b}]\nusers: [{name: u}, {name: v}]\n\
            contexts: [{name: x, context: {cluster: b, user: v}}, {name: z}]\ncurrent-context: x";
        let mut config = parse(file, "").unwrap();
        minify(&mut config).unwrap();
        assert_eq!(config.clusters.keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(config.users.keys().collect::<Vec<_>>(), ["v"]);
        assert_eq!(config.contexts.keys().collect::<Vec<_>>(), ["x"]);
        config.current_context = "gone".to_owned();
        assert_eq!(minify(&mut config).unwrap_err().to_string(), "cannot locate context gone");
    }

    #[test]
    fn flatten_reads_files_beside_the_entrys_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.crt"), "CA").unwrap();
        let origin = folder.path().join("config");
        let mut config = parse(
            b"clusters: [{name: a, cluster: {certificate-authority: ca.crt}}]",
            origin.to_str().unwrap(),
        )
        .unwrap();
        flatten(&mut config, "/").unwrap();
        assert_eq!(config.clusters["a"].certificate_authority_data, b"CA");
        assert_eq!(config.clusters["a"].certificate_authority, "");
    }
}
