//! Variables of prologs and the context item (XQuery 3.1, sections 4.16 and 4.17).
//!
//! Invariant: a variable is evaluated once, when it is first used; one that is being evaluated and
//! is used is an error. What goes wrong in it is not caught where it is used.

use super::{Evaluator, Focus, Frame, Role, error};
use crate::error::{Error, ErrorCode, Result};
use crate::expression::{Expr, Global};
use crate::value::{Item, Sequence, Value};

/// How far a variable has come.
#[derive(Debug, Default)]
pub(super) enum GlobalState<'a> {
    #[default]
    Untouched,
    /// A value from outside that nobody asked for yet.
    Given(&'a [Value]),
    UnderWay,
    Done(Sequence<'a>),
}

impl<'a> Evaluator<'a> {
    /// Gives an external variable its value, before that of the environment.
    pub(crate) fn give_variable(&self, index: usize, value: &'a [Value]) {
        if let Some(state) = self.globals.get(index) {
            *state.borrow_mut() = GlobalState::Given(value);
        }
    }

    /// Gives the context item, before that of the environment.
    pub(crate) fn give_context_item(&self, item: Item<'a>) {
        // It is given once, before anything asks.
        let _ = self.given_item.set(item);
    }

    /// The value of a prolog's variable.
    pub(super) fn global(&self, index: usize) -> Result<Sequence<'a>> {
        let (Some(global), Some(state)) =
            (self.program.globals.get(index), self.globals.get(index))
        else {
            return Ok(Sequence::Empty);
        };
        let before = std::mem::replace(&mut *state.borrow_mut(), GlobalState::UnderWay);
        let given = match before {
            GlobalState::Untouched => {
                self.environment.variables.get(&global.name).map(Vec::as_slice)
            }
            GlobalState::Given(values) => Some(values),
            GlobalState::Done(value) => {
                *state.borrow_mut() = GlobalState::Done(value.clone());
                return Ok(value);
            }
            GlobalState::UnderWay => {
                let text = format!("the value of ${} depends on itself", global.name);
                return Err(error("XQDY0054", text));
            }
        };
        let given = given.filter(|_| global.external);
        let value = self.global_value(global, given);
        let value = value.map_err(|error| error.at(global.span).outside_of_try());
        *state.borrow_mut() = match &value {
            Ok(value) => GlobalState::Done(value.clone()),
            Err(_) => given.map_or(GlobalState::Untouched, GlobalState::Given),
        };
        value
    }

    fn global_value(&self, global: &'a Global, given: Option<&'a [Value]>) -> Result<Sequence<'a>> {
        let value = match (given, &global.value) {
            (Some(given), _) => self.import_borrowed(given)?,
            (None, Some((expr, slots))) => {
                let frame = Frame::new(*slots, &global.context);
                self.meter.build(slots * Frame::SLOT_BYTES)?;
                self.evaluate_global(expr, &frame)?
            }
            (None, None) => {
                let text = format!("the external variable ${} has no value", global.name);
                return Err(error("XPDY0002", text));
            }
        };
        self.bound(value, global.kind.as_ref(), Role::GlobalVariable(&global.name))
    }

    /// A variable that the context item itself is made of has no context item.
    fn evaluate_global(&self, expr: &'a Expr, frame: &Frame<'a>) -> Result<Sequence<'a>> {
        if !self.focus_under_way.get() {
            return self.evaluate(expr, frame, self.initial_focus()?);
        }
        self.evaluate(expr, frame, None).map_err(|error| match error.code() {
            ErrorCode::Standard("XPDY0002") => depends_on_itself().at(expr.span),
            _ => error,
        })
    }

    /// The focus of the query's body and of variables; none where there is no context item.
    pub(super) fn initial_focus(&self) -> Result<Option<&Focus<'a>>> {
        if self.initial_focus.get().is_none() {
            if self.focus_under_way.replace(true) {
                return Err(depends_on_itself());
            }
            let item = self.initial_item();
            self.focus_under_way.set(false);
            let focus = item?.map(|item| Focus { item, position: 1, size: Some(1) });
            let _ = self.initial_focus.set(focus);
        }
        Ok(self.initial_focus.get().and_then(Option::as_ref))
    }

    fn initial_item(&self) -> Result<Option<Item<'a>>> {
        let given = self.environment.context_item.as_ref();
        let default = self.program.context_item_default.as_ref();
        let is_taken = self.program.context_item_external || default.is_none();
        let borrowed = self.given_item.get().filter(|_| is_taken);
        if borrowed.is_some() && self.program.context_item_types.is_empty() {
            return Ok(borrowed.cloned());
        }
        let value = match (given, default) {
            _ if borrowed.is_some() => borrowed.cloned().into(),
            (Some(given), _) if is_taken => self.import_borrowed(std::slice::from_ref(given))?,
            (_, Some((expr, slots))) => {
                let frame = Frame::new(*slots, &self.program.context);
                self.evaluate(expr, &frame, None)?
            }
            _ => return Ok(None),
        };
        let Some(item) = value.only().cloned() else {
            let found = value.describe();
            return Err(error("XPTY0004", format!("the context item is one item, found {found}")));
        };
        for kind in &self.program.context_item_types {
            self.require(value.clone(), kind, Role::ContextItem)?;
        }
        Ok(Some(item))
    }
}

fn depends_on_itself() -> Error {
    error("XQDY0054", "the context item depends on itself")
}
