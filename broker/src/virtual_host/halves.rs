//! Asking a plugin about a batch, and where it fails about the halves of it: what it fails on costs
//! nobody else, and costs the broker a bounded number of calls.
//!
//! Invariant: each message is in an answer that was given without an error, or in one of the parts
//! that are left.

use std::ops::Range;

use philter_plugin_api::{self as api, ErrorKind};

use crate::virtual_host::limits::{HALVINGS_MAX, LIMIT_HALVINGS};

/// A part of a batch that the plugin failed on, to the end.
pub(super) type Left = (Range<usize>, api::Error);

/// Asks about a batch of `count` messages. Answers the parts that are left, in order; none where
/// all went well. `ask` keeps what it is answered, but for a part that it fails on.
pub(super) fn ask_in_halves(
    count: usize,
    mut ask: impl FnMut(Range<usize>) -> api::Result<()>,
) -> Vec<Left> {
    let Err(error) = ask(0..count) else { return Vec::new() };
    let (mut left, mut halvings_left) = (Vec::new(), HALVINGS_MAX);
    let mut failed = vec![(0..count, error)];
    while let Some((part, error)) = failed.pop() {
        let rest = price(error.kind()).and_then(|price| halvings_left.checked_sub(price));
        let Some(rest) = rest.filter(|_| part.len() > 1) else {
            left.push((part, error));
            continue;
        };
        halvings_left = rest;
        let middle = part.start + part.len() / 2;
        let halves = [part.start..middle, middle..part.end].map(|half| (half.clone(), ask(half)));
        // The first one is looked at next.
        let halves = halves.into_iter().rev();
        failed.extend(halves.filter_map(|(half, result)| Some((half, result.err()?))));
    }
    left
}

/// How many halvings an error is worth; none where it is not about messages, so that asking again
/// would change nothing.
fn price(kind: ErrorKind) -> Option<usize> {
    match kind {
        ErrorKind::NotFound | ErrorKind::Unauthorized | ErrorKind::Unsupported => None,
        ErrorKind::LimitExceeded => Some(LIMIT_HALVINGS),
        ErrorKind::InvalidArgument | ErrorKind::Internal | ErrorKind::Panic => Some(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Asks about a batch in which these are bad; answers what is left, and the number of calls.
    fn left_of(count: usize, bad: &[usize], kind: ErrorKind) -> (Vec<usize>, usize) {
        let (mut calls, mut answered) = (0, Vec::new());
        let left = ask_in_halves(count, |part| {
            calls += 1;
            if bad.iter().any(|index| part.contains(index)) {
                return Err(api::Error::new(kind, "bad"));
            }
            answered.extend(part);
            Ok(())
        });
        let left: Vec<usize> = left.into_iter().flat_map(|(part, _)| part).collect();
        let mut all = [&left[..], &answered[..]].concat();
        all.sort_unstable();
        assert!(all.iter().copied().eq(0..count), "each message is decided or left: {all:?}");
        assert!(left.is_sorted(), "{left:?}");
        (left, calls)
    }

    #[test]
    fn a_bad_message_costs_itself_alone() {
        for bad in 0..128 {
            let (left, calls) = left_of(128, &[bad], ErrorKind::Internal);
            assert_eq!((left, calls), (vec![bad], 15));
        }
    }

    #[test]
    fn a_batch_that_is_all_bad_costs_a_bounded_number_of_calls() {
        let all: Vec<usize> = (0..128).collect();
        let (left, calls) = left_of(128, &all, ErrorKind::Panic);
        assert_eq!((left.len(), calls), (128, 1 + 2 * HALVINGS_MAX));
        let (left, calls) = left_of(128, &all, ErrorKind::LimitExceeded);
        assert_eq!((left.len(), calls), (128, 1 + 2 * HALVINGS_MAX / LIMIT_HALVINGS));
    }

    #[test]
    fn what_is_not_about_messages_is_not_asked_again() {
        for kind in [ErrorKind::NotFound, ErrorKind::Unsupported, ErrorKind::Unauthorized] {
            assert_eq!(left_of(9, &[3], kind), ((0..9).collect(), 1));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_bad_is_left_and_each_other_one_is_decided_or_left(
            count in 1usize..130,
            bad in proptest::collection::vec(0usize..130, 0..20),
        ) {
            let (left, _) = left_of(count, &bad, ErrorKind::InvalidArgument);
            prop_assert!(bad.iter().all(|index| *index >= count || left.contains(index)));
        }
    }
}
