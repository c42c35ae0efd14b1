//! Property lists: what is written is read, what is wrong is named.

use proptest::prelude::*;

use super::*;
use crate::v0_9_1::value::FieldValue;

fn table_bytes(table: &Table) -> Vec<u8> {
    let mut bytes = Vec::new();
    table.encode(&mut bytes);
    bytes
}

fn table(bytes: &[u8]) -> TableRef<'_> {
    TableRef::decode(&mut Reader::new(bytes), NESTING_MAX).unwrap()
}

proptest! {
    #[test]
    fn every_list_comes_back(
        texts in prop::array::uniform10(prop::option::of(prop::collection::vec(any::<u8>(), 0..9))),
        (mode, priority, timestamp) in any::<(Option<u8>, Option<u8>, Option<u64>)>(),
        has_headers in any::<bool>(),
    ) {
        let headers = table_bytes(&Table::new().with("k", "v"));
        let [a, b, c, d, e, f, g, h, i, j] = &texts;
        let text = |bytes: &'_ Option<Vec<u8>>| -> Option<ShortStr<'static>> {
            bytes.clone().map(|bytes| ShortStr::from_bytes(bytes.leak()))
        };
        let mut properties = Properties {
            content_type: text(a),
            content_encoding: text(b),
            headers: has_headers.then(|| table(&headers)),
            delivery_mode: mode,
            priority,
            correlation_id: text(c),
            reply_to: text(d),
            expiration: text(e),
            message_id: text(f),
            timestamp,
            type_: text(g),
            user_id: text(h),
            app_id: text(i),
            cluster_id: text(j),
            headers_range: 0..0,
        };
        let mut list = Vec::new();
        properties.encode(&mut list);
        let parsed = Properties::parse(&list).unwrap();
        properties.headers_range = parsed.headers_range.clone();
        prop_assert_eq!(&parsed, &properties);
        if has_headers {
            prop_assert_eq!(&list[parsed.headers_range], &headers[..]);
        }
    }

    #[test]
    fn any_bytes_are_a_list_or_a_fault(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Properties::parse(&bytes);
    }
}

#[test]
fn a_list_is_written_as_the_specification_says() {
    let properties = Properties {
        content_type: Some("a/b".into()),
        delivery_mode: Some(2),
        reply_to: Some("r".into()),
        ..Properties::default()
    };
    let mut list = Vec::new();
    properties.encode(&mut list);
    assert_eq!(list, b"\x92\0\x03a/b\x02\x01r");
}

#[test]
fn headers_are_replaced_added_and_taken_away_and_the_rest_stays() {
    let old = table_bytes(&Table::new().with("old", FieldValue::Void));
    let new = Table::new().with("new", FieldValue::Uint8(1));
    let base = Properties {
        content_type: Some(ShortStr::from_bytes(b"\xe9")),
        priority: Some(3),
        app_id: Some("app".into()),
        ..Properties::default()
    };
    for headers in [None, Some(table(&old))] {
        let mut list = Vec::new();
        Properties { headers, ..base.clone() }.encode(&mut list);
        let parsed = Properties::parse(&list).unwrap();
        for wanted in [None, Some(&new)] {
            let (mut written, mut expected) = (Vec::new(), Vec::new());
            parsed.encode_with_headers(&list, wanted, &mut written);
            let bytes = wanted.map(table_bytes).unwrap_or_default();
            let headers = wanted.map(|_| table(&bytes));
            Properties { headers, ..base.clone() }.encode(&mut expected);
            assert_eq!(written, expected);
        }
    }
}

#[test]
fn a_wrong_property_is_named() {
    let text = |list: &[u8]| Properties::parse(list).unwrap_err().to_string();
    let truncated = "basic.properties.correlation-id: 5 bytes expected, 1 left at offset 3";
    assert_eq!(text(&[0x04, 0, 5, b'a']), truncated);
    let unknown = "basic.properties.headers: unknown type code 0x3f at offset 8";
    assert_eq!(text(b"\x20\0\0\0\0\x03\x01a?"), unknown);
    assert_eq!(text(&[0, 1]), "basic.properties.flags: invalid value 1 at offset 0");
    assert_eq!(text(&[0, 0, 9]), "basic.properties.end: 1 bytes left over at offset 2");
    assert_eq!(text(&[]), "basic.properties.flags: 2 bytes expected, 0 left at offset 0");
}
