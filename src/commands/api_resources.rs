//! `kubectl api-resources`: the types of objects that the server knows.

use std::{cmp::Ordering, io::Write};

use crate::{
    api::{Map, Value},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    discovery::{Resource, Words, group_resource, group_version},
    error::{Error, Result},
    printers::tabs::TabWriter,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "api-resources",
    usage: "api-resources",
    short: "List the types of objects that the server knows",
    long: "List the types of objects that the server knows.",
    examples: "\
# All types
kubectl api-resources

# With the verbs and categories of each
kubectl api-resources -o wide

# By name
kubectl api-resources --sort-by=name

# Only those that live in namespaces, or only those that do not
kubectl api-resources --namespaced=true
kubectl api-resources --namespaced=false

# Only those of one group
kubectl api-resources --api-group=rbac.authorization.k8s.io",
    flags: &[
        &[
            Flag::text("api-group", "Only types of this group."),
            Flag::switch("cached", false, "Use the list on disk if there is one, however old."),
            Flag::slice("categories", "Only types of these categories."),
            Flag::switch(
                "namespaced",
                true,
                r#"Only types that live in namespaces, or with "false", only those that do not. All if not given."#,
            ),
            Flag::text("output", "How to print: json, yaml, kyaml, name or wide.").short('o'),
            Flag::switch("show-managed-fields", false, "Keep metadata.managedFields in JSON and YAML."),
            Flag::text("sort-by", r#"Sort by "name" or "kind"."#),
            Flag::slice("verbs", "Only types that can do all of these."),
        ],
        groups::NO_HEADERS,
    ],
    flags_in_usage: true,
    ..Command::NEW
};

/// What the command is to do.
#[derive(Debug)]
struct Options {
    format: Format,
    headers: bool,
    sort_by: SortBy,
    /// The only group that is wanted.
    group: Option<String>,
    /// Whether only resources in namespaces are wanted, or only others.
    namespaced: Option<bool>,
    verbs: Vec<String>,
    categories: Vec<String>,
    cached: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Table {
        wide: bool,
    },
    Name,
    /// `json`, `yaml` or `kyaml`.
    Object,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SortBy {
    Group,
    Name,
    Kind,
}

fn resolve(parsed: &Parsed) -> Result<Options> {
    let format = match parsed.string("output") {
        "" => Format::Table { wide: false },
        "wide" => Format::Table { wide: true },
        "name" => Format::Name,
        "json" | "yaml" | "kyaml" => Format::Object,
        other => {
            return Err(Error::message(format!(
                "unable to match a printer suitable for the output format {}, allowed formats are: json,kyaml,name,wide,yaml",
                crate::api::quote(other)
            )));
        }
    };
    let sort_by = match parsed.string("sort-by") {
        "" => SortBy::Group,
        "name" => SortBy::Name,
        "kind" => SortBy::Kind,
        _ => return Err(Error::message("--sort-by accepts only name or kind")),
    };
    Ok(Options {
        format,
        headers: !parsed.bool("no-headers"),
        sort_by,
        group: parsed.changed("api-group").then(|| parsed.string("api-group").to_owned()),
        namespaced: parsed.changed("namespaced").then(|| parsed.bool("namespaced")),
        verbs: parsed.strings("verbs").to_vec(),
        categories: parsed.strings("categories").to_vec(),
        cached: parsed.bool("cached"),
    })
}

/// Runs the command.
///
/// # Errors
/// What is wrong with the flags; a server that cannot be asked, or not for everything.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    if !parsed.args().is_empty() {
        return Err(Error::Usage {
            message: format!("unexpected arguments: [{}]", parsed.args().join(" ")),
            command: parsed.path().to_owned(),
        });
    }
    let discovery = context.discovery()?;
    let options = resolve(parsed)?;
    if !options.cached {
        discovery.invalidate().await;
    }
    let resources = discovery.all().await?;
    let failures = resources.failures();
    let preferred = resources.preferred();
    if !preferred.is_empty() {
        let chosen = choose(preferred, &options);
        let mut text = Vec::new();
        match options.format {
            Format::Table { wide } => table(&mut text, &chosen, wide, options.headers),
            Format::Name => {
                for resource in chosen {
                    writeln!(text, "{}", group_resource(&resource.group, &resource.name))?;
                }
            }
            Format::Object => {
                let mut printer = context.printer(parsed, "json,kyaml,yaml")?;
                printer.print(&mut text, &mut list(&chosen))?;
            }
        }
        context.streams().out().write_all(&text)?;
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(Error::message(format!(
        "unable to retrieve the complete list of server APIs: {}",
        failures.join(", ")
    )))
}

/// The resources that are wanted, in the order in which they are wanted.
fn choose<'a>(resources: Vec<&'a Resource>, options: &Options) -> Vec<&'a Resource> {
    let all_in = |wanted: &[String], have: &Words| wanted.iter().all(|word| have.contains(word));
    let mut chosen: Vec<&Resource> = resources
        .into_iter()
        .filter(|resource| !resource.verbs.is_empty())
        .filter(|resource| options.group.as_ref().is_none_or(|group| resource.group == **group))
        .filter(|resource| options.namespaced.is_none_or(|namespaced| resource.namespaced == namespaced))
        .filter(|resource| all_in(&options.verbs, &resource.verbs) && all_in(&options.categories, &resource.categories))
        .collect();
    chosen.sort_by(|a, b| {
        let first = match options.sort_by {
            SortBy::Group => a.group.cmp(&b.group),
            SortBy::Kind => a.kind.cmp(&b.kind),
            SortBy::Name => Ordering::Equal,
        };
        first.then_with(|| a.name.cmp(&b.name))
    });
    chosen
}

fn table(text: &mut Vec<u8>, resources: &[&Resource], wide: bool, headers: bool) {
    let mut tabs = TabWriter::for_tables();
    if headers {
        tabs.write(b"NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
        tabs.write(if wide { b"\tVERBS\tCATEGORIES\n" } else { b"\n" });
    }
    for resource in resources {
        let mut line = format!(
            "{}\t{}\t{}\t{}\t{}",
            resource.name,
            resource.short_names.join(","),
            group_version(&resource.group, &resource.version),
            resource.namespaced,
            resource.kind
        );
        if wide {
            line.push_str(&format!("\t{}\t{}", resource.verbs.join(","), resource.categories.join(",")));
        }
        line.push('\n');
        tabs.write(line.as_bytes());
    }
    tabs.flush(text);
}

/// The resources as an `APIResourceList`, in the order of Go's struct. Its own `groupVersion` says nothing.
fn list(resources: &[&Resource]) -> Value<'static> {
    let words = |words: &Words| Value::Array(words.iter().map(|word| Value::from(word.to_owned())).collect());
    let resources = resources.iter().map(|resource| {
        let mut map = Map::in_order();
        map.insert("name", resource.name.to_string());
        map.insert("singularName", resource.singular.to_string());
        map.insert("namespaced", resource.namespaced);
        if !resource.group.is_empty() {
            map.insert("group", resource.group.to_string());
        }
        map.insert("version", resource.version.to_string());
        map.insert("kind", resource.kind.to_string());
        map.insert("verbs", words(&resource.verbs));
        if !resource.short_names.is_empty() {
            map.insert("shortNames", words(&resource.short_names));
        }
        if !resource.categories.is_empty() {
            map.insert("categories", words(&resource.categories));
        }
        Value::Object(map)
    });
    let resources: Vec<Value<'static>> = resources.collect();
    let mut map = Map::in_order();
    map.insert("kind", "APIResourceList");
    map.insert("apiVersion", "v1");
    map.insert("groupVersion", "");
    // Go's empty list is `null`.
    map.insert(
        "resources",
        if resources.is_empty() {
            Value::Null
        } else {
            Value::Array(resources)
        },
    );
    Value::Object(map)
}
