//! The parent of an apply set: the object whose labels and annotations say what is in the set.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{
    api::{Map, OwnedValue, Value, gvk::GroupName, object, quote},
    discovery::{Mapping, Partial},
    error::{Error, Result},
    resource::{Gather, Info, Objects, Plan, Query, Site, Step},
};

/// Says with what program, in which version, the set is kept.
pub const TOOLING: &str = "applyset.kubernetes.io/tooling";
/// The namespaces of members besides the parent's own.
pub const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
/// The kinds of members.
pub const KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
/// The resources of members: what was there before [`KINDS`].
pub const RESOURCES: &str = "applyset.kubernetes.io/contains-group-resources";
/// The label of a parent: the set's identity.
pub const ID: &str = "applyset.kubernetes.io/id";
/// The label of members: their set's identity.
pub const PART_OF: &str = "applyset.kubernetes.io/part-of";
/// The label of definitions whose objects may be parents.
const PARENT_TYPE: &str = "applyset.kubernetes.io/is-parent-type";

/// The kinds of the core group that may be parents, by the names of their resources. The first is a parent where only a
/// name is given.
const BUILT_IN: [(&str, &str); 2] = [("secrets", "Secret"), ("configmaps", "ConfigMap")];

/// An object that is, or becomes, the parent of an apply set.
#[derive(Debug, Clone)]
pub struct Parent {
    /// Its type, place and name; no object.
    pub info: Info,
}

impl Parent {
    /// Reads `[RESOURCE][.GROUP]/NAME`. A parent that lives in a namespace lives in `namespace`, which is empty where the
    /// command line names none.
    ///
    /// # Errors
    /// No name, or a type that the server does not have.
    pub async fn find(reference: &str, namespace: &str, site: &Site<'_>) -> Result<Parent> {
        let invalid = |why: String| Error::message(format!("invalid parent reference {}: {why}", quote(reference)));
        let (resource, name) = reference.split_once('/').unwrap_or((BUILT_IN[0].0, reference));
        if name.is_empty() {
            return Err(invalid("name cannot be blank".to_owned()));
        }
        let mapping = mapping(resource, site).await.map_err(|error| invalid(error.to_string()))?;
        let namespace = if mapping.namespaced { namespace } else { "" };
        Ok(Parent {
            info: Info {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                mapping,
                object: Value::Null,
                source: String::new(),
            },
        })
    }

    /// Checks that the object may be a parent.
    ///
    /// # Errors
    /// No namespace, or a type that may not be one.
    pub async fn check(&self, site: &Site<'_>) -> Result<()> {
        let Info { mapping, namespace, .. } = &self.info;
        let mut errors = Vec::new();
        if mapping.namespaced && namespace.is_empty() {
            errors.push(Error::message("namespace is required to use namespace-scoped ApplySet"));
        }
        if !self.is_built_in() {
            let permitted = match permitted(site).await {
                Ok(names) => names.contains(&mapping.group_resource()),
                Err(error) => {
                    errors.push(Error::message(format!("identifying allowed custom resource parent types: {error}")));
                    false
                }
            };
            if !permitted {
                errors.push(Error::message(format!(
                    "resource \"{}/{}, Resource={}\" is not permitted as an ApplySet parent",
                    mapping.group, mapping.version, mapping.resource
                )));
            }
        }
        Error::collect(errors)
    }

    /// Whether it is of a kind that may be a parent without further ado, and is made where it is not there.
    pub fn is_built_in(&self) -> bool {
        let mapping = &self.info.mapping;
        mapping.group.is_empty() && mapping.version == "v1" && BUILT_IN.iter().any(|(resource, _)| mapping.resource == *resource)
    }

    /// The identity of its set: a hash of its name, namespace, kind and group.
    pub fn id(&self) -> String {
        let Info {
            mapping, namespace, name, ..
        } = &self.info;
        let hash = Sha256::digest(format!("{name}.{namespace}.{}.{}", mapping.kind, mapping.group));
        format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(hash))
    }

    /// Its name in messages, in quotes: the resource, a dot even behind those of the core group, and the name.
    pub fn quoted(&self) -> String {
        let Info { mapping, name, .. } = &self.info;
        quote(&format!("{}.{}/{name}", mapping.resource, mapping.group))
    }

    /// What is applied to it: that it is a parent, and of what.
    pub fn manifest(&self, tooling: &str, kinds: &str, namespaces: &str) -> OwnedValue {
        let Info {
            mapping, namespace, name, ..
        } = &self.info;
        let mut metadata = Map::in_order();
        metadata.insert("name", name.clone());
        if !namespace.is_empty() {
            metadata.insert("namespace", namespace.clone());
        }
        metadata.insert("labels", Map::from_entries(vec![(ID.into(), self.id().into())]));
        let annotations = [(NAMESPACES, namespaces), (KINDS, kinds), (TOOLING, tooling)];
        let annotations = annotations.map(|(key, value)| (key.into(), value.to_owned().into()));
        metadata.insert("annotations", Map::from_entries(annotations.to_vec()));
        let mut manifest = Map::in_order();
        manifest.insert("kind", mapping.kind.as_str().to_owned());
        manifest.insert("apiVersion", mapping.group_version());
        manifest.insert("metadata", metadata);
        Value::Object(manifest)
    }
}

/// The type that a resource's name stands for: `cm`, `gadgets.example.com`.
async fn mapping(resource: &str, site: &Site<'_>) -> Result<Mapping> {
    if let Some((_, kind)) = BUILT_IN.iter().find(|(name, _)| *name == resource) {
        return Ok(site.discovery.mapping_for("", "v1", kind).await?);
    }
    let GroupName { name, group } = GroupName::parse(resource);
    kind_of(name, group, site).await
}

/// The type that a resource of a group stands for, in the version that the server prefers.
pub async fn kind_of(name: String, group: String, site: &Site<'_>) -> Result<Mapping> {
    let named = Partial {
        group,
        name,
        version: String::new(),
    };
    let kind = site.discovery.kind_for(&named).await?;
    Ok(site.discovery.mapping_for(&kind.group, "", &kind.name).await?)
}

/// The names of the definitions whose objects may be parents.
async fn permitted(site: &Site<'_>) -> Result<Vec<String>> {
    let mapping = site
        .discovery
        .mapping_for("apiextensions.k8s.io", "v1", "CustomResourceDefinition")
        .await?;
    let query = Query {
        labels: Some(PARENT_TYPE.to_owned()),
        ..Query::default()
    };
    let step = Step::List {
        mapping,
        namespace: String::new(),
    };
    let plan = Plan {
        steps: [step].into(),
        single: false,
    };
    let definitions = Gather::new(Objects::Latest).each(plan, &query, site).await?;
    Ok(definitions
        .iter()
        .map(|definition| object::name(&definition.object).to_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        actions::write::compact,
        discovery::{Source, builtin},
    };

    fn parent(mapping: Mapping) -> Parent {
        Parent {
            info: Info {
                mapping,
                namespace: "default".to_owned(),
                name: "mine".to_owned(),
                object: Value::Null,
                source: String::new(),
            },
        }
    }

    #[test]
    fn id_is_the_hash_that_kubectl_makes() {
        let parent = parent(builtin::by_kind("", "v1", "Secret").unwrap());
        // From a set that kubectl 1.33 made.
        assert_eq!(parent.id(), "applyset-ys5EGYi_BUuUvnOWurgroZiPpCfcP_mpZ8wXIg4nomo-v1");
        assert!(parent.is_built_in());
        assert_eq!(parent.quoted(), "\"secrets./mine\"");
    }

    #[test]
    fn manifest_says_what_is_in_the_set() {
        let mapping = Mapping {
            resource: "gadgets".into(),
            kind: "Gadget".into(),
            group: "example.com".into(),
            version: "v1".into(),
            namespaced: true,
            source: Source::Server,
        };
        let parent = parent(mapping);
        let text = String::from_utf8(compact(&parent.manifest("kubectl/v1", "ConfigMap", ""))).unwrap();
        assert_eq!(
            text,
            format!(
                r#"{{"kind":"Gadget","apiVersion":"example.com/v1","metadata":{{"name":"mine","namespace":"default","labels":{{"applyset.kubernetes.io/id":"{}"}},"annotations":{{"applyset.kubernetes.io/additional-namespaces":"","applyset.kubernetes.io/contains-group-kinds":"ConfigMap","applyset.kubernetes.io/tooling":"kubectl/v1"}}}}}}"#,
                parent.id()
            )
        );
        assert!(!parent.is_built_in());
        assert_eq!(parent.quoted(), "\"gadgets.example.com/mine\"");
    }
}
