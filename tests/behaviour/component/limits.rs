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

/// A batch with one message that it traps on: the others go the way that it says.
#[test]
fn what_the_operator_wants_instead_of_an_answer_is_for_the_message_that_has_none_alone() {
    let is_t = "(i32.eq (i32.load8_u (call $part (local.get $batch) (local.get $at) \
                (i32.const 0))) (i32.const 116))";
    let rest = "(call $default-route (local.get $batch) (local.get $batch-bytes))";
    let body = format!(
        "(local $at i32) (loop $next (if (i32.lt_u (local.get $at) (i32.load (local.get $batch))) \
         (then (if {is_t} (then unreachable)) (local.set $at (i32.add (local.get $at) \
         (i32.const 1))) (br $next)))) {rest}"
    );
    for (on_failure, wanted) in [("pass", 41), ("no-match", 40)] {
        let folder = Folder::new();
        folder.put("odd.wasm", &Component::exchange("odd").entry("route", &body));
        let table = format!("[wasm.odd]\ntraps_max = 1000000\non_failure = \"{on_failure}\"\n");
        let broker = folder.start_with(&table);
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        session.declare_queue("q").unwrap();
        session.declare_exchange("x", "odd").unwrap();
        session.bind("q", "x", "a").unwrap();
        for number in 0..41 {
            let key = if number == 20 { "t" } else { "a" };
            session.publish_unconfirmed("x", &Message::new(key, number.to_string())).unwrap();
        }
        assert_eq!(session.message_count("q").unwrap(), wanted, "{on_failure}");
        let odd = plugin(&broker, "odd");
        assert!(number(&odd, "calls") < 41, "they come in batches: {odd:?}");
        broker.wait_for_log(&format!("on_failure = {on_failure} decided about 1 messages"));
        session.publish("x", &Message::new("t", "again")).unwrap();
        let again = u32::from(on_failure == "pass");
        assert_eq!(session.message_count("q").unwrap(), wanted + again);
    }
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
