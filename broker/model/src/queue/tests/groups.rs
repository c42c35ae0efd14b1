//! Message groups, shared among consumers and not.

use super::*;

fn grouped(is_shared: bool) -> Queue {
    let header = ("qpid.group_header_key", word("group"));
    declared(&[header, ("qpid.shared_msg_group", ValueRef::Bool(is_shared))])
}

fn next(queue: &mut Queue, id: ConsumerId) -> Option<u64> {
    pull(queue, id, 1).0.first().copied()
}

/// Groups with their owners.
fn owners(queue: &Queue) -> Vec<(String, Option<ConsumerId>)> {
    let groups = queue.groups(None, 99).into_iter();
    groups.map(|group| (String::from_utf8(group.id.to_vec()).unwrap(), group.owner)).collect()
}

#[test]
fn who_took_of_a_group_has_it_until_all_is_settled() {
    let mut queue = grouped(true);
    push_keys(&mut queue, "aaabbbccc");
    let (one, two) = (consumer(&mut queue, true), consumer(&mut queue, true));
    assert_eq!((next(&mut queue, one), next(&mut queue, two)), (Some(0), Some(3)));
    accept(&mut queue, one, 0);
    assert_eq!(next(&mut queue, two), Some(1), "a is free again");
    assert_eq!(next(&mut queue, one), Some(6), "a and b are the other's");
    accept(&mut queue, two, 3);
    assert_eq!(next(&mut queue, one), Some(4));
    accept(&mut queue, one, 6);
    assert_eq!((next(&mut queue, two), next(&mut queue, two)), (Some(2), Some(7)));
    for entry in [1, 2, 7] {
        accept(&mut queue, two, entry);
    }
    assert_eq!(next(&mut queue, two), Some(8), "b is still the other's");
    accept(&mut queue, one, 4);
    assert_eq!((next(&mut queue, two), next(&mut queue, one)), (Some(5), None));
}

#[test]
fn a_released_or_rejected_entry_frees_its_group_and_wakes_another() {
    let mut queue = grouped(true);
    push_keys(&mut queue, "aa");
    let (one, two) = (consumer(&mut queue, true), consumer(&mut queue, true));
    assert_eq!((next(&mut queue, one), next(&mut queue, two)), (Some(0), None));
    let mut woken = Woken::new();
    queue.release(one, [EntryId(0)], true, &mut woken);
    assert_eq!(woken.as_slice(), [two]);
    assert_eq!((next(&mut queue, two), pull(&mut queue, one, 9).1), (Some(0), PullState::Waiting));
    woken.clear();
    assert_eq!(queue.reject(two, [EntryId(0)], &mut woken).len(), 1);
    assert_eq!(woken.as_slice(), [one]);
    assert_eq!(next(&mut queue, one), Some(1));
}

#[test]
fn a_group_of_a_consumer_that_went_is_blocked_until_it_has_settled() {
    for is_shared in [true, false] {
        let mut queue = grouped(is_shared);
        push_keys(&mut queue, "aabb");
        let (one, two) = (consumer(&mut queue, true), consumer(&mut queue, true));
        assert_eq!((next(&mut queue, one), next(&mut queue, two)), (Some(0), Some(2)));
        queue.cancel(one, &mut Woken::new());
        assert_eq!(pull(&mut queue, two, 9), (vec![3], PullState::Waiting));
        let mut woken = Woken::new();
        queue.release(one, [EntryId(0)], true, &mut woken);
        assert_eq!(woken.as_slice(), [two]);
        assert_eq!(pull(&mut queue, two, 9).0, [0, 1]);
    }
}

#[test]
fn a_group_that_is_not_shared_stays_with_its_consumer_while_it_has_entries() {
    let mut queue = grouped(false);
    push_keys(&mut queue, "aab");
    let (one, two) = (consumer(&mut queue, true), consumer(&mut queue, true));
    assert_eq!(next(&mut queue, one), Some(0));
    accept(&mut queue, one, 0);
    assert_eq!(pull(&mut queue, two, 9), (vec![2], PullState::Waiting));
    assert_eq!(owners(&queue), [("a".into(), Some(one)), ("b".into(), Some(two))]);
    assert_eq!(push_keys(&mut queue, "a").len(), 0, "its consumer is about to pull");
    assert_eq!((next(&mut queue, one), next(&mut queue, one)), (Some(1), Some(3)));
    assert_eq!(next(&mut queue, one), None);
    assert_eq!(push_keys(&mut queue, "a").as_slice(), [one]);
    let mut woken = Woken::new();
    for entry in [1, 3] {
        accept(&mut queue, one, entry);
    }
    queue.cancel(one, &mut woken);
    assert_eq!(woken.as_slice(), [two], "what it left is for the other");
    assert_eq!(pull(&mut queue, two, 9).0, [4]);
}

#[test]
fn a_group_without_entries_is_forgotten() {
    let mut queue = grouped(false);
    push_keys(&mut queue, "a");
    let (one, two) = (consumer(&mut queue, true), consumer(&mut queue, true));
    assert_eq!(next(&mut queue, one), Some(0));
    accept(&mut queue, one, 0);
    assert_eq!(owners(&queue), []);
    push_keys(&mut queue, "a");
    assert_eq!(next(&mut queue, two), Some(1));
}

#[test]
fn browsers_see_entries_of_owned_groups_and_cannot_take_them() {
    let mut queue = grouped(true);
    push_keys(&mut queue, "aba");
    let (one, browser) = (consumer(&mut queue, true), consumer(&mut queue, false));
    assert_eq!(next(&mut queue, one), Some(0));
    assert_eq!(pull(&mut queue, browser, 9).0, [1, 2]);
    assert_eq!(queue.acquire(browser, [EntryId(1), EntryId(2)], &mut Woken::new()), [EntryId(1)]);
}

#[test]
fn a_group_does_not_stay_with_one_that_only_looks_and_took_by_number() {
    let mut queue = grouped(false);
    push_keys(&mut queue, "aa");
    let (browser, one) = (consumer(&mut queue, false), consumer(&mut queue, true));
    assert_eq!(queue.acquire(browser, [EntryId(0)], &mut Woken::new()), [EntryId(0)]);
    assert_eq!(next(&mut queue, one), None);
    assert_eq!(accept(&mut queue, browser, 0).as_slice(), [one]);
    assert_eq!(next(&mut queue, one), Some(1));
}

#[test]
fn one_that_waits_and_takes_by_number_is_woken_for_the_rest_of_the_group() {
    let mut queue = grouped(true);
    let [one, two, three] = [(); 3].map(|()| consumer(&mut queue, true));
    for id in [one, two, three] {
        assert_eq!(next(&mut queue, id), None);
    }
    assert_eq!(push_keys(&mut queue, "aa").as_slice(), [one, two]);
    let mut woken = Woken::new();
    assert_eq!(queue.acquire(three, [EntryId(0)], &mut woken), [EntryId(0)]);
    assert_eq!(woken.as_slice(), [three]);
    assert_eq!((next(&mut queue, one), next(&mut queue, three)), (None, Some(1)));
}

#[test]
fn messages_without_a_group_are_in_the_default_group() {
    let mut queue = grouped(true);
    push(&mut queue, 2);
    queue.push_keyed(Arc::new(message(b"x")), Some(b""), 0, &mut Woken::new());
    let groups = queue.groups(None, 9);
    assert_eq!((&*groups[0].id, groups[0].messages), (&b"qpid.no-group"[..], 3));
    assert!(groups[0].oldest.is_some());
    assert_eq!(self::queue().groups(None, 9).len(), 0);
}

#[test]
fn groups_are_listed_in_pages() {
    let mut queue = grouped(true);
    push_keys(&mut queue, "cabba");
    let ids = |groups: Vec<GroupState>| {
        groups.iter().map(|group| char::from(group.id[0])).collect::<String>()
    };
    assert_eq!(ids(queue.groups(None, 2)), "ab");
    assert_eq!(ids(queue.groups(Some(b"b"), 2)), "c");
}

/// With all groups but the last owned by one who does not settle, another finds the last at once.
#[test]
fn many_owned_groups_cost_no_search() {
    let mut queue = grouped(true);
    let groups = 20_000_u32;
    for _ in 0..5 {
        for group in 0..groups {
            let key = group.to_be_bytes();
            queue.push_keyed(Arc::new(message(b"")), Some(&key), 0, &mut Woken::new());
        }
    }
    let (one, two) = (consumer(&mut queue, true), consumer(&mut queue, true));
    queue.suspend(two, &mut Woken::new());
    assert_eq!(pull(&mut queue, one, groups as usize).0.len(), groups as usize);
    queue.suspend(one, &mut Woken::new());
    queue.resume(two);
    for group in (0..u64::from(groups)).rev() {
        assert_eq!(next(&mut queue, two), None);
        accept(&mut queue, one, group);
        assert_eq!(next(&mut queue, two), Some(group + u64::from(groups)));
        accept(&mut queue, two, group + u64::from(groups));
        assert_eq!(pull(&mut queue, two, 9).0.len(), 3);
    }
}
