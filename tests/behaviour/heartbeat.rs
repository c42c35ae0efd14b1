//! A peer that promised heartbeats and is silent is taken for dead.

use philter_tests::broker::Broker;
use philter_tests::client::{Client, Refusal};

#[test]
fn a_silent_peer_is_disconnected_and_told_why() {
    let broker = Broker::start();
    let client = Client::with_heartbeat(broker.port(), 1).unwrap();
    match client.wait_for_close() {
        Refusal::Closed { text, .. } => assert!(text.contains("heartbeat"), "{text}"),
        refusal => panic!("{refusal}"),
    }
}
