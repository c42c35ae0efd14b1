//! Evaluates a compiled query (XQuery 3.1, section 2.2.3.2).
//!
//! Invariants: an evaluation runs on one thread, and what it makes lives until its end in its
//! arena; whatever recurses makes sure of its stack; whatever loops asks the meter.

mod atomize;
mod booleans;
mod clock;

use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

use typed_arena::Arena;

pub(crate) use atomize::{atomize, atomize_item, is_untyped, stack, string_value, typed_value};
pub(crate) use booleans::effective_boolean_value;

use crate::atomic::DateTime;
use crate::environment::Environment;
use crate::error::{Error, ErrorCode, Result};
use crate::expression::{Expr, Program};
use crate::limits::Limits;
use crate::meter::Meter;
use crate::tree::{Node, Tree};
use crate::value::{Item, Sequence};

/// The context item, its position, and how many there are (XQuery 3.1, section 2.1.2).
#[derive(Clone, Debug)]
pub(crate) struct Focus<'a> {
    pub(crate) item: Item<'a>,
    /// From 1.
    pub(crate) position: usize,
    /// None where nothing in its scope asks.
    pub(crate) size: Option<usize>,
}

/// One evaluation of a program.
pub(crate) struct Evaluator<'a> {
    pub(crate) program: &'a Program,
    pub(crate) environment: &'a Environment,
    pub(crate) meter: Meter<'a>,
    /// Trees that the evaluation made or was given.
    trees: &'a Arena<Arc<Tree>>,
    globals: Vec<RefCell<Option<Sequence<'a>>>>,
    now: OnceCell<DateTime>,
}

/// The variables of one call, by slot.
pub(crate) struct Frame<'a> {
    slots: Vec<RefCell<Sequence<'a>>>,
}

impl<'a> Evaluator<'a> {
    /// An evaluation that has not begun.
    pub(crate) fn new(
        program: &'a Program,
        environment: &'a Environment,
        trees: &'a Arena<Arc<Tree>>,
        limits: &'a Limits,
    ) -> Self {
        let globals = program.globals.iter().map(|_| RefCell::default()).collect();
        let meter = Meter::new(limits);
        Self { program, environment, meter, trees, globals, now: OnceCell::new() }
    }

    /// The query's result.
    ///
    /// # Errors
    ///
    /// The query's own, and limits.
    pub(crate) fn run(&self) -> Result<Sequence<'a>> {
        todo!("helper: evaluator")
    }

    /// The effective boolean value of the query's result; what does not matter for it is not
    /// evaluated.
    ///
    /// # Errors
    ///
    /// The query's own, and limits.
    pub(crate) fn run_boolean(&self) -> Result<bool> {
        todo!("helper: evaluator")
    }

    /// Keeps a tree until the evaluation ends, and gives its root.
    pub(crate) fn adopt(&self, tree: Arc<Tree>) -> Node<'a> {
        let kept: &'a Arc<Tree> = self.trees.alloc(tree);
        kept.root()
    }

    /// Calls a function item with arguments that still need conversion.
    pub(crate) fn call(
        &self,
        function: &Item<'a>,
        arguments: Vec<Sequence<'a>>,
    ) -> Result<Sequence<'a>> {
        let _ = (function, arguments);
        todo!("helper: evaluator")
    }

    /// The value of an expression.
    pub(crate) fn evaluate(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let _ = (expr, frame, focus);
        todo!("helper: evaluator")
    }
}

/// An error with a code of the W3C.
pub(crate) fn error(code: &'static str, text: impl Into<String>) -> Error {
    Error::new(ErrorCode::Standard(code), text)
}
