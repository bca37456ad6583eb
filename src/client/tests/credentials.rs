//! Tokens, passwords and plugins, as the server sees them.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{
    body, client, config, failure,
    program_file::write_program,
    server::{Answer, Server, answer},
    world,
};
use crate::{
    client::{Client, PluginPolicy, Request, Settings},
    kubeconfig::{ExecConfig, RestConfig},
    streams::Captured,
};

pub fn ok() -> Answer {
    Answer::Bytes(answer("200 OK", &[], "{}"))
}

/// The value of `Authorization` in each request.
pub fn authorizations(server: &Server) -> Vec<String> {
    let header = |request: String| {
        let line = request
            .lines()
            .find_map(|line| line.strip_prefix("Authorization: ").map(str::to_owned));
        line.unwrap_or_default()
    };
    server.requests().into_iter().map(header).collect()
}

#[tokio::test]
async fn token_and_password_are_sent() {
    let server = Server::new([ok()]).await;
    let mut config = config(&server);
    config.auth.token = "t".to_owned();
    body(&client(&config).0, Request::get("/x")).await.unwrap();
    config.auth.token.clear();
    (config.auth.username, config.auth.password) = ("u".to_owned(), "p".to_owned());
    body(&client(&config).0, Request::get("/x")).await.unwrap();
    (config.auth.username, config.auth.password) = (String::new(), String::new());
    config.server = format!("http://me:pa%40ss@{}", server.address);
    body(&client(&config).0, Request::get("/x")).await.unwrap();
    assert_eq!(authorizations(&server), ["Bearer t", "Basic dTpw", "Basic bWU6cGFAc3M="]);
}

#[tokio::test]
async fn token_that_fits_no_header_is_refused_when_it_is_needed() {
    let server = Server::new([ok()]).await;
    let mut config = config(&server);
    config.auth.token = "a\nb".to_owned();
    assert_eq!(
        failure(&client(&config).0, &server, Request::get("/x")).await,
        "Unable to connect to the server: net/http: invalid header field value for \"Authorization\""
    );
}

#[tokio::test]
async fn token_goes_to_no_other_server() {
    let other = Server::new([ok()]).await;
    let away = format!("Location: http://{}/there", other.address);
    let server = Server::new([Answer::Bytes(answer("302 Found", &[&away], ""))]).await;
    let mut config = config(&server);
    config.auth.token = "secret".to_owned();
    config.impersonate.user = "jane".to_owned();
    assert_eq!(body(&client(&config).0, Request::get("/x")).await.unwrap(), "{}");
    assert_eq!(authorizations(&server), ["Bearer secret"]);
    assert!(!other.requests()[0].contains("secret"));
    assert!(!other.requests()[0].contains("jane"));
}

#[tokio::test]
async fn credentials_are_masked_in_the_log() {
    let server = Server::new([ok()]).await;
    let mut config = config(&server);
    config.auth.token = "secret".to_owned();
    for verbosity in 6..=10 {
        let (world, error) = world();
        let settings = Settings {
            verbosity,
            ..Settings::default()
        };
        let client = Client::new(&config, &world, settings).unwrap();
        body(&client, Request::get("/x")).await.unwrap();
        assert!(!error.text().contains("secret"), "{}", error.text());
        assert_eq!(error.text().contains("Authorization: Bearer <masked>"), verbosity > 6);
    }
    assert!(!format!("{:?} {:?}", client(&config), config).contains("secret"));
}

#[test]
fn credentials_that_contradict_each_other_are_refused() {
    let mut config = RestConfig {
        server: "https://h".to_owned(),
        ..RestConfig::default()
    };
    config.auth.token = "t".to_owned();
    config.auth.username = "u".to_owned();
    assert_eq!(
        refusal(&config),
        "error: username/password or bearer token may be set, but not both"
    );
    config.auth.exec = Some(exec(Path::new("x")));
    config.auth.auth_provider = Some(super::providers::provider("oidc", &[]));
    assert_eq!(
        refusal(&config),
        "error: execProvider and authProvider cannot be used in combination"
    );
}

pub fn refusal(config: &RestConfig) -> String {
    Client::new(config, &world().0, Settings::default()).unwrap_err().text()
}

const V1: &str = "client.authentication.k8s.io/v1";

fn exec(command: &Path) -> ExecConfig {
    ExecConfig {
        command: command.to_string_lossy().into_owned(),
        api_version: V1.to_owned(),
        interactive_mode: "IfAvailable".to_owned(),
        ..ExecConfig::default()
    }
}

/// A plugin that runs `script`, in a folder of its own.
fn plugin(script: &str) -> (TempDir, ExecConfig) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugin");
    write_program(&path, &format!("#!/bin/sh\n{script}"));
    let exec = exec(&path);
    (folder, exec)
}

/// A client whose plugin runs in a world with a search path.
fn client_with(config: &RestConfig, exec: ExecConfig) -> (Client, Captured) {
    let (mut world, error) = world();
    world.env.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
    let mut config = config.clone();
    config.auth.exec = Some(exec);
    (Client::new(&config, &world, Settings::default()).unwrap(), error)
}

fn printing(status: &str) -> String {
    format!("echo '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{status}}}'\n")
}

#[tokio::test]
async fn plugin_is_run_once_for_many_requests() {
    let server = Server::new([ok()]).await;
    let (folder, mut exec) = plugin(&format!(
        "echo \"$@ $FOO $KUBERNETES_EXEC_INFO\" >> \"$LOG\"; echo hello >&2; {}",
        printing("{\"token\":\"t\"}")
    ));
    let log = folder.path().join("log");
    exec.args = Some(vec!["one".to_owned(), "two".to_owned()]);
    exec.env = Some(vec![
        ("FOO".to_owned(), "bar".to_owned()),
        ("LOG".to_owned(), log.to_string_lossy().into_owned()),
    ]);
    let (client, error) = client_with(&config(&server), exec);
    let requests = (0..3).map(|_| body(&client, Request::get("/x")));
    for result in futures_util::future::join_all(requests).await {
        result.unwrap();
    }
    assert_eq!(authorizations(&server), ["Bearer t"; 3]);
    assert_eq!(
        fs::read_to_string(log).unwrap(),
        format!("one two bar {{\"kind\":\"ExecCredential\",\"apiVersion\":\"{V1}\",\"spec\":{{\"interactive\":false}}}}\n\n")
    );
    assert_eq!(error.text(), "hello\n");
}

#[tokio::test]
async fn plugin_is_told_of_the_cluster() {
    let server = Server::new([ok()]).await;
    let (folder, mut exec) = plugin(&format!(
        "echo \"$KUBERNETES_EXEC_INFO\" > \"$LOG\"; {}",
        printing("{\"token\":\"t\"}")
    ));
    let log = folder.path().join("log");
    exec.env = Some(vec![("LOG".to_owned(), log.to_string_lossy().into_owned())]);
    exec.provide_cluster_info = true;
    let mut config = config(&server);
    config.tls.server_name = "name".to_owned();
    config.tls.insecure = true;
    config.disable_compression = true;
    config.auth.exec_cluster_config = Some(crate::api::json::parse(b"{\"b\":1,\"a\":\"x\"}").unwrap().into_owned());
    let (client, _) = client_with(&config, exec);
    body(&client, Request::get("/x")).await.unwrap();
    let told = fs::read_to_string(log).unwrap();
    let spec = format!(
        "\"spec\":{{\"cluster\":{{\"server\":\"http://{}\",\"tls-server-name\":\"name\",\"insecure-skip-tls-verify\":true,\
         \"disable-compression\":true,\"config\":{{\"a\":\"x\",\"b\":1}}}},\"interactive\":false}}}}",
        server.address
    );
    assert!(told.contains(&spec), "{told}");
}

#[tokio::test]
async fn plugin_is_run_again_after_its_end_and_after_a_refusal() {
    let count = "echo x >> \"$0.count\"; n=$(wc -l < \"$0.count\" | tr -d ' ')\n";
    let expiring = format!(
        "{count}echo '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"t'$n'\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"}}}}'\n"
    );
    let server = Server::new([ok()]).await;
    let (_folder, exec) = plugin(&expiring);
    let (client, _) = client_with(&config(&server), exec);
    for _ in 0..2 {
        body(&client, Request::get("/x")).await.unwrap();
    }
    assert_eq!(authorizations(&server), ["Bearer t1", "Bearer t2"]);

    let lasting = format!("{count}echo '{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"t'$n'\"}}}}'\n");
    let refused = Answer::Bytes(answer("401 Unauthorized", &[], ""));
    let server = Server::new([ok(), refused, ok()]).await;
    let (_folder, exec) = plugin(&lasting);
    let (client, _) = client_with(&config(&server), exec);
    body(&client, Request::get("/x")).await.unwrap();
    // As in client-go, the refusal itself reaches the caller.
    assert!(body(&client, Request::get("/x")).await.is_err());
    body(&client, Request::get("/x")).await.unwrap();
    assert_eq!(authorizations(&server), ["Bearer t1", "Bearer t1", "Bearer t2"]);
}

#[tokio::test]
async fn plugin_is_not_run_where_other_credentials_are_given() {
    let server = Server::new([ok()]).await;
    let mut config = config(&server);
    config.auth.token = "t".to_owned();
    let (client, _) = client_with(&config, exec(Path::new("/nowhere")));
    body(&client, Request::get("/x")).await.unwrap();
    assert_eq!(authorizations(&server), ["Bearer t"]);
}

#[tokio::test]
async fn plugin_that_fails_is_named_as_kubectl_names_it() {
    const BEFORE: &str = "Unable to connect to the server: getting credentials: ";
    const NOT_INSTALLED: &str = "exec: executable nowhere-to-be-found not found

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins";
    let server = Server::new([ok()]).await;
    let plain = config(&server);
    let fails = async |exec: ExecConfig| {
        let (client, _) = client_with(&plain, exec);
        let text = failure(&client, &server, Request::get("/x")).await;
        text.strip_prefix(BEFORE).unwrap_or(&text).to_owned()
    };
    let mut missing = exec(Path::new("nowhere-to-be-found"));
    assert_eq!(fails(missing.clone()).await, NOT_INSTALLED);
    missing.install_hint = "get it\nthere".to_owned();
    assert_eq!(fails(missing).await, format!("{NOT_INSTALLED}\n\nget it\nthere"));
    assert_eq!(
        fails(exec(Path::new("/nowhere/x"))).await,
        "exec: fork/exec /nowhere/x: no such file or directory"
    );
    assert_eq!(fails(exec(Path::new("/tmp"))).await, "exec: fork/exec /tmp: permission denied");
    assert_eq!(
        fails(exec(Path::new("false"))).await,
        "exec: executable false failed with exit code 1"
    );
    let (_folder, killed) = plugin("kill -9 $$\n");
    assert_eq!(
        fails(killed.clone()).await,
        format!("exec: executable {} failed with exit code -1", killed.command)
    );
    let (_folder, mut interactive) = plugin("");
    interactive.interactive_mode = "Always".to_owned();
    assert_eq!(
        fails(interactive).await,
        "exec plugin cannot support interactive mode: standard input is not a terminal"
    );
    let (_folder, silent) = plugin("");
    assert_eq!(
        fails(silent).await,
        format!("exec plugin is configured to use API version {V1}, plugin returned version client.authentication.k8s.io/__internal")
    );
}

#[tokio::test]
async fn plugin_that_the_user_does_not_allow_is_not_run() {
    let server = Server::new([ok()]).await;
    let (folder, exec) = plugin("touch \"$0.ran\"\n");
    let command = exec.command.clone();
    let mut config = config(&server);
    config.auth.exec = Some(exec);
    let asked = |policy: &str, allowed: Option<Vec<String>>| {
        let plugin_policy = PluginPolicy {
            policy: policy.to_owned(),
            allowed,
        };
        let settings = Settings {
            plugin_policy,
            ..Settings::default()
        };
        Client::new(&config, &world().0, settings)
    };
    let denied = asked("DenyAll", None).unwrap();
    assert_eq!(
        failure(&denied, &server, Request::get("/x")).await,
        format!("Unable to connect to the server: getting credentials: plugin {command:?} not allowed: policy set to \"DenyAll\"")
    );
    let unlisted = asked("Allowlist", Some(vec!["other".to_owned()])).unwrap();
    assert!(
        failure(&unlisted, &server, Request::get("/x"))
            .await
            .contains("is not permitted by the credential plugin allowlist")
    );
    assert!(!folder.path().join("plugin.ran").exists());
    assert_eq!(
        asked("Allowlist", None).unwrap_err().text(),
        "error: invalid plugin policy: credential plugin policy set to \"Allowlist\", but allowlist is unspecified"
    );
}

#[test]
fn plugin_of_an_unknown_version_is_refused_at_once() {
    let mut config = RestConfig {
        server: "https://h".to_owned(),
        ..RestConfig::default()
    };
    let mut exec = exec(Path::new("x"));
    exec.api_version = "client.authentication.k8s.io/v1alpha1".to_owned();
    config.auth.exec = Some(exec);
    assert_eq!(
        refusal(&config),
        "error: exec plugin: invalid apiVersion \"client.authentication.k8s.io/v1alpha1\""
    );
}
