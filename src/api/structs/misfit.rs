//! What Go says of a value that its structs cannot hold (`encoding/json`'s `UnmarshalTypeError`).

use super::{Structs, inner};
use crate::api::{Value, quantity::Quantity};

/// Numbers that have 64 bits in Go; all others have 32.
const LONG: &[&str] = &[
    "activeDeadlineSeconds",
    "deletionGracePeriodSeconds",
    "expirationSeconds",
    "fsGroup",
    "generation",
    "observedGeneration",
    "runAsGroup",
    "runAsUser",
    "seconds",
    "supplementalGroups",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
];

/// Texts that have a type of their own in Go, by their field.
const NAMED: &[(&str, &str)] = &[
    ("dnsPolicy", "v1.DNSPolicy"),
    ("effect", "v1.TaintEffect"),
    ("externalTrafficPolicy", "v1.ServiceExternalTrafficPolicy"),
    ("imagePullPolicy", "v1.PullPolicy"),
    ("ipFamilies", "v1.IPFamily"),
    ("ipFamilyPolicy", "v1.IPFamilyPolicy"),
    ("medium", "v1.StorageMedium"),
    ("mountPropagation", "v1.MountPropagationMode"),
    ("preemptionPolicy", "v1.PreemptionPolicy"),
    ("protocol", "v1.Protocol"),
    ("restartPolicy", "v1.RestartPolicy"),
    ("sessionAffinity", "v1.ServiceAffinity"),
    ("terminationMessagePolicy", "v1.TerminationMessagePolicy"),
    ("uid", "types.UID"),
];

/// Where a value stands: in a field of a struct.
#[derive(Clone)]
struct Place<'a> {
    structure: &'a str,
    /// The fields down to it, with points between them.
    path: String,
    field: &'a str,
}

impl Structs {
    /// What Go says of the first value in `value` that the struct `kind` cannot hold; none where all is well. `outer` is
    /// how the struct itself is called, where it is a field of one that has no line in the table: `metadata`.
    pub fn misfit(&self, kind: &str, outer: &str, value: &Value<'_>) -> Option<String> {
        let place = Place {
            structure: kind,
            path: outer.to_owned(),
            field: outer,
        };
        self.of(kind, value, &place)
    }

    fn of(&self, kind: &str, value: &Value<'_>, place: &Place<'_>) -> Option<String> {
        match (kind, value) {
            (_, Value::Null)
            | ("s", Value::String(_))
            | ("b", Value::Bool(_))
            | ("f", Value::Int(_) | Value::Float(_))
            | ("time" | "microtime", Value::String(_))
            | ("intstr", Value::String(_))
            | ("any", _) => None,
            ("i", Value::Int(number)) => (i32::try_from(*number).is_err() && !place.is_long()).then(|| place.sentence(value, "int32")),
            ("intstr", Value::Int(number)) if i32::try_from(*number).is_ok() => None,
            ("intstr", _) => Some(place.sentence(value, "int32")),
            ("time" | "microtime", _) => Some(place.sentence(value, "string")),
            ("quantity", Value::String(text)) => Quantity::parse(text).err().map(|error| error.to_string()),
            ("quantity", Value::Int(_) | Value::Float(_)) => None,
            ("quantity", _) => Quantity::parse("").err().map(|error| error.to_string()),
            (list, Value::Array(items)) if list.starts_with('[') => items.iter().find_map(|item| self.of(inner(list), item, place)),
            (map, Value::Object(entries)) if map.starts_with('{') => {
                entries.iter().find_map(|(_, entry)| self.of(inner(map), entry, place))
            }
            (_, Value::Object(given)) if self.knows(kind) => given.iter().find_map(|(name, value)| {
                let field = self.fields(kind)?.find(|field| field.name == name)?;
                let place = Place {
                    structure: kind,
                    path: match place.path.as_str() {
                        "" => field.name.to_owned(),
                        path => format!("{path}.{}", field.name),
                    },
                    field: field.name,
                };
                self.of(field.kind, value, &place)
            }),
            _ => Some(place.sentence(value, &place.type_of(kind))),
        }
    }
}

impl Place<'_> {
    fn is_long(&self) -> bool {
        LONG.contains(&self.field)
    }

    /// How Go calls a type of the table that stands here.
    fn type_of(&self, kind: &str) -> String {
        let named = NAMED.iter().find(|(field, _)| *field == self.field);
        match kind {
            "s" => named.map_or("string", |(_, name)| name).to_owned(),
            "i" if self.is_long() => "int64".to_owned(),
            "i" => "int32".to_owned(),
            "b" => "bool".to_owned(),
            "f" => "float64".to_owned(),
            "{quantity}" => "v1.ResourceList".to_owned(),
            list if list.starts_with('[') => format!("[]{}", self.type_of(inner(list))),
            map if map.starts_with('{') => format!("map[string]{}", self.type_of(inner(map))),
            structure => format!("v1.{structure}"),
        }
    }

    fn sentence(&self, value: &Value<'_>, wanted: &str) -> String {
        let Place { structure, path, .. } = self;
        // Go names a number that has the wrong size or a fraction, not one that should be no number.
        let number = match value {
            Value::Int(number) if wanted.starts_with("int") => format!(" {number}"),
            Value::Float(number) if wanted.starts_with("int") => format!(" {number}"),
            _ => String::new(),
        };
        format!(
            "json: cannot unmarshal {}{number} into Go struct field {structure}.{path} of type {wanted}",
            value.json_type()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn misfit(kind: &str, outer: &str, text: &str) -> String {
        let value = json::parse(text.as_bytes()).unwrap();
        Structs::new().misfit(kind, outer, &value).unwrap_or_default()
    }

    #[test]
    fn misfit_names_the_innermost_struct_and_the_way_to_the_field() {
        for (text, said) in [
            (
                r#"{"spec":{"hostNetwork":"yes"}}"#,
                "string into Go struct field PodSpec.spec.hostNetwork of type bool",
            ),
            (
                r#"{"spec":{"terminationGracePeriodSeconds":"5"}}"#,
                "string into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64",
            ),
            (
                r#"{"spec":{"containers":{}}}"#,
                "object into Go struct field PodSpec.spec.containers of type []v1.Container",
            ),
            (
                r#"{"spec":{"containers":[{"name":"a"},{"image":5}]}}"#,
                "number into Go struct field Container.spec.containers.image of type string",
            ),
            (
                r#"{"spec":{"containers":[{"ports":[{"containerPort":1.5}]}]}}"#,
                "number 1.5 into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32",
            ),
            (
                r#"{"spec":{"restartPolicy":1}}"#,
                "number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
            ),
            (r#"{"spec":[]}"#, "array into Go struct field Pod.spec of type v1.PodSpec"),
        ] {
            assert_eq!(misfit("Pod", "", text), format!("json: cannot unmarshal {said}"));
        }
    }

    #[test]
    fn misfit_of_metadata_by_itself_begins_at_metadata() {
        for (text, said) in [
            (
                r#"{"name":true}"#,
                "bool into Go struct field ObjectMeta.metadata.name of type string",
            ),
            (
                r#"{"labels":{"x":5}}"#,
                "number into Go struct field ObjectMeta.metadata.labels of type string",
            ),
            (
                r#"{"labels":[]}"#,
                "array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
            ),
            (
                r#"{"finalizers":"x"}"#,
                "string into Go struct field ObjectMeta.metadata.finalizers of type []string",
            ),
            (
                r#"{"ownerReferences":[{"uid":1}]}"#,
                "number into Go struct field OwnerReference.metadata.ownerReferences.uid of type types.UID",
            ),
        ] {
            assert_eq!(misfit("ObjectMeta", "metadata", text), format!("json: cannot unmarshal {said}"));
        }
    }

    #[test]
    fn misfit_of_types_that_read_themselves_names_what_they_read() {
        let port = |target: &str| misfit("ServicePort", "", &format!(r#"{{"targetPort":{target}}}"#));
        assert_eq!(
            port("true"),
            "json: cannot unmarshal bool into Go struct field ServicePort.targetPort of type int32"
        );
        assert_eq!(
            misfit("ObjectMeta", "metadata", r#"{"creationTimestamp":5}"#),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string"
        );
        assert_eq!(port("5") + &port("\"http\""), "");
        let cpu = |amount: &str| misfit("ResourceRequirements", "", &format!(r#"{{"limits":{{"cpu":{amount}}}}}"#));
        assert!(cpu("\"x\"").starts_with("quantities must match the regular expression"));
        assert_eq!(cpu("1") + &cpu("\"1\""), "");
    }

    #[test]
    fn misfit_lets_pass_what_fits_and_what_is_unknown() {
        let pod = r#"{"kind":"Pod","unknown":[1],"metadata":null,"spec":{"priority":5,"nodeSelector":{"a":"b"},"overhead":{"cpu":1}}}"#;
        assert_eq!(misfit("Pod", "", pod), "");
    }
}
