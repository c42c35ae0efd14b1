//! A port that stays the test's own while its broker is down.

use philter_tests::broker::{Broker, BrokerOptions};

/// Starts a broker on a port that the system gives to nobody: below those that it chooses itself.
pub(crate) fn start_on_known_port(options: impl Fn() -> BrokerOptions) -> Broker {
    let first = u16::try_from(std::process::id() % 10_000).expect("few enough");
    let ports = (0..20).map(|i| 20_000 + (first + i * 7) % 10_000);
    let mut refusals = Vec::new();
    for port in ports {
        match options().port(port).try_start() {
            Ok(broker) => return broker,
            Err(ended) => refusals.push(ended.report()),
        }
    }
    panic!("no broker starts: {refusals:#?}")
}
