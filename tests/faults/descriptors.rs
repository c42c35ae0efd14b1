//! A process that has no file descriptors left goes on with those that it has.

use philter_tests::broker::BrokerOptions;
use philter_tests::client::{Client, Message};

#[test]
fn it_serves_whom_it_has_and_takes_new_ones_once_some_left() {
    let broker = BrokerOptions::default().descriptors_max(48).start();
    let mut early = broker.client();
    let mut session = early.attach("early").unwrap();
    session.declare_queue("q").unwrap();
    let crowd: Vec<_> = (0..100).map(|_| broker.socket()).collect();
    for _ in 0..100 {
        session.publish("", &Message::new("q", "still served")).unwrap();
    }
    drop(crowd);
    Client::anonymous(broker.port()).unwrap().close().unwrap();
    assert_eq!(session.message_count("q").unwrap(), 100);
    assert!(broker.log().lines().len() < 200, "it floods its log:\n{}", broker.log().text());
}
