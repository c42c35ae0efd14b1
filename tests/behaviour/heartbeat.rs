//! A peer that promised heartbeats and is silent is taken for dead.

use philter_tests::broker::Broker;
use philter_tests::client::{Client, Refusal};
use philter_tests::client_0_9_1;

#[test]
fn a_silent_peer_is_disconnected_and_told_why() {
    let broker = Broker::start();
    let client = Client::with_heartbeat(broker.port(), 1).unwrap();
    match client.wait_for_close() {
        Refusal::Closed { text, .. } => assert!(text.contains("heartbeat"), "{text}"),
        refusal => panic!("{refusal}"),
    }
}

#[test]
fn a_silent_peer_of_0_9_1_is_disconnected() {
    let broker = Broker::start();
    let mut client = client_0_9_1::Client::with_heartbeat(broker.port(), 1).unwrap();
    client.wait_for_close();
    broker.wait_for_log("nothing heard for");
}
