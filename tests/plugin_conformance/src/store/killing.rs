//! What was confirmed outlives SIGKILL.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use philter_plugin_api::{Epoch, QueueRecord};

use super::bench::{Bench, END, Live, Taken};
use super::durability::durable;
use super::victim::{KEY, entries_of, ids_of};
use crate::limits::{VICTIM_ROUNDS, VICTIM_WINDOW};
use crate::rule::{Checked, Rule, Stop, demand, done, fails, skips};
use crate::subject::Making;

pub(super) const RULES: &[Rule<Bench>] = &[Rule {
    name: "keeps what it confirmed when its process is killed",
    check: outlives_its_process,
}];

/// What a process said before it was killed.
struct Confirmed {
    epoch: Epoch,
    rounds: u64,
}

fn outlives_its_process(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    bench.close(&taken.making, taken.store)?;
    let making = bench.subject.making()?;
    let confirmed = killed(bench, &making)?;
    let again = bench.taken_in(making)?;
    let live = again.live(END)?;
    let rounds = confirmed.rounds;
    for round in 0..rounds {
        for message in ids_of(round) {
            check_message(&live, message, round + 1 < rounds)?;
        }
    }
    check_keys(&again, &live, rounds - 1)?;
    let (former, epoch) = (confirmed.epoch, again.epoch);
    demand(epoch > former, || format!("epoch {} is granted after {}", epoch.0, former.0))?;
    if again.store.capabilities().is_atomic_over_shard {
        check_tail(&live)?;
    }
    Ok(format!("{rounds} rounds of {VICTIM_WINDOW} appends, and what was on its way whole"))
}

/// Starts the kit's program over the store, and kills it after some rounds.
fn killed(bench: &Bench, making: &Making) -> Result<Confirmed, Stop> {
    let subject = &bench.subject;
    let Some(program) = &subject.options.program else {
        return skips("there is no program of the kit to kill: this is a test of somebody's own");
    };
    let mut victim = Command::new(program);
    victim.arg(&subject.path).args(["--write-until-killed", "--data-dir", making.data_dir()]);
    victim.args(["--type", &subject.factory.type_name, "--config", &subject.options.configuration]);
    victim.args(["--settings", &subject.options.settings]);
    let cannot = |error: std::io::Error| Stop::Fails(format!("the kit cannot run itself: {error}"));
    let mut victim = victim.stdout(Stdio::piped()).spawn().map_err(cannot)?;
    let output = victim.stdout.take().map(BufReader::new);
    let lines = output.into_iter().flat_map(BufRead::lines).take(1 + VICTIM_ROUNDS);
    let numbers = lines.map_while(|line| line.ok()?.parse::<u64>().ok()).collect::<Vec<_>>();
    // Whether or not it has ended by itself, it is gone after these.
    let _ = victim.kill();
    let status = victim.wait().map_err(cannot)?;
    match numbers.as_slice() {
        [epoch, .., last] if numbers.len() == 1 + VICTIM_ROUNDS => {
            Ok(Confirmed { epoch: Epoch(*epoch), rounds: last + 1 })
        }
        _ => fails(format!("a process that appends to it did not come far, {status}")),
    }
}

/// A message of a confirmed round: there in both queues, the first of a round in one alone once the
/// next round was confirmed. Whether the round after the last was on its way nobody knows.
fn check_message(live: &Live, message: u64, next_is_confirmed: bool) -> Result<(), Stop> {
    for record @ QueueRecord { queue, .. } in entries_of(message) {
        let found = live.entries.get(&record);
        if queue == 1 && message.is_multiple_of(VICTIM_WINDOW) {
            demand(found.is_none() || !next_is_confirmed, || {
                format!("message {message} was settled and confirmed, and is there again")
            })?;
            continue;
        }
        let body = found.and_then(|(_, body, _)| body.as_deref());
        demand(body == Some(&message.to_be_bytes()), || {
            format!("message {message} was confirmed for queue {queue}, and its body is {body:?}")
        })?;
    }
    Ok(())
}

/// The keys have the number of the last round that was confirmed, or of the one on its way.
fn check_keys(again: &Taken<'_>, live: &Live, last: u64) -> Result<(), Stop> {
    let of_store = done("meta_get", again.store.meta_get(KEY))?.map(|(_, value)| value);
    for (whose, value) in [("shard", live.meta.get(KEY)), ("store", of_store.as_ref())] {
        let number = value.and_then(|value| std::str::from_utf8(value).ok()?.parse::<u64>().ok());
        demand(number.is_some_and(|number| number >= last), || {
            format!("a key of the {whose} was confirmed at {last}, and is {number:?}")
        })?;
    }
    Ok(())
}

/// What was on its way is there whole, in both queues, or not at all.
fn check_tail(live: &Live) -> Result<(), Stop> {
    let is_half = |of: &&QueueRecord| {
        of.queue == 1 && !live.entries.contains_key(&QueueRecord { queue: 2, id: of.id })
    };
    let halves: Vec<_> = live.entries.keys().filter(is_half).map(|of| of.id).collect();
    demand(halves.is_empty(), || format!("messages {halves:?} are in one queue of two"))
}
