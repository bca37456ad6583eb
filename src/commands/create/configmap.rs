//! `kubectl create configmap`: creates a config map.

use crate::{
    actions::creation::{Creation, check_name, only_name},
    actions::data::gather,
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
    generate::keyed::Keeper,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "configmap",
    aliases: &["cm"],
    usage: "configmap NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    short: "Create a config map from files, directories or literal values",
    long: "\
Create a config map from files, directories or literal values.

From a file, the content is the value and the file's name the key, unless another key is given. From a \
directory, every file whose name can be a key counts; directories in it, links and the like do not.",
    examples: "\
# The files of a directory, a key for each
kubectl create configmap my-config --from-file=path/to/bar

# Chosen files under chosen keys
kubectl create configmap my-config --from-file=key1=/path/to/bar/file1.txt \
--from-file=key2=/path/to/bar/file2.txt

# Keys and values as they stand
kubectl create configmap my-config --from-literal=key1=config1 --from-literal=key2=config2

# Lines of a file, key=value each
kubectl create configmap my-config --from-env-file=path/to/foo.env --from-env-file=path/to/bar.env",
    flags: &[
        &[
            Flag::slice("from-env-file", "A file with lines of key=value."),
            Flag::slice(
                "from-file",
                "A file whose content becomes a value, as FILE or KEY=FILE; without a key its name is the key. Of a \
            directory, every file whose name can be a key.",
            ),
            Flag::array("from-literal", "A key and its value as they stand, as KEY=VALUE."),
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

/// Creates it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let creation = Creation::resolve(parsed, context, "created")?;
    check_name(name)?;
    let object = gather(parsed, context, Keeper::ConfigMap, name)?.config_map(creation.own_namespace(), parsed.bool("append-hash"));
    creation.create(object, Some("failed to create configmap: ")).await
}
