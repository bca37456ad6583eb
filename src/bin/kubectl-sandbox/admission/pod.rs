//! What is added to pods: their account with its token, tolerations, priority.

use kubectl_rs::api::{Map, OwnedValue, Value, quote};

use crate::{
    cluster::Cluster,
    failure::{self, Result},
    meta,
    registry::Resource,
};

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Refuses a pod whose account or priority is not there.
pub fn check(cluster: &mut Cluster, resource: &Resource, value: &OwnedValue) -> Result<()> {
    let accounts = cluster.collection("", "serviceaccounts");
    let name = value.str_at(&["spec", "serviceAccountName"]);
    let namespace = meta::namespace(value);
    // A namespace's own account is never long in coming.
    if !matches!(name, "" | "default") && cluster.store.get(accounts, namespace, name).is_none() {
        let why = format!(
            "error looking up service account {namespace}/{name}: serviceaccount {} not found",
            quote(name)
        );
        return Err(failure::forbidden(resource, meta::name(value), &why));
    }
    let class = value.str_at(&["spec", "priorityClassName"]);
    if !class.is_empty() && priority_of(cluster, class).is_none() {
        let why = format!("no PriorityClass with name {class} was found");
        return Err(failure::forbidden(resource, meta::name(value), &why));
    }
    Ok(())
}

fn priority_of(cluster: &mut Cluster, class: &str) -> Option<(i64, String)> {
    let id = cluster.collection("scheduling.k8s.io", "priorityclasses");
    let found = cluster.store.get(id, "", class)?;
    let policy = match found.value.str_at(&["preemptionPolicy"]) {
        "" => "PreemptLowerPriority",
        policy => policy,
    };
    Some((found.value.int_at(&["value"]).unwrap_or_default(), policy.to_owned()))
}

/// Adds what every pod has.
pub fn complete(cluster: &mut Cluster, value: &mut OwnedValue) {
    if value.str_at(&["spec", "serviceAccountName"]).is_empty() {
        value.set(&["spec", "serviceAccountName"], "default");
    }
    let account = value.str_at(&["spec", "serviceAccountName"]).to_owned();
    value.set(&["spec", "serviceAccount"], account.clone());
    let accounts = cluster.collection("", "serviceaccounts");
    let found = cluster.store.get(accounts, meta::namespace(value), &account).cloned();
    if let Some(found) = &found
        && value.items_at(&["spec", "imagePullSecrets"]).is_empty()
        && let Some(secrets) = found.value.get("imagePullSecrets")
    {
        value.set(&["spec", "imagePullSecrets"], secrets.clone());
    }
    let wants = |object: Option<&OwnedValue>, path: &[&str]| object.and_then(|object| object.at(path)).and_then(Value::as_bool);
    let mounts = wants(Some(value), &["spec", "automountServiceAccountToken"])
        .or_else(|| wants(found.as_ref().map(|found| &found.value), &["automountServiceAccountToken"]))
        .unwrap_or(true);
    if mounts {
        mount_token(cluster, value);
    }
    tolerate(value);
    prioritize(cluster, value);
}

fn mount_token(cluster: &mut Cluster, value: &mut OwnedValue) {
    let mut name = None;
    for list in ["initContainers", "containers"] {
        let Some(containers) = value.at_mut(&["spec", list]).and_then(Value::as_array_mut) else {
            continue;
        };
        for container in containers {
            let has = container
                .items_at(&["volumeMounts"])
                .iter()
                .any(|mount| mount.str_at(&["mountPath"]) == TOKEN_PATH);
            if has {
                continue;
            }
            let name = name.get_or_insert_with(|| format!("kube-api-access-{}", cluster.random.suffix(5)));
            let mut mount = Map::new();
            mount.insert("name", name.clone());
            mount.insert("mountPath", TOKEN_PATH);
            mount.insert("readOnly", true);
            let mut mounts = container.items_at(&["volumeMounts"]).to_vec();
            mounts.push(Value::Object(mount));
            container.set(&["volumeMounts"], mounts);
        }
    }
    if let Some(name) = name {
        let mut volumes = value.items_at(&["spec", "volumes"]).to_vec();
        volumes.push(token_volume(name));
        value.set(&["spec", "volumes"], volumes);
    }
}

fn token_volume(name: String) -> OwnedValue {
    let mut token = Value::default();
    token.set(&["serviceAccountToken", "expirationSeconds"], 3607i64);
    token.set(&["serviceAccountToken", "path"], "token");
    let mut key = Value::default();
    key.set(&["key"], "ca.crt");
    key.set(&["path"], "ca.crt");
    let mut authority = Value::default();
    authority.set(&["configMap", "name"], "kube-root-ca.crt");
    authority.set(&["configMap", "items"], vec![key]);
    let mut item = Value::default();
    item.set(&["path"], "namespace");
    item.set(&["fieldRef", "apiVersion"], "v1");
    item.set(&["fieldRef", "fieldPath"], "metadata.namespace");
    let mut namespace = Value::default();
    namespace.set(&["downwardAPI", "items"], vec![item]);
    let mut volume = Value::default();
    volume.set(&["name"], name);
    volume.set(&["projected", "defaultMode"], 420i64);
    volume.set(&["projected", "sources"], vec![token, authority, namespace]);
    volume
}

fn tolerate(value: &mut OwnedValue) {
    let mut tolerations = value.items_at(&["spec", "tolerations"]).to_vec();
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let known = tolerations.iter().any(|toleration| {
            let (own, effect) = (toleration.str_at(&["key"]), toleration.str_at(&["effect"]));
            (own == key || own.is_empty()) && matches!(effect, "" | "NoExecute")
        });
        if !known {
            let mut toleration = Map::new();
            toleration.insert("key", key);
            toleration.insert("operator", "Exists");
            toleration.insert("effect", "NoExecute");
            toleration.insert("tolerationSeconds", 300i64);
            tolerations.push(Value::Object(toleration));
        }
    }
    value.set(&["spec", "tolerations"], tolerations);
}

fn prioritize(cluster: &mut Cluster, value: &mut OwnedValue) {
    let class = value.str_at(&["spec", "priorityClassName"]).to_owned();
    let (class, priority, policy) = match class.as_str() {
        "" => match default_priority(cluster) {
            Some((name, priority, policy)) => (name, priority, policy),
            None => (String::new(), 0, "PreemptLowerPriority".to_owned()),
        },
        name => {
            let (priority, policy) = priority_of(cluster, name).unwrap_or((0, "PreemptLowerPriority".to_owned()));
            (class.clone(), priority, policy)
        }
    };
    if !class.is_empty() {
        value.set(&["spec", "priorityClassName"], class);
    }
    value.set(&["spec", "priority"], priority);
    if value.str_at(&["spec", "preemptionPolicy"]).is_empty() {
        value.set(&["spec", "preemptionPolicy"], policy);
    }
}

fn default_priority(cluster: &mut Cluster) -> Option<(String, i64, String)> {
    let id = cluster.collection("scheduling.k8s.io", "priorityclasses");
    let name = cluster
        .store
        .list(id, None)
        .find(|class| class.value.get("globalDefault").and_then(Value::as_bool) == Some(true))
        .map(|class| class.name().to_owned())?;
    let (priority, policy) = priority_of(cluster, &name)?;
    Some((name, priority, policy))
}
