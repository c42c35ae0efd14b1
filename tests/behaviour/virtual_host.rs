//! Virtual hosts of the real broker: by configuration, by command, apart from each other.

use philter_tests::broker::{Broker, BrokerOptions, philter};
use philter_tests::client::{Client, Message, Refusal};
use philter_tests::program::Ended;

fn vhost(broker: &Broker, words: &[&str]) -> Ended {
    let url = format!("amqp://{}", broker.address());
    philter(["vhost"].iter().chain(words).copied().chain(["--broker", &url]), "")
}

#[test]
fn names_mean_something_in_their_virtual_host_alone() {
    let broker = BrokerOptions::default().arguments(["--virtual-host", "there"]).start();
    let mut here = broker.client();
    let mut there = Client::in_virtual_host(broker.port(), "there").unwrap();
    let (mut here, mut there) = (here.attach("s").unwrap(), there.attach("s").unwrap());
    here.declare_queue("q").unwrap();
    here.publish("", &Message::new("q", "here")).unwrap();
    assert_eq!(there.query_queue("q").unwrap().queue, None);
    there.declare_queue("q").unwrap();
    assert_eq!(there.message_count("q").unwrap(), 0);
    there.publish("", &Message::new("q", "there")).unwrap();
    there.publish("", &Message::new("q", "there")).unwrap();
    assert_eq!((here.message_count("q").unwrap(), there.message_count("q").unwrap()), (1, 2));
    let listed = vhost(&broker, &["list"]).expect_success();
    let words = |line: &String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = listed.stdout.iter().map(words).collect();
    assert_eq!(lines[0], ["name", "connections", "queues", "exchanges", "messages"]);
    // The one who asks is a connection with a queue.
    assert_eq!(lines[1], ["/", "2", "2", "9", "1"]);
    assert_eq!(lines[2], ["there", "1", "1", "6", "2"]);
}

#[test]
fn one_that_is_not_there_is_refused_by_name() {
    let broker = Broker::start();
    let refusal = Client::in_virtual_host(broker.port(), "nowhere").unwrap_err();
    let Refusal::Closed { code: Some(402), text } = &refusal else { panic!("{refusal}") };
    assert_eq!(text, "no such virtual host: nowhere");
    for default in ["", "/"] {
        Client::in_virtual_host(broker.port(), default).unwrap().close().unwrap();
    }
}

#[test]
fn a_command_adds_one_and_deletes_it_with_its_connections() {
    let broker = Broker::start();
    vhost(&broker, &["add", "there"]).expect_success();
    let again = vhost(&broker, &["add", "there"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(again.stderr, ["philter: not-allowed: virtual host 'there' is there already"]);
    let mut there = Client::in_virtual_host(broker.port(), "there").unwrap();
    there.attach("s").unwrap().declare_queue("q").unwrap();
    let here = broker.client();
    vhost(&broker, &["delete", "there"]).expect_success();
    let Refusal::Closed { code, text } = there.wait_for_close() else { panic!() };
    assert_eq!((code, text.as_str()), (Some(320), "virtual host 'there' was deleted"));
    assert!(Client::in_virtual_host(broker.port(), "there").is_err());
    here.close().unwrap();
    for (name, text) in [
        ("there", "not-found: no such virtual host: there"),
        ("/", "not-allowed: virtual host '/' is the default one and can't be deleted"),
    ] {
        let refused = vhost(&broker, &["delete", name]);
        assert_eq!(refused.stderr, [format!("philter: {text}")]);
    }
}

#[test]
fn a_broker_that_is_not_there_and_an_address_that_is_none_are_named() {
    let ended = philter(["vhost", "list", "--broker", "amqp://127.0.0.1:1"], "");
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.stderr[0].contains("127.0.0.1:1"), "{}", ended.report());
    let ended = philter(["vhost", "list", "--broker", "http://x"], "");
    assert_eq!(ended.status.code(), Some(2));
    assert!(ended.stderr[0].contains("--broker http://x"), "{}", ended.report());
}
