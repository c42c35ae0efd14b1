//! Bodies that are in the store alone and can't be read.

use super::*;
use crate::virtual_host::MessageMatch;

/// A body that is worth to be in the store alone.
const LARGE: &str = "a body of so many bytes that it leaves memory where a queue may not have \
                     many of them there, which are a hundred and twenty-eight at the least";

/// A store of whose entries the bodies leave memory alone.
fn bodies_alone() -> Disk {
    let disk = Disk::default();
    disk.lack_entries();
    disk
}

/// A broker with three messages in `q`, of which it can't read a body any more.
fn stage() -> (Broker, Arc<Queue>) {
    let broker = Broker::paging(bodies_alone(), 0);
    let queue = broker.queue("q");
    broker.fill("q", &[LARGE, LARGE, LARGE]);
    broker.disk.fail_reads();
    (broker, queue)
}

#[test]
fn who_chooses_comes_to_an_end_with_what_can_not_be_read() {
    let (_broker, queue) = stage();
    let filter = Stage::new().host.compile_filter(format_args!("f"), "bodies", LARGE).unwrap();
    let waker = Waker { mailbox: Mailbox::new(), token: Token { channel: 0, consumer: 1 } };
    let spec = ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: true, priority: 0 };
    let owner = OwnerId { session: 1, connection: ConnectionId(1) };
    let filter = Some(Arc::new(filter));
    let id = queue.subscribe(Subscribe { spec, owner, filter, waker }).unwrap().unwrap();
    queue.resume(id);
    let mut pulled = Vec::new();
    let end = queue.pull(id, 9, u64::MAX, NOW_MS, &mut pulled);
    assert_eq!((end, pulled.len(), depth(&queue)), (PullState::Waiting, 0, 3));
}

#[test]
fn what_can_not_be_read_on_its_way_is_where_it_was() {
    let (broker, queue) = stage();
    let to = broker.queue("to");
    turn(|| {
        let which = MessageMatch::default();
        broker.host.move_messages(&queue, &to, None, &which, NOW_MS).unwrap();
    });
    let broker = broker.restart();
    assert_eq!((broker.stored("q"), broker.stored("to")), (3, 0));
}

#[test]
fn what_somebody_is_done_with_is_gone_where_something_else_can_not_be_read() {
    let broker = Broker::paging(bodies_alone(), 0);
    let queue = broker.queue("q");
    broker.fill("q", &["small", LARGE]);
    let id = subscribe(&queue, &Mailbox::new(), 1);
    let mut pulled = Vec::new();
    queue.pull(id, 1, u64::MAX, NOW_MS, &mut pulled);
    broker.disk.fail_reads();
    turn(|| {
        queue.pull(id, 9, u64::MAX, NOW_MS, &mut Vec::new());
        queue.accept(id, &[pulled.first().unwrap().id]);
    });
    assert!(broker.ledger.is_refusing());
    assert_eq!(bodies(&broker.restart().host.queue("q").unwrap()), [LARGE]);
}
