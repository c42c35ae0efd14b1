//! The power goes at any instant, under the load of [`killed_broker`]: the broker as it is, on ext4
//! of the kernel as it is, on a disk that has a write cache and forgets what was not flushed.
//!
//! Rounds are as many as `PHILTER_CUT_ROUNDS` says. A machine that can't is told by name; the
//! journal's own disk in memory needs nothing of it, and cuts at every write.

mod drive;
mod machine;
mod medium;
mod server;

use std::fs;
use std::path::Path;
use std::sync::mpsc;

use fastrand::Rng;
use philter_protocol::v0_9_1::method::{confirm, queue};
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client_0_9_1::Client;
use philter_tests::history::Event;
use philter_tests::killing::{self, Rounds};
use rustix::process::Signal;

use super::killed_broker::witness::Moment;
use super::killed_broker::{EVENTS_MAX, Load, NUMBERS, QUEUES, branch, declare};
use machine::{Machine, on_a_machine};

const CUTS: Rounds = Rounds { variable: "PHILTER_CUT_ROUNDS", default: 20 };
/// Writes and flushes at most between a client's word and the cut.
const REQUESTS_MAX: u64 = 12;
/// Writes and flushes at most of a start that the power ends.
const STARTING_REQUESTS_MAX: u64 = 24;
/// Messages that are confirmed before the power goes.
const MESSAGES: u64 = 50;
/// Cuts at most until one takes something of a store that never syncs.
const UNSAFE_CUTS_MAX: u64 = 5;

#[test]
fn a_power_cut_loses_nothing_that_was_told_and_brings_nothing_back() {
    let name = "a_power_cut_loses_nothing_that_was_told_and_brings_nothing_back";
    on_a_machine(name, |machine| {
        let options = configured(machine, "always");
        let broker = options.clone().start();
        declare(&broker);
        let round = |number, broker: &mut Broker, moments: &mut Rng| {
            let told = load_until_a_cut(machine, number, broker, moments);
            println!("round {number}: the cut took {}", machine.recover(moments));
            if moments.bool() {
                cut_a_start(machine, &options, moments);
                println!("round {number}: and in a start {}", machine.recover(moments));
            }
            told
        };
        killing::hold(CUTS, broker, &QUEUES, round, branch::resolve);
    });
}

/// The harness is held to account: where nothing is flushed, it sees a loss.
#[test]
fn a_power_cut_takes_what_a_store_that_never_syncs_has_confirmed() {
    let name = "a_power_cut_takes_what_a_store_that_never_syncs_has_confirmed";
    on_a_machine(name, |machine| {
        let mut moments = killing::moments();
        let mut left = |sync| {
            let (mut broker, options) = afresh(machine, sync);
            confirm_messages(&broker);
            machine.drive().cut();
            end(machine, &mut broker);
            machine.recover(&mut moments);
            messages_in(&options.start())
        };
        assert_eq!(left("always"), MESSAGES);
        let mut unsafe_cuts = 0..UNSAFE_CUTS_MAX;
        assert!(unsafe_cuts.any(|_| left("never") < MESSAGES));
    });
}

/// What is lost then is lost from the end: the store never takes it for damage.
#[test]
fn a_store_that_syncs_late_or_never_starts_after_a_power_cut() {
    let name = "a_store_that_syncs_late_or_never_starts_after_a_power_cut";
    on_a_machine(name, |machine| {
        let mut moments = killing::moments();
        for sync in ["interval", "never"] {
            for number in 1..=CUTS.count() {
                let (mut broker, options) = afresh(machine, sync);
                declare(&broker);
                load_until_a_cut(machine, number, &mut broker, &mut moments);
                machine.recover(&mut moments);
                options.start().wait_for_log("the store had");
            }
        }
    });
}

fn load_until_a_cut(
    machine: &Machine,
    number: u64,
    broker: &mut Broker,
    moments: &mut Rng,
) -> Vec<Vec<Event>> {
    let (tell, told) = mpsc::channel();
    let moment = Moment::after(moments.usize(20..EVENTS_MAX), tell);
    let load = Load { port: broker.port(), first_number: number * NUMBERS, moment };
    let clients = load.start(moments);
    drop(load);
    told.recv().expect("some client lives until the power goes");
    // Mostly with a request, when there is something that is not safe yet.
    match moments.u8(..4) {
        0 => machine.drive().cut(),
        _ => machine.drive().cut_after(moments.u64(..REQUESTS_MAX)),
    }
    end(machine, broker);
    clients.into_iter().map(|client| client.join().expect("a client that says why")).collect()
}

/// The end of a broker whose disk answers no more: it never hears of it.
fn end(machine: &Machine, broker: &mut Broker) {
    machine.drive().wait_for_cut();
    broker.signal(Signal::KILL);
    machine.drive().turn_off();
    broker.kill();
}

/// Nobody is told anything by a broker that only starts, so that its disk may fail.
fn cut_a_start(machine: &Machine, options: &BrokerOptions, moments: &mut Rng) {
    machine.drive().fail_after(moments.u64(..STARTING_REQUESTS_MAX));
    if let Ok(mut broker) = options.clone().try_start() {
        machine.drive().cut();
        end(machine, &mut broker);
    }
    machine.drive().cut();
    machine.drive().turn_off();
}

/// A broker that finds nothing from before.
fn afresh(machine: &Machine, sync: &str) -> (Broker, BrokerOptions) {
    // Missing the first time.
    let _ = fs::remove_dir_all(machine.data_dir());
    let options = configured(machine, sync);
    (options.clone().start(), options)
}

/// Small segments, so that a round has many.
fn configured(machine: &Machine, sync: &str) -> BrokerOptions {
    let file = machine.folder().join(format!("{sync}.toml"));
    let text = format!(
        "[plugin.journal]\nsync = \"{sync}\"\nsegment_bytes = 262144\nfree_bytes_min = 16777216\n"
    );
    fs::write(&file, text).unwrap();
    let options = BrokerOptions::default().data_dir(&machine.data_dir());
    options.arguments(["--config", path(&file)])
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn confirm_messages(broker: &Broker) {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client.call(1, confirm::Select::default()).unwrap();
    let declare = queue::Declare { queue: "q".into(), durable: true, ..queue::Declare::default() };
    client.call(1, declare).unwrap();
    for _ in 0..MESSAGES {
        assert!(client.publish_durable(1, ("", "q"), "x").unwrap().is_taken);
    }
}

fn messages_in(broker: &Broker) -> u64 {
    let mut client = broker.client();
    let mut session = client.attach("counts").unwrap();
    session.message_count("q").map_or(0, u64::from)
}
