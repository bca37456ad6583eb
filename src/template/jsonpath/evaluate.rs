//! Walking a value along a template. Nothing is copied: what is found are references into the object or the template.

use std::sync::LazyLock;

use super::parse::{End, Filter, Node, Slice};
use crate::{api::Value, template::format};

/// How many `range`s may stand in each other.
const MAX_NESTING: usize = 256;

/// A value that was found; `None` is Go's "no value at all", which `range` makes of a `null` element.
pub(super) type Found<'e> = Option<&'e Value<'e>>;

/// Why a template cannot be evaluated, in client-go's words.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    /// Whether client-go had something to return beside the error: a filter that asks for existence takes that for a yes.
    something: bool,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Failure {
            message: message.into(),
            something: true,
        }
    }
}

type Outcome<T> = Result<T, Failure>;

/// What each action found, one after the other in a single list.
#[derive(Debug, Default)]
pub(super) struct Results<'e> {
    pub(super) found: Vec<Found<'e>>,
    /// Where the values of each action end in `found`.
    pub(super) ends: Vec<usize>,
}

impl<'e> Results<'e> {
    /// The values of each action.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[Found<'e>]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let group = &self.found[start..end];
            start = end;
            group
        })
    }
}

/// An evaluation under way.
#[derive(Debug)]
pub(super) struct Walk {
    allow_missing_keys: bool,
    /// `range` was met, and its loop has not begun.
    opened: usize,
    /// Loops that are running.
    running: usize,
    /// `end` was met, and its loop has not been told.
    ended: usize,
    /// The action of the last `end` that closed a loop's turn.
    last_end: Option<usize>,
}

impl Walk {
    pub(super) fn new(allow_missing_keys: bool) -> Self {
        Walk {
            allow_missing_keys,
            opened: 0,
            running: 0,
            ended: 0,
            last_end: None,
        }
    }

    /// A walk that begins within a loop over a list's elements.
    pub(super) fn within_a_loop(allow_missing_keys: bool) -> Self {
        Walk {
            running: 1,
            ..Walk::new(allow_missing_keys)
        }
    }

    /// Evaluates the actions from number `from` on, up to the `end` that closes the loop they are in.
    pub(super) fn actions<'e>(
        &mut self,
        actions: &'e [Vec<Node>],
        from: usize,
        object: Found<'e>,
        results: &mut Results<'e>,
    ) -> Outcome<()> {
        let mut at = from;
        while let Some(action) = actions.get(at) {
            let found = self.path(action, vec![object])?;
            if self.ended > 0 && self.ended <= self.running {
                self.ended -= 1;
                self.last_end = Some(at);
                return Ok(());
            }
            if self.opened > 0 {
                self.opened -= 1;
                self.range(actions, at + 1, &found, results)?;
                // Without an `end` the actions that were repeated follow once more, for the outer object.
                at = self.last_end.map_or(at, |end| end.max(at));
            } else {
                results.found.extend(found);
                results.ends.push(results.found.len());
            }
            at += 1;
        }
        Ok(())
    }

    fn range<'e>(&mut self, actions: &'e [Vec<Node>], from: usize, found: &[Found<'e>], results: &mut Results<'e>) -> Outcome<()> {
        self.running += 1;
        if self.running > MAX_NESTING {
            return Err(Failure::new("exceeded max depth"));
        }
        if found.is_empty() {
            // One turn over nothing finds the end of the loop.
            self.actions(actions, from, None, &mut Results::default())?;
        }
        for &value in found {
            self.actions(actions, from, value.filter(|value| !value.is_null()), results)?;
        }
        self.running -= 1;
        Ok(())
    }

    /// Follows a path from each of `found` on.
    pub(super) fn path<'e>(&mut self, path: &'e [Node], found: Vec<Found<'e>>) -> Outcome<Vec<Found<'e>>> {
        path.iter().try_fold(found, |found, node| self.step(node, found))
    }

    pub(super) fn step<'e>(&mut self, node: &'e Node, found: Vec<Found<'e>>) -> Outcome<Vec<Found<'e>>> {
        match node {
            Node::Text(text) => Ok(vec![Some(text)]),
            Node::Literal(value) => Ok(found.iter().map(|_| Some(value)).collect()),
            Node::Field(name) => self.field(name, found),
            Node::Wildcard => {
                let mut members = Vec::new();
                found.into_iter().flatten().for_each(|value| push_members(&mut members, value));
                Ok(members)
            }
            Node::Descent => {
                let mut all = Vec::new();
                found.into_iter().flatten().for_each(|value| push_descendants(&mut all, value));
                Ok(all)
            }
            Node::Slice(slice) => elements(slice, &found),
            Node::Union(paths) => {
                let mut all = Vec::new();
                for path in paths {
                    // client-go returns its input beside an error within a union.
                    all.extend(self.path(path, found.clone()).map_err(|failure| Failure::new(failure.message))?);
                }
                Ok(all)
            }
            Node::Filter(filter) => self.filter(filter, &found),
            Node::Word(word) => self.word(word, found),
        }
    }

    fn field<'e>(&self, name: &str, mut found: Vec<Found<'e>>) -> Outcome<Vec<Found<'e>>> {
        if found.is_empty() {
            return Ok(found);
        }
        found.retain_mut(|value| {
            *value = value.and_then(|value| value.get(name));
            value.is_some()
        });
        if found.is_empty() && !self.allow_missing_keys {
            return Err(Failure {
                message: format!("{name} is not found"),
                something: false,
            });
        }
        Ok(found)
    }

    fn word<'e>(&mut self, word: &str, found: Vec<Found<'e>>) -> Outcome<Vec<Found<'e>>> {
        match word {
            "range" => {
                self.opened += 1;
                Ok(found)
            }
            "end" if self.running > 0 => {
                self.ended += 1;
                Ok(Vec::new())
            }
            "end" => Err(Failure {
                message: "not in range, nothing to end".into(),
                something: false,
            }),
            word => Err(Failure {
                message: format!("unrecognized identifier {word}"),
                something: !found.is_empty(),
            }),
        }
    }

    fn filter<'e>(&mut self, filter: &'e Filter, found: &[Found<'e>]) -> Outcome<Vec<Found<'e>>> {
        let mut kept = Vec::new();
        for &value in found {
            let Some(Value::Array(items)) = value else {
                let text = match value {
                    Some(value) => format::plain_text(value),
                    None => "<invalid reflect.Value>".to_owned(),
                };
                return Err(Failure::new(format!("{text} is not array or slice and cannot be filtered")));
            };
            for item in items {
                if self.passes(filter, item, !kept.is_empty())? {
                    kept.push(Some(item));
                }
            }
        }
        Ok(kept)
    }

    /// Whether `filter` keeps an element of a list. `kept_some` only goes into the error.
    pub(super) fn passes<'e>(&mut self, filter: &'e Filter, item: &'e Value<'e>, kept_some: bool) -> Outcome<bool> {
        let lefts = self.path(&filter.left, vec![Some(item)]);
        let Some((operator, right)) = &filter.comparison else {
            return Ok(match lefts {
                Ok(found) => !found.is_empty(),
                Err(failure) => failure.something,
            });
        };
        let Some(left) = only(lefts.map_err(|failure| Failure::new(failure.message))?)? else {
            return Ok(false);
        };
        let rights = self.path(right, vec![Some(item)]);
        let Some(right) = only(rights.map_err(|failure| Failure::new(failure.message))?)? else {
            return Ok(false);
        };
        compare(operator, left, right).map_err(|message| Failure {
            message,
            something: kept_some,
        })
    }
}

/// The value that is to be compared, if there is one.
fn only(found: Vec<Found<'_>>) -> Outcome<Option<Found<'_>>> {
    match found.as_slice() {
        [] => Ok(None),
        [value] => Ok(Some(*value)),
        _ => Err(Failure::new("can only compare one element at a time")),
    }
}

fn compare(operator: &str, left: Found<'_>, right: Found<'_>) -> Result<bool, String> {
    match operator {
        "==" => equal(left, right),
        "!=" => equal(left, right).map(|equal| !equal),
        "<" => less(left, right),
        ">=" => less(left, right).map(|less| !less),
        "<=" => Ok(less(left, right)? || equal(left, right)?),
        ">" => Ok(!less(left, right)? && !equal(left, right)?),
        _ => Err(format!("unrecognized filter operator {operator}")),
    }
}

const BAD_TYPE: &str = "invalid type for comparison";
const BAD_TYPES: &str = "incompatible types for comparison";

/// Equality of scalars of the same kind. A whole number and a float are of different kinds.
fn equal(left: Found<'_>, right: Found<'_>) -> Result<bool, String> {
    match (scalar(left)?, scalar(right)?) {
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        (Value::Int(a), Value::Int(b)) => Ok(a == b),
        (Value::Float(a), Value::Float(b)) => Ok(a == b),
        (Value::String(a), Value::String(b)) => Ok(a == b),
        _ => Err(BAD_TYPES.into()),
    }
}

fn less(left: Found<'_>, right: Found<'_>) -> Result<bool, String> {
    match (scalar(left)?, scalar(right)?) {
        (Value::Bool(_), Value::Bool(_)) => Err(BAD_TYPE.into()),
        (Value::Int(a), Value::Int(b)) => Ok(a < b),
        (Value::Float(a), Value::Float(b)) => Ok(a < b),
        (Value::String(a), Value::String(b)) => Ok(a < b),
        _ => Err(BAD_TYPES.into()),
    }
}

fn scalar<'e>(value: Found<'e>) -> Result<&'e Value<'e>, String> {
    match value {
        Some(value @ (Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::String(_))) => Ok(value),
        _ => Err(BAD_TYPE.into()),
    }
}

/// The elements of each list in `found`. As in client-go, a list of which nothing is asked for ends the whole step.
fn elements<'e>(slice: &Slice, found: &[Found<'e>]) -> Outcome<Vec<Found<'e>>> {
    let mut all = Vec::new();
    for &value in found {
        if !push_elements(&mut all, slice, value)? {
            break;
        }
    }
    Ok(all)
}

/// Appends the elements that `slice` takes of one value; says whether the step goes on to the next value.
pub(super) fn push_elements<'e>(all: &mut Vec<Found<'e>>, slice: &Slice, value: Found<'e>) -> Outcome<bool> {
    let items = match value {
        Some(Value::Null) => return Ok(true),
        Some(Value::Array(items)) => items,
        Some(value) => return Err(Failure::new(format!("{} is not array or slice", type_name(value)))),
        None => return Err(Failure::new("<invalid reflect.Value> is not array or slice")),
    };
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_end = |index: i64| if index < 0 { index.saturating_add(length) } else { index };
    let start = from_end(slice.start.unwrap_or(0));
    let end = match slice.end {
        End::Rest => length,
        End::Before(end) => from_end(end),
        // The last element is [-1], whose end is 0.
        End::Single(0) => length,
        End::Single(end) => from_end(end),
    };
    if start == end {
        return Ok(false);
    }
    if start >= length || start < 0 {
        return Err(Failure::new(format!("array index out of bounds: index {start}, length {length}")));
    }
    if end > length || end < 0 {
        let last = end.wrapping_sub(1);
        return Err(Failure::new(format!("array index out of bounds: index {last}, length {length}")));
    }
    if start > end {
        return Err(Failure::new(format!("starting index {start} is greater than ending index {end}")));
    }
    let step = match slice.step {
        None => 1,
        Some(step) => match usize::try_from(step) {
            Ok(step) if step > 0 => step,
            _ => return Err(Failure::new("step must be > 0")),
        },
    };
    // Both were compared with the length above.
    let (start, end) = (usize::try_from(start).unwrap_or(0), usize::try_from(end).unwrap_or(0));
    all.extend(items[start..end].iter().step_by(step).map(Some));
    Ok(true)
}

/// The values of single bytes, which are what Go finds inside a string.
static BYTES: LazyLock<Vec<Value<'static>>> = LazyLock::new(|| (0..=255).map(Value::Int).collect());

fn type_name(value: &Value<'_>) -> &'static str {
    let here: *const () = std::ptr::from_ref(value).cast();
    let bytes = BYTES.as_ptr_range();
    if (bytes.start.cast()..bytes.end.cast()).contains(&here) {
        return "uint8";
    }
    format::type_name(value)
}

/// Appends what is directly in `value`.
fn push_members<'e>(all: &mut Vec<Found<'e>>, value: &'e Value<'e>) {
    match value {
        Value::Array(items) => all.extend(items.iter().map(Some)),
        Value::Object(map) => all.extend(map.iter().map(|(_, value)| Some(value))),
        Value::String(text) => all.extend(text.bytes().map(|byte| Some(&BYTES[usize::from(byte)]))),
        _ => {}
    }
}

/// Appends every value in `value` that has something in it, itself first.
fn push_descendants<'e>(all: &mut Vec<Found<'e>>, value: &'e Value<'e>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            all.push(Some(value));
            items.iter().for_each(|item| push_descendants(all, item));
        }
        Value::Object(map) if !map.is_empty() => {
            all.push(Some(value));
            map.iter().for_each(|(_, value)| push_descendants(all, value));
        }
        Value::String(text) if !text.is_empty() => all.push(Some(value)),
        _ => {}
    }
}
