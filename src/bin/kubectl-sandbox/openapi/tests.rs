//! The documents against the types that they describe.

use super::*;
use crate::{clock::Clock, cluster::Cluster, random::Random, schema::types};

fn cluster() -> Cluster {
    Cluster::new(Clock::new(1.0), Random::seeded(1))
}

#[test]
fn document_of_apps_describes_deployments_with_their_merge_keys() {
    let cluster = cluster();
    let document = document("apps", cluster.registry.version("apps", "v1").unwrap());
    let spec = document
        .at(&["components", "schemas", "io.k8s.api.apps.v1.DeploymentSpec"])
        .unwrap();
    assert!(spec.str_at(&["description"]).starts_with("DeploymentSpec is"));
    assert_eq!(spec.str_at(&["properties", "replicas", "format"]), "int32");
    assert!(
        spec.str_at(&["properties", "replicas", "description"])
            .starts_with("Number of desired pods")
    );
    let containers = document
        .at(&["components", "schemas", "io.k8s.api.core.v1.PodSpec", "properties", "containers"])
        .unwrap();
    assert_eq!(containers.str_at(&["x-kubernetes-patch-merge-key"]), "name");
    let patch = document
        .at(&["paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch"])
        .unwrap();
    assert_eq!(patch.str_at(&["x-kubernetes-group-version-kind", "kind"]), "Deployment");
    assert!(
        patch
            .items_at(&["parameters"])
            .iter()
            .any(|parameter| parameter.str_at(&["name"]) == "fieldValidation")
    );
}

#[test]
fn every_reference_leads_to_a_schema() {
    let cluster = cluster();
    for group in cluster.registry.groups() {
        for version in &group.versions {
            let schemas = schemas::of(&group.name, version, Reference::Components);
            let mut text = Vec::new();
            json::to_compact(&mut text, &Value::Object(schemas.clone()));
            let text = String::from_utf8(text).unwrap();
            for part in text.split("#/components/schemas/").skip(1) {
                let name = part.split('"').next().unwrap();
                assert!(schemas.contains_key(name), "{} {}: {name}", group.name, version.name);
            }
        }
    }
}

#[test]
fn types_have_the_fields_that_k8s_openapi_has() {
    let cluster = cluster();
    for group in cluster.registry.groups().iter().filter(|group| group.name != "metrics.k8s.io") {
        for version in &group.versions {
            for (name, described) in descriptions::of(&group.name, &version.name) {
                let here = types()
                    .all()
                    .iter()
                    .find(|here| schemas::full_name(here.package, &here.name) == name);
                let Some(here) = here else { continue };
                for field in described.of_fields.keys() {
                    assert!(here.field(field).is_some(), "{name} lacks {field}");
                }
                for field in &here.fields {
                    assert!(
                        described.of_fields.contains_key(field.name.as_ref()),
                        "{name} has {} too many",
                        field.name
                    );
                }
            }
        }
    }
}
