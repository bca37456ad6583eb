//! `kubectl rollout history`: lists the states that workloads have had.

use std::{collections::BTreeMap, io::Write};

use super::selection;
use crate::{
    actions::rollout::{
        self, Workload,
        history::{self, State},
    },
    api::{OwnedValue, structs::Structs},
    args::{Command, Flag, Kind, Parsed, groups},
    client::Client,
    context::Context,
    describe,
    error::{Error, Result},
    printers::{
        Printer,
        form::{self, COMMON_FORMS},
        table::NONE,
        tabs::TabWriter,
    },
    resource::{Gather, Info, Objects, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "history",
    usage: "history (TYPE NAME | TYPE/NAME) [flags]",
    short: "List the states that workloads have had",
    long: "List the states that workloads have had.",
    examples: "\
# The states of a deployment
kubectl rollout history deployment/abc

# One state of a daemon set, in detail
kubectl rollout history daemonset/abc --revision=3",
    flags: &[
        &[Flag::new(
            "revision",
            Kind::Int64,
            "0",
            "Show this state in detail, with its pod template.",
        )],
        groups::OUTPUT,
        groups::PRINT,
        groups::SELECTOR,
        &groups::files("A file, directory or URL with the manifests of the workloads."),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
struct Args<'a>(&'a Parsed);

/// What it means.
#[derive(Debug)]
struct Options {
    query: Query,
    /// The one state to show; 0 for a list of all.
    revision: i64,
    output: Output,
}

/// What is printed.
#[derive(Debug)]
enum Output {
    /// For people: the object's name, and a line for each state or one in full.
    Summary,
    /// The states.
    States(Printer),
    /// The object, where there is a template and no word of a form: kubectl means this printer for its sentences.
    Object(Printer),
}

impl Options {
    fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let query = selection(parsed, context)?;
        let revision = parsed.int("revision");
        if revision < 0 {
            return Err(Error::message(format!("revision must be a positive integer: {revision}")));
        }
        let output = match context.chosen_printer(parsed, COMMON_FORMS)? {
            None => Output::Summary,
            Some(printer) if parsed.changed("output") => Output::States(printer),
            Some(printer) => Output::Object(printer),
        };
        Ok(Options { query, revision, output })
    }
}

/// Shows the states of the workloads that the command line names.
///
/// # Errors
/// Mistakes on the command line, states that are not there, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let Options {
        query,
        revision,
        mut output,
    } = Options::resolve(&Args(parsed), context)?;
    let site = context.site_of(&query)?;
    let plan = query.plan(&site).await?;
    let settings = describe::Settings {
        now: site.streams.now(),
        zone: context.world().zone(),
        show_events: false,
        chunk_size: 0,
    };
    let gather = Gather::typed(Objects::Latest);
    gather
        .visit(plan, &query, &site, async |info| {
            let states = states(&info, site.client).await?;
            let mut out = Vec::new();
            let printed = match &mut output {
                Output::States(printer) => whole(&mut out, states, revision, printer),
                Output::Object(_) if revision > 0 && !states.is_empty() && !states.contains_key(&revision) => Err(not_found()),
                Output::Object(printer) => printer.print(&mut out, &mut Structs::new().typed(info.object)),
                Output::Summary => summary(&mut out, &info.object, &states, revision, &settings),
            };
            // A state that is not there leaves the line unprinted.
            if printed.is_ok() {
                site.streams.out().write_all(&out)?;
            }
            printed
        })
        .await
}

async fn states(info: &Info, client: &Client) -> Result<BTreeMap<i64, State>> {
    match Workload::of(&info.mapping) {
        Some(workload) => history::history(workload, info, client).await,
        None => Err(rollout::unknown(
            &info.mapping,
            "no history viewer has been implemented",
            "error retrieving history",
        )),
    }
}

/// The object, and behind it its states: a line for each, or one in full.
fn summary(
    out: &mut Vec<u8>,
    object: &OwnedValue,
    states: &BTreeMap<i64, State>,
    revision: i64,
    settings: &describe::Settings,
) -> Result<()> {
    form::name(out, object);
    // What follows stands on the line of the name.
    out.pop();
    out.push(b' ');
    if revision > 0 {
        out.extend_from_slice(format!("with revision #{revision}").as_bytes());
    }
    out.push(b'\n');
    if states.is_empty() {
        out.extend_from_slice(b"No rollout history found.");
    } else if revision > 0 {
        let state = states.get(&revision).ok_or_else(not_found)?;
        describe::pod_template(&state.template, settings, out);
    } else {
        let mut tabs = TabWriter::new(0, 2);
        tabs.write(b"REVISION\tCHANGE-CAUSE\n");
        for (revision, state) in states {
            let cause = if state.cause.is_empty() { NONE } else { &state.cause };
            tabs.write(format!("{revision}\t{cause}\n").as_bytes());
        }
        tabs.flush(out);
    }
    out.push(b'\n');
    Ok(())
}

fn not_found() -> Error {
    Error::message("unable to find the specified revision")
}

/// The objects that stand for the states.
fn whole(out: &mut Vec<u8>, states: BTreeMap<i64, State>, revision: i64, printer: &mut Printer) -> Result<()> {
    let structs = Structs::new();
    if revision > 0 && !states.contains_key(&revision) {
        return Err(not_found());
    }
    for (number, state) in states {
        if revision == 0 || revision == number {
            printer.print(out, &mut structs.typed(state.object))?;
        }
    }
    Ok(())
}
