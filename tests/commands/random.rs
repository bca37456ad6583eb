//! Random times, lengths of time and amounts, as a real kubectl prints them.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use proptest::prelude::*;

use super::{Place, offers};
use crate::{
    real,
    server::{Asked, Reply, Server},
};

/// Seconds in a day.
const DAY: i64 = 86_400;

/// A test is one kubectl or two, over hundreds of values; so there are few cases of each.
fn few(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 0,
        ..ProptestConfig::default()
    }
}

/// A moment as Kubernetes writes it, so many seconds after 1970.
fn moment(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap().to_string()
}

/// A server that has one type, `kind`, and objects of it named `o0`, `o1`…, at `path` (`/apis/GROUP/VERSION/namespaces/…`).
fn server_of(path: &'static str, kind: &'static str, objects: Vec<String>) -> Server {
    let parts: Vec<&str> = path.split('/').collect();
    let (root, group, version) = match parts[1] {
        "api" => ("/api", "", parts[2]),
        _ => ("/apis", parts[2], parts[3]),
    };
    let resource = parts[parts.len() - 1];
    let offer = format!(
        r#"{{"metadata":{{"name":"{group}"}},"versions":[{{"version":"{version}","freshness":"Current","resources":[{{
            "resource":"{resource}","singularResource":"","scope":"Namespaced","verbs":["get","list"],
            "responseKind":{{"group":"{group}","version":"{version}","kind":"{kind}"}}}}]}}]}}"#
    );
    let api_version = if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    };
    let head = format!(r#""apiVersion":"{api_version}""#);
    let one = move |at: usize| objects.get(at).map(|object| format!(r#"{{"kind":"{kind}",{head},{object}}}"#));
    Server::start(move |asked: &Asked| {
        let asked_path = asked.path.split('?').next().unwrap();
        let body = match asked_path.strip_prefix(path) {
            _ if asked_path == root => return offers::aggregated(&offer),
            _ if asked_path == "/api" || asked_path == "/apis" => return offers::aggregated(""),
            Some("") => {
                let items: Vec<String> = (0..).map_while(&one).collect();
                format!(
                    r#"{{"kind":"{kind}List","apiVersion":"{api_version}","metadata":{{}},"items":[{}]}}"#,
                    items.join(",")
                )
            }
            Some(name) => match name.trim_start_matches("/o").parse().ok().and_then(&one) {
                Some(object) => object,
                None => return offers::refusal(404, "NotFound", "no"),
            },
            // Events, and what else belongs to an object.
            None => r#"{"kind":"List","apiVersion":"v1","metadata":{},"items":[]}"#.to_owned(),
        };
        Reply::Json(200, body)
    })
}

/// Metadata of the object with this number.
fn metadata(at: usize, more: &str) -> String {
    format!(r#""metadata":{{"name":"o{at}","namespace":"shop","uid":"u{at}"{more}}}"#)
}

/// Lengths of time in seconds, small and large ones alike often.
fn lengths() -> impl Strategy<Value = i64> {
    prop_oneof![0..600_i64, 0..11 * 3600_i64, 0..12 * DAY, 0..3 * 365 * DAY, 0..40 * 365 * DAY]
}

/// Whether an age is printed alike for a while to come, by the steps in which kubectl prints it.
fn is_lasting(age: &i64) -> bool {
    let step = match age {
        ..600 => return false,
        600..28_800 => 60,
        28_800..691_200 => 3_600,
        _ => DAY,
    };
    // Clocks go on while the two programs run.
    (2..step - 30).contains(&(age % step))
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Asia/Kolkata",
        "America/St_Johns",
        "Pacific/Apia",
        "Europe/Berlin",
        "Africa/Monrovia",
        "nowhere",
    ])
}

/// Amounts as people write them and servers keep them.
fn amounts() -> impl Strategy<Value = String> {
    let suffix = prop::sample::select(vec!["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "e3", "u", "n"]);
    (0..100_000_u32, prop::option::of(0..1_000_u32), suffix).prop_map(|(whole, fraction, suffix)| match fraction {
        Some(fraction) => format!("{whole}.{fraction}{suffix}"),
        None => format!("{whole}{suffix}"),
    })
}

proptest! {
    #![proptest_config(few(2))]

    #[test]
    fn get_of_objects_of_any_age_prints_the_age_that_kubectl_prints(
        ages in prop::collection::vec(lengths().prop_filter("lasting", is_lasting), 300),
    ) {
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap();
        let objects = ages.iter().enumerate().map(|(at, age)| {
            metadata(at, &format!(r#","creationTimestamp":"{}""#, moment(now - age)))
        });
        let server = server_of("/api/v1/namespaces/shop/pods", "Pod", objects.collect());
        real::assert_same(&Place::new(&server.url()), &["get", "pods"]);
    }

    #[test]
    fn describe_of_jobs_of_any_length_prints_times_and_lengths_as_kubectl_does(
        jobs in prop::collection::vec((0..4_102_444_800_i64, lengths()), 60),
        zone in zones(),
    ) {
        let objects = jobs.iter().enumerate().map(|(at, (start, length))| {
            let (start, end) = (moment(*start), moment(start + length));
            format!(r#"{},"spec":{{}},"status":{{"startTime":"{start}","completionTime":"{end}"}}"#, metadata(at, ""))
        });
        let server = server_of("/apis/batch/v1/namespaces/shop/jobs", "Job", objects.collect());
        let mut place = Place::new(&server.url());
        place.env.insert("TZ".to_owned(), zone.to_owned());
        real::assert_same(&place, &["describe", "jobs", "--show-events=false"]);
    }

    #[test]
    fn describe_of_a_quota_with_any_amounts_prints_them_as_kubectl_does(
        amounts in prop::collection::vec((amounts(), amounts()), 150),
    ) {
        let list = |which: fn(&(String, String)) -> &String| {
            let entries = amounts.iter().enumerate().map(|(at, pair)| format!(r#""r{at}":"{}""#, which(pair)));
            entries.collect::<Vec<_>>().join(",")
        };
        let (hard, used) = (list(|pair| &pair.0), list(|pair| &pair.1));
        let object = format!(r#"{},"spec":{{}},"status":{{"hard":{{{hard}}},"used":{{{used}}}}}"#, metadata(0, ""));
        let server = server_of("/api/v1/namespaces/shop/resourcequotas", "ResourceQuota", vec![object]);
        real::assert_same(&Place::new(&server.url()), &["describe", "resourcequotas", "o0"]);
    }

    #[test]
    fn describe_of_a_node_with_pods_of_any_size_adds_up_what_kubectl_adds_up(
        capacity in (1_000..100_000_u32, 1_000..1_000_000_u32),
        // Thousandths of a tebibyte are more than 64 bits hold once there are enough of them.
        pods in prop::collection::vec([(); 4].map(|()| amounts().prop_filter("small", |amount| !amount.ends_with("Ti"))), 40),
    ) {
        let node = format!(
            r#"{{"kind":"Node","apiVersion":"v1","metadata":{{"name":"n"}},"status":{{"capacity":{{"cpu":"{}m","memory":"{}Ki"}}}}}}"#,
            capacity.0, capacity.1
        );
        let pods: Vec<String> = pods.iter().enumerate().map(|(at, [a, b, c, d])| {
            let resources = format!(r#"{{"requests":{{"cpu":"{a}","memory":"{b}"}},"limits":{{"cpu":"{c}","memory":"{d}"}}}}"#);
            let container = format!(r#"{{"name":"c","resources":{resources}}}"#);
            format!(r#"{{{},"spec":{{"nodeName":"n","containers":[{container}]}}}}"#, metadata(at, ""))
        }).collect();
        let list = format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{}]}}"#, pods.join(","));
        let server = Server::start(move |asked| match asked.path.split('?').next().unwrap() {
            "/api/v1/nodes/n" => Reply::Json(200, node.clone()),
            "/api/v1/pods" => Reply::Json(200, list.clone()),
            path if path.starts_with("/apis/coordination") => offers::refusal(404, "NotFound", "no"),
            _ => offers::answer(asked).unwrap_or(Reply::Json(200, r#"{"kind":"EventList","apiVersion":"v1","metadata":{},"items":[]}"#.into())),
        });
        let (place, words) = (Place::new(&server.url()), ["describe", "node", "n", "--show-events=false"]);
        let Some(theirs) = real::kubectl(&place, &words) else { return Ok(()) };
        // 1.36 has no line for a version that nodes no longer tell.
        let theirs: Vec<&str> = theirs.out.lines().filter(|line| !line.starts_with("  Kube-Proxy Version:")).collect();
        let ours = place.run(&words);
        for (ours, theirs) in ours.out.lines().zip(&theirs) {
            prop_assert_eq!(ours, *theirs);
        }
        prop_assert_eq!(ours.out.lines().count(), theirs.len());
    }
}

proptest! {
    #![proptest_config(few(1))]

    #[test]
    fn request_timeout_of_any_length_is_told_to_the_server_as_kubectl_tells_it(
        nanoseconds in prop::collection::vec(prop_oneof![1_000_000_000..100_000_000_000_u64, 1_000_000_000..50_000_000_000_000_u64], 8),
        form in prop::sample::select(vec!["ns", "us", "ms", "s", "m", "h"]),
    ) {
        let server = Server::start(|_| offers::refusal(404, "NotFound", "no"));
        let place = Place::new(&server.url());
        let (unit, digits) = match form {
            "ns" => (1, 0),
            "us" => (1_000, 3),
            "ms" => (1_000_000, 6),
            "s" => (1_000_000_000, 9),
            "m" => (60_000_000_000, 9),
            _ => (3_600_000_000_000, 9),
        };
        for nanoseconds in nanoseconds {
            let (whole, rest) = (nanoseconds / unit, nanoseconds % unit % 10_u64.pow(digits));
            let fraction = if digits == 0 { String::new() } else { format!(".{rest:0width$}", width = digits as usize) };
            let timeout = format!("--request-timeout={whole}{fraction}{form}");
            let words = ["get", "--raw", "/x", &timeout];
            if real::kubectl(&place, &words).is_none() {
                return Ok(());
            }
            place.run(&words);
        }
        for pair in server.paths().chunks(2) {
            prop_assert_eq!(&pair[0], &pair[1]);
        }
    }
}
