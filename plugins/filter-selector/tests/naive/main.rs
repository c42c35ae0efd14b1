//! Random selectors answer as a second evaluator says that knows nothing of the first: it works on
//! the tree that the selector's text was made of, and on numbers and truths of its own.
#![cfg(test)]

mod evaluator;
mod tree;

use philter_filter_selector::{Selector, Truth};
use philter_plugin_api::testing::MockMessage;
use proptest::prelude::*;

use evaluator::{Datum, Headers};

fn message(headers: &Headers) -> MockMessage {
    headers.iter().fold(MockMessage::new("k"), |message, (name, datum)| match datum {
        Datum::Null => message,
        Datum::Bool(it) => message.header(*name, *it),
        Datum::Long(it) => message.header(*name, *it),
        Datum::Double(it) => message.header(*name, philter_plugin_api::Value::Double(*it)),
        Datum::Text(it) => message.header(*name, it.as_str()),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_selector_answers_as_the_naive_evaluator_says(
        tree in tree::tree(),
        headers in evaluator::headers(),
    ) {
        let text = tree.to_string();
        let selector: Selector = match text.parse() {
            Ok(selector) => selector,
            Err(error) => return Err(TestCaseError::fail(format!("{text}: {error}"))),
        };
        let expected = match evaluator::truth(&tree, &headers) {
            Some(true) => Truth::True,
            Some(false) => Truth::False,
            None => Truth::Unknown,
        };
        let message = message(&headers);
        prop_assert_eq!(selector.answer(&message), expected, "{}", text);
        prop_assert_eq!(selector.selects(&message), expected == Truth::True);
        let again: Selector = selector.to_string().parse().unwrap();
        prop_assert_eq!(&again, &selector, "{} printed as {}", text, selector);
    }
}
