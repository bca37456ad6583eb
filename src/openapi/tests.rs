use proptest::prelude::*;

use super::*;
use crate::api::{OwnedValue, json};

const NEWER: &[u8] = include_bytes!("../../fixtures/openapi/factory.v3.json");
const OLDER: &[u8] = include_bytes!("../../fixtures/openapi/swagger.json");
/// The same in protobuf, with fields between that nobody reads.
const OLDER_PROTO: &[u8] = include_bytes!("../../fixtures/openapi/swagger.pb");

fn kind(text: &str) -> OwnedValue {
    json::parse(text.as_bytes()).unwrap().into_owned()
}

#[test]
fn index_of_a_server_leads_to_its_documents() {
    let index = Index::parse(br#"{"x":[{}],"paths":{"api/v1":{"serverRelativeURL":"/openapi/v3/api/v1?hash=A"},"version":{}}}"#).unwrap();
    assert_eq!(index.url(&path_of("", "v1")), Some("/openapi/v3/api/v1?hash=A"));
    assert_eq!(index.url("version"), Some(""));
    assert_eq!(index.url(&path_of("apps", "v1")), None);
    assert!(Index::parse(b"<html>").is_err());
    assert_eq!(Index::parse(b"{\"paths\":null}").unwrap(), Index::default());
}

#[test]
fn document_knows_the_kind_of_a_resource_and_the_schema_of_a_kind() {
    let document = Document::parse(NEWER).unwrap();
    let found = document.kind_of_resource("factory.example.com", "v1", "widgets").unwrap();
    assert_eq!(kind_of(&found), ("factory.example.com", "v1", "Widget"));
    let schema = document.schema_of(&found).unwrap();
    assert!(schema.at(&["properties", "spec"]).is_some());
    assert_eq!(document.kind_of_resource("factory.example.com", "v1", "gadgets"), None);
    assert_eq!(document.schema_of(&kind(r#"{"group":"","kind":"Widget","version":"v1"}"#)), None);
}

#[test]
fn document_follows_references_among_its_own_schemas_only() {
    let document = Document::parse(NEWER).unwrap();
    assert!(document.referred("#/components/schemas/meta.v1.ObjectMeta").is_some());
    let inner = document
        .referred("#/components/schemas/meta.v1.ObjectMeta/properties/labels")
        .unwrap();
    assert_eq!(inner.str_at(&["type"]), "object");
    for reference in [
        "",
        "#",
        "#/components/schemas/",
        "#/components/schemas/nothing",
        "meta.v1.ObjectMeta",
        "https://example.com/#/components/schemas/meta.v1.ObjectMeta",
        "#/components/schemas/meta.v1.ObjectMeta/type",
    ] {
        assert_eq!(document.referred(reference), None, "{reference}");
    }
}

#[test]
fn document_with_a_broken_schema_has_the_others() {
    let document = Document::parse(br#"{"components":{"schemas":{"a":{"x":tru},"b":{"type":"string"}}}}"#).unwrap();
    assert_eq!(document.referred("#/components/schemas/a"), None);
    assert_eq!(document.referred("#/components/schemas/b").unwrap().str_at(&["type"]), "string");
    assert!(Document::parse(br#"{"components":{"schemas":{"a":"#).is_err());
}

/// Whether two schemas say the same to the older printer.
fn assert_alike(a: &Value<'_>, b: &Value<'_>) {
    for key in ["$ref", "description", "type"] {
        assert_eq!(a.str_at(&[key]), b.str_at(&[key]));
    }
    for key in ["required", KIND_EXTENSION] {
        assert_eq!(a.items_at(&[key]), b.items_at(&[key]));
    }
    let schema = |value: &Value<'_>, key: &str| value.get(key).filter(|value| value.as_object().is_some()).is_some();
    for key in ["items", "additionalProperties", "properties"] {
        assert_eq!(schema(a, key), schema(b, key), "{key}");
    }
    for key in ["items", "additionalProperties"].into_iter().filter(|key| schema(a, key)) {
        assert_alike(a.get(key).unwrap(), b.get(key).unwrap());
    }
    let (Some(a), Some(b)) = (a.get("properties"), b.get("properties")) else {
        return;
    };
    let (a, b) = (a.as_object().unwrap(), b.as_object().unwrap());
    assert_eq!(a.len(), b.len());
    for ((name, a), (other, b)) in a.iter().zip(b.iter()) {
        assert_eq!(name, other);
        assert_alike(a, b);
    }
}

#[test]
fn older_document_says_the_same_in_both_forms() {
    let swagger = json::parse(OLDER).unwrap();
    let definitions = swagger.get("definitions").and_then(Value::as_object).unwrap();
    let (in_json, in_proto) = (older::Document::parse(OLDER).unwrap(), older::Document::parse(OLDER_PROTO).unwrap());
    for (name, _) in definitions.iter() {
        let reference = format!("#/definitions/{name}");
        assert_alike(in_json.referred(&reference).unwrap(), in_proto.referred(&reference).unwrap());
    }
    let schema = in_proto.schema_of("factory.example.com", "v1", "Widget").unwrap();
    assert!(schema.at(&["properties", "spec", "properties", "g", "items", "items"]).is_some());
    assert!(in_proto.schema_of("factory.example.com", "v2", "Widget").is_none());
}

proptest! {
    #[test]
    fn any_bytes_never_panic(bytes: Vec<u8>, begin in any::<bool>()) {
        let bytes = if begin { [b"\x4a\x7f".as_slice(), &bytes].concat() } else { bytes };
        let _ = Index::parse(&bytes);
        if let Ok(document) = older::Document::parse(&bytes) {
            document.schema_of("", "", "");
        }
        let _ = proto::schema(&bytes);
    }

    #[test]
    fn a_cut_or_changed_older_document_never_panics(cut in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = OLDER_PROTO.to_vec();
        let at = cut.index(bytes.len());
        for document in [&bytes[..at].to_vec(), { bytes[at] = byte; &bytes }] {
            if let Ok(document) = older::Document::parse(document) {
                document.schema_of("factory.example.com", "v1", "Widget");
            }
        }
    }

    #[test]
    fn a_cut_document_is_an_error(cut in any::<prop::sample::Index>()) {
        let whole = NEWER.trim_ascii_end();
        prop_assert!(Document::parse(&whole[..cut.index(whole.len())]).is_err());
    }
}
