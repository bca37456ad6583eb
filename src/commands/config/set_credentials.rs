//! `kubectl config set-credentials`: adds or changes a user in the kubeconfig.

use std::{fs, io::Write};

use crate::{
    api::quote,
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        AuthProvider, ExecConfig, Sources, User,
        edit::{Paths, edit},
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set-credentials",
    usage: "set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] \
            [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--auth-provider=provider_name] \
            [--auth-provider-arg=key=value] [--exec-command=exec_command] [--exec-api-version=exec_api_version] \
            [--exec-arg=arg] [--exec-env=key=value]",
    short: "Add or change a user in the kubeconfig",
    long: "\
Add a user to the kubeconfig, or change one: what is given replaces what is there, and the rest stays.

  A client certificate: --client-certificate=certfile --client-key=keyfile

  A bearer token: --token=bearer_token

  User name and password: --username=basic_user --password=basic_password

A token and a password exclude each other.",
    examples: "\
# Only the key
kubectl config set-credentials cluster-admin --client-key=~/.kube/admin.key

# User name and password
kubectl config set-credentials cluster-admin --username=admin --password=uXFGweU9l35qcif

# Keep the certificate in the kubeconfig itself
kubectl config set-credentials cluster-admin --client-certificate=~/.kube/admin.crt --embed-certs=true

# A provider of tokens
kubectl config set-credentials cluster-admin --auth-provider=oidc --auth-provider-arg=client-id=foo \
--auth-provider-arg=client-secret=bar

# Take a setting of the provider away again
kubectl config set-credentials cluster-admin --auth-provider=oidc --auth-provider-arg=client-secret-

# A program that gives the credentials
kubectl config set-credentials cluster-admin --exec-command=/path/to/the/executable \
--exec-api-version=client.authentication.k8s.io/v1beta1

# Its arguments
kubectl config set-credentials cluster-admin --exec-arg=arg1 --exec-arg=arg2

# Its environment
kubectl config set-credentials cluster-admin --exec-env=key1=val1 --exec-env=key2=val2

# Take a variable away again
kubectl config set-credentials cluster-admin --exec-env=var-to-remove-",
    flags: &[&[
        Flag::text("auth-provider", "The provider of tokens."),
        Flag::slice(
            "auth-provider-arg",
            r#"A setting of the provider, as key=value; "key-" takes one away."#,
        ),
        Flag::text("client-certificate", "File with the client certificate."),
        Flag::text("client-key", "File with the private key of the client certificate."),
        Flag::tristate(
            "embed-certs",
            false,
            "Keep the content of certificate and key files in the kubeconfig instead of their paths.",
        ),
        Flag::text("exec-api-version", "The API version that the credential program speaks."),
        Flag::slice("exec-arg", "The arguments of the credential program, instead of those that it has."),
        Flag::text("exec-command", "The program that gives the credentials."),
        Flag::array(
            "exec-env",
            r#"A variable for the environment of the credential program, as key=value; "key-" takes one away."#,
        ),
        Flag::text(
            "exec-interactive-mode",
            "Whether the credential program may use standard input: Never, IfAvailable or Always.",
        ),
        Flag::tristate("exec-provide-cluster-info", false, "Tell the credential program about the cluster."),
        Flag::text("password", "The password, for basic authentication."),
        Flag::text("token", "The bearer token."),
        Flag::text("username", "The user name, for basic authentication."),
    ]],
    ..Command::NEW
};

/// What the command line means.
struct Options {
    sources: Sources,
    name: String,
    certificate: Option<Pem>,
    key: Option<Pem>,
    token: Option<String>,
    username: Option<String>,
    password: Option<String>,
    auth_provider: Option<String>,
    auth_provider_args: Pairs,
    exec_command: Option<String>,
    exec_api_version: Option<String>,
    exec_interactive_mode: Option<String>,
    exec_provide_cluster_info: Option<bool>,
    /// New arguments, where any were given.
    exec_args: Vec<String>,
    /// Environment variables, where any were given.
    exec_env: Option<Pairs>,
}

/// Where a certificate or a key is.
enum Pem {
    /// In a file.
    File(String),
    /// In the kubeconfig itself.
    Data(Vec<u8>),
}

/// Values to be set and names to be taken away.
#[derive(Default)]
struct Pairs {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    let [name] = parsed.args() else {
        return Err(super::wrong_arguments(parsed, context, "unexpected args"));
    };
    let mistake = |error: Error| match super::print_help(parsed, context) {
        Ok(()) => error,
        Err(failure) => failure,
    };
    let auth_provider_args = pairs(parsed, "auth-provider-arg").map_err(mistake)?;
    let exec_env = pairs(parsed, "exec-env").map_err(mistake)?;
    if name.is_empty() {
        return Err(Error::message("you must specify a non-empty user name"));
    }
    let basic = !parsed.string("username").is_empty() || !parsed.string("password").is_empty();
    if basic && !parsed.string("token").is_empty() {
        return Err(Error::message(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password",
        ));
    }
    let sources = super::sources(parsed, context);
    let embed = parsed.bool("embed-certs");
    if embed {
        check_embedded(parsed, &sources)?;
    }
    let mode = super::given(parsed, "exec-interactive-mode");
    if mode
        .as_deref()
        .is_some_and(|mode| !matches!(mode, "IfAvailable" | "Never" | "Always"))
    {
        return Err(Error::message(
            "invalid interactive mode type, can be only IfAvailable, Never, Always",
        ));
    }
    let pem = |flag: &str| {
        super::given(parsed, flag).map(|file| match embed {
            // What is there and cannot be read, a folder for one, leaves nothing; as in kubectl.
            true => Pem::Data(fs::read(sources.locate(&file)).unwrap_or_default()),
            false => Pem::File(super::absolute(&sources, &file)),
        })
    };
    Ok(Options {
        name: name.clone(),
        certificate: pem("client-certificate"),
        key: pem("client-key"),
        token: super::given(parsed, "token"),
        username: super::given(parsed, "username"),
        password: super::given(parsed, "password"),
        auth_provider: super::given(parsed, "auth-provider"),
        auth_provider_args,
        exec_command: super::given(parsed, "exec-command"),
        exec_api_version: super::given(parsed, "exec-api-version"),
        exec_interactive_mode: mode,
        exec_provide_cluster_info: parsed
            .changed("exec-provide-cluster-info")
            .then(|| parsed.bool("exec-provide-cluster-info")),
        exec_args: parsed.strings("exec-arg").to_vec(),
        exec_env: (!parsed.strings("exec-env").is_empty()).then_some(exec_env),
        sources,
    })
}

/// Checks that there is something to embed.
fn check_embedded(parsed: &Parsed, sources: &Sources) -> Result<()> {
    let flags = ["client-certificate", "client-key"];
    if flags.iter().all(|flag| parsed.string(flag).is_empty()) {
        return Err(Error::message("you must specify a --client-certificate or --client-key to embed"));
    }
    for flag in flags.into_iter().filter(|flag| !parsed.string(flag).is_empty()) {
        super::check_file(sources, flag, parsed.string(flag))?;
    }
    Ok(())
}

/// Runs the command.
///
/// # Errors
/// The flags do not go together; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = resolve(parsed, context)?;
    edit(&options.sources, Paths::Relative, |config| {
        change(config.users.entry(options.name.clone()).or_default(), &options);
        Ok(())
    })?;
    Ok(writeln!(context.streams().out(), "User {} set.", quote(&options.name))?)
}

fn change(user: &mut User, options: &Options) {
    put(
        &mut user.client_certificate,
        &mut user.client_certificate_data,
        &options.certificate,
    );
    put(&mut user.client_key, &mut user.client_key_data, &options.key);
    for (value, given) in [
        (&mut user.token, &options.token),
        (&mut user.username, &options.username),
        (&mut user.password, &options.password),
    ] {
        if let Some(given) = given {
            value.clone_from(given);
        }
    }
    if let Some(name) = &options.auth_provider
        && user.auth_provider.as_ref().is_none_or(|provider| provider.name != *name)
    {
        user.auth_provider = Some(AuthProvider {
            name: name.clone(),
            config: None,
        });
    }
    if let Some(provider) = &mut user.auth_provider {
        let config = provider.config.get_or_insert_default();
        config.retain(|name, _| !options.auth_provider_args.remove.contains(name));
        config.extend(options.auth_provider_args.set.iter().cloned());
    }
    if let Some(command) = &options.exec_command {
        let exec = user.exec.get_or_insert_default();
        command.clone_into(&mut exec.command);
        exec.args = None;
    }
    if let Some(exec) = &mut user.exec {
        change_exec(exec, options);
    }
    // A token and a password exclude each other: the one that was given now counts.
    let some = |given: &Option<String>| given.as_deref().is_some_and(|given| !given.is_empty());
    let basic = some(&options.username) || some(&options.password);
    if some(&options.token) && !basic {
        user.username.clear();
        user.password.clear();
    } else if basic && !some(&options.token) {
        user.token.clear();
    }
}

fn put(file: &mut String, data: &mut Vec<u8>, pem: &Option<Pem>) {
    match pem {
        Some(Pem::File(name)) => (*file, *data) = (name.clone(), Vec::new()),
        Some(Pem::Data(bytes)) => (*file, *data) = (String::new(), bytes.clone()),
        None => {}
    }
}

fn change_exec(exec: &mut ExecConfig, options: &Options) {
    if let Some(version) = &options.exec_api_version {
        exec.api_version.clone_from(version);
    }
    if let Some(mode) = &options.exec_interactive_mode {
        exec.interactive_mode.clone_from(mode);
    }
    if let Some(provide) = options.exec_provide_cluster_info {
        exec.provide_cluster_info = provide;
    }
    if !options.exec_args.is_empty() {
        exec.args = Some(options.exec_args.clone());
    }
    if let Some(pairs) = &options.exec_env {
        let env = exec.env.get_or_insert_default();
        env.retain(|(name, _)| !pairs.remove.contains(name));
        for (name, value) in &pairs.set {
            match env.iter_mut().find(|(have, _)| have == name) {
                Some((_, have)) => value.clone_into(have),
                None => env.push((name.clone(), value.clone())),
            }
        }
    }
}

/// The values of a flag that sets with `name=value` and takes away with `name-`.
fn pairs(parsed: &Parsed, flag: &str) -> Result<Pairs> {
    let mut pairs = Pairs::default();
    let mut wrong = Vec::new();
    for text in parsed.strings(flag) {
        match (text.split_once('='), text.strip_suffix('-')) {
            (Some((name, value)), _) if !name.is_empty() => {
                pairs.set.retain(|(have, _)| have != name);
                pairs.set.push((name.to_owned(), value.to_owned()));
            }
            (_, Some(name)) if !name.is_empty() => pairs.remove.push(name.to_owned()),
            _ => wrong.push(text.as_str()),
        }
    }
    if wrong.is_empty() {
        return Ok(pairs);
    }
    Err(Error::message(format!("invalid {flag} format: {}", wrong.join(", "))))
}
