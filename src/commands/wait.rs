//! `kubectl wait`: waits until objects are in a state.

use std::{io::Write, time::Duration};

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{
    actions::until::{self, Limit, State},
    api::{OwnedValue, quote},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::{
        Printer,
        form::{self, COMMON_FORMS},
    },
    resource::{FileSet, Gather, Objects, Query, Site},
    template::jsonpath::{self, Program},
};

/// How long a negative time is.
const A_WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

const LOCAL_WITHOUT_FILES: &str = "you must specify resources by --filename when --local is set.\nExample resource specifications \
                                   include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";

/// How often is looked for objects that are to be created.
const POLL: Duration = Duration::from_millis(500);

/// The command as data.
pub static COMMAND: Command = Command {
    name: "wait",
    usage: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) \
            [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    short: "Wait until objects are in a state",
    long: "\
Wait until objects are in a state, or the time is up.

The state is a condition of the object's status, a value found by JSONPath, its creation or its deletion. \
Objects are given as in other commands; all must reach the state.",
    examples: "\
# Until the pod busybox1 is ready
kubectl wait --for=condition=Ready pod/busybox1

# Until a condition is no longer there
kubectl wait --for=condition=Ready=false pod/busybox1

# Until it is created, and then ready
kubectl wait --for=create --for=condition=Ready pod/busybox1 --timeout=60s

# Until a field has a value
kubectl wait --for=jsonpath='{.status.phase}'=Running pod/busybox1

# Until a field has any value
kubectl wait --for=jsonpath='{.status.loadBalancer.ingress}' service/loadbalancer

# Until a secret is created
kubectl wait --for=create secret/my-secret --timeout=30s

# Until a pod is gone
kubectl delete pod/busybox1
kubectl wait --for=delete pod/busybox1 --timeout=60s",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::slice("filename", "A file, directory or URL with the manifests of the objects.").short('f'),
            Flag::array(
                "for",
                "The state: create, delete, condition=NAME[=VALUE] with \"true\" for VALUE if not given, or \
            jsonpath='{EXPRESSION}'[=VALUE]. Conditions are compared without regard to case. Repeat it for several, which \
            must be reached one after the other; create always comes first.",
            ),
            Flag::switch("recursive", true, "Search the directories given by -f down to the last one.").short('R'),
            Flag::new(
                "timeout",
                Kind::Duration,
                "30s",
                "How long to wait. 0 looks once; a negative time means a week.",
            ),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::SELECTOR,
        groups::FIELD_SELECTOR,
        groups::ALL_NAMESPACES,
        groups::LOCAL,
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
    conditions: Conditions,
    /// How long to wait; nothing to look once.
    timeout: Duration,
    /// How to print objects; none for their names.
    printer: Option<Printer>,
}

/// What to wait for, in this order.
#[derive(Debug, Default)]
struct Conditions {
    created: bool,
    others: Vec<Condition>,
}

#[derive(Debug)]
enum Condition {
    Deleted,
    State(State),
}

impl Options {
    fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let formatted = ["output", "template"].iter().any(|flag| !parsed.string(flag).is_empty());
        let printer = formatted.then(|| context.printer(parsed, COMMON_FORMS)).transpose()?;
        let namespace = context.client_namespace()?;
        let optional = |name: &str| Some(parsed.string(name).to_owned()).filter(|text| !text.is_empty());
        let files = FileSet {
            filenames: parsed.strings("filename").to_vec(),
            kustomize: None,
            recursive: parsed.bool("recursive"),
        };
        let query = Query {
            words: parsed.args().to_vec(),
            files,
            namespace: namespace.name,
            enforce_namespace: namespace.explicit,
            all_namespaces: parsed.bool("all-namespaces"),
            labels: optional("selector"),
            fields: optional("field-selector"),
            // Where names are given too, they count.
            type_means_all: parsed.bool("all"),
            ..Query::default()
        };
        context.client()?;
        let without_files = parsed.bool("local") && query.files.is_empty() && !query.words.is_empty();
        let conditions = Conditions::parse(parsed.strings("for"))?;
        if without_files {
            return Err(Error::message(LOCAL_WITHOUT_FILES));
        }
        let timeout = parsed.signed_duration("timeout");
        Ok(Options {
            query,
            conditions,
            timeout: if timeout.is_negative() {
                A_WEEK
            } else {
                parsed.duration("timeout")
            },
            printer,
        })
    }
}

impl Conditions {
    /// Reads the values of `--for`.
    ///
    /// # Errors
    /// The first that is none.
    fn parse(words: &[String]) -> Result<Conditions> {
        let mut conditions = Conditions::default();
        for word in words {
            match word.to_lowercase().as_str() {
                "create" => conditions.created = true,
                "delete" => conditions.others.push(Condition::Deleted),
                _ => conditions.others.push(Condition::State(state(word)?)),
            }
        }
        if words.is_empty() {
            return Err(Error::message("unrecognized condition: []"));
        }
        Ok(conditions)
    }

    /// Whether objects that are not there are what is waited for.
    fn end_in_deletion(&self) -> bool {
        matches!(self.others.as_slice(), [Condition::Deleted])
    }
}

/// A state as `--for` names it: `condition=Ready=true` or `jsonpath={.status.phase}=Running`.
fn state(word: &str) -> Result<State> {
    if let Some(condition) = word.strip_prefix("condition=") {
        let (name, status) = condition.split_once('=').unwrap_or((condition, "true"));
        return Ok(State::Condition {
            name: name.to_owned(),
            status: status.to_owned(),
        });
    }
    let Some(input) = word.strip_prefix("jsonpath=") else {
        return Err(Error::message(format!("unrecognized condition: {}", quote(word))));
    };
    let (path, value) = match split(input).as_slice() {
        [path] => (path.clone(), None),
        [path, value] => (path.clone(), Some(value.trim_matches(['\'', '"']).to_owned())),
        _ => {
            return Err(Error::message(
                "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
            ));
        }
    };
    let fault = |error: jsonpath::ParseError| Error::message(error.to_string());
    let path = jsonpath::relaxed(&path).map_err(fault)?;
    if value.as_deref() == Some("") {
        return Err(Error::message(
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
        ));
    }
    if path.is_empty() {
        return Err(Error::message("jsonpath expression cannot be empty"));
    }
    let path = Program::parse(&path).map_err(fault)?.allow_missing_keys(true);
    Ok(State::Value { path, value })
}

/// The parts between single equal signs; double ones belong to a path.
fn split(input: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = input;
    while let Some(at) = rest.find('=') {
        let part = parts.last_mut();
        let double = rest[at..].starts_with("==");
        if let Some(part) = part {
            part.push_str(&rest[..at]);
            if double {
                part.push_str("==");
            }
        }
        if !double {
            parts.push(String::new());
        }
        rest = &rest[at + if double { 2 } else { 1 }..];
    }
    if let Some(part) = parts.last_mut() {
        part.push_str(rest);
    }
    parts
}

/// Waits for the objects that the command line names, one after the other.
///
/// # Errors
/// Mistakes on the command line, objects that do not exist, time that ran out.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let limit = match options.timeout {
        Duration::ZERO => Limit::Once,
        timeout => Limit::Until(Instant::now() + timeout),
    };
    if options.conditions.created {
        // An interrupt kills the process here, as it kills kubectl.
        created(&options.query, limit, &context.site()?).await?;
    }
    let mut stopped = context.stopped();
    tokio::select! {
        result = wait(options, limit, context) => result,
        () = &mut stopped => Err(Error::Exit(1)),
    }
}

async fn wait(options: Options, limit: Limit, context: &Context) -> Result<()> {
    let Options {
        query,
        conditions,
        mut printer,
        ..
    } = options;
    let site = context.site()?;
    let plan = query.plan(&site).await?;
    let mut visited = 0;
    let gather = Gather {
        ignore_not_found: conditions.end_in_deletion(),
        ..Gather::new(Objects::Latest)
    };
    gather
        .visit(plan, &query, &site, async |info| {
            visited += 1;
            let mut object = None;
            for condition in &conditions.others {
                object = Some(match condition {
                    Condition::Deleted => until::gone(&info, None, limit, site.client).await?,
                    Condition::State(state) => until::state(&info, state, limit, site.client).await?,
                });
            }
            let mut out = Vec::new();
            let printed = print(&mut out, object.unwrap_or(info.object), printer.as_mut());
            site.streams.out().write_all(&out)?;
            site.streams.flush()?;
            printed
        })
        .await?;
    if visited == 0 && !conditions.end_in_deletion() {
        return Err(Error::message("no matching resources found"));
    }
    Ok(())
}

/// Waits until all objects exist.
async fn created(query: &Query, limit: Limit, site: &Site<'_>) -> Result<()> {
    let late = Error::message("timed out waiting for the condition");
    let look = async || -> Result<bool> {
        let plan = query.plan(site).await?;
        let mut found = false;
        let looked = Gather::new(Objects::Latest)
            .visit(plan, query, site, async |_| {
                found = true;
                Ok(())
            })
            .await;
        match looked {
            Ok(()) => Ok(found),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    };
    let Limit::Until(deadline) = limit else {
        return if look().await? { Ok(()) } else { Err(late) };
    };
    let poll = async {
        loop {
            let next = Instant::now() + POLL;
            if look().await? {
                return Ok(());
            }
            sleep_until(next).await;
        }
    };
    timeout_at(deadline, poll).await.unwrap_or(Err(late))
}

/// An object's name and that it is as it should be, or the object in the form that was asked for.
fn print(out: &mut Vec<u8>, mut object: OwnedValue, printer: Option<&mut Printer>) -> Result<()> {
    let Some(printer) = printer else {
        form::name(out, &object);
        out.pop();
        out.extend_from_slice(b" condition met\n");
        return Ok(());
    };
    printer.print(out, &mut object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_parts_at_single_equal_signs() {
        assert_eq!(split("a.b.c====d.e.f===g.h.i==="), ["a.b.c====d.e.f==", "g.h.i==", ""]);
        assert_eq!(split("{.a}=b"), ["{.a}", "b"]);
        assert_eq!(split(""), [""]);
    }

    #[test]
    fn state_of_what_is_none_says_what_kubectl_says() {
        let sentence = |word: &str| state(word).unwrap_err().to_string();
        assert_eq!(sentence("Condition=Ready"), "unrecognized condition: \"Condition=Ready\"");
        assert_eq!(sentence("jsonpath="), "jsonpath expression cannot be empty");
        assert!(sentence("jsonpath=a=b=c").starts_with("jsonpath wait format must be"));
        assert!(sentence("jsonpath={.a}=\"\"").starts_with("jsonpath wait has to have a value"));
    }

    #[test]
    fn parse_takes_several_conditions_and_creation_first() {
        let words = ["condition=Ready", "CREATE", "Delete"].map(str::to_owned);
        let conditions = Conditions::parse(&words).unwrap();
        assert!(conditions.created && !conditions.end_in_deletion());
        assert_eq!(conditions.others.len(), 2);
    }
}
