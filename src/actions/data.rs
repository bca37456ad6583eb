//! Data for config maps and secrets from files, directories, literals and environment files.

use std::{fs, io};

use crate::{
    args::Parsed,
    error::{Error, Result, reason, unread},
    generate::{
        envfile,
        keyed::{Data, Keeper, file_source},
    },
};

use super::surroundings::Surroundings;

/// The data that `--from-file`, `--from-literal` and `--from-env-file` name.
///
/// # Errors
/// Flags that exclude each other, files that cannot be read, keys that are none.
pub fn gather<'a>(parsed: &Parsed, context: &dyn Surroundings, keeper: Keeper, name: &'a str) -> Result<Data<'a>> {
    let (files, literals) = (parsed.strings("from-file"), parsed.strings("from-literal"));
    let environments = parsed.strings("from-env-file");
    if !environments.is_empty() && (!files.is_empty() || !literals.is_empty()) {
        return Err(Error::message("from-env-file cannot be combined with from-file or from-literal"));
    }
    let mut data = Data::new(keeper, name);
    for literal in literals {
        data.add_literal(literal).map_err(Error::Message)?;
    }
    for source in files {
        add_file(&mut data, source, context)?;
    }
    for path in environments {
        add_environment(&mut data, path, keeper, context)?;
    }
    Ok(data)
}

/// Adds a file, or the files in a directory.
fn add_file(data: &mut Data<'_>, source: &str, context: &dyn Surroundings) -> Result<()> {
    let (key, path) = file_source(source).map_err(Error::Message)?;
    let place = context.world().directory.join(path);
    let unreadable = |error: &io::Error| Error::message(format!("error reading {path}: {}", reason(error)));
    if !fs::metadata(&place).map_err(|error| unreadable(&error))?.is_dir() {
        let own = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path);
        let bytes = read(&place, path)?;
        return data.add(key.unwrap_or(own), bytes).map_err(Error::Message);
    }
    if key.is_some() {
        return Err(Error::message("cannot give a key name for a directory path"));
    }
    let listing = |error: io::Error| Error::message(format!("error listing files in {path}: {}", reason(&error)));
    let mut entries = fs::read_dir(&place)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(listing)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let bytes = read(&entry.path(), &format!("{}/{name}", path.trim_end_matches('/')))?;
            data.add(&name, bytes).map_err(Error::Message)?;
        }
    }
    Ok(())
}

/// Adds the lines of an environment file.
fn add_environment(data: &mut Data<'_>, path: &str, keeper: Keeper, context: &dyn Surroundings) -> Result<()> {
    let place = context.world().directory.join(path);
    let facts = fs::metadata(&place).map_err(|error| Error::message(format!("error reading {path}: {}", reason(&error))))?;
    if facts.is_dir() {
        let what = if keeper == Keeper::Secret { "secret" } else { "config" };
        return Err(Error::message(format!("env {what} file cannot be a directory")));
    }
    let environment = |name: &str| context.world().var(name).unwrap_or_default().to_owned();
    let pairs = envfile::read(&read(&place, path)?, path, environment).map_err(Error::Message)?;
    for (key, value) in pairs {
        data.add(&key, value.into_bytes()).map_err(Error::Message)?;
    }
    Ok(())
}

fn read(place: &std::path::Path, path: &str) -> Result<Vec<u8>> {
    fs::read(place).map_err(|error| Error::message(unread(path, &error)))
}
