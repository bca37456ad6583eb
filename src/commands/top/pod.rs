//! `kubectl top pod`: how much pods use.

use std::{
    cmp::{Ordering, Reverse},
    time::Duration,
};

use super::usage::{self, Amounts, Options as Shown, Resource, Table};
use crate::{
    api::{Value, object, selector::FieldSelector, sort::sort, time},
    args::{Command, Flag, Parsed, groups},
    client::{klog::Severity, request::go_duration},
    context::Context,
    error::{Error, Result},
};

/// How long it may take until a new pod is measured.
const DELAY: Duration = Duration::from_secs(120);

/// The command as data.
pub static COMMAND: Command = Command {
    name: "pod",
    aliases: &["pods", "po"],
    usage: "pod [NAME | -l label]",
    short: "Show how much CPU and memory pods use",
    long: "Show how much CPU and memory pods use. Of a new pod this is known only after some minutes.",
    examples: "\
# All pods of the namespace
kubectl top pod

# Of another namespace
kubectl top pod --namespace=NAMESPACE

# One pod, by container
kubectl top pod POD_NAME --containers

# By label
kubectl top pod -l name=myLabel",
    flags: &[
        &[
            Flag::switch("containers", false, "Show each container."),
            Flag::switch("show-swap", false, "Show how much swap space is used."),
            Flag::text("sort-by", r#"Sort by "cpu" or "memory", the most first."#),
            Flag::switch("sum", false, "Show the sum of all."),
            Flag::switch("use-protocol-buffers", true, "Ask for the measurements in protocol buffers."),
        ],
        groups::SELECTOR,
        groups::FIELD_SELECTOR,
        groups::ALL_NAMESPACES,
        groups::NO_HEADERS,
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
struct Args<'a>(&'a Parsed);

/// What it means.
#[derive(Debug)]
struct Options {
    shown: Shown,
    all_namespaces: bool,
    /// A field selector in its canonical form; may be empty.
    fields: String,
    containers: bool,
    sum: bool,
}

/// What a pod uses.
#[derive(Debug)]
struct Pod {
    namespace: String,
    name: String,
    total: Amounts,
    containers: Vec<(String, Amounts)>,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// As for [`Shown::resolve`].
    fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let selected = ["selector", "field-selector"].iter().any(|flag| !parsed.string(flag).is_empty());
        let shown = Shown::resolve(parsed, true, selected, "only one of NAME or selector can be provided", context)?;
        let fields = FieldSelector::parse(parsed.string("field-selector")).map_err(Error::Message)?;
        Ok(Options {
            shown,
            all_namespaces: parsed.bool("all-namespaces"),
            fields: fields.to_string(),
            containers: parsed.bool("containers"),
            sum: parsed.bool("sum"),
        })
    }
}

impl Pod {
    fn from_value(pod: &Value<'_>) -> Result<Pod> {
        let (mut total, mut containers) = (Amounts::NOTHING, Vec::new());
        for container in pod.items_at(&["containers"]) {
            let amounts = Amounts::read(container.get("usage"))?;
            total.add(&amounts);
            containers.push((container.str_at(&["name"]).to_owned(), amounts));
        }
        Ok(Pod {
            namespace: object::namespace(pod).to_owned(),
            name: object::name(pod).to_owned(),
            total,
            containers,
        })
    }
}

/// Shows how much the pods use.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, a server without measurements, its refusals, pods that should
/// have been measured long ago.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let namespace = if options.all_namespaces { "" } else { &options.shown.namespace };
    let answer = usage::ask(&options.shown, namespace, &options.fields, "pods", context).await?;
    let objects = usage::objects(&answer, &options.shown)?;
    let mut pods = objects.iter().map(Pod::from_value).collect::<Result<Vec<_>>>()?;
    if pods.is_empty() {
        explain_nothing(&options, context).await?;
        return context.warn(&match options.all_namespaces {
            true => "No resources found".to_owned(),
            false => format!("No resources found in {} namespace.", options.shown.namespace),
        });
    }
    match options.shown.sort_by {
        Some(resource) => {
            let key = |amounts: &Amounts| Reverse(amounts.key(resource));
            sort(&mut pods, |a, b| key(&a.total) < key(&b.total));
            pods.iter_mut()
                .for_each(|pod| sort(&mut pod.containers, |(_, a), (_, b)| key(a) < key(b)));
        }
        None => {
            let by_namespace = |a: &Pod, b: &Pod| match options.all_namespaces {
                true => a.namespace.cmp(&b.namespace),
                false => Ordering::Equal,
            };
            sort(&mut pods, |a, b| by_namespace(a, b).then_with(|| a.name.cmp(&b.name)).is_lt());
            pods.iter_mut().for_each(|pod| sort(&mut pod.containers, |(a, _), (b, _)| a < b));
        }
    }
    print(&options, &pods, context)
}

fn print(options: &Options, pods: &[Pod], context: &Context) -> Result<()> {
    let resources = options.shown.resources;
    let mut table = Table::new();
    // kubectl counts only columns that have headers: without, the sum stands further left.
    let mut columns = 1 + resources.len();
    if options.shown.headers {
        for (header, _) in [("NAMESPACE", options.all_namespaces), ("POD", options.containers)]
            .into_iter()
            .filter(|(_, shown)| *shown)
        {
            table.cell(header);
            columns += 1;
        }
        table.cell("NAME");
        resources.iter().for_each(|resource| table.cell(header(*resource)));
        table.end_line();
    }
    let amounts = |table: &mut Table, name: &str, amounts: &Amounts| {
        table.cell(name);
        resources.iter().for_each(|resource| table.cell(&amounts.shown(*resource)));
        table.end_line();
    };
    let mut sum = Amounts::NOTHING;
    for pod in pods {
        sum.add(&pod.total);
        let place = |table: &mut Table| {
            if options.all_namespaces {
                table.cell(&pod.namespace);
            }
        };
        if options.containers {
            for (name, used) in &pod.containers {
                place(&mut table);
                table.cell(&pod.name);
                amounts(&mut table, name, used);
            }
        } else {
            place(&mut table);
            amounts(&mut table, &pod.name, &pod.total);
        }
    }
    if options.sum {
        // Two lines, however many resources there are: so does kubectl.
        (2..columns).for_each(|_| table.cell(""));
        (0..2).for_each(|_| table.cell("________"));
        table.end_line();
        (3..columns).for_each(|_| table.cell(""));
        amounts(&mut table, "", &sum);
    }
    table.show(context)
}

fn header(resource: Resource) -> &'static str {
    match resource {
        Resource::Cpu => "CPU(cores)",
        Resource::Memory => "MEMORY(bytes)",
        Resource::Swap => "SWAP(bytes)",
    }
}

/// Sees why nothing is measured: there are no pods, they are new, or something is wrong.
///
/// # Errors
/// All but the first.
async fn explain_nothing(options: &Options, context: &Context) -> Result<()> {
    // kubectl looks in one namespace only, even where it was asked for all.
    let request = usage::request("/api/v1", &options.shown.namespace, "pods", &options.shown, &options.fields)?;
    let client = context.client()?;
    let answer = client.send(request.about("", "pods", "")).await?.bytes().await?;
    let pods = usage::objects(&answer, &options.shown)?;
    for pod in &pods {
        let created = time::parse(pod.str_at(&["metadata", "creationTimestamp"])).unwrap_or_default();
        let age = Duration::try_from(context.streams().now().duration_since(created)).unwrap_or_default();
        let sentence = format!(
            "for pod {}/{}, age: {}",
            object::namespace(pod),
            object::name(pod),
            go_duration(age)
        );
        if age > DELAY {
            return Err(Error::message(format!("Metrics not available {sentence}")));
        }
        if client.log().wants(2) {
            let sentence = format!("Metrics not yet available {sentence}");
            client.log().line(Severity::Info, "top_pod.go:279", &sentence);
        }
    }
    match pods.is_empty() {
        true => Ok(()),
        false => Err(Error::message("metrics not available yet")),
    }
}
