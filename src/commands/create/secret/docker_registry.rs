//! `kubectl create secret docker-registry`: creates a secret with the login of an image registry.

use crate::{
    actions::creation::{Creation, check_name, only_name},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result, reason, unread},
    generate::keyed::{Data, Keeper, docker_config, file_source},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "docker-registry",
    usage: "docker-registry NAME --docker-username=user --docker-password=password --docker-email=email \
            [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
    short: "Create a secret with the login of an image registry",
    long: "\
Create a secret with the login of an image registry. Pods that name it in imagePullSecrets can use images \
from there.

The login is given by flags, or by a configuration file of the docker client under the key .dockerconfigjson.",
    examples: "\
# By flags
kubectl create secret docker-registry my-secret --docker-server=DOCKER_REGISTRY_SERVER \
--docker-username=DOCKER_USER --docker-password=DOCKER_PASSWORD --docker-email=DOCKER_EMAIL

# By file
kubectl create secret docker-registry my-secret --from-file=path/to/.docker/config.json",
    flags: &[
        &[
            Flag::text("docker-email", "The email address of the login."),
            Flag::text("docker-password", "The password of the login."),
            Flag::new("docker-server", Kind::String, "https://index.docker.io/v1/", "The registry."),
            Flag::text("docker-username", "The user name of the login."),
            Flag::slice(
                "from-file",
                "A file whose content becomes a value, as FILE or KEY=FILE; without a key its name is the key. Of a \
            directory, every file whose name can be a key.",
            ),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        groups::APPEND_HASH,
        &groups::field_manager("kubectl-create"),
    ],
    ..Command::NEW
};

/// The key of the secret that holds the logins.
const CONFIG_KEY: &str = ".dockerconfigjson";

/// Creates it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let creation = Creation::resolve(parsed, context, "created")?;
    check_name(name)?;
    let login = ["docker-server", "docker-username", "docker-password"].map(|flag| parsed.string(flag));
    let files = parsed.strings("from-file");
    if files.is_empty() && login.contains(&"") {
        return Err(Error::message(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    }
    let mut data = Data::new(Keeper::Secret, name);
    for source in files {
        let (key, bytes) = config_file(source, context)?;
        data.add(key, bytes).map_err(Error::Message)?;
    }
    if files.is_empty() {
        let [server, username, password] = login;
        let config = docker_config(server, username, password, parsed.string("docker-email"));
        data.add(CONFIG_KEY, config).map_err(Error::Message)?;
    }
    let object = data.secret(
        creation.own_namespace(),
        "kubernetes.io/dockerconfigjson",
        parsed.bool("append-hash"),
    );
    creation.create(object, Some("failed to create secret ")).await
}

/// The key and content of the file that a `--from-file` names: without a key it is a configuration of Docker.
fn config_file<'s>(source: &'s str, context: &Context) -> Result<(&'s str, Vec<u8>)> {
    let (key, path) = file_source(source).map_err(Error::Message)?;
    let place = context.directory().join(path);
    let facts = std::fs::metadata(&place).map_err(|error| Error::message(format!("error reading {path}: {}", reason(&error))))?;
    if facts.is_dir() {
        return Err(Error::message("cannot give a key name for a directory path"));
    }
    let bytes = std::fs::read(&place).map_err(|error| Error::message(unread(path, &error)))?;
    Ok((key.unwrap_or(CONFIG_KEY), bytes))
}
