//! What may enter a queue, and what is read of a message before it does: no-local, the trace of its
//! way, the queue's filter, the key of its last value or group.
//!
//! Invariant: a queue that asks for none of these costs a message nothing here.

use std::borrow::Cow;
use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::QueueSettings;
use philter_plugin_api::MessageView;

use super::Offer;
use crate::message::values::text_of;
use crate::message::{View, add_trace, has_met};
use crate::virtual_host::{ConnectionId, Queue};

/// Whether messages have to be looked at before they enter.
pub(super) fn is_choosy(settings: &QueueSettings) -> bool {
    settings.is_no_local
        || settings.filter.is_some()
        || settings.trace_id.is_some()
        || !settings.trace_exclude.is_empty()
        || settings.key_header().is_some()
}

/// A message that may enter.
pub(in crate::virtual_host) struct Admitted<'m> {
    index: usize,
    message: Cow<'m, Arc<Message>>,
    key: Option<Vec<u8>>,
}

impl Admitted<'_> {
    /// It is on its way.
    pub(in crate::virtual_host) fn offer(&self) -> Offer<'_> {
        Offer { index: self.index, message: &self.message, key: self.key.as_deref() }
    }
}

impl Queue {
    /// Whether [`Queue::admit`] has to be asked.
    pub(in crate::virtual_host) fn is_choosy(&self) -> bool {
        self.is_choosy
    }

    /// Those of these messages that may enter, with their keys. Filters are plugins: never called
    /// under a lock.
    pub(in crate::virtual_host) fn admit<'m>(
        &self,
        messages: &'m [Arc<Message>],
    ) -> Vec<Admitted<'m>> {
        let local = self.local_connections();
        let is_local = |message: &Message| {
            let connection = Some(ConnectionId(message.connection()));
            connection != Some(ConnectionId::BROKER) && local.contains(&connection)
        };
        let matches = match &self.filter {
            Some(filter) => {
                let becomes = format_args!("queue '{}': its filter keeps out", self.name());
                filter.matches_each(messages, becomes)
            }
            None => vec![true; messages.len()],
        };
        let offered = messages.iter().enumerate().zip(matches);
        offered
            .filter(|((_, message), is_match)| *is_match && !is_local(message))
            .filter_map(|((index, message), _)| self.admit_one(index, message))
            .collect()
    }

    fn admit_one<'m>(&self, index: usize, message: &'m Arc<Message>) -> Option<Admitted<'m>> {
        let view = View::new(message, "");
        if !self.settings.trace_exclude.is_empty() && has_met(&view, &self.settings.trace_exclude) {
            return None;
        }
        let key = self.key_of(message);
        let message = match &self.settings.trace_id {
            Some(identity) => Cow::Owned(add_trace(message, identity)),
            None => Cow::Borrowed(message),
        };
        Some(Admitted { index, message, key })
    }

    /// The value of the queue's key header.
    pub(super) fn key_of(&self, message: &Message) -> Option<Vec<u8>> {
        let name = self.settings.key_header()?;
        View::new(message, "").header(name).map(text_of)
    }

    /// The connections whose messages are the owner's own: that of the session that has exclusive
    /// use, and that of an exclusive subscription.
    fn local_connections(&self) -> [Option<ConnectionId>; 2] {
        if !self.settings.is_no_local {
            return [None; 2];
        }
        let state = self.state.lock();
        let exclusive = state.exclusive.map(|(_, owner)| owner);
        [state.owner, exclusive].map(|owner| owner.map(|owner| owner.connection))
    }
}
