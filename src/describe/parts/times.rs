//! Times and ages in an object.

use jiff::Timestamp;

use crate::{
    api::{Value, time},
    describe::Settings,
};

/// The moment in a field; none where it holds none.
pub fn read(time: Option<&Value<'_>>) -> Option<Timestamp> {
    time::parse(time?.as_str()?)
}

/// A time as RFC 1123 writes it, with a numeric zone: `Fri, 20 Nov 2026 17:53:37 +0000`. What is missing is Go's
/// beginning of time.
pub fn shown(settings: &Settings, time: Option<&Value<'_>>) -> String {
    formatted(settings, time, "%a, %d %b %Y %H:%M:%S %z").unwrap_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned())
}

/// A time as Go writes one by itself: `2026-11-20 17:53:37 +0000 UTC`.
pub fn plain(settings: &Settings, time: Option<&Value<'_>>) -> String {
    formatted(settings, time, "%Y-%m-%d %H:%M:%S%.f %z %Z").unwrap_or_else(|| "0001-01-01 00:00:00 +0000 UTC".to_owned())
}

fn formatted(settings: &Settings, time: Option<&Value<'_>>, format: &str) -> Option<String> {
    let time = read(time)?.to_zoned(settings.zone.clone());
    // Go leaves out the seconds that zones of old times have.
    let minutes = time.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let zone = format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60);
    Some(time.strftime(&format.replace("%z", &zone)).to_string())
}

/// How long ago a time was: `25m`; `<unknown>` where there is none.
pub fn since(settings: &Settings, time: Option<&Value<'_>>) -> String {
    match read(time) {
        Some(time) => between(time, settings.now),
        None => time::UNKNOWN.to_owned(),
    }
}

/// How long it is from one time to another, as people say it.
pub fn between(from: Timestamp, to: Timestamp) -> String {
    time::human(to.duration_since(from))
}
