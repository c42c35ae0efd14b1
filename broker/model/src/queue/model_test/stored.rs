//! A store beside a queue whose entries leave memory: it has what entered, and gives it back.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::message::{Format, NewMessage};

/// What is stored, if anything is.
#[derive(Debug, Default)]
pub(super) struct Stored {
    is_on: bool,
    messages: BTreeMap<u64, Arc<Message>>,
}

impl Stored {
    pub(super) fn over(queue: &mut Queue) -> Self {
        queue.keep_durable();
        queue.let_leave();
        Self { is_on: true, messages: BTreeMap::new() }
    }

    pub(super) fn message(
        &self,
        body_bytes: usize,
        expires_at_ms: Option<u64>,
        priority: u8,
    ) -> Arc<Message> {
        Arc::new(Message::new(&NewMessage {
            format: Format::V0_10,
            exchange: "x".into(),
            routing_key: "key",
            publisher: "me".into(),
            header: b"head",
            body: &[Bytes::from(vec![0; body_bytes])],
            is_durable: self.is_on,
            priority,
            expires_at_ms,
        }))
    }

    pub(super) fn keep(
        &mut self,
        queue: &mut Queue,
        id: EntryId,
        message: Arc<Message>,
        woken: &mut Woken,
    ) {
        if self.is_on {
            self.messages.insert(id.0, message);
            assert!(queue.stored([id], woken).is_empty());
        }
    }

    /// Whatever may leave does.
    pub(super) fn send_away(&self, queue: &mut Queue) {
        queue.consider_again();
        queue.page(1, [], true);
    }

    /// Brings in what is wanted, if anything is.
    pub(super) fn bring(&self, queue: &mut Queue) -> bool {
        let Some(wanted) = queue.take_wanted() else { return false };
        let found = self.messages.range(wanted.ids.clone());
        let found = found.map(|(id, message)| (EntryId(*id), Arc::clone(message)));
        assert_eq!(queue.bring_in(&wanted, found.collect()), 0);
        true
    }

    /// Does something to entries in their order, those that are away brought in first.
    pub(super) fn each_here(
        &self,
        queue: &mut Queue,
        ids: &[EntryId],
        mut act: impl FnMut(&mut Queue, &[EntryId]),
    ) {
        let mut rest = ids;
        loop {
            let (now, later) = rest.split_at(queue.count_here(rest));
            act(queue, now);
            rest = later;
            if !self.bring(queue) {
                assert_eq!(rest, []);
                return;
            }
        }
    }

    /// Some unread, where they are away.
    pub(super) fn purge(&self, queue: &mut Queue, count: usize) -> usize {
        let mut purged = 0;
        loop {
            purged += queue.purge(count - purged).len();
            if queue.take_wanted().is_none() {
                return purged;
            }
            let unread = queue.purge_away(EntryId::FIRST, count - purged);
            purged += unread;
            if unread == 0 {
                queue.purge(1);
                assert!(self.bring(queue));
            }
        }
    }

    pub(super) fn peek(&self, queue: &mut Queue, from: EntryId, count: usize) -> Vec<u64> {
        let (mut seen, mut next) = (Vec::new(), Some(from));
        while let Some(from) = next.filter(|_| seen.len() < count) {
            let peek = queue.peek(from, count - seen.len());
            seen.extend(peek.entries.iter().map(|delivery| delivery.id.0));
            next = peek.next;
            self.bring(queue);
        }
        seen
    }

    pub(super) fn drain(&self, queue: &mut Queue) -> usize {
        let mut drained = 0;
        loop {
            drained += queue.drain(usize::MAX).len();
            if !self.bring(queue) {
                return drained;
            }
        }
    }

    /// What left was deleted from the store, and what is there was not.
    pub(super) fn check(&mut self, queue: &mut Queue, naive: &Naive) -> Result<(), TestCaseError> {
        if !self.is_on {
            return Ok(());
        }
        for id in queue.take_changes().gone {
            prop_assert!(self.messages.remove(&id.0).is_some());
        }
        let ids = naive.items.iter().map(|item| item.id);
        prop_assert!(self.messages.keys().copied().eq(ids));
        Ok(())
    }
}
