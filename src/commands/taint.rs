//! `kubectl taint`: sets and removes the taints of nodes.

use crate::{
    actions::{
        dry_run::DryRun,
        pod_specs::patch,
        report::Report,
        selection::{self, select},
        validation::field_validation,
        write::{STRATEGIC_PATCH, Writer},
    },
    api::{Map, OwnedValue, Value, names, object},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::{Gather, Objects, Query, of_type},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "taint",
    usage: "taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
    short: "Set and remove the taints of nodes",
    long: "\
Set and remove the taints of nodes, which keep pods away that do not tolerate them.

A taint has a key, perhaps a value, and an effect: NoSchedule, PreferNoSchedule or NoExecute. \
KEY=VALUE:EFFECT sets one, KEY:EFFECT- removes one, and KEY- removes all of a key. Keys and values have the \
form of labels.",
    examples: "\
# Pods must tolerate dedicated=special-user
kubectl taint nodes foo dedicated=special-user:NoSchedule

# No longer
kubectl taint nodes foo dedicated:NoSchedule-

# Remove all taints of the key dedicated
kubectl taint nodes foo dedicated-

# On all nodes with a label
kubectl taint node -l myLabel=X dedicated=foo:PreferNoSchedule

# Without a value
kubectl taint nodes foo bar:NoSchedule",
    flags: &[
        &[
            Flag::switch("all", false, "All nodes."),
            Flag::switch("overwrite", false, "Change taints that exist already."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::VALIDATE,
        &groups::field_manager("kubectl-taint"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which nodes.
    pub query: Query,
    /// Taints to set.
    pub set: Vec<Taint>,
    /// Taints to remove; without an effect, all of the key.
    pub remove: Vec<Taint>,
    /// Whether taints that are there may be changed.
    pub overwrite: bool,
    /// How far the change goes.
    pub dry_run: DryRun,
    /// The name under which the server notes who changed it.
    pub field_manager: String,
    /// What the server does about unknown fields.
    pub field_validation: &'static str,
}

/// A taint; its value and its effect may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taint {
    key: String,
    value: String,
    effect: String,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Words that are no taints, flags that exclude each other.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let field_validation = field_validation(parsed)?;
        let namespace = context.namespace()?;
        let (mut resources, taints) = split(parsed.args())?;
        let (set, remove) = parse(&taints).map_err(|message| Error::Usage {
            message,
            command: parsed.path().to_owned(),
        })?;
        let kind = resources.remove(0);
        if !matches!(kind.to_lowercase().as_str(), "node" | "nodes" | "no") {
            return Err(Error::message(format!(
                "invalid resource type {kind}, only node types are supported"
            )));
        }
        check_apart(&set, &remove)?;
        let mut query = selection::query(parsed, Vec::new(), (namespace.name, namespace.explicit));
        query.words = match (query.type_means_all, query.labels.is_some()) {
            (true, true) => return Err(Error::message("setting 'all' parameter with a non empty selector is prohibited")),
            (false, false) if resources.is_empty() => {
                return Err(Error::message(
                    "at least one resource name must be specified since 'all' parameter is not set",
                ));
            }
            (false, false) => resources.iter().map(|name| of_type("nodes", name)).collect::<Result<_>>()?,
            // Names beside them do not count.
            _ => vec!["nodes".to_owned()],
        };
        Ok(Options {
            query,
            set,
            remove,
            overwrite: parsed.bool("overwrite"),
            dry_run,
            field_manager: parsed.string("field-manager").to_owned(),
            field_validation,
        })
    }
}

/// The words before the first taint, at least one, and the taints, at least one.
fn split(words: &[String]) -> Result<(Vec<String>, Vec<String>)> {
    let is_taint = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let first = words.iter().position(is_taint).unwrap_or(words.len());
    let (resources, taints) = words.split_at(first);
    if let Some(word) = taints.iter().find(|word| !is_taint(word)) {
        return Err(Error::message(format!(
            "all resources must be specified before taint changes: {word}"
        )));
    }
    if resources.is_empty() {
        return Err(Error::message("one or more resources must be specified as <resource> <name>"));
    }
    if taints.is_empty() {
        return Err(Error::message("at least one taint update is required"));
    }
    Ok((resources.to_vec(), taints.to_vec()))
}

/// Fails for taints that are both set and removed.
fn check_apart(set: &[Taint], remove: &[Taint]) -> Result<()> {
    let both = |set: &Taint, removed: &&Taint| set.key == removed.key && (removed.effect.is_empty() || set.effect == removed.effect);
    let both: Vec<String> = set
        .iter()
        .flat_map(|set| remove.iter().filter(move |removed| both(set, removed)))
        .map(|removed| format!("{}={}", removed.key, removed.effect))
        .collect();
    if both.is_empty() {
        return Ok(());
    }
    let both = both.join(", ");
    Err(Error::message(format!(
        "can not both modify and remove the following taint(s) in the same command: {both}"
    )))
}

/// Reads `key=value:effect`, `key:effect`, and with a dash behind them what is removed.
fn parse(words: &[String]) -> Result<(Vec<Taint>, Vec<Taint>), String> {
    let (mut set, mut remove): (Vec<Taint>, Vec<Taint>) = (Vec::new(), Vec::new());
    for word in words {
        if let Some(word) = word.strip_suffix('-') {
            let mut taint = read(word)?;
            // Without a value, none is compared.
            taint.value.clear();
            remove.push(taint);
            continue;
        }
        let taint = read(word)?;
        if taint.effect.is_empty() {
            return Err(format!("invalid taint spec: {word}"));
        }
        if set.iter().any(|other| other.key == taint.key && other.effect == taint.effect) {
            return Err(format!(
                "duplicated taints with the same key and effect: {{{} {} {} <nil>}}",
                taint.key, taint.value, taint.effect
            ));
        }
        set.push(taint);
    }
    Ok((set, remove))
}

fn read(word: &str) -> Result<Taint, String> {
    let invalid = || format!("invalid taint spec: {word}");
    let (pair, effect) = match word.split(':').collect::<Vec<_>>().as_slice() {
        [pair] => (*pair, ""),
        [pair, effect] => (*pair, *effect),
        _ => return Err(invalid()),
    };
    if word.contains(':') && !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
        return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
    }
    let (key, value) = match pair.split('=').collect::<Vec<_>>().as_slice() {
        [key] => (*key, ""),
        [key, value] => (*key, *value),
        _ => return Err(invalid()),
    };
    for faults in [names::qualified_name(key), names::label_value(value)] {
        if !faults.is_empty() {
            return Err(format!("invalid taint spec: {word}, {}", faults.join("; ")));
        }
    }
    Ok(Taint {
        key: key.to_owned(),
        value: value.to_owned(),
        effect: effect.to_owned(),
    })
}

/// Sets and removes the taints of the nodes that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let writer = Writer {
        field_validation: options.field_validation,
        ..Writer::typed(site.client, options.dry_run, &options.field_manager)
    };
    let mut errors = Vec::new();
    for info in select(&options.query, Gather::typed(Objects::Latest), false, &site).await?.infos {
        let result = async {
            let info = info?;
            let mut after = info.object.clone();
            let done = change(&options, &mut after)?;
            if options.dry_run != DryRun::Client {
                let patch = patch(&info.object, &after)?.unwrap_or_else(|| b"{}".to_vec());
                after = writer.patch(&info, STRATEGIC_PATCH, patch).await?;
            }
            // Dry runs are not told apart here: kubectl does not either.
            Report::new(context.streams(), context.chosen_printer(parsed, COMMON_FORMS)?, DryRun::None).print(after, done)
        };
        errors.extend(result.await.err());
    }
    Error::collect(errors)
}

/// Changes the taints of one node; what was done.
fn change(options: &Options, node: &mut OwnedValue) -> Result<&'static str> {
    let old = node.items_at(&["spec", "taints"]).to_vec();
    let has = |taint: &Taint, old: &OwnedValue| {
        old.str_at(&["key"]) == taint.key && (taint.effect.is_empty() || old.str_at(&["effect"]) == taint.effect)
    };
    let taken: Vec<&str> = (options.set.iter().filter(|taint| old.iter().any(|old| has(taint, old))))
        .map(|taint| taint.key.as_str())
        .collect();
    if !options.overwrite && !taken.is_empty() {
        return Err(Error::message(format!(
            "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
            object::name(node),
            taken.join(",")
        )));
    }
    let missing: Vec<Error> = (options.remove.iter().filter(|taint| !old.iter().any(|old| has(taint, old))))
        .map(|taint| {
            let effect = if taint.effect.is_empty() {
                String::new()
            } else {
                format!(":{}", taint.effect)
            };
            Error::message(format!("taint {:?} not found", format!("{}{effect}", taint.key)))
        })
        .collect();
    Error::collect(missing)?;
    // New taints come first, and those that stay behind them.
    let mut taints: Vec<OwnedValue> = options.set.iter().map(written).collect();
    let gone = |old: &OwnedValue| options.set.iter().chain(&options.remove).any(|taint| has(taint, old));
    taints.extend(old.into_iter().filter(|old| !gone(old)));
    match taints.is_empty() {
        true => {
            node.object_at(&["spec"]).remove("taints");
        }
        false => node.set(&["spec", "taints"], taints),
    }
    Ok(match (options.set.is_empty(), options.remove.is_empty()) {
        _ if options.overwrite => "modified",
        (false, false) => "modified",
        (false, true) => "tainted",
        _ => "untainted",
    })
}

/// A taint as an object.
fn written(taint: &Taint) -> OwnedValue {
    let fields = [("effect", &taint.effect), ("key", &taint.key), ("value", &taint.value)];
    let fields = fields.into_iter().filter(|(_, text)| !text.is_empty());
    Value::Object(fields.map(|(name, text)| (name, text.clone())).collect::<Map<'_>>())
}
