//! A tree of nodes into a value: words, keys, aliases and merges, as goyaml.v2 and then `sigs.k8s.io/yaml` resolve them.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    mem,
};

use base64::{Engine, engine::general_purpose};

use super::{
    SyntaxError,
    nodes::{Content, Id, LONG_TAG, Nodes},
    scan::MAX_DEPTH,
};
use crate::{
    api::{Map, Value, json, quote},
    yaml::{
        scalar::{Scalar, resolve},
        write::general,
    },
};

/// How many bytes of text aliases may repeat. goyaml shares them; a value here has its own.
const ALIAS_BYTES: usize = 256 * 1024 * 1024;

/// The value of the document.
pub(super) fn value(nodes: Nodes<'_>, strict: bool) -> Result<Value<'_>, SyntaxError> {
    let mut decoder = Decoder {
        strict,
        // The document is a node of its own for goyaml.
        decoded: 1,
        aliased: 0,
        alias_bytes: 0,
        open_aliases: Vec::new(),
        depth: 0,
        repeated: Vec::new(),
        not_json: None,
        nodes,
    };
    let value = decoder.value(decoder.nodes.root)?;
    if !decoder.repeated.is_empty() {
        return Err(SyntaxError::new(format!(
            "yaml: unmarshal errors:\n  {}",
            decoder.repeated.join("\n  ")
        )));
    }
    match decoder.not_json.take() {
        Some((sentence, None)) => Err(SyntaxError::new(sentence)),
        Some((sentence, Some(id))) => Err(SyntaxError::new(sentence + &decoder.go_value(id))),
        None => Ok(value),
    }
}

struct Decoder<'a> {
    nodes: Nodes<'a>,
    strict: bool,
    /// How many nodes have been read, and how many of them through an alias.
    decoded: usize,
    aliased: usize,
    alias_bytes: usize,
    /// The aliases that are being read.
    open_aliases: Vec<Id>,
    depth: usize,
    /// A sentence for every repeated key, if they are errors.
    repeated: Vec<String>,
    /// The first thing that YAML has and JSON has not, and a value that belongs to the sentence.
    not_json: Option<(String, Option<Id>)>,
}

/// What a scalar with its tag means.
enum Meaning<'a> {
    Word(Scalar),
    Text(Cow<'a, str>),
}

/// A map while it is read.
#[derive(Default)]
struct Entries<'a> {
    fields: Vec<(Cow<'a, str>, Value<'a>)>,
    /// The keys so far in Go's syntax, only where repeated ones are errors.
    seen: HashSet<String>,
}

impl<'a> Decoder<'a> {
    /// Counts a node, and stops where most of them come from aliases.
    fn count(&mut self) -> Result<(), SyntaxError> {
        self.decoded += 1;
        if self.open_aliases.is_empty() {
            return Ok(());
        }
        self.aliased += 1;
        // 99 of 100 in small documents, down to 10 of 100 in large ones.
        let (low, high) = (400_000, 4_000_000);
        let allowed = 0.99 - 0.89 * (self.decoded.clamp(low, high) - low) as f64 / (high - low) as f64;
        let excessive = self.aliased > 100 && self.decoded > 1000 && self.aliased as f64 / self.decoded as f64 > allowed;
        if excessive || self.alias_bytes > ALIAS_BYTES {
            return Err(SyntaxError::new("yaml: document contains excessive aliasing"));
        }
        Ok(())
    }

    /// The value of a node. What calls itself is kept small here and below: a document may nest deep.
    fn value(&mut self, id: Id) -> Result<Value<'a>, SyntaxError> {
        self.enter()?;
        let value = match self.nodes.all[id].content {
            Content::Alias { target, .. } => self.through_alias(id, |decoder| decoder.value(target)),
            Content::Scalar { .. } => self.scalar_value(id),
            Content::Sequence(_) => self.sequence(id),
            Content::Mapping(_) => self.map(id),
        };
        self.depth -= 1;
        value
    }

    fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SyntaxError::new(format!("yaml: exceeded max depth of {MAX_DEPTH}")));
        }
        self.count()
    }

    fn scalar_value(&mut self, id: Id) -> Result<Value<'a>, SyntaxError> {
        Ok(match self.scalar(id)? {
            Meaning::Word(word) => self.word(word),
            Meaning::Text(text) => Value::String(text),
        })
    }

    fn sequence(&mut self, id: Id) -> Result<Value<'a>, SyntaxError> {
        let mut list = Vec::new();
        while let Content::Sequence(items) = &self.nodes.all[id].content
            && let Some(&item) = items.get(list.len())
        {
            list.reserve(items.len() - list.len());
            list.push(self.value(item)?);
        }
        Ok(Value::Array(list))
    }

    fn map(&mut self, id: Id) -> Result<Value<'a>, SyntaxError> {
        let mut entries = Entries::default();
        self.mapping(id, &mut entries)?;
        Ok(Value::Object(Map::from_entries(entries.fields)))
    }

    /// Does `read` with what the alias stands for.
    fn through_alias<T>(&mut self, id: Id, read: impl FnOnce(&mut Self) -> Result<T, SyntaxError>) -> Result<T, SyntaxError> {
        if self.open_aliases.contains(&id)
            && let Content::Alias { name, .. } = self.nodes.all[id].content
        {
            return Err(SyntaxError::new(format!("yaml: anchor '{name}' value contains itself")));
        }
        self.open_aliases.push(id);
        let value = read(self);
        self.open_aliases.pop();
        value
    }

    /// A word that is not text, as JSON has it.
    fn word(&mut self, word: Scalar) -> Value<'a> {
        match word {
            Scalar::Null => Value::Null,
            Scalar::Bool(truth) => Value::Bool(truth),
            Scalar::Int(number) => Value::Int(number),
            Scalar::Uint(number) => Value::Float(number as f64),
            Scalar::Float(number) if !number.is_finite() => {
                let name = if number.is_nan() {
                    "NaN"
                } else if number > 0.0 {
                    "+Inf"
                } else {
                    "-Inf"
                };
                self.refuse(format!("json: unsupported value: {name}"), None);
                Value::Null
            }
            // JSON writes whole floats without a fraction, and reads them as whole numbers where they fit.
            Scalar::Float(number) => json::write::float(number).parse().map_or(Value::Float(number), Value::Int),
            Scalar::Timestamp | Scalar::Text => Value::Null,
        }
    }

    /// Notes the first thing that JSON has not. It is reported only if the rest is good YAML, with `value` behind it.
    fn refuse(&mut self, sentence: String, value: Option<Id>) {
        if self.not_json.is_none() {
            self.not_json = Some((sentence, value));
        }
    }

    /// The text of a scalar; copied only if it may be wanted again.
    fn take_text(&mut self, id: Id) -> Cow<'a, str> {
        let shared = self.nodes.shared;
        let Content::Scalar { text, .. } = &mut self.nodes.all[id].content else {
            return Cow::Borrowed("");
        };
        if !shared {
            return mem::take(text);
        }
        if let (Cow::Owned(text), false) = (&text, self.open_aliases.is_empty()) {
            self.alias_bytes += text.len();
        }
        text.clone()
    }

    fn scalar(&mut self, id: Id) -> Result<Meaning<'a>, SyntaxError> {
        let Content::Scalar { text, tag, implicit } = &self.nodes.all[id].content else {
            return Ok(Meaning::Word(Scalar::Null));
        };
        let short = tag.strip_prefix(LONG_TAG);
        let meaning = match (tag.as_str(), short) {
            ("", _) if !implicit => Scalar::Text,
            ("", _) => resolve(text),
            (_, Some("binary")) => {
                let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
                let Ok(data) = general_purpose::STANDARD.decode(bytes) else {
                    return Err(SyntaxError::new("yaml: !!binary value contains invalid base64 data"));
                };
                return Ok(Meaning::Text(String::from_utf8_lossy(&data).into_owned().into()));
            }
            (_, Some(wanted @ ("bool" | "int" | "float" | "null" | "timestamp"))) => tagged(text, wanted)?,
            // Any other tag makes text of it.
            _ => Scalar::Text,
        };
        Ok(match meaning {
            // goyaml gives dates back as they were written.
            Scalar::Text | Scalar::Timestamp => Meaning::Text(self.take_text(id)),
            word => Meaning::Word(word),
        })
    }

    fn mapping(&mut self, id: Id, entries: &mut Entries<'a>) -> Result<(), SyntaxError> {
        let mut index = 0;
        while let Content::Mapping(pairs) = &self.nodes.all[id].content
            && let Some(&(key, value)) = pairs.get(index)
        {
            entries.fields.reserve(pairs.len() - index);
            index += 1;
            if self.is_merge(key) {
                self.merge(value, entries)?;
                continue;
            }
            // For a message; afterwards the texts may have been taken.
            let name = if self.strict { self.key_name(key) } else { String::new() };
            let text = self.key(key, value)?;
            let decoded = self.value(value)?;
            if self.is_new(name, value, entries) {
                entries.fields.push((text, decoded));
            }
        }
        Ok(())
    }

    /// A key in Go's syntax; a collection is none.
    fn key_name(&self, id: Id) -> String {
        match &self.nodes.all[id].content {
            Content::Alias { target, .. } if matches!(self.nodes.all[*target].content, Content::Scalar { .. }) => {
                self.go_syntax(*target, 0)
            }
            Content::Scalar { .. } => self.go_syntax(id, 0),
            _ => String::new(),
        }
    }

    /// Notes a key, `name` in Go's syntax, that is repeated at `value`, where that is an error.
    fn is_new(&mut self, name: String, value: Id, entries: &mut Entries<'a>) -> bool {
        if !self.strict {
            return true;
        }
        if entries.seen.contains(&name) {
            let line = self.nodes.all[value].line + 1;
            self.repeated.push(format!("line {line}: key {name} already set in map"));
            return false;
        }
        entries.seen.insert(name)
    }

    fn is_merge(&self, id: Id) -> bool {
        match &self.nodes.all[id].content {
            Content::Scalar { text, tag, implicit } => text == "<<" && (*implicit || tag.strip_prefix(LONG_TAG) == Some("merge")),
            _ => false,
        }
    }

    /// Puts the fields of the map `id`, or of the maps in the list `id`, among `entries`. As in goyaml.v2 they win over
    /// the fields that stand before the merge.
    fn merge(&mut self, id: Id, entries: &mut Entries<'a>) -> Result<(), SyntaxError> {
        match &self.nodes.all[id].content {
            Content::Sequence(items) => {
                // The first map of a list counts most.
                for item in items.clone().into_iter().rev() {
                    self.merge_one(item, entries)?;
                }
                Ok(())
            }
            _ => self.merge_one(id, entries),
        }
    }

    fn merge_one(&mut self, id: Id, entries: &mut Entries<'a>) -> Result<(), SyntaxError> {
        let is_map = |id: Id| matches!(self.nodes.all[id].content, Content::Mapping(_));
        match self.nodes.all[id].content {
            Content::Mapping(_) => {
                self.count()?;
                self.mapping(id, entries)
            }
            Content::Alias { target, .. } if is_map(target) => {
                self.count()?;
                self.through_alias(id, |decoder| {
                    decoder.count()?;
                    decoder.mapping(target, entries)
                })
            }
            _ => Err(SyntaxError::new("yaml: map merge requires map or sequence of maps as the value")),
        }
    }

    /// A key as JSON has it.
    fn key(&mut self, id: Id, value: Id) -> Result<Cow<'a, str>, SyntaxError> {
        let target = match self.nodes.all[id].content {
            Content::Alias { target, .. } => target,
            _ => id,
        };
        if !matches!(self.nodes.all[target].content, Content::Scalar { .. }) {
            // Reading it takes its texts, unless there are aliases: then it comes first, because it knows when to stop.
            let before = (!self.nodes.shared).then(|| self.go_syntax(target, 0));
            self.value(id)?;
            let printed = before.unwrap_or_else(|| self.go_syntax(target, 0));
            return Err(SyntaxError::new(format!("yaml: invalid map key: {printed}")));
        }
        self.count()?;
        if target != id {
            self.through_alias(id, Self::count)?;
        }
        Ok(match self.scalar(target)? {
            Meaning::Text(text) => text,
            Meaning::Word(Scalar::Bool(true)) => Cow::Borrowed("true"),
            Meaning::Word(Scalar::Bool(false)) => Cow::Borrowed("false"),
            Meaning::Word(Scalar::Int(number)) => Cow::Owned(number.to_string()),
            Meaning::Word(Scalar::Float(number)) => Cow::Owned(float_key(number)),
            Meaning::Word(word) => {
                let (kind, key) = match word {
                    Scalar::Uint(number) => ("uint64", format!("{number:#x}")),
                    _ => ("%!s(<nil>)", "<nil>".to_owned()),
                };
                // As above: with aliases the value is printed once all has been read.
                let (printed, later) = if self.nodes.shared {
                    (String::new(), Some(value))
                } else {
                    (self.go_value(value), None)
                };
                self.refuse(format!("unsupported map key of type: {kind}, key: {key}, value: {printed}"), later);
                Cow::Borrowed("")
            }
        })
    }

    /// As [`Decoder::go_syntax`], where nothing stands around it.
    fn go_value(&self, id: Id) -> String {
        match self.go_syntax(id, 0) {
            nil if nil == NIL => "<nil>".to_owned(),
            value => value,
        }
    }

    /// The node as Go prints what it makes of it, with `%#v`.
    fn go_syntax(&self, id: Id, depth: usize) -> String {
        if depth > MAX_DEPTH {
            return "...".to_owned();
        }
        match &self.nodes.all[id].content {
            Content::Alias { target, .. } => self.go_syntax(*target, depth + 1),
            Content::Scalar { text, tag, implicit } => {
                let word = match tag.strip_prefix(LONG_TAG) {
                    None if tag.is_empty() && *implicit => resolve(text),
                    Some(wanted @ ("bool" | "int" | "float" | "null")) => tagged(text, wanted).unwrap_or(Scalar::Text),
                    _ => Scalar::Text,
                };
                match word {
                    Scalar::Null => NIL.to_owned(),
                    Scalar::Bool(truth) => truth.to_string(),
                    Scalar::Int(number) => number.to_string(),
                    Scalar::Uint(number) => format!("{number:#x}"),
                    Scalar::Float(number) if number.is_nan() => "NaN".to_owned(),
                    Scalar::Float(number) if number.is_infinite() => if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned(),
                    Scalar::Float(number) => general(number),
                    Scalar::Timestamp | Scalar::Text => quote(text),
                }
            }
            Content::Sequence(items) => {
                let items: Vec<_> = items.iter().map(|&item| self.go_syntax(item, depth + 1)).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            Content::Mapping(_) => {
                let mut fields = BTreeMap::new();
                self.go_fields(id, depth, &mut fields);
                let fields: Vec<_> = fields.values().map(String::as_str).collect();
                format!("map[interface {{}}]interface {{}}{{{}}}", fields.join(", "))
            }
        }
    }

    /// The fields of a map as Go prints them, merges resolved, in the order of their keys: numbers, then text.
    fn go_fields(&self, id: Id, depth: usize, fields: &mut BTreeMap<(bool, i64, String), String>) {
        if depth > MAX_DEPTH {
            return;
        }
        match &self.nodes.all[id].content {
            Content::Alias { target, .. } => self.go_fields(*target, depth + 1, fields),
            Content::Sequence(items) => {
                for item in items.iter().rev() {
                    self.go_fields(*item, depth + 1, fields);
                }
            }
            Content::Mapping(pairs) => {
                for &(key, value) in pairs {
                    if self.is_merge(key) {
                        self.go_fields(value, depth + 1, fields);
                        continue;
                    }
                    let key = self.go_syntax(key, depth + 1);
                    let field = format!("{key}:{}", self.go_syntax(value, depth + 1));
                    fields.insert((key.starts_with('"'), key.parse().unwrap_or_default(), key), field);
                }
            }
            Content::Scalar { .. } => {}
        }
    }
}

/// Go's nothing within a list or a map.
const NIL: &str = "interface {}(nil)";

/// What `text` means where its tag says what it must be.
fn tagged(text: &str, wanted: &str) -> Result<Scalar, SyntaxError> {
    let word = resolve(text);
    let have = match word {
        Scalar::Null => "null",
        Scalar::Bool(_) => "bool",
        Scalar::Int(_) | Scalar::Uint(_) => "int",
        Scalar::Float(_) => "float",
        Scalar::Timestamp => "timestamp",
        Scalar::Text => "str",
    };
    match word {
        Scalar::Int(number) if wanted == "float" => Ok(Scalar::Float(number as f64)),
        word if have == wanted => Ok(word),
        _ => Err(SyntaxError::new(format!("yaml: cannot decode !!{have} `{text}` as a !!{wanted}"))),
    }
}

/// A float as a key: the digits of a 32-bit one, as `sigs.k8s.io/yaml` prints it.
fn float_key(number: f64) -> String {
    match number as f32 {
        narrow if narrow.is_nan() => ".nan".to_owned(),
        f32::INFINITY => ".inf".to_owned(),
        f32::NEG_INFINITY => "-.inf".to_owned(),
        // The shortest digits of an f32, as an f64 they are the same.
        narrow => format!("{narrow:e}").parse().map_or_else(|_| narrow.to_string(), general),
    }
}
