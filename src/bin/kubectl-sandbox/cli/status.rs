//! `status`: whether a cluster runs, where, what is in it, and what is not well.

use std::{
    fmt::Write as _,
    io::{IsTerminal, stdout},
    path::Path,
};

use comfy_table::{CellAlignment, ContentArrangement, Table, TableStyle, presets};
use jiff::SignedDuration;
use kubectl_rs::{
    api::{Map, OwnedValue, Value, json, time},
    process::terminal,
};

use super::{Outcome, arguments::Arguments, contact, daemon, folder, help};

/// Says how a cluster is.
///
/// # Errors
/// Where none of that name runs, or it does not answer.
pub fn status(arguments: Arguments) -> Outcome {
    let directory = folder::of(&arguments.name)?;
    let Some(process) = folder::holder(&directory) else {
        if arguments.json {
            let mut value = Map::in_order();
            value.insert("name", arguments.name.clone());
            value.insert("running", false);
            print_json(&Value::Object(value))?;
        }
        return Err(daemon::not_running(&arguments.name));
    };
    let kubeconfig = directory.join("kubeconfig");
    let answer = contact::ask(&kubeconfig, "GET", "/sandbox/status").map_err(|error| {
        format!(
            "the cluster {:?} runs as process {process} but does not answer: {error}",
            arguments.name
        )
    })?;
    let mut value = Map::in_order();
    value.insert("name", arguments.name.clone());
    value.insert("running", true);
    value.insert("server", contact::server(&kubeconfig)?);
    value.insert("kubeconfig", kubeconfig.display().to_string());
    value.insert("pid", i64::from(process));
    if let Some(bytes) = memory(process) {
        value.insert("memory", bytes);
    }
    let report = json::parse(&answer).map_err(|error| error.message.to_string())?.into_owned();
    for (key, fact) in report.as_object().into_iter().flat_map(Map::iter) {
        value.insert(key.to_owned(), fact.clone());
    }
    let value = Value::Object(value);
    match arguments.json {
        true => print_json(&value),
        false => help::say(&text(&value, &Look::of_output())),
    }
}

fn print_json(value: &OwnedValue) -> Outcome {
    let mut out = Vec::new();
    json::to_indented(&mut out, value, 0);
    out.push(b'\n');
    help::say(&String::from_utf8_lossy(&out))
}

/// The memory that a process holds, in bytes, where the system tells.
fn memory(process: i32) -> Option<i64> {
    let text = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// How the report is to look.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// The width of the terminal, in columns; none where there is no terminal: then one line is one fact, in columns that
    /// are at least three spaces apart.
    width: Option<u16>,
    /// Whether there are colours.
    colors: bool,
}

impl Look {
    fn of_output() -> Self {
        const USUAL: u16 = 100;
        if !stdout().is_terminal() {
            return Look {
                width: None,
                colors: false,
            };
        }
        let width = terminal(stdout()).and_then(|terminal| u16::try_from(terminal.width).ok());
        let plain = std::env::var_os("NO_COLOR").is_some() || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Look {
            width: Some(width.filter(|width| *width > 0).unwrap_or(USUAL)),
            colors: !plain,
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        match self.colors {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }
}

const BOLD: &str = "1";
const GREEN: &str = "1;32";
const YELLOW: &str = "1;33";

const FRAMED: TableStyle = presets::UTF8_FULL_CONDENSED.with_rounded_corners();

/// The report for people.
fn text(report: &OwnedValue, look: &Look) -> String {
    let mut text = String::new();
    let title = format!("The cluster {:?} is running", report.str_at(&["name"]));
    if look.width.is_some() {
        let _ = writeln!(text, "{}\n", look.paint(BOLD, &title));
    }
    for (key, fact) in facts(report) {
        let _ = match look.width {
            Some(_) => writeln!(text, "  {:12}{fact}", key),
            None => writeln!(text, "{:13}{fact}", key.to_uppercase()),
        };
    }
    let mut section = |title: String, color: &str, table: Table| {
        text.push('\n');
        if look.width.is_some() {
            let _ = writeln!(text, "{}", look.paint(color, &title));
        }
        for line in table.lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
    };
    section("Nodes".to_owned(), BOLD, nodes(report, look));
    let objects = report.items_at(&["objects"]);
    let total: i64 = objects.iter().filter_map(|kind| kind.int_at(&["count"])).sum();
    section(format!("{total} objects of {} kinds", objects.len()), BOLD, kinds(objects, look));
    let unhealthy = report.items_at(&["unhealthy"]);
    match unhealthy.len() {
        0 if look.width.is_some() => {
            let _ = writeln!(text, "\n{}", look.paint(GREEN, "Everything is well"));
        }
        0 => {}
        count => section(format!("{count} not well"), YELLOW, troubles(unhealthy, look)),
    }
    text
}

fn facts(report: &OwnedValue) -> Vec<(&'static str, String)> {
    let number = |key: &str| report.int_at(&[key]).unwrap_or_default();
    let mut process = number("pid").to_string();
    if let Some(bytes) = report.int_at(&["memory"]) {
        let _ = write!(process, ", {} MiB", bytes >> 20);
    }
    let up = time::human(SignedDuration::from_secs(number("uptimeSeconds")));
    let mut facts = vec![
        ("server", report.str_at(&["server"]).to_owned()),
        ("kubeconfig", report.str_at(&["kubeconfig"]).to_owned()),
        ("kubernetes", report.str_at(&["version"]).to_owned()),
        ("process", process),
        ("up", up),
        (
            "requests",
            format!("{}, {} connections open", number("requests"), number("connections")),
        ),
        ("changes", report.str_at(&["resourceVersion"]).to_owned()),
    ];
    let speed = report.get("speed").and_then(Value::as_float).unwrap_or(1.0);
    if speed != 1.0 {
        facts.push(("speed", format!("{speed} times a real cluster's")));
    }
    facts
}

fn table(look: &Look, header: &[&str], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    match look.width {
        Some(width) => {
            table
                .load_style(FRAMED)
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width)
                .set_header(header.iter().copied());
        }
        None => {
            table
                .load_style(presets::NOTHING)
                .set_content_arrangement(ContentArrangement::Disabled)
                .set_header(header.iter().map(|title| title.to_uppercase()));
        }
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        if look.width.is_none() {
            column.set_padding((0, 3));
        } else if numbers.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn nodes(report: &OwnedValue, look: &Look) -> Table {
    let mut table = table(look, &["node", "status", "pods", "cpu requested", "memory requested"], &[2, 3, 4]);
    for node in report.items_at(&["nodes"]) {
        let number = |key: &str| node.int_at(&[key]).unwrap_or_default();
        let share = |part: i64, whole: i64| (part * 100).checked_div(whole).unwrap_or_default();
        let (cpu, memory) = (number("milliCPURequested"), number("memoryRequested"));
        table.add_row([
            node.str_at(&["name"]).to_owned(),
            node.str_at(&["status"]).to_owned(),
            format!("{}/{}", number("pods"), number("podsAllocatable")),
            format!("{cpu}m ({}%)", share(cpu, number("milliCPUAllocatable"))),
            format!("{}Mi ({}%)", memory >> 20, share(memory, number("memoryAllocatable"))),
        ]);
    }
    table
}

/// One line a kind for programs; for people several in a line, so that all are seen at once.
fn kinds(objects: &[OwnedValue], look: &Look) -> Table {
    const WIDTH: u16 = 38;
    const MOST: u16 = 4;
    let count = |kind: &OwnedValue| kind.int_at(&["count"]).unwrap_or_default();
    let Some(width) = look.width else {
        let mut table = table(look, &["kind", "apiversion", "objects"], &[]);
        for kind in objects {
            table.add_row([
                kind.str_at(&["kind"]).to_owned(),
                kind.str_at(&["apiVersion"]).to_owned(),
                count(kind).to_string(),
            ]);
        }
        return table;
    };
    let columns = usize::from((width / WIDTH).clamp(1, MOST));
    let lines = objects.len().div_ceil(columns);
    let mut table = Table::new();
    table
        .load_style(FRAMED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    for line in 0..lines {
        // Downward first, as a reader goes through a sorted list.
        let cells = (0..columns).flat_map(|column| match objects.get(column * lines + line) {
            Some(kind) => [kind.str_at(&["kind"]).to_owned(), count(kind).to_string()],
            None => [String::new(), String::new()],
        });
        table.add_row(cells.collect::<Vec<_>>());
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        if at % 2 == 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn troubles(unhealthy: &[OwnedValue], look: &Look) -> Table {
    /// Nobody reads more of it here; `-o json` has all.
    const MOST: usize = 40;
    let mut table = table(look, &["namespace", "object", "state", "reason"], &[]);
    let shown = if look.width.is_some() { MOST } else { usize::MAX };
    for trouble in unhealthy.iter().take(shown) {
        let or_dash = |key: &str| match trouble.str_at(&[key]) {
            "" => "-".to_owned(),
            text => text.replace(['\n', '\t'], " "),
        };
        table.add_row([
            or_dash("namespace"),
            format!("{}/{}", trouble.str_at(&["kind"]).to_lowercase(), trouble.str_at(&["name"])),
            or_dash("state"),
            or_dash("reason"),
        ]);
    }
    if unhealthy.len() > shown {
        table.add_row([
            String::new(),
            format!("and {} more", unhealthy.len() - shown),
            String::new(),
            String::new(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> OwnedValue {
        let text = br#"{"name":"default","running":true,"server":"https://127.0.0.1:7","kubeconfig":"/x/kubeconfig","pid":42,
            "memory":26214400,"version":"v1.36.2","uptimeSeconds":95,"speed":2.0,"requests":12,"connections":1,
            "resourceVersion":"900","nodes":[{"name":"n1","status":"Ready","pods":3,"podsAllocatable":110,
            "milliCPURequested":500,"milliCPUAllocatable":2000,"memoryRequested":104857600,"memoryAllocatable":1048576000}],
            "objects":[{"kind":"Pod","apiVersion":"v1","custom":false,"count":5},
            {"kind":"Deployment","apiVersion":"apps/v1","custom":false,"count":2}],
            "unhealthy":[{"kind":"Pod","namespace":"shop","name":"till","state":"CrashLoopBackOff",
            "reason":"back-off 5m0s restarting failed container"}]}"#;
        json::parse(text).unwrap().into_owned()
    }

    #[test]
    fn text_on_a_pipe_is_plain_lines_in_columns() {
        let look = Look {
            width: None,
            colors: false,
        };
        let expected = "\
SERVER       https://127.0.0.1:7
KUBECONFIG   /x/kubeconfig
KUBERNETES   v1.36.2
PROCESS      42, 25 MiB
UP           95s
REQUESTS     12, 1 connections open
CHANGES      900
SPEED        2 times a real cluster's

NODE   STATUS   PODS    CPU REQUESTED   MEMORY REQUESTED
n1     Ready    3/110   500m (25%)      100Mi (10%)

KIND         APIVERSION   OBJECTS
Pod          v1           5
Deployment   apps/v1      2

NAMESPACE   OBJECT     STATE              REASON
shop        pod/till   CrashLoopBackOff   back-off 5m0s restarting failed container
";
        assert_eq!(text(&report(), &look), expected);
    }

    #[test]
    fn text_on_a_terminal_fits_its_width() {
        for width in [60, 80, 120, 200] {
            let look = Look {
                width: Some(width),
                colors: false,
            };
            let text = text(&report(), &look);
            assert!(text.contains("│ n1"), "{text}");
            assert!(text.contains("╭") && text.contains("1 not well"), "{text}");
            for line in text.lines() {
                assert!(line.chars().count() <= usize::from(width), "{line}");
            }
        }
    }

    #[test]
    fn text_of_a_cluster_without_trouble_says_so() {
        let mut report = report();
        report.set(&["unhealthy"], Vec::<OwnedValue>::new());
        let look = Look {
            width: Some(80),
            colors: true,
        };
        assert!(text(&report, &look).ends_with("\x1b[1;32mEverything is well\x1b[0m\n"));
    }
}
