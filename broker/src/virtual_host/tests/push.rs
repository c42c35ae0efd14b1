//! What a push does beyond the queue that it goes to: whom it wakes, what it makes of others.

use philter_model::queue::Limit;

use super::*;
use crate::message::stamp;

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn with_header(name: &str, value: &str, body: &'static str) -> Arc<Message> {
    stamp(&message("q", body), name, value.into())
}

fn send(stage: &Stage, messages: &[Arc<Message>]) {
    stage.host.publish(&stage.host.exchange("").unwrap(), messages, NOW_MS);
}

/// Pulls one message of so many bytes at the most.
fn pull(queue: &Queue, consumer: ConsumerId, bytes_max: u64) -> (PullState, Vec<EntryId>) {
    let mut pulled = Vec::new();
    let state = queue.pull(consumer, 1, bytes_max, NOW_MS, &mut pulled);
    (state, pulled.iter().map(|delivery| delivery.id).collect())
}

fn is_woken(mailbox: &Arc<Mailbox>, number: u64) -> bool {
    let mut woken = Vec::new();
    mailbox.take(&mut woken);
    woken.iter().any(|token| token.consumer == number)
}

#[test]
fn a_consumer_for_which_the_next_was_too_large_is_woken_by_one_of_a_higher_priority() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("qpid.priorities", Value::Uint(10))]);
    let mailbox = Mailbox::new();
    let small = subscribe(&queue, &mailbox, 1);
    send(&stage, &[message("q", "too large")]);
    assert_eq!(pull(&queue, small, 5).0, PullState::TooLarge);
    queue.suspend(small);
    is_woken(&mailbox, 1);
    let urgent = NewMessage {
        format: Format::V0_10,
        exchange: "".into(),
        routing_key: "q",
        publisher: "".into(),
        header: &[],
        body: &[Bytes::from_static(b"small")],
        is_durable: false,
        priority: 9,
        expires_at_ms: None,
    };
    send(&stage, &[Arc::new(Message::new(&urgent))]);
    assert!(is_woken(&mailbox, 1));
}

#[test]
fn a_consumer_for_which_the_next_was_too_large_is_woken_when_a_group_before_it_is_free() {
    let stage = Stage::new();
    let arguments =
        [("qpid.group_header_key", text("g")), ("qpid.shared_msg_group", Value::Int(1))];
    let queue = stage.with("q", &arguments);
    let mailbox = Mailbox::new();
    let (large, small) = (subscribe(&queue, &mailbox, 1), subscribe(&queue, &mailbox, 2));
    let next = with_header("g", "a", "2");
    let room = next.size();
    send(&stage, &[with_header("g", "a", "1"), next, with_header("g", "b", "too large")]);
    let (_, taken) = pull(&queue, large, u64::MAX);
    assert_eq!(pull(&queue, small, room).0, PullState::TooLarge);
    queue.suspend(small);
    is_woken(&mailbox, 2);
    queue.accept(large, &taken);
    assert!(is_woken(&mailbox, 2));
}

#[test]
fn a_commit_has_room_where_it_replaces_last_values() {
    let stage = Stage::new();
    let arguments = [("qpid.last_value_queue_key", text("k")), ("qpid.max_count", Value::Uint(2))];
    stage.with("q", &arguments);
    let default = stage.host.exchange("").unwrap();
    send(&stage, &[with_header("k", "a", "1")]);
    let refusal = |keys: &[&str]| {
        let batch = keys.iter().map(|key| with_header("k", key, "2")).collect();
        stage.host.find_refusal(&[(Arc::clone(&default), batch)])
    };
    assert!(refusal(&["a", "b", "a", "b"]).is_none());
    assert!(refusal(&["a", "b", "c"]).is_some());
}

#[test]
fn a_ring_has_no_room_for_what_is_larger_than_all_of_it() {
    let stage = Stage::new();
    let ring = || [("qpid.max_size", Value::Uint(40)), ("qpid.policy_type", text("ring"))];
    let plain = stage.with("plain", &ring());
    let [size, policy] = ring();
    let traced = stage.with("traced", &[size, policy, ("qpid.trace.id", text("a"))]);
    let large = message("q", "one that is larger than forty bytes, whatever is before it");
    for queue in [&plain, &traced] {
        let limit = queue.limit_without_room(&[message("q", "x"), Arc::clone(&large)]);
        assert_eq!(limit, Some(Limit::Bytes(40)));
    }
    let many = vec![message("q", "x"); 100];
    assert!(plain.limit_without_room(&many).is_none(), "they push each other out");
}

#[test]
fn a_batch_stops_where_a_stand_in_has_no_room() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let (one, source) = (stage.queue("one"), stage.queue("source"));
    stage.bind(&exchange, &one, "k");
    stage.bind(&exchange, &source, "k");
    let target = stage.with("target", &[("qpid.max_count", Value::Uint(2))]);
    stage.host.redirect("source", "target").unwrap();
    let batch = ["1", "2", "3", "4", "5"].map(|body| message("k", body));
    let published = stage.host.publish(&exchange, &batch, NOW_MS);
    assert_eq!(published.refused.first().map(|refused| refused.index), Some(2));
    assert_eq!((depth(&one), depth(&target)), (3, 2));
}

#[test]
fn a_chain_of_queues_that_destroy_each_other_ends() {
    const COUNT: usize = 12;
    let stage = Stage::new();
    let name = |number: usize| format!("{number}");
    let exchanges: Vec<_> =
        (0..=COUNT).map(|number| stage.exchange(&name(number), None, false).0).collect();
    let arguments =
        [("qpid.max_count", Value::Uint(1)), ("qpid.policy_type", text("self-destruct"))];
    for (number, exchange) in exchanges.iter().take(COUNT).enumerate() {
        let (name, alternate) = (name(number), name(number + 1));
        let declare = DeclareQueue { alternate: Some(&alternate), ..plain(&name) };
        let queue = stage.try_with(declare, &arguments).unwrap();
        stage.bind(exchange, &queue, "k");
        stage.publish(exchange, "k", "the first");
    }
    stage.publish(&exchanges[0], "k", "one too many");
    assert!(stage.host.find_queue(&name(0)).is_none() && stage.host.find_queue(&name(1)).is_none());
    assert!(stage.host.find_queue(&name(COUNT - 1)).is_some());
}

#[test]
fn what_rings_push_out_of_each_other_ends_after_few_of_them() {
    const COUNT: usize = 5;
    let stage = Stage::new();
    let name = |number: usize| format!("{number}");
    let exchanges: Vec<_> =
        (0..=COUNT).map(|number| stage.exchange(&name(number), None, false).0).collect();
    let arguments = [("qpid.max_count", Value::Uint(1)), ("qpid.policy_type", text("ring"))];
    let mut queues = Vec::new();
    for (number, exchange) in exchanges.iter().take(COUNT).enumerate() {
        let (name, alternate) = (name(number), name(number + 1));
        let declare = DeclareQueue { alternate: Some(&alternate), ..plain(&name) };
        let queue = stage.try_with(declare, &arguments).unwrap();
        stage.bind(exchange, &queue, "k");
        stage.publish(exchange, "k", "the first");
        queues.push(queue);
    }
    stage.publish(&exchanges[0], "k", "one too many");
    let dropped: Vec<u64> = queues.iter().map(|queue| queue.statistics().ring_dropped).collect();
    assert_eq!(dropped, [1, 1, 1, 0, 0]);
}
