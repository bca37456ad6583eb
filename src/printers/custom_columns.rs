//! `-o custom-columns=NAME:.metadata.name,…` and `custom-columns-file`: a table whose columns the user makes of paths.

use crate::{
    api::Value,
    error::{Error, Result},
    printers::escape_terminal,
    template::{
        format,
        jsonpath::{ParseError, Program, relaxed},
        projection::Projection,
    },
};

/// What stands in a cell for which nothing was found.
const NONE: &str = "<none>";

/// Prints objects as rows. The headers come before the first.
///
/// Rows come with tabs between their cells, for a [`TabWriter`](super::tabs::TabWriter). kubectl aligns each list by
/// itself, so the columns of one list are as wide as its widest cells.
#[derive(Debug)]
pub struct CustomColumns {
    columns: Vec<Column>,
    no_headers: bool,
    printed_headers: bool,
}

#[derive(Debug)]
struct Column {
    header: String,
    /// The path, or what is wrong with it: kubectl looks only when it has printed the headers.
    path: Result<Program, ParseError>,
}

impl Column {
    fn new(header: &str, path: &str) -> Result<Self> {
        let path = relaxed(path).map_err(|error| Error::message(error.to_string()))?;
        Ok(Column {
            header: header.to_owned(),
            path: Program::parse(&path),
        })
    }
}

impl CustomColumns {
    /// The columns of `-o custom-columns=…`: headers and paths with a colon between them, separated by commas.
    ///
    /// # Errors
    /// As kubectl reports what it cannot make columns of.
    pub fn from_spec(spec: &str, no_headers: bool) -> Result<Self> {
        if spec.is_empty() {
            return Err(Error::message("custom-columns format specified but no custom columns given"));
        }
        let column = |part: &str| match part.split_once(':') {
            Some((header, path)) => Column::new(header, path),
            None => Err(Error::message(format!(
                "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            ))),
        };
        Ok(CustomColumns {
            columns: spec.split(',').map(column).collect::<Result<_>>()?,
            no_headers,
            printed_headers: false,
        })
    }

    /// The columns of a file for `-o custom-columns-file=…`: a line of headers and a line of paths. Headers are always
    /// printed, `--no-headers` or not.
    ///
    /// # Errors
    /// As kubectl reports what it cannot make columns of.
    pub fn from_file(text: &str) -> Result<Self> {
        let missing = |line: &str| {
            Error::message(format!(
                "invalid template, missing {line} line. Expected format is one line of space separated headers, \
                 one line of space separated column specs."
            ))
        };
        let mut lines = text.lines();
        let headers: Vec<&str> = lines.next().ok_or_else(|| missing("header"))?.split_whitespace().collect();
        let paths: Vec<&str> = lines.next().ok_or_else(|| missing("spec"))?.split_whitespace().collect();
        if headers.len() != paths.len() {
            return Err(Error::message(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                headers.len(),
                paths.len()
            )));
        }
        let columns = headers.iter().zip(paths).map(|(header, path)| Column::new(header, path));
        Ok(CustomColumns {
            columns: columns.collect::<Result<_>>()?,
            no_headers: false,
            printed_headers: false,
        })
    }

    /// Writes the headers, if they are wanted and have not been written. Call it before the first row; a list without
    /// items has headers too.
    ///
    /// # Errors
    /// The first path that is none. The headers were written.
    pub fn header(&mut self, rows: &mut Vec<u8>) -> Result<()> {
        if !self.no_headers && !std::mem::replace(&mut self.printed_headers, true) {
            let headers: Vec<&str> = self.columns.iter().map(|column| column.header.as_str()).collect();
            rows.extend_from_slice(headers.join("\t").as_bytes());
            rows.push(b'\n');
        }
        match self.columns.iter().find_map(|column| column.path.as_ref().err()) {
            Some(error) => Err(Error::message(error.to_string())),
            None => Ok(()),
        }
    }

    /// The parts of an object that make a difference: a row is the same for them as for the whole object.
    pub fn projection(&self) -> Projection {
        let paths = self.columns.iter().filter_map(|column| column.path.as_ref().ok());
        paths.fold(Projection::default(), |all, path| all.and(path.projection()))
    }

    /// Writes an object as a row.
    ///
    /// # Errors
    /// Where a path makes no sense for the object, in client-go's words. Nothing of the row was written; kubectl prints
    /// the rows before it all the same.
    pub fn row(&self, rows: &mut Vec<u8>, object: &Value<'_>) -> Result<()> {
        let start = rows.len();
        self.cells(rows, object).inspect_err(|_| rows.truncate(start))
    }

    fn cells(&self, line: &mut Vec<u8>, object: &Value<'_>) -> Result<()> {
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                line.push(b'\t');
            }
            let path = column.path.as_ref().map_err(|error| Error::message(error.to_string()))?;
            let found = path.find(object).map_err(|error| Error::message(error.to_string()))?;
            if found.is_empty() {
                line.extend_from_slice(NONE.as_bytes());
            }
            for (i, value) in found.into_iter().enumerate() {
                if i > 0 {
                    line.push(b',');
                }
                push_escaped(line, value);
            }
        }
        line.push(b'\n');
        Ok(())
    }
}

/// Appends a value as `%v`, without what a terminal would obey.
fn push_escaped(line: &mut Vec<u8>, value: &Value<'_>) {
    let start = line.len();
    format::plain(line, value);
    if !line[start..].iter().any(|byte| matches!(byte, 0x1b | b'\r')) {
        return;
    }
    let text = line.split_off(start);
    escape_terminal(line, &text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::json::parse, printers::tabs::TabWriter};

    const ITEMS: [&str; 3] = [
        r#"{"metadata":{"name":"broken","labels":{"app":"a"}},"ports":[1,2],"n":null,"f":1.5}"#,
        r#"{"metadata":{"name":"a-longer-name"},"ports":[],"t":"x\u001b[31m\ry"}"#,
        r#"{"metadata":{"name":"c"},"ports":[{"p":80}],"t":"two\tcells"}"#,
    ];

    fn print(mut columns: CustomColumns) -> (String, Result<(), String>) {
        let mut tabs = TabWriter::for_tables();
        let mut text = Vec::new();
        let mut rows = || {
            columns.header(&mut text)?;
            ITEMS
                .iter()
                .try_for_each(|item| columns.row(&mut text, &parse(item.as_bytes()).unwrap()))
        };
        let outcome: Result<()> = rows();
        tabs.write(&text);
        let mut out = Vec::new();
        tabs.flush(&mut out);
        (String::from_utf8(out).unwrap(), outcome.map_err(|error| error.text()))
    }

    fn from_spec(spec: &str) -> (String, Result<(), String>) {
        print(CustomColumns::from_spec(spec, false).unwrap())
    }

    #[test]
    fn rows_of_a_spec_are_aligned_below_their_headers() {
        assert_eq!(
            from_spec("NAME:.metadata.name,PORTS:ports[*],ALL:{.ports},NULL:{n},F:.f"),
            (
                "NAME            PORTS       ALL           NULL     F\n\
                 broken          1,2         [1 2]         <nil>    1.5\n\
                 a-longer-name   <none>      []            <none>   <none>\n\
                 c               map[p:80]   [map[p:80]]   <none>   <none>\n"
                    .to_owned(),
                Ok(())
            )
        );
    }

    #[test]
    fn rows_of_text_for_terminals_are_escaped() {
        let (out, _) = from_spec("T:.t,N:.metadata.name");
        assert_eq!(
            out,
            "T            N\n<none>       broken\nx^[[31m\\ry   a-longer-name\ntwo          cells   c\n"
        );
    }

    #[test]
    fn rows_without_headers_are_rows_alone() {
        let (out, _) = print(CustomColumns::from_spec("NAME:.metadata.name", true).unwrap());
        assert_eq!(out, "broken\na-longer-name\nc\n");
    }

    #[test]
    fn rows_of_a_wrong_path_come_up_to_the_mistake() {
        assert_eq!(
            from_spec("NAME:.metadata.name,PORT:.ports[0]"),
            (
                "NAME     PORT\nbroken   1\n".to_owned(),
                Err("error: array index out of bounds: index 0, length 0".to_owned())
            )
        );
        assert_eq!(
            from_spec("NAME:.a["),
            ("NAME\n".to_owned(), Err("error: unterminated array".to_owned()))
        );
    }

    #[test]
    fn from_spec_of_something_else_says_what_was_expected() {
        let cases = [
            ("", "error: custom-columns format specified but no custom columns given"),
            (
                "NAME",
                "error: unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>",
            ),
            (
                "A:.x[0,1]",
                "error: unexpected custom-columns spec: 1], expected <header>:<json-path-expr>",
            ),
            (
                "A:{.x}{.y}",
                "error: unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
            ),
        ];
        for (spec, expected) in cases {
            assert_eq!(CustomColumns::from_spec(spec, false).unwrap_err().text(), expected);
        }
        assert_eq!(from_spec("A:").0, "A\n<none>\n<none>\n<none>\n");
    }

    #[test]
    fn from_file_takes_a_line_of_headers_and_one_of_paths() {
        let (out, _) = print(CustomColumns::from_file("NAME   APP\r\nmetadata.name {.metadata.labels.app}\nmore\n").unwrap());
        assert_eq!(
            out,
            "NAME            APP\nbroken          a\na-longer-name   <none>\nc               <none>\n"
        );
        let cases = [
            ("", "missing header line."),
            ("A B\n", "missing spec line."),
            ("A B\n.a\n", "number of headers (2) and field specifications (1) don't match"),
        ];
        for (text, expected) in cases {
            let error = CustomColumns::from_file(text).unwrap_err().text();
            assert!(error.contains(expected), "{error}");
        }
    }
}
