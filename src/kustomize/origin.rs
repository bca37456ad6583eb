//! Where objects come from and what has changed them, as the annotations say that `buildMetadata` asks for.

use super::{
    files::clean,
    node::{Fields, Node, Scalar},
    remote::Repository,
};

/// A file or what was configured in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Origin {
    /// The repository and the reference in it.
    pub(super) repo: String,
    pub(super) reference: String,
    /// The file, relative to the first kustomization.
    pub(super) path: String,
    /// The file that asked for it.
    pub(super) configured_in: String,
    /// The `apiVersion`, kind, name and namespace of what asked for it.
    pub(super) configured_by: [String; 4],
}

impl Origin {
    /// That of something below this folder, or of a repository.
    pub(super) fn append(&self, path: &str) -> Origin {
        let mut origin = self.clone();
        let (base, path) = match Repository::parse(path) {
            Ok(repository) => {
                origin.repo = repository.url;
                origin.reference = repository.reference;
                (String::new(), repository.path)
            }
            Err(_) => (self.path.clone(), path.to_owned()),
        };
        origin.path = match (base.as_str(), path.as_str()) {
            ("", "") => String::new(),
            ("", path) => clean(path),
            (base, path) => clean(&format!("{base}/{path}")),
        };
        origin
    }

    /// That of what a builtin of this kind makes or changes, as the file `name` in this folder says.
    pub(super) fn configured(&self, name: &str, kind: &str) -> Origin {
        Origin {
            configured_in: self.append(name).path,
            configured_by: ["builtin".to_owned(), kind.to_owned(), String::new(), String::new()],
            path: String::new(),
            ..self.clone()
        }
    }

    fn node(&self) -> Node {
        let mut fields = Fields::default();
        let mut add = |name: &str, text: &str| {
            if !text.is_empty() {
                fields.0.push((Scalar::text(name), Node::text(text)));
            }
        };
        add("path", &self.path);
        add("repo", &self.repo);
        add("ref", &self.reference);
        add("configuredIn", &self.configured_in);
        let mut by = Fields::default();
        for (name, text) in ["apiVersion", "kind", "name", "namespace"].iter().zip(&self.configured_by) {
            if !text.is_empty() {
                by.0.push((Scalar::text(*name), Node::text(text.as_str())));
            }
        }
        if !by.0.is_empty() {
            fields.0.push((Scalar::text("configuredBy"), Node::Map(by)));
        }
        Node::Map(fields)
    }

    /// The annotation.
    pub(super) fn text(&self) -> String {
        format!("{}\n", self.node())
    }

    /// The annotation for several.
    pub(super) fn texts(origins: &[Origin]) -> String {
        format!("{}\n", Node::List(origins.iter().map(Origin::node).collect()))
    }
}
