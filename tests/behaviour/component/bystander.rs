//! A component that never answers about a message: its publisher hears of it, and whoever has
//! nothing to do with it goes on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use philter_protocol::v0_9_1::method::{confirm, queue};
use philter_protocol::v0_9_1::{FieldValue, Properties, Table};
use philter_test_components::Component;
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Subscription};
use philter_tests::client_0_9_1::Client;

use super::Folder;
use super::management::{number, plugin, word};

/// Round trips of the bystander.
const TRIPS: usize = 10_000;

/// The routing key that the filter never answers about.
const ENDLESS: &str = "spin";

/// A filter as the default one, which loops for ever on that key.
fn filter() -> Component {
    let looks_for_the_key = "(local $message i32)
      (block $end (loop $next
        (br_if $end (i32.eq (local.get $message) (i32.load (local.get $batch))))
        (if (call $equal (i32.const 2048) (i32.const 4)
            (call $part (local.get $batch) (local.get $message) (i32.const 0))
            (call $part-bytes (local.get $batch) (local.get $message) (i32.const 0)))
          (then (loop $again (br $again))))
        (local.set $message (i32.add (local.get $message) (i32.const 1)))
        (br $next)))
      (call $default-matches (local.get $batch) (local.get $batch-bytes)
        (local.get $handles) (local.get $handles-count))";
    let data = format!("(data (i32.const 2048) \"{ENDLESS}\")");
    Component::filter("endless").code(&data).entry("matches", looks_for_the_key)
}

/// A broker with that filter under these limits.
fn start(folder: &Folder, limits: &str, workers: &str) -> Broker {
    folder.put("endless.wasm", &filter());
    let file = folder.path("philter.toml");
    std::fs::write(&file, format!("[wasm.endless]\n{limits}")).unwrap();
    let arguments = ["--config", file.to_str().unwrap(), "--worker-threads", workers];
    BrokerOptions::default().plugin_dir(folder.0.path()).arguments(arguments).start()
}

/// A client with a channel that confirms, and a queue of messages whose bodies begin with x: what
/// depends on keys alone would be remembered, and not be asked for again.
fn publisher(broker: &Broker) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client.call(1, confirm::Select { no_wait: false }).unwrap();
    client.declare_queue(1, "filtered", Table::new()).unwrap();
    let filter = Table::new().with("language", "endless").with("expression", "^x");
    let bind = queue::Bind {
        queue: "filtered".into(),
        exchange: "amq.topic".into(),
        routing_key: "#".into(),
        arguments: Table::new().with("philter.filter", FieldValue::Table(filter)),
        ..Default::default()
    };
    client.call(1, bind).unwrap();
    client
}

/// Whether a message with this key is taken.
fn is_taken(client: &mut Client, key: &str) -> bool {
    client.publish(1, ("amq.topic", key), &Properties::default(), b"x").unwrap();
    client.next_answer(1).unwrap().is_taken
}

/// Publishes and takes one message after the other, of another queue, on another connection; how
/// long each was on its way.
fn bystander(broker: &Broker) -> Vec<Duration> {
    let mut client = broker.client();
    let mut session = client.attach("bystander").unwrap();
    session.declare_queue("own").unwrap();
    let own = Subscription::consume("own").unaccepted();
    session.subscribe(own, Credit::UNLIMITED).unwrap();
    let trip = |number: usize| {
        let began = Instant::now();
        session.publish_unconfirmed("", &Message::new("own", number.to_string())).unwrap();
        assert_eq!(session.receive().unwrap().text(), number.to_string());
        began.elapsed()
    };
    (0..TRIPS).map(trip).collect()
}

/// Says how long the bystander had to wait, for whoever wants to know.
fn report(what: &str, mut trips: Vec<Duration>) {
    trips.sort_unstable();
    let [p50, p99, last] = [TRIPS / 2, TRIPS * 99 / 100, TRIPS - 1].map(|nth| trips[nth]);
    println!("{what}: {TRIPS} round trips of a bystander, p50 {p50:?}, p99 {p99:?}, max {last:?}");
}

/// Every message of that key costs the whole time of a call, as long as the bystander runs.
fn goes_on_beside_calls_without_an_end(workers: &str) {
    let folder = Folder::new();
    let limits = "call_ms_max = 5\ntraps_max = 1000000\non_failure = \"reject\"\n";
    let broker = start(&folder, limits, workers);
    let mut client = publisher(&broker);
    let alone = bystander(&broker);
    assert!(is_taken(&mut client, "fine"));
    let has_begun = AtomicBool::new(false);
    let is_done = AtomicBool::new(false);
    let (refused, beside) = std::thread::scope(|scope| {
        let publisher = scope.spawn(|| {
            let mut refused = 0;
            while !is_done.load(Ordering::Relaxed) {
                assert!(!is_taken(&mut client, ENDLESS));
                has_begun.store(true, Ordering::Relaxed);
                refused += 1;
            }
            refused
        });
        while !has_begun.load(Ordering::Relaxed) && !publisher.is_finished() {
            std::thread::yield_now();
        }
        // Joined, so that one that fails ends the publisher too.
        let beside = scope.spawn(|| bystander(&broker)).join();
        is_done.store(true, Ordering::Relaxed);
        (publisher.join().unwrap(), beside.unwrap())
    });
    assert_eq!(beside.len(), TRIPS);
    let endless = plugin(&broker, "endless");
    assert_eq!((number(&endless, "deadlineHits"), number(&endless, "traps")), (refused, refused));
    assert_eq!(word(&endless, "breaker"), "closed");
    report(&format!("{workers} worker threads, alone"), alone);
    report(&format!("{workers} worker threads, beside {refused} calls"), beside);
}

#[test]
fn goes_on_with_two_workers() {
    goes_on_beside_calls_without_an_end("2");
}

#[test]
fn goes_on_with_one_worker() {
    goes_on_beside_calls_without_an_end("1");
}

/// What is left alone is not asked: the refusals cost no time of a call.
#[test]
fn once_it_is_left_alone_it_refuses_without_being_asked() {
    let folder = Folder::new();
    let limits = "traps_max = 3\nretry_ms = 3600000\n";
    let broker = start(&folder, limits, "2");
    let mut client = publisher(&broker);
    for (key, wanted) in [("fine", true), ("other", true), (ENDLESS, false), (ENDLESS, false)] {
        assert_eq!(is_taken(&mut client, key), wanted, "{key}");
    }
    assert_eq!(word(&plugin(&broker, "endless"), "breaker"), "closed");
    for key in [ENDLESS, "fine", ENDLESS, "other"] {
        assert!(!is_taken(&mut client, key), "{key}");
    }
    let endless = plugin(&broker, "endless");
    assert_eq!(word(&endless, "breaker"), "open");
    assert_eq!((number(&endless, "deadlineHits"), number(&endless, "traps")), (3, 3));
    assert_eq!(number(&endless, "breakerOpened"), 1);
    report("left alone", bystander(&broker));
    broker
        .wait_for_log("exchange 'amq.topic' could not route 1 messages: filter language 'endless'");
}
