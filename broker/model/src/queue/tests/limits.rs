//! Limits: self-destruction, publishers held back, alerts, what a ring drops.

use super::*;

#[test]
fn a_queue_that_destroys_itself_says_so_at_its_limit() {
    let policy = ("qpid.policy_type", word("self-destruct"));
    let mut queue = declared(&[policy, ("qpid.max_count", number(2))]);
    push(&mut queue, 2);
    let outcome = queue.push(Arc::new(message(b"x")), 0, &mut Woken::new());
    assert_eq!(outcome, PushOutcome::SelfDestruct(Limit::Count(2)));
    assert_eq!(queue.len(), 2);
}

#[test]
fn publishers_are_held_back_above_a_mark_until_below_another() {
    let stop = ("qpid.flow_stop_count", number(4));
    let mut queue = declared(&[stop, ("qpid.flow_resume_count", number(2))]);
    let id = consumer(&mut queue, true);
    push(&mut queue, 4);
    assert!(!queue.is_flow_stopped());
    push(&mut queue, 1);
    assert!(queue.is_flow_stopped() && queue.statistics().is_flow_stopped);
    pull(&mut queue, id, 9);
    for entry in 0..3 {
        accept(&mut queue, id, entry);
        assert!(queue.is_flow_stopped() && !queue.take_flow_resumed());
    }
    accept(&mut queue, id, 3);
    assert!(!queue.is_flow_stopped() && queue.take_flow_resumed() && !queue.take_flow_resumed());
    assert_eq!(queue.statistics().flow_stops, 1);
}

#[test]
fn both_measures_must_be_low_before_publishers_go_on() {
    let size = i32::try_from(message(b"x").size()).unwrap();
    let mut queue = declared(&[
        ("qpid.flow_stop_count", number(2)),
        ("qpid.flow_stop_size", number(100 * size)),
        ("qpid.flow_resume_size", number(size)),
    ]);
    push(&mut queue, 3);
    assert!(queue.is_flow_stopped());
    queue.purge(2);
    assert!(queue.is_flow_stopped(), "one message is not below the bytes of one message");
    queue.purge(1);
    assert!(queue.take_flow_resumed());
}

#[test]
fn an_alert_is_raised_once_until_the_depth_was_low_again() {
    let up = ("qpid.alert_count_up", number(10));
    let mut queue = declared(&[up, ("qpid.alert_count_down", number(5))]);
    let mut alerts = |pushed: usize, purged: usize| {
        push(&mut queue, pushed);
        queue.purge(purged);
        let alerts = queue.take_alerts();
        alerts.iter().map(|alert| (alert.direction, alert.messages)).collect::<Vec<_>>()
    };
    assert_eq!(alerts(8, 6), []);
    assert_eq!(alerts(8, 1), [(Direction::Up, 10)]);
    assert_eq!(alerts(11, 5), []);
    assert_eq!(alerts(0, 12), [(Direction::Down, 5)]);
    assert_eq!(alerts(6, 1), []);
    assert_eq!(alerts(6, 9), [(Direction::Up, 10), (Direction::Down, 5)]);
}

#[test]
fn alerts_tell_of_bytes_and_those_that_nobody_takes_are_bounded() {
    let size = i32::try_from(message(b"x").size()).unwrap();
    let mut queue = declared(&[("qpid.alert_size", number(2 * size))]);
    assert!(!queue.has_alerts());
    for _ in 0..100 {
        push(&mut queue, 2);
        queue.purge(2);
    }
    assert!(queue.has_alerts());
    let alerts = queue.take_alerts();
    assert_eq!(alerts.len(), crate::limits::ALERTS_WAITING_MAX);
    let bytes: Vec<u64> = alerts.iter().rev().take(2).map(|alert| alert.bytes).collect();
    assert_eq!(bytes, [message(b"x").size(), 2 * message(b"x").size()]);
}

#[test]
fn what_a_ring_drops_is_there_for_the_alternate_exchange() {
    let mut settings = QueueSettings::new("q");
    settings.count_max = Some(1);
    settings.policy = OverflowPolicy::Ring;
    let mut without = Queue::new(settings.clone());
    push(&mut without, 3);
    assert!(without.take_dropped().is_empty());
    settings.alternate_exchange = Some(Arc::from("alternate"));
    let mut queue = Queue::new(settings);
    push(&mut queue, 3);
    assert_eq!(queue.take_dropped().len(), 2);
    push(&mut queue, 2 * crate::limits::DROPPED_WAITING_MAX);
    assert_eq!(queue.take_dropped().len(), crate::limits::DROPPED_WAITING_MAX);
}

#[test]
fn nobody_takes_from_a_queue_that_is_there_to_be_browsed() {
    let mut queue = declared(&[("qpid.browse-only", number(1))]);
    push(&mut queue, 1);
    let spec =
        ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: false, priority: 0 };
    assert_eq!(queue.subscribe(spec), Err(SubscribeError::BrowseOnly));
    let browser = consumer(&mut queue, false);
    assert_eq!(pull(&mut queue, browser, 1).0, [0]);
    assert_eq!(queue.acquire(browser, [EntryId(0)], &mut Woken::new()), []);
}

#[test]
fn deliveries_are_numbered_where_there_is_a_header_for_it() {
    let sequence = |queue: &mut Queue| {
        let id = consumer(queue, true);
        push(queue, 2);
        let mut into = Vec::new();
        queue.pull(id, 9, ALL, 0, &mut into);
        into.iter().map(|delivery| delivery.sequence).collect::<Vec<_>>()
    };
    assert_eq!(sequence(&mut queue()), [None, None]);
    let mut numbered = declared(&[("qpid.queue_msg_sequence", word("seq"))]);
    assert_eq!(sequence(&mut numbered), [Some(1), Some(2)]);
}

#[test]
fn marks_tell_the_highest_and_the_lowest_since_they_were_reset() {
    let mut queue = filled(5);
    let id = consumer(&mut queue, true);
    pull(&mut queue, id, 5);
    accept(&mut queue, id, 0);
    accept(&mut queue, id, 1);
    let statistics = queue.statistics();
    assert_eq!(statistics.acquired_marks, HighLow { high: 5, low: 0 });
    assert_eq!(statistics.consumers_marks, HighLow { high: 1, low: 0 });
    queue.reset_marks();
    accept(&mut queue, id, 2);
    assert_eq!(queue.statistics().acquired_marks, HighLow { high: 3, low: 2 });
    let size = message(b"x").size();
    let statistics = queue.statistics();
    assert_eq!((statistics.enqueued_bytes, statistics.dequeued_bytes), (5 * size, 3 * size));
    assert_eq!((statistics.acquires, statistics.durable_enqueued), (5, 0));
}

#[test]
fn a_look_from_a_place_on_changes_nothing_and_what_was_chosen_is_taken_out() {
    let mut queue = filled(BROWSED_BATCH_MAX + 10);
    let id = consumer(&mut queue, true);
    pull(&mut queue, id, 1);
    let first = queue.peek(EntryId::FIRST, 2);
    let ids: Vec<_> = first.entries.iter().map(|delivery| delivery.id).collect();
    assert_eq!((&ids[..], first.next), (&[EntryId(1), EntryId(2)][..], Some(EntryId(3))));
    assert_eq!(queue.ready(), BROWSED_BATCH_MAX + 9);
    let all = queue.peek(EntryId::FIRST, usize::MAX);
    assert_eq!((all.entries.len(), all.next), (BROWSED_BATCH_MAX - 1, Some(EntryId(1024))));
    assert_eq!(queue.peek(EntryId(1024), 99).next, None);
    let chosen = [EntryId(0), EntryId(2), EntryId(2)];
    assert_eq!(queue.remove_unheld(chosen, Removal::Purged).len(), 1, "0 is held, 2 goes once");
    assert_eq!(queue.statistics().purged, 1);
}

#[test]
fn what_is_granted_enters_past_limits_that_refuse() {
    let size = i32::try_from(message(b"x").size()).unwrap();
    let ring = ("qpid.policy_type", word("ring"));
    let reject = ("x-overflow", word("reject-publish"));
    let limits: [&[(&str, ValueRef<'_>)]; 4] = [
        &[("qpid.max_count", number(1))],
        &[("qpid.max_size", number(size))],
        &[("x-max-length", number(1)), reject],
        &[("qpid.max_size", number(size - 1)), ring],
    ];
    for limits in limits {
        let mut queue = declared(limits);
        for pushed in 0..2 {
            let outcome = queue.push_granted(Arc::new(message(b"x")), None, 0, &mut Woken::new());
            assert_eq!(outcome, PushOutcome::Enqueued(EntryId(pushed)), "{limits:?}");
        }
        assert_eq!((queue.len(), queue.statistics().rejected_full), (2, 0));
        let outcome = queue.push(Arc::new(message(b"x")), 0, &mut Woken::new());
        assert!(matches!(outcome, PushOutcome::Full(_)), "{limits:?}");
    }
}

#[test]
fn a_granted_message_makes_room_in_a_ring_as_any_does() {
    let ring = ("qpid.policy_type", word("ring"));
    let mut queue = declared(&[("qpid.max_count", number(2)), ring]);
    push(&mut queue, 2);
    queue.push_granted(Arc::new(message(b"x")), None, 0, &mut Woken::new());
    assert_eq!((queue.len(), queue.statistics().ring_dropped), (2, 1));
}
