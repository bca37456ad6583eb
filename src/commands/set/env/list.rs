//! `set env --list`: the variables of containers, and what references stand for.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    actions::pod_specs,
    api::{OwnedValue, Value, json, names::qualified_name, object, quantity::Quantity, quote},
    client::Request,
    context::Context,
    discovery::builtin,
    error::{Error, Result},
    resource::{ACCEPT_TYPED, Info, path},
};

use super::{Options, Variables, warn_of_no_containers};

/// Lists the variables of objects, with the changes to them. What cannot be looked up is said and fails nothing, as with
/// kubectl.
///
/// # Errors
/// A failed write.
pub(super) async fn run(options: &Options, variables: &Variables, infos: Vec<Info>, context: &Context) -> Result<()> {
    let mut sources = Sources {
        context,
        namespace: &options.query.namespace,
        read: HashMap::new(),
    };
    for mut info in infos {
        let whole = info.object.clone();
        let Ok(spec) = pod_specs::spec(&mut info.object) else { continue };
        let containers = pod_specs::containers(spec, &options.containers);
        if containers.is_empty() {
            warn_of_no_containers(&whole, options, context);
        }
        for container in containers {
            if variables.apply(container, options.overwrite).is_err() {
                break;
            }
            container_lines(&whole, container, options, &mut sources).await?;
        }
    }
    Ok(())
}

/// Lists the variables of one container of an object.
async fn container_lines(whole: &OwnedValue, container: &OwnedValue, options: &Options, sources: &mut Sources<'_>) -> Result<()> {
    let streams = sources.context.streams();
    let mut out = Vec::new();
    let mut unresolved: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    writeln!(
        out,
        "# {} {}, container {}",
        object::kind(whole),
        object::name(whole),
        container.str_at(&["name"])
    )?;
    for variable in container.items_at(&["env"]) {
        let name = variable.str_at(&["name"]);
        let reference = variable.get("valueFrom").filter(|reference| !reference.is_null());
        let value = match reference {
            None => Ok(variable.str_at(&["value"]).as_bytes().to_vec()),
            Some(_) if !options.resolve => Err(None),
            Some(reference) => sources.value(reference, whole, container).await.map_err(Some),
        };
        match value {
            Ok(value) => {
                write!(out, "{name}=")?;
                out.extend(value);
                out.push(b'\n');
            }
            Err(error) => {
                writeln!(out, "# {name} from {}", reference.map(describe).unwrap_or_default())?;
                if let Some(error) = error {
                    unresolved.entry(error.to_string()).or_default().push(name);
                }
            }
        }
    }
    streams.out().write_all(&out)?;
    let mut sentences: Vec<String> = Vec::new();
    for (error, mut names) in unresolved {
        names.sort_unstable();
        sentences.push(format!("error retrieving reference for {}: {error}", names.join(", ")));
    }
    sentences.sort();
    for sentence in sentences {
        writeln!(streams.err(), "{sentence}")?;
    }
    Ok(())
}

/// What a variable refers to, in words.
fn describe(reference: &OwnedValue) -> String {
    let text = |path: &[&str]| reference.str_at(path).to_owned();
    if reference.get("configMapKeyRef").is_some() {
        let (name, key) = (text(&["configMapKeyRef", "name"]), text(&["configMapKeyRef", "key"]));
        format!("configmap {name}, key {key}")
    } else if reference.get("secretKeyRef").is_some() {
        let (name, key) = (text(&["secretKeyRef", "name"]), text(&["secretKeyRef", "key"]));
        format!("secret {name}, key {key}")
    } else if reference.get("fieldRef").is_some() {
        format!("field path {}", text(&["fieldRef", "fieldPath"]))
    } else if reference.get("resourceFieldRef").is_some() {
        let container = match text(&["resourceFieldRef", "containerName"]) {
            name if name.is_empty() => name,
            name => format!("{name}/"),
        };
        format!("resource field {container}{}", text(&["resourceFieldRef", "resource"]))
    } else {
        "invalid valueFrom".to_owned()
    }
}

/// Config maps and secrets that variables refer to, each asked for once.
struct Sources<'a> {
    context: &'a Context,
    namespace: &'a str,
    read: HashMap<(&'static str, String), OwnedValue>,
}

impl Sources<'_> {
    /// What a reference stands for.
    async fn value(&mut self, reference: &OwnedValue, whole: &OwnedValue, container: &OwnedValue) -> Result<Vec<u8>> {
        if let Some(key) = reference.get("secretKeyRef") {
            let data = self.data("Secret", "secret", key).await?;
            return STANDARD.decode(data).map_err(|error| Error::message(error.to_string()));
        }
        if let Some(key) = reference.get("configMapKeyRef") {
            return self.data("ConfigMap", "config map", key).await.map(String::into_bytes);
        }
        if reference.get("fieldRef").is_some() {
            return field(whole, reference.str_at(&["fieldRef", "fieldPath"])).map(String::into_bytes);
        }
        match reference.get("resourceFieldRef") {
            Some(reference) => amount(container, reference).map(|amount| amount.to_string().into_bytes()),
            None => Err(Error::message("invalid valueFrom")),
        }
    }

    /// What a config map or secret holds under a key.
    async fn data(&mut self, kind: &'static str, called: &str, key: &OwnedValue) -> Result<String> {
        let (name, key) = (key.str_at(&["name"]), key.str_at(&["key"]));
        let id = (kind, name.to_owned());
        if !self.read.contains_key(&id) {
            let source = self.fetch(kind, name).await?;
            self.read.insert(id.clone(), source);
        }
        let found = self
            .read
            .get(&id)
            .and_then(|source| source.at(&["data", key]))
            .and_then(Value::as_str);
        found
            .map(str::to_owned)
            .ok_or_else(|| Error::message(format!("key {key} not found in {called} {name}")))
    }

    async fn fetch(&self, kind: &'static str, name: &str) -> Result<OwnedValue> {
        if name.is_empty() {
            return Err(Error::message("resource name may not be empty"));
        }
        let mapping = builtin::by_kind("", "v1", kind).ok_or_else(|| Error::message(format!("no matches for kind {kind:?}")))?;
        let request = Request::get(path::of(&mapping, self.namespace, name, ""))
            .accept(ACCEPT_TYPED)
            .about("", mapping.resource.to_string(), name);
        let bytes = self.context.client()?.send(request).await?.bytes().await?;
        Ok(json::parse(&bytes)?.into_owned())
    }
}

/// A field of an object by the path that containers name it by.
fn field(object: &OwnedValue, path: &str) -> Result<String> {
    let subscript = path
        .strip_suffix("']")
        .and_then(|path| path.split_once("['"))
        .filter(|(path, _)| !path.is_empty());
    if let Some((map, key)) = subscript {
        let (field, checked) = match map {
            "metadata.annotations" => ("annotations", key.to_lowercase()),
            "metadata.labels" => ("labels", key.to_owned()),
            _ => {
                return Err(Error::message(format!("fieldPath {} does not support subscript", quote(path))));
            }
        };
        let faults = qualified_name(&checked);
        if !faults.is_empty() {
            return Err(Error::message(format!("invalid key subscript in {path}: {}", faults.join(";"))));
        }
        return Ok(object.str_at(&["metadata", field, key]).to_owned());
    }
    let lines = |field: &str| {
        let fields = object.at(&["metadata", field]).and_then(Value::as_object);
        let mut lines: Vec<String> = fields
            .into_iter()
            .flat_map(|fields| fields.iter())
            .map(|(key, value)| format!("{key}={}", quote(value.as_str().unwrap_or_default())))
            .collect();
        lines.sort();
        lines.join("\n")
    };
    match path {
        "metadata.annotations" => Ok(lines("annotations")),
        "metadata.labels" => Ok(lines("labels")),
        "metadata.name" => Ok(object::name(object).to_owned()),
        "metadata.namespace" => Ok(object::namespace(object).to_owned()),
        "metadata.uid" => Ok(object::uid(object).to_owned()),
        _ => Err(Error::message(format!("unsupported fieldPath: {path}"))),
    }
}

/// How much of a resource a container asks for or may use, in divisors, rounded up.
fn amount(container: &OwnedValue, reference: &OwnedValue) -> Result<i64> {
    let resource = reference.str_at(&["resource"]);
    let known = |name: &str| matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
    let Some((set, name)) = resource
        .split_once('.')
        .filter(|(set, name)| matches!(*set, "limits" | "requests") && known(name))
    else {
        return Err(Error::message(format!("Unsupported container resource : {resource}")));
    };
    // Processors count in thousandths.
    let (one, count): (i64, fn(&Quantity) -> i64) = match name {
        "cpu" => (1000, Quantity::milli_value),
        _ => (1, Quantity::value),
    };
    let read = |text: &str| Quantity::parse(text).ok().map(|quantity| count(&quantity));
    let amount = read(container.str_at(&["resources", set, name])).unwrap_or(0);
    let divisor = read(reference.str_at(&["divisor"])).filter(|divisor| *divisor != 0).unwrap_or(one);
    Ok((amount as f64 / divisor as f64).ceil() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn amount_counts_divisors_and_rounds_up() {
        let container = value(r#"{"resources":{"limits":{"cpu":"1500m","memory":"3Mi"},"requests":{"hugepages-2Mi":"4Mi"}}}"#);
        let amount = |reference: &str| amount(&container, &value(reference)).map_err(|error| error.to_string());
        assert_eq!(amount(r#"{"resource":"limits.cpu"}"#), Ok(2));
        assert_eq!(amount(r#"{"resource":"limits.cpu","divisor":"1m"}"#), Ok(1500));
        assert_eq!(amount(r#"{"resource":"limits.memory","divisor":"2Mi"}"#), Ok(2));
        assert_eq!(amount(r#"{"resource":"requests.memory","divisor":"0"}"#), Ok(0));
        assert_eq!(amount(r#"{"resource":"requests.hugepages-2Mi","divisor":"2Mi"}"#), Ok(2));
        assert_eq!(
            amount(r#"{"resource":"limits.gpu"}"#),
            Err("Unsupported container resource : limits.gpu".to_owned())
        );
    }

    #[test]
    fn field_knows_the_metadata_and_its_keys() {
        let object = value(r#"{"metadata":{"name":"n","labels":{"b":"1","a":"x\"y"},"annotations":{"A/b":"c"}}}"#);
        let field = |path: &str| field(&object, path).map_err(|error| error.to_string());
        assert_eq!(field("metadata.name").as_deref(), Ok("n"));
        assert_eq!(field("metadata.labels").as_deref(), Ok("a=\"x\\\"y\"\nb=\"1\""));
        assert_eq!(field("metadata.labels['b']").as_deref(), Ok("1"));
        assert_eq!(field("metadata.annotations['A/b']").as_deref(), Ok("c"));
        assert_eq!(field("spec.x"), Err("unsupported fieldPath: spec.x".to_owned()));
        assert_eq!(
            field("spec['x']"),
            Err("fieldPath \"spec['x']\" does not support subscript".to_owned())
        );
    }
}
