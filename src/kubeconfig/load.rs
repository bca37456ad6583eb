//! The files of a kubeconfig into one.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read},
};

use super::{Kubeconfig, Sources, decode, document, path};
use crate::error::{Error, Result, reason};

/// How large a file may be, in bytes. kubectl knows no bound and reads for ever from a device.
const LARGEST: u64 = 100 << 20;

/// Reads and merges the files for a client: paths in them become absolute, by the folder of their file.
///
/// # Errors
/// The missing file that was asked for with `--kubeconfig`, and every file that cannot be read.
pub fn load(sources: &Sources) -> Result<Kubeconfig> {
    let mut config = load_as_written(sources)?;
    resolve_paths(&mut config, &sources.directory);
    Ok(config)
}

/// Reads and merges the files and leaves paths in them as they are: what `kubectl config` works on.
///
/// # Errors
/// As [`load`].
pub fn load_as_written(sources: &Sources) -> Result<Kubeconfig> {
    migrate(sources)?;
    if let Some(file) = &sources.explicit
        && let Err(error) = fs::metadata(sources.locate(file))
        && error.kind() == ErrorKind::NotFound
    {
        return Err(missing(file, &error));
    }
    let mut merged: Option<Kubeconfig> = None;
    let mut broken = Vec::new();
    for file in sources.files() {
        if file.is_empty() {
            continue;
        }
        match read_file(sources, file) {
            Ok(Some(config)) => match &mut merged {
                Some(merged) => merge(merged, config),
                None => merged = Some(config),
            },
            Ok(None) => {}
            Err(sentence) => broken.push(Error::message(format!("error loading config file \"{file}\": {sentence}"))),
        }
    }
    Error::collect(broken)?;
    Ok(merged.unwrap_or_default())
}

/// As [`load_as_written`], but the file that was asked for with `--kubeconfig` may be missing.
///
/// # Errors
/// Every file that cannot be read.
pub fn load_or_empty(sources: &Sources) -> Result<Kubeconfig> {
    match &sources.explicit {
        Some(file) if is_missing(&sources.locate(file)) => Ok(Kubeconfig::default()),
        _ => load_as_written(sources),
    }
}

/// Whether nothing is at `location`; what cannot be looked at counts as something.
fn is_missing(location: &str) -> bool {
    fs::metadata(location).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// The sentence about the file that was asked for and is not there.
fn missing(file: &str, error: &io::Error) -> Error {
    Error::message(format!("stat {file}: {}", reason(error)))
}

/// Reads one file as it is; nothing where it is missing.
///
/// # Errors
/// Why it cannot be read, in Go's words.
pub fn read_file(sources: &Sources, file: &str) -> Result<Option<Kubeconfig>, String> {
    let bytes = match read_bytes(&sources.locate(file)) {
        Ok(bytes) => bytes,
        Err((_, error)) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err((_, error)) if error.kind() == ErrorKind::FileTooLarge => return Err(error.to_string()),
        Err((step, error)) => return Err(format!("{step} {file}: {}", reason(&error))),
    };
    parse(&bytes, file).map(Some)
}

/// The entries in a file's bytes, marked with its name.
///
/// # Errors
/// As [`read_file`].
pub fn parse(bytes: &[u8], file: &str) -> Result<Kubeconfig, String> {
    if bytes.is_empty() {
        return Ok(Kubeconfig::default());
    }
    decode::kubeconfig(document::parse(bytes)?, file)
}

/// A file's bytes, or the step that failed and how.
fn read_bytes(location: &str) -> Result<Vec<u8>, (&'static str, io::Error)> {
    let mut file = File::open(location).map_err(|error| ("open", error))?;
    let size = file.metadata().map_or(0, |file| file.len().min(LARGEST));
    let mut bytes = Vec::with_capacity(size as usize + 1);
    let read = (&mut file).take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| ("read", error))?;
    if bytes.len() as u64 > LARGEST {
        let sentence = format!("the file is larger than {} MiB", LARGEST >> 20);
        return Err(("read", io::Error::new(ErrorKind::FileTooLarge, sentence)));
    }
    Ok(bytes)
}

/// Adds to `config` what only `later` has: an entry's first file wins, and with it all of the entry.
fn merge(config: &mut Kubeconfig, later: Kubeconfig) {
    fn add<T>(entries: &mut std::collections::BTreeMap<String, T>, later: std::collections::BTreeMap<String, T>) {
        for (name, entry) in later {
            entries.entry(name).or_insert(entry);
        }
    }
    add(&mut config.clusters, later.clusters);
    add(&mut config.users, later.users);
    add(&mut config.contexts, later.contexts);
    add(&mut config.extensions, later.extensions);
    add(&mut config.preferences.extensions, later.preferences.extensions);
    config.preferences.colors |= later.preferences.colors;
    if config.current_context.is_empty() {
        config.current_context = later.current_context;
    }
}

/// Makes the file names in entries absolute, by the folder of the file that each entry came from.
fn resolve_paths(config: &mut Kubeconfig, directory: &str) {
    let resolve = |reference: &mut String, origin: &str| {
        if !reference.is_empty() && !reference.starts_with('/') {
            let base = path::absolute(&path::folder(origin), directory);
            *reference = path::join(&base, reference);
        }
    };
    for cluster in config.clusters.values_mut() {
        resolve(&mut cluster.certificate_authority, &cluster.origin);
    }
    for user in config.users.values_mut() {
        resolve(&mut user.client_certificate, &user.origin);
        resolve(&mut user.client_key, &user.origin);
        resolve(&mut user.token_file, &user.origin);
        // A bare name is looked up in PATH.
        if let Some(exec) = user.exec.as_mut().filter(|exec| exec.command.contains('/')) {
            resolve(&mut exec.command, &user.origin);
        }
    }
}

/// Copies the file of kubectl's first releases, `~/.kube/.kubeconfig`, to where it is looked for today, if nothing is
/// there.
fn migrate(sources: &Sources) -> Result<()> {
    let new = sources.locate(&sources.home);
    match fs::metadata(&new) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) if error.kind() != ErrorKind::PermissionDenied => return Err(missing(&sources.home, &error)),
        _ => return Ok(()),
    }
    let old_name = path::join(&path::folder(&sources.home), ".kubeconfig");
    let old = sources.locate(&old_name);
    match fs::metadata(&old) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => return Ok(()),
        Err(error) => return Err(missing(&old_name, &error)),
        Ok(file) if file.is_dir() => {
            let sentence = format!("cannot migrate {old_name} to {} because it is a directory", sources.home);
            return Err(Error::message(sentence));
        }
        Ok(_) => {}
    }
    let bytes = read_bytes(&old).map_err(|(step, error)| Error::message(format!("{step} {old_name}: {}", reason(&error))))?;
    fs::write(&new, bytes).map_err(|error| Error::message(format!("open {}: {}", sources.home, reason(&error))))
}
