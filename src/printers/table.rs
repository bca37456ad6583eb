//! The server's Tables as kubectl prints them, row by row.
//!
//! A [`TablePrinter`] turns rows into lines of tab-separated cells for a [`TabWriter`](super::tabs::TabWriter). It is
//! given each row as JSON and reads no more of it than it prints: the object that comes with a row is skipped unless a
//! column is made of it. The rules are those of kubectl's `printTable` and `decorateTable`.

use crate::{
    api::{
        Map, Value,
        json::read::{Parser, SyntaxError},
    },
    printers::escape_terminal,
    template::format,
};

/// How tables are printed.
#[derive(Debug, Clone, Default)]
pub struct TableOptions {
    /// Columns of lower priority too.
    pub wide: bool,
    /// Rows only.
    pub no_headers: bool,
    /// A namespace column in front.
    pub with_namespace: bool,
    /// This before a slash before each name: `pod`, `deployment.apps`.
    pub kind: Option<String>,
    /// All labels in a column at the end.
    pub show_labels: bool,
    /// One column for each of these labels.
    pub column_labels: Vec<String>,
    /// What happened to the row in a column in front, for watches that show events.
    pub with_event: bool,
}

/// A column that the server defined.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    name: String,
    priority: i64,
    /// Whether it holds the object's name.
    names: bool,
}

/// What kubectl prints where an object has nothing to show.
pub const NONE: &str = "<none>";

/// Prints the tables of one answer after another; headers come again only when the columns change.
#[derive(Debug)]
pub struct TablePrinter {
    options: TableOptions,
    columns: Vec<Column>,
    printed_headers: bool,
}

impl TablePrinter {
    /// A printer that has printed nothing.
    pub fn new(options: TableOptions) -> Self {
        TablePrinter {
            options,
            columns: Vec::new(),
            printed_headers: false,
        }
    }

    /// Begins a table with these `columnDefinitions`. A table without any continues the last one, as in a watch.
    pub fn begin(&mut self, definitions: &[Value<'_>]) {
        if definitions.is_empty() {
            return;
        }
        let columns: Vec<Column> = definitions
            .iter()
            .map(|definition| Column {
                name: definition.str_at(&["name"]).to_owned(),
                priority: definition.int_at(&["priority"]).unwrap_or_default(),
                names: definition.str_at(&["format"]) == "name" && definition.str_at(&["type"]) == "string",
            })
            .collect();
        if columns != self.columns {
            self.columns = columns;
            self.printed_headers = false;
        }
    }

    /// Begins the table that stands in for a server's: name and age of each object.
    pub fn begin_generic(&mut self) {
        let name = Column {
            name: "Name".into(),
            priority: 0,
            names: true,
        };
        let age = Column {
            name: "Age".into(),
            priority: 0,
            names: false,
        };
        self.columns = vec![name, age];
    }

    /// Begins the table that stands in for a server's where a watch tells of a failure.
    pub fn begin_status(&mut self) {
        let column = |(at, name): (usize, &str)| Column {
            name: name.to_owned(),
            priority: 0,
            names: at == 0,
        };
        self.columns = ["Status", "Reason", "Message"].into_iter().enumerate().map(column).collect();
    }

    /// Lets the header come again.
    pub fn repeat_header(&mut self) {
        self.printed_headers = false;
    }

    /// The header line, once for each set of columns; nothing where it has been printed or is not wanted.
    pub fn header(&mut self, line: &mut Vec<u8>) {
        if std::mem::replace(&mut self.printed_headers, true) || self.options.no_headers {
            return;
        }
        let mut cells = Cells::new(line);
        if self.options.with_event {
            cells.text("EVENT");
        }
        if self.options.with_namespace {
            cells.text("NAMESPACE");
        }
        for column in self.columns.iter().filter(|column| self.options.wide || column.priority == 0) {
            cells.raw(&column.name.to_uppercase());
        }
        for label in &self.options.column_labels {
            cells.raw(&label.rsplit('/').next().unwrap_or_default().to_uppercase());
        }
        if self.options.show_labels {
            cells.text("LABELS");
        }
        line.push(b'\n');
    }

    /// Appends a row of a server's table as a line. `event` fills the event column where there is one.
    ///
    /// # Errors
    /// Where the row is not JSON or not a row.
    pub fn row(&self, row: &[u8], event: &str, line: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let wants_object = self.options.with_namespace || self.options.show_labels || !self.options.column_labels.is_empty();
        let mut parser = Parser::new(row);
        let mut fields = parser.object()?;
        let mut values = Vec::new();
        let mut metadata = None;
        while let Some(key) = fields.next_key(&mut parser)? {
            match key.as_ref() {
                "cells" => {
                    if let Value::Array(cells) = parser.value()? {
                        values = cells;
                    }
                }
                "object" if wants_object => metadata = metadata_of(&mut parser)?,
                _ => {
                    parser.skip()?;
                }
            }
        }
        self.line(&values, metadata.as_ref(), event, line);
        Ok(())
    }

    /// Appends an object as a row of the generic table. `age` is its age.
    pub fn object(&self, object: &Value<'_>, age: &str, event: &str, line: &mut Vec<u8>) {
        let metadata = object.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
        let name = metadata.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.line(&[Value::from(name), Value::from(age)], Some(&metadata), event, line);
    }

    /// Appends a failure (`Status`) as a row. It has no labels, not even none.
    pub fn status(&self, status: &Value<'_>, event: &str, line: &mut Vec<u8>) {
        let text = |key: &str| Value::from(status.str_at(&[key]).to_owned());
        self.cells(&[text("status"), text("reason"), text("message")], None, event, line);
        line.push(b'\n');
    }

    fn line(&self, values: &[Value<'_>], metadata: Option<&Map<'_>>, event: &str, line: &mut Vec<u8>) {
        let mut cells = self.cells(values, metadata, event, line);
        let labels = metadata.and_then(|metadata| metadata.get("labels")?.as_object());
        for name in &self.options.column_labels {
            cells.text(labels.and_then(|labels| labels.get(name)?.as_str()).unwrap_or_default());
        }
        if self.options.show_labels {
            match metadata {
                None => cells.text(""),
                Some(_) => cells.text(&label_list(labels)),
            }
        }
        line.push(b'\n');
    }

    /// Appends the cells of a row but for those of labels.
    fn cells<'l>(&self, values: &[Value<'_>], metadata: Option<&Map<'_>>, event: &str, line: &'l mut Vec<u8>) -> Cells<'l> {
        let mut cells = Cells::new(line);
        if self.options.with_event {
            // kubectl pads what happened to eight characters, the longest word, so that a watch's columns stand still.
            cells.text(&format!("{event:<8}"));
        }
        if self.options.with_namespace {
            cells.text(
                metadata
                    .and_then(|metadata| metadata.get("namespace")?.as_str())
                    .unwrap_or_default(),
            );
        }
        // A row may hold more cells than there are columns: a faulty server's are left out.
        for (column, value) in self.columns.iter().zip(values) {
            if !self.options.wide && column.priority != 0 {
                continue;
            }
            match &self.options.kind {
                Some(kind) if column.names => cells.text(&format!("{kind}/{}", value.as_str().unwrap_or_default())),
                _ => cells.value(value),
            }
        }
        cells
    }
}

/// The labels as `key=value` pairs with commas between them.
fn label_list(labels: Option<&Map<'_>>) -> String {
    match labels {
        Some(labels) if !labels.is_empty() => labels
            .iter()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect::<Vec<_>>()
            .join(","),
        _ => NONE.to_owned(),
    }
}

/// The labels and the namespace of the object that comes with a row; the rest of its metadata is skipped.
fn metadata_of<'a>(parser: &mut Parser<'a>) -> Result<Option<Map<'a>>, SyntaxError> {
    if parser.peek() != Some(b'{') {
        parser.skip()?;
        return Ok(None);
    }
    let mut found = None;
    let mut fields = parser.object()?;
    while let Some(key) = fields.next_key(parser)? {
        if key != "metadata" || parser.peek() != Some(b'{') {
            parser.skip()?;
            continue;
        }
        let mut metadata = Map::new();
        let mut inner = parser.object()?;
        while let Some(key) = inner.next_key(parser)? {
            if matches!(key.as_ref(), "labels" | "namespace") {
                let value = parser.value()?;
                metadata.insert(key, value);
            } else {
                parser.skip()?;
            }
        }
        found = Some(metadata);
    }
    Ok(found)
}

/// A line's cells, with tabs between them.
struct Cells<'a> {
    line: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Cells<'a> {
    fn new(line: &'a mut Vec<u8>) -> Self {
        Cells { line, first: true }
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.line.push(b'\t');
        }
    }

    /// A cell as it is: kubectl trusts whoever defines columns.
    fn raw(&mut self, text: &str) {
        self.separate();
        self.line.extend_from_slice(text.as_bytes());
    }

    /// A cell up to its first line break, with terminal escapes made harmless.
    fn text(&mut self, text: &str) {
        self.separate();
        let end = text.find(['\x0c', '\n', '\r']);
        escape_terminal(self.line, &text.as_bytes()[..end.unwrap_or(text.len())]);
        if end.is_some() {
            self.line.extend_from_slice(b"...");
        }
    }

    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::String(text) => self.text(text),
            Value::Null => self.separate(),
            other => {
                self.separate();
                escape_terminal(self.line, format::plain_text(other).as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::parse;

    const COLUMNS: &[u8] =
        br#"[{"name":"Name","type":"string","format":"name"},{"name":"Ready","type":"string"},{"name":"IP","type":"string","priority":1}]"#;

    fn print(options: TableOptions, rows: &[&str]) -> String {
        let mut printer = TablePrinter::new(options);
        printer.begin(parse(COLUMNS).unwrap().as_array().unwrap());
        let mut line = Vec::new();
        for row in rows {
            printer.header(&mut line);
            printer.row(row.as_bytes(), "ADDED", &mut line).unwrap();
        }
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn row_without_wide_leaves_low_priority_columns_out() {
        assert_eq!(
            print(TableOptions::default(), &[r#"{"cells":["a","1/1","10.0.0.1"]}"#]),
            "NAME\tREADY\na\t1/1\n"
        );
        let wide = TableOptions {
            wide: true,
            no_headers: true,
            ..TableOptions::default()
        };
        assert_eq!(print(wide, &[r#"{"cells":["a",3,null,"too many"]}"#]), "a\t3\t\n");
    }

    #[test]
    fn row_with_terminal_escapes_and_line_breaks_prints_them_harmless() {
        assert_eq!(
            print(
                TableOptions {
                    no_headers: true,
                    ..TableOptions::default()
                },
                &[r#"{"cells":["\u001b[31mred","one\ntwo"]}"#]
            ),
            "^[[31mred\tone...\n"
        );
    }

    #[test]
    fn row_with_namespace_kind_and_labels_takes_them_from_its_object() {
        let options = TableOptions {
            with_namespace: true,
            kind: Some("deployment.apps".into()),
            show_labels: true,
            column_labels: vec!["example.com/tier".into(), "none".into()],
            ..TableOptions::default()
        };
        let row = r#"{"cells":["a","1/1"],"object":{"kind":"PartialObjectMetadata","metadata":{"namespace":"shop","labels":{"example.com/tier":"front","app":"a"},"managedFields":[{}]}}}"#;
        assert_eq!(
            print(options, &[row, r#"{"cells":["b","0/1"],"object":null}"#]),
            "NAMESPACE\tNAME\tREADY\tTIER\tNONE\tLABELS\nshop\tdeployment.apps/a\t1/1\tfront\t\tapp=a,example.com/tier=front\n\tdeployment.apps/b\t0/1\t\t\t\n"
        );
    }
}
