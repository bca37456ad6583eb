//! The time that the simulated cluster lives in.
//!
//! Times on objects are true times, so that ages are true on every client. What takes a while in a cluster (a pull, a
//! back-off) takes `speed` times less here. While the demo's history is made, the clock is set by hand.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// Where the time comes from.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// The time set by hand, while there is one.
    fixed: Option<Timestamp>,
    /// How much faster than in a real cluster things happen.
    speed: f64,
    /// When simulated time began to run away from true time.
    origin: Timestamp,
}

impl Clock {
    /// The system's clock, in a cluster where everything takes `speed` times less.
    pub fn new(speed: f64) -> Self {
        Clock {
            fixed: None,
            speed: if speed > 0.0 { speed } else { 1.0 },
            origin: Timestamp::now(),
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.fixed.unwrap_or_else(Timestamp::now)
    }

    /// The time by which schedules go: it runs `speed` times as fast as the true one.
    pub fn scheduled_now(&self) -> Timestamp {
        match self.fixed {
            Some(now) => now,
            None => {
                let passed = Timestamp::now().duration_since(self.origin);
                self.origin.saturating_add(passed.mul_f64(self.speed)).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// The true time at which the time by which schedules go is `at`.
    pub fn true_time(&self, at: Timestamp) -> Timestamp {
        let passed = at.duration_since(self.origin);
        if self.fixed.is_some() || passed.is_negative() {
            return at;
        }
        self.origin.saturating_add(passed.div_f64(self.speed)).unwrap_or(at)
    }

    /// How much faster than in a real cluster things happen.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// When something is done that takes `span` in a real cluster and begins now.
    pub fn after(&self, span: Duration) -> Timestamp {
        let span = match self.fixed {
            Some(_) => span,
            None => span.div_f64(self.speed),
        };
        let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
        self.now().saturating_add(span).unwrap_or(Timestamp::MAX)
    }

    /// How much time something took in the simulated cluster that began at `then`.
    pub fn passed_since(&self, then: Timestamp) -> Duration {
        let passed = Duration::try_from(self.now().duration_since(then)).unwrap_or_default();
        match self.fixed {
            Some(_) => passed,
            None => passed.mul_f64(self.speed),
        }
    }

    /// Whether the time is set by hand: nobody is looking.
    pub fn is_set_by_hand(&self) -> bool {
        self.fixed.is_some()
    }

    /// Sets the time by hand.
    pub fn set(&mut self, now: Timestamp) {
        self.fixed = Some(now);
    }

    /// Goes back to the true time.
    pub fn release(&mut self) {
        self.fixed = None;
        self.origin = Timestamp::now();
    }
}
