//! A stable sort whose comparisons may fail.
//!
//! Invariants: items that compare equal keep their order; the first failed comparison ends it; an
//! order that contradicts itself gives some order, and no more than `n log n` comparisons.

use std::cmp::Ordering;

use crate::error::Result;

/// Sorts, the smallest first. The comparison counts its steps itself.
///
/// # Errors
///
/// Those of the comparison.
pub(crate) fn sort_stably<T>(
    items: Vec<T>,
    mut compare: impl FnMut(&T, &T) -> Result<Ordering>,
) -> Result<Vec<T>> {
    let mut runs = split_into_runs(items, &mut compare)?;
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut rest = runs.into_iter();
        while let Some(left) = rest.next() {
            merged.push(match rest.next() {
                Some(right) => merge(left, right, &mut compare)?,
                None => left,
            });
        }
        runs = merged;
    }
    Ok(runs.pop().unwrap_or_default())
}

/// Stretches that are in order already, so that sorted input costs one comparison an item.
fn split_into_runs<T>(
    items: Vec<T>,
    compare: &mut impl FnMut(&T, &T) -> Result<Ordering>,
) -> Result<Vec<Vec<T>>> {
    let mut runs = Vec::new();
    let mut run: Vec<T> = Vec::new();
    for item in items {
        if let Some(last) = run.last()
            && compare(last, &item)? == Ordering::Greater
        {
            runs.push(std::mem::take(&mut run));
        }
        run.push(item);
    }
    runs.push(run);
    Ok(runs)
}

fn merge<T>(
    left: Vec<T>,
    right: Vec<T>,
    compare: &mut impl FnMut(&T, &T) -> Result<Ordering>,
) -> Result<Vec<T>> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    while let (Some(first), Some(second)) = (left.as_slice().first(), right.as_slice().first()) {
        let from_right = compare(first, second)? == Ordering::Greater;
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::{Error, ErrorCode};

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(items in prop::collection::vec(0..20u8, 0..200)) {
            let numbered: Vec<_> = items.into_iter().enumerate().collect();
            let mut expected = numbered.clone();
            expected.sort_by_key(|item| item.1);
            let sorted = sort_stably(numbered, |left, right| Ok(left.1.cmp(&right.1))).unwrap();
            prop_assert_eq!(sorted, expected);
        }
    }

    #[test]
    fn the_first_failed_comparison_ends_it() {
        let fail = |_: &i32, _: &i32| Err(Error::new(ErrorCode::Standard("XPTY0004"), ""));
        assert!(sort_stably(vec![2, 1, 3], fail).is_err());
    }
}
