//! Loading: manifests, the output of `get -o yaml` or `-o json`, and what `cluster-info dump` writes, to a folder or to
//! standard output.
//!
//! What has an identifier was in a cluster before: it is put in as it was, and stays as it is, with the logs of a dump. What
//! has none is created as a client creates it, and lives.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kubectl_rs::{
    api::{OwnedValue, Value},
    error::reason,
    yaml::read,
};

use crate::{
    cluster::Cluster,
    controllers::Manager,
    meta,
    registry::Resource,
    server::Place,
    verbs::{self, FieldValidation, Target, WriteOptions, write},
    yaml,
};

/// An object and the file that it is from.
struct Found {
    object: OwnedValue,
    file: PathBuf,
}

/// Loads files and folders, and lets what is new in them begin to live.
///
/// # Errors
/// What cannot be read or makes no sense, with the file that it is in.
pub fn load(cluster: &mut Cluster, manager: &mut Manager, paths: &[PathBuf]) -> Result<(), String> {
    let mut objects = Vec::new();
    for path in paths {
        let before = objects.len();
        read_all(cluster, path, &mut objects)?;
        if objects.len() == before {
            return Err(format!("{} holds no objects", path.display()));
        }
    }
    // What others need comes first: namespaces, definitions, and yesterday's objects before those that live.
    objects.sort_by_key(|found| match found.object.str_at(&["kind"]) {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        _ if !meta::uid(&found.object).is_empty() => 2,
        _ => 3,
    });
    let mut settled = false;
    for found in objects {
        let lives = meta::uid(&found.object).is_empty();
        if lives && !std::mem::replace(&mut settled, true) {
            // New namespaces get what every namespace has.
            manager.live_until(cluster, cluster.clock.now());
        }
        add(cluster, manager, found.object).map_err(|error| format!("{}: {error}", found.file.display()))?;
    }
    Ok(())
}

/// Reads a file, or all files in a folder and below.
fn read_all(cluster: &mut Cluster, path: &Path, objects: &mut Vec<Found>) -> Result<(), String> {
    let mut files = Vec::new();
    find(path, &mut files).map_err(|error| format!("cannot read {}: {}", path.display(), reason(&error)))?;
    for file in files {
        let bytes = fs::read(&file).map_err(|error| format!("cannot read {}: {}", file.display(), reason(&error)))?;
        let text = read::text(&bytes);
        let (text, logs) = logs(&String::from_utf8_lossy(&text));
        for log in logs {
            cluster.old_logs.insert((log.pod, log.container), log.text);
        }
        let documents = yaml::documents(text.as_bytes()).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut found = Vec::new();
        for document in documents {
            unpack(document, &mut found);
        }
        objects.extend(found.into_iter().map(|object| Found {
            object,
            file: file.clone(),
        }));
    }
    Ok(())
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        let named = |name: &str| entry.file_name().is_some_and(|own| own == name);
        let ends = |ends: &[&str]| entry.extension().is_some_and(|own| ends.iter().any(|end| own == *end));
        // In a dump, logs lie beside the objects.
        if entry.is_dir() || ends(&["json", "yaml", "yml"]) || named("logs.txt") {
            find(&entry, files)?;
        }
    }
    Ok(())
}

/// What a container wrote, as a dump has it.
#[derive(Debug, PartialEq)]
struct Log {
    /// The pod's namespace and name, with a slash between them.
    pod: String,
    container: String,
    text: String,
}

/// Takes the logs out of a dump, and gives what is left.
fn logs(text: &str) -> (String, Vec<Log>) {
    const START: &str = "==== START logs for container ";
    let (mut left, mut logs, mut rest) = (String::new(), Vec::new(), text);
    while let Some(at) = rest.find(START).filter(|at| *at == 0 || rest[..*at].ends_with('\n')) {
        let title = rest[at + START.len()..].lines().next().unwrap_or_default();
        let title = title
            .trim_end()
            .strip_suffix(" ====")
            .and_then(|title| title.split_once(" of pod "));
        let Some((container, pod)) = title else { break };
        left.push_str(&rest[..at]);
        let body = rest[at..].split_once('\n').map_or("", |(_, body)| body);
        let end = format!("==== END logs for container {container} of pod {pod} ====");
        // A log that was cut off goes on to the end.
        let (log, after) = body.split_once(&end).unwrap_or((body, ""));
        logs.push(Log {
            pod: pod.to_owned(),
            container: container.to_owned(),
            text: log.to_owned(),
        });
        rest = after.trim_start_matches(['\r', '\n']);
    }
    left.push_str(rest);
    (left, logs)
}

/// The objects in a list, and those in lists in it.
fn unpack(document: OwnedValue, objects: &mut Vec<OwnedValue>) {
    let kind = document.str_at(&["kind"]);
    let of = kind
        .strip_suffix("List")
        .filter(|_| document.get("items").is_some())
        .map(str::to_owned);
    let (Some(of), version) = (of, document.str_at(&["apiVersion"]).to_owned()) else {
        objects.push(document);
        return;
    };
    let items = match document {
        Value::Object(mut map) => map.remove("items"),
        _ => None,
    };
    let Some(Value::Array(items)) = items else { return };
    for mut item in items {
        if item.str_at(&["kind"]).is_empty() {
            item.set(&["kind"], of.clone());
            item.set(&["apiVersion"], version.clone());
        }
        unpack(item, objects);
    }
}

fn add(cluster: &mut Cluster, manager: &mut Manager, mut value: OwnedValue) -> Result<(), String> {
    let (version, kind) = (value.str_at(&["apiVersion"]).to_owned(), value.str_at(&["kind"]).to_owned());
    if version.is_empty() || kind.is_empty() {
        return Err("this is no object: apiVersion and kind are missing".to_owned());
    }
    let Some(resource) = cluster.registry.kind(&version, &kind).cloned() else {
        return Err(format!(
            "no kind {kind:?} in version {version:?}; one of a custom resource must come with its definition"
        ));
    };
    if meta::name(&value).is_empty() && value.str_at(&["metadata", "generateName"]).is_empty() {
        return Err(format!("a {kind} has no name"));
    }
    if resource.namespaced() && meta::namespace(&value).is_empty() {
        value.set(&["metadata", "namespace"], "default");
    }
    let namespace = meta::namespace(&value).to_owned();
    let namespaces = cluster.collection("", "namespaces");
    if !namespace.is_empty()
        && cluster.store.get(namespaces, "", &namespace).is_none()
        && let Some(resource) = cluster.built_in("", "namespaces")
    {
        let mut missing = OwnedValue::default();
        missing.set(&["metadata", "name"], namespace);
        cluster.create(&resource, missing);
        manager.live_until(cluster, cluster.clock.now());
    }
    if meta::uid(&value).is_empty() {
        return create(cluster, &resource, value);
    }
    let stored = cluster
        .registry
        .stored(resource.collection)
        .map_or(version, |stored| stored.api_version());
    let value = verbs::from_version(&resource, value, &stored);
    cluster.still.insert(meta::uid(&value).to_owned());
    let is_definition = resource.is("apiextensions.k8s.io", "customresourcedefinitions");
    let object = cluster.put(resource.collection, value);
    if is_definition {
        crate::definitions::register(cluster, &object.value);
    }
    // Yesterday's nodes take the place of those that every sandbox has.
    if resource.is("", "nodes") {
        super::nodes::retire(cluster);
    }
    Ok(())
}

/// Creates an object as a client does, or changes the one that is there.
fn create(cluster: &mut Cluster, resource: &Resource, mut value: OwnedValue) -> Result<(), String> {
    let (namespace, name) = (meta::namespace(&value).to_owned(), meta::name(&value).to_owned());
    if cluster.store.get(resource.collection, &namespace, &name).is_some() {
        return super::put(cluster, value);
    }
    value.object_at(&["metadata"]).remove("resourceVersion");
    let place = Place {
        group: resource.group.clone(),
        version: resource.version.clone(),
        namespace: resource.namespaced().then_some(namespace),
        plural: resource.plural.clone(),
        ..Place::default()
    };
    let options = WriteOptions {
        dry_run: false,
        manager: "kubectl-sandbox".to_owned(),
        validation: FieldValidation::Strict,
        force: false,
    };
    let created = Target::find(cluster, place).and_then(|target| write::create_object(cluster, &target, value, &options, ""));
    created.map(drop).map_err(|status| match name.as_str() {
        name if status.message.contains(name) => status.message,
        name => format!("{} {name:?}: {}", resource.kind, status.message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, random::Random};

    fn loaded(files: &[(&str, &str)]) -> Result<Cluster, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let mut cluster = Cluster::new(Clock::new(1.0), Random::seeded(1));
        let here = folder.path().display().to_string();
        super::super::fill(&mut cluster, &mut Manager::default(), false, &[folder.path().to_owned()])
            .map(|()| cluster)
            .map_err(|error| error.replace(&here, "."))
    }

    fn names(cluster: &Cluster, group: &str, plural: &str) -> Vec<String> {
        let id = cluster.registry.built_in_collection(group, plural).unwrap();
        let objects = cluster.store.list(id, None);
        objects.map(|object| format!("{}/{}", object.namespace(), object.name())).collect()
    }

    const POD: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"old","namespace":"shop","uid":"u1"},
        "spec":{"nodeName":"n1","containers":[{"name":"c","image":"x"}]},"status":{"phase":"Running"}}"#;

    #[test]
    fn load_of_a_dump_shows_yesterday_s_cluster_and_nothing_else() {
        let nodes = r#"{"kind":"NodeList","apiVersion":"v1","items":[{"metadata":{"name":"n1","uid":"n"}}]}"#;
        let pods = format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{POD}]}}"#);
        let log = "==== START logs for container c of pod shop/old ====\none\ntwo\n==== END logs for container c of pod shop/old ====\n";
        let none = r#"{"kind":"EventList","apiVersion":"v1","metadata":{},"items":null}"#;
        let files = [
            ("nodes.json", nodes),
            ("shop/pods.json", &pods),
            ("shop/events.json", none),
            ("shop/old/logs.txt", log),
        ];
        let cluster = loaded(&files).unwrap();
        assert_eq!(names(&cluster, "", "pods"), ["shop/old"]);
        assert_eq!(names(&cluster, "", "nodes"), ["/n1"]);
        assert!(names(&cluster, "", "namespaces").contains(&"/shop".to_owned()));
        assert!(cluster.still.contains("u1"));
        let key = ("shop/old".to_owned(), "c".to_owned());
        assert_eq!(cluster.old_logs.get(&key).map(String::as_str), Some("one\ntwo\n"));
        // All of it in one file, as the command prints it.
        let whole = format!("{nodes}\n{pods}\n{log}");
        let cluster = loaded(&[("dump.json", &whole)]).unwrap();
        assert_eq!(names(&cluster, "", "pods"), ["shop/old"]);
        assert_eq!(cluster.old_logs.len(), 1);
    }

    #[test]
    fn load_of_manifests_creates_what_is_in_them_and_in_lists_of_lists() {
        let manifest = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - metadata: {name: a, namespace: shop}\n  - metadata: {name: b}\n";
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: elsewhere}\nspec: {containers: [{name: c, image: nginx}]}\n";
        let cluster = loaded(&[("z.yaml", manifest), ("a/pod.yml", pod), ("a/README.md", "not for us")]).unwrap();
        let maps = names(&cluster, "", "configmaps");
        assert!(
            maps.contains(&"shop/a".to_owned()) && maps.contains(&"default/b".to_owned()),
            "{maps:?}"
        );
        assert_eq!(names(&cluster, "", "pods"), ["elsewhere/p"]);
        assert!(cluster.still.is_empty());
    }

    #[test]
    fn load_of_a_definition_lets_its_objects_in_whatever_their_order() {
        let object = "apiVersion: example.com/v1\nkind: Hole\nmetadata: {name: h}\nspec: {depth: 3}\n";
        let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: holes.example.com}\nspec:\n  group: example.com\n  scope: Namespaced\n  names: {plural: holes, singular: hole, kind: Hole, listKind: HoleList}\n  versions:\n  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {depth: {type: integer}}}}}}}\n";
        let cluster = loaded(&[("1.yaml", object), ("2.yaml", definition)]).unwrap();
        assert_eq!(names(&cluster, "example.com", "holes"), ["default/h"]);
        let error = loaded(&[("1.yaml", object)]).unwrap_err();
        assert!(
            error.starts_with("./1.yaml: no kind \"Hole\" in version \"example.com/v1\""),
            "{error}"
        );
    }

    #[test]
    fn load_of_what_is_wrong_names_the_file_and_the_mistake() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {";
        for (text, sentence) in [
            ("", ". holds no objects"),
            ("# only a remark\n", ". holds no objects"),
            (
                "a: [",
                "./x.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content",
            ),
            ("{\"a\":", "./x.yaml: unexpected EOF"),
            ("replicas: 3\n", "./x.yaml: this is no object: apiVersion and kind are missing"),
            ("- a\n- b\n", "./x.yaml: this is no object: apiVersion and kind are missing"),
            ("apiVersion: v1\nkind: Pod\n", "./x.yaml: a Pod has no name"),
            (
                &format!("{pod}}}\n"),
                "./x.yaml: Pod \"p\" is invalid: spec.containers: Required value",
            ),
            (
                &format!("{pod}containers: [{{name: c, image: x, imagee: y}}]}}\n"),
                "./x.yaml: Pod in version \"v1\" cannot be handled as a Pod: strict decoding error: unknown field \"spec.containers[0].imagee\"",
            ),
        ] {
            let error = loaded(&[("x.yaml", text)]).map(|_| ()).unwrap_err();
            assert!(error.starts_with(sentence), "{text}: {error}");
        }
        let missing = super::super::fill(
            &mut Cluster::new(Clock::new(1.0), Random::seeded(1)),
            &mut Manager::default(),
            false,
            &[PathBuf::from("/nonexistent")],
        );
        assert_eq!(missing.unwrap_err(), "cannot read /nonexistent: no such file or directory");
    }

    #[test]
    fn logs_are_taken_out_even_where_the_last_line_has_no_end() {
        let text = "{}\n==== START logs for container a of pod n/p ====\n{ no json\n==== START logs for container\nx==== END logs for container a of pod n/p ====\n{}\n==== START logs for container b of pod n/p ====\ncut";
        let (left, logs) = logs(text);
        assert_eq!(left, "{}\n{}\n");
        let texts: Vec<&str> = logs.iter().map(|log| log.text.as_str()).collect();
        assert_eq!(texts, ["{ no json\n==== START logs for container\nx", "cut"]);
        assert_eq!((logs[1].pod.as_str(), logs[1].container.as_str()), ("n/p", "b"));
    }
}
