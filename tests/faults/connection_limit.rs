//! More peers than the broker wants, and peers that never say who they are.

use std::io::Read;

use philter_tests::broker::BrokerOptions;
use philter_tests::client::Client;

#[test]
fn one_connection_too_many_is_turned_away_until_another_leaves() {
    let broker = BrokerOptions::default().arguments(["--max-connections", "2"]).start();
    let first = broker.client();
    let second = broker.client();
    Client::anonymous(broker.port()).unwrap_err();
    first.close().unwrap();
    // The broker counts a connection until its socket is closed: ask until that is so.
    let third = std::iter::repeat_with(|| Client::anonymous(broker.port())).find_map(Result::ok);
    third.unwrap().close().unwrap();
    second.close().unwrap();
}

#[test]
fn a_peer_that_does_not_say_who_it_is_is_disconnected() {
    let broker = BrokerOptions::default().arguments(["--max-negotiate-time", "50"]).start();
    let mut silent = broker.socket();
    let mut said = Vec::new();
    silent.read_to_end(&mut said).unwrap();
    broker.client().close().unwrap();
}
