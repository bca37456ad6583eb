//! Who a client says it is: tokens, files of tokens, passwords, credential plugins, auth providers, impersonation.
//!
//! What the kubeconfig says outright is shown (masked) in the log of a request. What a plugin or a provider brings is
//! added after that, as client-go adds it.

pub mod exec;
mod exec_credential;
pub mod oidc;
pub mod policy;

use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};

use super::{Log, Settings, connect::tls::Identity, network::NetworkError, request::is_token};
use crate::{
    error::{Error, Result},
    kubeconfig::{Impersonate, RestConfig},
    streams::Streams,
    world::World,
};

/// How long a token from a file is used before the file is read again.
const TOKEN_FILE_PERIOD: Duration = Duration::from_secs(60);

/// How long before its end such a token is no longer used.
const TOKEN_FILE_LEEWAY: Duration = Duration::from_secs(10);

/// A client's credentials.
pub(super) struct Auth {
    known: Known,
    fetched: Fetched,
}

/// What the kubeconfig says.
enum Known {
    Nothing,
    /// The value of `Authorization`.
    Header(String),
    File(TokenFile),
}

/// Where more is got with the first request.
enum Fetched {
    Nowhere,
    Plugin(Box<exec::Plugin>),
    Provider(Box<oidc::Provider>),
}

impl Auth {
    /// The credentials that `config` names. Nothing is run or asked yet.
    ///
    /// # Errors
    /// client-go's sentences for credentials that contradict each other or cannot be used.
    pub(super) fn new(config: &RestConfig, world: &World, log: &Log, settings: &Settings) -> Result<Auth> {
        let auth = &config.auth;
        if auth.exec.is_some() && auth.auth_provider.is_some() {
            return Err(Error::message("execProvider and authProvider cannot be used in combination"));
        }
        let has_token = !auth.token.is_empty() || !auth.token_file.is_empty();
        let has_password = !auth.username.is_empty() || !auth.password.is_empty();
        let tls = &config.tls;
        let has_certificate =
            (!tls.cert_data.is_empty() || !tls.cert_file.is_empty()) && (!tls.key_data.is_empty() || !tls.key_file.is_empty());
        let mut fetched = Fetched::Nowhere;
        if let Some(program) = &auth.exec {
            let plugin = exec::Plugin::new(program, config, world, log, &settings.plugin_policy)?;
            // Other credentials count before the plugin, which is then not run.
            if !has_token && !has_password && !has_certificate {
                fetched = Fetched::Plugin(Box::new(plugin));
            }
        }
        if let Some(provider) = &auth.auth_provider {
            let provider = oidc::provider(provider, config, world, log, settings.save_tokens.clone())?;
            if !has_token && !has_password {
                fetched = Fetched::Provider(Box::new(provider));
            }
        }
        if has_token && has_password {
            return Err(Error::message("username/password or bearer token may be set, but not both"));
        }
        let known = if !auth.token_file.is_empty() {
            Known::File(TokenFile::new(
                world.directory.join(&auth.token_file),
                auth.token.clone(),
                world.streams.clone(),
            )?)
        } else if has_token {
            Known::Header(format!("Bearer {}", auth.token))
        } else if has_password {
            Known::Header(basic(&auth.username, &auth.password))
        } else {
            Known::Nothing
        };
        Ok(Auth { known, fetched })
    }

    /// The value of `Authorization` that the kubeconfig gives.
    pub(super) fn known(&self) -> Result<Option<HeaderValue>, NetworkError> {
        match &self.known {
            Known::Nothing => Ok(None),
            Known::Header(value) => header_value(value).map(Some),
            Known::File(file) => header_value(&format!("Bearer {}", file.token())).map(Some),
        }
    }

    /// The value of `Authorization` that a plugin or provider gives, and whether `identity` became another with it.
    pub(super) async fn fetch(&self, identity: &Identity) -> Result<(Option<HeaderValue>, bool), NetworkError> {
        match &self.fetched {
            Fetched::Nowhere => Ok((None, false)),
            Fetched::Plugin(plugin) => {
                let changed = plugin.refresh_if_expired(identity).await?;
                let token = plugin.token().await;
                let header = (!token.is_empty()).then(|| header_value(&format!("Bearer {token}")));
                Ok((header.transpose()?, changed))
            }
            Fetched::Provider(provider) => {
                let token = provider.token().await?;
                Ok((Some(header_value(&format!("Bearer {token}"))?), false))
            }
        }
    }

    /// Notes that the server did not accept the credentials, so that the next request brings others; says whether
    /// `identity` became another.
    pub(super) async fn refused(&self, sent: Option<&HeaderValue>, identity: &Identity) -> bool {
        match &self.fetched {
            Fetched::Plugin(plugin) => plugin.refused(sent, identity).await,
            Fetched::Nowhere | Fetched::Provider(_) => {
                if let Known::File(file) = &self.known {
                    file.forget();
                }
                false
            }
        }
    }

    /// Tells a plugin that standard input is in use.
    pub(super) fn set_input_used(&self) {
        if let Fetched::Plugin(plugin) = &self.fetched {
            plugin.set_input_used();
        }
    }
}

/// `Basic` and what follows it.
pub(super) fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

/// The value of an `Authorization` header.
fn header_value(text: &str) -> Result<HeaderValue, NetworkError> {
    let mut value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| NetworkError::new("net/http: invalid header field value for \"Authorization\""))?;
    value.set_sensitive(true);
    Ok(value)
}

/// A file with a token that another program renews.
struct TokenFile {
    path: PathBuf,
    /// What counts where the file cannot be read.
    fallback: String,
    streams: Streams,
    read: Mutex<Option<(String, Timestamp)>>,
}

impl TokenFile {
    /// A file that is read at once where there is no `token` yet.
    fn new(path: PathBuf, token: String, streams: Streams) -> Result<Self> {
        let mut file = TokenFile {
            path,
            fallback: token,
            streams,
            read: Mutex::new(None),
        };
        if file.fallback.is_empty() {
            file.fallback = file.read_file().map_err(Error::message)?;
        }
        Ok(file)
    }

    /// The token, at most a minute old.
    fn token(&self) -> String {
        let now = self.streams.now();
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let period = SignedDuration::try_from(TOKEN_FILE_PERIOD.saturating_sub(TOKEN_FILE_LEEWAY)).unwrap_or_default();
        if let Some((token, at)) = read.as_ref()
            && now.duration_since(*at) < period
        {
            return token.clone();
        }
        match self.read_file() {
            Ok(token) => {
                *read = Some((token.clone(), now));
                token
            }
            Err(_) => read.as_ref().map_or_else(|| self.fallback.clone(), |(token, _)| token.clone()),
        }
    }

    fn forget(&self) {
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn read_file(&self) -> Result<String, String> {
        let path = self.path.display();
        let text = fs::read(&self.path).map_err(|error| {
            let reason = crate::error::reason(&error);
            format!("failed to read token file \"{path}\": open {path}: {reason}")
        })?;
        match String::from_utf8_lossy(&text).trim() {
            "" => Err(format!("read empty token from file \"{path}\"")),
            token => Ok(token.to_owned()),
        }
    }
}

/// Adds the headers that say whom to act as.
pub(super) fn impersonate(headers: &mut HeaderMap, whom: &Impersonate) -> Result<()> {
    if whom.user.is_empty() && whom.uid.is_empty() && whom.groups.is_empty() && whom.extra.is_empty() {
        return Ok(());
    }
    let mut add = |name: String, value: &str| {
        let wrong = || Error::message(format!("net/http: invalid header field value for {name:?}"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        headers.append(key, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?);
        Ok::<(), Error>(())
    };
    add("Impersonate-User".to_owned(), &whom.user)?;
    if !whom.uid.is_empty() {
        add("Impersonate-Uid".to_owned(), &whom.uid)?;
    }
    for group in &whom.groups {
        add("Impersonate-Group".to_owned(), group)?;
    }
    for (key, values) in &whom.extra {
        for value in values {
            add(format!("Impersonate-Extra-{}", escape_key(key)), value)?;
        }
    }
    Ok(())
}

/// A key as part of a header's name: what may not stand there, and the percent sign, is escaped.
fn escape_key(key: &str) -> String {
    key.bytes()
        .map(|byte| match is_token(byte) && byte != b'%' {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impersonate_escapes_keys_that_no_header_may_have() {
        let mut headers = HeaderMap::new();
        let whom = Impersonate {
            user: "jane".to_owned(),
            uid: "u1".to_owned(),
            groups: vec!["g1".to_owned(), "g2".to_owned()],
            extra: [("sc ope/x%".to_owned(), vec!["a".to_owned(), "b".to_owned()])].into(),
        };
        impersonate(&mut headers, &whom).unwrap();
        let mut lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                "impersonate-extra-sc%20ope%2fx%25: a",
                "impersonate-extra-sc%20ope%2fx%25: b",
                "impersonate-group: g1",
                "impersonate-group: g2",
                "impersonate-uid: u1",
                "impersonate-user: jane",
            ]
        );
    }

    #[test]
    fn token_file_is_read_again_after_a_minute_or_a_refusal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "one\n").unwrap();
        let at = |seconds: i64| Streams::captured("").0.with_time(Timestamp::from_second(seconds).unwrap());
        let mut file = TokenFile::new(path.clone(), String::new(), at(0)).unwrap();
        assert_eq!(file.token(), "one");
        fs::write(&path, " two ").unwrap();
        assert_eq!(file.token(), "one");
        file.streams = at(55);
        assert_eq!(file.token(), "two");
        fs::write(&path, "three").unwrap();
        assert_eq!(file.token(), "two");
        file.forget();
        assert_eq!(file.token(), "three");
        fs::remove_file(&path).unwrap();
        file.streams = at(1_000);
        assert_eq!(file.token(), "three");
    }

    #[test]
    fn token_file_that_is_empty_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "\n").unwrap();
        let error = TokenFile::new(path.clone(), String::new(), Streams::captured("").0).err().unwrap();
        assert_eq!(error.text(), format!("error: read empty token from file {path:?}"));
    }
}
