//! Many connections append at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use philter_plugin_api::{AppendOutcome, Operation, Position, QueueRecord};

use super::bench::{Bench, END, Live, SHARD, append_nth, put, records};
use crate::limits::{ROUNDS, THREADS};
use crate::rule::{Checked, Rule, Stop, demand, done, fails};
use crate::threads::together;

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "keeps what many append at once, each batch whole", check: many_append },
    Rule { name: "answers each append exactly once", check: answers_once },
    Rule { name: "answers what many have on their way exactly once", check: many_answers },
    Rule { name: "is done with an empty batch when it is with those before", check: empty_batch },
    Rule { name: "draws a line between two epochs while many append", check: draws_a_line },
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
        let batch = [put(id, b"body", &queues)];
        append_nth(id, taken.store.as_ref(), taken.epoch, &batch, append_done);
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

fn empty_batch(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    for id in 0..ROUNDS as u64 {
        // Nobody awaits these: their answers go nowhere.
        let (append_done, _) = bench.subject.begin();
        let queues = [QueueRecord { queue: 1, id }];
        let batch = [put(id, b"body", &queues)];
        append_nth(id, taken.store.as_ref(), taken.epoch, &batch, append_done);
    }
    let end = taken.keep(&[])?;
    let kept = taken.live(end)?.entries.len();
    demand(kept == ROUNDS, || format!("up to its position {kept} of {ROUNDS} puts are there"))?;
    Ok(format!("behind {ROUNDS} appends that nobody awaits"))
}

fn many_answers(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    together(|thread| {
        let (queue, mut answers) = (thread as u64, Vec::new());
        for id in 0..ROUNDS as u64 {
            let (append_done, answer) = bench.subject.begin();
            let queues = [QueueRecord { queue, id }];
            let batch = [put(queue * 1_000_000 + id, b"body", &queues)];
            append_nth(id, taken.store.as_ref(), taken.epoch, &batch, append_done);
            answers.push(answer);
        }
        for answer in &answers {
            match done("append", bench.subject.wait("append", answer)?)? {
                AppendOutcome::Done(_) => {}
                other => return fails(format!("append is answered by {other:?}")),
            }
            // A second answer of this one would be a broken contract that the host reports.
        }
        Ok(())
    })?;
    let (kept, expected) = (taken.live(END)?.entries.len(), THREADS * ROUNDS);
    demand(kept == expected, || format!("of {expected} puts {kept} are kept"))?;
    bench.close(&taken.making, taken.store)?;
    Ok(format!("{expected} appends, {ROUNDS} of each thread on their way"))
}

fn draws_a_line(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let (kept, fenced) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    let fence = Mutex::new(None);
    together(|thread| {
        let appends = if thread == 0 { ROUNDS / 4 } else { ROUNDS };
        for id in 0..appends as u64 {
            let record = QueueRecord { queue: thread as u64, id };
            let message = record.queue * 1_000_000 + id;
            let queues = [record];
            let batch = [put(message, b"b", &queues)];
            match bench.append(taken.store.as_ref(), taken.epoch, &batch)? {
                AppendOutcome::Done(end) => {
                    kept.lock().map_err(|_| poisoned())?.push((record, end));
                }
                AppendOutcome::Fenced => drop(fenced.fetch_add(1, Ordering::Relaxed)),
                other => return fails(format!("append is answered by {other:?}")),
            }
        }
        if thread == 0 {
            // In the middle of what the others append.
            let acquired = bench.acquire(taken.store.as_ref(), SHARD)?;
            *fence.lock().map_err(|_| poisoned())? = Some(acquired.fence);
        }
        Ok(())
    })?;
    let mut kept = kept.into_inner().map_err(|_| poisoned())?;
    let fence = fence.into_inner().map_err(|_| poisoned())?.unwrap_or(Position(0));
    let late = kept.iter().find(|(_, end)| *end > fence);
    demand(late.is_none(), || format!("{late:?} was kept behind the fence {}", fence.0))?;
    let tail = records(taken.store.as_ref(), fence, END)?;
    demand(tail.is_empty(), || format!("{} records stand behind the fence", tail.len()))?;
    kept.sort_unstable();
    let found = Live::of(records(taken.store.as_ref(), Position(0), fence)?).entries;
    demand(found.into_keys().eq(kept.iter().map(|(record, _)| *record)), || {
        "what is there is not what was answered by Done".to_owned()
    })?;
    Ok(format!("{} kept before the line, {} fenced", kept.len(), fenced.into_inner()))
}

fn poisoned() -> Stop {
    Stop::Fails("a thread of the kit panicked".to_owned())
}
