//! The process's world, as values.

use std::{collections::HashMap, fs, path::PathBuf};

use jiff::tz::TimeZone;

use crate::streams::{Streams, Terminal};

/// What a process is given: a test makes its own.
#[derive(Debug, Clone)]
pub struct World {
    /// The arguments, the program's name first.
    pub args: Vec<String>,
    /// The environment.
    pub env: HashMap<String, String>,
    /// The working directory.
    pub directory: PathBuf,
    /// The streams and the clock.
    pub streams: Streams,
}

impl World {
    /// An environment variable; none where it is unset or empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The zone in which people here read times, as Go finds it: `TZ`, or the machine's where that is unset. What cannot be
    /// found is UTC.
    pub fn zone(&self) -> TimeZone {
        const PLACES: [&str; 4] = [
            "/usr/share/zoneinfo",
            "/usr/share/lib/zoneinfo",
            "/usr/lib/locale/TZ",
            "/etc/zoneinfo",
        ];
        let name = self.env.get("TZ").map(|name| name.strip_prefix(':').unwrap_or(name));
        let read = |path: String| TimeZone::tzif(name.unwrap_or_default(), &fs::read(path).ok()?).ok();
        let zone = match name {
            None => read("/etc/localtime".to_owned()),
            Some("" | "UTC") => None,
            Some(path) if path.starts_with('/') => read(path.to_owned()),
            Some(name) if name.split('/').any(|part| part == "..") => None,
            Some(name) => PLACES.iter().find_map(|place| read(format!("{place}/{name}"))),
        };
        zone.unwrap_or(TimeZone::UTC)
    }

    /// Whether a stream with this terminal behind it takes colours: kubectl's `AllowsColorOutput`.
    pub fn colors(&self, terminal: Option<Terminal>) -> bool {
        terminal.is_some() && self.var("TERM") != Some("dumb") && !self.env.contains_key("NO_COLOR")
    }

    /// Writes a warning to standard error.
    pub fn warn(&self, sentence: &str) {
        self.streams.warn(self.colors(self.streams.facts().error), sentence);
    }
}
