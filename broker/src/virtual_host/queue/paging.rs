//! Bodies that are in the store alone: they leave memory when a queue has much and its entries
//! can't leave as a whole, and are read again for whoever takes or needs them.
//!
//! The oldest entries are taken first, so what comes while there is much is what leaves memory: a
//! queue that is emptied finds its next messages here.
//!
//! Invariant: no message leaves a live queue for a consumer or for another queue without its body.
//! Reading never happens under a lock, and where many wait for a thread that reads, others take its
//! work.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::Delivery;

use crate::long_work::off_turn;
use crate::virtual_host::Queue;

impl Queue {
    /// Reads the bodies of deliveries that came behind `before`; one whose body can't be read is
    /// taken back: the store has failed, or the queue was deleted.
    pub(super) fn read_deliveries(&self, before: usize, into: &mut Vec<Delivery>) {
        let Some(kept) = &self.kept else { return };
        let new = into.get(before..).unwrap_or_default();
        if new.iter().all(|delivery| delivery.message.place().is_none()) {
            return;
        }
        let read = off_turn(|| {
            let new = into.drain(before..);
            let read = new.filter_map(|delivery| {
                let message = kept.read(&delivery.message)?;
                Some(Delivery { message, ..delivery })
            });
            read.collect::<Vec<_>>()
        });
        into.extend(read);
    }

    /// Messages with their bodies; those that can't be read are not among them.
    pub(super) fn read_messages(&self, messages: Vec<Arc<Message>>) -> Vec<Arc<Message>> {
        let Some(kept) = &self.kept else { return messages };
        if messages.iter().all(|message| message.place().is_none()) {
            return messages;
        }
        off_turn(|| messages.iter().filter_map(|message| kept.read(message)).collect())
    }
}
