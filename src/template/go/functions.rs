//! The functions of a Go template: Go's own, and kubectl's `exists` and `base64decode`.

use super::{
    text::{decode, html, js, url_query},
    value::{NULL, Val},
};
use crate::{
    api::Value,
    template::format::{
        printf,
        verbs::{self, Operand},
    },
};

/// A function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    And,
    Base64Decode,
    Call,
    Eq,
    Exists,
    Ge,
    Gt,
    Html,
    Index,
    Js,
    Le,
    Len,
    Lt,
    Ne,
    Not,
    Or,
    Print,
    Printf,
    Println,
    Slice,
    UrlQuery,
}

const ALL: [(&str, Function); 21] = [
    ("and", Function::And),
    ("base64decode", Function::Base64Decode),
    ("call", Function::Call),
    ("eq", Function::Eq),
    ("exists", Function::Exists),
    ("ge", Function::Ge),
    ("gt", Function::Gt),
    ("html", Function::Html),
    ("index", Function::Index),
    ("js", Function::Js),
    ("le", Function::Le),
    ("len", Function::Len),
    ("lt", Function::Lt),
    ("ne", Function::Ne),
    ("not", Function::Not),
    ("or", Function::Or),
    ("print", Function::Print),
    ("printf", Function::Printf),
    ("println", Function::Println),
    ("slice", Function::Slice),
    ("urlquery", Function::UrlQuery),
];

/// What a function takes for one of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    /// `string`
    Text,
    /// `interface {}`: a missing key is `nil`.
    Any,
    /// `reflect.Value`: the value as it is found.
    Raw,
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Function> {
        ALL.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    pub(super) fn name(self) -> &'static str {
        ALL.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }

    /// How many arguments it must have, and whether it takes more.
    pub(super) fn arity(self) -> (usize, bool) {
        use Function::{And, Base64Decode, Call, Eq, Exists, Ge, Gt, Html, Index, Js, Le, Len, Lt};
        use Function::{Ne, Not, Or, Print, Printf, Println, Slice, UrlQuery};
        match self {
            Base64Decode | Len | Not => (1, false),
            Ge | Gt | Le | Lt | Ne => (2, false),
            And | Or | Call | Eq | Exists | Index | Printf | Slice => (1, true),
            Html | Js | Print | Println | UrlQuery => (0, true),
        }
    }

    /// What it takes for argument number `n`.
    pub(super) fn parameter(self, n: usize) -> Parameter {
        match self {
            Function::Base64Decode => Parameter::Text,
            Function::Printf if n == 0 => Parameter::Text,
            Function::Printf
            | Function::Print
            | Function::Println
            | Function::Html
            | Function::Js
            | Function::UrlQuery
            | Function::Exists => Parameter::Any,
            _ => Parameter::Raw,
        }
    }

    /// Calls it with as many arguments as it takes. `and`, `or` and `call` are the evaluator's.
    ///
    /// # Errors
    /// Go's bare sentence.
    pub(super) fn call<'e>(self, arguments: &[Val<'e>]) -> Result<Val<'e>, String> {
        let operands = || arguments.iter().map(Val::operand).collect::<Vec<_>>();
        match (self, arguments) {
            (Function::Not, [value]) => Ok(Val::Bool(!value.truth())),
            (Function::Len, [value]) => length(value),
            (Function::Index, [value, keys @ ..]) => index(value, keys),
            (Function::Slice, [value, bounds @ ..]) => slice(value, bounds),
            (Function::Eq, [first, others @ ..]) => equal_to_any(first, others).map(Val::Bool),
            (Function::Ne, [a, b]) => equal(a, b).map(|equal| Val::Bool(!equal)),
            (Function::Lt, [a, b]) => less(a, b).map(Val::Bool),
            (Function::Ge, [a, b]) => less(a, b).map(|less| Val::Bool(!less)),
            (Function::Le, [a, b]) => Ok(Val::Bool(less(a, b)? || equal(a, b)?)),
            (Function::Gt, [a, b]) => Ok(Val::Bool(!less(a, b)? && !equal(a, b)?)),
            (Function::Exists, [value, keys @ ..]) => Ok(Val::Bool(exists(value, keys))),
            (Function::Base64Decode, [value]) => decode(bytes_of(value)).map(Val::made),
            (Function::Printf, [format, ..]) => {
                let mut out = Vec::new();
                printf(&mut out, bytes_of(format), &operands()[1..]);
                Ok(Val::made(out))
            }
            (Function::Print, _) => {
                let mut out = Vec::new();
                verbs::print(&mut out, &operands());
                Ok(Val::made(out))
            }
            (Function::Println, _) => {
                let mut out = Vec::new();
                verbs::print_line(&mut out, &operands());
                Ok(Val::made(out))
            }
            (Function::Html, _) => Ok(Val::made(html(&joined(arguments)))),
            (Function::Js, _) => Ok(Val::made(js(&joined(arguments)))),
            (Function::UrlQuery, _) => Ok(Val::made(url_query(&joined(arguments)))),
            _ => Err(format!("wrong number of args for {}", self.name())),
        }
    }
}

fn bytes_of<'v>(value: &'v Val<'_>) -> &'v [u8] {
    match value.operand() {
        Operand::Text(text) => text,
        _ => &[],
    }
}

fn length<'e>(value: &Val<'e>) -> Result<Val<'e>, String> {
    let length = match (value, value.operand()) {
        (Val::Nothing, _) => return Err("reflect: call of reflect.Value.Type on zero Value".into()),
        (_, Operand::Nil) => return Err("len of nil pointer".into()),
        (_, Operand::Text(text)) => text.len(),
        (_, Operand::List(items)) => items.len(),
        (_, Operand::Map(map)) => map.len(),
        (_, other) => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Val::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

/// A whole number that may be an index up to `most`, the length included.
fn position(index: &Val<'_>, most: usize) -> Result<usize, String> {
    let number = match (index, index.operand()) {
        (Val::Nothing, _) => return Err("cannot index slice/array with nil".into()),
        (Val::Member(_), _) => return Err("cannot index slice/array with type interface {}".into()),
        (_, Operand::Int(number) | Operand::Int64(number)) => number,
        (_, Operand::Byte(byte)) => i64::from(byte),
        (_, other) => return Err(format!("cannot index slice/array with type {}", other.type_name())),
    };
    match usize::try_from(number) {
        Ok(position) if position <= most => Ok(position),
        _ => Err(format!("index out of range: {number}")),
    }
}

fn index<'e>(value: &Val<'e>, keys: &[Val<'e>]) -> Result<Val<'e>, String> {
    let mut here = value.clone().inner();
    if let Val::Nothing = here {
        return Err("index of untyped nil".into());
    }
    for key in keys {
        let key = key.clone().inner();
        here = match here.inner() {
            Val::Nothing => return Err("index of nil pointer".into()),
            Val::Data(Value::Array(items)) => element(items, &key)?,
            Val::List(items) => element(items, &key)?,
            Val::Data(Value::Object(map)) => match key.operand() {
                Operand::Nil => return Err("value is nil; should be of type string".into()),
                Operand::Text(name) => std::str::from_utf8(name)
                    .ok()
                    .and_then(|name| map.get(name))
                    .map_or(NULL, Val::Member),
                other => return Err(format!("value has type {}; should be string", other.type_name())),
            },
            other => match other.operand() {
                Operand::Text(text) => {
                    let at = position(&key, text.len())?;
                    let byte = text.get(at).ok_or("reflect: string index out of range")?;
                    Val::Byte(*byte)
                }
                other => return Err(format!("can't index item of type {}", other.type_name())),
            },
        };
    }
    Ok(here)
}

fn element<'e>(items: &'e [Value<'e>], key: &Val<'_>) -> Result<Val<'e>, String> {
    let at = position(key, items.len())?;
    let item = items.get(at).ok_or("reflect: slice index out of range")?;
    Ok(Val::Member(item))
}

fn slice<'e>(value: &Val<'e>, bounds: &[Val<'e>]) -> Result<Val<'e>, String> {
    let value = value.clone().inner();
    if bounds.len() > 3 && !matches!(value, Val::Nothing) {
        return Err(format!("too many slice indexes: {}", bounds.len()));
    }
    let items: Option<&'e [Value<'e>]> = match value {
        Val::Nothing => return Err("slice of untyped nil".into()),
        Val::Data(Value::Array(items)) => Some(items),
        Val::List(items) => Some(items),
        _ => None,
    };
    let length = match (items, value.operand()) {
        (Some(items), _) => items.len(),
        (None, Operand::Text(_)) if bounds.len() == 3 => return Err("cannot 3-index slice a string".into()),
        (None, Operand::Text(text)) => text.len(),
        (None, other) => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    let mut ends = [0, length, length];
    for (end, bound) in ends.iter_mut().zip(bounds) {
        *end = position(bound, length)?;
    }
    let [start, end, capacity] = ends;
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}"));
    }
    if end > capacity {
        return Err(format!("invalid slice index: {end} > {capacity}"));
    }
    Ok(match (items, &value) {
        (Some(items), _) => Val::List(&items[start..end]),
        (None, Val::Text(text)) => Val::Text(&text[start..end]),
        (None, Val::Data(Value::String(text))) => Val::Text(&text.as_bytes()[start..end]),
        _ => Val::made(bytes_of(&value)[start..end].to_vec()),
    })
}

/// Whether `index` would find something other than `null` with these keys.
fn exists(value: &Val<'_>, keys: &[Val<'_>]) -> bool {
    let mut here = value.clone().inner();
    for key in keys {
        // A nil key is the empty one here.
        let key = match (&here, key.operand()) {
            (Val::Data(Value::Object(_)), Operand::Nil) => Val::Text(b""),
            _ => key.clone(),
        };
        match index(&here, &[key]) {
            Ok(found) => here = found.inner(),
            Err(_) => return false,
        }
    }
    // Without keys there is nothing that could be missing.
    keys.is_empty() || !matches!(here, Val::Nothing)
}

const BAD_TYPE: &str = "invalid type for comparison";
const BAD_TYPES: &str = "incompatible types for comparison";

fn equal_to_any(first: &Val<'_>, others: &[Val<'_>]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Val<'_>, b: &Val<'_>) -> Result<bool, String> {
    use Operand::{Bool, Byte, Complex, Float, Int, Int64, List, Map, Nil, Text};
    let (left, right) = (a.operand(), b.operand());
    let compound = |operand: &Operand<'_>| matches!(operand, List(_) | Map(_));
    Ok(match (left, right) {
        (Bool(a), Bool(b)) => a == b,
        (Int(a) | Int64(a), Int(b) | Int64(b)) => a == b,
        (Int(a) | Int64(a), Byte(b)) | (Byte(b), Int(a) | Int64(a)) => a == i64::from(b),
        (Byte(a), Byte(b)) => a == b,
        (Float(a), Float(b)) => a == b,
        (Complex(a, b), Complex(c, d)) => (a, b) == (c, d),
        (Text(a), Text(b)) => a == b,
        (Nil, Nil) => true,
        (Nil, _) | (_, Nil) => false,
        (List(_), List(_)) | (Map(_), Map(_)) => {
            return Err(format!("non-comparable type {}: {}", as_string(right), right.type_name()));
        }
        _ if compound(&left) && compound(&right) => {
            return Err(format!(
                "non-comparable types {}: {}, {}: {}",
                as_string(left),
                left.type_name(),
                right.type_name(),
                b.text()
            ));
        }
        _ => return Err(BAD_TYPES.into()),
    })
}

/// An operand as `%s` prints it.
fn as_string(operand: Operand<'_>) -> String {
    let mut out = Vec::new();
    verbs::print_one(&mut out, 's', operand);
    String::from_utf8_lossy(&out).into_owned()
}

fn less(a: &Val<'_>, b: &Val<'_>) -> Result<bool, String> {
    use Operand::{Bool, Byte, Complex, Float, Int, Int64, List, Map, Nil, Text};
    Ok(match (a.operand(), b.operand()) {
        (Nil | List(_) | Map(_), _) | (_, Nil | List(_) | Map(_)) => return Err(BAD_TYPE.into()),
        (Bool(_), Bool(_)) | (Complex(..), Complex(..)) => return Err(BAD_TYPE.into()),
        (Int(a) | Int64(a), Int(b) | Int64(b)) => a < b,
        (Int(a) | Int64(a), Byte(b)) => a < i64::from(b),
        (Byte(a), Int(b) | Int64(b)) => i64::from(a) < b,
        (Byte(a), Byte(b)) => a < b,
        (Float(a), Float(b)) => a < b,
        (Text(a), Text(b)) => a < b,
        _ => return Err(BAD_TYPES.into()),
    })
}

/// The arguments as text, where a missing value has words of its own.
fn joined(arguments: &[Val<'_>]) -> Vec<u8> {
    let operands: Vec<_> = arguments
        .iter()
        .map(|argument| match argument.operand() {
            Operand::Nil => Operand::Text(b"<no value>"),
            operand => operand,
        })
        .collect();
    let mut out = Vec::new();
    verbs::print(&mut out, &operands);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_their_functions_and_back() {
        for (name, function) in ALL {
            assert_eq!(Function::named(name), Some(function));
            assert_eq!(function.name(), name);
        }
    }
}
