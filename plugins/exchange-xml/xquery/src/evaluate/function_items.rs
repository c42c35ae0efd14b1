//! Functions as items: named references, inline functions, partial applications (XQuery 3.1,
//! sections 3.1.6, 3.1.7 and 3.1.5.1).

use std::rc::Rc;
use std::sync::Arc;

use super::conversion::Role;
use super::{Evaluator, Focus, Frame, error};
use crate::atomic::AtomicType;
use crate::error::Result;
use crate::expression::{Expr, Kind, StaticContext};
use crate::functions::Builtin;
use crate::name::QName;
use crate::types::{FunctionType, ItemType, SequenceType};
use crate::value::{Function, FunctionBody, Item, Sequence};

impl<'a> Evaluator<'a> {
    pub(super) fn function_item(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        match &expr.kind {
            Kind::Partial { function, arguments } => {
                let callee = self.evaluate(function, frame, focus)?;
                let callee = self.only_function(&callee, function)?.clone();
                let mut given = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let value = argument.as_ref().map(|value| self.evaluate(value, frame, focus));
                    given.push(value.transpose()?);
                }
                Ok(self.partial(&callee, given)?.into())
            }
            Kind::BuiltinItem { builtin, arity, context } => {
                Ok(self.builtin_item(builtin, *arity, context, focus)?.into())
            }
            Kind::FunctionItem { function, captured } => {
                let captured = captured.iter().map(|slot| frame.get(*slot)).collect();
                Ok(self.declared_item(*function, captured)?.into())
            }
            _ => Ok(Sequence::Empty),
        }
    }

    /// A function of the library as an item; it keeps the focus it is made in.
    ///
    /// # Errors
    ///
    /// Limits.
    pub(crate) fn builtin_item(
        &self,
        builtin: &'static Builtin,
        arity: usize,
        context: &'a StaticContext,
        focus: Option<&Focus<'a>>,
    ) -> Result<Item<'a>> {
        let (prefix, _) = builtin.name.split_once(':').unwrap_or_default();
        self.new_function(Function {
            name: Some(QName::prefixed(prefix, builtin.namespace, builtin.local)),
            signature: builtin.signature_of(arity),
            body: FunctionBody::Builtin { builtin, context, focus: focus.cloned() },
            depth: focus.map_or(0, |focus| focus.item.depth()) + 1,
        })
    }

    /// A declared function, by its index in the program, as an item.
    ///
    /// # Errors
    ///
    /// Limits.
    pub(crate) fn declared_item(
        &self,
        function: usize,
        captured: Vec<Sequence<'a>>,
    ) -> Result<Item<'a>> {
        let Some(declaration) = self.program.functions.get(function) else {
            return Err(error("XPST0017", "there is no such function"));
        };
        self.meter.build(captured.len() * size_of::<Sequence<'_>>())?;
        let depth = captured.iter().map(Sequence::depth).max().unwrap_or(0) + 1;
        self.new_function(Function {
            name: declaration.name.clone(),
            signature: Arc::clone(&declaration.signature),
            body: FunctionBody::Declared { declaration, captured },
            depth,
        })
    }

    /// A function with some arguments given.
    fn partial(&self, callee: &Item<'a>, given: Vec<Option<Sequence<'a>>>) -> Result<Item<'a>> {
        let function = self.as_function(callee)?;
        let parameters = &function.signature.parameters;
        if parameters.len() != given.len() {
            let (found, arguments) = (callee.describe(), given.len());
            let text = format!("{found} is applied to {arguments} arguments");
            return Err(error("XPTY0004", text));
        }
        let mut converted = Vec::with_capacity(given.len());
        let mut open = Vec::new();
        for (index, (argument, kind)) in given.into_iter().zip(parameters).enumerate() {
            let role = Role::Argument(index, function.name.as_ref());
            if argument.is_none() {
                open.push(kind.clone());
            }
            converted.push(argument.map(|value| self.convert(value, kind, role)).transpose()?);
        }
        let given_depth = converted.iter().flatten().map(Sequence::depth).max().unwrap_or(0);
        self.meter.build(converted.len() * size_of::<Sequence<'_>>())?;
        let result = function.signature.result.clone();
        self.new_function(Function {
            name: None,
            signature: Arc::new(FunctionType { parameters: open, result }),
            depth: function.depth.max(given_depth) + 1,
            body: FunctionBody::Partial { function, arguments: converted },
        })
    }

    /// The item as a function; a map or an array becomes one of its keys or positions.
    fn as_function(&self, item: &Item<'a>) -> Result<Rc<Function<'a>>> {
        let key = match item {
            Item::Function(function) => return Ok(Rc::clone(function)),
            Item::Map(_) => AtomicType::AnyAtomic,
            _ => AtomicType::Integer,
        };
        let parameters = vec![SequenceType::one(ItemType::Atomic(key))];
        let function = Function {
            name: None,
            signature: Arc::new(FunctionType { parameters, result: SequenceType::ANY }),
            body: FunctionBody::Lookup { item: item.clone() },
            depth: item.depth() + 1,
        };
        self.meter.value_depth(function.depth)?;
        Ok(Rc::new(function))
    }
}
