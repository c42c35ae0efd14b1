//! Branches of distributed transactions that were prepared.

use std::thread;

use super::*;

fn xid() -> Xid {
    Arc::from(&b"\x01xid"[..])
}

/// A broker with queues `from`, of which two entries were accepted under a branch, and `to`, to
/// which it published, as it did to an exchange that does not outlive the broker.
fn stage() -> Broker {
    stage_on(Disk::default())
}

fn stage_on(disk: Disk) -> Broker {
    let broker = Broker::start(disk);
    let (from, _) = (broker.queue("from"), broker.queue("to"));
    broker.fill("from", &["1", "2", "3"]);
    let short = broker.exchange("short", "direct", false);
    let consumer = subscribe(&from, &Mailbox::new(), 1);
    let mut pulled = Vec::new();
    from.pull(consumer, 2, u64::MAX, NOW_MS, &mut pulled);
    let entries = pulled.iter().map(|delivery| delivery.id).collect();
    let work = broker.host.start_branch(&xid(), 1, NOW_MS).unwrap();
    {
        let mut work = work.lock();
        let mut to = vec![durable("to", "4"), message("to", "5")];
        work.publish(&broker.host.exchange("").unwrap(), &mut to).unwrap();
        work.publish(&short, &mut vec![durable("k", "6")]).unwrap();
        assert!(work.accept(Accepted { queue: Arc::clone(&from), consumer, entries }).is_ok());
    }
    from.cancel(consumer);
    broker.host.set_branch_timeout(&xid(), 77, NOW_MS).unwrap();
    broker.host.end_association(&xid(), 1, EndAs::Success);
    broker
}

fn prepare(broker: &Broker) -> Fate {
    turn(|| broker.host.prepare_branch(&xid())).unwrap()
}

fn commit(broker: &Broker) -> std::result::Result<Fate, BranchError> {
    turn(|| broker.host.commit_branch(&xid(), false, NOW_MS)).map(|committed| committed.fate)
}

fn roll_back(broker: &Broker) -> Fate {
    turn(|| broker.host.roll_back_branch(&xid(), NOW_MS)).unwrap()
}

fn in_queue(broker: &Broker, name: &str) -> Vec<String> {
    bodies(&broker.host.queue(name).unwrap())
}

fn is_stored(broker: &Broker) -> bool {
    broker.disk.meta().keys().any(|key| key.starts_with("branch/"))
}

#[test]
fn a_prepared_branch_is_in_doubt_after_a_crash_and_is_committed_then() {
    let broker = stage();
    assert_eq!(prepare(&broker), Fate::Done);
    let broker = broker.restart().restart();
    let host = &broker.host;
    assert_eq!(host.branches_in_doubt(), [xid()]);
    assert_eq!(host.branch_timeout(&xid()).unwrap(), 77);
    assert_eq!(in_queue(&broker, "from"), ["3"]);
    assert_eq!(commit(&broker).unwrap(), Fate::Done);
    assert_eq!(take(&host.queue("to").unwrap()).len(), 2, "the transient one as well");
    assert_eq!((host.branch_count(), is_stored(&broker)), (0, false));
    assert_eq!((broker.stored("from"), broker.stored("to")), (1, 1));
    let broker = broker.restart();
    assert!(broker.host.branches_in_doubt().is_empty());
    let there = (in_queue(&broker, "from"), in_queue(&broker, "to"));
    assert_eq!(there, (vec!["3".to_owned()], vec!["4".to_owned()]));
}

#[test]
fn a_prepared_branch_is_rolled_back_after_a_crash() {
    let broker = stage();
    prepare(&broker);
    let broker = broker.restart();
    assert_eq!(roll_back(&broker), Fate::Done);
    let seen = take(&broker.host.queue("from").unwrap());
    let seen: Vec<_> =
        seen.iter().map(|(body, is_redelivered)| (&**body, *is_redelivered)).collect();
    assert_eq!(seen, [("1", true), ("2", true), ("3", true)]);
    assert!(!is_stored(&broker) && in_queue(&broker, "to").is_empty());
    let broker = broker.restart();
    assert_eq!((broker.host.branch_count(), in_queue(&broker, "from").len()), (0, 3));
}

#[test]
fn a_branch_that_is_not_prepared_ends_with_the_broker() {
    let broker = stage().restart();
    assert_eq!(broker.host.branch_count(), 0);
    assert_eq!(in_queue(&broker, "from"), ["1", "2", "3"]);
}

#[test]
fn a_branch_is_done_wholly_or_not_at_all_whenever_the_broker_was_killed() {
    let broker = stage();
    let before = broker.disk.appends().len();
    prepare(&broker);
    commit(&broker).unwrap();
    let after = broker.disk.appends().len();
    assert_eq!(after, before + 2, "a commit is one append");
    for appends in before..=after {
        let broker = broker.restart_after(appends);
        let there = |broker: &Broker| (broker.stored("from"), broker.stored("to"));
        assert_eq!(there(&broker), if appends == after { (1, 1) } else { (3, 0) });
        let is_in_doubt = broker.host.branches_in_doubt().len() == 1;
        assert_eq!(is_in_doubt, appends == before + 1, "after {appends}");
        if is_in_doubt {
            commit(&broker).unwrap();
            assert_eq!(there(&broker), (1, 1));
        }
    }
    let broker = stage();
    let before = broker.disk.appends().len();
    prepare(&broker);
    roll_back(&broker);
    let after = broker.disk.appends().len();
    assert_eq!(after, before + 2);
    assert!(broker.restart_after(after).host.branches_in_doubt().is_empty());
}

#[test]
fn nothing_is_prepared_before_the_store_has_it() {
    let broker = stage();
    broker.disk.hold();
    let ((), appended) = store::turn(|| {
        broker.host.prepare_branch(&xid()).unwrap();
    });
    let appended = appended.unwrap();
    let [(awaited, _)] = &appended.awaited[..] else { panic!("one append is awaited") };
    assert_eq!(awaited.outcome(), None);
    broker.disk.complete();
    assert_eq!(awaited.outcome(), Some(Ok(())));
}

#[test]
fn the_end_of_a_branch_is_not_stored_before_it_is_prepared() {
    let broker = stage();
    turn(|| {
        broker.host.prepare_branch(&xid()).unwrap();
        let elsewhere = thread::scope(|scope| scope.spawn(|| commit(&broker)).join().unwrap());
        assert!(matches!(elsewhere, Err(BranchError::IllegalState(_))), "{elsewhere:?}");
        assert_eq!(broker.host.branches_in_doubt().len(), 1);
        assert_eq!(commit(&broker).unwrap(), Fate::Done, "by who prepared it");
    });
    assert!(!is_stored(&broker));
    let broker = stage();
    prepare(&broker);
    let elsewhere = thread::scope(|scope| scope.spawn(|| commit(&broker)).join().unwrap());
    assert_eq!(elsewhere.unwrap(), Fate::Done);
}

#[test]
fn a_branch_that_is_too_large_for_the_store_is_rolled_back() {
    for (operations_max, bytes_max) in [(5, 1 << 20), (1 << 10, 1_000)] {
        let disk = Disk::default();
        disk.limit(operations_max, bytes_max);
        let broker = stage_on(disk);
        assert_eq!(prepare(&broker), Fate::RolledBack);
        assert!(!is_stored(&broker) && broker.host.branches_in_doubt().is_empty());
        assert_eq!(roll_back(&broker), Fate::Done);
        assert_eq!(in_queue(&broker, "from").len(), 3);
    }
}

#[test]
fn a_branch_for_which_the_store_has_no_room_is_rolled_back() {
    let broker = stage();
    broker.disk.set_full(true);
    // Who is the first to find it full hears of that instead.
    assert_eq!(prepare(&broker), Fate::Done);
    assert!(broker.host.branches_in_doubt().is_empty());
    assert_eq!(commit(&broker).unwrap(), Fate::RolledBack);
    let work = broker.host.start_branch(&xid(), 1, NOW_MS).unwrap();
    work.lock()
        .publish(&broker.exchange("short", "direct", false), &mut vec![durable("k", "")])
        .unwrap();
    broker.host.end_association(&xid(), 1, EndAs::Success);
    assert_eq!(prepare(&broker), Fate::RolledBack);
    assert!(!is_stored(&broker) && !broker.disk.meta().is_empty());
}

#[test]
fn a_branch_whose_commit_the_store_does_not_take_is_prepared_as_before() {
    let broker = stage();
    prepare(&broker);
    broker.disk.set_full(true);
    // Its client hears of that instead.
    assert_eq!(commit(&broker).unwrap(), Fate::Done);
    assert_eq!(broker.host.branches_in_doubt(), [xid()]);
    assert!(in_queue(&broker, "to").iter().all(|body| body == "5"), "nothing stored went on");
    assert!(matches!(commit(&broker), Err(BranchError::Refused(_))));
    let again = broker.restart();
    assert_eq!(again.host.branches_in_doubt(), [xid()]);
    assert_eq!((again.stored("from"), again.stored("to")), (3, 0));
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    assert_eq!(commit(&broker).unwrap(), Fate::Done);
    assert_eq!((broker.stored("from"), broker.stored("to")), (1, 1));
    assert!(!is_stored(&broker) && broker.host.branches_in_doubt().is_empty());
}

#[test]
fn an_orderly_end_does_not_wait_for_what_is_stored_as_prepared() {
    let broker = stage();
    let waker = Waker { mailbox: Mailbox::new(), token: Token { channel: 0, consumer: 0 } };
    assert!(broker.host.has_branches_to_commit(&waker));
    prepare(&broker);
    assert!(!broker.host.has_branches_to_commit(&waker));
    broker.ledger.end_in_order();
    let broker = broker.restart();
    roll_back(&broker);
    let seen = take(&broker.host.queue("from").unwrap());
    let redelivered = seen.iter().filter(|(_, is_redelivered)| *is_redelivered);
    assert_eq!((seen.len(), redelivered.count()), (3, 2));
}

/// A broker with a queue `own` that is one session's, or goes with its last user, of which a branch
/// that is prepared accepted the first of two entries.
fn stage_own(owner: Option<OwnerId>, is_auto_delete: bool) -> Broker {
    let broker = Broker::new();
    let declare = DeclareQueue { owner, is_auto_delete, ..plain("own") };
    let own = broker.queue_with(declare, &[]);
    broker.fill("own", &["1", "2"]);
    let consumer = subscribe(&own, &Mailbox::new(), 1);
    let mut pulled = Vec::new();
    own.pull(consumer, 1, u64::MAX, NOW_MS, &mut pulled);
    let entries = pulled.iter().map(|delivery| delivery.id).collect();
    let work = broker.host.start_branch(&xid(), 1, NOW_MS).unwrap();
    assert!(work.lock().accept(Accepted { queue: own, consumer, entries }).is_ok());
    broker.host.end_association(&xid(), 1, EndAs::Success);
    assert_eq!(prepare(&broker), Fate::Done);
    broker
}

#[test]
fn a_branch_holds_entries_of_queues_that_somebody_had_for_himself() {
    let owner = Some(OwnerId { session: 1, connection: ConnectionId(1) });
    for (owner, is_auto_delete) in [(owner, false), (None, true)] {
        let broker = stage_own(owner, is_auto_delete).restart();
        assert_eq!(in_queue(&broker, "own"), ["2"]);
        assert_eq!(commit(&broker).unwrap(), Fate::Done);
        assert_eq!(in_queue(&broker.restart(), "own"), ["2"]);
        let broker = stage_own(owner, is_auto_delete).restart();
        assert_eq!(roll_back(&broker), Fate::Done);
        assert_eq!(in_queue(&broker, "own"), ["1", "2"]);
    }
}

#[test]
fn a_branch_ends_though_a_queue_went_with_its_session() {
    let owner = Some(OwnerId { session: 1, connection: ConnectionId(1) });
    let broker = stage_own(owner, true).restart();
    assert!(broker.host.queue("own").is_err());
    assert_eq!(broker.host.branches_in_doubt(), [xid()]);
    // Once more, with the queue gone from the store.
    let broker = broker.restart();
    assert_eq!(commit(&broker).unwrap(), Fate::Done);
    assert_eq!((broker.disk.entries().len(), broker.disk.meta().len()), (0, 0));
    let broker = stage_own(owner, true).restart();
    assert_eq!(roll_back(&broker), Fate::Done);
    assert_eq!((broker.disk.entries().len(), broker.disk.meta().len()), (0, 0));
}

#[test]
fn a_branch_goes_with_its_host_in_the_store_as_well() {
    let broker = Broker::new();
    let host = turn(|| broker.hosts.add("other/1", &client())).unwrap();
    host.start_branch(&xid(), 1, NOW_MS).unwrap();
    host.end_association(&xid(), 1, EndAs::Success);
    assert_eq!(turn(|| host.prepare_branch(&xid())).unwrap(), Fate::Done);
    let again = broker.restart();
    assert_eq!(again.hosts.find("other/1").unwrap().branches_in_doubt(), [xid()]);
    turn(|| {
        let host = broker.hosts.remove("other/1", &client()).unwrap();
        host.clear(&client());
    });
    assert!(broker.disk.meta().is_empty(), "{:?}", broker.disk.meta());
}

/// Somebody who is not the broker itself.
fn client() -> Actor {
    Actor { connection: ConnectionId(ConnectionId::BROKER.0 + 1), ..Actor::broker().clone() }
}

#[test]
fn a_branch_for_which_there_was_no_room_is_not_stored_with_definitions_of_its_turn() {
    let broker = stage();
    broker.exchange("x", "direct", true);
    broker.disk.set_full(true);
    turn(|| {
        assert_eq!(broker.host.prepare_branch(&xid()).unwrap(), Fate::Done);
        broker.host.delete_exchange("x", false, Actor::broker()).unwrap();
    });
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    assert!(!broker.ledger.is_refusing());
    assert!(!is_stored(&broker));
    assert!(broker.restart().host.branches_in_doubt().is_empty());
}

#[test]
fn a_branch_whose_commit_found_no_room_is_in_doubt_though_definitions_of_its_turn_are_stored() {
    let broker = stage();
    broker.exchange("x", "direct", true);
    assert_eq!(prepare(&broker), Fate::Done);
    broker.disk.set_full(true);
    turn(|| {
        broker.host.commit_branch(&xid(), false, NOW_MS).unwrap();
        broker.host.delete_exchange("x", false, Actor::broker()).unwrap();
    });
    broker.disk.set_full(false);
    broker.ledger.look_for_room();
    assert_eq!(broker.host.branches_in_doubt(), [xid()]);
    let broker = broker.restart();
    assert!(broker.host.exchange("x").is_err());
    assert_eq!(broker.host.branches_in_doubt(), [xid()]);
}
