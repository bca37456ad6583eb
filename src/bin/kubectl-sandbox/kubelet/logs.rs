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

    /// How far into the run a time is; zero before it.
    fn passed(&self, at: Timestamp) -> Duration {
        let passed = Duration::try_from(at.duration_since(self.started)).unwrap_or_default();
        passed.mul_f64(self.speed.max(f64::MIN_POSITIVE))
    }

    /// A little before a time, as far as the program's pace goes: no rounding makes it later.
    fn before(&self, at: Timestamp) -> Duration {
        let pace = self.program.pace().unwrap_or_default();
        self.passed(at).saturating_sub(pace.saturating_mul(2))
    }

    /// The lines that were written after `after` (of all where there is none) up to `now`, with their times.
    pub fn lines(&self, after: Option<Timestamp>, now: Timestamp) -> Vec<(Timestamp, String)> {
        let end = self.finished.unwrap_or(now).min(now);
        let kept = self
            .program
            .pace()
            .map(|pace| pace.saturating_mul(KEPT as u32 + 2))
            .unwrap_or_default();
        let from = self
            .passed(end)
            .saturating_sub(kept)
            .max(self.before(after.unwrap_or(self.started)));
        let mut lines: std::collections::VecDeque<(Timestamp, String)> = std::collections::VecDeque::new();
        self.program.lines(self.started, from, &mut |passed, line| {
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
        self.program.lines(self.started, self.before(after), &mut |passed, line| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_long_run_are_the_last_ones_as_if_all_had_been_written() {
        let program = Program::Server {
            greeting: vec!["hello".to_owned()],
            chatter: "still here".to_owned(),
            every: Duration::from_millis(1700),
        };
        for (speed, lasted) in [(1.0, 60_000), (30.0, 2_000), (1.0, 100), (7.3, 9_000)] {
            let started: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
            let logs = Logs {
                program: program.clone(),
                started,
                finished: None,
                speed,
            };
            let now = started + SignedDuration::from_secs(lasted);
            let mut all = Vec::new();
            program.lines(started, Duration::ZERO, &mut |passed, _| {
                let at = logs.at(passed);
                all.push(at);
                at <= now
            });
            let next = all.pop();
            let times = |after| -> Vec<Timestamp> { logs.lines(after, now).into_iter().map(|(at, _)| at).collect() };
            let kept = &all[all.len().saturating_sub(KEPT)..];
            assert_eq!(times(None), kept);
            let middle = all[all.len() / 2];
            let later: Vec<Timestamp> = kept.iter().copied().filter(|at| *at > middle).collect();
            assert_eq!(times(Some(middle)), later);
            assert_eq!(logs.next_after(now), next);
        }
    }
}
