//! What a call lends is lent for the call, also where the answer comes later.

use philter_plugin_api::{AppendOutcome, Operation, Position, QueueRecord};

use super::bench::{APPENDS, Bench, append_nth};
use crate::overwrite::{LentBytes, LentText};
use crate::rule::{Checked, Rule, demand, done};

pub(super) const RULES: &[Rule<Bench>] =
    &[Rule { name: "keeps no slice of a batch that it was lent", check: batches_are_copied }];

fn batches_are_copied(bench: &Bench) -> Checked {
    for nth in 1..APPENDS {
        batch_is_copied(bench, nth)?;
    }
    batch_is_copied(bench, 0)
}

fn batch_is_copied(bench: &Bench, nth: u64) -> Checked {
    let taken = bench.taken()?;
    let mut header = LentBytes::new(b"header");
    let mut body = LentBytes::new(b"a body of some length");
    let mut key = LentText::new("key");
    let mut value = LentBytes::new(b"value");
    let mut queues = [QueueRecord { queue: 1, id: 1 }, QueueRecord { queue: 2, id: 1 }];
    let (append_done, answer) = bench.subject.begin();
    let batch = [
        Operation::Put {
            message: 1,
            header: header.as_slice(),
            body: body.as_slice(),
            queues: &queues,
        },
        Operation::Meta { key: key.as_str(), value: value.as_slice() },
    ];
    append_nth(nth, taken.store.as_ref(), taken.epoch, &batch, append_done);
    header.overwrite();
    body.overwrite();
    key.overwrite();
    value.overwrite();
    queues.fill(QueueRecord { queue: 77, id: 77 });
    let outcome = done("append", bench.subject.wait("append", &answer)?)?;
    demand(matches!(outcome, AppendOutcome::Done(_)), || format!("it is answered by {outcome:?}"))?;
    let live = taken.live(Position(u64::MAX))?;
    let body_of = |queue| live.entries.get(&QueueRecord { queue, id: 1 }).map(|entry| &entry.1);
    let expected = Some(b"a body of some length".to_vec());
    demand(body_of(1) == Some(&expected) && body_of(2) == Some(&expected), || {
        "a body or its queues are what the buffers held later".to_owned()
    })?;
    demand(live.meta.get("key").map(Vec::as_slice) == Some(b"value"), || {
        "a key or its value is what the buffers held later".to_owned()
    })?;
    Ok("a put and a key, overwritten after append".to_owned())
}
