//! The containers of a pod: what they are, how they are, and how their runs end.

use std::time::Duration;

use jiff::Timestamp;

use super::super::Program;

/// What the containers run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sandbox {
    /// Something to mount is missing; another look is due then.
    WaitsForMount(Timestamp),
    /// It is being made until then.
    Making(Timestamp),
    /// It is there.
    Ready,
    /// It is there no more.
    Gone,
}

/// Whose place a container takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It runs before the others and ends.
    Init,
    /// It starts before the others and goes on.
    Sidecar,
    /// It is one of the pod's own.
    Main,
}

/// A container.
#[derive(Debug)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// How it is.
    pub state: State,
    /// How often it was started again.
    pub restarts: i64,
    /// The run before the present one.
    pub last: Option<Ended>,
    pub(super) crashes: u32,
    pub(super) pull_failures: u32,
}

/// How a container is.
#[derive(Debug)]
pub enum State {
    /// Nothing has happened yet.
    Waiting,
    /// Its image is being pulled.
    Pulling {
        /// Since when.
        since: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// Its image cannot be had.
    NoImage {
        /// One word.
        reason: &'static str,
        /// Why.
        message: String,
        /// When something happens again.
        until: Timestamp,
    },
    /// What it is configured by is missing.
    NoConfig {
        /// Why.
        message: String,
        /// When to look again.
        until: Timestamp,
    },
    /// It runs.
    Running(Run),
    /// It ended; something happens at the time, if it is to be started again.
    Ended(Ended, Option<Timestamp>),
    /// It is to be started again then.
    BackOff(Ended, Timestamp, Duration),
}

/// A run that goes on.
#[derive(Debug, Clone)]
pub struct Run {
    /// When it began.
    pub started: Timestamp,
    /// What runs.
    pub program: Program,
    /// The container's identifier.
    pub id: String,
    pub(super) ends: Option<(Timestamp, i32)>,
    pub(super) ready_at: Option<Timestamp>,
    pub(super) unready: Option<Repeated>,
    pub(super) unalive: Option<Repeated>,
    /// Whether it is ready.
    pub ready: bool,
}

/// A probe that fails again and again.
#[derive(Debug, Clone)]
pub(super) struct Repeated {
    pub(super) next: Timestamp,
    pub(super) period: Duration,
    pub(super) message: String,
    pub(super) failures: u32,
    pub(super) threshold: u32,
}

/// A run that is over.
#[derive(Debug, Clone)]
pub struct Ended {
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// Its exit code.
    pub code: i32,
    /// One word.
    pub reason: &'static str,
    /// A sentence; may be empty.
    pub message: String,
    /// The container's identifier.
    pub id: String,
    /// What ran.
    pub program: Program,
}

impl Container {
    /// Whether it is on its way to another state, and will be there by itself until `soon`.
    pub(super) fn is_busy(&self, soon: Timestamp) -> bool {
        match &self.state {
            State::Pulling { .. } | State::Ended(_, Some(_)) => true,
            State::NoImage { reason, .. } => *reason == "ErrImagePull",
            State::Running(run) => run.ready_at.is_some() || run.ends.is_some_and(|(due, _)| due <= soon),
            // Who waits, waits for another container.
            State::Waiting | State::NoConfig { .. } | State::Ended(_, None) | State::BackOff(..) => false,
        }
    }
}

impl Ended {
    /// The end of what it wrote, at most 2048 bytes and 80 lines of it, where it left no other message.
    pub(super) fn last_words(&self, speed: f64) -> String {
        let span = Duration::try_from(self.finished.duration_since(self.started)).unwrap_or_default();
        let span = span.mul_f64(speed.max(1.0));
        let mut lines: Vec<String> = Vec::new();
        self.program.lines(self.started, Duration::ZERO, &mut |passed, line| {
            lines.extend(line.map(|line| format!("{line}\n")));
            passed <= span
        });
        let mut kept = lines.split_off(lines.len().saturating_sub(80));
        while kept.iter().map(String::len).sum::<usize>() > 2048 {
            kept.remove(0);
        }
        kept.concat()
    }
}

impl Run {
    /// The run as one that ended at a time.
    pub(super) fn end(self, at: Timestamp, code: i32) -> Ended {
        Ended {
            started: self.started,
            finished: at,
            code,
            reason: if code == 0 { "Completed" } else { "Error" },
            message: String::new(),
            id: self.id,
            program: self.program,
        }
    }

    /// When something happens in it next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let probes = [&self.unready, &self.unalive];
        self.ends
            .map(|(due, _)| due)
            .into_iter()
            .chain(self.ready_at)
            .chain(probes.into_iter().flatten().map(|probe| probe.next))
            .min()
    }
}
