//! Emptying a queue in steps: purge leaves what consumers hold, a delete leaves nothing.

use std::sync::Arc;

use crate::message::Message;
use crate::queue::Queue;

impl Queue {
    /// Takes out entries that nobody holds, oldest first, at most `count`.
    pub fn purge(&mut self, count: usize) -> Vec<Arc<Message>> {
        let mut purged = Vec::new();
        while purged.len() < count
            && let Some(id) = self.first_available()
        {
            purged.extend(self.remove(id).map(|entry| entry.message));
        }
        self.statistics.purged += purged.len() as u64;
        purged
    }

    /// Takes out everything, held entries included, in order, at most `count`: for a queue that is
    /// deleted. Settling an entry that was held is answered as if it had never been there.
    pub fn drain(&mut self, count: usize) -> Vec<Arc<Message>> {
        let mut drained = Vec::new();
        while drained.len() < count
            && let Some(id) = self.entries.first()
        {
            drained.extend(self.remove(id).map(|entry| entry.message));
        }
        drained
    }
}
