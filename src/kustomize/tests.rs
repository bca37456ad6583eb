//! Builds over files that are only remembered.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use super::*;
use crate::api::object;

/// Files by their absolute paths; a text `-> path` is a link.
pub(super) struct Memory(BTreeMap<String, String>);

impl Memory {
    pub(super) fn new(files: &[(&str, &str)]) -> Memory {
        Memory(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = self.0.get(path.to_str().unwrap_or_default()).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.as_bytes().to_vec())
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        let path = path.to_str().unwrap_or_default();
        if let Some(text) = self.0.get(path) {
            return Ok(text.strip_prefix("-> ").map_or(Entry::File, |to| Entry::Link(PathBuf::from(to))));
        }
        let inside = format!("{}/", path.trim_end_matches('/'));
        match self.0.keys().any(|file| file.starts_with(&inside)) {
            true => Ok(Entry::Folder),
            false => Err(io::Error::from_raw_os_error(2)),
        }
    }

    fn download(&self, url: &str) -> std::result::Result<Vec<u8>, Download> {
        match self.0.get(url) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(Download::Status(404, "Not Found".to_owned())),
        }
    }

    fn fetch(&self, repository: &Repository) -> std::result::Result<Checkout, String> {
        match repository.url.as_str() {
            "https://github.com/a/b" => Ok(Checkout {
                folder: PathBuf::from("/clone"),
            }),
            url => Err(format!("no repository {url}")),
        }
    }
}

fn names(files: &[(&str, &str)]) -> Result<Vec<String>> {
    let built = build(&Memory::new(files), Path::new("/"), "k", &Options::default(), &mut Vec::new())?;
    Ok(values(built)
        .iter()
        .map(|value| format!("{}/{}", value.str_at(&["kind"]), object::name(value)))
        .collect())
}

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n";

#[test]
fn build_gathers_files_folders_and_repositories_in_kustomize_s_order() {
    let found = names(&[
        (
            "/k/kustomization.yaml",
            "resources: [map.yaml, ../base, 'https://github.com/a/b//c', 'https://x/pod.yaml']",
        ),
        ("/k/map.yaml", MAP),
        ("/base/kustomization.yml", "resources: [all.yaml]"),
        (
            "/base/all.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n",
        ),
        ("/clone/c/Kustomization", "namePrefix: c-\nresources: [s.yaml]"),
        ("/clone/c/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"),
        ("https://x/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"),
    ]);
    assert_eq!(
        found.unwrap(),
        ["Namespace/ns", "ConfigMap/m", "Secret/c-s", "Deployment/d", "Pod/p"]
    );
}

#[test]
fn build_of_what_cannot_be_built_says_why() {
    let text = |files: &[(&str, &str)]| names(files).unwrap_err().text();
    for (files, sentence) in [
        (&[][..], "not a valid directory"),
        (&[("/k/x.yaml", MAP)], "unable to find one of 'kustomization.yaml'"),
        (
            &[("/k/kustomization.yaml", "resources: [x.yaml]")],
            "accumulating resources from 'x.yaml'",
        ),
        (
            &[("/k/kustomization.yaml", "resources: [../k]")],
            "cycle detected: candidate root '/k' contains visited root '/k'",
        ),
        (
            &[
                ("/k/kustomization.yaml", "resources: [a.yaml, b.yaml]"),
                ("/k/a.yaml", MAP),
                ("/k/b.yaml", MAP),
            ],
            "already registered id",
        ),
        (
            &[("/k/kustomization.yaml", "resources: ['https://x/none.yaml']")],
            "HTTP Error: status code 404 (Not Found)",
        ),
        (
            &[
                ("/k/kustomization.yaml", "resources: ['github.com/a/b']"),
                ("/clone/kustomization.yaml", "resources: [../k]"),
            ],
            "security; bases in kustomizations found in cloned git repos must be within the repo, but base '/k' is outside '/clone'",
        ),
        (
            &[
                ("/k/kustomization.yaml", "resources: [l.yaml]"),
                ("/k/l.yaml", "-> ../m.yaml"),
                ("/m.yaml", MAP),
            ],
            "security; file '/k/l.yaml' is not in or below '/k'",
        ),
    ] {
        let have = text(files);
        assert!(have.contains(sentence), "{have}");
    }
}
