//! Whether messages that are to be published together find room in every queue that they would
//! enter: a commit takes effect as a whole, or not at all.
//!
//! The answer holds for the moment: what others publish meanwhile may take the room, and the queue
//! then refuses as it always does.

use std::sync::Arc;

use foldhash::HashMap;
use philter_model::message::Message;

use crate::virtual_host::reach::{Asking, Batch, FurtherKeys};
use crate::virtual_host::{Exchange, Queue, Refused, VirtualHost};

/// Messages to one exchange that are published together with others.
#[derive(Clone, Copy)]
pub(crate) struct Together<'b> {
    /// The exchange.
    pub(crate) exchange: &'b Arc<Exchange>,
    /// The messages.
    pub(crate) messages: &'b [Arc<Message>],
    /// Further routing keys of some.
    pub(crate) further_keys: &'b FurtherKeys,
}

/// What would enter one queue.
struct Load {
    queue: Arc<Queue>,
    messages: Vec<Arc<Message>>,
}

impl VirtualHost {
    /// The first of these messages, all published together, for which a queue has no room; none
    /// where all fit. Messages that go to an alternate exchange are not looked at: nobody is told
    /// of their refusal.
    pub(crate) fn find_refusal(
        &self,
        batches: &[(Arc<Exchange>, Vec<Arc<Message>>)],
    ) -> Option<Refused> {
        self.find_refusal_of_each(batches.iter().map(|(exchange, messages)| Together {
            exchange,
            messages,
            further_keys: &[],
        }))
    }

    /// The same for messages of which some have further routing keys.
    pub(crate) fn find_refusal_of_each<'b>(
        &self,
        batches: impl IntoIterator<Item = Together<'b>>,
    ) -> Option<Refused> {
        let mut loads: HashMap<usize, Load> = HashMap::default();
        for batch in batches {
            self.add_load(batch, &mut loads);
        }
        loads.into_values().find_map(|load| {
            let limit = load.queue.limit_without_room(&load.messages)?;
            Some(Refused { index: 0, queue: Arc::clone(load.queue.name()), limit })
        })
    }

    fn add_load(&self, together: Together<'_>, loads: &mut HashMap<usize, Load>) {
        let Together { exchange, messages, further_keys } = together;
        // What waits until it is due enters nothing now.
        let at_once = exchange.at_once(messages);
        let further_keys = if at_once.len() == messages.len() { further_keys } else { &[] };
        let batch = Batch { further_keys, ..Batch::new(&at_once) };
        let routes = self.routes(exchange, batch, Asking::ToLook);
        for (message, route) in at_once.iter().zip(&routes) {
            route.queues.iter().for_each(|queue| add_message(queue, message, loads));
            for (form, queues) in route.changed.iter().flat_map(|changed| &changed.forms) {
                queues.iter().for_each(|queue| add_message(queue, form, loads));
            }
        }
    }
}

fn add_message(queue: &Arc<Queue>, message: &Arc<Message>, loads: &mut HashMap<usize, Load>) {
    let queue = queue.stand_in().unwrap_or_else(|| Arc::clone(queue));
    let load = loads
        .entry(Arc::as_ptr(&queue).addr())
        .or_insert_with(|| Load { queue, messages: Vec::new() });
    load.messages.push(Arc::clone(message));
}
