//! The thread that commits: whatever came while the last sync ran goes into the next group.
//!
//! Invariant: a call that put something into the group and rang has its answer once the writer is
//! through; a commit of what nobody waits for begins within twice [`LAZY_MAX`], or behind one that
//! runs then.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use philter_plugin_api::{Error, Level, Result, log};

use super::bell::Bell;
use super::commits::Commits;
use crate::engine::Gathered;
use crate::limits::LAZY_MAX;

/// The thread and its bell.
#[derive(Debug)]
pub(super) struct Writer {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// A system without another thread.
    pub(super) fn start(commits: Arc<Commits>) -> Result<Self> {
        let bell = Bell::default();
        let own = bell.clone();
        let thread = thread::Builder::new()
            .name("journal writer".to_owned())
            .spawn(move || run(&commits, &own))
            .map_err(|error| Error::internal(format!("no thread for the journal: {error}")))?;
        Ok(Self { bell, thread: Some(thread) })
    }

    /// There is something to commit.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    pub(super) fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Commits what is left and ends the thread.
    pub(super) fn end(&mut self) {
        self.bell.end();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log(Level::Error, "the journal's writer ended by a fault of this program");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(commits: &Commits, bell: &Bell) {
    bell.is_mine();
    loop {
        match commits.gathered() {
            Gathered::Awaited => commits.run(),
            Gathered::Unawaited if bell.ends() => commits.run(),
            Gathered::Unawaited => leave_for_company(commits, bell),
            Gathered::Nothing if bell.ends() => return,
            Gathered::Nothing => {
                bell.lie_down();
                if commits.gathered() == Gathered::Nothing {
                    bell.sleep(None);
                }
                bell.get_up();
            }
        }
    }
}

/// Leaves what nobody waits for to the next commit that somebody waits for, as long as it may be
/// left: commits it where none came.
fn leave_for_company(commits: &Commits, bell: &Bell) {
    commits.look_after(true);
    let (mut count, mut until) = (commits.count(), Instant::now() + LAZY_MAX);
    while commits.gathered() == Gathered::Unawaited && !bell.ends() {
        let left = until.saturating_duration_since(Instant::now());
        if commits.count() != count {
            // All of it came after a commit since.
            (count, until) = (commits.count(), Instant::now() + LAZY_MAX);
        } else if left.is_zero() {
            commits.run();
        } else {
            bell.lie_down();
            if commits.gathered() == Gathered::Unawaited {
                bell.sleep(Some(left));
            }
            bell.get_up();
        }
    }
    commits.look_after(false);
}
