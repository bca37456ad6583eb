//! Lists and watches tell one story: whatever a list shows at a version, the events after that version lead from it to
//! what any later list shows.

use std::{collections::BTreeMap, rc::Rc, time::Duration};

use futures_util::StreamExt;
use kubectl_rs::api::{OwnedValue, json};
use proptest::prelude::*;

use super::{CONFIG_MAPS, answer, ask, config_map, request, server};
use crate::{
    answer::Content,
    server::{Server, route},
};

/// Objects by namespace and name, each as its version and its word.
type Picture = BTreeMap<String, (String, String)>;

fn key(object: &OwnedValue) -> String {
    format!(
        "{}/{}",
        object.str_at(&["metadata", "namespace"]),
        object.str_at(&["metadata", "name"])
    )
}

fn facts(object: &OwnedValue) -> (String, String) {
    let version = object.str_at(&["metadata", "resourceVersion"]);
    (version.to_owned(), object.str_at(&["data", "word"]).to_owned())
}

fn picture(list: &OwnedValue) -> Picture {
    let items = list.items_at(&["items"]).iter();
    // What every cluster holds is not what the test is about.
    let own = items.filter(|item| item.at(&["data", "word"]).is_some());
    own.map(|item| (key(item), facts(item))).collect()
}

fn version(list: &OwnedValue) -> String {
    list.str_at(&["metadata", "resourceVersion"]).to_owned()
}

async fn get(server: &Rc<Server>, path: &str) -> OwnedValue {
    let (code, value) = ask(server, "GET", path, "").await;
    assert_eq!(code, 200, "{path}: {value:?}");
    value
}

/// The events that a watch has by now.
async fn events(server: &Rc<Server>, path: &str) -> Vec<(String, OwnedValue)> {
    let (code, _, body) = answer(server, request("GET", path, &[], "")).await;
    assert_eq!(code, 200, "{path}");
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let event = |line: &[u8]| {
        let value = json::parse(line).unwrap().into_owned();
        (value.str_at(&["type"]).to_owned(), value.get("object").cloned().unwrap_or_default())
    };
    lines.map(event).collect()
}

/// Brings a picture up to date, and holds the events to their order: versions only grow, what is added was not there, what
/// is changed or removed was.
fn replay(picture: &mut Picture, events: &[(String, OwnedValue)], since: &str) {
    let mut last: u64 = since.parse().unwrap();
    for (kind, object) in events {
        let this: u64 = object.str_at(&["metadata", "resourceVersion"]).parse().unwrap();
        assert!(this > last, "{this} after {last}");
        last = this;
        let key = key(object);
        match kind.as_str() {
            "ADDED" => assert!(picture.insert(key, facts(object)).is_none()),
            "MODIFIED" => assert!(picture.insert(key, facts(object)).is_some()),
            "DELETED" => assert!(picture.remove(&key).is_some()),
            other => panic!("an event of the type {other}"),
        }
    }
}

/// One step of somebody's work.
#[derive(Debug, Clone)]
enum Step {
    /// Sets the word of the object of this number in this namespace, which is created where it is missing.
    Put(usize, usize, usize),
    /// Removes it, if it is there.
    Remove(usize, usize),
    /// Takes a picture.
    Look,
}

const NAMESPACES: [&str; 2] = ["default", "kube-public"];
const WORDS: [&str; 3] = ["red", "green", "blue"];
/// How a list may be narrowed: the resource's path, and its selectors.
const VIEWS: [(&str, &str); 5] = [
    ("/api/v1/configmaps", ""),
    ("/api/v1/namespaces/default/configmaps", ""),
    ("/api/v1/configmaps", "labelSelector=word%3Dred"),
    ("/api/v1/configmaps", "labelSelector=word+in+(green,blue)"),
    ("/api/v1/configmaps", "fieldSelector=metadata.name%3Do1"),
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..2usize, 0..4usize, 0..3usize).prop_map(|(namespace, name, word)| Step::Put(namespace, name, word)),
        2 => (0..2usize, 0..4usize).prop_map(|(namespace, name)| Step::Remove(namespace, name)),
        2 => Just(Step::Look),
    ]
}

async fn take(server: &Rc<Server>, step: &Step) {
    match step {
        Step::Put(namespace, name, word) => {
            let path = format!("/api/v1/namespaces/{}/configmaps", NAMESPACES[*namespace]);
            let body = config_map(&format!("o{name}"), WORDS[*word]);
            if ask(server, "POST", &path, &body).await.0 == 409 {
                assert_eq!(ask(server, "PUT", &format!("{path}/o{name}"), &body).await.0, 200);
            }
        }
        Step::Remove(namespace, name) => {
            let path = format!("/api/v1/namespaces/{}/configmaps/o{name}", NAMESPACES[*namespace]);
            ask(server, "DELETE", &path, "").await;
        }
        Step::Look => {}
    }
}

/// A list's pages, with a step of somebody else's work after each.
async fn pages(server: &Rc<Server>, view: (&str, &str), work: &[Step]) -> Picture {
    let mut whole = Picture::new();
    let mut token = String::new();
    for step in work.iter().cycle() {
        let page = get(server, &format!("{}?{}&limit=2&continue={token}", view.0, view.1)).await;
        whole.extend(picture(&page));
        page.str_at(&["metadata", "continue"]).clone_into(&mut token);
        if token.is_empty() {
            break;
        }
        take(server, step).await;
    }
    whole
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_list_and_the_events_after_it_make_every_later_list(steps in prop::collection::vec(step(), 1..40)) {
        block_on(async {
            let server = server();
            let mut looks: Vec<[(Picture, String); 5]> = Vec::new();
            for step in steps.iter().chain([&Step::Look]) {
                take(&server, step).await;
                if matches!(step, Step::Look) {
                    let mut views = Vec::new();
                    for (path, query) in VIEWS {
                        let list = get(&server, &format!("{path}?{query}")).await;
                        views.push((picture(&list), version(&list)));
                    }
                    looks.push(views.try_into().unwrap());
                }
            }
            let last = looks.last().unwrap().clone();
            for look in &looks {
                for (at, (path, query)) in VIEWS.iter().enumerate() {
                    let (then, since) = &look[at];
                    let seen = events(&server, &format!("{path}?{query}&watch=true&resourceVersion={since}")).await;
                    let mut now = then.clone();
                    replay(&mut now, &seen, since);
                    assert_eq!(now, last[at].0, "{path}?{query} from {since}");
                    let exact = format!("{path}?{query}&resourceVersion={since}&resourceVersionMatch=Exact");
                    assert_eq!(&picture(&get(&server, &exact).await), then, "{exact}");
                }
            }
        });
    }

    #[test]
    fn the_pages_of_a_list_are_of_one_version(steps in prop::collection::vec(step(), 1..30), meanwhile in prop::collection::vec(step(), 1..5)) {
        block_on(async {
            let server = server();
            for step in &steps {
                take(&server, step).await;
            }
            for view in VIEWS {
                let whole = picture(&get(&server, &format!("{}?{}", view.0, view.1)).await);
                assert_eq!(pages(&server, view, &meanwhile).await, whole, "{view:?}");
            }
        });
    }

    #[test]
    fn initial_events_are_the_list_and_end_with_a_bookmark(steps in prop::collection::vec(step(), 0..20)) {
        block_on(async {
            let server = server();
            for step in &steps {
                take(&server, step).await;
            }
            for (path, query) in VIEWS {
                let list = get(&server, &format!("{path}?{query}")).await;
                let watch = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
                let mut seen = events(&server, &format!("{path}?{query}&{watch}")).await;
                let (kind, mark) = seen.pop().unwrap();
                assert_eq!(kind, "BOOKMARK");
                assert_eq!(mark.str_at(&["metadata", "annotations", "k8s.io/initial-events-end"]), "true");
                assert_eq!(mark.str_at(&["metadata", "resourceVersion"]), version(&list));
                assert!(seen.iter().all(|(kind, _)| kind == "ADDED"));
                let objects = seen.iter().filter(|(_, object)| object.at(&["data", "word"]).is_some());
                let initial: Picture = objects.map(|(_, object)| (key(object), facts(object))).collect();
                assert_eq!(initial, picture(&list));
            }
        });
    }
}

#[tokio::test]
async fn versions_that_are_forgotten_are_expired_and_versions_to_come_are_too_large() {
    let server = server();
    let list = get(&server, CONFIG_MAPS).await;
    let old = version(&list);
    for name in ["a", "b", "c"] {
        assert_eq!(ask(&server, "POST", CONFIG_MAPS, &config_map(name, "w")).await.0, 201);
    }
    let page = get(&server, &format!("{CONFIG_MAPS}?limit=1")).await;
    let token = page.str_at(&["metadata", "continue"]).to_owned();
    assert_eq!(ask(&server, "POST", CONFIG_MAPS, &config_map("d", "w")).await.0, 201);
    assert_eq!(ask(&server, "POST", "/sandbox/compact", "").await.0, 200);

    for query in [
        format!("resourceVersion={old}&resourceVersionMatch=Exact"),
        format!("limit=1&continue={token}"),
    ] {
        let (code, status) = ask(&server, "GET", &format!("{CONFIG_MAPS}?{query}"), "").await;
        assert_eq!((code, status.str_at(&["reason"])), (410, "Expired"), "{query}: {status:?}");
    }
    let seen = events(&server, &format!("{CONFIG_MAPS}?watch=true&resourceVersion={old}")).await;
    let [(kind, status)] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((kind.as_str(), status.int_at(&["code"])), ("ERROR", Some(410)));
    assert!(matches!(status.str_at(&["reason"]), "Expired" | "Gone"), "{status:?}");

    let now: u64 = version(&get(&server, CONFIG_MAPS).await).parse().unwrap();
    let (code, status) = ask(&server, "GET", &format!("{CONFIG_MAPS}?resourceVersion={}", now + 1000), "").await;
    assert_eq!(code, 504, "{status:?}");
    assert_eq!(
        status.items_at(&["details", "causes"])[0].str_at(&["reason"]),
        "ResourceVersionTooLarge"
    );
    let (code, status) = ask(&server, "GET", &format!("{CONFIG_MAPS}?watch=true&resourceVersion=x"), "").await;
    assert_eq!(code, 400, "{status:?}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_wants_bookmarks_hears_of_changes_elsewhere_by_them() {
    let server = server();
    let path = format!("{CONFIG_MAPS}?watch=true&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dnobody&resourceVersion=");
    let since = version(&get(&server, CONFIG_MAPS).await);
    let answer = route::answer(&server, request("GET", &format!("{path}{since}"), &[], "")).await;
    let Content::Pieces(mut pieces) = answer.body else {
        panic!("a watch goes on")
    };
    assert_eq!(ask(&server, "POST", CONFIG_MAPS, &config_map("somebody", "w")).await.0, 201);
    let begun = tokio::time::Instant::now();
    let piece = pieces.next().await.unwrap();
    let event = json::parse(&piece).unwrap();
    assert_eq!(event.str_at(&["type"]), "BOOKMARK");
    assert_eq!(event.str_at(&["object", "kind"]), "ConfigMap");
    let version: u64 = event.str_at(&["object", "metadata", "resourceVersion"]).parse().unwrap();
    assert!(version > since.parse().unwrap());
    assert!(begun.elapsed() <= Duration::from_secs(61), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_when_its_time_is_up() {
    let server = server();
    let answer = route::answer(
        &server,
        request("GET", &format!("{CONFIG_MAPS}?watch=true&timeoutSeconds=7"), &[], ""),
    )
    .await;
    let Content::Pieces(mut pieces) = answer.body else {
        panic!("a watch goes on")
    };
    let begun = tokio::time::Instant::now();
    while pieces.next().await.is_some() {}
    let lasted = begun.elapsed();
    assert!((Duration::from_secs(7)..Duration::from_secs(8)).contains(&lasted), "{lasted:?}");
}
