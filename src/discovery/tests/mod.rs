//! The pure parts, on documents cut from a real server's.

mod asking;

use std::sync::Arc;

use proptest::prelude::*;

use super::{cache, documents, mapper, *};

const IDENTITY: &str = "https://one.example:6443";

fn server() -> Resources {
    let mut groups = documents::aggregated(include_bytes!("../../../fixtures/discovery/api.aggregated.json")).unwrap();
    groups.extend(documents::aggregated(include_bytes!("../../../fixtures/discovery/apis.aggregated.json")).unwrap());
    Resources { groups }
}

/// A server with the groups `group/version: plural,Kind,short …`, a resource each.
fn made(lines: &[&str]) -> Resources {
    let mut resources = Resources::default();
    for line in lines {
        let mut words = line.split(' ');
        let (group, version) = words.next().unwrap().split_once('/').unwrap();
        if resources.groups.last().is_none_or(|last| last.name != *group) {
            resources.groups.push(Group {
                name: group.into(),
                preferred: version.into(),
                versions: Vec::new(),
            });
        }
        let mut next = || words.next().unwrap_or_default();
        let resource = Resource {
            name: next().into(),
            kind: next().into(),
            short_names: Words::new(&[next()]),
            group: group.into(),
            version: version.into(),
            namespaced: true,
            ..Resource::default()
        };
        let resource = Resource {
            singular: resource.kind.to_lowercase().as_str().into(),
            ..resource
        };
        resources.groups.last_mut().unwrap().versions.push(Version {
            name: version.into(),
            resources: vec![resource],
            failure: None,
        });
    }
    resources
}

/// kubectl's way from an argument to a resource, without the second look at fresh data.
fn resolved(resources: &Resources, argument: &str) -> String {
    let (full, short) = Partial::parse(argument);
    let kind = full
        .iter()
        .chain([&short])
        .find_map(|named| mapper::kind_for(resources, &mapper::expand(resources, named).0).ok());
    let (full, short) = match kind {
        Some(kind) => (kind.clone(), kind),
        None => (full.unwrap_or_else(|| short.clone()), short),
    };
    mapper::mapping(resources, &full.group, &full.name, &full.version)
        .or_else(|_| mapper::mapping(resources, &short.group, &short.name, ""))
        .map_or_else(
            |miss| miss.to_string(),
            |mapping| format!("{} {}", mapping.group_version(), mapping.resource),
        )
}

// Every pair here was asked of kubectl 1.33 against the same documents.
#[test]
fn mapping_of_arguments_finds_what_kubectl_finds() {
    let server = server();
    for (argument, expected) in [
        ("pods", "v1 pods"),
        ("Pods", "v1 pods"),
        ("po", "v1 pods"),
        ("deploy", "apps/v1 deployments"),
        ("Deployment.v1.apps", "apps/v1 deployments"),
        ("events", "v1 events"),
        ("ev", "v1 events"),
        ("events.events", "events.k8s.io/v1 events"),
        ("events.v1.events.k8s.io", "events.k8s.io/v1 events"),
        ("hpa", "autoscaling/v2 horizontalpodautoscalers"),
        ("hpa.v1.autoscaling", "autoscaling/v2 horizontalpodautoscalers"),
        ("horizontalpodautoscalers.v1.autoscaling", "autoscaling/v1 horizontalpodautoscalers"),
        ("storageclass.storage", "storage.k8s.io/v1 storageclasses"),
        ("sc.stor", "storage.k8s.io/v1 storageclasses"),
        ("widgets", "factory.example.com/v1 widgets"),
        ("WIDGET", "factory.example.com/v1 widgets"),
        ("wd.fact", "factory.example.com/v1 widgets"),
        ("widgets.v1alpha1.factory.example.com", "factory.example.com/v1alpha1 widgets"),
        ("Widget.v1alpha1.factory.example.com", "factory.example.com/v1alpha1 widgets"),
        ("pods.metrics", "metrics.k8s.io/v1beta1 pods"),
        ("NodeMetrics", "metrics.k8s.io/v1beta1 nodes"),
        ("PodMetrics.metrics.k8s.io", "metrics.k8s.io/v1beta1 pods"),
        ("lists", "v1 lists"),
        ("podlists", "v1 podlists"),
        ("PO", "no matches for kind \"PO\" in group \"\""),
        ("pods.v1", "no matches for kind \"pods\" in group \"v1\""),
        ("deployment.v1", "no matches for kind \"deployment\" in group \"v1\""),
        ("foo.v1.bar", "no matches for kind \"foo\" in group \"v1.bar\""),
        ("scale", "no matches for kind \"scale\" in group \"\""),
        ("", "no matches for kind \"\" in group \"\""),
    ] {
        assert_eq!(resolved(&server, argument), expected, "{argument}");
    }
}

#[test]
fn mapping_of_a_kind_takes_the_preferred_version_and_says_what_is_missing() {
    let server = server();
    let mapping = mapper::mapping(&server, "autoscaling", "HorizontalPodAutoscaler", "").unwrap();
    assert_eq!(mapping.group_version(), "autoscaling/v2");
    assert!(mapping.namespaced && !mapping.is_assumed());
    let node = mapper::mapping(&server, "", "Node", "v1").unwrap();
    assert_eq!((node.root().as_str(), node.namespaced), ("/api/v1", false));
    let miss = mapper::mapping(&server, "nope.example.com", "Nope", "v1").unwrap_err();
    assert_eq!(miss.to_string(), "no matches for kind \"Nope\" in version \"nope.example.com/v1\"");
    assert!(miss.is_no_match());
}

#[test]
fn mapping_between_groups_follows_the_servers_order_after_the_core() {
    let server = made(&[
        "late.example.com/v1 things Thing",
        "/v1 things Thing",
        "early.example.com/v1 things Thing",
    ]);
    assert_eq!(resolved(&server, "things"), "v1 things");
    let server = made(&["b.example.com/v1beta1 things Thing", "a.example.com/v1 things Thing"]);
    assert_eq!(resolved(&server, "things"), "b.example.com/v1beta1 things");
    assert_eq!(resolved(&server, "things.a"), "a.example.com/v1 things");
}

#[test]
fn mapping_of_a_kind_unlike_its_singular_finds_the_resource() {
    let mut server = made(&["x.io/v1 gadgetry Widget"]);
    server.groups[0].versions[0].resources[0].singular = "gadget".into();
    assert_eq!(resolved(&server, "gadget"), "x.io/v1 gadgetry");
    assert_eq!(resolved(&server, "widget.x.io"), "x.io/v1 gadgetry");
    assert_eq!(resolved(&server, "Widget.x.io"), "x.io/v1 gadgetry");
}

#[test]
fn expand_of_a_short_name_in_several_groups_warns_once_for_each_other() {
    let server = made(&[
        "/v1 services Service svc",
        "/v2 services Service svc",
        "tap.example.com/v1 services Service svc",
        "tap.example.com/v2 services Service svc",
    ]);
    let named = Partial {
        name: "svc".into(),
        ..Partial::default()
    };
    let (expanded, warnings) = mapper::expand(&server, &named);
    assert_eq!(expanded.name, "services");
    assert_eq!(
        warnings,
        ["short name \"svc\" could also match lower priority resource services.tap.example.com"]
    );
}

#[test]
fn expand_of_a_short_name_that_is_also_a_resource_leaves_it() {
    let server = made(&["/v1 services Service svc", "x.io/v1 svc Svc"]);
    let named = Partial {
        name: "svc".into(),
        ..Partial::default()
    };
    assert_eq!(mapper::expand(&server, &named), (named.clone(), Vec::new()));
}

#[test]
fn resource_for_of_a_name_with_two_meanings_is_ambiguous() {
    let mut server = made(&["x.io/v1 apple Fruit", "x.io/v1 apples Core"]);
    let second = server.groups[0].versions.pop().unwrap();
    server.groups[0].versions[0].resources.extend(second.resources);
    server.groups[0].versions[0].resources[1].singular = "apple".into();
    let named = Partial {
        name: "apple".into(),
        ..Partial::default()
    };
    assert_eq!(
        mapper::resource_for(&server, &named).unwrap_err().to_string(),
        "/, Resource=apple matches multiple resources [x.io/v1, Resource=apple x.io/v1, Resource=apples]"
    );
}

// kubectl 1.33 finds no ambiguity here either: the list of everything takes the plural `lists` from the resource.
#[test]
fn resource_for_of_a_plural_that_was_taken_by_another_finds_the_one_left() {
    let mut server = made(&["x.io/v1 plum Apple", "x.io/v1 lists Plum"]);
    let second = server.groups[0].versions.pop().unwrap();
    server.groups[0].versions[0].resources.extend(second.resources);
    let named = Partial {
        name: "plum".into(),
        ..Partial::default()
    };
    assert_eq!(mapper::resource_for(&server, &named).unwrap().name, "plum");
}

#[test]
fn resource_for_of_plural_and_singular_is_the_plural() {
    let server = server();
    for (name, group) in [("pod", ""), ("deployments", "apps"), ("endpoints", "")] {
        let found = mapper::resource_for(
            &server,
            &Partial {
                name: name.into(),
                ..Partial::default()
            },
        )
        .unwrap();
        assert_eq!(found.group, group);
        assert!(found.name.ends_with('s'));
    }
}

#[test]
fn category_lists_each_member_once_in_the_servers_order() {
    assert_eq!(
        server().category("all"),
        [
            "pods",
            "services",
            "deployments.apps",
            "horizontalpodautoscalers.autoscaling",
            "widgets.factory.example.com"
        ]
    );
    assert!(server().category("none").is_empty());
}

#[test]
fn preferred_takes_each_resource_in_one_version() {
    let server = server();
    let chosen: Vec<String> = server
        .preferred()
        .iter()
        .filter(|resource| matches!(resource.group.as_str(), "autoscaling" | "factory.example.com"))
        .map(|resource| format!("{} {}", resource.version, resource.name))
        .collect();
    assert_eq!(chosen, ["v2 horizontalpodautoscalers", "v1 plants", "v1 widgets"]);
}

#[test]
fn plain_documents_say_the_same_as_aggregated_ones() {
    let aggregated = server();
    let core = documents::versions(include_bytes!("../../../fixtures/discovery/api.json"))
        .unwrap()
        .unwrap();
    let groups = documents::groups(include_bytes!("../../../fixtures/discovery/apis.json")).unwrap();
    for (plain, told) in [core].iter().chain(&groups).zip(&aggregated.groups) {
        assert_eq!((&plain.name, &plain.preferred), (&told.name, &told.preferred));
        let names = |group: &Group| group.versions.iter().map(|version| version.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(plain), names(told));
    }
    for (document, group, version) in [
        (&include_bytes!("../../../fixtures/discovery/v1.json")[..], "", "v1"),
        (
            &include_bytes!("../../../fixtures/discovery/factory.v1.json")[..],
            "factory.example.com",
            "v1",
        ),
    ] {
        let plain = documents::resources(document, &group.into(), &version.into()).unwrap();
        let told = &aggregated.group(group).unwrap().versions[0].resources;
        for (plain, told) in plain.iter().zip(told) {
            let told = Resource {
                categories: plain.categories.clone(),
                subresources: plain.subresources.clone(),
                ..told.clone()
            };
            assert_eq!(plain, &told);
        }
        assert_eq!(plain.len(), told.len());
    }
    let widgets = aggregated.get("factory.example.com", "v1", "widgets").unwrap();
    assert_eq!(widgets.subresource("scale").unwrap().group, "autoscaling");
}

#[test]
fn aggregated_with_a_stale_version_leaves_it_out() {
    let document =
        br#"{"items":[{"versions":[{"version":"v2","freshness":"Stale"},{"version":"v1","resources":null}],"metadata":{"name":"x.io"}}]}"#;
    let groups = documents::aggregated(document).unwrap();
    assert_eq!((groups[0].preferred.as_str(), groups[0].versions.len()), ("v1", 1));
}

#[test]
fn aggregated_resource_without_a_kind_only_holds_its_subresources() {
    let document = br#"{"items":[{"metadata":{"name":"x.io"},"versions":[{"version":"v1","resources":[
        {"resource":"pods","scope":"Namespaced","subresources":[{"subresource":"load","responseKind":{"kind":"Load"}},{"subresource":"none"}]}]}]}]}"#;
    let server = Resources {
        groups: documents::aggregated(document).unwrap(),
    };
    assert_eq!(server.all().count(), 0);
    assert_eq!(server.groups[0].versions[0].resources[0].subresources.len(), 1);
    assert_eq!(resolved(&server, "pods"), "no matches for kind \"pods\" in group \"\"");
}

#[test]
fn documents_that_are_not_json_say_what_go_says() {
    let message = |document: &[u8]| documents::aggregated(document).unwrap_err().message;
    assert_eq!(message(b"<html>"), "invalid character '<' looking for beginning of value");
    assert_eq!(message(b"{\"items\":["), "unexpected end of JSON input");
    assert_eq!(message(b"{} x"), "invalid character 'x' after top-level value");
}

#[test]
fn is_aggregated_takes_the_parameters_in_any_order() {
    for (content_type, expected) in [
        ("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", true),
        (
            "application/json; as=APIGroupDiscoveryList; charset=utf-8; v=v2beta1; g=apidiscovery.k8s.io",
            true,
        ),
        ("application/json", false),
        ("text/plain;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", false),
        ("application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList", false),
        ("", false),
    ] {
        assert_eq!(documents::is_aggregated(content_type), expected, "{content_type}");
    }
}

#[test]
fn builtin_says_what_a_server_says() {
    let server = server();
    for resource in server.preferred() {
        let Some(builtin) = builtin::by_kind(&resource.group, &resource.version, &resource.kind) else {
            continue;
        };
        let told = mapper::mapping(&server, &resource.group, &resource.kind, "").unwrap();
        assert!(builtin.is_same(&told) && builtin.kind == told.kind, "{builtin:?} {told:?}");
    }
}

#[test]
fn cache_of_another_server_another_time_or_cut_off_is_none() {
    let text: Arc<str> = cache::encode(&server(), IDENTITY, 1_000).unwrap().into();
    assert_eq!(cache::decode(&text, IDENTITY, 1_000 + cache::TIME_TO_LIVE - 1), Some(server()));
    assert_eq!(cache::decode(&text, IDENTITY, 1_000 + cache::TIME_TO_LIVE), None);
    assert_eq!(cache::decode(&text, IDENTITY, 999), None);
    assert_eq!(cache::decode(&text, "https://two.example:6443", 1_000), None);
    assert_eq!(cache::decode(&text[..text.len() - 1].into(), IDENTITY, 1_000), None);
}

#[test]
fn cache_with_failed_versions_or_odd_names_is_not_written() {
    let mut failed = server();
    failed.groups[1].versions[0].failure = Some(Failure {
        message: "down".into(),
        transient: true,
    });
    assert_eq!(cache::encode(&failed, IDENTITY, 0), None);
    let mut odd = server();
    odd.groups[0].versions[0].resources[0].kind = "a\tb".into();
    assert_eq!(cache::encode(&odd, IDENTITY, 0), None);
}

#[test]
fn cache_file_is_kept_by_server_and_survives_what_it_cannot_do() {
    let directory = tempfile::tempdir().unwrap();
    let one = cache::Cache::new(directory.path(), IDENTITY);
    assert_eq!(one.load(5), None);
    one.store(&server(), 5);
    assert_eq!(one.load(6), Some(server()));
    for other in ["https://two.example:6443", "http://one.example:6443", "https://one.example:6443 ca"] {
        assert_eq!(cache::Cache::new(directory.path(), other).load(6), None, "{other}");
    }
    std::fs::write(one.path(), [0xff, b'\n', 0]).unwrap();
    assert_eq!(one.load(6), None);
    one.store(&server(), 7);
    assert_eq!(one.load(7), Some(server()));
    // A file where the folder should be.
    std::fs::write(directory.path().join("file"), "").unwrap();
    let nowhere = cache::Cache::new(&directory.path().join("file"), IDENTITY);
    nowhere.store(&server(), 5);
    assert_eq!(nowhere.load(5), None);
    let names: Vec<_> = std::fs::read_dir(one.path().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, [one.path().file_name().unwrap()], "no temporary file is left behind");
}

#[test]
fn cache_for_server_tells_apart_who_may_answer_at_one_address() {
    let one = crate::kubeconfig::RestConfig {
        server: IDENTITY.into(),
        ..Default::default()
    };
    let mut others = vec![one.clone(); 5];
    others[0].tls.ca_data = b"pem".to_vec();
    others[1].tls.server_name = "b".into();
    others[2].proxy_url = "http://p".into();
    others[3].server = "https://one.example:6443/b".into();
    let path = |config| cache::Cache::for_server(std::path::Path::new("/cache"), config).path().to_owned();
    let mut names: Vec<_> = others.iter().map(path).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 5);
    let mut user = one.clone();
    user.auth.token = "t".into();
    assert_eq!(path(&user), path(&one));
}

#[test]
fn cache_file_name_of_hostile_addresses_stays_in_its_folder() {
    let cache = cache::Cache::new(std::path::Path::new("/cache"), "https://../../etc/passwd\n?x");
    assert_eq!(cache.path().parent().unwrap(), std::path::Path::new("/cache/kubectl-rs/discovery"));
    assert!(cache.path().file_name().unwrap().to_str().unwrap().starts_with(".._.._etc_passwd-"));
}

fn names() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9./ \u{e9}\t\n-]{0,6}"
}

fn any_resources() -> impl Strategy<Value = Resources> {
    let subresource = (names(), names(), names()).prop_map(|(name, kind, group)| Subresource {
        name: name.as_str().into(),
        kind: kind.as_str().into(),
        group: group.as_str().into(),
        ..Subresource::default()
    });
    let resource = (
        names(),
        names(),
        any::<bool>(),
        prop::collection::vec("[a-z]{1,4}", 0..3),
        prop::collection::vec(subresource, 0..2),
    );
    let version = (names(), prop::collection::vec(resource, 0..3));
    let group = (names(), names(), prop::collection::vec(version, 0..3));
    prop::collection::vec(group, 0..4).prop_map(|groups| Resources {
        groups: groups
            .into_iter()
            .map(|(name, preferred, versions)| Group {
                versions: versions
                    .into_iter()
                    .map(|(version, resources)| Version {
                        resources: resources
                            .into_iter()
                            .map(|(resource, kind, namespaced, words, subresources)| Resource {
                                name: resource.as_str().into(),
                                kind: kind.as_str().into(),
                                group: name.as_str().into(),
                                version: version.as_str().into(),
                                namespaced,
                                verbs: Words::new(&words),
                                short_names: Words::new(&words),
                                subresources,
                                ..Resource::default()
                            })
                            .collect(),
                        name: version.as_str().into(),
                        failure: None,
                    })
                    .collect(),
                name: name.as_str().into(),
                preferred: preferred.as_str().into(),
            })
            .collect(),
    })
}

proptest! {
    #[test]
    fn cache_of_any_resources_reads_back_the_same_or_is_not_written(resources in any_resources()) {
        let odd = format!("{resources:?}").contains("\\t") || format!("{resources:?}").contains("\\n");
        match cache::encode(&resources, IDENTITY, 7) {
            Some(text) => prop_assert_eq!(cache::decode(&text.into(), IDENTITY, 7), Some(resources)),
            None => prop_assert!(odd),
        }
    }

    #[test]
    fn cache_of_any_text_never_panics(text in "(kubectl-rs discovery 1\nid\n7\n)?([gvrs]?[\ta-zé]{0,12}\n?){0,9}(end\n)?") {
        let _ = cache::decode(&text.into(), "id", 7);
    }

    #[test]
    fn cache_with_any_cut_or_changed_byte_never_panics(at in 0usize..4000, byte in 0x20u8..0x7f) {
        let mut text = cache::encode(&server(), IDENTITY, 7).unwrap().into_bytes();
        let at = at % text.len();
        text[at] = byte;
        let _ = cache::decode(&String::from_utf8(text.clone()).unwrap().into(), IDENTITY, 7);
        text.truncate(at);
        prop_assert_eq!(cache::decode(&String::from_utf8(text).unwrap().into(), IDENTITY, 7), None);
    }

    #[test]
    fn documents_of_any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = documents::aggregated(&bytes);
        let _ = documents::groups(&bytes);
        let _ = documents::versions(&bytes);
        let _ = documents::resources(&bytes, &"".into(), &"v1".into());
    }

    #[test]
    fn mapping_of_any_argument_never_panics(argument in "[a-zA-Z.é]{0,12}") {
        let _ = resolved(&server(), &argument);
        let _ = builtin::resolve(&argument);
        let _ = builtin::resolve_core(&argument);
    }
}
