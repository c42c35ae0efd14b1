//! What is in the queues of a broker that was started again, in order.

use std::collections::{BTreeMap, BTreeSet};

use crate::broker::Broker;
use crate::client::{Credit, Subscription};

use super::event::{MessageId, Place};

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub id: MessageId,
    /// Whether the broker says that it may have been seen before.
    pub is_redelivered: bool,
}

/// What is in the queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// By queue, in its order.
    pub queues: BTreeMap<String, Vec<Found>>,
}

impl Look {
    /// Browses these queues, which nobody else uses meanwhile.
    ///
    /// # Panics
    /// Where one of them is not there.
    pub fn at(broker: &Broker, queues: &[&str]) -> Self {
        let mut client = broker.client();
        let mut session = client.attach("look").expect("a session");
        let mut look = Self::default();
        for queue in queues {
            let browse = Subscription::browse(queue);
            session.subscribe(browse, Credit::UNLIMITED).unwrap_or_else(|e| panic!("{queue}: {e}"));
            let found = session.drain(queue).expect("its messages");
            let found = found.iter().map(|delivery| Found {
                id: MessageId::of_body(delivery.body.as_deref().unwrap_or_default()),
                is_redelivered: delivery.is_redelivered(),
            });
            look.queues.insert((*queue).to_owned(), found.collect());
        }
        client.close().expect("a goodbye");
        look
    }

    /// Every message in every queue.
    pub(super) fn places(&self) -> BTreeSet<Place> {
        let queues = self.queues.iter();
        queues
            .flat_map(|(queue, found)| found.iter().map(move |found| Place::new(queue, &found.id)))
            .collect()
    }
}
