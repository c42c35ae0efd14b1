//! Many connections append at once.

use philter_plugin_api::{AppendOutcome, Operation, Position, QueueRecord};

use super::bench::{Bench, SHARD, put};
use crate::limits::{ROUNDS, THREADS};
use crate::rule::{Checked, Rule, demand, done, fails};
use crate::threads::together;

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "keeps what many append at once, each batch whole", check: many_append },
    Rule { name: "answers each append exactly once", check: answers_once },
];

fn many_append(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    together(|thread| {
        let queue = thread as u64;
        for number in 0..ROUNDS as u64 {
            let (one, two) = (QueueRecord { queue, id: 2 * number }, 2 * number + 1);
            let message = queue * 1_000_000 + 2 * number;
            let two = QueueRecord { queue, id: two };
            taken.keep(&[put(message, b"one", &[one]), put(message + 1, b"two", &[two])])?;
            taken.keep(&[Operation::Delete(one)])?;
        }
        Ok(())
    })?;
    let live = taken.live(Position(u64::MAX))?;
    let is_left = |record: &QueueRecord| record.id % 2 == 1;
    demand(live.entries.keys().all(is_left), || "an entry is there that was deleted".to_owned())?;
    let expected = THREADS * ROUNDS;
    demand(live.entries.len() == expected, || {
        format!("{} entries are there instead of {expected}", live.entries.len())
    })?;
    Ok(format!("{THREADS} threads, {ROUNDS} batches each"))
}

fn answers_once(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let mut answers = Vec::new();
    for id in 0..ROUNDS as u64 {
        let (append_done, answer) = bench.subject.begin();
        let queues = [QueueRecord { queue: 1, id }];
        taken.store.append(SHARD, taken.epoch, &[put(id, b"body", &queues)], append_done);
        answers.push(answer);
    }
    let mut last = Position(0);
    for answer in &answers {
        match done("append", bench.subject.wait("append", answer)?)? {
            AppendOutcome::Done(position) if position >= last => last = position,
            AppendOutcome::Done(_) => return fails("appends of one caller change their order"),
            other => return fails(format!("append is answered by {other:?}")),
        }
    }
    let kept = taken.live(last)?.entries.len();
    demand(kept == answers.len(), || format!("of {} puts {kept} are kept", answers.len()))?;
    bench.subject.end(taken.store)?;
    Ok(format!("{} appends before the first answer is awaited", answers.len()))
}
