//! What the arguments of a queue do to messages on their way in, to consumers and to its end.

use philter_model::queue::Delivery;

use super::management::Heard;
use super::*;
use crate::message::{View, stamp};
use crate::virtual_host::event::Event;

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn owner(session: u64, connection: u32) -> OwnerId {
    OwnerId { session, connection: ConnectionId(connection) }
}

/// A message from a connection.
fn from(connection: u32, key: &str, body: &'static str) -> Arc<Message> {
    let Ok(message) = Arc::try_unwrap(message(key, body)) else { panic!("shared") };
    Arc::new(message.over(connection))
}

fn send(stage: &Stage, messages: &[Arc<Message>]) -> Published {
    let default = stage.host.exchange("").unwrap();
    stage.host.publish(&default, messages, NOW_MS)
}

/// A consumer with this owner that has credit.
fn consumer(queue: &Queue, owner: OwnerId, is_exclusive: bool) -> ConsumerId {
    filtered(queue, owner, is_exclusive, None)
}

fn filtered(
    queue: &Queue,
    owner: OwnerId,
    is_exclusive: bool,
    filter: Option<Arc<CompiledFilter>>,
) -> ConsumerId {
    let token = Token { channel: 0, consumer: owner.session };
    let waker = Waker { mailbox: Mailbox::new(), token };
    let spec = ConsumerSpec { acquires: true, is_exclusive, is_filtered: false, priority: 0 };
    let id = queue.subscribe(Subscribe { spec, owner, filter, waker }).unwrap().unwrap();
    queue.resume(id);
    id
}

fn pull(queue: &Queue, consumer: ConsumerId) -> Vec<Delivery> {
    let mut pulled = Vec::new();
    queue.pull(consumer, 100, u64::MAX, NOW_MS, &mut pulled);
    pulled
}

fn bodies(pulled: &[Delivery]) -> Vec<String> {
    let body = |delivery: &Delivery| {
        String::from_utf8(delivery.message.body().iter().collect::<Vec<_>>().concat()).unwrap()
    };
    pulled.iter().map(body).collect()
}

#[test]
fn what_the_owners_connection_published_does_not_enter_wherever_it_has_been() {
    let stage = Stage::new();
    let mine = DeclareQueue { owner: Some(owner(1, 7)), ..plain("mine") };
    let mine = stage.try_with(mine, &[("no-local", Value::Bool(true))]).unwrap();
    send(&stage, &[from(7, "mine", "local"), from(8, "mine", "foreign"), message("mine", "own")]);
    assert_eq!(depth(&mine), 2);
    // A dead letter keeps who published it.
    let (alternate, _) = stage.exchange("alt", None, false);
    let holding = stage.declare("holding", Some("alt"));
    stage.bind(&alternate, &mine, "holding");
    send(&stage, &[from(7, "holding", "local"), from(8, "holding", "foreign")]);
    assert_eq!(depth(&holding), 2);
    delete(&stage.host, "holding");
    assert_eq!(depth(&mine), 3);
}

#[test]
fn an_owner_that_moved_to_another_connection_gets_nothing_of_its_own_from_there() {
    let stage = Stage::new();
    let mine = DeclareQueue { owner: Some(owner(1, 7)), ..plain("mine") };
    let mine = stage.try_with(mine, &[("no-local", Value::Bool(true))]).unwrap();
    let shared = stage.try_with(plain("shared"), &[("no-local", Value::Bool(true))]).unwrap();
    consumer(&shared, owner(1, 7), true);
    mine.move_owner(owner(2, 8));
    for queue in [&mine, &shared] {
        queue.move_owner(owner(1, 9));
    }
    for connection in [7, 8, 9] {
        let both = ["mine", "shared"].map(|name| from(connection, name, "x"));
        send(&stage, &both);
    }
    assert_eq!((depth(&mine), depth(&shared)), (2, 2), "what came over 7 and 8");
}

#[test]
fn who_subscribes_exclusively_counts_as_owner() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("no-local", Value::Bool(true))]);
    let consumer = consumer(&queue, owner(1, 7), true);
    send(&stage, &[from(7, "q", "local")]);
    assert_eq!(depth(&queue), 0);
    queue.cancel(consumer);
    send(&stage, &[from(7, "q", "now it is foreign")]);
    assert_eq!(depth(&queue), 1);
}

#[test]
fn what_the_filter_of_a_queue_does_not_match_does_not_enter() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("qpid.filter", text("four"))]);
    send(&stage, &[message("q", "four"), message("q", "not four"), message("q", "five")]);
    assert_eq!(depth(&queue), 2);
    assert_eq!(stage.filters.load(Ordering::Relaxed), 1);
    delete(&stage.host, "q");
    drop(queue);
    // The route that the exchange knew is asked for again.
    send(&stage, &[message("q", "four")]);
    assert_eq!(stage.filters.load(Ordering::Relaxed), 0);
}

#[test]
fn a_message_that_was_here_is_told_by_its_trace() {
    let stage = Stage::new();
    let arguments = [("qpid.trace.id", text("A")), ("qpid.trace.exclude", text("B, C"))];
    let queue = stage.with("q", &arguments);
    let met = stamp(&message("q", ""), "x-qpid.trace", "X,C".into());
    send(&stage, &[met, message("q", "")]);
    let pulled = pull(&queue, consumer(&queue, owner(1, 1), false));
    let [delivery] = &pulled[..] else { panic!("{pulled:?}") };
    let view = View::new(&delivery.message, "");
    assert_eq!(view.header("x-qpid.trace"), Some(api::ValueRef::String("A")));
}

#[test]
fn a_last_value_replaces_the_one_before_by_the_header_that_is_its_key() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("qpid.last_value_queue_key", text("k"))]);
    let keyed = |key: Value, body| stamp(&message("q", body), "k", key);
    send(
        &stage,
        &[
            keyed("a".into(), "a1"),
            keyed(Value::Int(5), "5"),
            keyed("a".into(), "a2"),
            keyed("5".into(), "5 as text"),
        ],
    );
    let pulled = pull(&queue, consumer(&queue, owner(1, 1), false));
    assert_eq!(bodies(&pulled), ["a2", "5 as text"]);
}

#[test]
fn a_queue_above_its_mark_holds_publishers_back_until_it_has_shrunk() {
    let stage = Stage::new();
    let arguments =
        [("qpid.flow_stop_count", Value::Uint(3)), ("qpid.flow_resume_count", Value::Uint(2))];
    let queue = stage.with("q", &arguments);
    let mailbox = Mailbox::new();
    let token = Token { channel: 1, consumer: 9 };
    let waker = Waker { mailbox: Arc::clone(&mailbox), token };
    assert!(!queue.wait_flow(&waker), "it is not full");
    assert!(send(&stage, &[message("q", "1"), message("q", "2")]).held.is_empty());
    let published = send(&stage, &[message("q", "3"), message("q", "4")]);
    let indices: Vec<usize> = published.held.iter().map(|(index, _)| *index).collect();
    assert_eq!(indices, [0, 1]);
    assert!(queue.wait_flow(&waker) && queue.wait_flow(&waker));
    let consumer = consumer(&queue, owner(1, 1), false);
    let held: Vec<EntryId> = pull(&queue, consumer).iter().map(|delivery| delivery.id).collect();
    let mut woken = Vec::new();
    queue.accept(consumer, &held[..2]);
    mailbox.take(&mut woken);
    assert!(woken.is_empty(), "it has not shrunk below the lower mark");
    queue.accept(consumer, &held[2..]);
    mailbox.take(&mut woken);
    assert_eq!(woken, [token]);
}

/// A wake-up that gets lost would keep both waiting for ever.
#[test]
fn a_publisher_that_waits_and_a_consumer_come_to_an_end_together() {
    const COUNT: usize = 5_000;
    let stage = Stage::new();
    let marks =
        [("qpid.flow_stop_count", Value::Uint(4)), ("qpid.flow_resume_count", Value::Uint(2))];
    let queue = stage.with("q", &marks);
    let consumer = consumer(&queue, owner(1, 1), false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mailbox = Mailbox::new();
            let token = Token { channel: 1, consumer: 9 };
            let waker = Waker { mailbox: Arc::clone(&mailbox), token };
            for _ in 0..COUNT {
                let published = send(&stage, &[message("q", "")]);
                while !published.held.is_empty() && queue.wait_flow(&waker) {
                    let mut woken = Vec::new();
                    while woken.is_empty() {
                        std::thread::yield_now();
                        mailbox.take(&mut woken);
                    }
                }
                assert!(queue.statistics().depth_messages <= 5);
            }
        });
        let mut taken = 0;
        while taken < COUNT {
            let pulled = pull(&queue, consumer);
            let ids: Vec<EntryId> = pulled.iter().map(|delivery| delivery.id).collect();
            queue.accept(consumer, &ids);
            taken += ids.len();
        }
    });
}

#[test]
fn publishers_that_wait_learn_of_the_end_of_their_queue() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("qpid.flow_stop_count", Value::Uint(1))]);
    let mailbox = Mailbox::new();
    let token = Token { channel: 1, consumer: 9 };
    send(&stage, &[message("q", "1"), message("q", "2")]);
    assert!(queue.wait_flow(&Waker { mailbox: Arc::clone(&mailbox), token }));
    delete(&stage.host, "q");
    let mut woken = Vec::new();
    mailbox.take(&mut woken);
    assert_eq!(woken, [token]);
}

#[test]
fn a_queue_that_destroys_itself_sends_all_to_its_alternate() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alt", None, false);
    let left = stage.queue("left");
    stage.bind(&alternate, &left, "q");
    let arguments =
        [("qpid.max_count", Value::Uint(2)), ("qpid.policy_type", text("self-destruct"))];
    let declare = DeclareQueue { alternate: Some("alt"), ..plain("q") };
    stage.try_with(declare, &arguments).unwrap();
    let batch = ["1", "2", "3", "4"].map(|body| message("q", body));
    assert!(send(&stage, &batch).refused.is_empty());
    assert!(stage.host.find_queue("q").is_none());
    let pulled = pull(&left, consumer(&left, owner(1, 1), false));
    assert_eq!(bodies(&pulled), ["1", "2", "3", "4"]);
}

#[test]
fn marks_that_a_depth_passes_are_told_once_each_way() {
    let stage = Stage::new();
    let heard = Heard::listen(&stage.host);
    let arguments =
        [("qpid.alert_count", Value::Uint(3)), ("qpid.alert_count_down", Value::Uint(1))];
    let queue = stage.with("q", &arguments);
    heard.take();
    send(&stage, &["1", "2", "3", "4"].map(|body| message("q", body)));
    let events = heard.take();
    let [Event::ThresholdCrossedUpward { queue: name, messages: 3, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(&**name, "q");
    stage.host.purge(&queue, None, &MessageMatch::All);
    let events = heard.take();
    assert!(matches!(&events[..], [Event::ThresholdCrossedDownward { .. }]), "{events:?}");
}

#[test]
fn a_mark_without_a_lower_one_is_told_in_the_old_way_as_well() {
    let stage = Stage::new();
    let heard = Heard::listen(&stage.host);
    stage.with("q", &[("x-qpid-maximum-message-count", Value::Uint(2))]);
    heard.take();
    send(&stage, &["1", "2", "3"].map(|body| message("q", body)));
    let events = heard.take();
    let [Event::ThresholdCrossedUpward { .. }, Event::ThresholdExceeded { messages: 2, .. }] =
        &events[..]
    else {
        panic!("{events:?}")
    };
}

#[test]
fn what_a_ring_drops_goes_to_its_alternate_and_is_no_refusal() {
    let stage = Stage::new();
    let (alternate, _) = stage.exchange("alt", None, false);
    let left = stage.queue("left");
    stage.bind(&alternate, &left, "q");
    let ring = [("qpid.max_count", Value::Uint(2)), ("qpid.policy_type", text("ring"))];
    let declare = DeclareQueue { alternate: Some("alt"), ..plain("q") };
    let queue = stage.try_with(declare, &ring).unwrap();
    let published = send(&stage, &["1", "2", "3"].map(|body| message("q", body)));
    assert!(published.refused.is_empty() && published.held.is_empty());
    assert_eq!(depth(&queue), 2);
    assert_eq!(bodies(&pull(&left, consumer(&left, owner(1, 1), false))), ["1"]);
}

#[test]
fn what_transactions_do_is_counted_apart() {
    let stage = Stage::new();
    let queue = stage.queue("q");
    let default = stage.host.exchange("").unwrap();
    send(&stage, &[message("q", "not in one")]);
    let mut work = Work::default();
    work.publish(&default, &mut vec![message("q", "12345")]).unwrap();
    let found = stage.host.find_ways_of(&work).unwrap();
    stage.host.publish_work(&work, &found, NOW_MS);
    let consumer = consumer(&queue, owner(1, 1), false);
    let ids: Vec<EntryId> = pull(&queue, consumer).iter().map(|delivery| delivery.id).collect();
    queue.accept(consumer, &ids[..1]);
    queue.accept_in_transaction(consumer, &ids[1..]);
    let counted = queue.transactional();
    assert_eq!((counted.enqueued, counted.enqueued_bytes), (1, 5));
    assert_eq!((counted.dequeued, counted.dequeued_bytes), (1, 5));
    delete(&stage.host, "q");
    assert_eq!(stage.host.sums().transactional, counted);
}

#[test]
fn a_filter_of_a_subscription_takes_what_it_matches_and_leaves_the_rest() {
    let stage = Stage::new();
    let queue = stage.queue("q");
    let filter = Arc::new(stage.host.compile_filter(format_args!("f"), "bodies", "four").unwrap());
    let choosy = filtered(&queue, owner(1, 1), false, Some(filter));
    let filler = (0..300).map(|_| message("q", "other")).collect::<Vec<_>>();
    send(&stage, &[message("q", "one!")]);
    send(&stage, &filler);
    send(&stage, &[message("q", "two!"), message("q", "three!")]);
    let mut pulled = Vec::new();
    while queue.pull(choosy, 100, u64::MAX, NOW_MS, &mut pulled) == PullState::More {}
    assert_eq!(bodies(&pulled), ["one!", "two!"]);
    assert_eq!(depth(&queue), 301);
    queue.cancel(choosy);
    assert_eq!(stage.filters.load(Ordering::Relaxed), 0);
}

#[test]
fn an_expression_that_does_not_compile_or_a_strange_language_is_refused() {
    let stage = Stage::new();
    let refused = stage.host.compile_filter(format_args!("f"), "cobol", "PERFORM").err().unwrap();
    assert!(refused.to_string().starts_with("f: filter language 'cobol' is not load"), "{refused}");
}

#[test]
fn an_unused_queue_stays_for_its_timeout_and_goes_then() {
    let stage = Stage::new();
    let queue = stage.with("q", &[("qpid.auto_delete_timeout", Value::Uint(3_600))]);
    stage.host.tick(u64::MAX);
    assert!(!queue.is_deleted(), "nobody has used it yet");
    let first = consumer(&queue, owner(1, 1), false);
    queue.cancel(first);
    stage.host.auto_delete_queue(&queue);
    let second = consumer(&queue, owner(1, 1), false);
    stage.host.tick(u64::MAX);
    assert!(!queue.is_deleted(), "somebody came in time");
    queue.cancel(second);
    stage.host.auto_delete_queue(&queue);
    stage.host.tick(0);
    assert!(!queue.is_deleted());
    stage.host.tick(u64::MAX);
    assert!(queue.is_deleted() && stage.host.find_queue("q").is_none());
}

#[test]
fn each_lifetime_policy_has_its_occasion() {
    let stage = Stage::new();
    let declare = |name, policy| {
        let declare = DeclareQueue { session: Some(owner(1, 1)), ..plain(name) };
        stage.try_with(declare, &[("qpid.lifetime-policy", text(policy))]).unwrap()
    };
    let on_close = declare("on-close", "delete-on-close");
    let unused = declare("unused", "delete-if-unused");
    let empty = declare("empty", "delete-if-unused-and-empty");
    let manual = declare("manual", "manual");
    let all = [&on_close, &unused, &empty, &manual];
    send(&stage, &[message("empty", "")]);
    for queue in all {
        queue.cancel(consumer(queue, owner(2, 2), false));
        stage.host.auto_delete_queue(queue);
    }
    let gone = || all.map(|queue| queue.is_deleted());
    assert_eq!(gone(), [false, true, false, false]);
    stage.host.purge(&empty, None, &MessageMatch::All);
    stage.host.tick(NOW_MS);
    assert_eq!(gone(), [false, true, true, false]);
    stage.host.end_scope(owner(1, 1));
    assert_eq!(gone(), [true, true, true, false]);
}

#[test]
fn the_default_limit_is_for_queues_of_0_10_alone() {
    let mut stage = Stage::new();
    let bytes_max = Some(1_000);
    let defaults = QueueDefaults { bytes_max, ..QueueDefaults::default() };
    Arc::get_mut(&mut stage.host).unwrap().queue_defaults = defaults;
    let queue = stage.queue("0-10");
    assert_eq!(queue.settings().bytes_max, bytes_max);
    assert_eq!(queue.settings().flow.stop_bytes, Some(800));
    let other = DeclareQueue { declared_by: Protocol::V0_9_1, ..plain("0-9-1") };
    assert_eq!(stage.host.declare_queue(&other).unwrap().settings().bytes_max, None);
    let unlimited = stage.with("unlimited", &[("qpid.max_size", Value::Uint(0))]);
    assert_eq!(unlimited.settings().bytes_max, None);
}
