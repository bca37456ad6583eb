//! What a kustomization may read: files in and below its folder, folders that do not contain it, repositories, URLs.

use std::path::{Path, PathBuf};

use super::{
    files::{self, Download, Files},
    remote::Repository,
};

/// Reads what a kustomization names.
pub(super) struct Loader<'f> {
    files: &'f dyn Files,
    /// The kustomization's folder, without links in it.
    root: PathBuf,
    /// Whether files may only come from the folder and below.
    restricted: bool,
    /// The folders of the kustomizations that led here, the nearest last.
    visited: Vec<PathBuf>,
    /// The repositories that led here, the nearest last, each with its folder.
    repositories: Vec<(Repository, PathBuf)>,
}

/// Why something was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// A server answered with an error: it is no use to try something else.
    Http(String),
    /// Anything else.
    Other(String),
}

impl Failure {
    pub(super) fn text(self) -> String {
        match self {
            Failure::Http(text) | Failure::Other(text) => text,
        }
    }
}

impl<'f> Loader<'f> {
    /// That of the first kustomization. `directory` is where relative paths begin, `named` what was typed.
    ///
    /// # Errors
    /// Where there is no such folder or repository.
    pub(super) fn first(files: &'f dyn Files, directory: &Path, named: &str, restricted: bool) -> Result<Loader<'f>, String> {
        let loader = Loader {
            files,
            root: PathBuf::new(),
            restricted,
            visited: Vec::new(),
            repositories: Vec::new(),
        };
        if let Ok(repository) = Repository::parse(named) {
            return loader.of_repository(repository);
        }
        let path = if named.is_empty() { PathBuf::new() } else { directory.join(named) };
        let root = files::folder(files, &path, named).map_err(|error| format!("must build at directory: {error}"))?;
        Ok(Loader { root, ..loader })
    }

    /// That of a kustomization that this one names.
    ///
    /// # Errors
    /// Where there is none, or where it contains this one.
    pub(super) fn below(&self, path: &str) -> Result<Loader<'f>, String> {
        if path.is_empty() {
            return Err("new root cannot be empty".to_owned());
        }
        if let Ok(repository) = Repository::parse(path) {
            if let Some((visited, _)) = self
                .repositories
                .iter()
                .rev()
                .find(|(have, _)| have.raw.starts_with(&repository.raw))
            {
                return Err(format!(
                    "cycle detected: URI '{}' referenced by previous URI '{}'",
                    repository.raw, visited.raw
                ));
            }
            return self.of_repository(repository);
        }
        if path.starts_with('/') {
            return Err(format!("new root '{path}' cannot be absolute"));
        }
        let joined = self.join(path);
        let root = files::folder(self.files, Path::new(&joined), &joined).map_err(|error| format!("must build at directory: {error}"))?;
        if let Some((_, folder)) = self.repositories.last()
            && !root.starts_with(folder)
        {
            return Err(format!(
                "security; bases in kustomizations found in cloned git repos must be within the repo, but base '{}' is outside '{}'",
                root.display(),
                folder.display()
            ));
        }
        let seen = std::iter::once(&self.root).chain(self.visited.iter().rev());
        if let Some(visited) = seen.into_iter().find(|visited| visited.starts_with(&root)) {
            return Err(format!(
                "cycle detected: candidate root '{}' contains visited root '{}'",
                root.display(),
                visited.display()
            ));
        }
        Ok(self.at(root, self.restricted))
    }

    fn of_repository(&self, repository: Repository) -> Result<Loader<'f>, String> {
        let folder = self.files.fetch(&repository)?.folder;
        let path = folder.join(repository.path.trim_start_matches('/'));
        let shown = files::clean(&path.to_string_lossy());
        let place = files::place(self.files, Path::new(&shown), &shown)?;
        if let Some(file) = &place.file {
            return Err(format!("'{shown}' refers to file '{file}'; expecting directory"));
        }
        if !place.folder.starts_with(&folder) {
            return Err(format!(
                "{shown:?} refers to directory outside of repo {:?}",
                folder.display().to_string()
            ));
        }
        // What was cloned may never leave its folder.
        let mut loader = self.at(place.folder, true);
        loader.repositories.push((repository, folder));
        Ok(loader)
    }

    fn at(&self, root: PathBuf, restricted: bool) -> Loader<'f> {
        let mut visited = self.visited.clone();
        visited.push(self.root.clone());
        Loader {
            files: self.files,
            root,
            restricted,
            visited,
            repositories: self.repositories.clone(),
        }
    }

    /// The kustomization's folder.
    pub(super) fn root(&self) -> std::path::Display<'_> {
        self.root.display()
    }

    /// The repository that this kustomization is the first one of.
    pub(super) fn repository(&self) -> Option<&(Repository, PathBuf)> {
        self.repositories.last()
    }

    fn join(&self, path: &str) -> String {
        files::clean(&format!("{}/{path}", self.root.display()))
    }

    /// All of a file, or of what an URL answers with.
    ///
    /// # Errors
    /// Where it cannot be read, or may not.
    pub(super) fn load(&self, path: &str) -> Result<Vec<u8>, Failure> {
        if path.to_ascii_lowercase().starts_with("http://") || path.to_ascii_lowercase().starts_with("https://") {
            return self.files.download(path).map_err(|failure| match failure {
                Download::Status(..) if Repository::parse(path).is_ok() => Failure::Other("URL is a git repository".to_owned()),
                Download::Status(code, name) => Failure::Http(format!("HTTP Error: status code {code} ({name})")),
                Download::Failed(text) => Failure::Other(text),
            });
        }
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => self.join(path),
        };
        let mut from = PathBuf::from(&path);
        if self.restricted {
            let place = files::place(self.files, &from, &path).map_err(Failure::Other)?;
            if place.file.is_none() {
                return Err(Failure::Other(format!("'{path}' must resolve to a file")));
            }
            if !place.folder.starts_with(&self.root) {
                return Err(Failure::Other(format!(
                    "security; file '{path}' is not in or below '{}'",
                    self.root()
                )));
            }
            from = place.path();
        }
        let unread = |error| Failure::Other(crate::error::unread(&from.display().to_string(), &error));
        self.files.read(&from).map_err(unread)
    }

    /// As [`Loader::load`], as text.
    ///
    /// # Errors
    /// As for [`Loader::load`].
    pub(super) fn text(&self, path: &str) -> Result<String, Failure> {
        let bytes = self.load(path)?;
        Ok(String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).into_owned())
    }
}
