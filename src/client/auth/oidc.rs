//! Auth providers: OpenID Connect, and the sentences for those that are gone (client-go's `plugin/pkg/client/auth`).

use std::collections::BTreeMap;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use http::{
    Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioExecutor;
use jiff::SignedDuration;
use tokio::sync::Mutex;

use crate::{
    api::{OwnedValue, Value, json},
    client::{
        Log, SaveTokens,
        connect::{Connector, Tls},
        klog::quoted,
        network::{self, NetworkError},
        request::{escape_query, query_pairs},
    },
    error::{Error, Result},
    kubeconfig::{AuthProvider, RestConfig, TlsConfig},
    streams::Streams,
    world::World,
};

/// How long before its end a token is no longer used.
const LEEWAY: SignedDuration = SignedDuration::from_secs(10);

/// How much of a provider's answer is read, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// How much of an answer that is none is shown, in bytes.
const MAX_SHOWN: usize = 80;

/// Base64 as in tokens: without padding, and bits that stand for nothing may be set.
const TOKEN_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// A provider of OpenID Connect tokens.
pub(crate) struct Provider {
    connector: Connector,
    user: String,
    streams: Streams,
    save: Option<SaveTokens>,
    settings: Mutex<BTreeMap<String, String>>,
}

/// The provider that a kubeconfig names.
///
/// # Errors
/// client-go's sentences for providers that are gone or unknown, and for settings that are missing.
pub(crate) fn provider(
    provider: &AuthProvider,
    config: &RestConfig,
    world: &World,
    log: &Log,
    save: Option<SaveTokens>,
) -> Result<Provider> {
    match provider.name.as_str() {
        "oidc" => Provider::new(provider.config.clone().unwrap_or_default(), config, world, log, save),
        "gcp" => Err(Error::message(
            "The gcp auth plugin has been removed.\n\
             Please use the \"gke-gcloud-auth-plugin\" kubectl/client-go credential plugin instead.\n\
             See https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke for further details",
        )),
        "azure" => Err(Error::message(
            "The azure auth plugin has been removed.\n\
             Please use the https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead.\n\
             See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins for further details",
        )),
        other => Err(Error::message(format!("no Auth Provider found for name {}", quoted(other)))),
    }
}

impl Provider {
    fn new(settings: BTreeMap<String, String>, config: &RestConfig, world: &World, log: &Log, save: Option<SaveTokens>) -> Result<Self> {
        let setting = |name: &str| settings.get(name).map(String::as_str).unwrap_or_default();
        for needed in ["idp-issuer-url", "client-id"] {
            if setting(needed).is_empty() {
                return Err(Error::message(format!("Must provide {needed}")));
            }
        }
        let encoded = setting("idp-certificate-authority-data");
        let authority = base64::engine::general_purpose::STANDARD
            .decode(encoded)
            .map_err(|_| Error::message(illegal_base64(encoded, &alphabet::STANDARD)))?;
        let tls = TlsConfig {
            ca_file: setting("idp-certificate-authority").to_owned(),
            ca_data: authority,
            ..TlsConfig::default()
        };
        let tls = Tls::new(&tls, world, log.clone())?;
        Ok(Provider {
            connector: Connector::new(tls, "", &world.env, log.clone())?,
            user: config.user_name.clone(),
            streams: world.streams.clone(),
            save,
            settings: Mutex::new(settings),
        })
    }

    /// A token that is still good: the kubeconfig's, or a new one.
    pub(crate) async fn token(&self) -> Result<String, NetworkError> {
        let mut settings = self.settings.lock().await;
        let setting = |name: &str| settings.get(name).cloned().unwrap_or_default();
        let token = setting("id-token");
        if !token.is_empty() && self.is_good(&token).map_err(NetworkError::new)? {
            return Ok(token);
        }
        let refresh_token = setting("refresh-token");
        if refresh_token.is_empty() {
            return Err(NetworkError::new("No valid id-token, and cannot refresh without refresh-token"));
        }
        let endpoint = self.token_endpoint(&setting("idp-issuer-url")).await?;
        let answer = self
            .refresh(&endpoint, &refresh_token, &setting("client-id"), &setting("client-secret"))
            .await
            .map_err(|error| NetworkError::new(format!("failed to refresh token: {error}")))?;
        let Some(token) = answer.get("id_token").and_then(Value::as_str) else {
            return Err(NetworkError::new(
                "token response did not contain an id_token, either the scope \"openid\" wasn't requested upon login, \
                 or the provider doesn't support id_tokens as part of the refresh response",
            ));
        };
        let mut renewed = settings.clone();
        let new_refresh_token = answer.str_at(&["refresh_token"]);
        if !new_refresh_token.is_empty() {
            renewed.insert("refresh-token".to_owned(), new_refresh_token.to_owned());
        }
        renewed.insert("id-token".to_owned(), token.to_owned());
        if let Some(save) = &self.save {
            save.save(&self.user, &renewed)
                .map_err(|error| NetworkError::new(format!("could not persist new tokens: {error}")))?;
        }
        *settings = renewed;
        Ok(token.to_owned())
    }

    /// Whether a token has not expired.
    fn is_good(&self, token: &str) -> Result<bool, String> {
        let parts: Vec<&str> = token.split('.').collect();
        let [_, payload, _] = parts.as_slice() else {
            return Err("ID Token is not a valid JWT".to_owned());
        };
        let payload = TOKEN_BASE64
            .decode(payload)
            .map_err(|_| illegal_base64(payload, &alphabet::URL_SAFE))?;
        let claims = json::parse(&payload).map_err(|error| format!("parsing claims: {error}"))?;
        // Whole seconds; of a number with a fraction Go takes the whole part.
        let end = claims.get("exp").and_then(Value::as_float).unwrap_or(f64::MIN);
        let now = self.streams.now() + LEEWAY;
        Ok((now.as_second() as f64) < end)
    }

    /// Where the issuer gives out tokens.
    async fn token_endpoint(&self, issuer: &str) -> Result<String, NetworkError> {
        let url = format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer));
        let (status, _, body) = self
            .exchange(Method::GET, &url, None, String::new())
            .await
            .map_err(|error| NetworkError::new(format!("Get {}: {error}", quoted(&url))))?;
        if status != StatusCode::OK {
            let mut shown = String::from_utf8_lossy(&body[..body.len().min(MAX_SHOWN)]).into_owned();
            if body.len() > MAX_SHOWN {
                shown.push_str("...");
            }
            return Err(NetworkError::new(format!(
                "oidc: failed to query metadata endpoint {}: {}",
                status_line(status),
                quoted(&shown)
            )));
        }
        let metadata =
            json::parse(&body).map_err(|error| NetworkError::new(format!("oidc: failed to decode provider discovery object: {error}")))?;
        match metadata.str_at(&["token_endpoint"]) {
            "" => Err(NetworkError::new("oidc: discovery object doesn't contain a token_endpoint")),
            endpoint => Ok(endpoint.to_owned()),
        }
    }

    /// Asks for a new token; what came with it. The client shows who it is in a header, and where that is refused, in
    /// the form, as `golang.org/x/oauth2` does.
    async fn refresh(&self, endpoint: &str, refresh_token: &str, client: &str, secret: &str) -> Result<OwnedValue, NetworkError> {
        let mut form = String::from("grant_type=refresh_token&refresh_token=");
        escape_query(&mut form, refresh_token);
        let (mut name, mut password) = (String::new(), String::new());
        escape_query(&mut name, client);
        escape_query(&mut password, secret);
        let first = self
            .ask_for_token(endpoint, Some(super::basic(&name, &password)), form.clone())
            .await;
        if first.is_ok() {
            return first;
        }
        let mut identified = format!("client_id={name}");
        if !secret.is_empty() {
            identified.push_str(&format!("&client_secret={password}"));
        }
        self.ask_for_token(endpoint, None, format!("{identified}&{form}")).await
    }

    async fn ask_for_token(&self, endpoint: &str, authorization: Option<String>, form: String) -> Result<OwnedValue, NetworkError> {
        let (status, content_type, body) = self
            .exchange(Method::POST, endpoint, authorization, form)
            .await
            .map_err(|error| NetworkError::new(format!("Post {}: {error}", quoted(endpoint))))?;
        let media = content_type.split(';').next().unwrap_or_default().trim();
        let answer = match media {
            "application/x-www-form-urlencoded" | "text/plain" => form_value(&String::from_utf8_lossy(&body)),
            _ => match json::parse(&body) {
                Ok(value) => value.into_owned(),
                Err(error) if status.is_success() => return Err(NetworkError::new(format!("oauth2: cannot parse json: {error}"))),
                Err(_) => Value::Null,
            },
        };
        let code = answer.str_at(&["error"]);
        if !status.is_success() || !code.is_empty() {
            return Err(NetworkError::new(match (code, answer.str_at(&["error_description"])) {
                ("", _) => format!(
                    "oauth2: cannot fetch token: {}\nResponse: {}",
                    status_line(status),
                    String::from_utf8_lossy(&body)
                ),
                (code, "") => format!("oauth2: {}", quoted(code)),
                (code, description) => format!("oauth2: {} {}", quoted(code), quoted(description)),
            }));
        }
        if answer.str_at(&["access_token"]).is_empty() {
            return Err(NetworkError::new("oauth2: server response missing access_token"));
        }
        Ok(answer)
    }

    /// Sends a request to the issuer: the answer's status, content type and body.
    async fn exchange(
        &self,
        method: Method,
        url: &str,
        authorization: Option<String>,
        form: String,
    ) -> Result<(StatusCode, String, Bytes), NetworkError> {
        let mut request = http::Request::builder()
            .method(&method)
            .uri(url)
            .header(USER_AGENT, "Go-http-client/1.1");
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request
            .body(Full::new(Bytes::from(form)))
            .map_err(|error| NetworkError::new(error.to_string()))?;
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .http1_title_case_headers(true)
            .build::<_, Full<Bytes>>(self.connector.clone());
        let response = client.request(request).await.map_err(|error| network::of_request(&error))?;
        let (parts, body) = response.into_parts();
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| network::of_body(error.as_ref()))?.to_bytes();
        Ok((parts.status, content_type, body))
    }
}

/// A form as an object of texts.
fn form_value(form: &str) -> OwnedValue {
    let mut value = Value::Object(crate::api::Map::new());
    for (key, text) in query_pairs(form) {
        value.object_at(&[]).insert(key, text);
    }
    value
}

/// `400 Bad Request`
fn status_line(status: StatusCode) -> String {
    format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or_default())
}

/// Go's words for text that is not base64.
fn illegal_base64(text: &str, alphabet: &alphabet::Alphabet) -> String {
    let known = alphabet.as_str();
    let at = text
        .find(|letter| !known.contains(letter))
        .unwrap_or_else(|| text.len().saturating_sub(text.len() % 4));
    format!("illegal base64 data at input byte {at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_base64_names_the_first_wrong_byte() {
        assert_eq!(illegal_base64("ab!c", &alphabet::STANDARD), "illegal base64 data at input byte 2");
        assert_eq!(illegal_base64("b", &alphabet::URL_SAFE), "illegal base64 data at input byte 0");
        assert_eq!(illegal_base64("abcde", &alphabet::URL_SAFE), "illegal base64 data at input byte 4");
    }
}
