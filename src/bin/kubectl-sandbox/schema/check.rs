//! Whether a custom resource fits its schema (`k8s.io/kube-openapi/pkg/validation`).

use kubectl_rs::api::{OwnedValue, StatusCause, Value, json};
use regex::Regex;

use crate::{
    failure::{self, Causes},
    validate::Path,
};

/// What is wrong with `value` by its schema.
pub fn check_custom(schema: &OwnedValue, value: &OwnedValue) -> Causes {
    let mut causes = Vec::new();
    check(schema, value, &Path::root(), &mut causes);
    causes
}

fn check(schema: &OwnedValue, value: &OwnedValue, path: &Path, causes: &mut Causes) {
    let truth = |key: &str| schema.get(key).and_then(Value::as_bool) == Some(true);
    if value.is_null() && truth("nullable") {
        return;
    }
    let wanted = schema.str_at(&["type"]);
    let int_or_string = truth("x-kubernetes-int-or-string");
    let fits = match wanted {
        _ if int_or_string => matches!(value, Value::Int(_) | Value::String(_)),
        "" => true,
        "integer" => value.as_int().is_some(),
        "number" => value.as_float().is_some(),
        "string" => value.as_str().is_some(),
        "boolean" => value.as_bool().is_some(),
        "array" => value.as_array().is_some(),
        "object" => value.as_object().is_some(),
        _ => true,
    };
    if !fits {
        let have = type_name(value);
        let wanted = if int_or_string { "integer,string" } else { wanted };
        let message = format!(
            "Invalid value: {have:?}: {} in body must be of type {wanted}: {have:?}",
            path.shown()
        );
        causes.push(failure::cause("FieldValueTypeInvalid", path.text(), message));
        return;
    }
    check_enumeration(schema, value, path, causes);
    match value {
        Value::String(text) => check_text(schema, value, text, path, causes),
        Value::Int(_) | Value::Float(_) => check_number(schema, value, path, causes),
        Value::Array(items) => check_list(schema, items, value, path, causes),
        Value::Object(_) => check_object(schema, value, path, causes),
        _ => {}
    }
    check_alternatives(schema, value, path, causes);
}

fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn fault(path: &Path, value: &OwnedValue, what: &str) -> StatusCause {
    failure::wrong(path.text(), value, &format!("{} in body {what}", path.shown()))
}

fn check_enumeration(schema: &OwnedValue, value: &OwnedValue, path: &Path, causes: &mut Causes) {
    let Some(allowed) = schema.get("enum").and_then(Value::as_array) else {
        return;
    };
    if !allowed.contains(value) {
        let words: Vec<String> = allowed
            .iter()
            .map(|allowed| match allowed {
                Value::String(text) => text.clone().into_owned(),
                other => compact(other),
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        causes.push(failure::unsupported(path.text(), value, &words));
    }
}

fn compact(value: &OwnedValue) -> String {
    let mut out = Vec::new();
    json::to_compact(&mut out, value);
    String::from_utf8_lossy(&out).into_owned()
}

fn check_text(schema: &OwnedValue, value: &OwnedValue, text: &str, path: &Path, causes: &mut Causes) {
    let length = text.chars().count() as i64;
    if let Some(most) = schema.int_at(&["maxLength"]).filter(|most| length > *most) {
        causes.push(failure::too_long(path.text(), usize::try_from(most).unwrap_or_default()));
    }
    if let Some(least) = schema.int_at(&["minLength"]).filter(|least| length < *least) {
        causes.push(fault(path, value, &format!("should be at least {least} chars long")));
    }
    let pattern = schema.str_at(&["pattern"]);
    // A pattern that this engine does not know hinders nobody.
    if !pattern.is_empty() && Regex::new(pattern).is_ok_and(|pattern| !pattern.is_match(text)) {
        causes.push(fault(path, value, &format!("should match '{pattern}'")));
    }
    let format = schema.str_at(&["format"]);
    if !fits_format(format, text) {
        let message = format!(
            "Invalid value: {}: {} in body must be of type {format}: {}",
            kubectl_rs::api::quote(text),
            path.shown(),
            kubectl_rs::api::quote(text)
        );
        causes.push(failure::cause("FieldValueInvalid", path.text(), message));
    }
}

fn fits_format(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "uri" => url::Url::parse(text).is_ok(),
        "byte" => {
            use base64::Engine;
            base64::engine::general_purpose::STANDARD.decode(text).is_ok()
        }
        "uuid" | "uuid3" | "uuid4" | "uuid5" => {
            let digits = text.replace('-', "");
            digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        _ => true,
    }
}

fn check_number(schema: &OwnedValue, value: &OwnedValue, path: &Path, causes: &mut Causes) {
    let number = value.as_float().unwrap_or_default();
    let bound = |key: &str| {
        schema
            .get(key)
            .and_then(Value::as_float)
            .map(|bound| (bound, compact(&schema.get(key).cloned().unwrap_or_default())))
    };
    let exclusive = |key: &str| schema.get(key).and_then(Value::as_bool) == Some(true);
    if let Some((least, text)) = bound("minimum") {
        if exclusive("exclusiveMinimum") && number <= least {
            causes.push(fault(path, value, &format!("should be greater than {text}")));
        } else if number < least {
            causes.push(fault(path, value, &format!("should be greater than or equal to {text}")));
        }
    }
    if let Some((most, text)) = bound("maximum") {
        if exclusive("exclusiveMaximum") && number >= most {
            causes.push(fault(path, value, &format!("should be less than {text}")));
        } else if number > most {
            causes.push(fault(path, value, &format!("should be less than or equal to {text}")));
        }
    }
    if let Some((factor, text)) = bound("multipleOf").filter(|(factor, _)| *factor > 0.0)
        && (number / factor).fract() != 0.0
    {
        causes.push(fault(path, value, &format!("should be a multiple of {text}")));
    }
}

fn check_list(schema: &OwnedValue, items: &[OwnedValue], value: &OwnedValue, path: &Path, causes: &mut Causes) {
    let length = items.len() as i64;
    if let Some(most) = schema.int_at(&["maxItems"]).filter(|most| length > *most) {
        causes.push(failure::too_many(
            path.text(),
            items.len(),
            usize::try_from(most).unwrap_or_default(),
        ));
    }
    if let Some(least) = schema.int_at(&["minItems"]).filter(|least| length < *least) {
        causes.push(fault(path, value, &format!("should have at least {least} items")));
    }
    if let Some(element) = schema.get("items") {
        for (at, item) in items.iter().enumerate() {
            check(element, item, &path.index(at), causes);
        }
    }
    let keys: Vec<&str> = schema
        .items_at(&["x-kubernetes-list-map-keys"])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let identity = |item: &OwnedValue| match schema.str_at(&["x-kubernetes-list-type"]) {
        "set" => Some(item.clone()),
        "map" => Some(Value::Object(
            keys.iter()
                .filter_map(|key| item.get(key).map(|value| ((*key).to_owned(), value.clone())))
                .collect(),
        )),
        _ => None,
    };
    let mut seen: Vec<OwnedValue> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Some(identity) = identity(item) else {
            return;
        };
        if seen.contains(&identity) {
            causes.push(failure::duplicate(path.index(at).text(), &identity));
        }
        seen.push(identity);
    }
}

fn check_object(schema: &OwnedValue, value: &OwnedValue, path: &Path, causes: &mut Causes) {
    let Some(map) = value.as_object() else {
        return;
    };
    for name in schema.items_at(&["required"]).iter().filter_map(Value::as_str) {
        if !map.contains_key(name) {
            causes.push(failure::required(path.field(name).text(), ""));
        }
    }
    let length = map.len() as i64;
    if let Some(most) = schema.int_at(&["maxProperties"]).filter(|most| length > *most) {
        causes.push(failure::too_many(path.text(), map.len(), usize::try_from(most).unwrap_or_default()));
    }
    if let Some(least) = schema.int_at(&["minProperties"]).filter(|least| length < *least) {
        causes.push(fault(path, value, &format!("should have at least {least} properties")));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let rest = schema.get("additionalProperties").filter(|rest| rest.as_object().is_some());
    for (name, item) in map.iter() {
        // The metadata of a whole object has its own rules.
        let whole = path.text().is_empty() && matches!(name, "metadata" | "apiVersion" | "kind");
        match (properties.and_then(|properties| properties.get(name)), rest) {
            _ if whole => {}
            (Some(property), _) => check(property, item, &path.field(name), causes),
            (None, Some(rest)) => check(rest, item, &path.key(name), causes),
            (None, None) => {}
        }
    }
}

fn check_alternatives(schema: &OwnedValue, value: &OwnedValue, path: &Path, causes: &mut Causes) {
    let passes = |schema: &OwnedValue| {
        let mut causes = Vec::new();
        check(schema, value, path, &mut causes);
        causes.is_empty()
    };
    for part in schema.items_at(&["allOf"]) {
        check(part, value, path, causes);
    }
    let any = schema.items_at(&["anyOf"]);
    if !any.is_empty() && !any.iter().any(passes) {
        causes.push(fault(path, value, "must validate at least one schema (anyOf)"));
    }
    let one = schema.items_at(&["oneOf"]);
    if !one.is_empty() {
        match one.iter().filter(|schema| passes(schema)).count() {
            1 => {}
            0 => causes.push(fault(
                path,
                value,
                "must validate one and only one schema (oneOf). Found none valid",
            )),
            many => causes.push(fault(
                path,
                value,
                &format!("must validate one and only one schema (oneOf). Found {many} valid alternatives"),
            )),
        }
    }
    if let Some(not) = schema.get("not")
        && passes(not)
    {
        causes.push(fault(path, value, "must not validate the schema (not)"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(schema: &str, value: &str) -> Vec<String> {
        let read = |text: &str| json::parse(text.as_bytes()).unwrap().into_owned();
        check_custom(&read(schema), &read(value))
            .into_iter()
            .map(|cause| format!("{}: {}", cause.field, cause.message))
            .collect()
    }

    #[test]
    fn check_custom_says_what_the_server_says() {
        let schema = r#"{"type":"object","required":["spec"],"properties":{"spec":{"type":"object","required":["name"],"properties":{
            "name":{"type":"string","pattern":"^[a-z]+$","maxLength":5},"colour":{"type":"string","enum":["red","green"]},
            "count":{"type":"integer","minimum":1,"maximum":9},"tags":{"type":"array","maxItems":2,"items":{"type":"string"},"x-kubernetes-list-type":"set"},
            "at":{"type":"string","format":"date-time"},"port":{"x-kubernetes-int-or-string":true}}}}}"#;
        let cases = [
            (r#"{"spec":{"name":"ok","count":3,"port":"http"}}"#, &[][..]),
            (r#"{}"#, &["spec: Required value"]),
            (
                r#"{"spec":{"name":1}}"#,
                &[r#"spec.name: Invalid value: "integer": spec.name in body must be of type string: "integer""#],
            ),
            (
                r#"{"spec":{"name":"A"}}"#,
                &[r#"spec.name: Invalid value: "A": spec.name in body should match '^[a-z]+$'"#],
            ),
            (
                r#"{"spec":{"name":"a","colour":"blue"}}"#,
                &[r#"spec.colour: Unsupported value: "blue": supported values: "red", "green""#],
            ),
            (
                r#"{"spec":{"name":"a","count":0}}"#,
                &["spec.count: Invalid value: 0: spec.count in body should be greater than or equal to 1"],
            ),
            (
                r#"{"spec":{"name":"a","tags":["x","x","y"]}}"#,
                &[
                    "spec.tags: Too many: 3: must have at most 2 items",
                    r#"spec.tags[1]: Duplicate value: "x""#,
                ],
            ),
            (
                r#"{"spec":{"name":"a","at":"noon"}}"#,
                &[r#"spec.at: Invalid value: "noon": spec.at in body must be of type date-time: "noon""#],
            ),
            (
                r#"{"spec":{"name":"a","port":1.5}}"#,
                &[r#"spec.port: Invalid value: "number": spec.port in body must be of type integer,string: "number""#],
            ),
        ];
        for (value, want) in cases {
            assert_eq!(messages(schema, value), want, "{value}");
        }
    }
}
