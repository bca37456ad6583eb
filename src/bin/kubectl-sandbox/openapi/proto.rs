//! The older document in protobuf, the only form in which kubectl reads it
//! (`github.com/google/gnostic-models/openapiv2`).

use kubectl_rs::api::{OwnedValue, Value, json};

/// A protobuf message in the making.
#[derive(Debug, Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number as u8) | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.number(field << 3 | 2);
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: u64, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    fn message(&mut self, field: u64, message: Message) {
        self.bytes(field, &message.0);
    }

    fn float(&mut self, field: u64, number: f64) {
        self.number(field << 3 | 1);
        self.0.extend_from_slice(&number.to_le_bytes());
    }
}

/// The whole document.
pub fn document(value: &OwnedValue) -> Vec<u8> {
    let mut message = Message::default();
    message.text(1, value.str_at(&["swagger"]));
    let mut info = Message::default();
    info.text(1, value.str_at(&["info", "title"]));
    info.text(2, value.str_at(&["info", "version"]));
    message.message(2, info);
    message.message(8, Message::default());
    let mut definitions = Message::default();
    for (name, schema_value) in value
        .get("definitions")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|map| map.iter())
    {
        definitions.message(1, named(name, schema(schema_value)));
    }
    message.message(9, definitions);
    message.0
}

fn named(name: &str, value: Message) -> Message {
    let mut message = Message::default();
    message.text(1, name);
    message.message(2, value);
    message
}

fn any(value: &OwnedValue) -> Message {
    // JSON is YAML too.
    let mut text = Vec::new();
    json::to_compact(&mut text, value);
    text.push(b'\n');
    let mut message = Message::default();
    message.bytes(2, &text);
    message
}

fn schema(value: &OwnedValue) -> Message {
    let mut message = Message::default();
    message.text(1, value.str_at(&["$ref"]));
    message.text(2, value.str_at(&["format"]));
    message.text(4, value.str_at(&["description"]));
    if let Some(default) = value.get("default") {
        message.message(5, any(default));
    }
    for (field, key) in [(7, "maximum"), (9, "minimum")] {
        if let Some(number) = value.get(key).and_then(Value::as_float) {
            message.float(field, number);
        }
    }
    message.text(13, value.str_at(&["pattern"]));
    for name in value.items_at(&["required"]).iter().filter_map(Value::as_str) {
        message.text(19, name);
    }
    for item in value.items_at(&["enum"]) {
        message.message(20, any(item));
    }
    match value.get("additionalProperties") {
        Some(inner @ Value::Object(_)) => {
            let mut item = Message::default();
            item.message(1, schema(inner));
            message.message(21, item);
        }
        Some(Value::Bool(truth)) => {
            let mut item = Message::default();
            item.number(2 << 3);
            item.number(u64::from(*truth));
            message.message(21, item);
        }
        _ => {}
    }
    let kind = value.str_at(&["type"]);
    if !kind.is_empty() {
        let mut item = Message::default();
        item.text(1, kind);
        message.message(22, item);
    }
    if let Some(items) = value.get("items") {
        let mut item = Message::default();
        item.message(1, schema(items));
        message.message(23, item);
    }
    if let Some(properties) = value.get("properties").and_then(Value::as_object) {
        let mut all = Message::default();
        for (name, property) in properties.iter() {
            all.message(1, named(name, schema(property)));
        }
        message.message(25, all);
    }
    for (key, extension) in value.as_object().into_iter().flat_map(|map| map.iter()) {
        if key.starts_with("x-") {
            message.message(31, named(key, any(extension)));
        }
    }
    message
}
