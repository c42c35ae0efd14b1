//! Filter language `my-plugin`: `NAME = VALUE` matches the messages whose header NAME has that
//! value, a text or a whole number.
//!
//! Begin with `Expression`: what it parses is the language, and what it answers for a message is
//! the filter. The rest keeps compiled expressions and hands messages over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use philter_plugin_api::{
    Context, Error, ErrorKind, Factory, Filter, FilterHandle, MessageView, Reads, Result,
    export_plugin,
};

/// A compiled expression.
struct Expression {
    header: String,
    value: String,
}

impl Expression {
    /// What it reads of a message. The broker hands over no more than this.
    const READS: Reads = Reads::HEADERS;

    fn parse(text: &str) -> Result<Self> {
        let Some((header, value)) = text.split_once('=') else {
            let end = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            return Err(Error::invalid("wanted NAME = VALUE, found no =").at(1, end + 1));
        };
        let (header, value) = (header.trim().to_owned(), value.trim().to_owned());
        if header.is_empty() {
            return Err(Error::invalid("wanted the name of a header before the =").at(1, 1));
        }
        Ok(Self { header, value })
    }

    fn matches(&self, message: &dyn MessageView) -> bool {
        let Some(found) = message.header(&self.header) else { return false };
        match (found.as_str(), found.as_i64()) {
            (Some(text), _) => text == self.value,
            (None, Some(number)) => self.value.parse() == Ok(number),
            (None, None) => false,
        }
    }
}

/// The language: every expression that is compiled now, by its handle.
#[derive(Default)]
struct Language {
    next: AtomicU64,
    expressions: RwLock<HashMap<FilterHandle, Expression>>,
}

impl Factory for Language {
    const TYPE_NAME: &'static str = "my-plugin";
    const ENTRIES: &'static [&'static str] = &[]; // of inspect, explain and try

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self::default())
    }
}

impl Filter for Language {
    fn compile(&self, text: &str) -> Result<(FilterHandle, Reads)> {
        let expression = Expression::parse(text)?;
        let handle = FilterHandle(self.next.fetch_add(1, Ordering::Relaxed));
        let mut expressions = self.expressions.write().unwrap_or_else(PoisonError::into_inner);
        expressions.insert(handle, expression);
        Ok((handle, Expression::READS))
    }

    fn release(&self, handle: FilterHandle) {
        let mut expressions = self.expressions.write().unwrap_or_else(PoisonError::into_inner);
        expressions.remove(&handle);
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let expressions = self.expressions.read().unwrap_or_else(PoisonError::into_inner);
        for (number, handle) in handles.iter().enumerate() {
            let Some(expression) = expressions.get(handle) else {
                return Err(Error::new(ErrorKind::NotFound, "no such expression"));
            };
            for (index, message) in batch.iter().enumerate() {
                if expression.matches(*message) {
                    answer(index, number);
                }
            }
        }
        Ok(())
    }
}

export_plugin! { filter: [Language] }

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::testing::{MockMessage, context};

    use super::*;

    fn matches(expression: &str, message: &MockMessage) -> bool {
        let language = Language::create(&context("my-plugin")).unwrap();
        let (handle, _) = language.compile(expression).unwrap();
        let mut found = false;
        language.matches(&[message], &[handle], &mut |_, _| found = true).unwrap();
        found
    }

    #[test]
    fn compares_texts_and_numbers() {
        let message = MockMessage::new("k").header("region", "eu").header("amount", Value::Int(7));
        assert!(matches("region = eu", &message));
        assert!(matches("amount = 7", &message));
        assert!(!matches("region = us", &message));
        assert!(!matches("colour = red", &message));
    }

    #[test]
    fn says_where_an_expression_is_wrong() {
        let language = Language::create(&context("my-plugin")).unwrap();
        assert_eq!(language.compile("region").unwrap_err().place(), Some((1, 7)));
        assert_eq!(language.compile(" = eu").unwrap_err().place(), Some((1, 1)));
    }
}
