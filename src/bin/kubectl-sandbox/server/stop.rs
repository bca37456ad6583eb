//! The end of a server: who asks for it, who hears of it, who is still there.

use std::cell::Cell;

use tokio::sync::Notify;

/// Whether a server is to stop, and how many connections it still has.
#[derive(Debug, Default)]
pub struct Stop {
    asked: Cell<bool>,
    open: Cell<usize>,
    changed: Notify,
}

impl Stop {
    /// Asks for it.
    pub fn ask(&self) {
        self.asked.set(true);
        self.changed.notify_waiters();
    }

    /// Waits until somebody asked.
    pub async fn asked(&self) {
        self.wait(|| self.asked.get()).await;
    }

    /// Waits until all connections are gone.
    pub async fn all_gone(&self) {
        self.wait(|| self.open.get() == 0).await;
    }

    /// How many connections there are.
    pub fn open(&self) -> usize {
        self.open.get()
    }

    /// Counts a connection as long as the guard lives.
    pub fn enter(&self) -> Guard<'_> {
        self.open.set(self.open.get() + 1);
        Guard(self)
    }

    async fn wait(&self, reached: impl Fn() -> bool) {
        loop {
            let changed = self.changed.notified();
            if reached() {
                return;
            }
            changed.await;
        }
    }
}

/// A connection that is there.
#[derive(Debug)]
pub struct Guard<'s>(&'s Stop);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get() - 1);
        self.0.changed.notify_waiters();
    }
}
