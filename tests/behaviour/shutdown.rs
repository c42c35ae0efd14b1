//! SIGTERM ends the broker in order.

use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Refusal, Subscription};
use rustix::process::Signal;

#[test]
fn clients_are_told_and_the_exit_is_clean() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    broker.signal(Signal::TERM);
    match client.wait_for_close() {
        Refusal::Closed { code: Some(320), text } => assert!(!text.is_empty()),
        refusal => panic!("{refusal}"),
    }
    let ended = broker.wait();
    assert!(ended.status.success(), "{}", ended.report());
}

#[test]
fn peers_that_never_said_anything_do_not_hold_it_up() {
    let broker = Broker::start();
    let silent: Vec<_> = (0..10).map(|_| broker.socket()).collect();
    let ended = broker.stop();
    assert!(ended.status.success(), "{}", ended.report());
    drop(silent);
}

#[test]
fn an_interrupt_from_the_keyboard_does_the_same() {
    let broker = Broker::start();
    broker.signal(Signal::INT);
    let ended = broker.wait();
    assert!(ended.status.success(), "{}", ended.report());
}
