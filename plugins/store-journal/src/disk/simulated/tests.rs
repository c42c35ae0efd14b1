//! The disk that the proofs stand on, held to what real ones do.

use std::collections::BTreeSet;

use super::*;

const SECTOR_BYTES: usize = 4;

/// Every state that a cut may leave after all of what was done.
fn states(disk: &SimulatedDisk, base: &Image) -> BTreeSet<Image> {
    let mut platter = Platter::new(base, SECTOR_BYTES);
    for event in disk.events() {
        platter.apply(&event);
    }
    let mut every = Every::default();
    let mut found = BTreeSet::new();
    loop {
        found.insert(platter.cut(&mut every));
        if every.advance().is_none() {
            return found;
        }
    }
}

fn image(files: &[(&str, &[u8])]) -> Image {
    files.iter().map(|&(name, content)| (name.to_owned(), content.to_vec())).collect()
}

#[test]
fn loses_nothing_that_was_synced() {
    let disk = SimulatedDisk::default();
    let file = disk.create("a").unwrap();
    file.write_at(b"12345678", 0).unwrap();
    file.sync_data().unwrap();
    disk.sync_directory().unwrap();
    assert_eq!(states(&disk, &Image::new()), BTreeSet::from([image(&[("a", b"12345678")])]));
    assert_eq!(disk.image(), image(&[("a", b"12345678")]));
}

#[test]
fn a_name_needs_its_own_sync() {
    let disk = SimulatedDisk::default();
    let file = disk.create("a").unwrap();
    file.write_at(b"1", 0).unwrap();
    file.sync_data().unwrap();
    let expected = BTreeSet::from([image(&[]), image(&[("a", b"1")])]);
    assert_eq!(states(&disk, &Image::new()), expected);
}

#[test]
fn tears_a_write_and_reorders_two() {
    let base = image(&[("a", b"........")]);
    let disk = SimulatedDisk::of(&base);
    let file = disk.open("a").unwrap();
    file.write_at(b"11", 0).unwrap();
    file.write_at(b"2222", 2).unwrap();
    let expected: [&[u8]; 6] =
        [b"........", b"11......", b"1122....", b"....22..", b"11..22..", b"112222.."];
    let expected = expected.into_iter().map(|content| image(&[("a", content)]));
    assert_eq!(states(&disk, &base), expected.collect());
}

#[test]
fn a_length_is_lost_by_itself() {
    let base = image(&[("a", b"1234")]);
    let disk = SimulatedDisk::of(&base);
    let file = disk.open("a").unwrap();
    file.write_at(b"5", 4).unwrap();
    let expected: [&[u8]; 3] = [b"1234", b"1234\0", b"12345"];
    let expected = expected.into_iter().map(|content| image(&[("a", content)]));
    assert_eq!(states(&disk, &base), expected.collect());
}

#[test]
fn changes_of_one_name_keep_their_order() {
    let base = image(&[("a", b"old"), ("b", b"other")]);
    let disk = SimulatedDisk::of(&base);
    disk.rename("a", "c").unwrap();
    disk.create("a").unwrap();
    disk.remove("b").unwrap();
    let expected = [
        image(&[("a", b"old"), ("b", b"other")]),
        image(&[("c", b"old"), ("b", b"other")]),
        image(&[("c", b"old"), ("a", b""), ("b", b"other")]),
        image(&[("a", b"old")]),
        image(&[("c", b"old")]),
        image(&[("c", b"old"), ("a", b"")]),
    ];
    assert_eq!(states(&disk, &base), BTreeSet::from(expected));
}

#[test]
fn what_a_failed_sync_lost_no_later_sync_brings_back() {
    let base = image(&[("a", b"........")]);
    let disk = SimulatedDisk::of(&base);
    let file = disk.open("a").unwrap();
    file.write_at(b"1111", 0).unwrap();
    disk.fail(Fault::io(|call| call == Call::SyncData).once());
    assert!(file.sync_data().is_err());
    file.write_at(b"2222", 4).unwrap();
    file.sync_data().unwrap();
    let expected = [image(&[("a", b"....2222")]), image(&[("a", b"11112222")])];
    assert_eq!(states(&disk, &base), BTreeSet::from(expected));
}

#[test]
fn a_failing_write_gets_half_of_the_way() {
    let disk = SimulatedDisk::default();
    let file = disk.create("a").unwrap();
    disk.fail(Fault::full().after(1).once());
    file.write_at(b"1111", 0).unwrap();
    let error = file.write_at(b"2222", 4).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.image(), image(&[("a", b"111122")]));
    file.write_at(b"3333", 4).unwrap();
    assert_eq!(disk.image(), image(&[("a", b"11113333")]));
}

#[test]
fn open_files_outlive_their_directory() {
    let disk = SimulatedDisk::default();
    let file = disk.create("a").unwrap();
    disk.vanish();
    file.write_at(b"1", 0).unwrap();
    file.sync_data().unwrap();
    for error in [disk.open("a").err(), disk.create("b").err(), disk.sync_directory().err()] {
        assert_eq!(error.unwrap().kind(), io::ErrorKind::NotFound);
    }
}
