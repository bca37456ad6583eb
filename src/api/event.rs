//! Events (`v1`, `Event`): when they were last seen, and how often. Old ones count, new ones come in series.

use jiff::Timestamp;

use super::{Value, time};

/// The moment by which events are sorted; none where the event tells none.
pub fn moment(event: &Value<'_>) -> Option<Timestamp> {
    if series(event).is_some() {
        return time::parse(event.str_at(&["series", "lastObservedTime"]));
    }
    time::parse(event.str_at(&["lastTimestamp"])).or_else(|| time::parse(event.str_at(&["eventTime"])))
}

/// How long ago it was last seen, how often, and since when: `5s (x3 over 2m)`; of a single one only how long ago it was.
pub fn last_seen(event: &Value<'_>, now: Timestamp) -> String {
    let since = |path: &[&str]| time::since(event, path, now);
    let first = match time::parse(event.str_at(&["eventTime"])) {
        Some(_) => since(&["eventTime"]),
        None => since(&["firstTimestamp"]),
    };
    if let Some(series) = series(event) {
        let count = series.int_at(&["count"]).unwrap_or_default();
        return format!("{} (x{count} over {first})", since(&["series", "lastObservedTime"]));
    }
    match event.int_at(&["count"]).unwrap_or_default() {
        count if count > 1 => format!("{} (x{count} over {first})", since(&["lastTimestamp"])),
        _ => first,
    }
}

fn series<'v, 'a>(event: &'v Value<'a>) -> Option<&'v Value<'a>> {
    event.get("series").filter(|series| series.as_object().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn last_seen_of_single_counted_and_serial_events_says_what_kubectl_says() {
        let now = time::parse("2026-01-01T01:00:00Z").unwrap();
        for (event, seen, moment) in [
            ("{}", "<unknown>", None),
            (
                r#"{"firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:00:00Z","count":1}"#,
                "60m",
                Some("2026-01-01T00:00:00Z"),
            ),
            (
                r#"{"firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:59:00Z","count":3}"#,
                "60s (x3 over 60m)",
                Some("2026-01-01T00:59:00Z"),
            ),
            (
                r#"{"eventTime":"2026-01-01T00:58:00.5Z","firstTimestamp":null,"lastTimestamp":null}"#,
                "119s",
                Some("2026-01-01T00:58:00.5Z"),
            ),
            (
                r#"{"eventTime":"2026-01-01T00:00:00Z","count":7,"series":{"count":2,"lastObservedTime":"2026-01-01T00:59:55Z"}}"#,
                "5s (x2 over 60m)",
                Some("2026-01-01T00:59:55Z"),
            ),
            (
                r#"{"lastTimestamp":"2026-01-01T00:00:00Z","series":{}}"#,
                "<unknown> (x0 over <unknown>)",
                None,
            ),
        ] {
            let event = json::parse(event.as_bytes()).unwrap();
            assert_eq!(last_seen(&event, now), seen);
            assert_eq!(super::moment(&event), moment.and_then(time::parse));
        }
    }
}
