//! What is written is read back, and what is damaged is refused or read in part, never a panic.

use proptest::prelude::*;

use super::*;
use crate::flat::write_batch;
use crate::testing::MockMessage;
use crate::value::tests::value;
use crate::value::{MapRef, Value};

fn all() -> Reads {
    Reads::PROPERTIES | Reads::HEADERS | Reads::BODY | Reads::KEY
}

fn written(messages: &[&dyn MessageView], reads: Reads) -> Vec<u8> {
    let mut out = Vec::new();
    write_batch(&mut out, messages, reads, 1 << 26).unwrap();
    out
}

fn headers(message: &dyn MessageView) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    message.headers(&mut |name, value| {
        found.push((name.to_owned(), value.to_value().unwrap()));
    });
    found
}

/// Everything that a view says, so that nothing of it is left unread.
fn all_of(message: &dyn MessageView) -> impl PartialEq + std::fmt::Debug {
    let owned = |value: ValueRef<'_>| value.to_value().unwrap();
    let headers = headers(message);
    let by_name = |(name, _): &(String, Value)| message.header(name).map(owned);
    (
        message.routing_key().to_owned(),
        Property::ALL.map(|id| message.property(id).map(owned)),
        headers.iter().map(by_name).collect::<Vec<_>>(),
        headers,
        message.body_len(),
        message.body().into_owned(),
    )
}

fn message() -> impl Strategy<Value = MockMessage> {
    let property = (prop::sample::select(&Property::ALL[..]), value());
    let chunk = prop::collection::vec(any::<u8>(), 0..300);
    (
        ".{0,80}",
        prop::collection::vec(property, 0..4),
        prop::collection::vec((".{0,300}", value()), 0..4),
        prop::collection::vec(chunk, 0..3),
    )
        .prop_map(|(key, properties, headers, chunks)| {
            let mut message = MockMessage::new(key).body_in_chunks(chunks);
            for (id, value) in properties {
                message = message.property(id, value);
            }
            for (name, value) in headers {
                message = message.header(name, value);
            }
            message
        })
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(
        messages in prop::collection::vec(message(), 0..4),
        bits in 0..16_u32,
    ) {
        let views: Vec<_> = messages.iter().map(|message| message as &dyn MessageView).collect();
        let reads = Reads::from_bits(bits);
        let bytes = written(&views, reads);
        let batch = BatchRef::parse(&bytes).unwrap();
        prop_assert_eq!((batch.len(), batch.is_empty()), (views.len(), views.is_empty()));
        prop_assert_eq!(batch.reads(), reads | Reads::KEY);
        for (index, wanted) in views.iter().enumerate() {
            let read = batch.message(index).unwrap();
            prop_assert_eq!(read.routing_key(), wanted.routing_key());
            prop_assert_eq!(read.body_len(), wanted.body_len());
            let there = reads.contains(Reads::BODY);
            let body = if there { wanted.body() } else { Cow::default() };
            prop_assert_eq!(read.body(), body);
            let there = reads.contains(Reads::HEADERS);
            prop_assert_eq!(headers(&read), if there { headers(*wanted) } else { Vec::new() });
            for id in Property::ALL {
                let there = reads.contains(Reads::PROPERTIES);
                let property = if there { wanted.property(id) } else { None };
                prop_assert_eq!(read.property(id), property);
            }
            if reads == all() {
                prop_assert_eq!(all_of(&read), all_of(*wanted));
            }
        }
    }

    #[test]
    fn a_damaged_batch_is_refused_or_read(
        messages in prop::collection::vec(message(), 1..3),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let views: Vec<_> = messages.iter().map(|message| message as &dyn MessageView).collect();
        let mut bytes = written(&views, all());
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        if let Ok(batch) = BatchRef::parse(&bytes) {
            for message in (0..batch.len()).take(9).flat_map(|index| batch.message(index)) {
                message.headers(&mut |_, _| {});
                let _ = (message.body(), message.body_chunk(3), message.body_len());
                let _ = Property::ALL.map(|id| message.try_property(id).is_ok());
                let _ = message.try_header("a").is_ok();
            }
        }
    }

    #[test]
    fn a_map_says_the_same_scanned_and_parsed(
        pairs in prop::collection::vec(("[a-c]{0,2}|.{250,260}", value()), 0..6),
        name in "[a-c]{0,2}",
    ) {
        let encoded = crate::value::encode_map(pairs);
        let parsed = MapRef::parse(&encoded).unwrap();
        let found = Scan::new(&encoded).unwrap().find(|key| is_name(key, &name)).unwrap();
        prop_assert_eq!(found, parsed.get(&name));
    }

    #[test]
    fn a_scan_takes_what_a_parse_takes(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
        let scan = Scan::new(&bytes).and_then(|scan| scan.find(|_| false));
        if MapRef::parse(&bytes).is_ok() {
            prop_assert_eq!(scan, Ok(None));
        }
    }
}

#[test]
fn the_first_of_two_equal_names_counts() {
    let message = MockMessage::new("").header("a", 1).header("b", 2).header("a", 3);
    let bytes = written(&[&message], Reads::HEADERS);
    let read = BatchRef::parse(&bytes).unwrap().only().unwrap();
    assert_eq!(read.header("a"), Some(ValueRef::Int(1)));
    assert_eq!(read.header("b"), Some(ValueRef::Int(2)));
    assert_eq!(read.header("c"), None);
}

#[test]
fn views_are_handed_over_whatever_their_number() {
    for count in [0, 1, 2, BATCH_ON_STACK, BATCH_ON_STACK + 1] {
        let messages: Vec<_> = (0..count).map(|key| MockMessage::new(key.to_string())).collect();
        let views: Vec<_> = messages.iter().map(|message| message as &dyn MessageView).collect();
        let bytes = written(&views, Reads::KEY);
        let keys = BatchRef::parse(&bytes).unwrap().with_views(|views| {
            views.iter().map(|view| view.routing_key().to_owned()).collect::<Vec<_>>()
        });
        let wanted: Vec<_> = (0..count).map(|key| key.to_string()).collect();
        assert_eq!(keys, Ok(wanted));
    }
}

#[test]
fn a_longer_head_and_longer_entries_are_read_as_far_as_they_are_known() {
    let mut bytes = Vec::new();
    for number in [2_u32, 48, 1, 20, 0xffff_ffff] {
        bytes.extend(number.to_le_bytes());
    }
    for key in [116_u32, 117] {
        bytes.extend(key.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend([0; 24]);
        bytes.extend(7_u64.to_le_bytes());
        bytes.extend([0xff; 8]);
    }
    bytes.extend(b"ab");
    let batch = BatchRef::parse(&bytes).unwrap();
    let keys = [0, 1].map(|index| batch.message(index).unwrap().routing_key);
    assert_eq!(keys, ["a", "b"]);
    assert_eq!(batch.message(1).unwrap().body_len(), 7);
}

#[test]
fn what_is_wrong_is_named() {
    let message = MockMessage::new("key").header("a", "b").body("body");
    let good = written(&[&message], all());
    let parse = |bytes: &[u8]| BatchRef::parse(bytes).and_then(|batch| batch.only().map(|_| ()));
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        parse(&bytes)
    };
    assert_eq!(parse(&good), Ok(()));
    assert_eq!(parse(&good[..15]), Err(ReadError::NoHead { found_bytes: 15 }));
    assert_eq!(parse(&good[..55]), Err(ReadError::NoEntry { index: 0, count: 1 }));
    assert_eq!(with(3, 0xff), Err(ReadError::NoEntry { index: 1, count: 0xff00_0001 }));
    assert_eq!(with(4, 39), Err(ReadError::ShortEntries { found_bytes: 39 }));
    assert_eq!(with(4, 0xff), Err(ReadError::NoEntry { index: 0, count: 1 }));
    assert_eq!(with(16 + 3, 1), Err(ReadError::OutOfBounds { index: 0, part: "routing key" }));
    assert_eq!(with(40 + 4, 9), Err(ReadError::OutOfBounds { index: 0, part: "body" }));
    assert_eq!(with(56, 0xff), Err(ReadError::NotUtf8 { index: 0 }));
    let not_map = |why| Err(ReadError::NotMap { index: 0, part: "headers", why });
    let headers = good[32] as usize;
    assert_eq!(with(headers, 0x45), not_map(DecodeError::NotMap { code: 0x45 }));
    assert_eq!(with(headers + 8, 1), not_map(DecodeError::OddMap { offset: 0, count: 1 }));
    let truncated = DecodeError::Truncated { offset: 15, wanted: 1 };
    assert_eq!(with(headers + 4, 11), not_map(truncated));
    let no_message = BatchRef::parse(&written(&[], all())).unwrap().only().map(|_| ());
    assert_eq!(no_message, Err(ReadError::NoEntry { index: 0, count: 0 }));
}

#[test]
fn a_broken_header_ends_the_view_and_is_named() {
    let message = MockMessage::new("").header("a", 1).header("b", "text").header("c", 3);
    let mut bytes = written(&[&message], Reads::HEADERS);
    let at = bytes.windows(4).position(|bytes| bytes == b"text").unwrap();
    bytes[at] = 0xff;
    let read = BatchRef::parse(&bytes).unwrap().only().unwrap();
    assert_eq!(read.header("a"), Some(ValueRef::Int(1)));
    assert_eq!(read.header("b"), None);
    assert_eq!(read.try_header("b"), Err(DecodeError::NotUtf8 { offset: 2 }));
    assert_eq!(read.header("c"), Some(ValueRef::Int(3)));
    assert_eq!(headers(&read), [("a".to_owned(), Value::Int(1))]);
}
