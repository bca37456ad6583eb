//! Schedules of cron jobs (`github.com/robfig/cron/v3`, standard form): five fields, or a word such as `@hourly`.

use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};

/// When something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// At the times that fit all fields.
    Fields(Fields),
    /// After every so many seconds.
    Every(i64),
}

/// The fields of a schedule, each a set of numbers as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day of the month is any.
    any_day: bool,
    /// Whether the day of the week is any.
    any_weekday: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Whether `name` is a time zone. Where this machine knows none, any name of the right form is.
pub fn is_zone(name: &str) -> bool {
    name != "Local" && (TimeZone::get(name).is_ok() || jiff::tz::db().is_definitively_empty())
}

/// The time zone `name`; UTC where it is empty or not known.
pub fn zone(name: &str) -> TimeZone {
    match name {
        "" => TimeZone::UTC,
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    }
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// What is wrong with it, in the words of the server's library.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        if let Some(word) = text.strip_prefix('@') {
            if let Some(length) = word.strip_prefix("every ") {
                let seconds = kubectl_rs::api::duration::parse(length)
                    .map_err(|error| format!("failed to parse duration {text}: {error}"))?
                    .as_secs();
                return Ok(Schedule::Every(seconds.max(1)));
            }
            let fields = match word {
                "yearly" | "annually" => "0 0 1 1 *",
                "monthly" => "0 0 1 * *",
                "weekly" => "0 0 * * 0",
                "daily" | "midnight" => "0 0 * * *",
                "hourly" => "0 * * * *",
                _ => return Err(format!("unrecognized descriptor: {text}")),
            };
            return Schedule::parse(fields);
        }
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
        };
        let mut weekdays = field(weekday, 0, 7, &WEEKDAYS)?;
        // Sunday has two numbers.
        if weekdays & 1 << 7 != 0 {
            weekdays |= 1;
        }
        Ok(Schedule::Fields(Fields {
            minutes: field(minute, 0, 59, &[])?,
            hours: field(hour, 0, 23, &[])?,
            days: field(day, 1, 31, &[])?,
            months: field(month, 1, 12, &MONTHS)?,
            weekdays,
            any_day: day.starts_with(['*', '?']),
            any_weekday: weekday.starts_with(['*', '?']),
        }))
    }

    /// The first time after `after` that is due; none within five years.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Schedule::Every(seconds) => after.checked_add((*seconds).seconds()).ok(),
            Schedule::Fields(fields) => fields.next(after, zone),
        }
    }
}

impl Fields {
    fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = after.to_zoned(zone.clone()).datetime();
        let has = |set: u64, number: i8| set & 1 << number != 0;
        let mut date = start.date();
        let mut from = (start.hour(), start.minute() + 1);
        for _ in 0..366 * 5 {
            if has(self.months, date.month()) && self.fits_day(date) {
                for hour in from.0..24 {
                    let first = if hour == from.0 { from.1 } else { 0 };
                    if !has(self.hours, hour) {
                        continue;
                    }
                    if let Some(minute) = (first..60).find(|minute| has(self.minutes, *minute)) {
                        let due = zone.to_timestamp(date.at(hour, minute, 0, 0)).ok()?;
                        // Of an hour that the clocks repeat, the first counts.
                        if due > after {
                            return Some(due);
                        }
                    }
                }
            }
            date = date.tomorrow().ok()?;
            from = (0, 0);
        }
        None
    }

    /// A day fits when both its numbers do; when both are restricted, one of them is enough.
    fn fits_day(&self, date: civil::Date) -> bool {
        let day = self.days & 1 << date.day() != 0;
        let weekday = self.weekdays & 1 << date.weekday().to_sunday_zero_offset() != 0;
        if self.any_day || self.any_weekday {
            day && weekday
        } else {
            day || weekday
        }
    }
}

fn field(text: &str, least: u64, most: u64, names: &[&str]) -> Result<u64, String> {
    let mut set = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step, &[], 0)?)),
            None => (part, None),
        };
        let (start, end) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (least, most.min(if names.len() == 7 { 6 } else { most })),
            Some((start, end)) => (number(start, names, least)?, number(end, names, least)?),
            None => {
                let start = number(range, names, least)?;
                (start, if step.is_some() { most } else { start })
            }
        };
        if start < least {
            return Err(format!("beginning of range ({start}) below minimum ({least}): {part}"));
        }
        if end > most {
            return Err(format!("end of range ({end}) above maximum ({most}): {part}"));
        }
        if start > end {
            return Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"));
        }
        let step = match step {
            Some(0) => return Err(format!("step of range should be a positive number: {part}")),
            Some(step) => step,
            None => 1,
        };
        let mut at = start;
        while at <= end {
            set |= 1 << at;
            at = at.saturating_add(step);
        }
    }
    Ok(set)
}

fn number(text: &str, names: &[&str], offset: u64) -> Result<u64, String> {
    if let Some(at) = names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        return Ok(at as u64 + if names.len() == 12 { offset } else { 0 });
    }
    text.parse().map_err(|_| {
        format!(
            "failed to parse int from {text}: strconv.Atoi: parsing {}: invalid syntax",
            kubectl_rs::api::quote(text)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        let due = Schedule::parse(schedule).unwrap().next(after.parse().unwrap(), &TimeZone::UTC);
        due.map_or_else(|| "never".to_owned(), |due| due.to_string())
    }

    #[test]
    fn next_finds_the_first_time_that_fits() {
        let cases = [
            ("* * * * *", "2026-01-31T23:59:30Z", "2026-02-01T00:00:00Z"),
            ("*/15 * * * *", "2026-01-01T00:14:00Z", "2026-01-01T00:15:00Z"),
            ("0 3 * * *", "2026-01-01T03:00:00Z", "2026-01-02T03:00:00Z"),
            ("0 0 * * MON", "2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"),
            ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("30 4 1,15 * 5", "2026-01-01T05:00:00Z", "2026-01-02T04:30:00Z"),
            ("@hourly", "2026-01-01T00:10:00Z", "2026-01-01T01:00:00Z"),
            ("0 0 * jan-mar 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("0 0 31 2 *", "2026-01-01T00:00:00Z", "never"),
            ("@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"),
        ];
        for (schedule, after, want) in cases {
            assert_eq!(next(schedule, after), want, "{schedule} after {after}");
        }
    }

    #[test]
    fn parse_of_a_broken_schedule_says_what_the_library_says() {
        let cases = [
            ("x", "expected exactly 5 fields, found 1: [x]"),
            (
                "a * * * *",
                "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax",
            ),
            ("70 * * * *", "end of range (70) above maximum (59): 70"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("@often", "unrecognized descriptor: @often"),
        ];
        for (schedule, want) in cases {
            assert_eq!(Schedule::parse(schedule), Err(want.to_owned()));
        }
    }
}
