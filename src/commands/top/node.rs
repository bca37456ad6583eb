//! `kubectl top node`: how much nodes use.

use std::{cmp::Reverse, collections::BTreeMap};

use super::usage::{self, Amounts, Options as Shown, Resource, Table, UNKNOWN};
use crate::{
    api::{Value, object, sort::sort},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "node",
    aliases: &["nodes", "no"],
    usage: "node [NAME | -l label]",
    short: "Show how much CPU and memory nodes use",
    long: "Show how much CPU and memory nodes use.",
    examples: "\
# All nodes
kubectl top node

# One node
kubectl top node NODE_NAME",
    flags: &[
        &[
            Flag::switch(
                "show-capacity",
                false,
                "Reckon shares of all that the node has, not of what pods may use.",
            ),
            Flag::switch("show-swap", false, "Show how much swap space is used."),
            Flag::text("sort-by", r#"Sort by "cpu" or "memory", the most first."#),
            Flag::switch("use-protocol-buffers", true, "Ask for the measurements in protocol buffers."),
        ],
        groups::SELECTOR,
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
    /// The field of a node's status that says what there is: all, or what pods may use.
    available: &'static str,
}

/// What there is of each resource on a node; none where the node does not say.
type Available = [Option<f64>; 3];

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// As for [`Shown::resolve`].
    fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let selected = !parsed.string("selector").is_empty();
        let available = if parsed.bool("show-capacity") { "capacity" } else { "allocatable" };
        let exclusive = "only one of NAME or --selector can be provided";
        Ok(Options {
            shown: Shown::resolve(parsed, false, selected, exclusive, context)?,
            available,
        })
    }
}

/// Shows how much the nodes use.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, a server without measurements, its refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let shown = &options.shown;
    let answer = usage::ask(shown, "", "", "nodes", context).await?;
    let mut measured = Vec::new();
    for node in usage::objects(&answer, shown)? {
        measured.push((object::name(&node).to_owned(), Amounts::read(node.get("usage"))?));
    }
    if measured.is_empty() {
        return Err(Error::message("metrics not available yet"));
    }
    let request = usage::request("/api/v1", "", "nodes", shown, "")?.about("", "nodes", shown.name.as_str());
    let answer = context.client()?.send(request).await?.bytes().await?;
    let mut nodes = BTreeMap::new();
    for node in usage::objects(&answer, shown)? {
        nodes.insert(object::name(&node).to_owned(), available(&node, options.available)?);
    }
    match shown.sort_by {
        Some(resource) => sort(&mut measured, |(_, a), (_, b)| Reverse(a.key(resource)) < Reverse(b.key(resource))),
        None => sort(&mut measured, |(a, _), (b, _)| a < b),
    }
    let mut table = Table::new();
    if shown.headers {
        table.cell("NAME");
        for resource in shown.resources {
            headers(*resource).into_iter().for_each(|header| table.cell(header));
        }
        table.end_line();
    }
    for (name, amounts) in &measured {
        table.cell(name);
        let available = nodes.remove(name);
        for (at, &resource) in shown.resources.iter().enumerate() {
            line(&mut table, resource, amounts, available.map(|available| available[at]));
        }
        table.end_line();
    }
    // Nodes that nobody has measured come last.
    for name in nodes.keys() {
        table.cell(name);
        (0..2 * shown.resources.len()).for_each(|_| table.cell(UNKNOWN));
        table.end_line();
    }
    table.show(context)
}

/// Writes how much of a resource a node uses, in itself and as a share of what there is. Of a node that is not there no
/// share is told; swap space of a node that has none is not known at all.
fn line(table: &mut Table, resource: Resource, amounts: &Amounts, available: Option<Option<f64>>) {
    if resource == Resource::Swap && available == Some(None) {
        table.cell(UNKNOWN);
        return table.cell(UNKNOWN);
    }
    table.cell(&amounts.shown(resource));
    if let Some(all) = available.flatten() {
        let used = amounts.of(resource).milli_value() as f64;
        let share = if all == 0.0 { 0.0 } else { used / all * 100.0 };
        table.cell(&format!("{}%", share as i64));
    }
}

/// What a node says that there is, in thousandths.
fn available(node: &Value<'_>, field: &str) -> Result<Available> {
    let list = node.at(&["status", field]);
    let amounts = Amounts::read(list)?;
    let of = |resource: Resource| {
        let said = list.and_then(|list| list.get(resource.name()));
        said.map(|_| amounts.of(resource).milli_value() as f64)
    };
    let swap = node.int_at(&["status", "nodeInfo", "swap", "capacity"]);
    Ok([of(Resource::Cpu), of(Resource::Memory), swap.map(|bytes| bytes as f64 * 1000.0)])
}

fn headers(resource: Resource) -> [&'static str; 2] {
    match resource {
        Resource::Cpu => ["CPU(cores)", "CPU(%)"],
        Resource::Memory => ["MEMORY(bytes)", "MEMORY(%)"],
        Resource::Swap => ["SWAP(bytes)", "SWAP(%)"],
    }
}
