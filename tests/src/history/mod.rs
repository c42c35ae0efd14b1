//! What clients of a broker that is killed again and again know, and whether the broker held to it.
//!
//! Between two kills clients tell [`Event`]s. After a kill and a new start somebody looks at what
//! is in the queues, and [`History::settle`] compares.
//!
//! Invariants:
//! - what is known comes from clients alone: what they were about to do, and what the broker
//!   answered while it lived; nothing is read from its files or its log;
//! - a look settles what was open: what it finds must be there at the next one too, unless somebody
//!   acknowledges it, and what it does not find never comes again;
//! - a queue has one consumer at a time, so that the order in which it receives is the queue's.

mod event;
mod look;
mod round;
#[cfg(test)]
mod tests;
mod violation;

pub use event::{Event, MessageId, Place, Transaction};
pub use look::{Found, Look};
pub use violation::Violation;

use std::collections::{BTreeMap, BTreeSet};

use round::Round;

/// All that is known.
#[derive(Debug, Default)]
pub struct History {
    known: BTreeMap<Place, Known>,
    confirmed: usize,
    acknowledged: usize,
    committed: usize,
}

/// What is known of a message in a queue.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// A look did not find it, or the broker said that it is acknowledged.
    is_gone: bool,
    /// A look found it.
    was_found: bool,
    /// Some client has got it once.
    was_received: bool,
}

impl History {
    /// Compares what clients told since the last look with what this one finds.
    pub fn settle(&mut self, clients: Vec<Vec<Event>>, look: &Look) -> Vec<Violation> {
        let round = Round::of(clients);
        for place in round.places() {
            self.known.entry(place).or_default();
        }
        self.confirmed += round.confirmed.len();
        self.acknowledged += round.acknowledged.len();
        self.committed += round.committed.len();
        let mut violations = untold(&round);
        self.check_receipts(&round, &mut violations);
        self.check_look(look, &mut violations);
        let there = look.places();
        self.check_presence(&round, &there, &mut violations);
        check_together(&round, &there, &mut violations);
        for (place, known) in &mut self.known {
            known.was_found = there.contains(place);
            known.is_gone |= !known.was_found;
        }
        violations
    }

    /// How much was promised so far, in words.
    pub fn summary(&self) -> String {
        let received = self.known.values().filter(|known| known.was_received).count();
        format!(
            "{} messages confirmed, {received} received, {} acknowledged by proof, {} transactions \
             committed",
            self.confirmed, self.acknowledged, self.committed
        )
    }

    fn check_receipts(&mut self, round: &Round, violations: &mut Vec<Violation>) {
        let mut seen = BTreeSet::new();
        for receipts in &round.receipts {
            let mut last = BTreeMap::new();
            for (place, is_redelivered) in receipts {
                let Some(known) = self.known.get_mut(place) else {
                    violations.push(Violation::Stranger(place.clone()));
                    continue;
                };
                if known.is_gone {
                    violations.push(Violation::Returned(place.clone(), "it was gone before"));
                }
                if known.was_received && !is_redelivered {
                    violations.push(Violation::NotRedelivered(place.clone()));
                }
                known.was_received = true;
                if !seen.insert(place) {
                    violations.push(Violation::Twice(place.clone()));
                }
                check_order(place, &mut last, violations);
            }
        }
    }

    fn check_look(&self, look: &Look, violations: &mut Vec<Violation>) {
        for (queue, found) in &look.queues {
            let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
            for Found { id, is_redelivered } in found {
                let place = Place::new(queue, id);
                match self.known.get(&place) {
                    None => violations.push(Violation::Stranger(place.clone())),
                    Some(known) if known.was_received && !is_redelivered => {
                        violations.push(Violation::NotRedelivered(place.clone()));
                    }
                    Some(_) => {}
                }
                if !seen.insert(id) {
                    violations.push(Violation::Twice(place.clone()));
                }
                check_order(&place, &mut last, violations);
            }
        }
    }

    fn check_presence(
        &self,
        round: &Round,
        there: &BTreeSet<Place>,
        violations: &mut Vec<Violation>,
    ) {
        for (place, known) in &self.known {
            let is_there = there.contains(place);
            if round.acknowledged.contains(place) && is_there {
                let why = "the broker said that it is acknowledged";
                violations.push(Violation::Returned(place.clone(), why));
            }
            if known.is_gone && is_there {
                violations.push(Violation::Returned(place.clone(), "it was gone before"));
            }
            if known.is_gone || is_there || round.acknowledging.contains(place) {
                continue;
            }
            if known.was_found {
                violations.push(Violation::Lost(place.clone(), "it was there before"));
            } else if round.confirmed.contains(&place.id) {
                violations.push(Violation::Lost(place.clone(), "it was confirmed"));
            } else if round.received.contains(place) {
                violations.push(Violation::Lost(place.clone(), "it was delivered"));
            }
        }
    }
}

/// Answers that no client asked for: then the workload lies, and nothing of it counts.
fn untold(round: &Round) -> Vec<Violation> {
    let confirmed = round.confirmed.iter().filter(|id| !round.published.contains_key(id));
    let names = round.committed.iter().chain(&round.prepared).chain(&round.in_doubt);
    let unknown = names.filter(|name| !round.transactions.contains_key(*name));
    let acknowledged =
        round.acknowledged.iter().filter(|place| !round.acknowledging.contains(place));
    let texts = confirmed
        .map(|id| format!("{id} is confirmed"))
        .chain(unknown.map(|name| format!("{name} is committed, prepared or in doubt")))
        .chain(acknowledged.map(|place| format!("{place} is acknowledged")));
    texts.map(Violation::Untold).collect()
}

fn check_order(
    place: &Place,
    last: &mut BTreeMap<(String, String), u64>,
    violations: &mut Vec<Violation>,
) {
    let MessageId { publisher, number } = &place.id;
    let before = last.insert((place.queue.clone(), publisher.clone()), *number);
    if let Some(before) = before.filter(|before| before > number) {
        violations.push(Violation::Order(place.clone(), before));
    }
}

/// What goes to many queues reaches all or none, and so does a transaction with what it
/// acknowledges. What was received has reached its queue.
fn check_together(round: &Round, there: &BTreeSet<Place>, violations: &mut Vec<Violation>) {
    let reached = |place: &Place| there.contains(place) || round.received.contains(place);
    for (id, queues) in &round.published {
        let places = queues.iter().map(|queue| Place::new(queue, id));
        let (reached, missing): (Vec<_>, Vec<_>) = places.partition(reached);
        if let Some(missing) = missing.first().filter(|_| !reached.is_empty()) {
            violations.push(Violation::Torn(id.clone(), missing.clone()));
        }
    }
    for (name, transaction) in &round.transactions {
        let published = transaction.published.iter();
        let published = published.map(|place| (reached(place), format!("publishing {place}")));
        let acknowledged = transaction.acknowledged.iter();
        let acknowledged =
            acknowledged.map(|place| (!there.contains(place), format!("acknowledging {place}")));
        let parts: Vec<_> = published.chain(acknowledged).collect();
        let may = round.may_take_place(name) && !round.rolled_back.contains(name);
        let did = round.committed.contains(name) || parts.iter().any(|(done, _)| *done);
        for (done, what) in parts {
            match done {
                true if !may => violations.push(Violation::NotCommitted(name.clone(), what)),
                false if may && did => {
                    violations.push(Violation::TransactionTorn(name.clone(), what));
                }
                _ => {}
            }
        }
    }
    let lost = round.prepared.iter().filter(|name| {
        !round.finishing.contains(*name)
            && !round.rolled_back.contains(*name)
            && !round.in_doubt.contains(*name)
    });
    violations.extend(lost.map(|name| Violation::BranchLost(name.clone())));
}
