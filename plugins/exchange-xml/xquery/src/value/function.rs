//! Function items other than maps and arrays (data model, section 2.7.1).

use std::rc::Rc;
use std::sync::Arc;

use super::{Sequence, with_stack};
use crate::atomic::Atomic;
use crate::expression::FunctionDeclaration;
use crate::functions::Builtin;
use crate::name::QName;
use crate::types::FunctionType;

/// A function.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    /// None for an anonymous function.
    pub(crate) name: Option<QName>,
    /// Parameters and result, as many parameters as the function still takes.
    pub(crate) signature: Arc<FunctionType>,
    pub(crate) body: FunctionBody<'a>,
    /// How many maps, arrays and functions it holds in each other, itself included.
    pub(crate) depth: usize,
}

/// What a call does.
#[derive(Debug)]
pub(crate) enum FunctionBody<'a> {
    /// A function of the library; with the focus it was made in, where it depends on that.
    Builtin {
        builtin: &'static Builtin,
        context: &'a crate::expression::StaticContext,
        focus: Option<crate::evaluate::Focus<'a>>,
    },
    /// A declared or inline function, with the values of what it captured.
    Declared { declaration: &'a FunctionDeclaration, captured: Vec<Sequence<'a>> },
    /// A function with some arguments given; `None` is a place for one of the rest.
    Partial { function: Rc<Function<'a>>, arguments: Vec<Option<Sequence<'a>>> },
    /// A map or an array of which a partial application or a coercion made a function.
    Lookup { item: super::Item<'a> },
    /// A function seen through another signature (function coercion, section 3.1.5.3).
    Coerced { function: super::Item<'a> },
}

impl Drop for Function<'_> {
    fn drop(&mut self) {
        if self.depth > 1 {
            let nothing = FunctionBody::Lookup { item: Atomic::Boolean(false).into() };
            let body = std::mem::replace(&mut self.body, nothing);
            with_stack(|| drop(body));
        }
    }
}
