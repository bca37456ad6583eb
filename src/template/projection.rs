//! Which parts of an object a template looks at, so that the rest need not be read.

use crate::api::{
    Map, Value,
    json::read::{Parser, SyntaxError},
};

/// How deep a projection follows a template; below that it takes everything.
const MAX_DEPTH: usize = 32;

/// Parts of a value: everything, or some fields of an object and the same parts of all elements of a list.
///
/// What it leaves out of an object must make no difference to a template: whether a field is there, how many elements
/// a list has, and of what type a value is, are kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Projection {
    whole: bool,
    fields: Vec<(String, Projection)>,
    elements: Option<Box<Projection>>,
}

/// A step to a part.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Field(String),
    Elements,
}

impl Projection {
    /// All of a value.
    pub fn everything() -> Self {
        Projection {
            whole: true,
            ..Projection::default()
        }
    }

    /// The fields at the ends of these paths.
    pub fn fields(paths: &[&[&str]]) -> Self {
        let mut projection = Projection::default();
        for path in paths {
            let steps: Vec<Step> = path.iter().map(|name| Step::Field((*name).to_owned())).collect();
            projection.take(&steps);
        }
        projection
    }

    /// Whether nothing can be left out.
    pub fn is_everything(&self) -> bool {
        self.whole
    }

    /// What this and another one take.
    pub fn and(mut self, other: Projection) -> Self {
        self.merge(other);
        self
    }

    fn merge(&mut self, other: Projection) {
        self.whole |= other.whole;
        for (name, fields) in other.fields {
            self.field(&name).merge(fields);
        }
        if let Some(elements) = other.elements {
            self.elements.get_or_insert_default().merge(*elements);
        }
    }

    fn field(&mut self, name: &str) -> &mut Projection {
        let at = match self.fields.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                self.fields.push((name.to_owned(), Projection::default()));
                self.fields.len() - 1
            }
        };
        &mut self.fields[at].1
    }

    fn at(&mut self, path: &[Step]) -> &mut Projection {
        let mut here = self;
        for (depth, step) in path.iter().enumerate() {
            if depth == MAX_DEPTH {
                here.whole = true;
                break;
            }
            here = match step {
                Step::Field(name) => here.field(name),
                Step::Elements => here.elements.get_or_insert_default(),
            };
        }
        here
    }

    /// Takes all that is at the end of a path.
    pub(super) fn take(&mut self, path: &[Step]) {
        self.at(path).whole = true;
    }

    /// Takes what is needed to see whether there is anything at the end of a path, and what it is like.
    pub(super) fn see(&mut self, path: &[Step]) {
        self.at(path);
    }

    /// Reads a value's parts from its JSON. What is left out is passed over without being examined.
    ///
    /// # Errors
    /// Where what is read is no JSON.
    pub fn read<'a>(&self, json: &'a [u8]) -> Result<Value<'a>, SyntaxError> {
        self.value(&mut Parser::new(json))
    }

    fn value<'a>(&self, parser: &mut Parser<'a>) -> Result<Value<'a>, SyntaxError> {
        match parser.peek() {
            // Where a list was expected, a report may show what else is there.
            Some(b'{') if !self.whole && self.elements.is_none() => {
                let mut object = parser.object()?;
                let mut entries = Vec::with_capacity(self.fields.len());
                while let Some(key) = object.next_key(parser)? {
                    match self.fields.iter().find(|(name, _)| *name == key) {
                        Some((_, fields)) => entries.push((key, fields.value(parser)?)),
                        None => {
                            parser.skip()?;
                        }
                    }
                }
                Ok(Value::Object(Map::from_entries(entries)))
            }
            Some(b'[') if !self.whole => {
                let Some(elements) = &self.elements else {
                    parser.skip()?;
                    return Ok(Value::Array(Vec::new()));
                };
                let mut list = parser.array()?;
                let mut items = Vec::new();
                while list.next_element(parser)? {
                    items.push(elements.value(parser)?);
                }
                Ok(Value::Array(items))
            }
            _ => parser.value(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::to_compact;

    fn read(projection: &Projection, json: &str) -> String {
        let mut out = Vec::new();
        to_compact(&mut out, &projection.read(json.as_bytes()).unwrap());
        String::from_utf8(out).unwrap()
    }

    fn path(text: &str) -> Vec<Step> {
        let step = |name: &str| {
            if name == "*" {
                Step::Elements
            } else {
                Step::Field(name.to_owned())
            }
        };
        text.split('.').map(step).collect()
    }

    #[test]
    fn read_of_parts_keeps_types_and_counts() {
        let mut projection = Projection::default();
        projection.take(&path("metadata.name"));
        projection.take(&path("spec.list.*.name"));
        projection.see(&path("status"));
        let json = r#"{"kind":"Pod","metadata":{"labels":{"a":"}"},"name":"x"},"status":{"phase":[1,{}]},
            "spec":{"list":[{"name":{"deep":[1]},"other":1},null,3,[]],"rest":"]"}}"#;
        assert_eq!(
            read(&projection, json),
            r#"{"metadata":{"name":"x"},"spec":{"list":[{"name":{"deep":[1]}},null,3,[]]},"status":{}}"#
        );
        assert_eq!(
            read(&projection, r#"{"metadata":[1],"spec":{"list":{"a":1}}}"#),
            r#"{"metadata":[],"spec":{"list":{"a":1}}}"#
        );
        assert_eq!(read(&Projection::everything(), r#"{"a":[1]}"#), r#"{"a":[1]}"#);
    }

    #[test]
    fn and_of_two_projections_takes_what_either_takes() {
        let (mut one, mut two) = (Projection::default(), Projection::default());
        one.take(&path("a.b"));
        two.take(&path("a.c.*.d"));
        let both = one.and(two);
        assert_eq!(
            read(&both, r#"{"a":{"b":1,"c":[{"d":2,"e":3}],"f":4},"g":5}"#),
            r#"{"a":{"b":1,"c":[{"d":2}]}}"#
        );
    }

    #[test]
    fn take_of_a_very_long_path_takes_everything_below() {
        let mut projection = Projection::default();
        projection.take(&vec![Step::Field("a".into()); 100_000]);
        let deep = "{\"a\":".repeat(50) + "{\"b\":1}" + &"}".repeat(50);
        assert_eq!(read(&projection, &deep), deep);
    }
}
