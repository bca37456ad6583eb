//! Auth providers, as the server and the issuer see them.

use std::sync::{Arc, Mutex};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    body, config,
    credentials::{authorizations, ok, refusal},
    server::{Answer, Server, answer},
    world,
};
use crate::{
    client::{Client, Request, SaveTokens, Settings},
    kubeconfig::{AuthProvider, RestConfig},
};

pub fn provider(name: &str, settings: &[(&str, &str)]) -> AuthProvider {
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    AuthProvider {
        name: name.to_owned(),
        config: Some(settings.collect()),
    }
}

#[test]
fn providers_that_are_gone_or_incomplete_are_refused_at_once() {
    let refused = |provider: AuthProvider| {
        let mut config = RestConfig {
            server: "https://h".to_owned(),
            ..RestConfig::default()
        };
        config.auth.auth_provider = Some(provider);
        refusal(&config)
    };
    assert!(
        refused(provider("gcp", &[]))
            .starts_with("error: The gcp auth plugin has been removed.\nPlease use the \"gke-gcloud-auth-plugin\"")
    );
    assert!(
        refused(provider("azure", &[]))
            .starts_with("error: The azure auth plugin has been removed.\nPlease use the https://github.com/Azure/kubelogin")
    );
    assert_eq!(refused(provider("foo", &[])), "error: no Auth Provider found for name \"foo\"");
    assert_eq!(
        refused(provider("oidc", &[("client-id", "x")])),
        "error: Must provide idp-issuer-url"
    );
    let issuer = ("idp-issuer-url", "https://h");
    assert_eq!(refused(provider("oidc", &[issuer])), "error: Must provide client-id");
    let client = ("client-id", "x");
    for (setting, value, want) in [
        ("idp-certificate-authority", "/nowhere", "open /nowhere: no such file or directory"),
        ("idp-certificate-authority-data", "!", "illegal base64 data at input byte 0"),
        (
            "idp-certificate-authority-data",
            "aGk=",
            "unable to load root certificates: unable to parse bytes as PEM block",
        ),
    ] {
        assert_eq!(
            refused(provider("oidc", &[issuer, client, (setting, value)])),
            format!("error: {want}")
        );
    }
}

fn token(claims: &str) -> String {
    format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims))
}

/// What a client says that uses these settings; the server and the issuer it asks.
async fn oidc(issuer: &Server, settings: &[(&str, &str)]) -> (Result<String, String>, Option<Vec<(String, String)>>) {
    let server = Server::new([ok()]).await;
    let mut config = config(&server);
    config.user_name = "jane".to_owned();
    let url = format!("http://{}/", issuer.address);
    let mut all = vec![("idp-issuer-url", url.as_str()), ("client-id", "x"), ("client-secret", "s&t")];
    all.extend(settings);
    config.auth.auth_provider = Some(provider("oidc", &all));
    let saved = Arc::new(Mutex::new(None));
    let keep = saved.clone();
    let settings = Settings {
        save_tokens: Some(SaveTokens::new(move |user, settings| {
            assert_eq!(user, "jane");
            let tokens = settings.iter().filter(|(name, _)| name.ends_with("-token"));
            *keep.lock().unwrap() = Some(tokens.map(|(name, value)| (name.clone(), value.clone())).collect());
            Ok(())
        })),
        ..Settings::default()
    };
    let client = Client::new(&config, &world().0, settings).unwrap();
    let result = body(&client, Request::get("/x")).await;
    let result = match result {
        Ok(_) => Ok(authorizations(&server).remove(0)),
        Err(error) => Err(error.text().replace("Unable to connect to the server: ", "")),
    };
    let saved = saved.lock().unwrap().clone();
    (result, saved)
}

/// An issuer that names its endpoint and then gives these answers there.
async fn issuer(answers: impl IntoIterator<Item = (&'static str, &'static str, &'static str)>) -> Server {
    // The address is known only once the server is there, so a first one only leads to it.
    let tokens = answers
        .into_iter()
        .map(|(status, content_type, body)| Answer::Bytes(answer(status, &[&format!("Content-Type: {content_type}")], body)));
    let tokens = Server::new(tokens).await;
    let metadata = format!("{{\"token_endpoint\":\"http://{}/token\"}}", tokens.address);
    let server = Server::new([Answer::Bytes(answer("200 OK", &[], metadata))]).await;
    server.follow(tokens)
}

#[tokio::test]
async fn oidc_token_that_is_good_is_used() {
    let issuer = Server::new([]).await;
    let good = token("{\"exp\":99999999999}");
    let (result, saved) = oidc(&issuer, &[("id-token", &good)]).await;
    assert_eq!(result, Ok(format!("Bearer {good}")));
    assert_eq!(saved, None);
}

#[tokio::test]
async fn oidc_token_that_cannot_be_used_is_named() {
    let issuer = Server::new([]).await;
    for (token, want) in [
        (token("{\"exp\":1}"), "No valid id-token, and cannot refresh without refresh-token"),
        (token("{}"), "No valid id-token, and cannot refresh without refresh-token"),
        ("foo".to_owned(), "ID Token is not a valid JWT"),
        ("a.b.c".to_owned(), "illegal base64 data at input byte 0"),
    ] {
        assert_eq!(oidc(&issuer, &[("id-token", &token)]).await.0, Err(want.to_owned()), "{token}");
    }
}

#[tokio::test]
async fn oidc_token_is_renewed_and_saved() {
    let json = "application/json";
    let renewed = "{\"id_token\":\"new\",\"refresh_token\":\"r2\",\"access_token\":\"a\"}";
    let issuer = issuer([("200 OK", json, renewed)]).await;
    let (result, saved) = oidc(&issuer, &[("refresh-token", "r:1")]).await;
    assert_eq!(result, Ok("Bearer new".to_owned()));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(saved, Some(vec![pair("id-token", "new"), pair("refresh-token", "r2")]));
    assert!(issuer.requests()[0].starts_with("GET /.well-known/openid-configuration HTTP/1.1\r\n"));
    let request = issuer.followed().remove(0);
    assert!(request.starts_with("POST /token HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nAuthorization: Basic eDpzJTI2dA==\r\n"), "{request}");
    assert!(
        request.contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n"),
        "{request}"
    );
    assert!(
        request.ends_with("\r\n\r\ngrant_type=refresh_token&refresh_token=r%3A1"),
        "{request}"
    );
}

#[tokio::test]
async fn oidc_issuer_that_wants_no_header_is_asked_without() {
    let json = "application/json";
    let issuer = issuer([
        ("401 Unauthorized", json, "{\"error\":\"invalid_client\"}"),
        ("200 OK", json, "{\"id_token\":\"new\",\"access_token\":\"a\"}"),
    ])
    .await;
    assert_eq!(oidc(&issuer, &[("refresh-token", "r")]).await.0, Ok("Bearer new".to_owned()));
    let request = issuer.followed().remove(1);
    assert!(!request.contains("Authorization"), "{request}");
    assert!(
        request.ends_with("\r\n\r\nclient_id=x&client_secret=s%26t&grant_type=refresh_token&refresh_token=r"),
        "{request}"
    );
}

#[tokio::test]
async fn oidc_issuer_that_refuses_is_named_as_kubectl_names_it() {
    let (json, text) = ("application/json", "text/plain");
    let cases = [
        (
            ("200 OK", json, "{\"access_token\":\"a\"}"),
            "token response did not contain an id_token, either the scope \"openid\" wasn't requested upon login, \
             or the provider doesn't support id_tokens as part of the refresh response",
        ),
        (
            ("200 OK", json, "{\"id_token\":\"a\"}"),
            "failed to refresh token: oauth2: server response missing access_token",
        ),
        (
            (
                "400 Bad Request",
                json,
                "{\"error\":\"invalid_grant\",\"error_description\":\"expired\"}",
            ),
            "failed to refresh token: oauth2: \"invalid_grant\" \"expired\"",
        ),
        (("200 OK", json, "{\"error\":\"bad\"}"), "failed to refresh token: oauth2: \"bad\""),
        (
            ("400 Bad Request", text, "oh no"),
            "failed to refresh token: oauth2: cannot fetch token: 400 Bad Request\nResponse: oh no",
        ),
        (
            ("200 OK", json, "oh no"),
            "failed to refresh token: oauth2: cannot parse json: invalid character 'o' looking for beginning of value",
        ),
    ];
    for (answer, want) in cases {
        let issuer = issuer([answer]).await;
        assert_eq!(oidc(&issuer, &[("refresh-token", "r")]).await.0, Err(want.to_owned()));
    }
    let metadata = |status: &str, body: &str| Server::new([Answer::Bytes(answer(status, &[], body))]);
    for (server, want) in [
        (
            metadata("200 OK", "{}").await,
            "oidc: discovery object doesn't contain a token_endpoint",
        ),
        (
            metadata("404 Not Found", "gone").await,
            "oidc: failed to query metadata endpoint 404 Not Found: \"gone\"",
        ),
        (
            metadata("200 OK", "x").await,
            "oidc: failed to decode provider discovery object: invalid character 'x' looking for beginning of value",
        ),
    ] {
        assert_eq!(oidc(&server, &[("refresh-token", "r")]).await.0, Err(want.to_owned()));
    }
}
