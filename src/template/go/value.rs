//! The values that a Go template works with: those of the object, borrowed, and those that it makes itself.

use std::{borrow::Cow, rc::Rc};

use crate::{
    api::Value,
    template::format::{self, verbs::Operand},
};

/// A value under evaluation.
#[derive(Debug, Clone)]
pub(super) enum Val<'e> {
    /// No value at all: a missing key.
    Nothing,
    /// A member of an object or list. Its type is `interface {}` until something looks into it; it may be `null`.
    Member(&'e Value<'e>),
    /// A value of the object that something has looked into; never `null`.
    Data(&'e Value<'e>),
    /// A truth value.
    Bool(bool),
    /// A number of type `int`.
    Int(i64),
    /// A byte of a string.
    Byte(u8),
    /// A number of type `float64`.
    Float(f64),
    /// A number of type `complex128`.
    Complex(f64, f64),
    /// Text of the template or the object.
    Text(&'e [u8]),
    /// Text that a function made.
    Made(Rc<[u8]>),
    /// A part of a list.
    List(&'e [Value<'e>]),
}

/// `null` as a member: what Go's `reflect.Zero` gives for `interface {}`.
pub(super) const NULL: Val<'static> = Val::Member(&Value::Null);

impl<'e> Val<'e> {
    /// Text that a function made.
    pub(super) fn made(text: Vec<u8>) -> Self {
        Val::Made(text.into())
    }

    /// The value that a member is; nothing where it is `null`.
    pub(super) fn inner(self) -> Self {
        match self {
            Val::Member(Value::Null) => Val::Nothing,
            Val::Member(value) => Val::Data(value),
            other => other,
        }
    }

    /// The value as `fmt` sees it.
    pub(super) fn operand(&self) -> Operand<'_> {
        match self {
            Val::Nothing => Operand::Nil,
            Val::Member(value) | Val::Data(value) => Operand::of(value),
            Val::Bool(truth) => Operand::Bool(*truth),
            Val::Int(number) => Operand::Int(*number),
            Val::Byte(byte) => Operand::Byte(*byte),
            Val::Float(number) => Operand::Float(*number),
            Val::Complex(real, imaginary) => Operand::Complex(*real, *imaginary),
            Val::Text(text) => Operand::Text(text),
            Val::Made(text) => Operand::Text(text),
            Val::List(items) => Operand::List(items),
        }
    }

    /// The name of the type, as Go's reports have it: that of a member is not looked into.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Val::Member(_) => "interface {}",
            other => other.operand().type_name(),
        }
    }

    /// What `if` and `and` make of it.
    pub(super) fn truth(&self) -> bool {
        match self.operand() {
            Operand::Nil => false,
            Operand::Bool(truth) => truth,
            Operand::Int(number) | Operand::Int64(number) => number != 0,
            Operand::Byte(byte) => byte != 0,
            Operand::Float(number) => number != 0.0,
            Operand::Complex(real, imaginary) => (real, imaginary) != (0.0, 0.0),
            Operand::Text(text) => !text.is_empty(),
            Operand::List(items) => !items.is_empty(),
            Operand::Map(map) => !map.is_empty(),
        }
    }

    /// The value as `%v` prints it, for a report.
    pub(super) fn text(&self) -> String {
        let mut out = Vec::new();
        format::verbs::print_one(&mut out, 'v', self.operand());
        String::from_utf8_lossy(&out).into_owned()
    }
}

/// The object as `encoding/json` reads it back after writing it, as kubectl does before it evaluates a template: whole
/// floats become integers.
pub(super) fn reread<'v, 'e>(value: &'v Value<'e>) -> Cow<'v, Value<'e>> {
    if !has_whole_float(value) {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    make_integers(&mut value);
    Cow::Owned(value)
}

/// The integer that a float reads back as.
fn as_integer(number: f64) -> Option<i64> {
    Value::Float(number).as_int()
}

fn has_whole_float(value: &Value<'_>) -> bool {
    match value {
        Value::Float(number) => as_integer(*number).is_some(),
        Value::Array(items) => items.iter().any(has_whole_float),
        Value::Object(map) => map.iter().any(|(_, value)| has_whole_float(value)),
        _ => false,
    }
}

fn make_integers(value: &mut Value<'_>) {
    match value {
        Value::Float(number) => {
            if let Some(whole) = as_integer(*number) {
                *value = Value::Int(whole);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_integers),
        Value::Object(map) => map.iter_mut().for_each(|(_, value)| make_integers(value)),
        _ => {}
    }
}
