//! `kubectl version`: the versions of the client and the server.

use std::{
    env::consts::{ARCH, OS},
    io::Write,
};

use crate::{
    api::{Map, Value, json::write, quote},
    args::{Command, Flag, Parsed},
    context::{self, Context, KUBECTL_VERSION},
    discovery::VERSION_FIELDS,
    error::{Error, Result},
    yaml,
};

/// The release of kustomize whose build this client has.
const KUSTOMIZE_VERSION: &str = "v5.8.1";

/// What kubectl allows a client to be ahead of a server or behind it, in minor versions.
const SKEW: u64 = 1;

/// The command as data.
pub static COMMAND: Command = Command {
    name: "version",
    usage: "version",
    short: "Print the versions of the client and the server",
    long: "Print the versions of the client and the server.",
    examples: "\
# Of both
kubectl version

# Of the client only
kubectl version --client",
    flags: &[&[
        Flag::switch("client", false, "Only the version of the client, without asking the server."),
        Flag::text("output", "How to print: yaml or json. A sentence each if empty.").short('o'),
    ]],
    flags_in_usage: true,
    ..Command::NEW
};

/// What the command is to do.
#[derive(Debug)]
struct Options {
    /// Whether the server is asked for its version, too.
    server: bool,
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Json,
    Yaml,
}

/// Whether this run of the command asks a server, and so needs a runtime.
pub fn asks(parsed: &Parsed) -> bool {
    !parsed.bool("client")
}

fn resolve(parsed: &Parsed) -> Result<Options> {
    let server = asks(parsed);
    // Of the client alone kubectl does not look at arguments.
    if server && !parsed.args().is_empty() {
        return Err(Error::message(format!("extra arguments: [{}]", parsed.args().join(" "))));
    }
    let format = match parsed.string("output") {
        "" => Format::Text,
        "json" => Format::Json,
        "yaml" => Format::Yaml,
        _ => return Err(Error::message("--output must be 'yaml' or 'json'")),
    };
    Ok(Options { server, format })
}

/// Runs the command.
///
/// # Errors
/// What is wrong with the command line; a server that cannot be asked, after the client's version has been printed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    // A kubeconfig that makes no sense is reported before the command line is looked at.
    if asks(parsed) {
        context.discovery()?;
    }
    let options = resolve(parsed)?;
    if !options.server {
        return print(context, &options, None);
    }
    let discovery = context.discovery()?;
    let server = match discovery.server_version().await {
        Ok(server) => server,
        Err(error) => {
            print(context, &options, None)?;
            return Err(error);
        }
    };
    print(context, &options, Some(&server))?;
    if let Some(warning) = skew(server.str_at(&["gitVersion"]))? {
        context.world().warn(&warning);
    }
    Ok(())
}

fn print(context: &Context, options: &Options, server: Option<&Value<'_>>) -> Result<()> {
    let mut out = context.streams().out();
    let object = || versions(server);
    match options.format {
        Format::Text => {
            writeln!(out, "Client Version: {KUBECTL_VERSION}\nKustomize Version: {KUSTOMIZE_VERSION}")?;
            if let Some(server) = server {
                writeln!(out, "Server Version: {}", server.str_at(&["gitVersion"]))?;
            }
        }
        Format::Json => {
            let mut bytes = Vec::new();
            write::to_indented(&mut bytes, &object(), 0);
            // This command indents by two spaces. No text in it holds a line break.
            for line in String::from_utf8_lossy(&bytes).lines() {
                let text = line.trim_start_matches(' ');
                writeln!(out, "{:width$}{text}", "", width = (line.len() - text.len()) / 2)?;
            }
        }
        Format::Yaml => {
            let mut bytes = Vec::new();
            let mut object = object();
            object.sort_keys();
            yaml::to_yaml(&mut bytes, &object);
            bytes.push(b'\n');
            out.write_all(&bytes)?;
        }
    }
    Ok(())
}

/// Everything that is known of versions, in the order of Go's structs, and of this program, which scripts do not ask for.
fn versions<'a>(server: Option<&'a Value<'_>>) -> Value<'a> {
    let (major, minor) = parse(KUBECTL_VERSION).unwrap_or_default();
    let mut client = Map::in_order();
    client.insert("major", major.to_string());
    client.insert("minor", minor.to_string());
    client.insert("gitVersion", KUBECTL_VERSION);
    // As in a kubectl that was built outside of a repository.
    client.insert("gitCommit", "$Format:%H$");
    client.insert("gitTreeState", "clean");
    client.insert("buildDate", "1970-01-01T00:00:00Z");
    client.insert("goVersion", "");
    client.insert("compiler", "rustc");
    client.insert("platform", format!("{}/{}", context::go_system(OS), context::go_machine(ARCH)));
    let mut versions = Map::in_order();
    versions.insert("clientVersion", client);
    versions.insert("kustomizeVersion", KUSTOMIZE_VERSION);
    if let Some(server) = server {
        versions.insert("serverVersion", server_info(server));
    }
    let mut implementation = Map::in_order();
    implementation.insert("name", env!("CARGO_PKG_NAME"));
    implementation.insert("version", env!("CARGO_PKG_VERSION"));
    versions.insert("implementation", implementation);
    Value::Object(versions)
}

/// What Go's `version.Info` keeps of a server's answer.
fn server_info<'a>(server: &'a Value<'_>) -> Map<'a> {
    let mut info = Map::in_order();
    for name in VERSION_FIELDS {
        let text = server.str_at(&[name]);
        // What came with emulated versions is left out where it is empty.
        if !text.is_empty() || !(name.starts_with("emulation") || name.starts_with("minCompatibility")) {
            info.insert(name, text);
        }
    }
    info
}

/// What is to be said where client and server are too far apart.
fn skew(server: &str) -> Result<Option<String>> {
    let client = parse(KUBECTL_VERSION)?;
    let server = parse(server)?;
    if client.0 == server.0 && client.1.abs_diff(server.1) <= SKEW {
        return Ok(None);
    }
    Ok(Some(format!(
        "version difference between client ({}.{}) and server ({}.{}) exceeds the supported minor version skew of +/-{SKEW}",
        client.0, client.1, server.0, server.1
    )))
}

/// The major and minor number of a semantic version, as apimachinery's `version.ParseSemantic` takes it.
fn parse(text: &str) -> Result<(u64, u64)> {
    let unprefixed = text.trim_start();
    let unprefixed = unprefixed.strip_prefix('v').unwrap_or(unprefixed);
    let mut length = unprefixed.bytes().take_while(|&byte| byte.is_ascii_digit() || byte == b'.').count();
    // Dots count only between digits.
    if let Some(empty) = unprefixed[..length].find("..") {
        length = empty;
    }
    let numbers = unprefixed[..length].trim_end_matches('.');
    if numbers.is_empty() || numbers.starts_with('.') {
        return Err(Error::message(format!("could not parse {} as version", quote(text))));
    }
    let components: Vec<&str> = numbers.split('.').collect();
    let &[major, minor, patch] = components.as_slice() else {
        return Err(Error::message(format!("illegal version string {}", quote(text))));
    };
    let (major, minor) = (component(major, text)?, component(minor, text)?);
    component(patch, text)?;
    check_extra(&unprefixed[numbers.len()..], text)?;
    Ok((major, minor))
}

/// A number of the version `text`.
fn component(digits: &str, text: &str) -> Result<u64> {
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(zero_prefixed(digits, text));
    }
    digits.parse().map_err(|_| {
        Error::message(format!(
            "illegal non-numeric version component {} in {}: strconv.ParseUint: parsing {}: value out of range",
            quote(digits),
            quote(text),
            quote(digits)
        ))
    })
}

fn zero_prefixed(digits: &str, text: &str) -> Error {
    Error::message(format!(
        "illegal zero-prefixed version component {} in {}",
        quote(digits),
        quote(text)
    ))
}

/// What follows the numbers of the version `text`: a pre-release behind `-`, metadata behind `+`.
fn check_extra(extra: &str, text: &str) -> Result<()> {
    let identifier = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let identifiers = |words: &str| words.split('.').all(identifier);
    let trimmed = extra.trim_end();
    let (before, metadata) = match trimmed.split_once('+') {
        Some((before, metadata)) => (before, Some(metadata)),
        None => (trimmed, None),
    };
    let release = before.strip_prefix('-');
    let whole = before.is_empty() || release.is_some_and(identifiers);
    if !whole || !metadata.is_none_or(identifiers) {
        return Err(Error::message(format!(
            "could not parse pre-release/metadata ({extra}) in version {}",
            quote(text)
        )));
    }
    let zeros = |word: &&str| word.len() > 1 && word.starts_with('0') && word.parse::<u64>().is_ok();
    match release.unwrap_or_default().split('.').find(zeros) {
        Some(word) => Err(zero_prefixed(word, text)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each of these was asked of kubectl 1.33.
    #[test]
    fn skew_of_odd_versions_says_what_kubectl_says() {
        let said = |server: &str| skew(server).map_err(|error| error.text());
        let warning = |server: &str| {
            format!("version difference between client (1.36) and server ({server}) exceeds the supported minor version skew of +/-1")
        };
        for near in [
            "v1.36.2",
            "v1.35.0",
            "v1.37.9-gke.100",
            "1.36.0",
            "v1.36.1+k3s1",
            " v1.36.0",
            "v1.36.0-a.b+c",
        ] {
            assert_eq!(said(near), Ok(None), "{near}");
        }
        assert_eq!(said("v1.30.0+k3s1"), Ok(Some(warning("1.30"))));
        assert_eq!(said("v2.0.0"), Ok(Some(warning("2.0"))));
        assert_eq!(said("foo"), Err("error: could not parse \"foo\" as version".into()));
        assert_eq!(said(""), Err("error: could not parse \"\" as version".into()));
        assert_eq!(said("v1.34"), Err("error: illegal version string \"v1.34\"".into()));
        assert_eq!(
            said("v1.034.0"),
            Err("error: illegal zero-prefixed version component \"034\" in \"v1.034.0\"".into())
        );
        assert_eq!(
            said("v1.33.0-01"),
            Err("error: illegal zero-prefixed version component \"01\" in \"v1.33.0-01\"".into())
        );
        let large = "99999999999999999999";
        assert_eq!(
            said("v99999999999999999999.1.1"),
            Err(format!(
                "error: illegal non-numeric version component \"{large}\" in \"v{large}.1.1\": strconv.ParseUint: parsing \"{large}\": value out of range"
            ))
        );
        for extra in ["foo", "-", "+", "-a_b", "-a..b", " x", "+a/b"] {
            assert_eq!(
                said(&format!("v1.33.0{extra}")),
                Err(format!(
                    "error: could not parse pre-release/metadata ({extra}) in version \"v1.33.0{extra}\""
                ))
            );
        }
    }

    #[test]
    fn versions_with_a_server_keep_what_is_known_of_it() {
        let server = crate::api::json::parse(br#"{"gitVersion":"v1.2.3","emulationMajor":"1","other":"x"}"#).unwrap();
        let versions = versions(Some(&server));
        let keys: Vec<&str> = versions.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["clientVersion", "kustomizeVersion", "serverVersion", "implementation"]);
        let info: Vec<&str> = versions.get("serverVersion").unwrap().as_object().unwrap().keys().collect();
        assert_eq!(info[..4], ["major", "minor", "emulationMajor", "gitVersion"]);
        assert!(!info.contains(&"other"));
    }
}
