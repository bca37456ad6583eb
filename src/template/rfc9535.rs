//! RFC 9535 JSONPath, which kubectl does not have: `-o jsonpath-rfc9535='$.items[?@.a && match(@.b, "x.*")]'`.
//!
//! The queries are those of the package `jsonpath-rust`. Each result is a line.

use std::{borrow::Cow, fmt};

use jsonpath_rust::{
    parser::{errors::JsonPathError, model::JpQuery, parse_json_path},
    query::{js_path_process, queryable::Queryable},
};

use crate::{
    api::{Value, json},
    error::{Error, Result},
    template::format::literal::quoted,
};

/// The name of the output format.
pub const FORMAT: &str = "jsonpath-rfc9535";

/// A query that was read.
#[derive(Debug, Clone)]
pub struct Query {
    text: String,
    query: JpQuery,
}

/// What is wrong with a query, or why it cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError(String);

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QueryError {}

impl From<JsonPathError> for QueryError {
    fn from(error: JsonPathError) -> Self {
        let text = error.to_string();
        if !matches!(error, JsonPathError::PestError(_)) {
            return QueryError(text);
        }
        // The parser draws the place over several lines: ` --> 1:3` first, ` = expected …` last.
        let place = text.lines().find_map(|line| line.split_once("--> ")).map(|(_, place)| place);
        let column = place.and_then(|place| place.split_once(':')).map(|(_, column)| column);
        let expected = text
            .lines()
            .last()
            .map(|line| line.trim_start_matches([' ', '=']).replace('_', " "));
        match (column, expected) {
            (Some(column), Some(expected)) => QueryError(format!("at character {column}: {expected}")),
            _ => QueryError(text),
        }
    }
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// Where in it what was expected.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Query {
            text: text.to_owned(),
            query: parse_json_path(text)?,
        })
    }

    /// Reads the query of `-o jsonpath-rfc9535=…`.
    ///
    /// # Errors
    /// In the form in which kubectl reports its own templates.
    pub fn for_output(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::message("template format specified but no template given"));
        }
        Query::parse(text).map_err(|error| Error::message(format!("error parsing {FORMAT} {text}, {error}")))
    }

    /// What the query finds, in its order.
    ///
    /// # Errors
    /// Where the query asks for a value instead of a place.
    pub fn find<'e>(&self, object: &'e Value<'e>) -> Result<Vec<&'e Value<'e>>, QueryError> {
        let root = Tree::from(object);
        let found = js_path_process(&self.query, &root)?;
        Ok(found.into_iter().filter_map(|place| place.val.origin).collect())
    }

    /// Appends what `-o jsonpath-rfc9535` prints of `object`: each result on a line, text as it is, others as JSON.
    ///
    /// # Errors
    /// In the form in which kubectl reports its own templates.
    pub fn print(&self, out: &mut Vec<u8>, object: &Value<'_>) -> Result<()> {
        let found = self
            .find(object)
            .map_err(|error| Error::message(format!("error executing {FORMAT} {}: {error}", quoted(&self.text))))?;
        for value in found {
            match value {
                Value::String(text) => out.extend_from_slice(text.as_bytes()),
                value => json::to_compact(out, value),
            }
            out.push(b'\n');
        }
        Ok(())
    }
}

/// A value in the form that the package asks for: its own lists, and text that it may make itself.
#[derive(Debug, Clone, Default)]
struct Tree<'e> {
    content: Content<'e>,
    /// The value that this stands for; none for one that the query made.
    origin: Option<&'e Value<'e>>,
}

#[derive(Debug, Clone, Default)]
enum Content<'e> {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'e, str>),
    List(Vec<Tree<'e>>),
    Map(Vec<(&'e str, Tree<'e>)>),
}

impl<'e> From<Content<'e>> for Tree<'e> {
    fn from(content: Content<'e>) -> Self {
        Tree { content, origin: None }
    }
}

impl<'e> From<&'e Value<'e>> for Tree<'e> {
    fn from(value: &'e Value<'e>) -> Self {
        let content = match value {
            Value::Null => Content::Null,
            Value::Bool(truth) => Content::Bool(*truth),
            Value::Int(number) => Content::Int(*number),
            Value::Float(number) => Content::Float(*number),
            Value::String(text) => Content::Text(Cow::Borrowed(text)),
            Value::Array(items) => Content::List(items.iter().map(Tree::from).collect()),
            Value::Object(map) => Content::Map(map.iter().map(|(key, value)| (key, Tree::from(value))).collect()),
        };
        Tree {
            content,
            origin: Some(value),
        }
    }
}

impl From<&str> for Tree<'_> {
    fn from(text: &str) -> Self {
        Content::Text(Cow::Owned(text.to_owned())).into()
    }
}

impl From<String> for Tree<'_> {
    fn from(text: String) -> Self {
        Content::Text(Cow::Owned(text)).into()
    }
}

impl From<bool> for Tree<'_> {
    fn from(truth: bool) -> Self {
        Content::Bool(truth).into()
    }
}

impl From<i64> for Tree<'_> {
    fn from(number: i64) -> Self {
        Content::Int(number).into()
    }
}

impl From<f64> for Tree<'_> {
    fn from(number: f64) -> Self {
        Content::Float(number).into()
    }
}

impl<'e> From<Vec<Tree<'e>>> for Tree<'e> {
    fn from(items: Vec<Tree<'e>>) -> Self {
        Content::List(items).into()
    }
}

/// Equal as the RFC has it: numbers by their value, objects without regard to order.
impl PartialEq for Tree<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::Null, Content::Null) => true,
            (Content::Bool(a), Content::Bool(b)) => a == b,
            (Content::Int(a), Content::Int(b)) => a == b,
            (Content::Text(a), Content::Text(b)) => a == b,
            (Content::List(a), Content::List(b)) => a == b,
            (Content::Map(a), Content::Map(b)) => {
                a.len() == b.len() && a.iter().all(|(key, value)| Queryable::get(other, key) == Some(value))
            }
            _ => matches!((self.as_f64(), other.as_f64()), (Some(a), Some(b)) if a == b),
        }
    }
}

impl Queryable for Tree<'_> {
    fn get(&self, key: &str) -> Option<&Self> {
        match &self.content {
            Content::Map(fields) => fields.iter().find(|(known, _)| *known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<&Vec<Self>> {
        match &self.content {
            Content::List(items) => Some(items),
            _ => None,
        }
    }

    fn as_object(&self) -> Option<Vec<(&str, &Self)>> {
        match &self.content {
            Content::Map(fields) => Some(fields.iter().map(|(key, value)| (*key, value)).collect()),
            _ => None,
        }
    }

    fn as_str(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match self.content {
            Content::Int(number) => Some(number),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match self.content {
            Content::Int(number) => Some(number as f64),
            Content::Float(number) => Some(number),
            _ => None,
        }
    }

    fn as_bool(&self) -> Option<bool> {
        match self.content {
            Content::Bool(truth) => Some(truth),
            _ => None,
        }
    }

    fn null() -> Self {
        Tree::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::parse;

    const LIST: &str = r#"{"items":[{"n":"a","p":80,"l":{"app":"till-1"}},{"n":"b","p":443.5,"up":true,"l":{"app":"db"}},
        {"n":"<c>","p":443.5,"up":false,"x":[1,null,{}]}]}"#;

    fn print(query: &str) -> Result<String, String> {
        let object = parse(LIST.as_bytes()).unwrap();
        let mut out = Vec::new();
        Query::for_output(query)
            .and_then(|query| query.print(&mut out, &object))
            .map_err(|error| error.text())?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn print_of_queries_writes_a_line_for_each_result() {
        let cases = [
            ("$.items[*].n", "a\nb\n<c>\n"),
            ("$.items[?@.up && @.l].n", "b\n"),
            ("$.items[?@.up == true || @.n == 'a'].p", "80\n443.5\n"),
            ("$.items[?match(@.l.app, 'till-.*')].n", "a\n"),
            ("$.items[?search(@.l.app, 'b')].n", "b\n"),
            ("$.items[?length(@.n) == 3].x", "[1,null,{}]\n"),
            ("$.items[?!@.l].n", "<c>\n"),
            ("$.items[?@.p == $.items[1].p].n", "b\n<c>\n"),
            ("$.items[-1].n", "<c>\n"),
            ("$..app", "till-1\ndb\n"),
            ("$.nothing", ""),
            ("$.items[2]['n','x']", "<c>\n[1,null,{}]\n"),
        ];
        for (query, expected) in cases {
            assert_eq!(print(query).as_deref(), Ok(expected), "{query}");
        }
    }

    #[test]
    fn parse_of_a_broken_query_names_the_place() {
        for (query, start) in [
            ("", "error: template format specified but no template given"),
            ("items", "error: error parsing jsonpath-rfc9535 items, at character 1: expected "),
            ("$.items[", "error: error parsing jsonpath-rfc9535 $.items[, at character "),
            (
                "$.items[?@.a &]",
                "error: error parsing jsonpath-rfc9535 $.items[?@.a &], at character ",
            ),
        ] {
            let error = print(query).unwrap_err();
            assert!(error.starts_with(start), "{error}");
            assert_eq!(error.lines().count(), 1, "{error}");
        }
    }

    #[test]
    fn parse_of_a_hostile_query_is_refused() {
        for query in ["$[?".to_owned() + &"(".repeat(100_000), "$".to_owned() + &"[0".repeat(100_000)] {
            assert!(Query::parse(&query).is_err());
        }
        let long = "$".to_owned() + &".a".repeat(10_000);
        assert_eq!(print(&long).as_deref(), Ok(""));
    }
}
