//! Where a kustomization's files are: a trait, and what kustomize makes of paths.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::error::reason;

/// What there is at a path, links not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link to this path.
    Link(PathBuf),
}

/// A repository that has been fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The folder with its files; absolute.
    pub folder: PathBuf,
}

/// Where a kustomization's files are.
pub trait Files {
    /// All of a file's bytes.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// What there is at a path.
    ///
    /// # Errors
    /// Where there is nothing, or it may not be looked at.
    fn look(&self, path: &Path) -> io::Result<Entry>;

    /// What an URL answers with.
    ///
    /// # Errors
    /// Go's sentence, and whether a server answered: it is no use then to try something else.
    fn download(&self, url: &str) -> Result<Vec<u8>, Download>;

    /// Fetches a repository into a folder that lasts as long as the files do.
    ///
    /// # Errors
    /// What git says.
    fn fetch(&self, repository: &super::remote::Repository) -> Result<Checkout, String>;
}

/// Why an URL gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// A server answered with this status, of this name.
    Status(u16, String),
    /// Nobody answered.
    Failed(String),
}

/// How many links are followed on one way.
const MOST_LINKS: usize = 255;

/// A path without links in it: a folder, and the file in it if it leads to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) folder: PathBuf,
    pub(super) file: Option<String>,
}

impl Place {
    /// The whole path.
    pub(super) fn path(&self) -> PathBuf {
        match &self.file {
            Some(file) => self.folder.join(file),
            None => self.folder.clone(),
        }
    }
}

/// Follows the links in a path. `named` is what messages call it.
///
/// # Errors
/// Where it leads nowhere.
pub(super) fn place(files: &dyn Files, path: &Path, named: &str) -> Result<Place, String> {
    let path = resolve(files, &PathBuf::from(clean(&path.to_string_lossy())))
        .map_err(|error| format!("evalsymlink failure on '{named}' : {error}"))?;
    match files.look(&path) {
        Ok(Entry::Folder) => Ok(Place { folder: path, file: None }),
        _ => Ok(Place {
            file: path.file_name().map(|name| name.to_string_lossy().into_owned()),
            folder: path.parent().unwrap_or(Path::new("/")).to_path_buf(),
        }),
    }
}

/// The path without links in it.
fn resolve(files: &dyn Files, path: &Path) -> Result<PathBuf, String> {
    let mut rest: Vec<PathBuf> = path.components().rev().map(|part| PathBuf::from(part.as_os_str())).collect();
    let mut here = PathBuf::new();
    let mut links = 0;
    while let Some(part) = rest.pop() {
        if part == Path::new("..") {
            here.pop();
            continue;
        }
        let next = here.join(&part);
        let entry = files
            .look(&next)
            .map_err(|error| format!("lstat {}: {}", next.display(), reason(&error)))?;
        match entry {
            Entry::File if !rest.is_empty() => return Err("not a directory".to_owned()),
            Entry::File | Entry::Folder => here = next,
            Entry::Link(to) => {
                links += 1;
                if links > MOST_LINKS {
                    return Err("EvalSymlinks: too many links".to_owned());
                }
                if to.is_absolute() {
                    here = PathBuf::new();
                }
                rest.extend(to.components().rev().map(|part| PathBuf::from(part.as_os_str())));
            }
        }
    }
    Ok(here)
}

/// A folder.
///
/// # Errors
/// kustomize's sentence where there is none, or a file.
pub(super) fn folder(files: &dyn Files, path: &Path, named: &str) -> Result<PathBuf, String> {
    if named.is_empty() {
        return Err("directory path cannot be empty".to_owned());
    }
    let place = place(files, path, named).map_err(|error| format!("not a valid directory: {error}"))?;
    match place.file {
        None => Ok(place.folder),
        Some(_) => Err(format!("'{named}': file is not directory")),
    }
}

/// A path as Go's `filepath.Clean` writes it.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let is_absolute = path.starts_with('/');
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomize::tests::Memory;

    #[test]
    fn clean_is_what_go_does() {
        for (path, cleaned) in [
            ("", "."),
            ("a//b/./c/..", "a/b"),
            ("/..//a", "/a"),
            ("../a/..", ".."),
            ("../../a", "../../a"),
            ("http://x/y", "http:/x/y"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn place_follows_links_and_says_where_the_way_ends() {
        let files = Memory::new(&[("/a/f", "x"), ("/b/l", "-> ../a"), ("/c", "-> /c")]);
        let at = |path: &str| place(&files, Path::new(path), path);
        assert_eq!(at("/b/l/f").unwrap().path(), Path::new("/a/f"));
        assert_eq!(at("/a").unwrap().file, None);
        assert_eq!(
            at("/b/n/m").unwrap_err(),
            "evalsymlink failure on '/b/n/m' : lstat /b/n: no such file or directory"
        );
        assert_eq!(at("/a/f/g").unwrap_err(), "evalsymlink failure on '/a/f/g' : not a directory");
        assert!(at("/c").unwrap_err().ends_with("too many links"));
    }
}
