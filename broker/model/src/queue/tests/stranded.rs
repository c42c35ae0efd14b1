//! Dead letters that could not go on.

use super::*;
use crate::limits::STRANDED_MAX;
use crate::queue::DeadLetterReason::{Expired, Rejected};

fn letter(body: &[u8]) -> Arc<crate::message::Message> {
    Arc::new(message(body))
}

fn taken(queue: &mut Queue, count: usize) -> Vec<StrandedLetter> {
    queue.take_stranded(count)
}

fn bodies(letters: &[StrandedLetter]) -> String {
    letters.iter().map(|letter| char::from(letter.message.body().small[0])).collect()
}

#[test]
fn each_has_its_turn_with_those_of_its_reason_and_then_behind_all_others() {
    let mut queue = filled(1);
    for (body, reason) in [(b"a", Rejected), (b"b", Rejected), (b"c", Expired), (b"d", Rejected)] {
        assert!(queue.strand(&letter(body), reason).is_some());
    }
    let first = taken(&mut queue, 9);
    assert_eq!((bodies(&first), queue.stranded()), ("ab".to_owned(), 2));
    let (gone, failed) = first.split_at(1);
    queue.went_on(gone);
    queue.strand_again(failed.to_vec());
    assert_eq!(bodies(&taken(&mut queue, 9)), "c");
    assert_eq!(bodies(&taken(&mut queue, 1)), "d");
    assert_eq!(bodies(&taken(&mut queue, 1)), "b");
    assert!(taken(&mut queue, 1).is_empty());
    assert_eq!(queue.len(), 1, "they are no entries");
}

#[test]
fn its_id_is_no_entrys_and_is_stored_until_it_has_gone_on() {
    let mut queue = filled(1);
    queue.keep_durable();
    let id = queue.strand(&letter(b"a"), Rejected).unwrap();
    push(&mut queue, 1);
    assert_eq!((id, queue.entries.next_id()), (EntryId(1), EntryId(3)));
    assert!(queue.stored([id], &mut Woken::new()).is_empty());
    let tried = taken(&mut queue, 1);
    assert!(queue.stored([id], &mut Woken::new()).is_empty(), "also while it is tried");
    queue.went_on(&tried);
    assert_eq!(queue.stored([id], &mut Woken::new()), [id]);
}

#[test]
fn what_the_store_did_not_take_is_no_letter_any_more() {
    let mut queue = queue();
    let ids: Vec<_> = (0..2).filter_map(|_| queue.strand(&letter(b"a"), Rejected)).collect();
    let tried = taken(&mut queue, 1);
    queue.not_stored(ids, &mut Woken::new());
    queue.strand_again(tried);
    assert_eq!(queue.stranded(), 0);
}

#[test]
fn there_are_so_many_and_no_more() {
    let mut queue = queue();
    let one = letter(b"a");
    assert!((0..STRANDED_MAX).all(|_| queue.strand(&one, Rejected).is_some()));
    assert_eq!(queue.strand(&one, Rejected), None);
    let tried = taken(&mut queue, 1);
    assert_eq!(queue.strand(&one, Rejected), None, "what is tried counts");
    queue.went_on(&tried);
    assert!(queue.strand(&one, Rejected).is_some());
}
