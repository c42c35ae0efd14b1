//! The function conversion rules (XQuery 3.1, section 3.1.5.2) and function coercion (3.1.5.3).
//!
//! Invariant: a value that is of the type already comes out as it is.

use std::fmt::{Display, Formatter};
use std::rc::Rc;
use std::sync::Arc;

use super::matching::{mismatch, occurs};
use super::{Evaluator, atomize, error};
use crate::atomic::{Atomic, AtomicType, cast};
use crate::error::Result;
use crate::name::QName;
use crate::types::{FunctionType, ItemType, SequenceType};
use crate::value::{Function, FunctionBody, Item, Sequence, SequenceBuilder};

/// What a value is for: for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role<'r> {
    /// An argument by its index from 0, of a function with this name.
    Argument(usize, Option<&'r QName>),
    /// The same of a function of the library.
    BuiltinArgument(usize, &'r str),
    /// The result of a function with this name.
    Result(Option<&'r QName>),
    Variable,
    GlobalVariable(&'r QName),
    ContextItem,
    GroupingKey,
    Range,
    ArrayPosition,
    /// An entry of a map of options (XPath Functions 3.1, section 1.5).
    Option(&'r str),
}

impl Display for Role<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let function = |name: &Option<&QName>| match name {
            Some(name) => format!("{name}()"),
            None => "an anonymous function".to_owned(),
        };
        match self {
            Self::Argument(index, name) => {
                write!(f, "argument {} of {}", index + 1, function(name))
            }
            Self::BuiltinArgument(index, name) => write!(f, "argument {} of {name}()", index + 1),
            Self::Result(name) => write!(f, "the result of {}", function(name)),
            Self::Variable => f.write_str("the variable's value"),
            Self::GlobalVariable(name) => write!(f, "the value of ${name}"),
            Self::ContextItem => f.write_str("the context item"),
            Self::GroupingKey => f.write_str("the grouping key"),
            Self::Range => f.write_str("an operand of \"to\""),
            Self::ArrayPosition => f.write_str("a position in an array"),
            Self::Option(name) => write!(f, "the option {name}"),
        }
    }
}

impl<'a> Evaluator<'a> {
    /// Converts a value to the type that it is expected to have.
    ///
    /// # Errors
    ///
    /// `XPTY0004` for what the rules do not convert, those of casts and limits.
    pub(crate) fn convert(
        &self,
        value: Sequence<'a>,
        kind: &SequenceType,
        role: Role<'_>,
    ) -> Result<Sequence<'a>> {
        let value = match &kind.item {
            Some(ItemType::Any) => value,
            Some(ItemType::Atomic(to)) => {
                if is_one_of(&value, *to) {
                    return Ok(value);
                }
                let target = |atomic: &Atomic| convert_atomic(atomic, *to);
                self.convert_atomics(&value, kind, role, &target)?
            }
            Some(ItemType::Numeric) => {
                self.convert_atomics(&value, kind, role, &|atomic| convert_number(atomic))?
            }
            Some(ItemType::Function(Some(signature))) => {
                self.coerce(value, signature, kind, role)?
            }
            _ => return self.require(value, kind, role),
        };
        if occurs(value.len(), kind.occurrence) {
            Ok(value)
        } else {
            Err(mismatch(role, kind, &value))
        }
    }

    fn convert_atomics(
        &self,
        value: &Sequence<'a>,
        kind: &SequenceType,
        role: Role<'_>,
        convert: &dyn Fn(&Atomic) -> Result<Option<Atomic>>,
    ) -> Result<Sequence<'a>> {
        let value = atomize(&self.meter, value)?;
        let mut converted = SequenceBuilder::new(&self.meter);
        for item in value.iter() {
            let result = match item {
                Item::Atomic(atomic) => convert(atomic)?,
                _ => None,
            };
            let Some(result) = result else { return Err(mismatch(role, kind, &value)) };
            converted.push(result.into())?;
        }
        Ok(converted.finish())
    }

    /// Function coercion: each function is seen through the expected signature.
    fn coerce(
        &self,
        value: Sequence<'a>,
        signature: &Arc<FunctionType>,
        kind: &SequenceType,
        role: Role<'_>,
    ) -> Result<Sequence<'a>> {
        let mut coerced = SequenceBuilder::new(&self.meter);
        for item in value.iter() {
            let (name, arity, same) = match item {
                Item::Function(function) => {
                    let own = &function.signature;
                    (function.name.clone(), own.parameters.len(), *own == *signature)
                }
                Item::Map(_) | Item::Array(_) => (None, 1, false),
                _ => return Err(mismatch(role, kind, &value)),
            };
            if arity != signature.parameters.len() {
                let found = item.describe();
                let text = format!("{role} should be {signature}, found {found}");
                return Err(error("XPTY0004", text));
            }
            if same {
                coerced.push(item.clone())?;
                continue;
            }
            coerced.push(self.new_function(Function {
                name,
                signature: Arc::clone(signature),
                body: FunctionBody::Coerced { function: item.clone() },
                depth: item.depth() + 1,
            })?)?;
        }
        Ok(coerced.finish())
    }

    /// A function item, counted.
    pub(super) fn new_function(&self, function: Function<'a>) -> Result<Item<'a>> {
        self.meter.value_depth(function.depth)?;
        self.meter.build(size_of::<Function<'_>>())?;
        Ok(Item::Function(Rc::new(function)))
    }
}

/// Whether the value is one atomic value of just this type: the usual case.
fn is_one_of(value: &Sequence<'_>, kind: AtomicType) -> bool {
    matches!(value, Sequence::One(Item::Atomic(atomic)) if atomic.type_of() == kind)
}

/// None where the rules do not convert it.
fn convert_atomic(atomic: &Atomic, to: AtomicType) -> Result<Option<Atomic>> {
    let from = atomic.type_of();
    if from.derives_from(to) {
        return Ok(Some(atomic.clone()));
    }
    if from != AtomicType::UntypedAtomic {
        return Ok(cast::promote(atomic, to));
    }
    if matches!(to, AtomicType::QName | AtomicType::Notation) {
        let text = format!("an untyped value does not become {to} by itself");
        return Err(error("XPTY0117", text));
    }
    cast::cast(atomic, to).map(Some)
}

fn convert_number(atomic: &Atomic) -> Result<Option<Atomic>> {
    match atomic.type_of() {
        AtomicType::UntypedAtomic => cast::cast(atomic, AtomicType::Double).map(Some),
        kind => Ok(kind.is_numeric().then(|| atomic.clone())),
    }
}
