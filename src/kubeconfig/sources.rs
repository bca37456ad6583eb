//! Which kubeconfig files there are, and which of them a change goes to.

use std::{collections::HashMap, path::Path};

use super::path;

/// The files of a kubeconfig, as they were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The one file that was asked for with `--kubeconfig`.
    pub explicit: Option<String>,
    /// Else the files that `KUBECONFIG` lists, each once; empty names are kept.
    pub listed: Vec<String>,
    /// Else the file in the user's home.
    pub home: String,
    /// The working directory, against which relative names are read.
    pub directory: String,
}

impl Sources {
    /// The files as flag and environment name them. An empty name counts as none.
    pub fn new(explicit: Option<&str>, env: &HashMap<String, String>, directory: &Path) -> Self {
        let var = |name: &str| env.get(name).map(String::as_str).unwrap_or_default();
        let mut listed: Vec<String> = Vec::new();
        if !var("KUBECONFIG").is_empty() {
            for name in var("KUBECONFIG").split(':') {
                if !listed.iter().any(|have| have == name) {
                    listed.push(name.to_owned());
                }
            }
        }
        Sources {
            explicit: explicit.filter(|name| !name.is_empty()).map(str::to_owned),
            listed,
            home: path::join(var("HOME"), ".kube/config"),
            directory: directory.to_string_lossy().into_owned(),
        }
    }

    /// The files in the order in which they are read; the first that has an entry wins.
    pub fn files(&self) -> Vec<&str> {
        match (&self.explicit, self.listed.as_slice()) {
            (Some(file), _) => vec![file],
            (None, []) => vec![&self.home],
            (None, listed) => listed.iter().map(String::as_str).collect(),
        }
    }

    /// The file that gets new entries: the one asked for, or the first of those listed that exists, or the last of
    /// them, or the one in the user's home.
    pub fn default_file(&self) -> &str {
        match (&self.explicit, self.listed.as_slice()) {
            (Some(file), _) => file,
            (None, []) => &self.home,
            (None, [only]) => only,
            (None, [.., last]) => {
                let exists = |name: &&String| Path::new(&self.locate(name)).exists();
                self.listed.iter().find(exists).unwrap_or(last)
            }
        }
    }

    /// Where a named file is on the disk.
    pub fn locate(&self, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        path::absolute(name, &self.directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn files_of_a_list_keep_their_order_and_come_once() {
        let sources = Sources::new(None, &env(&[("KUBECONFIG", "a:b:a::c"), ("HOME", "/h")]), Path::new("/w"));
        assert_eq!(sources.files(), ["a", "b", "", "c"]);
        assert_eq!(sources.default_file(), "c", "the last, as none exists");
    }

    #[test]
    fn files_without_anything_said_are_the_one_at_home() {
        let sources = Sources::new(Some(""), &env(&[("KUBECONFIG", ""), ("HOME", "/h/")]), Path::new("/w"));
        assert_eq!(sources.files(), ["/h/.kube/config"]);
        assert_eq!(sources.default_file(), "/h/.kube/config");
    }
}
