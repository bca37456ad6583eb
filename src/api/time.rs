//! Points in time as Kubernetes writes them, and how long ago they are as kubectl says it.
//!
//! The forms are those of apimachinery's `util/duration` (`HumanDuration`, `ShortHumanDuration`).

use jiff::{SignedDuration, Timestamp};

use super::Value;

/// What is said of a time that is not known.
pub const UNKNOWN: &str = "<unknown>";

/// What is said of a time that is yet to come.
pub const INVALID: &str = "<invalid>";

/// Reads `2026-11-20T19:46:00Z`, with or without a fraction, in any zone.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// How long a time at `path` in an object is past: `3d4h`; `<unknown>` where there is none.
pub fn since(object: &Value<'_>, path: &[&str], now: Timestamp) -> String {
    match parse(object.str_at(path)) {
        Some(time) => human(now.duration_since(time)),
        None => UNKNOWN.to_owned(),
    }
}

/// An object's age.
pub fn age_of(object: &Value<'_>, now: Timestamp) -> String {
    since(object, &["metadata", "creationTimestamp"], now)
}

/// A length of time in one or two units, the finer one only while it matters: `90s`, `5m10s`, `3h12m`, `4d6h`, `2y13d`.
/// Clocks that differ by less than two seconds are forgiven.
pub fn human(length: SignedDuration) -> String {
    const DAYS: i64 = 24;
    const YEARS: i64 = 365 * DAYS;
    let seconds = length.as_secs();
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let two = |large: i64, unit: char, small: i64, fine: char| match small {
        0 => format!("{large}{unit}"),
        _ => format!("{large}{unit}{small}{fine}"),
    };
    match (seconds, minutes, hours) {
        (..-1, ..) => INVALID.to_owned(),
        (-1, ..) => "0s".to_owned(),
        (0..120, ..) => format!("{seconds}s"),
        (_, ..10, _) => two(minutes, 'm', seconds % 60, 's'),
        (_, ..180, _) => format!("{minutes}m"),
        (.., ..8) => two(hours, 'h', minutes % 60, 'm'),
        (.., ..48) => format!("{hours}h"),
        (.., hours) if hours < 8 * DAYS => two(hours / DAYS, 'd', hours % DAYS, 'h'),
        (.., hours) if hours < 2 * YEARS => format!("{}d", hours / DAYS),
        (.., hours) if hours < 8 * YEARS => two(hours / YEARS, 'y', hours / DAYS % 365, 'd'),
        _ => format!("{}y", hours / YEARS),
    }
}

/// A length of time in its largest unit: `5m`, `3h`, `4d`, `2y`.
pub fn short(length: SignedDuration) -> String {
    let seconds = length.as_secs();
    match seconds {
        ..-1 => INVALID.to_owned(),
        -1 => "0s".to_owned(),
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        86_400..31_536_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn human_takes_finer_units_only_while_they_matter() {
        let (minute, hour, day) = (60, 3600, 86_400);
        let forms = [
            (-5, "<invalid>"),
            (-1, "0s"),
            (119, "119s"),
            (2 * minute, "2m"),
            (2 * minute + 5, "2m5s"),
            (10 * minute + 5, "10m"),
            (3 * hour, "3h"),
            (7 * hour + 59 * minute, "7h59m"),
            (47 * hour, "47h"),
            (2 * day, "2d"),
            (7 * day + hour, "7d1h"),
            (8 * day + hour, "8d"),
            (800 * day, "2y70d"),
            (730 * day, "2y"),
            (3650 * day, "10y"),
        ];
        for (seconds, text) in forms {
            assert_eq!(human(SignedDuration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn age_of_an_object_without_time_is_unknown() {
        assert_eq!(age_of(&Value::Null, Timestamp::UNIX_EPOCH), UNKNOWN);
    }
}
