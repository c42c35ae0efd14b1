//! The messages that plugins are measured with where nobody brings others: routing keys, headers
//! of about 100 bytes, and a body of JSON of a given length.
//!
//! Invariant: they are the same in every release that does not say otherwise, so that figures can
//! be compared.

use philter_plugin_api::Property;
use philter_plugin_api::testing::MockMessage;

use crate::authoring::trial::BATCH;

/// Bytes of the usual body.
pub(super) const BODY_BYTES: usize = 1024;

const REGIONS: [&str; 4] = ["eu", "us", "asia", "africa"];

/// A batch of them, with bodies of so many bytes.
pub(super) fn messages(body_bytes: usize) -> Vec<MockMessage> {
    (0..BATCH).zip(REGIONS.into_iter().cycle()).map(|it| message(it, body_bytes)).collect()
}

fn message((number, region): (usize, &str), body_bytes: usize) -> MockMessage {
    let amount = i64::try_from(number).unwrap_or_default() * 10;
    let message = MockMessage::new(format!("orders.{region}.{number}"))
        .property(Property::ContentType, "application/json")
        .header("region", region)
        .header("customer", format!("customer-{number:06}"))
        .header("amount", amount)
        .header("trace", format!("{number:032x}"));
    if body_bytes == 0 {
        return message;
    }
    let head = format!(r#"{{"region":"{region}","customer":{number},"amount":{amount},"note":""#);
    let tail = "\"}";
    let note = "x".repeat(body_bytes.saturating_sub(head.len() + tail.len()));
    message.body(format!("{head}{note}{tail}"))
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::{MessageView, encode_map};

    use super::*;

    #[test]
    fn headers_have_about_100_bytes_and_bodies_those_that_are_asked_for() {
        for message in messages(BODY_BYTES) {
            let message: &dyn MessageView = &message;
            let mut headers = Vec::new();
            message.headers(&mut |name, value| {
                headers.push((name.to_owned(), value.to_value().unwrap()));
            });
            let bytes = encode_map(headers).len();
            assert!((90..110).contains(&bytes), "{bytes}");
            assert_eq!(message.body_len(), 1024);
            assert!(serde_json::from_slice::<serde_json::Value>(&message.body()).is_ok());
        }
        assert!(messages(0).iter().all(|message| MessageView::body_len(message) == 0));
    }
}
