//! Calls of functions (XQuery 3.1, sections 3.1.5 and 3.2.2).
//!
//! Invariants: arguments are converted to the types of parameters before a function sees them, the
//! result of a declared function to its type; calls inside each other are counted.

use smallvec::SmallVec;

use super::conversion::Role;
use super::{Evaluator, Focus, Frame, atomize, error};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::expression::{Expr, FunctionDeclaration, Kind, StaticContext};
use crate::functions::{Builtin, Call};
use crate::types::{FunctionType, SequenceType};
use crate::value::{Array, Function, FunctionBody, Item, Sequence};

/// Frames of this many slots are taken to be for free.
const SLOTS_FREE: usize = 16;

impl<'a> Evaluator<'a> {
    /// Calls of functions, and functions as items.
    pub(super) fn evaluate_function(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        match &expr.kind {
            Kind::CallBuiltin { builtin, arguments, context } => {
                let mut values: SmallVec<[Sequence<'a>; 3]> = SmallVec::new();
                for (index, argument) in arguments.iter().enumerate() {
                    let value = self.evaluate(argument, frame, focus)?;
                    let value = self.builtin_argument(builtin, index, value);
                    values.push(value.map_err(|error| error.at(argument.span))?);
                }
                self.call_span.set(expr.span);
                self.call_builtin(builtin, &values, context, focus)
            }
            Kind::Call { function, arguments } => {
                let Some(declaration) = self.program.functions.get(*function) else {
                    return Ok(Sequence::Empty);
                };
                let callee = Frame::new(declaration.slots, &declaration.context);
                let parameters = &declaration.signature.parameters;
                for (index, (argument, kind)) in arguments.iter().zip(parameters).enumerate() {
                    let value = self.evaluate(argument, frame, focus)?;
                    let role = Role::Argument(index, declaration.name.as_ref());
                    let value = self.convert(value, kind, role);
                    callee.set(index, value.map_err(|error| error.at(argument.span))?);
                }
                self.meter.enter_call()?;
                let result = self.run_declared(declaration, &callee);
                self.meter.leave_call();
                result
            }
            Kind::CallDynamic { function, arguments } => {
                let callee = self.evaluate(function, frame, focus)?;
                let callee = self.only_function(&callee, function)?;
                let arguments = arguments.iter();
                let arguments: Vec<_> = arguments
                    .map(|argument| self.evaluate(argument, frame, focus))
                    .collect::<Result<_>>()?;
                self.call_span.set(expr.span);
                self.call(callee, arguments)
            }
            _ => self.function_item(expr, frame, focus),
        }
    }

    /// The one function that a dynamic call calls.
    pub(super) fn only_function<'s>(
        &self,
        callee: &'s Sequence<'a>,
        expr: &Expr,
    ) -> Result<&'s Item<'a>> {
        match callee.only() {
            Some(item @ (Item::Function(_) | Item::Map(_) | Item::Array(_))) => Ok(item),
            _ => {
                let found = callee.describe();
                Err(error("XPTY0004", format!("only a function is called, found {found}"))
                    .at(expr.span))
            }
        }
    }

    /// Calls a function item with arguments that still need conversion.
    ///
    /// # Errors
    ///
    /// `XPTY0004` for a wrong number of arguments or arguments of a wrong type, what the function
    /// raises, limits.
    pub(crate) fn call(
        &self,
        function: &Item<'a>,
        arguments: Vec<Sequence<'a>>,
    ) -> Result<Sequence<'a>> {
        self.meter.step()?;
        self.meter.enter_call()?;
        let result = super::stack(|| self.call_item(function, arguments));
        self.meter.leave_call();
        result
    }

    fn call_item(
        &self,
        function: &Item<'a>,
        mut arguments: Vec<Sequence<'a>>,
    ) -> Result<Sequence<'a>> {
        let arity = match function {
            Item::Function(function) => function.signature.parameters.len(),
            _ => 1,
        };
        if arity != arguments.len() {
            let (found, given) = (function.describe(), arguments.len());
            return Err(error("XPTY0004", format!("{found} is called with {given} arguments")));
        }
        match function {
            Item::Function(function) => {
                self.convert_arguments(function, &mut arguments)?;
                self.call_function(function, arguments)
            }
            Item::Map(map) => {
                let key = self.key(arguments.first(), "a key of a map")?;
                Ok(map.get(&key).cloned().unwrap_or_default())
            }
            Item::Array(array) => {
                let kind = SequenceType::one(crate::types::ItemType::Atomic(
                    crate::atomic::AtomicType::Integer,
                ));
                let position = arguments.pop().unwrap_or_default();
                let position = self.convert(position, &kind, Role::ArrayPosition)?;
                let Some(Item::Atomic(position)) = position.first() else {
                    return Ok(Sequence::Empty);
                };
                member_at(array, position).cloned()
            }
            Item::Node(_) | Item::Atomic(_) => {
                let found = function.describe();
                Err(error("XPTY0004", format!("only a function is called, found {found}")))
            }
        }
    }

    /// The one atomic value of an argument.
    fn key(&self, argument: Option<&Sequence<'a>>, what: &str) -> Result<Atomic> {
        let value = argument.cloned().unwrap_or_default();
        let value = atomize(&self.meter, &value)?;
        match value.only() {
            Some(Item::Atomic(atomic)) => Ok(atomic.clone()),
            _ => {
                let found = value.describe();
                Err(error("XPTY0004", format!("{what} is one atomic value, found {found}")))
            }
        }
    }

    fn convert_arguments(
        &self,
        function: &Function<'a>,
        arguments: &mut [Sequence<'a>],
    ) -> Result<()> {
        let parameters = &function.signature.parameters;
        for (index, (argument, kind)) in arguments.iter_mut().zip(parameters).enumerate() {
            let role = Role::Argument(index, function.name.as_ref());
            *argument = self.convert(std::mem::take(argument), kind, role)?;
        }
        Ok(())
    }

    /// Calls a function with arguments of the right number and types.
    fn call_function(
        &self,
        function: &Function<'a>,
        arguments: Vec<Sequence<'a>>,
    ) -> Result<Sequence<'a>> {
        match &function.body {
            FunctionBody::Builtin { builtin, context, focus, .. } => {
                self.call_builtin(builtin, &arguments, context, focus.as_ref())
            }
            FunctionBody::Declared { declaration, captured } => {
                let frame = Frame::new(declaration.slots, &declaration.context);
                let arguments = arguments.into_iter().enumerate();
                arguments.for_each(|(slot, argument)| frame.set(slot, argument));
                let captured = declaration.captured.iter().zip(captured);
                captured.for_each(|(slot, value)| frame.set(*slot, value.clone()));
                self.run_declared(declaration, &frame)
            }
            FunctionBody::Partial { function, arguments: given } => {
                let mut rest = arguments.into_iter();
                let all = given.iter().map(|argument| match argument {
                    Some(argument) => argument.clone(),
                    None => rest.next().unwrap_or_default(),
                });
                let all = all.collect();
                self.call(&Item::Function(function.clone()), all)
            }
            FunctionBody::Lookup { item } => self.call(item, arguments),
            FunctionBody::Coerced { function: inner } => {
                let result = self.call(inner, arguments)?;
                let role = Role::Result(function.name.as_ref());
                self.convert(result, &function.signature.result, role)
            }
        }
    }

    fn builtin_argument(
        &self,
        builtin: &Builtin,
        index: usize,
        value: Sequence<'a>,
    ) -> Result<Sequence<'a>> {
        match builtin.parameter(index) {
            Some(kind) => self.convert(value, kind, Role::BuiltinArgument(index, builtin.name)),
            None => Ok(value),
        }
    }

    fn call_builtin(
        &self,
        builtin: &Builtin,
        arguments: &[Sequence<'a>],
        context: &'a StaticContext,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let call = Call { evaluator: self, focus, context, span: self.call_span.get() };
        (builtin.body)(&call, arguments).map_err(|error| error.at(call.span))
    }

    /// Runs a declared or inline function; its arguments are in the frame.
    fn run_declared(
        &self,
        declaration: &'a FunctionDeclaration,
        frame: &Frame<'a>,
    ) -> Result<Sequence<'a>> {
        if let Some(more @ 1..) = declaration.slots.checked_sub(SLOTS_FREE) {
            self.meter.build(more * Frame::SLOT_BYTES)?;
        }
        let result = self.evaluate(&declaration.body, frame, None);
        let FunctionType { result: kind, .. } = &*declaration.signature;
        let role = Role::Result(declaration.name.as_ref());
        let converted = result.and_then(|value| self.convert(value, kind, role));
        let located = |error: Error| {
            let error = error.at(declaration.body.span);
            match &declaration.module {
                Some(uri) => error.in_module(uri),
                None => error,
            }
        };
        converted.map_err(located)
    }
}

/// The member at a position from 1.
///
/// # Errors
///
/// `FOAY0001` where there is none.
pub(super) fn member_at<'s, 'a>(
    array: &'s Array<'a>,
    position: &Atomic,
) -> Result<&'s Sequence<'a>> {
    let index = match position {
        Atomic::Integer(position, _) => position.checked_sub(1),
        _ => None,
    };
    let member = index.and_then(|index| usize::try_from(index).ok()).and_then(|i| array.get(i));
    member.ok_or_else(|| {
        let (position, members) = (position.to_text(), array.len());
        error("FOAY0001", format!("there is no member {position} in an array of {members}"))
    })
}
