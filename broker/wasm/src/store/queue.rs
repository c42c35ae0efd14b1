//! What a store is asked, on its way to the one thread that asks.
//!
//! Invariants:
//! - work is done in the order in which it was put in;
//! - what waits is bounded: whoever would pass that waits, unless it is the thread itself, which
//!   answers somebody who asks again at once;
//! - once the thread has ended nothing waits for it.

use std::collections::VecDeque;
use std::thread::ThreadId;

use parking_lot::{Condvar, Mutex};
use philter_plugin_api::Error;

use super::runner::Runner;
use crate::limits::{STORE_GROUP_BYTES_MAX, STORE_WAITING_BYTES_MAX};

/// What is asked: it runs on the thread, and gives what then tells the answer.
pub(super) type Work = Box<dyn FnOnce(&mut Runner) -> Telling + Send>;

/// Tells an answer once it is durable, or why nothing is.
pub(super) type Telling = Box<dyn FnOnce(Option<&Error>)>;

/// The queue of one store.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// The thread waits here for work.
    work: Condvar,
    /// Others wait here for room.
    room: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<(usize, Work)>,
    bytes: usize,
    thread: Option<ThreadId>,
    is_ending: bool,
    has_ended: bool,
}

impl Queue {
    /// Puts work in, which has about so many bytes in it.
    ///
    /// # Errors
    /// The thread has ended. The work is dropped then.
    pub(super) fn put(&self, bytes: usize, work: Work) -> Result<(), Error> {
        let bytes = bytes.saturating_add(size_of::<Work>());
        let mut waiting = self.waiting.lock();
        let is_own = waiting.thread == Some(std::thread::current().id());
        while !waiting.has_ended && !is_own && waiting.bytes >= STORE_WAITING_BYTES_MAX {
            self.room.wait(&mut waiting);
        }
        if waiting.has_ended {
            return Err(ended());
        }
        waiting.bytes += bytes;
        waiting.work.push_back((bytes, work));
        if waiting.work.len() == 1 {
            self.work.notify_one();
        }
        Ok(())
    }

    /// Whether this is the store's own thread, which can wait for nothing of its own.
    pub(super) fn is_own_thread(&self) -> bool {
        self.waiting.lock().thread == Some(std::thread::current().id())
    }

    /// No more work comes; the thread ends after what there is.
    pub(super) fn end(&self) {
        self.waiting.lock().is_ending = true;
        self.work.notify_one();
    }

    /// The calling thread is the store's.
    pub(super) fn begin(&self) {
        self.waiting.lock().thread = Some(std::thread::current().id());
    }

    /// What is kept together next, once there is something; none at the end.
    pub(super) fn next(&self) -> Option<Vec<Work>> {
        let mut waiting = self.waiting.lock();
        while waiting.work.is_empty() {
            if waiting.is_ending {
                return None;
            }
            self.work.wait(&mut waiting);
        }
        let (mut group, mut group_bytes) = (Vec::new(), 0);
        while group_bytes < STORE_GROUP_BYTES_MAX
            && let Some((bytes, work)) = waiting.work.pop_front()
        {
            group_bytes += bytes;
            group.push(work);
        }
        waiting.bytes = waiting.bytes.saturating_sub(group_bytes);
        drop(waiting);
        self.room.notify_all();
        Some(group)
    }

    /// The thread is gone; what waits for it is dropped, which answers it with an error.
    pub(super) fn close(&self) {
        let left = {
            let mut waiting = self.waiting.lock();
            waiting.has_ended = true;
            std::mem::take(&mut waiting.work)
        };
        self.room.notify_all();
        drop(left);
    }
}

/// What is answered once the thread has ended.
pub(super) fn ended() -> Error {
    Error::internal(
        "the store has ended by a fault of the broker's or of its database, which the log has: \
         start the broker again",
    )
}
