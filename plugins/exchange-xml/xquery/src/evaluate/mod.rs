//! Evaluates a compiled query (XQuery 3.1, section 2.2.3.2).
//!
//! An expression can be asked for its value, for its items one by one, or for its truth; each
//! expression answers one of the three itself, and the others come from that. Items one by one go
//! to a closure that says when it has enough, so that `exists`, `[1]`, `=` and the like end early
//! and sequences in between are never kept.
//!
//! Invariants: an evaluation runs on one thread, and what it makes lives until its end in its
//! arena; whatever recurses makes sure of its stack; whatever loops asks the meter.

mod arithmetic;
mod atomize;
mod attributes;
mod booleans;
mod calls;
mod casts;
mod clock;
mod comparisons;
mod conditionals;
mod constructors;
mod content;
mod conversion;
mod elements;
mod expressions;
mod filters;
mod flwor;
mod frame;
mod function_items;
mod globals;
mod lookups;
mod matching;
mod names;
mod node_sets;
mod paths;
mod plain_paths;
mod quantified;
mod scope;
mod transfer;
mod try_catch;
mod tuples;
mod windows;

#[cfg(test)]
mod tests;

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::ControlFlow;
use std::sync::Arc;

use typed_arena::Arena;

pub(crate) use atomize::{atomize, atomize_item, is_untyped, stack, string_value, typed_value};
pub(crate) use booleans::{effective_boolean_value, truth_of};
pub(crate) use conversion::Role;
pub(crate) use frame::Frame;

use crate::atomic::DateTime;
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result, Span};
use crate::expression::Program;
use crate::functions::Read;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::tree::{Node, Tree};
use crate::value::{Item, Sequence};
use globals::GlobalState;

/// The context item, its position, and how many there are (XQuery 3.1, section 2.1.2).
#[derive(Clone, Debug)]
pub(crate) struct Focus<'a> {
    pub(crate) item: Item<'a>,
    /// From 1.
    pub(crate) position: usize,
    /// None where nothing in its scope asks.
    pub(crate) size: Option<usize>,
}

/// Whether more items are wanted.
pub(crate) type Flow = ControlFlow<()>;

/// Where items go, one by one.
pub(crate) type Sink<'s, 'a> = &'s mut dyn FnMut(Item<'a>) -> Result<Flow>;

/// More items are wanted.
pub(crate) const MORE: Result<Flow> = Ok(ControlFlow::Continue(()));
/// No more items are wanted.
pub(crate) const ENOUGH: Result<Flow> = Ok(ControlFlow::Break(()));

/// Trees that live as long as an evaluation; most filters have none.
pub(crate) type Trees = OnceCell<Arena<Arc<Tree>>>;

/// One evaluation of a program.
pub(crate) struct Evaluator<'a> {
    pub(crate) program: &'a Program,
    pub(crate) environment: &'a Environment,
    pub(crate) meter: Meter<'a>,
    /// Trees that the evaluation made or was given.
    trees: &'a Trees,
    globals: Vec<RefCell<GlobalState<'a>>>,
    given_item: OnceCell<Item<'a>>,
    /// The focus of the body and of prolog variables, once it is asked for.
    initial_focus: OnceCell<Option<Focus<'a>>>,
    focus_under_way: Cell<bool>,
    now: OnceCell<DateTime>,
    /// Where the call stands that was begun last: for functions that call functions.
    call_span: Cell<Span>,
    /// What functions such as `fn:doc` have read.
    pub(crate) read: Read<'a>,
}

impl<'a> Evaluator<'a> {
    /// An evaluation that has not begun.
    #[inline]
    pub(crate) fn new(
        program: &'a Program,
        environment: &'a Environment,
        trees: &'a Trees,
        limits: &'a Limits,
    ) -> Self {
        Self {
            program,
            environment,
            meter: Meter::new(limits),
            trees,
            globals: program.globals.iter().map(|_| RefCell::default()).collect(),
            given_item: OnceCell::new(),
            initial_focus: OnceCell::new(),
            focus_under_way: Cell::new(false),
            now: OnceCell::new(),
            call_span: Cell::default(),
            read: Read::default(),
        }
    }

    /// The query's result.
    ///
    /// # Errors
    ///
    /// The query's own, and limits.
    pub(crate) fn run(&self) -> Result<Sequence<'a>> {
        let focus = self.initial_focus()?;
        let frame = Frame::new(self.program.body_slots, &self.program.context);
        self.meter.build(self.program.body_slots * Frame::SLOT_BYTES)?;
        self.evaluate(&self.program.body, &frame, focus)
    }

    /// The effective boolean value of the query's result; what does not matter for it is not
    /// evaluated.
    ///
    /// # Errors
    ///
    /// The query's own, and limits.
    pub(crate) fn run_boolean(&self) -> Result<bool> {
        let focus = self.initial_focus()?;
        let frame = Frame::new(self.program.body_slots, &self.program.context);
        self.meter.build(self.program.body_slots * Frame::SLOT_BYTES)?;
        self.truth(&self.program.body, &frame, focus)
    }

    /// Keeps a tree until the evaluation ends, and gives its root.
    pub(crate) fn adopt(&self, tree: Arc<Tree>) -> Node<'a> {
        let kept: &'a Arc<Tree> = self.trees.get_or_init(Arena::new).alloc(tree);
        kept.root()
    }
}

/// An error with a code of the W3C.
pub(crate) fn error(code: &'static str, text: impl Into<String>) -> Error {
    Error::new(ErrorCode::Standard(code), text)
}
