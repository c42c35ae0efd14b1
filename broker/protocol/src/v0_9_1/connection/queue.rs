//! Events that wait for the owner, and what is said in their turn.
//!
//! Invariant: what this side answers by itself goes out when the owner has taken the events before
//! it, as it would if it were the owner's answer.

use std::collections::VecDeque;

use super::{ChannelEvent, Event};

/// One thing in the queue.
#[derive(Debug)]
pub(super) enum Queued {
    /// For the owner.
    Event(Event),
    /// The peer closed a channel while this side did: channel.close-ok is due.
    CloseOk(u16),
}

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    items: VecDeque<Queued>,
}

impl Queue {
    pub(super) fn push(&mut self, event: Event) {
        self.items.push_back(Queued::Event(event));
    }

    pub(super) fn pop(&mut self) -> Option<Queued> {
        self.items.pop_front()
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Drops what waits of a channel that this side closes; whether the peer's close of it was
    /// among that, which is answered in its turn.
    pub(super) fn drop_channel(&mut self, channel: u16) -> bool {
        let mut has_close = false;
        for item in &mut self.items {
            if let Queued::Event(Event::Channel { channel: of, event }) = item
                && *of == channel
                && matches!(event, ChannelEvent::Close { .. })
            {
                *item = Queued::CloseOk(channel);
                has_close = true;
            }
        }
        self.items.retain(|item| match item {
            Queued::Event(Event::Channel { channel: of, event }) => {
                *of != channel || matches!(event, ChannelEvent::Closed)
            }
            _ => true,
        });
        has_close
    }

    /// Drops what waits of every channel.
    pub(super) fn drop_channels(&mut self) {
        let is_of_connection = |item: &Queued| {
            !matches!(item, Queued::CloseOk(_) | Queued::Event(Event::Channel { .. }))
        };
        self.items.retain(is_of_connection);
    }
}
