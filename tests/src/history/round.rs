//! What clients told between two looks.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, MessageId, Place, Transaction};

/// Events of all clients by what they are about. The order between clients is not known; that of
/// one client's receipts is in `receipts`.
#[derive(Debug, Default)]
pub(super) struct Round {
    pub(super) published: BTreeMap<MessageId, Vec<String>>,
    pub(super) confirmed: BTreeSet<MessageId>,
    /// By client, in its order.
    pub(super) receipts: Vec<Vec<(Place, bool)>>,
    pub(super) received: BTreeSet<Place>,
    /// Acknowledged, perhaps: the broker may have died before.
    pub(super) acknowledging: BTreeSet<Place>,
    pub(super) acknowledged: BTreeSet<Place>,
    pub(super) transactions: BTreeMap<String, Transaction>,
    pub(super) committed: BTreeSet<String>,
    /// Which of the transactions are branches that are prepared first.
    pub(super) branches: BTreeSet<String>,
    pub(super) prepared: BTreeSet<String>,
    pub(super) finishing: BTreeSet<String>,
    pub(super) in_doubt: BTreeSet<String>,
    pub(super) rolled_back: BTreeSet<String>,
}

impl Round {
    pub(super) fn of(clients: Vec<Vec<Event>>) -> Self {
        let mut round = Self::default();
        for events in clients {
            round.receipts.push(Vec::new());
            events.into_iter().for_each(|event| round.take(event));
        }
        round
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Publishing { id, queues } => drop(self.published.insert(id, queues)),
            Event::Confirmed(id) => drop(self.confirmed.insert(id)),
            Event::Received { place, is_redelivered } => {
                self.received.insert(place.clone());
                let receipts = self.receipts.last_mut().expect("the client's own");
                receipts.push((place, is_redelivered));
            }
            Event::Acknowledging(place) => drop(self.acknowledging.insert(place)),
            Event::Acknowledged(place) => drop(self.acknowledged.insert(place)),
            Event::Committing(transaction) => self.begin(transaction),
            Event::Preparing(transaction) => {
                self.branches.insert(transaction.name.clone());
                self.begin(transaction);
            }
            Event::Prepared(name) => drop(self.prepared.insert(name)),
            Event::Finishing(name) => drop(self.finishing.insert(name)),
            Event::InDoubt(name) => drop(self.in_doubt.insert(name)),
            Event::RolledBack(name) => drop(self.rolled_back.insert(name)),
            Event::Committed(name) => {
                let transaction = self.transactions.get(&name);
                let acknowledged = transaction.map(|each| each.acknowledged.iter().cloned());
                self.acknowledged.extend(acknowledged.into_iter().flatten());
                self.committed.insert(name);
            }
        }
    }

    fn begin(&mut self, transaction: Transaction) {
        self.acknowledging.extend(transaction.acknowledged.iter().cloned());
        self.transactions.insert(transaction.name.clone(), transaction);
    }

    /// Whether somebody was about to let a transaction take place.
    pub(super) fn may_take_place(&self, name: &str) -> bool {
        let is_plain = !self.branches.contains(name);
        is_plain || self.finishing.contains(name) || self.committed.contains(name)
    }

    /// Every message in every queue that it was published to.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        let published = self.published.iter();
        let published = published
            .flat_map(|(id, queues)| queues.iter().map(move |queue| Place::new(queue, id)));
        let in_transactions = self.transactions.values();
        published.chain(in_transactions.flat_map(|each| each.published.iter().cloned()))
    }
}
