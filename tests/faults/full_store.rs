//! A store that has no room, fails, or is gone: publishers are told why, consumers go on, and what
//! was confirmed is safe.

use std::fs;

use philter_protocol::v0_9_1::Properties;
use philter_protocol::v0_9_1::method::{basic, confirm, queue, tx};
use philter_protocol::v0_10::command::QueueDeclare;
use philter_tests::broker::{Broker, BrokerOptions, End};
use philter_tests::client::{Credit, Message, Refusal as Refusal0_10, Subscription};
use philter_tests::client_0_9_1::{Client, Refusal};
use tempfile::TempDir;

/// Six segments of the smallest size, which are soon full.
const SMALL: &str = "[plugin.journal]\nsegment_bytes = 16384\nbytes_max = 98304\n";

/// The broker's options, with the folder that keeps the file of its configuration.
fn configured(text: &str) -> (TempDir, BrokerOptions) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("philter.toml");
    fs::write(&file, text).unwrap();
    let options = BrokerOptions::default().arguments(["--config", file.to_str().unwrap()]);
    (folder, options)
}

/// A client of 0-9-1 whose channel 1 confirms; the queues are declared.
fn client(broker: &Broker, queues: &[&str]) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client.call(1, confirm::Select::default()).unwrap();
    client.open_channel(2).unwrap();
    for queue in queues {
        let declare = queue::Declare { queue: (*queue).to_owned(), ..queue::Declare::default() };
        client.call(1, queue::Declare { durable: true, ..declare }).unwrap();
    }
    client
}

fn kibibyte(number: usize) -> String {
    format!("{number:04} {}", ".".repeat(1_000))
}

/// Publishes until the broker takes no more; how many it took.
fn fill(broker: &Broker, queue: &str) -> usize {
    let mut publisher = client(broker, &[queue]);
    let mut is_taken =
        |number: &usize| match publisher.publish_durable(1, ("", queue), kibibyte(*number)) {
            Ok(answer) => answer.is_taken,
            Err(refusal) => {
                let text = refusal.text();
                assert!(!matches!(refusal, Refusal::Lost(_)) && text.contains("full"), "{text}");
                false
            }
        };
    (0..).take_while(|number| is_taken(number)).count()
}

/// Takes and acknowledges this many messages, in order.
fn take(broker: &Broker, queue: &str, numbers: std::ops::Range<usize>) {
    let mut consumer = broker.client();
    let mut session = consumer.attach("takes").unwrap();
    session.subscribe(Subscription::consume(queue), Credit::UNLIMITED).unwrap();
    for number in numbers {
        let delivery = session.receive().unwrap();
        assert_eq!(delivery.text(), kibibyte(number));
        session.accept(&delivery).unwrap();
    }
    consumer.close().unwrap();
}

#[test]
fn a_full_store_refuses_publishers_by_its_reason_and_serves_consumers() {
    let (_folder, options) = configured(SMALL);
    let broker = options.start();
    let taken = fill(&broker, "q");
    assert!(taken > 10, "only {taken}");
    broker.wait_for_log("bytes_max");
    // Also by 0-10, and also what is no message.
    let mut other = broker.client();
    let mut session = other.attach("publishes").unwrap();
    let refusal = session.publish("", &Message::new("q", kibibyte(0)).durable()).unwrap_err();
    assert!(
        !matches!(refusal, Refusal0_10::Lost(_)) && refusal.text().contains("full"),
        "{refusal}"
    );
    let mut other = broker.client();
    let mut session = other.attach("declares").unwrap();
    let declare = QueueDeclare { queue: "new".into(), durable: true, ..QueueDeclare::default() };
    let refusal = session.run(declare).unwrap_err();
    assert!(refusal.text().contains("full"), "{refusal}");
    // Who keeps nothing is not concerned.
    let mut other = client(&broker, &[]);
    other.publish(1, ("", "q"), &Properties::default(), b"transient").unwrap();
    assert!(other.next_answer(1).unwrap().is_taken);
    take(&broker, "q", 0..taken);
    broker.wait_for_log("has room");
    let mut publisher = client(&broker, &["new"]);
    assert!(publisher.publish_durable(1, ("", "q"), "there is room").unwrap().is_taken);
}

#[test]
fn a_full_store_loses_nothing_that_was_confirmed_and_brings_nothing_back() {
    for end in [End::InOrder, End::Killed] {
        let (_folder, options) = configured(SMALL);
        let broker = options.start();
        let taken = fill(&broker, "q");
        take(&broker, "q", 0..7);
        let broker = broker.again(end);
        take(&broker, "q", 7..taken);
        let broker = broker.again(end);
        take(&broker, "q", 0..0);
        let mut client = broker.client();
        assert_eq!(client.attach("s").unwrap().message_count("q").unwrap(), 0, "{end:?}");
    }
}

#[test]
fn a_transaction_that_does_not_fit_takes_place_nowhere() {
    let (_folder, options) = configured(SMALL);
    let broker = options.start();
    client(&broker, &["left", "right"]);
    let taken = fill(&broker, "q");
    let mut worker = client(&broker, &[]);
    worker.call(2, basic::Qos { prefetch_count: 1, ..basic::Qos::default() }).unwrap();
    worker.call(2, tx::Select {}).unwrap();
    worker.consume(2, "q", false).unwrap();
    let delivery_tag = worker.receive(2).unwrap().tag;
    let persistent = Properties { delivery_mode: Some(2), ..Properties::default() };
    for queue in ["left", "right"] {
        worker.publish(2, ("", queue), &persistent, kibibyte(0).as_bytes()).unwrap();
    }
    worker.send(2, basic::Ack { delivery_tag, multiple: false }).unwrap();
    let refusal = worker.call(2, tx::Commit {}).unwrap_err();
    assert!(refusal.text().contains("full"), "{refusal:?}");
    let broker = broker.again(End::Killed);
    take(&broker, "q", 0..taken);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for queue in ["left", "right"] {
        assert_eq!(session.message_count(queue).unwrap(), 0, "{queue}");
    }
}

/// One turn of a connection may publish and acknowledge: what is refused of it is the message
/// alone.
#[test]
fn a_worker_whose_message_is_refused_has_still_done_what_it_acknowledged() {
    let (_folder, options) = configured(SMALL);
    let broker = options.start();
    let taken = fill(&broker, "q");
    let mut worker = broker.client();
    let mut session = worker.attach("works").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::messages(1)).unwrap();
    let delivery = session.receive().unwrap();
    session.publish_unconfirmed("", &Message::new("q", kibibyte(0)).durable()).unwrap();
    let is_done = session.accept(&delivery).is_ok();
    let broker = broker.again(End::Killed);
    let mut client = broker.client();
    let count = client.attach("s").unwrap().message_count("q").unwrap();
    let left = if is_done { taken - 1 } else { taken };
    // An accept that was not completed may have taken place or not.
    assert!(count as usize == left || !is_done && count as usize == taken - 1, "{count} of {left}");
}

#[test]
fn a_disk_without_free_space_is_full_before_it_is() {
    let (_folder, options) = configured("[plugin.journal]\nfree_bytes_min = 1000000000000000\n");
    match options.try_start() {
        Err(ended) => assert!(ended.report().contains("free_bytes_min"), "{}", ended.report()),
        Ok(broker) => {
            let mut client = broker.client();
            let mut session = client.attach("s").unwrap();
            let declare = QueueDeclare { queue: "q".into(), ..QueueDeclare::default() };
            let refusal = session.run(QueueDeclare { durable: true, ..declare }).unwrap_err();
            assert!(refusal.text().contains("full"), "{refusal}");
            broker.wait_for_log("free_bytes_min");
        }
    }
}

#[test]
fn a_disk_that_has_no_room_for_the_first_segment_is_named() {
    let options = BrokerOptions::default().file_kib_max(1_024);
    let ended = options.try_start().unwrap_err();
    assert!(!ended.status.success(), "{}", ended.report());
    let said = ended.stderr.join("\n");
    assert!(said.contains("/journal/"), "{said}");
    assert!(said.contains("File too large"), "{said}");
}

/// A file of the log can't be written any more: the disk is full for it.
#[test]
fn a_write_that_fails_is_told_to_whom_it_concerns_and_costs_nothing_that_was_confirmed() {
    let (_folder, options) = configured("[plugin.journal]\nsegment_bytes = 1048576\n");
    let options = options.file_kib_max(2 * 1_024);
    let broker = options.start();
    let mut publisher = client(&broker, &["q"]);
    assert!(publisher.publish_durable(1, ("", "q"), "safe").unwrap().is_taken);
    let large = "x".repeat(4 * 1_024 * 1_024);
    match publisher.publish_durable(1, ("", "q"), &large) {
        Ok(answer) => assert!(!answer.is_taken),
        Err(Refusal::Lost(why)) => panic!("nothing was said: {why}"),
        Err(refusal) => assert!(refusal.text().contains("store"), "{refusal:?}"),
    }
    broker.wait_for_log("File too large");
    // It serves what it has.
    let mut other = broker.client();
    let mut session = other.attach("browses").unwrap();
    session.subscribe(Subscription::browse("q"), Credit::UNLIMITED).unwrap();
    assert_eq!(session.receive().unwrap().text(), "safe");
    let broker = broker.again(End::Killed);
    let mut other = broker.client();
    let mut session = other.attach("browses").unwrap();
    session.subscribe(Subscription::browse("q"), Credit::UNLIMITED).unwrap();
    let found = session.drain("q").unwrap();
    assert_eq!(found.iter().map(|each| each.text()).collect::<Vec<_>>(), ["safe"]);
}

/// The system goes on writing into files that have no name any more, and answers well.
#[test]
fn a_directory_that_goes_under_the_broker_ends_all_confirms_and_is_as_good_when_it_is_back() {
    let broker = Broker::start();
    let mut publisher = client(&broker, &["q"]);
    assert!(publisher.publish_durable(1, ("", "q"), "safe").unwrap().is_taken);
    let journal = broker.data_dir().join("journal");
    let elsewhere = broker.data_dir().join("elsewhere");
    fs::rename(&journal, &elsewhere).unwrap();
    let said = broker.wait_for_log("does not lead to the journal's directory");
    assert!(said.contains(journal.to_str().unwrap()), "{said}");
    match publisher.publish_durable(1, ("", "q"), "later") {
        Ok(answer) => assert!(!answer.is_taken),
        Err(Refusal::Lost(why)) => panic!("nothing was said: {why}"),
        Err(refusal) => assert!(refusal.text().contains("removed, renamed"), "{refusal:?}"),
    }
    fs::rename(&elsewhere, &journal).unwrap();
    let broker = broker.again(End::Killed);
    let mut other = broker.client();
    let mut session = other.attach("browses").unwrap();
    session.subscribe(Subscription::browse("q"), Credit::UNLIMITED).unwrap();
    let found = session.drain("q").unwrap();
    assert_eq!(found.iter().map(|each| each.text()).collect::<Vec<_>>(), ["safe"]);
}
