//! What is written is read again, and nothing that is cut off or bent is taken for something.

use proptest::prelude::*;

use super::*;

fn record(queue: u64, id: u64) -> QueueRecord {
    QueueRecord { queue, id }
}

/// One of each.
fn every(work: impl FnOnce(&[Operation<'_>])) {
    let queues = [record(1, 2), record(u64::MAX, 3)];
    work(&[
        Operation::Put { message: 7, header: b"head", body: b"the body", queues: &queues },
        Operation::Put { message: 8, header: b"", body: b"", queues: &[] },
        Operation::Delete(record(4, 5)),
        Operation::Meta { key: "ä", value: b"v" },
        Operation::Meta { key: "", value: b"" },
        Operation::Mark { record: record(6, 7), delivery_count: u32::MAX },
    ]);
}

#[test]
fn the_layout_is_that_of_the_contract() {
    let queues = [record(1, 2)];
    let put = Operation::Put { message: 3, header: b"h", body: b"bb", queues: &queues };
    let bytes = write_operations(&[put, Operation::Meta { key: "k", value: b"v" }]);
    let expected = [
        &[2, 0, 0, 0, 0, 0, 0, 0][..],
        &[59, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0],
        &[1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
        &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
        b"hbb",
        &[26, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0],
        b"kv",
    ];
    assert_eq!(bytes, expected.concat());
    let mut pairs = PartsWriter::with_capacity(0);
    pairs.pair(5, b"a", b"bc");
    let expected = [
        &[1, 0, 0, 0, 1, 0, 0, 0][..],
        &[27, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0],
        b"abc",
    ];
    assert_eq!(pairs.finish(true), expected.concat());
}

#[test]
fn operations_come_back_as_they_were() {
    every(|batch| {
        let bytes = write_operations(batch);
        assert!(bytes.len() <= operations_bytes(batch));
        with_operations(&bytes, |read| assert_eq!(read, batch)).unwrap();
    });
}

#[test]
fn a_record_has_its_position_and_its_body_or_none() {
    let queues = [record(1, 1)];
    let put = Operation::Put { message: 1, header: b"h", body: b"b", queues: &queues };
    for with_body in [true, false] {
        let mut parts = PartsWriter::with_capacity(64);
        parts.record(Position(9), &put, with_body);
        let bytes = parts.finish(true);
        let mut read = PartsReader::parse(&bytes).unwrap();
        assert!(read.has_more() && read.left() == 1);
        let replayed = read.next_record().unwrap().unwrap().to_replayed();
        let body = with_body.then(|| b"b".to_vec());
        let record =
            Record::Put { message: 1, header: b"h".to_vec(), body, queues: queues.to_vec() };
        assert_eq!(replayed, Replayed { position: Position(9), record });
        assert_eq!(read.next_record(), Ok(None));
    }
}

#[test]
fn a_longer_part_of_a_later_version_is_read() {
    let mut bytes = write_operations(&[Operation::Delete(record(1, 2))]);
    bytes[8] += 3;
    bytes.extend([9; 3]);
    let read = with_operations(&bytes, |read| read.len());
    assert_eq!(read, Ok(1));
}

#[test]
fn what_is_cut_off_or_bent_is_named() {
    every(|batch| {
        let bytes = write_operations(batch);
        for end in 0..bytes.len() {
            assert!(with_operations(&bytes[..end], |_| ()).is_err(), "cut at {end}");
        }
    });
    let mut bytes = write_operations(&[Operation::Delete(record(1, 2))]);
    bytes[12] = 9;
    let error = with_operations(&bytes, |_| ()).unwrap_err();
    assert_eq!(error, Malformed::Kind { at: 8, kind: 9 });
    bytes[8] = 3;
    assert_eq!(with_operations(&bytes, |_| ()), Err(Malformed::Short { at: 8, wanted: 8 }));
    let mut behind = write_operations(&[]);
    behind.push(0);
    let error = with_operations(&behind, |_| ()).unwrap_err();
    assert_eq!(error, Malformed::Behind { at: 8, bytes: 1 });
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange_to_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = with_operations(&bytes, |read| read.len());
        let mut pairs = PartsReader::parse(&bytes);
        while let Ok(Some(_)) = pairs.as_mut().map_or(Ok(None), PartsReader::next_pair) {}
    }
}
