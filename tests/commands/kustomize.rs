//! `kustomize`.

use std::path::Path;

use super::{Outcome, Place};
use crate::real;

/// A place without server, with the fixtures' kustomizations in its home.
fn place() -> Place {
    let place = Place::new("http://127.0.0.1:1");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kustomize");
    for folder in ["base", "comp", "over"] {
        let to = place.home().join(folder);
        std::fs::create_dir(&to).unwrap();
        for file in std::fs::read_dir(fixtures.join(folder)).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
    place
}

/// What becomes of a folder with this kustomization and a deployment.
fn build(kustomization: &str) -> Outcome {
    let place = place();
    let folder = place.home().join("k");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("kustomization.yaml"), kustomization).unwrap();
    std::fs::write(
        folder.join("web.yaml"),
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c, image: 'a/b:1'}]}}}\n",
    )
    .unwrap();
    place.run(&["kustomize", "k"])
}

#[test]
fn kustomize_of_bases_components_and_overlays_prints_what_kubectl_prints() {
    let place = place();
    for line in [
        &["kustomize", "base"][..],
        &["kustomize", "over"],
        &["kustomize", "over", "--reorder=none"],
    ] {
        // Deprecated flags have words of their own.
        let Some(theirs) = real::kubectl(&place, line) else { break };
        assert_eq!(place.run(line).out, theirs.out, "{line:?}");
    }
    insta::assert_snapshot!("overlay", place.run(&["kustomize", "over"]).out);
}

#[test]
fn kustomize_to_a_file_prints_nothing() {
    let place = place();
    let outcome = place.run(&["kustomize", "over", "-o", "built.yaml"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, ""));
    let written = std::fs::read_to_string(place.home().join("built.yaml")).unwrap();
    assert_eq!(written, place.run(&["kustomize", "over"]).out);
}

#[test]
fn kustomize_of_images_sets_names_tags_and_digests() {
    for (wanted, image) in [
        ("{name: a/b, newTag: '2'}", "a/b:2"),
        ("{name: a/b, newTag: 1.5}", "a/b:1.5"),
        ("{name: a/b, newName: r:5000/c}", "r:5000/c:1"),
        ("{name: a/b, digest: 'sha256:0'}", "a/b@sha256:0"),
        ("{name: b, newTag: '2'}", "a/b:1"),
    ] {
        let outcome = build(&format!("resources: [web.yaml]\nimages: [{wanted}]\n"));
        assert!(outcome.out.contains(&format!("image: {image}\n")), "{wanted}: {outcome:?}");
    }
}

#[test]
fn kustomize_of_what_it_may_not_read_or_does_not_know_says_so() {
    for (kustomization, sentence) in [
        ("configMapGenerator: [{name: c, files: [../base/data.txt]}]", "is not in or below"),
        (
            "resources: [../base/all.yaml]",
            "accumulating resources from '../base/all.yaml': security; file",
        ),
        (
            "resources: [web.yaml]\nreplicas: [{name: nope, count: 1}]",
            "resource with name nope does not match",
        ),
        (
            "resources: [web.yaml]\npatches: [{patch: '{apiVersion: v1, kind: Service, metadata: {name: web}}'}]",
            "no matches for Id Service.v1.[noGrp]/web.[noNs]",
        ),
        ("resources: [web.yaml, web.yaml]", "already registered id"),
        (
            "replacements: []",
            "has the field \"replacements\", which this client does not understand yet",
        ),
        ("labels: [{pairs: {a: b}, fields: []}]", "has the field \"fields\""),
        ("configMapGenerator: [{name: c, behavior: merge}]", "cannot merge or replace"),
    ] {
        let outcome = build(kustomization);
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""), "{kustomization}");
        assert!(outcome.err.contains(sentence), "{kustomization}: {}", outcome.err);
    }
}

#[test]
fn kustomize_called_wrongly_says_how() {
    let place = place();
    for (words, sentence) in [
        (&["kustomize", "a", "b"][..], "error: specify one path to kustomization.yaml\n"),
        (
            &["kustomize", "base", "--load-restrictor=x"],
            "error: illegal flag value --load-restrictor x; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]\n",
        ),
    ] {
        assert_eq!(place.run(words).err, sentence);
    }
}
