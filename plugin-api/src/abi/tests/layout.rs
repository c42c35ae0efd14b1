//! Sizes and offsets never change unseen.

use super::constants::constants;
use super::{layout, structs};
use crate::abi::layout::{covered, read_result, read_versioned, write_versioned};
use crate::abi::types::{PhBound, PhRevision};

/// Written by `layout()` on 64-bit Linux. A line that changes is a change of the ABI: a draft's
/// minor goes up with it; from 1.0 on lines are only added at a struct's end.
const SNAPSHOT: &str = include_str!("layout.txt");

#[test]
fn sizes_and_offsets_are_those_of_the_snapshot() {
    let found = layout();
    for (found, kept) in found.lines().zip(SNAPSHOT.lines()) {
        assert_eq!(found, kept);
    }
    assert_eq!(found.lines().count(), SNAPSHOT.lines().count());
}

/// What the headers of kinds said at their 1.0. Never edited.
const KEPT: &[&str] = &[
    include_str!("../../../tests/kept/store-1.0/layout.txt"),
    include_str!("../../../tests/kept/exchange-filter-1.0/layout.txt"),
];

#[test]
fn what_a_kind_was_at_1_0_it_still_is_but_for_more_behind_it() {
    let now = layout();
    let now: Vec<&str> = now.lines().collect();
    let numbers: Vec<_> =
        constants().iter().map(|(name, number)| format!("{name} {number}")).collect();
    for kept in KEPT.iter().flat_map(|text| text.lines()) {
        let stands = now.contains(&kept) || numbers.iter().any(|number| number == kept);
        assert!(stands || has_grown(kept, &now), "was {kept}, and is something else");
    }
}

/// Whether a line is a struct's size, and the struct is larger now.
fn has_grown(kept: &str, now: &[&str]) -> bool {
    let Some((name, bytes)) = struct_size(kept) else { return false };
    now.iter().filter_map(|line| struct_size(line)).any(|(of, now)| of == name && now > bytes)
}

fn struct_size(line: &str) -> Option<(&str, usize)> {
    let (name, bytes) = line.split_once(' ')?;
    Some((name, bytes.parse().ok()?)).filter(|(name, _)| name.starts_with("ph_"))
}

#[test]
fn structs_have_no_hidden_padding() {
    for of in structs() {
        let mut end = 0;
        for field in of.fields {
            assert_eq!(field.offset, end, "{}.{}", of.name, field.name);
            end = field.end();
        }
        assert_eq!(of.bytes, end, "{}", of.name);
    }
}

#[test]
fn a_field_counts_only_where_the_size_covers_all_of_it() {
    assert_eq!(covered::<PhBound>(7), 0);
    assert_eq!(covered::<PhBound>(8), 8);
    assert_eq!(covered::<PhBound>(11), 8);
    assert_eq!(covered::<PhBound>(12), 12);
    assert_eq!(covered::<PhBound>(15), 12);
    assert_eq!(covered::<PhBound>(400), 16);
}

#[test]
fn what_a_shorter_struct_lacks_reads_as_zero() {
    let short = PhBound { size: 12, reads: 7, cacheable: 1 };
    // SAFETY: a `PhBound` of ours.
    let read = unsafe { read_versioned(&raw const short) };
    assert_eq!((read.size, read.reads, read.cacheable), (12, 7, 0));
}

#[test]
fn nothing_is_written_past_the_size_that_the_owner_said() {
    let mut short = PhBound { size: 12, reads: 0, cacheable: 9 };
    let answer = PhBound { size: size_of::<PhBound>(), reads: 7, cacheable: 1 };
    // SAFETY: a `PhBound` of ours.
    unsafe { write_versioned(&raw mut short, &answer) };
    assert_eq!((short.size, short.reads, short.cacheable), (12, 7, 9));
}

#[test]
fn a_result_struct_is_read_at_any_alignment_and_refused_when_short() {
    let mut bytes = vec![0];
    bytes.extend(16_usize.to_ne_bytes());
    bytes.extend(77_u64.to_ne_bytes());
    let read = |bytes: &[u8]| read_result::<PhRevision>(bytes).map(|revision| revision.revision);
    assert_eq!(read(&bytes[1..]), Some(77));
    assert_eq!(read(&bytes[1..16]), None);
    assert_eq!(read(&bytes[1..5]), None);
    bytes[1..9].copy_from_slice(&15_usize.to_ne_bytes());
    assert_eq!(read(&bytes[1..]), None);
    bytes[1..9].copy_from_slice(&24_usize.to_ne_bytes());
    assert_eq!(read(&bytes[1..]), Some(77));
}
