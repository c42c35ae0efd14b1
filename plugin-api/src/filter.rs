//! The filter kind: a predicate language, usable on any binding and any subscription.
//!
//! An instance is the language. An expression is compiled once and evaluated many times, by many
//! workers at once; `matches` must not block unless the factory says so.

use crate::error::{Error, Result};
use crate::exchange::Reads;
use crate::message::MessageView;

/// A compiled expression, named by the plugin. Valid until released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct FilterHandle(pub u64);

/// What [`Filter::transform`] makes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Deliver it as it is.
    Pass,
    /// Do not deliver it here.
    Drop,
    /// Send it to the alternate exchange of where it would have gone.
    DeadLetter,
    /// Deliver this body of this content type in its place.
    Replace {
        /// The new body.
        body: Vec<u8>,
        /// Its content type; none keeps the message's own.
        content_type: Option<String>,
    },
}

/// A predicate language.
pub trait Filter: Send + Sync + 'static {
    /// Compiles an expression and says what its answer reads.
    ///
    /// # Errors
    /// An expression that does not compile, with line and column.
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)>;

    /// Forgets a compiled expression.
    fn release(&self, handle: FilterHandle);

    /// For each message, which of the handles match: `answer(message index, handle index)` is
    /// called for every match. An expression that fails on a message does not match it, and is
    /// counted.
    ///
    /// # Errors
    /// A handle that does not exist, or a failure of the plugin.
    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()>;

    /// Whether [`Filter::transform`] is there. A plugin says that by
    /// [`crate::Factory::TRANSFORMS`].
    fn transforms(&self) -> bool {
        false
    }

    /// Decides about a message and may replace its body. Only called where
    /// [`crate::Factory::TRANSFORMS`] says that it is there.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidArgument`] where the expression fails on this message: the
    /// binding says what becomes of it. No such handle, or no such entry.
    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        let _ = (handle, message);
        Err(Error::unsupported("transform"))
    }

    /// Counters as JSON, of the language or of one expression.
    ///
    /// # Errors
    /// No such handle, or no such entry.
    fn inspect(&self, handle: Option<FilterHandle>) -> Result<String> {
        let _ = handle;
        Err(Error::unsupported("inspect"))
    }

    /// How an expression is decided, as JSON.
    ///
    /// # Errors
    /// An expression that does not compile, or no such entry.
    fn explain(&self, expression: &str) -> Result<String> {
        let _ = expression;
        Err(Error::unsupported("explain"))
    }

    /// What the expression answers for this message, and why, as JSON.
    ///
    /// # Errors
    /// An expression that does not compile, or no such entry.
    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        let _ = (expression, message);
        Err(Error::unsupported("try"))
    }
}
