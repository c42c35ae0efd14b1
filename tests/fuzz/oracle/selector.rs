//! What must hold for any text that the compiler of selectors is given.
//!
//! Up to the first NUL, the input is the text of one header; the rest is the selector. What is
//! accepted prints as a selector that is the same, and what is refused is refused at a place inside
//! the text.

use philter_filter_selector::{Selector, limits};
use philter_plugin_api::testing::MockMessage;
use philter_plugin_api::{Property, Value};

/// Compiles and evaluates what `bytes` say.
///
/// # Panics
/// A rule of the language does not hold.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (header, text) = text.split_once('\0').unwrap_or(("x", &*text));
    match text.parse::<Selector>() {
        Ok(selector) => check_selector(&selector, header),
        Err(error) => {
            let (line, column) = (error.place.line as usize, error.place.column as usize);
            let lines: Vec<&str> = text.split('\n').collect();
            assert!((1..=lines.len()).contains(&line), "{error}");
            let columns = lines[line - 1].chars().count() + 1;
            assert!((1..=columns).contains(&column), "{error}");
        }
    }
}

fn check_selector(selector: &Selector, header: &str) {
    let printed = selector.to_string();
    let again = printed.parse::<Selector>();
    // Printing adds spaces, so a long one may have become too long.
    if printed.len() <= limits::SELECTOR_BYTES_MAX {
        assert_eq!(again.as_ref(), Ok(selector), "{printed}");
    }
    for message in messages(header) {
        let answer = selector.answer(&message);
        if let Ok(again) = &again {
            assert_eq!(again.answer(&message), answer, "{printed}");
        }
    }
}

fn messages(header: &str) -> [MockMessage; 3] {
    let message = || MockMessage::new("key");
    [
        message(),
        message().header("a", header).header("b", header).header("c", true),
        message()
            .header("a", 1_i64)
            .header("b", i64::MIN)
            .header("c", Value::Double(0.5))
            .property(Property::Exchange, "amq.topic")
            .property(Property::Priority, Value::Ubyte(4))
            .property(Property::Durable, true)
            .property(Property::MessageId, Value::Uuid([7; 16])),
    ]
}
