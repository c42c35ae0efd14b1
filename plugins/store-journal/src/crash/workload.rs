//! Workloads: short ones by hand, one for each thing that a journal does, and long ones by chance.
//!
//! Bodies of the short ones are multiples of a scale, so that a frame can be made to lie in a few
//! sectors of any size.

use philter_plugin_api::QueueRecord;

use super::model::Held;
use super::step::{Op, Step, delete, entry, mark, put};
use crate::disk::simulated::Random;

/// Messages of one queue, some in one commit, with deletes and marks between.
pub(super) fn one_queue(scale: usize) -> Vec<Step> {
    vec![
        Step::Acquire,
        Step::Commit,
        Step::Append(vec![put(1, 20 * scale, &[(1, 1)])]),
        Step::Commit,
        Step::Append(vec![put(2, 30 * scale, &[(1, 2)])]),
        Step::Append(vec![put(3, 0, &[(1, 3)])]),
        Step::Append(vec![mark(1, 1, 1)]),
        Step::Commit,
        Step::Append(vec![delete(1, 1), delete(1, 2)]),
        Step::Commit,
        Step::Append(vec![put(4, 10 * scale, &[(1, 4)])]),
        Step::Commit,
    ]
}

/// Transactions over several queues, with one message in all of them.
pub(super) fn transactions(scale: usize) -> Vec<Step> {
    vec![
        Step::Acquire,
        Step::Commit,
        Step::Append(vec![put(1, 40 * scale, &[(1, 1), (2, 1), (3, 1)])]),
        Step::Commit,
        Step::Append(vec![
            delete(1, 1),
            put(2, 50 * scale, &[(2, 2)]),
            put(3, 50 * scale, &[(3, 2), (1, 2)]),
            Op::Meta { key: "branch", value: b"prepared".to_vec() },
            mark(2, 1, 3),
        ]),
        Step::Commit,
        Step::Append(vec![delete(2, 1), delete(3, 1), put(4, 5 * scale, &[(1, 3)])]),
        Step::Append(vec![Op::Meta { key: "branch", value: Vec::new() }, delete(2, 2)]),
        Step::Commit,
    ]
}

/// Meta data of both sorts, a purge, and a second owner.
pub(super) fn meta_and_purge(scale: usize) -> Vec<Step> {
    vec![
        Step::Acquire,
        Step::Commit,
        Step::SetMeta("cluster", b"one".to_vec()),
        Step::Append(vec![put(1, 10 * scale, &[(7, 1)]), put(2, 10 * scale, &[(8, 1), (7, 2)])]),
        Step::Append(vec![Op::Meta { key: "queue/7", value: b"durable".to_vec() }]),
        Step::Commit,
        Step::Purge(7),
        Step::Append(vec![put(3, 10 * scale, &[(7, 3)])]),
        Step::Commit,
        Step::Acquire,
        Step::SetMeta("cluster", b"two".to_vec()),
        Step::Commit,
        Step::Append(vec![Op::Meta { key: "queue/7", value: Vec::new() }, delete(7, 3)]),
        Step::SetMeta("cluster", Vec::new()),
        Step::Commit,
    ]
}

/// A process that ends and begins again, twice.
pub(super) fn restarts(scale: usize) -> Vec<Step> {
    vec![
        Step::Acquire,
        Step::Commit,
        Step::Append(vec![put(1, 20 * scale, &[(1, 1)])]),
        Step::Restart,
        Step::Acquire,
        Step::Commit,
        Step::Append(vec![put(2, 20 * scale, &[(1, 2)]), delete(1, 1)]),
        Step::Commit,
        Step::Restart,
        Step::Acquire,
        Step::Commit,
        Step::Append(vec![put(3, 20 * scale, &[(1, 3)])]),
        Step::Commit,
    ]
}

/// Enough to fill several segments, most of it deleted again, so that segments are compacted, freed
/// and used again.
pub(super) fn segments(rounds: u64) -> Vec<Step> {
    let mut steps = vec![Step::Acquire, Step::Commit, Step::Append(vec![put(1, 100, &[(9, 1)])])];
    for round in 1..=rounds {
        let id = round + 1;
        steps.push(Step::Append(vec![put(id, 5000, &[(1, id)]), put(id + 1000, 30, &[(2, id)])]));
        steps.push(Step::Commit);
        steps.push(Step::Maintain);
        if round > 2 {
            steps.push(Step::Append(vec![delete(1, id - 2)]));
        }
        if round % 3 == 0 {
            steps.push(Step::Append(vec![mark(2, id, 2), delete(2, id - 1)]));
        }
        steps.extend([Step::Commit, Step::Maintain, Step::Maintain]);
    }
    steps
}

/// Steps by chance, on what a journal holds already.
#[derive(Debug)]
pub(super) struct Chance<'a> {
    random: &'a mut Random,
    held: Held,
    next_id: u64,
}

impl<'a> Chance<'a> {
    /// `next_id` is above all ids that were ever used.
    pub(super) fn new(random: &'a mut Random, held: Held, next_id: u64) -> Self {
        Self { random, held, next_id }
    }

    /// So many steps, the last of which is a commit; and the next id.
    pub(super) fn steps(mut self, count: usize) -> (Vec<Step>, u64) {
        let mut steps = vec![Step::Acquire, Step::Commit];
        while steps.len() < count {
            let step = self.step();
            self.held.apply(&step);
            let is_owner_gone = step == Step::Restart;
            steps.push(step);
            if is_owner_gone {
                steps.extend([Step::Acquire, Step::Commit]);
            }
        }
        steps.push(Step::Commit);
        (steps, self.next_id)
    }

    fn step(&mut self) -> Step {
        match self.random.below(100) {
            0..25 => Step::Append(vec![self.put()]),
            25..35 => Step::Append(self.transaction()),
            35..50 => Step::Append(self.deletes()),
            50..55 => Step::Append(vec![self.mark()]),
            55..59 => Step::Append(vec![self.meta()]),
            59..61 => Step::Purge(self.queue()),
            61..64 => {
                let value = vec![self.random.below(256) as u8; self.random.below(3)];
                Step::SetMeta(self.key(), value)
            }
            64 => Step::Restart,
            65..80 => Step::Commit,
            80..83 => Step::Sync,
            _ => Step::Maintain,
        }
    }

    fn transaction(&mut self) -> Vec<Op> {
        let mut batch: Vec<Op> = (0..=self.random.below(3)).map(|_| self.put()).collect();
        batch.extend(self.deletes());
        batch.push(self.mark());
        batch.push(self.meta());
        batch
    }

    fn put(&mut self) -> Op {
        let bytes = match self.random.below(20) {
            0 => 9000,
            1..5 => self.random.below(3000),
            _ => self.random.below(120),
        };
        self.next_id += 1;
        let id = self.next_id;
        let mut queues = vec![(self.queue(), id)];
        if self.random.one_in(4) {
            queues.push((queues[0].0 + 1, id));
        }
        put(id, bytes, &queues)
    }

    /// Mostly the oldest, as consumers do.
    fn deletes(&mut self) -> Vec<Op> {
        let count = self.random.below(6);
        let mut oldest: Vec<QueueRecord> = self.held.entries.keys().copied().collect();
        oldest.sort_by_key(|record| record.id);
        let mut deletes: Vec<Op> = oldest.iter().take(count).copied().map(Op::Delete).collect();
        if self.random.one_in(4) {
            deletes.extend(self.entry().map(Op::Delete));
        }
        deletes
    }

    fn mark(&mut self) -> Op {
        let delivery_count = self.random.below(5) as u32;
        let record = self.entry().unwrap_or(entry(1, 1));
        Op::Mark { record, delivery_count }
    }

    fn meta(&mut self) -> Op {
        let value = vec![self.random.below(256) as u8; self.random.below(40)];
        Op::Meta { key: self.key(), value }
    }

    fn key(&mut self) -> &'static str {
        ["a", "b", "c"][self.random.below(3)]
    }

    fn queue(&mut self) -> u64 {
        1 + self.random.below(3) as u64
    }

    fn entry(&mut self) -> Option<QueueRecord> {
        let live = self.held.entries.len().max(1);
        let number = self.random.below(live);
        self.held.entries.keys().nth(number).copied()
    }
}
