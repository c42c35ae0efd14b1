//! Entries that are in the store alone: whoever comes to them finds them as they were.

use philter_model::limits::BROUGHT_SEGMENTS_MAX;
use philter_model::queue::Statistics;

use super::*;

/// Of a queue a hundred entries or two stay in memory.
const LITTLE_STAYS: PagingLimits = PagingLimits { queue_bytes_max: 300, all_bytes_max: u64::MAX };

/// A broker with so many messages in a queue, whose bodies are their numbers.
fn filled(count: usize) -> (Broker, Arc<Queue>) {
    let broker = Broker::start_with(Disk::default(), LITTLE_STAYS);
    let queue = broker.queue("q");
    add(&broker, "q", 0..count);
    (broker, queue)
}

fn add(broker: &Broker, queue: &str, numbers: std::ops::Range<usize>) {
    let default = broker.host.exchange("").unwrap();
    let numbers: Vec<usize> = numbers.collect();
    for numbers in numbers.chunks(50) {
        let batch: Vec<_> = numbers.iter().map(|number| numbered(queue, *number)).collect();
        turn(|| broker.host.publish(&default, &batch, NOW_MS));
    }
}

fn numbered(queue: &str, number: usize) -> Arc<Message> {
    lasting(&Message::copied(
        &NewMessage {
            format: Format::V0_10,
            exchange: "".into(),
            routing_key: queue,
            publisher: "somebody".into(),
            header: b"header",
            body: &[],
            is_durable: true,
            priority: u8::try_from(number % 10).unwrap(),
            expires_at_ms: None,
        },
        number.to_string().as_bytes(),
    ))
}

fn number_of(message: &Message) -> usize {
    assert_eq!((message.header(), &**message.publisher()), (&b"header"[..], "somebody"));
    let body = message.body().iter().collect::<Vec<_>>().concat();
    String::from_utf8(body).unwrap().parse().unwrap()
}

/// What a consumer gets that takes a few at a time, and accepts them.
fn consume(queue: &Queue, at_a_time: usize) -> Vec<(usize, bool)> {
    let consumer = subscribe(queue, &Mailbox::new(), 1);
    let mut all = Vec::new();
    loop {
        let mut pulled = Vec::new();
        let end = queue.pull(consumer, at_a_time, u64::MAX, NOW_MS, &mut pulled);
        let ids: Vec<EntryId> = pulled.iter().map(|delivery| delivery.id).collect();
        turn(|| queue.accept(consumer, &ids));
        let seen = pulled.iter().map(|one| (number_of(&one.message), one.is_redelivered()));
        all.extend(seen);
        if end == PullState::Waiting {
            queue.cancel(consumer);
            return all;
        }
    }
}

fn numbers(queue: &Queue) -> Vec<usize> {
    consume(queue, 70).into_iter().map(|(number, _)| number).collect()
}

fn browse(queue: &Queue) -> Vec<usize> {
    let waker = Waker { mailbox: Mailbox::new(), token: Token { channel: 0, consumer: 2 } };
    let spec =
        ConsumerSpec { acquires: false, is_exclusive: false, is_filtered: false, priority: 0 };
    let owner = OwnerId { session: 2, connection: ConnectionId(1) };
    let browser = queue.subscribe(Subscribe { spec, owner, filter: None, waker }).unwrap().unwrap();
    queue.resume(browser);
    let mut pulled = Vec::new();
    while queue.pull(browser, 90, u64::MAX, NOW_MS, &mut pulled) != PullState::Waiting {}
    queue.cancel(browser);
    pulled.iter().map(|delivery| number_of(&delivery.message)).collect()
}

fn depth(queue: &Queue) -> (u64, u64) {
    let Statistics { depth_messages, depth_bytes, .. } = queue.statistics();
    (depth_messages, depth_bytes)
}

#[test]
fn a_long_queue_has_little_in_memory_and_gives_all_in_order() {
    let (broker, queue) = filled(2_000);
    let (messages, bytes) = depth(&queue);
    assert_eq!((messages, queue.counts().0), (2_000, 2_000));
    assert!(queue.resident_bytes() < bytes / 10, "{} of {bytes}", queue.resident_bytes());
    assert_eq!(browse(&queue), (0..2_000).collect::<Vec<_>>());
    assert_eq!(depth(&queue), (messages, bytes));
    add(&broker, "q", 2_000..2_100);
    let seen = consume(&queue, 70);
    assert!(seen.iter().all(|(_, is_redelivered)| !is_redelivered));
    assert!(seen.iter().map(|(number, _)| *number).eq(0..2_100));
    assert_eq!((depth(&queue), queue.resident_bytes(), broker.stored("q")), ((0, 0), 0, 0));
}

#[test]
fn what_browsers_brought_in_leaves_memory_again() {
    let (_broker, queue) = filled(30_000);
    let before = queue.resident_bytes();
    browse(&queue);
    let brought = BROUGHT_SEGMENTS_MAX as u64 * 32 * 12;
    assert!(queue.resident_bytes() <= before + brought, "{}", queue.resident_bytes());
    assert_eq!(numbers(&queue).len(), 30_000);
}

#[test]
fn each_is_there_for_whoever_polls_or_knows_its_number() {
    let (broker, queue) = filled(700);
    let first = broker.ledger.first_entry();
    let ids: Vec<EntryId> = (0..700).step_by(9).map(|at| EntryId(first + at)).collect();
    let consumer = subscribe(&queue, &Mailbox::new(), 1);
    assert_eq!(queue.acquire(consumer, &ids), ids);
    let (_, held) = queue.hold_again(None, &[EntryId(first + 100), EntryId(first + 650)]);
    assert_eq!(held.len(), 2);
    let mut polled = Vec::new();
    while let Some((delivery, _)) = queue.poll(queue.poller(), NOW_MS) {
        polled.push(number_of(&delivery.message));
    }
    let expected = (0..700).filter(|number| number % 9 != 0 && ![100, 650].contains(number));
    assert!(polled.into_iter().eq(expected));
}

#[test]
fn a_purge_of_all_reads_nothing_and_one_by_number_of_messages_stops_there() {
    let (broker, queue) = filled(3_000);
    let (_, bytes) = depth(&queue);
    assert_eq!(turn(|| broker.host.purge(&queue, Some(1_234), &MessageMatch::All)), 1_234);
    assert_eq!((queue.len(), broker.stored("q")), (1_766, 1_766));
    assert_eq!(browse(&queue), (1_234..3_000).collect::<Vec<_>>());
    broker.disk.fail_reads();
    assert_eq!(turn(|| broker.host.purge(&queue, None, &MessageMatch::All)), 1_766);
    assert_eq!((depth(&queue), queue.resident_bytes(), broker.stored("q")), ((0, 0), 0, 0));
    let statistics = queue.statistics();
    assert_eq!((statistics.purged, statistics.dequeued_bytes), (3_000, bytes));
}

#[test]
fn moves_and_routes_take_them_along() {
    let (broker, queue) = filled(1_500);
    let other = broker.queue("other");
    let moved =
        turn(|| broker.host.move_messages(&queue, &other, Some(900), &MessageMatch::All, NOW_MS));
    assert_eq!(moved.unwrap(), 900);
    assert_eq!((broker.stored("q"), broker.stored("other")), (600, 900));
    assert!(other.resident_bytes() < depth(&other).1 / 5);
    assert_eq!(numbers(&other), (0..900).collect::<Vec<_>>());
    assert_eq!(numbers(&queue), (900..1_500).collect::<Vec<_>>());
}

#[test]
fn the_end_of_a_queue_hands_them_to_its_alternate_exchange_or_drops_them_unread() {
    for has_alternate in [true, false] {
        let broker = Broker::start_with(Disk::default(), LITTLE_STAYS);
        let exchange = broker.exchange("dead", "direct", true);
        let heir = broker.queue("heir");
        broker.bind(&exchange, &heir, "q");
        let alternate = has_alternate.then_some("dead");
        let declare = DeclareQueue { is_durable: true, alternate, ..plain("q") };
        turn(|| broker.host.declare_queue(&declare)).unwrap();
        add(&broker, "q", 0..800);
        if !has_alternate {
            broker.disk.fail_reads();
        }
        let delete = || broker.host.delete_queue("q", None, DeleteIf::default(), Actor::broker());
        turn(delete).unwrap();
        let expected = if has_alternate { 0..800 } else { 0..0 };
        assert_eq!(broker.disk.entries().len(), expected.len());
        assert!(numbers(&heir).into_iter().eq(expected));
    }
}

#[test]
fn a_start_brings_back_no_more_into_memory_than_there_may_be() {
    let (broker, queue) = filled(1_000);
    // Some were handed out and came back, in a segment of many that were not.
    let consumer = subscribe(&queue, &Mailbox::new(), 1);
    let mut pulled = Vec::new();
    while pulled.len() < 500 {
        queue.pull(consumer, 100, u64::MAX, NOW_MS, &mut pulled);
    }
    let ids: Vec<EntryId> = pulled.iter().map(|delivery| delivery.id).collect();
    turn(|| queue.accept(consumer, &ids[..390]));
    turn(|| queue.release(consumer, &ids[390..], true));
    let counts = queue.counts().0;
    drop((queue, pulled));
    let broker = broker.restart();
    let queue = broker.host.queue("q").unwrap();
    assert_eq!((queue.len(), counts), (610, 610));
    assert!(queue.resident_bytes() < depth(&queue).1 / 2, "{}", queue.resident_bytes());
    add(&broker, "q", 1_000..1_300);
    let broker = broker.restart();
    let queue = broker.host.queue("q").unwrap();
    let seen = consume(&queue, 30);
    assert!(seen.iter().all(|(_, is_redelivered)| *is_redelivered), "it was killed");
    assert!(seen.iter().map(|(number, _)| *number).eq(390..1_300));
    assert_eq!((depth(&queue), queue.resident_bytes(), broker.stored("q")), ((0, 0), 0, 0));
}

#[test]
fn after_an_end_in_order_only_those_are_redelivered_that_were_handed_out() {
    let (broker, queue) = filled(600);
    let consumer = subscribe(&queue, &Mailbox::new(), 1);
    let first = broker.ledger.first_entry();
    let ids = [70, 300, 301].map(|at| EntryId(first + at));
    assert_eq!(queue.acquire(consumer, &ids).len(), 3);
    turn(|| queue.release(consumer, &ids, true));
    broker.ledger.end_in_order();
    let broker = broker.restart();
    let seen = consume(&broker.host.queue("q").unwrap(), 30);
    let redelivered = seen.iter().filter(|(_, is_redelivered)| *is_redelivered);
    assert!(redelivered.map(|(number, _)| *number).eq([70, 300, 301]));
    assert!(seen.iter().map(|(number, _)| *number).eq(0..600));
}

#[test]
fn queues_of_kinds_that_know_each_entry_keep_them_over_a_start_as_well() {
    let keyed = [("qpid.priorities", Value::Int(10))];
    let limited = [("x-max-length", Value::Int(400))];
    let aged = [("x-message-ttl", Value::Int(1_000_000))];
    for (arguments, expected) in [
        (keyed, (0..10).rev().flat_map(|p| (p..500).step_by(10)).collect::<Vec<_>>()),
        (limited, (100..500).collect()),
        (aged, (0..500).collect()),
    ] {
        let broker = Broker::start_with(Disk::default(), LITTLE_STAYS);
        let encoded = encode_map(arguments.clone());
        let arguments = MapRef::parse(&encoded).unwrap();
        let declared_by = Protocol::V0_9_1;
        let declare = DeclareQueue { is_durable: true, arguments, declared_by, ..plain("q") };
        turn(|| broker.host.declare_queue(&declare)).unwrap();
        add(&broker, "q", 0..500);
        let queue = broker.host.queue("q").unwrap();
        assert_eq!(queue.resident_bytes(), depth(&queue).1, "{encoded:?}");
        let broker = broker.restart();
        let queue = broker.host.queue("q").unwrap();
        assert_eq!(numbers(&queue), expected, "{encoded:?}");
    }
}

#[test]
fn a_store_that_does_not_hand_over_entries_leaves_them_in_memory() {
    let disk = Disk::default();
    disk.lack_entries();
    let broker = Broker::start_with(disk, LITTLE_STAYS);
    let queue = broker.queue("q");
    add(&broker, "q", 0..500);
    assert_eq!(queue.resident_bytes(), depth(&queue).1);
    let broker = broker.restart();
    assert_eq!(numbers(&broker.host.queue("q").unwrap()), (0..500).collect::<Vec<_>>());
}

#[test]
fn a_store_that_can_not_read_them_has_failed_and_nobody_gets_what_is_behind() {
    let (broker, queue) = filled(500);
    broker.disk.fail_reads();
    let seen = numbers(&queue);
    assert!(seen.len() < 200 && seen.iter().copied().eq(0..seen.len()), "{seen:?}");
    assert!(broker.ledger.is_refusing());
    assert!(queue.poll(queue.poller(), NOW_MS).is_none());
    assert!(broker.host.purge(&queue, None, &MessageMatch::All) > 300, "unread");
}
