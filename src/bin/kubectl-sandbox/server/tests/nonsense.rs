//! Requests made of chance: whatever they say, they are answered, and the cluster goes on.

use std::rc::Rc;

use http::Method;
use kubectl_rs::api::{OwnedValue, Value, json};
use proptest::prelude::*;

use super::{answer, request, server};
use crate::server::Server;

const MEDIA_TYPES: [&str; 9] = [
    "application/json",
    "application/yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/vnd.kubernetes.protobuf",
    "",
    "text/plain; charset=\u{e9}",
];

const METHODS: [&str; 9] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "DANCE"];

/// Objects of kinds that controllers look at, to be made nonsense of.
const OBJECTS: [(&str, &str); 8] = [
    (
        "/api/v1/namespaces/default/pods",
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x","labels":{"a":"b"},"annotations":{"c":"d"},"finalizers":[]},"spec":{"nodeName":"","nodeSelector":{"a":"b"},"priority":0,"terminationGracePeriodSeconds":30,"restartPolicy":"Always","tolerations":[{"key":"a","operator":"Exists","effect":"NoSchedule"}],"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"c","image":"nginx:1.27","command":["sleep","5"],"args":["x"],"env":[{"name":"A","value":"b"}],"ports":[{"containerPort":80,"hostPort":8080,"protocol":"TCP"}],"resources":{"requests":{"cpu":"100m","memory":"1Gi"},"limits":{"cpu":"1"}},"readinessProbe":{"httpGet":{"port":80,"path":"/"},"periodSeconds":1,"initialDelaySeconds":2}}]},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}"#,
    ),
    (
        "/apis/apps/v1/namespaces/default/deployments",
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"x","generation":1},"spec":{"replicas":2,"revisionHistoryLimit":1,"minReadySeconds":1,"progressDeadlineSeconds":10,"paused":false,"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}},"selector":{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"a","operator":"In","values":["b"]}]},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"nginx"}]}}}}"#,
    ),
    (
        "/apis/apps/v1/namespaces/default/statefulsets",
        r#"{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"x"},"spec":{"replicas":2,"serviceName":"s","ordinals":{"start":1},"podManagementPolicy":"Parallel","updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":1}},"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"nginx"}]}},"volumeClaimTemplates":[{"metadata":{"name":"v"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]}}"#,
    ),
    (
        "/apis/batch/v1/namespaces/default/jobs",
        r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"x"},"spec":{"completions":3,"parallelism":2,"backoffLimit":1,"activeDeadlineSeconds":5,"ttlSecondsAfterFinished":1,"suspend":false,"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"busybox","command":["sh","-c","exit 1"]}]}}}}"#,
    ),
    (
        "/apis/batch/v1/namespaces/default/cronjobs",
        r#"{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"x"},"spec":{"schedule":"*/5 1-3,7 * * 1","timeZone":"Etc/UTC","startingDeadlineSeconds":10,"successfulJobsHistoryLimit":1,"jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"busybox"}]}}}}}}"#,
    ),
    (
        "/api/v1/namespaces/default/services",
        r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":{"type":"NodePort","clusterIP":"10.96.7.7","selector":{"a":"b"},"sessionAffinity":"None","ports":[{"name":"p","port":80,"targetPort":"http","nodePort":30080,"protocol":"TCP"}]}}"#,
    ),
    (
        "/api/v1/nodes",
        r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"x"},"spec":{"podCIDR":"10.1.2.0/24","unschedulable":false,"taints":[{"key":"a","value":"b","effect":"NoExecute"}]},"status":{"allocatable":{"cpu":"4","memory":"8Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}}"#,
    ),
    (
        "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
        r#"{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"x"},"spec":{"minReplicas":1,"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"x"},"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}]}}"#,
    ),
];

/// A value that does not belong where it is put.
fn odd() -> impl Strategy<Value = OwnedValue> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        prop::sample::select(vec![
            0,
            1,
            -1,
            60,
            1 << 31,
            i64::MAX,
            i64::MIN,
            i64::from(i32::MAX),
            i64::from(i32::MIN)
        ])
        .prop_map(Value::Int),
        prop::sample::select(vec![0.5, -0.0, 1e300, f64::MIN_POSITIVE]).prop_map(Value::Float),
        prop::sample::select(vec![
            "",
            " ",
            "x",
            "100%",
            "-7%",
            "999999999999999999999%",
            "1e9999999",
            "99999999999999999999Ei",
            "-1",
            "0",
            "é\u{0}",
            "a/b/c",
            "..",
            "10.0.0.0/8",
            "999.1.1.1",
            "*/0 * * * *",
            "60 25 * * 8",
            "@every 0s",
            "2999-13-45T99:99:99Z",
            "nginx@sha256:zz",
            "registry/é:ü@",
            "/",
            "sh -c 'while true; do echo; done'",
            "True",
            "IfNotPresent",
        ])
        .prop_map(|text| Value::from(text.to_owned())),
        Just(Value::Array(Vec::new())),
        Just(Value::Array(vec![Value::Null, Value::Int(7)])),
        Just(Value::Object(kubectl_rs::api::Map::new())),
    ]
}

/// Every place in a value.
fn places(value: &OwnedValue, here: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    all.push(here.clone());
    let children: Vec<(String, &OwnedValue)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        here.push(key);
        places(child, here, all);
        here.pop();
    }
}

fn put(value: &mut OwnedValue, place: &[String], odd: OwnedValue) {
    let Some((first, rest)) = place.split_first() else {
        *value = odd;
        return;
    };
    let child = match value {
        Value::Object(map) => map.get_mut(first),
        Value::Array(items) => first.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
        _ => None,
    };
    if let Some(child) = child {
        put(child, rest, odd);
    }
}

/// Lets the controllers work, and time pass, for a while.
fn live(server: &Rc<Server>) {
    let mut cluster = server.cluster.borrow_mut();
    let mut manager = server.manager.borrow_mut();
    let now = jiff::Timestamp::now();
    cluster.clock.set(now);
    for step in 1..20 {
        manager.work(&mut cluster);
        cluster.clock.set(now + jiff::SignedDuration::from_secs(3 * step));
    }
    cluster.clock.release();
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_of_chance_is_answered(
        method in prop::sample::select(METHODS.to_vec()),
        start in prop::sample::select(vec!["", "/api/v1", "/apis/apps/v1", "/apis/batch/v1/namespaces/default", "/openapi", "/openapi/v3/apis", "/sandbox"]),
        path in "(/(pods|namespaces|default|watch|deployments|status|scale|log|eviction|binding|token|proxy|[ -~é]{0,6})){0,5}",
        query in "(&?(watch|limit|continue|resourceVersion|resourceVersionMatch|sendInitialEvents|allowWatchBookmarks|timeoutSeconds|labelSelector|fieldSelector|dryRun|fieldManager|force|fieldValidation|tailLines|sinceSeconds|sinceTime|limitBytes|follow|container|gracePeriodSeconds|propagationPolicy)=(true|1|-1|99999999999999999999|a in \\(b|Exact|All|[ -~é]{0,8})){0,4}",
        media_type in prop::sample::select(MEDIA_TYPES.to_vec()),
        accept in prop::sample::select(vec!["", "*/*", "application/json;as=Table;v=v1;g=meta.k8s.io", ";;,=", "application/json;as=PartialObjectMetadataList"]),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[\\[\\]{}:,\"a0-]{0,40}".prop_map(String::into_bytes),
            prop::sample::select(OBJECTS.to_vec()).prop_map(|(_, text)| text.as_bytes().to_vec()),
        ],
    ) {
        // Following and stopping are for others.
        let query = query.replace("follow=", "f=");
        prop_assume!(!path.contains("stop"));
        thread_local! {
            static SERVER: Rc<Server> = server();
        }
        let server = SERVER.with(Rc::clone);
        let headers = [("content-type", media_type), ("accept", accept)];
        let mut request = request("GET", &format!("{start}{path}?{query}"), &headers, body);
        request.method = Method::from_bytes(method.as_bytes()).unwrap();
        let (code, media_type, answer) = block_on(answer(&server, request));
        prop_assert!((200..600).contains(&code) && code != 500, "{code}");
        if code >= 400 && media_type == "application/json" {
            let status = json::parse(&answer).unwrap();
            prop_assert_eq!(status.str_at(&["kind"]), "Status");
        }
    }

    #[test]
    fn an_object_with_odd_parts_is_taken_or_refused_and_lived_with(
        (path, text) in prop::sample::select(OBJECTS.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..4),
        later in prop::collection::vec((any::<prop::sample::Index>(), odd()), 1..3),
    ) {
        let server = server();
        let change = |value: &mut OwnedValue, changes: &[(prop::sample::Index, OwnedValue)]| {
            for (at, odd) in changes {
                let mut all = Vec::new();
                places(value, &mut Vec::new(), &mut all);
                let place = all[at.index(all.len())].clone();
                put(value, &place, odd.clone());
            }
        };
        let send = |method: &str, path: &str, value: &OwnedValue| {
            let mut body = Vec::new();
            json::to_compact(&mut body, value);
            let (code, _, answer) = block_on(answer(&server, request(method, path, &[("content-type", "application/json")], body)));
            let value = json::parse(&answer).map(Value::into_owned).unwrap_or_default();
            (code, value)
        };
        let mut value = json::parse(text.as_bytes()).unwrap().into_owned();
        let right = value.clone();
        change(&mut value, &changes);
        let (code, status) = send("POST", path, &value);
        prop_assert!(matches!(code, 201 | 400 | 403 | 404 | 422), "{} {:?}", code, status);
        if code != 201 {
            let (code, status) = send("POST", path, &right);
            prop_assert_eq!(code, 201, "{:?}", status);
        }
        live(&server);
        let mut again = right;
        change(&mut again, &later);
        let (code, status) = send("PUT", &format!("{path}/x"), &again);
        prop_assert!(matches!(code, 200 | 400 | 403 | 404 | 409 | 422), "{} {:?}", code, status);
        live(&server);
        let table = [("accept", "application/json;as=Table;v=v1;g=meta.k8s.io")];
        let (code, ..) = block_on(answer(&server, request("GET", path, &table, "")));
        prop_assert_eq!(code, 200);
        let (code, ..) = block_on(answer(&server, request("GET", "/sandbox/status", &[], "")));
        prop_assert_eq!(code, 200);
    }
}
