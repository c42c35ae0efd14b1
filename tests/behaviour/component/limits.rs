//! What a component may take, and what is seen when it takes more.

use philter_test_components::Component;
use philter_tests::client::Message;

use super::Folder;
use super::management::{number, plugin, word};

const ENDLESS: &str = "(loop $again (br $again)) (unreachable)";

#[test]
fn one_that_never_answers_is_ended_counted_and_left_alone() {
    let folder = Folder::new();
    folder.put("slow.wasm", &Component::exchange("slow").entry("route", ENDLESS));
    let table = "[wasm.slow]\ncall_ms_max = 1\ntraps_max = 2\nretry_ms = 3600000\n\
                 on_failure = \"no-match\"\n";
    let broker = folder.start_with(table);
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.declare_exchange("x", "slow").unwrap();
    session.bind("q", "x", "#").unwrap();
    for _ in 0..5 {
        session.publish("x", &Message::new("a", "b")).unwrap();
        // One by one: what comes together is one call.
        assert_eq!(session.message_count("q").unwrap(), 0);
    }
    let slow = plugin(&broker, "slow");
    assert_eq!(word(&slow, "breaker"), "open");
    assert_eq!((number(&slow, "traps"), number(&slow, "deadlineHits")), (2, 2));
    assert_eq!(number(&slow, "breakerOpened"), 1);
    assert!(!word(&slow, "lastError").is_empty(), "{slow:?}");
    broker.wait_for_log("plugin::slow");
    // The broker is none the worse for it.
    session.publish("", &Message::new("q", "b")).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
}

#[test]
fn one_that_wants_more_memory_than_it_may_have_is_refused_it() {
    let folder = Folder::new();
    let grow = "(drop (memory.grow (i32.const 1024)))
        (call $default-route (local.get $batch) (local.get $batch-bytes))";
    folder.put("wide.wasm", &Component::exchange("wide").entry("route", grow));
    let broker = folder.start_with("[wasm.wide]\nmemory_bytes_max = \"1M\"\n");
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.declare_exchange("x", "wide").unwrap();
    session.bind("q", "x", "a").unwrap();
    session.publish("x", &Message::new("a", "b")).unwrap();
    let wide = plugin(&broker, "wide");
    assert_eq!(number(&wide, "memoryRefusals"), 1);
    assert!(number(&wide, "memory") <= 1024 * 1024, "{wide:?}");
}
