//! What was confirmed outlives SIGKILL.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use philter_plugin_api::QueueRecord;

use super::bench::{Bench, END, Live};
use super::durability::durable;
use super::victim::{entries_of, ids_of};
use crate::limits::{VICTIM_ROUNDS, VICTIM_WINDOW};
use crate::rule::{Checked, Rule, Stop, demand, fails, skips};
use crate::subject::Making;

pub(super) const RULES: &[Rule<Bench>] = &[Rule {
    name: "keeps what it confirmed when its process is killed",
    check: outlives_its_process,
}];

fn outlives_its_process(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    bench.close(&taken.making, taken.store)?;
    let making = bench.subject.making()?;
    let rounds = killed_after(bench, &making)?;
    let again = bench.taken_in(making)?;
    let live = again.live(END)?;
    for round in 0..rounds {
        for message in ids_of(round) {
            let is_settled = message == ids_of(round).start && round + 1 < rounds;
            check_message(&live, message, is_settled)?;
        }
    }
    check_tail(&live)?;
    Ok(format!("{rounds} rounds of {VICTIM_WINDOW} appends, and what was on its way whole"))
}

/// Starts the kit's program over the store and kills it; the rounds that it confirmed.
fn killed_after(bench: &Bench, making: &Making) -> Result<u64, Stop> {
    let subject = &bench.subject;
    let Some(program) = &subject.options.program else {
        return skips("there is no program of the kit to kill: this is a test of somebody's own");
    };
    let mut victim = Command::new(program);
    victim.arg(&subject.path).args(["--write-until-killed", "--data-dir", making.data_dir()]);
    victim.args(["--type", &subject.factory.type_name, "--config", &subject.options.configuration]);
    let cannot = |error: std::io::Error| Stop::Fails(format!("the kit cannot run itself: {error}"));
    let mut victim = victim.stdout(Stdio::piped()).spawn().map_err(cannot)?;
    let output = victim.stdout.take().map(BufReader::new);
    let rounds = output.into_iter().flat_map(BufRead::lines).take(VICTIM_ROUNDS);
    let last = rounds.map_while(Result::ok).last();
    // Whether or not it has ended by itself, it is gone after these.
    let _ = victim.kill();
    let status = victim.wait().map_err(cannot)?;
    match last.and_then(|round| round.parse::<u64>().ok()) {
        Some(last) if last + 1 == VICTIM_ROUNDS as u64 => Ok(last + 1),
        _ => fails(format!("a process that appends to it did not come far, {status}")),
    }
}

fn check_message(live: &Live, message: u64, is_settled: bool) -> Result<(), Stop> {
    for record @ QueueRecord { queue, .. } in entries_of(message) {
        let found = live.entries.get(&record);
        if is_settled && queue == 1 {
            demand(found.is_none(), || {
                format!("message {message} was settled and confirmed, and is there again")
            })?;
            continue;
        }
        let body = found.and_then(|(_, body, _)| body.as_deref());
        // The first of the last round may have been settled by a round that nobody heard of.
        let may_be_settled = queue == 1 && message.is_multiple_of(VICTIM_WINDOW);
        demand(body == Some(&message.to_be_bytes()) || (may_be_settled && body.is_none()), || {
            format!("message {message} was confirmed for queue {queue}, and its body is {body:?}")
        })?;
    }
    Ok(())
}

/// What was on its way is there whole, in both queues, or not at all.
fn check_tail(live: &Live) -> Result<(), Stop> {
    let in_queue = |queue: u64| live.entries.keys().filter(move |record| record.queue == queue);
    let halves =
        in_queue(1).filter(|of| !live.entries.contains_key(&QueueRecord { queue: 2, id: of.id }));
    let halves: Vec<_> = halves.map(|of| of.id).collect();
    demand(halves.is_empty(), || format!("messages {halves:?} are in one queue of two"))
}
