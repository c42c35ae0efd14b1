//! Completion, by example and against a model that counts one command at a time.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn a_sync_waits_for_what_came_before_it() {
    let mut session = Session::default();
    let (first, second) = (session.receive().unwrap(), session.receive().unwrap());
    let sync = session.receive().unwrap();
    session.sync(sync);
    session.complete(second);
    assert_eq!(session.take_report().unwrap().0, RangeSet::single(second));
    session.complete(first);
    assert_eq!(session.take_report().unwrap().0, RangeSet::range(first, sync));
    assert!(session.take_report().is_none());
}

#[test]
fn syncs_behind_each_other_complete_together() {
    let mut session = Session::default();
    let first = session.receive().unwrap();
    let syncs = [session.receive().unwrap(), session.receive().unwrap()];
    syncs.iter().for_each(|sync| session.sync(*sync));
    let late = session.receive().unwrap();
    assert!(session.take_report().is_none());
    session.complete(first);
    assert_eq!(session.take_report().unwrap().0, RangeSet::range(first, syncs[1]));
    session.complete(late);
    assert_eq!(session.take_report().unwrap().0, RangeSet::range(first, late));
}

#[test]
fn a_peer_that_never_says_what_it_knows_is_asked_and_costs_no_more() {
    let mut session = Session::default();
    session.complete(CommandId(0));
    assert!(!session.report().1);
    session.completed.add_range(CommandId(0), CommandId(COMPLETED_SPAN_ASK + 1));
    assert!(session.report().1);
    session.completed.add_range(CommandId(0), CommandId(COMPLETED_SPAN_MAX + 9));
    let kept = RangeSet::range(CommandId(10), CommandId(COMPLETED_SPAN_MAX + 9));
    assert_eq!(session.report(), (kept, true));
}

#[test]
fn what_the_peer_knows_is_forgotten() {
    let mut session = Session::default();
    let ids = [session.receive().unwrap(), session.receive().unwrap(), session.receive().unwrap()];
    ids.iter().take(2).for_each(|id| session.complete(*id));
    session.report();
    session.complete(ids[2]);
    session.known_completed(&RangeSet::range(ids[0], ids[2]));
    // The third was not reported yet, so the peer can't know it.
    assert_eq!(session.report().0, RangeSet::single(ids[2]));
}

/// What happens to a session.
#[derive(Clone, Debug)]
enum Operation {
    Command,
    Sync,
    /// The owner completes one of the commands that wait, by its place among them.
    Complete(usize),
    /// The peer says that it knows this many of the completed commands, from the first.
    Known(usize),
    Report,
    /// The session is attached again, and the peer sends this many of its commands again.
    Resume(u32),
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => Just(Operation::Command),
        2 => Just(Operation::Sync),
        4 => (0usize..8).prop_map(Operation::Complete),
        1 => (0usize..8).prop_map(Operation::Known),
        2 => Just(Operation::Report),
        1 => (0u32..8).prop_map(Operation::Resume),
    ]
}

/// Commands by number since the first, which may be just before the ids wrap.
#[derive(Default)]
struct Model {
    received: u32,
    waiting: BTreeSet<u32>,
    syncs: BTreeSet<u32>,
    completed: BTreeSet<u32>,
    /// Those of the completed that were reported.
    told: BTreeSet<u32>,
}

impl Model {
    fn receive(&mut self) -> u32 {
        self.received += 1;
        self.received - 1
    }

    /// A sync is complete when nothing before it waits.
    fn settle_syncs(&mut self) {
        let first = self.waiting.first().copied().unwrap_or(u32::MAX);
        let due: Vec<u32> = self.syncs.range(..first).copied().collect();
        for sync in due {
            self.syncs.remove(&sync);
            self.completed.insert(sync);
        }
    }
}

proptest! {
    #[test]
    fn completes_as_a_model_does(
        base in prop_oneof![Just(0u32), Just(u32::MAX - 10)],
        operations in prop::collection::vec(operation(), 0..80),
    ) {
        let mut session = Session::default();
        session.set_incoming(CommandId(base));
        let mut model = Model::default();
        let id = |number: u32| CommandId(base.wrapping_add(number));
        for operation in operations {
            match operation {
                Operation::Command => {
                    let number = model.receive();
                    model.waiting.insert(number);
                    prop_assert_eq!(session.receive().unwrap(), id(number));
                }
                Operation::Sync => {
                    let number = model.receive();
                    model.syncs.insert(number);
                    prop_assert_eq!(session.receive().unwrap(), id(number));
                    session.sync(id(number));
                }
                Operation::Complete(place) => {
                    if let Some(number) = model.waiting.iter().nth(place).copied() {
                        model.waiting.remove(&number);
                        model.completed.insert(number);
                        session.complete(id(number));
                    }
                }
                Operation::Known(count) => {
                    let known: Vec<u32> = model.completed.iter().take(count).copied().collect();
                    model.completed.retain(|n| !known.contains(n) || !model.told.contains(n));
                    session.known_completed(&known.into_iter().map(id).collect());
                }
                Operation::Report => {
                    let reported: RangeSet = model.completed.iter().copied().map(id).collect();
                    prop_assert_eq!(session.report().0, reported);
                    model.told.clone_from(&model.completed);
                    prop_assert!(session.take_report().is_none(), "nothing is reported twice");
                }
                Operation::Resume(again) => {
                    let again = again.min(model.received);
                    session.resume();
                    model.told.clear();
                    session.set_incoming(id(model.received - again));
                    for _ in 0..again {
                        prop_assert_eq!(session.receive(), None, "it came before");
                    }
                    if model.received > 0 {
                        let next = RangeSet::single(id(model.received));
                        prop_assert_eq!(session.expected(), next);
                    }
                }
            }
            model.settle_syncs();
        }
    }
}
