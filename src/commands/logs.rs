//! `kubectl logs`: prints what containers have printed.

use std::io::Write;

use futures_util::{StreamExt, future::try_join_all, stream};

use crate::{
    actions::logs::{self, Choice, Log},
    api::{OwnedValue, quote, rfc3339},
    args::{Command, Flag, Kind, Parsed, groups},
    client::{Client, Request, Response},
    context::Context,
    error::{Error, Result},
    resource::{Gather, Objects, Query, Site, of_type},
    streams::Streams,
};

/// How many lines of each log are printed where pods are selected by label.
const SELECTED_TAIL: i64 = 10;

/// How many logs are asked for at once. They are read in order all the same.
const IN_FLIGHT: usize = 4;

const NOTHING_NAMED: &str =
    "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// The command as data.
pub static COMMAND: Command = Command {
    name: "logs",
    usage: "logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
    short: "Print what containers have printed",
    long: "Print what containers have printed. If the pod has only one container, it need not be named.",
    examples: "\
# A pod with one container
kubectl logs nginx

# With the pod and container before each line
kubectl logs nginx --prefix

# The last 500 bytes
kubectl logs nginx --limit-bytes=500

# All containers
kubectl logs nginx --all-containers=true

# All pods of a deployment
kubectl logs deployment/nginx --all-pods=true

# By label
kubectl logs -l app=nginx --all-containers=true

# The container before the last restart
kubectl logs -p -c ruby web-1

# As it is printed
kubectl logs -f -c ruby web-1

# Several pods at once, as it is printed
kubectl logs -f -l app=nginx --all-containers=true

# The last twenty lines, the last hour
kubectl logs --tail=20 nginx
kubectl logs --since=1h nginx

# From a node whose certificate has expired
kubectl logs --insecure-skip-tls-verify-backend nginx

# Of a job, of a deployment
kubectl logs job/hello
kubectl logs deployment/nginx -c nginx-1",
    flags: &[
        &[
            Flag::switch("all-containers", false, "All containers of the pods."),
            Flag::switch("all-pods", false, "All pods of the workload, with --prefix."),
            Flag::text("container", "The container.").short('c'),
            Flag::switch("follow", false, "Go on with what is printed from now on.").short('f'),
            Flag::switch("ignore-errors", false, "With --follow, go on if one of the logs cannot be read."),
            Flag::switch(
                "insecure-skip-tls-verify-backend",
                false,
                "Do not check the certificate of the node that has the log. Others can then put lines into it.",
            ),
            Flag::new("limit-bytes", Kind::Int64, "0", "The most bytes to print. All if 0."),
            Flag::new(
                "max-log-requests",
                Kind::Int,
                "5",
                "With --selector, how many logs may be followed at once.",
            ),
            Flag::switch("prefix", false, "Print the pod and the container before each line."),
            Flag::switch("previous", false, "The container as it was before it was last restarted.").short('p'),
            Flag::new(
                "since",
                Kind::Duration,
                "0s",
                "Only what is newer than this, as 5s, 2m or 3h. Not with --since-time.",
            ),
            Flag::text("since-time", "Only what came after this time, in RFC 3339. Not with --since."),
            Flag::new(
                "tail",
                Kind::Int64,
                "-1",
                "How many of the last lines to print. A negative number prints all; with --selector, 10 are printed if not \
            given.",
            ),
            Flag::switch("timestamps", false, "Print the time of each line."),
        ],
        groups::SELECTOR,
        &groups::pod_running_timeout("20s"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
struct Args<'a>(&'a Parsed);

/// What it means.
#[derive(Debug)]
struct Options {
    /// Whose logs.
    query: Query,
    choice: Choice,
    /// Which part of each log: the keys and values of the request's query.
    part: Vec<(&'static str, String)>,
    /// How many logs may be followed at once; none where they are not followed.
    follow: Option<i64>,
    prefix: bool,
    ignore_errors: bool,
    /// What is wrong with the flags: said only once the objects have been found.
    fault: Option<Error>,
}

impl Options {
    fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let usage = |sentence: &str| Error::Usage {
            message: sentence.to_owned(),
            command: parsed.path().to_owned(),
        };
        let selector = parsed.string("selector");
        let (object, container) = match parsed.args() {
            [] if selector.is_empty() => return Err(usage(NOTHING_NAMED)),
            [] => (None, None),
            [_] if !selector.is_empty() => return Err(usage("only a selector (-l) or a POD name is allowed")),
            [object] => (Some(object), None),
            [object, container] => (Some(object), Some(container)),
            _ => return Err(usage(NOTHING_NAMED)),
        };
        let namespace = context.namespace()?;
        let timeout = parsed.duration("pod-running-timeout");
        if timeout.is_zero() {
            return Err(Error::message("--pod-running-timeout must be higher than zero"));
        }
        let part = part(parsed)?;
        let all_containers = parsed.bool("all-containers");
        let container = container.map_or(parsed.string("container"), String::as_str).to_owned();
        let fault = fault(parsed, all_containers, &container).map(Error::message);
        let words = match object {
            Some(object) if object.is_empty() => Vec::new(),
            Some(object) => vec![of_type("pods", object)?],
            None => vec!["pods".to_owned()],
        };
        Ok(Options {
            query: Query {
                words,
                namespace: namespace.name,
                labels: Some(selector.to_owned()).filter(|labels| !labels.is_empty()),
                single_type: true,
                ..Query::default()
            },
            choice: Choice {
                container,
                all_containers,
                all_pods: parsed.bool("all-pods"),
                previous: parsed.bool("previous"),
                timeout,
            },
            part,
            follow: parsed.bool("follow").then(|| parsed.int("max-log-requests")),
            prefix: parsed.bool("prefix") || parsed.bool("all-pods"),
            ignore_errors: parsed.bool("ignore-errors"),
            fault,
        })
    }
}

/// Which part of each log is asked for (`v1.PodLogOptions`).
fn part(parsed: &Parsed) -> Result<Vec<(&'static str, String)>> {
    let mut part = Vec::new();
    for (flag, key) in [
        ("follow", "follow"),
        ("previous", "previous"),
        ("timestamps", "timestamps"),
        ("insecure-skip-tls-verify-backend", "insecureSkipTLSVerifyBackend"),
    ] {
        if parsed.bool(flag) {
            part.push((key, "true".to_owned()));
        }
    }
    let since = parsed.string("since-time");
    if !since.is_empty() {
        let time = rfc3339::parse(since).map_err(Error::Message)?;
        part.push(("sinceTime", rfc3339::format(time)));
    }
    match parsed.int("limit-bytes") {
        0 => {}
        limit => part.push(("limitBytes", limit.to_string())),
    }
    let since = parsed.signed_duration("since");
    if !since.is_zero() {
        // Go rounds halves away from zero.
        let seconds = since.as_secs() + i64::from(since.subsec_nanos() >= 500_000_000) - i64::from(since.subsec_nanos() <= -500_000_000);
        part.push(("sinceSeconds", seconds.to_string()));
    }
    match parsed.int("tail") {
        -1 if !parsed.string("selector").is_empty() && !parsed.changed("tail") => part.push(("tailLines", SELECTED_TAIL.to_string())),
        -1 => {}
        tail => part.push(("tailLines", tail.to_string())),
    }
    Ok(part)
}

/// What is wrong with the flags.
fn fault(parsed: &Parsed, all_containers: bool, container: &str) -> Option<String> {
    let since = parsed.signed_duration("since");
    let tail = parsed.int("tail");
    if !parsed.string("since-time").is_empty() && !since.is_zero() {
        return Some("at most one of `sinceTime` or `sinceSeconds` may be specified".to_owned());
    }
    if all_containers && !container.is_empty() {
        return Some(format!(
            "--all-containers=true should not be specified with container name {container}"
        ));
    }
    if parsed.changed("container") && parsed.args().len() == 2 {
        return Some("only one of -c or an inline [CONTAINER] arg is allowed".to_owned());
    }
    if parsed.int("limit-bytes") < 0 {
        return Some("--limit-bytes must be greater than 0".to_owned());
    }
    if since.as_millis() <= -500 {
        return Some("--since must be greater than 0".to_owned());
    }
    (tail < -1).then(|| "--tail must be greater than or equal to -1".to_owned())
}

/// Prints the logs that the command line asks for.
///
/// # Errors
/// Mistakes on the command line, containers that are not there, the server's refusals, logs that break off.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let (client, streams) = (site.client, site.streams);
    let objects = objects(&options, &site).await?;
    if let Some(fault) = options.fault {
        return Err(fault);
    }
    let logs = match (&options.query.labels, objects.first()) {
        (None, Some(object)) => logs::of_object(object, &options.choice, client, streams).await?,
        _ => logs::of_pods(&objects, &options.choice, streams)?,
    };
    if let Some(most) = options.follow
        && logs.len() > 1
        && logs.len() as i64 > most
    {
        return Err(Error::Message(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, \
             use --max-log-requests to increase the limit",
            logs.len()
        )));
    }
    let mut interrupted = context.stopped();
    tokio::select! {
        result = print_all(&logs, &options, client, streams) => result,
        () = &mut interrupted => Err(Error::Exit(1)),
    }
}

/// Prints all logs: one after the other, or where they are followed, together.
async fn print_all(logs: &[Log], options: &Options, client: &Client, streams: &Streams) -> Result<()> {
    if options.follow.is_none() || logs.len() < 2 {
        return one_by_one(logs, options, client, streams).await;
    }
    let each = logs.iter().map(|log| follow(log, options, client, streams));
    try_join_all(each).await.map(|_| ())
}

/// The object whose logs are wanted, or the pods that the selector selects.
async fn objects(options: &Options, site: &Site<'_>) -> Result<Vec<OwnedValue>> {
    let namespace = &options.query.namespace;
    let plan = options.query.plan(site).await?;
    let infos = Gather::typed(Objects::Latest)
        .each(plan, &options.query, site)
        .await
        .map_err(|error| match error.is_not_found() {
            true => Error::Message(format!("error from server (NotFound): {error} in namespace {}", quote(namespace))),
            false => error,
        })?;
    if options.query.labels.is_some() && infos.is_empty() {
        writeln!(site.streams.err(), "No resources found in {namespace} namespace.")?;
    }
    Ok(infos.into_iter().map(|info| info.object).collect())
}

/// Prints logs one after the other. The next few are asked for meanwhile, but for those behind one that may well be
/// missing: kubectl would end there.
async fn one_by_one(logs: &[Log], options: &Options, client: &Client, streams: &Streams) -> Result<()> {
    for logs in logs.split_inclusive(|log| !log.expected && !options.ignore_errors) {
        let mut answers = stream::iter(logs)
            .map(|log| async move { (log, client.send(request(log, options)).await) })
            .buffered(IN_FLIGHT);
        while let Some((log, answer)) = answers.next().await {
            let mut lines = Lines::new(options.prefix.then_some(log), false);
            match print(answer, &mut lines, streams).await {
                Err(error) if options.ignore_errors => writeln!(streams.out(), "error: {error}")?,
                result => result?,
            }
        }
    }
    Ok(())
}

/// Prints a log among others, line by line.
async fn follow(log: &Log, options: &Options, client: &Client, streams: &Streams) -> Result<()> {
    let answer = client.send(request(log, options)).await;
    let mut lines = Lines::new(options.prefix.then_some(log), true);
    match print(answer, &mut lines, streams).await {
        Err(error) if options.ignore_errors => Ok(writeln!(streams.out(), "error: {error}")?),
        result => result,
    }
}

fn request(log: &Log, options: &Options) -> Request {
    let part: Vec<(&str, &str)> = options.part.iter().map(|(key, value)| (*key, value.as_str())).collect();
    log.request(&part)
}

/// Prints a log as it arrives, up to where it ends or breaks off.
async fn print(answer: Result<Response>, lines: &mut Lines, streams: &Streams) -> Result<()> {
    let mut answer = answer?;
    let mut out = streams.out();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => out.write_all(lines.push(&chunk))?,
            end => {
                out.write_all(lines.end())?;
                out.flush()?;
                return end.map(|_| ());
            }
        }
        out.flush()?;
    }
}

/// What becomes of a log's bytes on their way to the output.
#[derive(Debug)]
struct Lines {
    prefix: Vec<u8>,
    /// Whether only whole lines go out, so that other logs' lines do not come between their parts.
    whole: bool,
    at_start: bool,
    /// What goes out next.
    out: Vec<u8>,
    /// The beginning of a line that is not whole.
    held: Vec<u8>,
}

impl Lines {
    /// Lines that begin with the names of `prefix`, if there is one.
    fn new(prefix: Option<&Log>, whole: bool) -> Self {
        let prefix = prefix.map(|log| format!("[pod/{}/{}] ", log.pod, log.container));
        Lines {
            prefix: prefix.unwrap_or_default().into_bytes(),
            whole,
            at_start: true,
            out: Vec::new(),
            held: Vec::new(),
        }
    }

    /// What goes out after `chunk` has come in. Without a prefix and other logs that is the chunk itself.
    fn push<'a>(&'a mut self, chunk: &'a [u8]) -> &'a [u8] {
        if self.prefix.is_empty() && !self.whole {
            return chunk;
        }
        self.out.clear();
        let mut rest = chunk;
        if self.whole {
            let Some(last) = memchr::memrchr(b'\n', chunk) else {
                self.held.extend_from_slice(chunk);
                return &[];
            };
            let held = std::mem::take(&mut self.held);
            self.mark(&held);
            self.held.extend_from_slice(&chunk[last + 1..]);
            rest = &chunk[..=last];
        }
        self.mark(rest);
        &self.out
    }

    /// What goes out at the end.
    fn end(&mut self) -> &[u8] {
        self.out.clear();
        let held = std::mem::take(&mut self.held);
        self.mark(&held);
        &self.out
    }

    /// Adds text to what goes out, the prefix before each line.
    fn mark(&mut self, mut text: &[u8]) {
        if self.prefix.is_empty() {
            return self.out.extend_from_slice(text);
        }
        while !text.is_empty() {
            if std::mem::take(&mut self.at_start) {
                self.out.extend_from_slice(&self.prefix);
            }
            let end = memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1);
            self.at_start = text[end - 1] == b'\n';
            self.out.extend_from_slice(&text[..end]);
            text = &text[end..];
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pass(lines: &mut Lines, chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut passed: Vec<Vec<u8>> = chunks.iter().map(|chunk| lines.push(chunk).to_vec()).collect();
        passed.push(lines.end().to_vec());
        passed
    }

    fn log() -> Log {
        Log {
            namespace: "n".to_owned(),
            pod: "p".to_owned(),
            container: "c".to_owned(),
            expected: true,
        }
    }

    #[test]
    fn push_of_parts_of_lines_passes_them_on_unless_others_may_come_between() {
        let chunks: [&[u8]; 3] = [b"a", b"b\nc\n", b"\xff"];
        assert_eq!(pass(&mut Lines::new(None, false), &chunks).concat(), b"ab\nc\n\xff");
        assert_eq!(
            pass(&mut Lines::new(None, true), &chunks),
            [&b""[..], b"ab\nc\n", b"", b"\xff"].map(<[u8]>::to_vec)
        );
    }

    proptest! {
        #[test]
        fn push_with_a_prefix_begins_every_line_with_it(text in "[ab\n]{0,40}", cuts in prop::collection::vec(1_usize..5, 0..40), whole: bool) {
            let mut chunks = Vec::new();
            let mut rest = text.as_bytes();
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            chunks.push(rest);
            let log = log();
            let passed = pass(&mut Lines::new(Some(&log), whole), &chunks).concat();
            let expected: String = text.split_inclusive('\n').map(|line| format!("[pod/p/c] {line}")).collect();
            prop_assert_eq!(String::from_utf8(passed).unwrap(), expected);
        }
    }
}
