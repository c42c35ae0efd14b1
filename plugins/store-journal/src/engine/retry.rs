//! Puts that are sent again: what of a batch is new.
//!
//! An entry that is there already must not be written a second time: after its delete a recovery
//! would find the second one.

use std::collections::HashMap;

use philter_plugin_api::{Operation, QueueRecord};

use crate::error::JournalError;

/// The entries of each put of a batch that are new when it comes to it; `present` says which
/// message an entry is before the batch.
///
/// # Errors
/// An entry that belongs to another message.
pub(crate) fn new_entries(
    batch: &[Operation<'_>],
    present: impl Fn(QueueRecord) -> Option<u64>,
) -> Result<Vec<Vec<QueueRecord>>, JournalError> {
    check(batch, &present)?;
    let mut changed: HashMap<QueueRecord, bool> = HashMap::new();
    let mut entries = Vec::new();
    for operation in batch {
        match *operation {
            Operation::Put { queues, .. } => {
                let is_new = |record: &QueueRecord| {
                    let is_there = changed.insert(*record, true);
                    !is_there.unwrap_or_else(|| present(*record).is_some())
                };
                entries.push(queues.iter().copied().filter(is_new).collect());
            }
            Operation::Delete(record) => drop(changed.insert(record, false)),
            Operation::Meta { .. } | Operation::Mark { .. } => {}
        }
    }
    Ok(entries)
}

/// The batch with these entries in its puts.
pub(crate) fn with_entries<'a>(
    batch: &[Operation<'a>],
    entries: &'a [Vec<QueueRecord>],
) -> Vec<Operation<'a>> {
    let mut entries = entries.iter();
    let replaced = batch.iter().map(|operation| match *operation {
        Operation::Put { message, header, body, .. } => {
            let queues = entries.next().map_or(&[][..], Vec::as_slice);
            Operation::Put { message, header, body, queues }
        }
        other => other,
    });
    replaced.collect()
}

fn check(
    batch: &[Operation<'_>],
    present: &impl Fn(QueueRecord) -> Option<u64>,
) -> Result<(), JournalError> {
    let mut added: HashMap<QueueRecord, u64> = HashMap::new();
    for operation in batch {
        let &Operation::Put { message, queues, .. } = operation else { continue };
        for &record in queues {
            match present(record).or_else(|| added.get(&record).copied()) {
                Some(present) if present != message => {
                    let QueueRecord { queue, id } = record;
                    return Err(JournalError::EntryTaken { queue, id, present, given: message });
                }
                _ => drop(added.insert(record, message)),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: QueueRecord = QueueRecord { queue: 1, id: 1 };
    const B: QueueRecord = QueueRecord { queue: 1, id: 2 };

    fn put<'a>(message: u64, queues: &'a [QueueRecord]) -> Operation<'a> {
        Operation::Put { message, header: b"", body: b"", queues }
    }

    #[test]
    fn an_entry_is_new_once_and_again_after_its_delete() {
        let batch =
            [put(7, &[A, B]), put(7, &[B, A]), Operation::Delete(A), put(7, &[A]), put(7, &[A])];
        let present = |record| (record == A).then_some(7);
        let entries = new_entries(&batch, present).unwrap();
        assert_eq!(entries, [vec![B], vec![], vec![A], vec![]]);
        let replaced = with_entries(&batch, &entries);
        assert_eq!(replaced[0], put(7, &[B]));
        assert_eq!(replaced[2], Operation::Delete(A));
    }

    #[test]
    fn an_entry_cannot_be_two_messages() {
        let taken = JournalError::EntryTaken { queue: 1, id: 1, present: 7, given: 8 };
        let in_one = [put(7, &[A]), put(8, &[A])];
        assert_eq!(new_entries(&in_one, |_| None), Err(taken.clone()));
        assert_eq!(new_entries(&in_one[1..], |_| Some(7)), Err(taken));
    }
}
