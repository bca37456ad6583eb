//! The forms of `-o`, and printing objects in them one by one or as a list.
//!
//! Which words mean which form, and what is said of words that mean none, follows kubectl's `PrintFlags`.

use std::io;

use super::{custom_columns::CustomColumns, kyaml, tabs::TabWriter};
use crate::{
    api::{
        Map, OwnedValue, Value,
        json::write::{new_line, to_compact, to_indented},
        object, quote,
    },
    error::{Error, Result, unread},
    template::{
        go::{self, Template},
        jsonpath::{self, Program},
        projection::Projection,
        rfc9535,
    },
    yaml,
};

/// The forms of `get`, as kubectl lists them to a person who asks for another.
pub const GET_FORMS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/// The forms of commands that change or show single objects.
pub const COMMON_FORMS: &str =
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";

/// What `-o` and the flags beside it said.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// `-o`
    pub output: &'a str,
    /// `--template`
    pub template: &'a str,
    /// `--allow-missing-template-keys`
    pub allow_missing_keys: bool,
    /// `--show-managed-fields`
    pub show_managed_fields: bool,
    /// `--no-headers`, for columns.
    pub no_headers: bool,
    /// The forms that the command has, for the message about others.
    pub forms: &'static str,
    /// Reads a file with a template or columns, whose name is relative to the working directory.
    pub read: &'a dyn Fn(&str) -> io::Result<String>,
}

/// How objects are printed.
#[derive(Debug)]
enum Form {
    Json,
    Yaml,
    Kyaml,
    Name,
    JsonPath(Program),
    GoTemplate(Template),
    Query(rfc9535::Query),
    Columns(CustomColumns, TabWriter),
}

/// Prints objects in one form.
#[derive(Debug)]
pub struct Printer {
    form: Form,
    show_managed_fields: bool,
    /// Whether columns are aligned here.
    aligns: bool,
    /// How many documents have been printed.
    printed: usize,
}

impl Printer {
    /// The printer of the form that is asked for.
    ///
    /// # Errors
    /// As kubectl reports a form that the command does not have, or a template or file that cannot be read.
    pub fn new(options: &Options<'_>) -> Result<Printer> {
        Ok(Printer {
            form: Form::parse(options)?,
            show_managed_fields: options.show_managed_fields,
            aligns: true,
            printed: 0,
        })
    }

    /// Leaves the aligning of columns to whoever writes what is printed: cells come with tabs between them.
    pub fn unaligned(mut self) -> Self {
        self.aligns = false;
        self
    }

    /// Appends what is printed of an object by itself, or of a list's value.
    ///
    /// # Errors
    /// What a template or a column cannot make of it.
    pub fn print(&mut self, out: &mut Vec<u8>, value: &mut Value<'_>) -> Result<()> {
        self.printed += 1;
        if self.hides_managed_fields() {
            hide_managed_fields(value);
        }
        match &mut self.form {
            Form::Json => {
                to_indented(out, value, 0);
                out.push(b'\n');
            }
            Form::Yaml => {
                if self.printed > 1 {
                    out.extend_from_slice(b"---\n");
                }
                yaml::to_yaml(out, value);
            }
            Form::Kyaml => kyaml::to_kyaml(out, value),
            Form::Name => each(value, |item| {
                name(out, item);
                Ok(())
            })?,
            Form::JsonPath(program) => {
                // Paths go over maps, whatever the object was for Go.
                value.sort_keys();
                program.print(out, value)?;
            }
            Form::GoTemplate(template) => template.print(out, value)?,
            Form::Query(query) => query.print(out, value)?,
            Form::Columns(columns, rows) => {
                let mut text = Vec::new();
                let result = columns
                    .header(&mut text)
                    .and_then(|()| each(value, |item| columns.row(&mut text, item)));
                if self.aligns {
                    rows.write(&text);
                    rows.flush(out);
                } else {
                    out.append(&mut text);
                }
                result?;
            }
        }
        Ok(())
    }

    /// Appends what is printed of an event of a watch, which tells what happened to an object: as JSON on a single line,
    /// as a name that of the object. An object without a kind has no name.
    ///
    /// # Errors
    /// As for [`Printer::print`].
    pub fn print_event(&mut self, out: &mut Vec<u8>, event: &str, value: Value<'_>) -> Result<()> {
        if matches!(self.form, Form::Name) {
            if !object::kind(&value).is_empty() {
                name(out, &value);
            }
            return Ok(());
        }
        let mut whole = Map::in_order();
        whole.insert("type", event.to_owned());
        whole.insert("object", value);
        let mut whole = Value::Object(whole);
        if matches!(self.form, Form::Json) {
            to_compact(out, &whole);
            out.push(b'\n');
            return Ok(());
        }
        self.print(out, &mut whole)
    }

    /// A printer of the items of a list while they arrive, unless the form needs the whole list first. It prints what
    /// [`Printer::print`] prints of [`list_of`] the items.
    pub fn items(&mut self) -> Option<ItemPrinter<'_>> {
        let hide = self.hides_managed_fields();
        let form = match &mut self.form {
            Form::Json => ItemForm::Json,
            Form::Yaml => ItemForm::Yaml,
            Form::Name => ItemForm::Name,
            Form::JsonPath(program) => ItemForm::JsonPath(program.streams_over()?),
            Form::GoTemplate(template) => ItemForm::GoTemplate(template.streams_over()?),
            Form::Columns(columns, rows) => ItemForm::Columns(columns, rows),
            Form::Kyaml => ItemForm::Kyaml,
            Form::Query(_) => return None,
        };
        Some(ItemPrinter {
            form,
            hide_managed_fields: hide,
            items: 0,
        })
    }

    fn hides_managed_fields(&self) -> bool {
        !self.show_managed_fields && matches!(self.form, Form::Json | Form::Yaml | Form::Kyaml)
    }
}

impl Form {
    fn parse(options: &Options<'_>) -> Result<Form> {
        let output = if options.output.is_empty() && !options.template.is_empty() {
            "go-template"
        } else {
            options.output
        };
        let (word, given) = match output.split_once('=') {
            Some((word, given)) => (word, Some(given)),
            None => (output, None),
        };
        // With a template in its own flag nothing is taken for one behind the form's name.
        let (template, given) = match (options.template, given) {
            ("", given) => (given.unwrap_or_default(), given),
            (_, Some(_)) => return Err(unmatched(output, options.forms)),
            (template, None) => (template, None),
        };
        let plain = given.is_none();
        let word = &*match word.to_lowercase() {
            // Only these forms are known in capitals too.
            lower if matches!(lower.as_str(), "json" | "yaml" | "kyaml" | "name") => lower,
            _ => word.to_owned(),
        };
        let offered = word == "jsonpath-rfc9535" || options.forms.split(',').any(|form| form == word);
        match word {
            "go-template" | "template" if offered => Form::go_template(template, options),
            "go-template-file" | "templatefile" if offered => Form::go_template(&file(template, options)?, options),
            "jsonpath" | "jsonpath-as-json" if offered => Form::json_path(template, word, options),
            "jsonpath-file" if offered => Form::json_path(&file(template, options)?, word, options),
            "jsonpath-rfc9535" => rfc9535::Query::for_output(template).map(Form::Query),
            "json" if offered && plain => Ok(Form::Json),
            "yaml" if offered && plain => Ok(Form::Yaml),
            "kyaml" if offered && plain => Ok(Form::Kyaml),
            "name" if offered && plain => Ok(Form::Name),
            "custom-columns" if offered => Ok(Form::Columns(
                CustomColumns::from_spec(template, options.no_headers)?,
                TabWriter::for_tables(),
            )),
            "custom-columns-file" if offered => {
                let text = match template {
                    // kubectl has one sentence for both flags here.
                    "" => {
                        return CustomColumns::from_spec("", options.no_headers)
                            .map(|columns| Form::Columns(columns, TabWriter::for_tables()));
                    }
                    path => (options.read)(path).or_else(|error| match error.kind() {
                        // It can be opened, and nothing comes of it.
                        io::ErrorKind::IsADirectory => Ok(String::new()),
                        _ => Err(Error::message(format!("error reading template {path}, {}", unread(path, &error)))),
                    })?,
                };
                Ok(Form::Columns(CustomColumns::from_file(&text)?, TabWriter::for_tables()))
            }
            _ => Err(unmatched(output, options.forms)),
        }
    }

    fn go_template(text: &str, options: &Options<'_>) -> Result<Form> {
        Ok(Form::GoTemplate(
            Template::for_output(text)?.allow_missing_keys(options.allow_missing_keys),
        ))
    }

    fn json_path(text: &str, word: &str, options: &Options<'_>) -> Result<Form> {
        let program = Program::for_output(text)?.allow_missing_keys(options.allow_missing_keys);
        Ok(Form::JsonPath(program.as_json(word == "jsonpath-as-json")))
    }
}

/// The text of a file with a template.
fn file(path: &str, options: &Options<'_>) -> Result<String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    (options.read)(path).map_err(|error| Error::message(format!("error reading --template {path}, {}", unread(path, &error))))
}

/// That there is no such form.
fn unmatched(output: &str, forms: &str) -> Error {
    Error::message(format!(
        "unable to match a printer suitable for the output format {}, allowed formats are: {forms}",
        quote(output)
    ))
}

/// Does `what` with the object, or with each item of a list.
fn each(value: &Value<'_>, mut what: impl FnMut(&Value<'_>) -> Result<()>) -> Result<()> {
    match value.get("items") {
        Some(Value::Array(items)) if value.str_at(&["kind"]).ends_with("List") => items.iter().try_for_each(what),
        _ => what(value),
    }
}

/// Takes `metadata.managedFields` out of an object, or out of each item of a list.
fn hide_managed_fields(value: &mut Value<'_>) {
    if let Some(Value::Array(items)) = value.at_mut(&["items"]) {
        items.iter_mut().for_each(hide_managed_fields);
    }
    if let Some(metadata) = value.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}

/// Appends `pod/web` or `deployment.apps/web`, and a line break.
pub fn name(out: &mut Vec<u8>, value: &Value<'_>) {
    let kind = value.str_at(&["kind"]).to_lowercase();
    let (group, _) = object::group_version(value);
    let dot = if group.is_empty() { "" } else { "." };
    let kind = if kind.is_empty() { "<unknown>" } else { &kind };
    let name = object::name(value);
    let name = if name.is_empty() { "<unknown>" } else { name };
    out.extend_from_slice(format!("{kind}{dot}{group}/{name}\n").as_bytes());
}

/// The list that kubectl makes of several objects.
pub fn list_of(items: Vec<OwnedValue>) -> OwnedValue {
    let metadata: Map<'_> = [("resourceVersion", "")].into_iter().collect();
    let mut list = Map::new();
    list.insert("apiVersion", "v1");
    list.insert("items", items);
    list.insert("kind", "List");
    list.insert("metadata", metadata);
    Value::Object(list)
}

/// Prints a list item by item: [`begin`](ItemPrinter::begin), [`item`](ItemPrinter::item) for each,
/// [`end`](ItemPrinter::end).
#[derive(Debug)]
pub struct ItemPrinter<'p> {
    form: ItemForm<'p>,
    hide_managed_fields: bool,
    items: usize,
}

#[derive(Debug)]
enum ItemForm<'p> {
    Json,
    Yaml,
    Kyaml,
    Name,
    JsonPath(jsonpath::stream::ItemPrinter),
    GoTemplate(go::stream::ItemPrinter),
    Columns(&'p mut CustomColumns, &'p mut TabWriter),
}

/// Why printing item by item cannot go on.
#[derive(Debug)]
pub enum Stopped {
    /// The report of the failure needs the whole list. What has been appended so far is what it begins with.
    NeedsList,
    /// This went wrong.
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Stopped::Failed(error)
    }
}

impl ItemPrinter<'_> {
    /// Whether what has been appended may be written before the end: not where a failure has to take it back.
    pub fn is_final(&self) -> bool {
        match &self.form {
            ItemForm::JsonPath(printer) => printer.is_infallible(),
            _ => true,
        }
    }

    /// Which parts of an item are printed; the rest need not be read.
    pub fn projection(&self) -> Projection {
        match &self.form {
            ItemForm::Name => Projection::fields(&[&["apiVersion"], &["kind"], &["metadata", "name"]]),
            ItemForm::JsonPath(printer) => printer.projection(),
            ItemForm::GoTemplate(printer) => printer.projection(),
            ItemForm::Columns(columns, _) => columns.projection(),
            ItemForm::Json | ItemForm::Yaml | ItemForm::Kyaml => Projection::everything(),
        }
    }

    /// Appends what stands before the first item.
    ///
    /// # Errors
    /// A template or column that makes no sense.
    pub fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Stopped> {
        match &mut self.form {
            ItemForm::Json => out.extend_from_slice(b"{\n    \"apiVersion\": \"v1\",\n    \"items\": ["),
            ItemForm::Yaml => out.extend_from_slice(b"apiVersion: v1\nitems:"),
            ItemForm::Kyaml => kyaml::begin_list(out),
            ItemForm::Name => {}
            ItemForm::JsonPath(printer) => printer.begin(out),
            ItemForm::GoTemplate(printer) => printer.begin(out).map_err(|_| Stopped::NeedsList)?,
            ItemForm::Columns(columns, rows) => {
                let mut text = Vec::new();
                let result = columns.header(&mut text);
                rows.write(&text);
                result?;
            }
        }
        Ok(())
    }

    /// Appends what is printed of one item.
    ///
    /// # Errors
    /// What a template or a column cannot make of it.
    pub fn item(&mut self, out: &mut Vec<u8>, value: &mut Value<'_>) -> Result<(), Stopped> {
        if self.hide_managed_fields {
            hide_managed_fields(value);
        }
        self.items += 1;
        match &mut self.form {
            ItemForm::Json => {
                if self.items > 1 {
                    out.push(b',');
                }
                new_line(out, 2);
                to_indented(out, value, 2);
            }
            ItemForm::Yaml => {
                if self.items == 1 {
                    out.push(b'\n');
                }
                yaml::item(out, value, 0);
            }
            ItemForm::Kyaml => kyaml::item(out, value, self.items == 1),
            ItemForm::Name => name(out, value),
            ItemForm::JsonPath(printer) => printer.item(out, value).map_err(|_| Stopped::NeedsList)?,
            ItemForm::GoTemplate(printer) => printer.item(out, value).map_err(|_| Stopped::NeedsList)?,
            ItemForm::Columns(columns, rows) => {
                let mut text = Vec::new();
                columns.row(&mut text, value)?;
                rows.write(&text);
            }
        }
        Ok(())
    }

    /// Appends what stands behind the last item. Also to be called after a failed column, for the rows before it.
    ///
    /// # Errors
    /// A template that makes no sense without items.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Stopped> {
        match &mut self.form {
            ItemForm::Json => {
                if self.items > 0 {
                    new_line(out, 1);
                }
                out.extend_from_slice(b"],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n");
            }
            ItemForm::Yaml => {
                if self.items == 0 {
                    out.extend_from_slice(b" []\n");
                }
                out.extend_from_slice(b"kind: List\nmetadata:\n  resourceVersion: \"\"\n");
            }
            ItemForm::Kyaml => kyaml::end_list(out),
            ItemForm::Name => {}
            ItemForm::JsonPath(printer) => printer.end(out).map_err(|_| Stopped::NeedsList)?,
            ItemForm::GoTemplate(printer) => printer.end(out).map_err(|_| Stopped::NeedsList)?,
            ItemForm::Columns(_, rows) => rows.flush(out),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::parse;

    fn options<'a>(output: &'a str, read: &'a dyn Fn(&str) -> io::Result<String>) -> Options<'a> {
        Options {
            output,
            template: "",
            allow_missing_keys: true,
            show_managed_fields: false,
            no_headers: false,
            forms: GET_FORMS,
            read,
        }
    }

    fn missing(_: &str) -> io::Result<String> {
        Err(io::Error::from_raw_os_error(2))
    }

    const ITEMS: [&str; 2] = [
        r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","managedFields":[{}]}}"#,
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}"#,
    ];

    #[test]
    fn items_print_what_the_whole_list_prints() {
        let forms = [
            "json",
            "yaml",
            "kyaml",
            "name",
            "jsonpath={range .items[*]}{.metadata.name}{\"\\n\"}{end}",
            "jsonpath={.items[*].kind} x",
            "go-template={{range .items}}{{.kind}};{{end}}",
            "custom-columns=NAME:.metadata.name,K:.kind",
        ];
        for form in forms {
            for count in 0..=2 {
                let items: Vec<OwnedValue> = ITEMS[..count]
                    .iter()
                    .map(|text| parse(text.as_bytes()).unwrap().into_owned())
                    .collect();
                let (mut whole, mut single) = (Vec::new(), Vec::new());
                Printer::new(&options(form, &missing))
                    .unwrap()
                    .print(&mut whole, &mut list_of(items.clone()))
                    .unwrap();
                let mut printer = Printer::new(&options(form, &missing)).unwrap();
                let mut printer = printer.items().unwrap();
                printer.begin(&mut single).unwrap();
                for mut item in items {
                    printer.item(&mut single, &mut item).unwrap();
                }
                printer.end(&mut single).unwrap();
                assert_eq!(
                    String::from_utf8_lossy(&single),
                    String::from_utf8_lossy(&whole),
                    "{form} of {count}"
                );
                assert!(!String::from_utf8_lossy(&whole).contains("managedFields"));
            }
        }
    }

    #[test]
    fn print_of_several_yaml_documents_parts_them() {
        let mut printer = Printer::new(&options("yaml", &missing)).unwrap();
        let mut out = Vec::new();
        for name in ["a", "b"] {
            printer
                .print(&mut out, &mut Value::Object([("name", name)].into_iter().collect()))
                .unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), "name: a\n---\nname: b\n");
    }

    #[test]
    fn new_with_a_template_in_its_own_flag_takes_none_behind_the_form() {
        let new = |output: &str, template: &str| {
            let options = Options {
                template,
                ..options(output, &missing)
            };
            Printer::new(&options).map_err(|error| error.text())
        };
        assert!(new("jsonpath", "{.kind}").is_ok());
        assert!(new("name", "{.kind}").is_ok());
        for form in ["jsonpath={.kind}", "go-template=", "custom-columns=A:.kind"] {
            let fault = format!("error: unable to match a printer suitable for the output format \"{form}\"");
            assert!(new(form, "x").unwrap_err().starts_with(&fault), "{form}");
        }
    }

    #[test]
    fn new_knows_some_forms_in_capitals() {
        for (form, known) in [
            ("JSON", true),
            ("Name", true),
            ("KYAML", true),
            ("WIDE", false),
            ("JsonPath={.a}", false),
        ] {
            assert_eq!(Printer::new(&options(form, &missing)).is_ok(), known, "{form}");
        }
    }

    #[test]
    fn new_with_a_form_that_is_none_lists_those_that_are() {
        let text = |output: &str| Printer::new(&options(output, &missing)).unwrap_err().text();
        let all = format!("allowed formats are: {GET_FORMS}");
        assert_eq!(
            text("xyz"),
            format!("error: unable to match a printer suitable for the output format \"xyz\", {all}")
        );
        assert_eq!(
            text("json=x"),
            format!("error: unable to match a printer suitable for the output format \"json=x\", {all}")
        );
        assert_eq!(
            text("go-template-file=none"),
            "error: error reading --template none, open none: no such file or directory"
        );
        assert_eq!(
            text("custom-columns-file=none"),
            "error: error reading template none, open none: no such file or directory"
        );
        assert_eq!(
            text("custom-columns-file"),
            "error: custom-columns format specified but no custom columns given"
        );
    }
}
