//! Try/catch expressions (XQuery 3.1, section 3.16).
//!
//! Invariant: what a limit ended is not caught.

use super::{Evaluator, Focus, Frame};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::expression::{Catch, Expr, Slot};
use crate::name::QName;
use crate::types::NameTest;
use crate::value::{Item, Sequence};

impl<'a> Evaluator<'a> {
    pub(super) fn try_catch(
        &self,
        body: &'a Expr,
        catches: &'a [Catch],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let error = match self.evaluate(body, frame, focus) {
            Err(error) if error.is_catchable() => error,
            result => return result,
        };
        let name = error.name();
        let catches_it = |catch: &&Catch| {
            catch.errors.is_empty() || catch.errors.iter().any(|test| passes(test, &name))
        };
        let Some(catch) = catches.iter().find(catches_it) else { return Err(error) };
        self.bind_error(&error, name.clone(), catch.slots, frame)?;
        self.evaluate(&catch.body, frame, focus)
    }

    /// `$err:code` and the six others.
    fn bind_error(&self, error: &Error, name: QName, first: Slot, frame: &Frame<'a>) -> Result<()> {
        let source = self.program.sources.iter();
        let mut source = source.filter(|(module, _)| module.as_deref() == error.module());
        let located = match source.next() {
            Some((_, text)) => error.clone().in_source(text),
            None => error.clone(),
        };
        let description = error.message();
        self.meter.build(description.len())?;
        let number = |number: Option<u32>| number.map(Item::integer).into();
        let values: [Sequence<'a>; 7] = [
            Item::Atomic(Atomic::QName(name.into())).into(),
            if description.is_empty() { Sequence::Empty } else { Item::string(description).into() },
            self.import(error.value())?,
            error.module().map(Item::string).into(),
            number(located.place().map(|place| place.line)),
            number(located.place().map(|place| place.column)),
            // `$err:additional`.
            Sequence::Empty,
        ];
        values.into_iter().enumerate().for_each(|(index, value)| frame.set(first + index, value));
        Ok(())
    }
}

fn passes(test: &NameTest, name: &QName) -> bool {
    match test {
        NameTest::Name(expected) => expected == name,
        NameTest::Local(local) => *local == name.local,
        NameTest::Namespace(uri) => *uri == name.namespace,
    }
}
