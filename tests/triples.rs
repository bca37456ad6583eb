//! Random objects in three states: as a manifest had them before, as it has them now, and as they are. For the rule of
//! `apply`, here and against kubectl itself.

use proptest::{prelude::*, sample::subsequence};
use serde_json::{Map, Value, json};

/// One object in three states.
#[derive(Debug, Clone)]
pub struct Triple {
    /// The manifest before.
    pub original: Value,
    /// The manifest now.
    pub modified: Value,
    /// The object as it is.
    pub live: Value,
}

/// How odd the objects may be.
#[derive(Debug, Clone, Copy)]
pub struct Oddities {
    /// Fields that are `null` in manifests.
    pub nulls: bool,
    /// Elements of merged lists with the same key.
    pub twins: bool,
    /// Lists of plain values in any order.
    pub disorder: bool,
}

/// Kinds, and what is random in each of their objects.
const KINDS: &[(&str, &str, Parts)] = &[
    ("v1", "ConfigMap", config_map),
    ("v1", "Pod", pod),
    ("v1", "Service", service),
    ("v1", "ServiceAccount", service_account),
    ("apps/v1", "Deployment", deployment),
    ("policy/v1", "PodDisruptionBudget", disruption_budget),
    ("networking.k8s.io/v1", "NetworkPolicy", network_policy),
    ("factory.example.com/v1", "Widget", widget),
];

type Parts = fn(Oddities) -> BoxedStrategy<Value>;

/// Objects of all kinds. They have no name yet.
pub fn triples(odd: Oddities) -> impl Strategy<Value = Triple> {
    (0..KINDS.len()).prop_flat_map(move |at| {
        let (api_version, kind, parts) = KINDS[at];
        let live = Oddities { nulls: false, ..odd };
        let state = move |odd| {
            (parts(odd), metadata(odd)).prop_map(move |(mut object, metadata)| {
                object["apiVersion"] = json!(api_version);
                object["kind"] = json!(kind);
                object["metadata"] = metadata;
                object
            })
        };
        // What is there is often what was applied.
        let live = (state(live), any::<bool>());
        (state(odd), state(odd), live).prop_map(|(original, modified, (live, is_as_applied))| {
            let live = if is_as_applied { without_nulls(original.clone()) } else { live };
            Triple { original, modified, live }
        })
    })
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// An object with some of these fields.
fn fields(odd: Oddities, all: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let fate = 0..if odd.nulls { 12 } else { 11 };
    (values, prop::collection::vec(fate, names.len()))
        .prop_map(move |(values, fates)| {
            let mut map = Map::new();
            for ((name, value), fate) in names.iter().zip(values).zip(fates) {
                match fate {
                    0..4 => {}
                    4..11 => _ = map.insert((*name).to_owned(), value),
                    _ => _ = map.insert((*name).to_owned(), Value::Null),
                }
            }
            Value::Object(map)
        })
        .boxed()
}

/// A list of objects that are told apart by `key`.
fn keyed(odd: Oddities, key: &'static str, ids: Vec<Value>, rest: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let count = ids.len();
    let ids = if odd.twins {
        prop::collection::vec(prop::sample::select(ids), 0..=count).boxed()
    } else {
        subsequence(ids, 0..=count).prop_shuffle().boxed()
    };
    (ids, prop::collection::vec(rest, count))
        .prop_map(move |(ids, rest)| {
            let with_id = |(id, mut item): (Value, Value)| {
                item[key] = id;
                item
            };
            ids.into_iter().zip(rest).map(with_id).collect()
        })
        .boxed()
}

fn named(odd: Oddities, rest: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let odd = Oddities { twins: false, ..odd };
    keyed(odd, "name", vec![json!("a"), json!("b"), json!("c")], rest)
}

fn text() -> BoxedStrategy<Value> {
    prop::sample::select(vec![json!("x"), json!("y"), json!("<z>\n")]).boxed()
}

fn number() -> BoxedStrategy<Value> {
    (0..3).prop_map(|number| json!(number)).boxed()
}

/// A number or a text: types may change.
fn either() -> BoxedStrategy<Value> {
    prop_oneof![text(), number()].boxed()
}

/// A list that is replaced.
fn list(of: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop::collection::vec(of, 0..3).prop_map(Value::Array).boxed()
}

/// A list of plain values that is merged.
fn plain(odd: Oddities, all: Vec<Value>) -> BoxedStrategy<Value> {
    let count = all.len();
    let some = subsequence(all, 0..=count);
    match odd.disorder {
        true => some.prop_shuffle().prop_map(Value::Array).boxed(),
        false => some.prop_map(Value::Array).boxed(),
    }
}

fn texts(odd: Oddities) -> BoxedStrategy<Value> {
    fields(odd, vec![("a", text()), ("b", text()), ("ports", text())])
}

fn metadata(odd: Oddities) -> BoxedStrategy<Value> {
    let owner = fields(
        odd,
        vec![("name", text()), ("controller", any::<bool>().prop_map(Value::Bool).boxed())],
    );
    fields(
        odd,
        vec![
            ("labels", texts(odd)),
            ("annotations", texts(Oddities { nulls: false, ..odd })),
            ("finalizers", plain(odd, vec![json!("e/a"), json!("e/b"), json!("e/c")])),
            (
                "ownerReferences",
                keyed(Oddities { twins: false, ..odd }, "uid", vec![json!("1"), json!("2")], owner),
            ),
        ],
    )
}

fn config_map(odd: Oddities) -> BoxedStrategy<Value> {
    fields(
        odd,
        vec![("data", texts(odd)), ("immutable", any::<bool>().prop_map(Value::Bool).boxed())],
    )
}

fn pod(odd: Oddities) -> BoxedStrategy<Value> {
    fields(odd, vec![("spec", pod_spec(odd))])
}

fn pod_spec(odd: Oddities) -> BoxedStrategy<Value> {
    let port = fields(odd, vec![("protocol", text()), ("name", text())]);
    let mount = fields(
        odd,
        vec![("name", text()), ("readOnly", any::<bool>().prop_map(Value::Bool).boxed())],
    );
    let container = fields(
        odd,
        vec![
            ("image", text()),
            ("args", list(text())),
            ("env", named(odd, fields(odd, vec![("value", text())]))),
            ("ports", keyed(odd, "containerPort", vec![json!(80), json!(81), json!(9)], port)),
            ("volumeMounts", keyed(odd, "mountPath", vec![json!("/a"), json!("/b")], mount)),
            ("resources", fields(odd, vec![("limits", fields(odd, vec![("cpu", either())]))])),
        ],
    );
    let source = fields(odd, vec![("path", text()), ("type", text())]);
    let volume = fields(odd, vec![("emptyDir", source.clone()), ("hostPath", source)]);
    let toleration = fields(odd, vec![("key", text()), ("operator", text())]);
    let alias = fields(odd, vec![("hostnames", list(text()))]);
    fields(
        odd,
        vec![
            ("containers", named(odd, container.clone())),
            ("initContainers", named(odd, container)),
            ("volumes", named(odd, volume)),
            ("tolerations", list(toleration)),
            ("nodeSelector", texts(odd)),
            ("hostAliases", keyed(odd, "ip", vec![json!("1.1.1.1"), json!("1.1.1.2")], alias)),
            ("imagePullSecrets", named(odd, Just(json!({})).boxed())),
            ("terminationGracePeriodSeconds", number()),
        ],
    )
}

fn service(odd: Oddities) -> BoxedStrategy<Value> {
    let port = fields(odd, vec![("name", text()), ("protocol", text()), ("targetPort", either())]);
    let ports = keyed(odd, "port", vec![json!(53), json!(80), json!(443), json!(8080)], port);
    let spec = fields(
        odd,
        vec![
            ("ports", ports),
            ("selector", texts(odd)),
            ("type", text()),
            ("externalIPs", list(text())),
        ],
    );
    fields(odd, vec![("spec", spec)])
}

fn service_account(odd: Oddities) -> BoxedStrategy<Value> {
    let reference = || fields(odd, vec![("namespace", text())]);
    fields(
        odd,
        vec![
            ("secrets", named(odd, reference())),
            ("imagePullSecrets", named(odd, Just(json!({})).boxed())),
        ],
    )
}

fn deployment(odd: Oddities) -> BoxedStrategy<Value> {
    let rolling = fields(odd, vec![("maxSurge", either()), ("maxUnavailable", either())]);
    let spec = fields(
        odd,
        vec![
            ("replicas", number()),
            ("strategy", fields(odd, vec![("type", text()), ("rollingUpdate", rolling)])),
            ("selector", fields(odd, vec![("matchLabels", texts(odd))])),
            ("template", fields(odd, vec![("spec", pod_spec(odd))])),
        ],
    );
    fields(odd, vec![("spec", spec)])
}

fn disruption_budget(odd: Oddities) -> BoxedStrategy<Value> {
    let spec = fields(
        odd,
        vec![
            ("minAvailable", either()),
            ("selector", fields(odd, vec![("matchLabels", texts(odd))])),
        ],
    );
    fields(odd, vec![("spec", spec)])
}

fn network_policy(odd: Oddities) -> BoxedStrategy<Value> {
    let port = fields(odd, vec![("port", either()), ("protocol", text())]);
    let rule = fields(odd, vec![("ports", list(port))]);
    let spec = fields(
        odd,
        vec![
            ("podSelector", fields(odd, vec![("matchLabels", texts(odd))])),
            ("ingress", list(rule)),
        ],
    );
    fields(odd, vec![("spec", spec)])
}

fn widget(odd: Oddities) -> BoxedStrategy<Value> {
    let part = fields(odd, vec![("name", text()), ("count", number())]);
    let spec = fields(
        odd,
        vec![
            ("containers", list(part.clone())),
            ("ports", list(number())),
            (
                "nested",
                fields(odd, vec![("deep", fields(odd, vec![("deeper", either())])), ("part", part)]),
            ),
            ("either", prop_oneof![either(), texts(odd), list(text())].boxed()),
        ],
    );
    fields(odd, vec![("spec", spec)])
}
