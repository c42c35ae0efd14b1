//! Messages that somebody sends to see what happens.

use philter_plugin_api::{Property, Value};

use super::SampleMessage;

/// How deep the nested body goes; parsers that recurse end at some thousand levels.
const NESTED: usize = 100_000;

/// Messages that are well formed for the broker, and as unpleasant as they can be for a plugin.
pub(crate) fn hostile_messages() -> Vec<SampleMessage> {
    let nested_list = (0..20).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    let many_headers = (0..2000).fold(SampleMessage::new("many"), |message, number| {
        message.header(&format!("header-{number}"), i64::from(number))
    });
    vec![
        SampleMessage::new(&".".repeat(255)),
        SampleMessage::new(&"a.".repeat(127)),
        SampleMessage::new(&"#.*.".repeat(60)),
        SampleMessage::new("\u{0}\u{1}\n"),
        SampleMessage::new("\u{1f980}.\u{202e}.\u{10ffff}"),
        SampleMessage::new(&"k".repeat(65_535)),
        SampleMessage::new("a.b").header("color", nested_list),
        SampleMessage::new("a.b").header("", "").header("color", Value::Binary(vec![0xff; 4])),
        SampleMessage::new("a.b").header("size", Value::Double(f64::NAN)),
        SampleMessage::new("a.b").property(Property::ContentType, Value::Binary(vec![0xff])),
        SampleMessage::new("a.b").body([0xff, 0xfe, 0x00, 0xd8]),
        SampleMessage::new("a.b").body("<a>".repeat(NESTED)),
        SampleMessage::new("a.b").body(format!("<a{}/>", " b='c'".repeat(NESTED))),
        SampleMessage::new("a.b").body(vec![0; 1 << 20]),
        many_headers,
    ]
}
