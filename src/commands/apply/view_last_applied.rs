//! `kubectl apply view-last-applied`: prints the manifest that apply has noted in an object.

use std::io::Write;

use crate::{
    actions::{last_applied::noted, selection::query},
    api::{json, quote},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::{Gather, Objects, Plan, Query, Site, Step},
    yaml,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "view-last-applied",
    usage: "view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    short: "Print the manifest that apply has noted in objects",
    long: r#"Print the manifest that "kubectl apply" has noted in objects: as YAML, or with -o json as JSON."#,
    examples: "\
# By type and name
kubectl apply view-last-applied deployment/nginx

# By file, as JSON
kubectl apply view-last-applied -f deploy.yaml -o json",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::new("output", Kind::String, "yaml", "How to print: yaml or json.").short('o'),
        ],
        groups::SELECTOR,
        &groups::files("A file, directory or URL with the manifests of the objects."),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which objects.
    pub query: Query,
    /// How to print; checked only when there is something to print, as kubectl does.
    pub output: String,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Flags that exclude each other.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let namespace = context.namespace()?;
        let query = Query {
            all: parsed.bool("all"),
            type_means_all: namespace.explicit,
            ..query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit))
        };
        // A type alone, in a namespace that was named, has become a selector of everything before --all is looked at.
        if query.all && query.type_means_all && matches!(query.words.as_slice(), [word] if !word.contains('/')) {
            return Err(Error::message("setting 'all' parameter but found a non empty selector. "));
        }
        if let (true, Some(labels)) = (query.all, &query.labels) {
            return Err(Error::message(format!(
                "found non-empty label selector {} with previously set 'all' parameter. ",
                quote(labels)
            )));
        }
        Ok(Options {
            query,
            output: parsed.string("output").to_owned(),
        })
    }
}

/// Prints what is noted in the objects that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, objects that are not there or have nothing noted.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let notes = notes(&options.query, &context.site()?).await?;
    for note in notes {
        let mut out = Vec::new();
        match options.output.as_str() {
            "json" => json::indent(&mut out, note.as_bytes())?,
            "yaml" => yaml::to_yaml(
                &mut out,
                &yaml::parse(note.as_bytes()).map_err(|error| Error::message(error.message))?,
            ),
            other => {
                return Err(Error::Usage {
                    message: format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"),
                    command: parsed.path().to_owned(),
                });
            }
        }
        context.streams().out().write_all(&out)?;
    }
    Ok(())
}

/// What is noted in each object. Nothing is printed before all are known, as kubectl does.
async fn notes(query: &Query, site: &Site<'_>) -> Result<Vec<String>> {
    let gather = Gather::new(Objects::Latest);
    let mut notes = Vec::new();
    let plan = query.plan(site).await?;
    if query.files.is_empty() {
        for info in gather.all(plan, query, site).await? {
            // kubectl says nothing of an object without a note that no file names, and goes on.
            notes.extend(noted(&info?.object).map(str::to_owned));
        }
        return Ok(notes);
    }
    for step in plan.steps {
        let source = match &step {
            Step::File(source) => source.name(),
            _ => String::new(),
        };
        let plan = Plan {
            steps: [step].into(),
            single: plan.single,
        };
        for info in gather.all(plan, query, site).await? {
            let info = info?;
            match noted(&info.object) {
                Some(note) => notes.push(note.to_owned()),
                None => {
                    return Err(Error::message(format!(
                        "error when no last-applied-configuration annotation found on resource: {}\n {}: <nil>",
                        info.name,
                        quote(&source)
                    )));
                }
            }
        }
    }
    Ok(notes)
}
