//! A port that stays the test's own while its broker is down.

use std::sync::atomic::{AtomicU16, Ordering};

use philter_tests::broker::{Broker, BrokerOptions};

/// Ports that one test tries, so that none of another test is among them.
const TRIES: u16 = 20;

/// Starts a broker on a port that the system gives to nobody: below those that it chooses itself.
pub(crate) fn start_on_known_port(options: impl Fn() -> BrokerOptions) -> Broker {
    static TESTS: AtomicU16 = AtomicU16::new(0);
    let of_test = u32::from(TESTS.fetch_add(TRIES, Ordering::Relaxed));
    let first = std::process::id() % 10_000 + of_test;
    let ports = (first..).take(TRIES.into()).map(|n| 20_000 + n % 10_000);
    let mut refusals = Vec::new();
    for port in ports.filter_map(|port| u16::try_from(port).ok()) {
        match options().port(port).try_start() {
            Ok(broker) => return broker,
            Err(ended) => refusals.push(ended.report()),
        }
    }
    panic!("no broker starts: {refusals:#?}")
}
