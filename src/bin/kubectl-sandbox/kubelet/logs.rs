//! What containers wrote.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Program;

/// How many lines of a run are kept, as a rotation of files keeps them.
const KEPT: usize = 20_000;

/// One run of a container, as far as its log goes.
#[derive(Debug, Clone)]
pub struct Logs {
    /// What ran.
    pub program: Program,
    /// When it began.
    pub started: Timestamp,
    /// When it ended; none while it runs.
    pub finished: Option<Timestamp>,
    /// How much faster than in a real cluster its time passes.
    pub speed: f64,
}

/// Which lines somebody wants.
#[derive(Debug, Clone, Default)]
pub struct LogOptions {
    /// The last so many; none for all.
    pub tail: Option<usize>,
    /// Those since then.
    pub since: Option<Timestamp>,
    /// Whether each begins with its time.
    pub timestamps: bool,
}

impl Logs {
    /// The same, in a cluster of that speed.
    pub fn at_speed(self, speed: f64) -> Self {
        Logs { speed, ..self }
    }

    /// The time of something that happened so far into the run.
    fn at(&self, passed: Duration) -> Timestamp {
        let passed = passed.div_f64(self.speed.max(f64::MIN_POSITIVE));
        self.started
            .saturating_add(SignedDuration::try_from(passed).unwrap_or_default())
            .unwrap_or(Timestamp::MAX)
    }

    /// The lines that were written after `after` (of all where there is none) up to `now`, with their times.
    pub fn lines(&self, after: Option<Timestamp>, now: Timestamp) -> Vec<(Timestamp, String)> {
        let end = self.finished.unwrap_or(now).min(now);
        let mut lines: std::collections::VecDeque<(Timestamp, String)> = std::collections::VecDeque::new();
        self.program.lines(self.started, &mut |passed, line| {
            let at = self.at(passed);
            if at > end {
                return false;
            }
            if let Some(line) = line
                && after.is_none_or(|after| at > after)
            {
                if lines.len() == KEPT {
                    lines.pop_front();
                }
                lines.push_back((at, line.to_owned()));
            }
            true
        });
        lines.into()
    }

    /// When the next line after `after` will be written, if one will.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        if self.finished.is_some() {
            return None;
        }
        let mut next = None;
        let mut steps = 0;
        self.program.lines(self.started, &mut |passed, line| {
            let at = self.at(passed);
            steps += 1;
            if line.is_some() && at > after {
                next = Some(at);
                return false;
            }
            steps < 500_000
        });
        next
    }
}

impl LogOptions {
    /// The text of the lines that are wanted.
    pub fn text(&self, mut lines: Vec<(Timestamp, String)>) -> String {
        if let Some(since) = self.since {
            lines.retain(|(at, _)| *at >= since);
        }
        if let Some(tail) = self.tail {
            let surplus = lines.len().saturating_sub(tail);
            lines.drain(..surplus);
        }
        let mut text = String::new();
        for (at, line) in lines {
            if self.timestamps {
                text.push_str(&at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ ").to_string());
            }
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}
