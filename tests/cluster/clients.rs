//! The typed clients of the `kube` crate work against the sandbox as against any cluster.

use std::{collections::BTreeMap, pin::pin};

use futures_util::{StreamExt, TryStreamExt};
use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        autoscaling::v1::Scale,
        core::v1::{ConfigMap, Event, Namespace, Node, Pod, Secret, Service, ServiceAccount},
    },
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Client, Config, ResourceExt,
    api::{
        ApiResource, DeleteParams, DynamicObject, EvictParams, GroupVersionKind, ListParams, LogParams, Patch, PatchParams, PostParams,
        Preconditions, WatchEvent, WatchParams,
    },
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::{Home, Served};

/// Runs a test with a client of a sandbox in which everything is fast.
fn with_client(test: impl AsyncFnOnce(Client)) {
    let home = Home::new();
    let served = Served::start(&home, &["--speed", "100"]);
    let kubeconfig = Kubeconfig::read_from(&served.kubeconfig).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .unwrap();
        test(Client::try_from(config).unwrap()).await;
    });
}

/// An object of a type from JSON.
fn typed<T: DeserializeOwned>(value: serde_json::Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn config_map(name: &str, data: &[(&str, &str)]) -> ConfigMap {
    let data: BTreeMap<&str, &str> = data.iter().copied().collect();
    typed(json!({"metadata": {"name": name, "labels": {"test": "yes"}}, "data": data}))
}

fn deployment(name: &str) -> Deployment {
    typed(json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
            },
        },
    }))
}

/// Waits until an object is as it should be, by a watch from the version at which it was last seen.
async fn until<T>(api: &Api<T>, name: &str, good: impl Fn(&T) -> bool) -> T
where
    T: Clone + std::fmt::Debug + DeserializeOwned + kube::Resource,
{
    let list = api
        .list(&ListParams::default().fields(&format!("metadata.name={name}")))
        .await
        .unwrap();
    if let Some(found) = list.items.iter().find(|object| good(object)) {
        return found.clone();
    }
    let params = WatchParams::default().fields(&format!("metadata.name={name}")).timeout(60);
    let version = list.metadata.resource_version.unwrap();
    let mut events = pin!(api.watch(&params, &version).await.unwrap());
    while let Some(event) = events.try_next().await.unwrap() {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) if good(&object) => return object,
            _ => {}
        }
    }
    panic!("{name} did not become what it should");
}

#[test]
fn lists_of_built_in_types_are_what_the_types_say() {
    with_client(async |client| {
        let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await.unwrap();
        assert_eq!(nodes.items.len(), 3);
        assert!(nodes.items.iter().all(|node| node.status.as_ref().unwrap().allocatable.is_some()));
        let namespaces: Api<Namespace> = Api::all(client.clone());
        let names: Vec<String> = namespaces
            .list(&ListParams::default())
            .await
            .unwrap()
            .iter()
            .map(ResourceExt::name_any)
            .collect();
        assert!(names.contains(&"kube-system".to_owned()), "{names:?}");
        let page = namespaces.list(&ListParams::default().limit(1)).await.unwrap();
        let rest = ListParams::default().continue_token(&page.metadata.continue_.unwrap());
        assert_eq!(namespaces.list(&rest).await.unwrap().items.len(), names.len() - 1);
        assert!(
            Api::<Service>::default_namespaced(client.clone())
                .get_opt("kubernetes")
                .await
                .unwrap()
                .is_some()
        );
        assert!(
            Api::<ServiceAccount>::default_namespaced(client.clone())
                .get_opt("default")
                .await
                .unwrap()
                .is_some()
        );
        assert!(Api::<Event>::all(client.clone()).list(&ListParams::default()).await.is_ok());
        let metadata = namespaces.list_metadata(&ListParams::default()).await.unwrap();
        assert_eq!(metadata.items.len(), names.len());
        assert_eq!(client.apiserver_version().await.unwrap().minor, "36");
    });
}

#[test]
fn config_maps_are_created_patched_applied_replaced_and_deleted() {
    with_client(async |client| {
        let api: Api<ConfigMap> = Api::default_namespaced(client.clone());
        let dry = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        api.create(&dry, &config_map("c", &[])).await.unwrap();
        assert!(api.get_opt("c").await.unwrap().is_none());
        let created = api.create(&PostParams::default(), &config_map("c", &[("a", "1")])).await.unwrap();
        assert!(created.uid().is_some() && created.creation_timestamp().is_some());
        let again = api.create(&PostParams::default(), &config_map("c", &[])).await.unwrap_err();
        assert!(
            matches!(&again, kube::Error::Api(status) if status.code == 409 && status.reason == "AlreadyExists"),
            "{again:?}"
        );

        let merged = api
            .patch("c", &PatchParams::default(), &Patch::Merge(json!({"data": {"b": "2", "a": null}})))
            .await
            .unwrap();
        assert_eq!(merged.data.unwrap(), BTreeMap::from([("b".to_owned(), "2".to_owned())]));
        let strategic = Patch::Strategic(json!({"metadata": {"labels": {"test": null, "more": "yes"}}}));
        let labelled = api.patch("c", &PatchParams::default(), &strategic).await.unwrap();
        assert_eq!(labelled.labels(), &BTreeMap::from([("more".to_owned(), "yes".to_owned())]));

        let wish = |manager: &str, value: &str| {
            let value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"d": value}});
            (PatchParams::apply(manager), Patch::Apply(value))
        };
        let (params, patch) = wish("one", "4");
        let applied = api.patch("c", &params, &patch).await.unwrap();
        assert!(applied.managed_fields().iter().any(|entry| entry.manager.as_deref() == Some("one")));
        let (params, patch) = wish("two", "5");
        let conflict = api.patch("c", &params, &patch).await.unwrap_err();
        assert!(
            matches!(&conflict, kube::Error::Api(status) if status.code == 409 && status.reason == "Conflict"),
            "{conflict:?}"
        );
        assert_eq!(api.patch("c", &params.force(), &patch).await.unwrap().data.unwrap()["d"], "5");

        let mut stale = created.clone();
        stale.data = None;
        let stale = api.replace("c", &PostParams::default(), &stale).await.unwrap_err();
        assert!(
            matches!(&stale, kube::Error::Api(status) if status.reason == "Conflict"),
            "{stale:?}"
        );
        let mut fresh = api.get("c").await.unwrap();
        fresh.data = None;
        assert_eq!(api.replace("c", &PostParams::default(), &fresh).await.unwrap().data, None);

        let wrong = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some("another".to_owned()),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        assert!(api.delete("c", &wrong).await.is_err());
        assert!(api.delete("c", &DeleteParams::default()).await.unwrap().right().is_some());
        assert!(api.get_opt("c").await.unwrap().is_none());
        api.create(&PostParams::default(), &config_map("e", &[])).await.unwrap();
        api.delete_collection(&DeleteParams::default(), &ListParams::default().labels("test=yes"))
            .await
            .unwrap();
        assert!(api.get_opt("e").await.unwrap().is_none());
    });
}

#[test]
fn a_watch_hears_of_every_change_from_its_version_on() {
    with_client(async |client| {
        let api: Api<Secret> = Api::default_namespaced(client);
        let since = api.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
        let params = WatchParams::default().labels("test=yes").timeout(60);
        let mut events = pin!(api.watch(&params, &since).await.unwrap());
        let secret: Secret = typed(json!({"metadata": {"name": "s", "labels": {"test": "yes"}}, "stringData": {"a": "b"}}));
        api.create(&PostParams::default(), &secret).await.unwrap();
        api.patch("s", &PatchParams::default(), &Patch::Merge(json!({"data": {"c": "ZA=="}})))
            .await
            .unwrap();
        api.patch(
            "s",
            &PatchParams::default(),
            &Patch::Merge(json!({"metadata": {"labels": {"test": "no"}}})),
        )
        .await
        .unwrap();
        let mut heard = Vec::new();
        while heard.len() < 3 {
            heard.push(match events.next().await.unwrap().unwrap() {
                WatchEvent::Added(secret) => {
                    assert_eq!(secret.data.unwrap()["a"].0, b"b");
                    "added"
                }
                WatchEvent::Modified(_) => "modified",
                WatchEvent::Deleted(_) => "deleted",
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(heard, ["added", "modified", "deleted"]);
    });
}

#[test]
fn a_watch_of_a_list_begins_with_all_of_it_and_a_bookmark() {
    with_client(async |client| {
        let api: Api<Namespace> = Api::all(client);
        let names = api.list(&ListParams::default()).await.unwrap().items.len();
        let params = WatchParams::default().initial_events();
        let mut events = pin!(api.watch(&params, "0").await.unwrap());
        let mut added = 0;
        loop {
            match events.next().await.unwrap().unwrap() {
                WatchEvent::Added(_) => added += 1,
                WatchEvent::Bookmark(mark) => {
                    assert_eq!(mark.metadata.annotations["k8s.io/initial-events-end"], "true");
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(added, names);
    });
}

#[test]
fn a_deployment_runs_is_scaled_and_goes_with_its_pods() {
    with_client(async |client| {
        let deployments: Api<Deployment> = Api::default_namespaced(client.clone());
        let pods: Api<Pod> = Api::default_namespaced(client.clone());
        deployments.create(&PostParams::default(), &deployment("web")).await.unwrap();
        let ready = |count: i32| {
            move |deployment: &Deployment| {
                let status = deployment.status.as_ref();
                status.and_then(|status| status.ready_replicas).unwrap_or_default() == count
            }
        };
        until(&deployments, "web", ready(2)).await;

        let mut scale: Scale = deployments.get_scale("web").await.unwrap();
        assert_eq!(scale.status.as_ref().unwrap().replicas, 2);
        scale.spec.as_mut().unwrap().replicas = Some(3);
        deployments.replace_scale("web", &PostParams::default(), &scale).await.unwrap();
        until(&deployments, "web", ready(3)).await;
        let one = Patch::Merge(json!({"spec": {"replicas": 1}}));
        assert_eq!(
            deployments
                .patch_scale("web", &PatchParams::default(), &one)
                .await
                .unwrap()
                .spec
                .unwrap()
                .replicas,
            Some(1)
        );
        until(&deployments, "web", ready(1)).await;

        let mine = ListParams::default().labels("app=web").fields("status.phase=Running");
        let list = pods.list(&mine).await.unwrap();
        let pod = list.items.iter().find(|pod| pod.metadata.deletion_timestamp.is_none()).unwrap();
        let log = pods.logs(&pod.name_any(), &LogParams::default()).await.unwrap();
        assert!(!log.is_empty());
        let last = LogParams {
            tail_lines: Some(1),
            timestamps: true,
            ..LogParams::default()
        };
        assert_eq!(pods.logs(&pod.name_any(), &last).await.unwrap().lines().count(), 1);
        assert!(pods.evict(&pod.name_any(), &EvictParams::default()).await.unwrap().is_success());

        deployments.delete("web", &DeleteParams::foreground()).await.unwrap();
        let mut left = pods.list(&ListParams::default().labels("app=web")).await.unwrap();
        let since = left.metadata.resource_version.take().unwrap();
        let params = WatchParams::default().labels("app=web").timeout(60);
        let mut events = pin!(pods.watch(&params, &since).await.unwrap());
        let mut names: Vec<String> = left.iter().map(ResourceExt::name_any).collect();
        while !names.is_empty() {
            match events.next().await.unwrap().unwrap() {
                WatchEvent::Added(pod) => names.push(pod.name_any()),
                WatchEvent::Deleted(pod) => names.retain(|name| *name != pod.name_any()),
                _ => {}
            }
        }
    });
}

#[test]
fn a_custom_resource_is_served_as_soon_as_it_is_defined() {
    with_client(async |client| {
        let definitions: Api<CustomResourceDefinition> = Api::all(client.clone());
        let definition: CustomResourceDefinition = typed(json!({
            "metadata": {"name": "holes.example.com"},
            "spec": {
                "group": "example.com",
                "scope": "Namespaced",
                "names": {"plural": "holes", "singular": "hole", "kind": "Hole", "listKind": "HoleList"},
                "versions": [{
                    "name": "v1", "served": true, "storage": true,
                    "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.count", "statusReplicasPath": ".status.count"}},
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                        "spec": {"type": "object", "properties": {"depth": {"type": "integer", "default": 7, "maximum": 9}, "count": {"type": "integer"}}},
                        "status": {"type": "object", "properties": {"count": {"type": "integer"}}},
                    }}},
                }],
            },
        }));
        definitions.create(&PostParams::default(), &definition).await.unwrap();
        let kind = GroupVersionKind::gvk("example.com", "v1", "Hole");
        let resource = ApiResource::from_gvk_with_plural(&kind, "holes");
        let holes: Api<DynamicObject> = Api::default_namespaced_with(client.clone(), &resource);
        let hole = |spec: serde_json::Value| DynamicObject::new("h", &resource).data(json!({"spec": spec}));
        let made = holes.create(&PostParams::default(), &hole(json!({"count": 2}))).await.unwrap();
        assert_eq!(made.data["spec"], json!({"count": 2, "depth": 7}));
        let deep = holes.create(&PostParams::default(), &hole(json!({"depth": 10}))).await.unwrap_err();
        assert!(matches!(&deep, kube::Error::Api(status) if status.code == 422), "{deep:?}");

        let status = Patch::Merge(json!({"status": {"count": 2}, "spec": {"depth": 1}}));
        let told = holes.patch_status("h", &PatchParams::default(), &status).await.unwrap();
        assert_eq!((&told.data["status"]["count"], &told.data["spec"]["depth"]), (&json!(2), &json!(7)));
        assert_eq!(holes.get_scale("h").await.unwrap().spec.unwrap().replicas, Some(2));
        assert_eq!(holes.list(&ListParams::default()).await.unwrap().items.len(), 1);
        let found = kube::discovery::pinned_kind(&client, &kind).await.unwrap();
        assert_eq!(found.0.plural, "holes");

        definitions.delete("holes.example.com", &DeleteParams::default()).await.unwrap();
        let gone = holes.list(&ListParams::default()).await;
        assert!(matches!(&gone, Err(kube::Error::Api(status)) if status.code == 404), "{gone:?}");
    });
}
