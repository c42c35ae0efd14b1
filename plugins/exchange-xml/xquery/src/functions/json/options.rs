//! Options of the functions on JSON (XPath Functions 3.1, sections 17.5.1, 17.5.3 and 1.5).
//!
//! Invariant: options that nobody knows are passed over.

use crate::atomic::{Atomic, AtomicType, quoted};
use crate::error::Result;
use crate::evaluate::Role;
use crate::functions::{Call, argument};
use crate::types::{FunctionType, ItemType, Occurrence, SequenceType};
use crate::value::{Item, Sequence};

/// What becomes of a key that an object has twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Duplicates {
    Reject,
    UseFirst,
    UseLast,
    Retain,
}

/// How JSON is read.
pub(super) struct Options<'a> {
    pub(super) duplicates: Duplicates,
    /// Special characters come out as escapes.
    pub(super) escape: bool,
    /// What replaces characters that XML does not allow.
    pub(super) fallback: Option<Item<'a>>,
}

impl<'a> Options<'a> {
    /// Of `fn:parse-json` and `fn:json-doc`.
    pub(super) fn of_values(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Self> {
        let allowed = [Duplicates::Reject, Duplicates::UseFirst, Duplicates::UseLast];
        Self::read(call, arguments, &allowed, Duplicates::UseFirst)
    }

    /// Of `fn:json-to-xml`.
    pub(super) fn of_tree(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Self> {
        if boolean(call, arguments, "validate")? {
            let text = "the option validate asks for a schema, which this engine does not know";
            return Err(call.error("FOJS0004", text));
        }
        let allowed = [Duplicates::Reject, Duplicates::UseFirst, Duplicates::Retain];
        Self::read(call, arguments, &allowed, Duplicates::Retain)
    }

    fn read(
        call: &Call<'_, 'a>,
        arguments: &[Sequence<'a>],
        allowed: &[Duplicates],
        default: Duplicates,
    ) -> Result<Self> {
        // Whatever it says, JSON is read by its standard.
        boolean(call, arguments, "liberal")?;
        let escape = boolean(call, arguments, "escape")?;
        let fallback = fallback(call, arguments)?;
        if escape && fallback.is_some() {
            let text = "the option escape leaves nothing for the option fallback to replace";
            return Err(call.error("FOJS0005", text));
        }
        let duplicates = match text(call, arguments, "duplicates")? {
            None => default,
            Some(name) => allowed
                .iter()
                .copied()
                .find(|allowed| allowed.name() == name)
                .ok_or_else(|| unknown(call, "duplicates", &name, allowed))?,
        };
        Ok(Self { duplicates, escape, fallback })
    }
}

impl Duplicates {
    fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::UseFirst => "use-first",
            Self::UseLast => "use-last",
            Self::Retain => "retain",
        }
    }
}

fn unknown(
    call: &Call<'_, '_>,
    option: &str,
    found: &str,
    allowed: &[Duplicates],
) -> crate::error::Error {
    let allowed: Vec<_> = allowed.iter().map(|allowed| allowed.name()).collect();
    let allowed = allowed.join(", ");
    let found = quoted(found);
    call.error("FOJS0005", format!("the option {option} is {found}, not one of: {allowed}"))
}

/// The value of an option, converted to its type; none where it is not given.
fn option<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    name: &str,
    kind: ItemType,
) -> Result<Option<Item<'a>>> {
    let Some(Item::Map(options)) = argument(arguments, 1).first() else { return Ok(None) };
    let Some(value) = options.get(&Atomic::string(name)) else { return Ok(None) };
    let kind = SequenceType { item: Some(kind), occurrence: Occurrence::One };
    let value = call.evaluator.convert(value.clone(), &kind, Role::Option(name));
    Ok(value.map_err(|error| error.at(call.span))?.first().cloned())
}

/// An option that is false unless it is given.
pub(super) fn boolean<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    name: &str,
) -> Result<bool> {
    let value = option(call, arguments, name, ItemType::Atomic(AtomicType::Boolean))?;
    Ok(matches!(value, Some(Item::Atomic(Atomic::Boolean(true)))))
}

fn text<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>], name: &str) -> Result<Option<String>> {
    let value = option(call, arguments, name, ItemType::Atomic(AtomicType::String))?;
    value.map(|value| Ok(call.string_value(&value)?.into_owned())).transpose()
}

/// `function(xs:string) as xs:string`.
fn fallback<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Option<Item<'a>>> {
    let string = SequenceType::one(ItemType::Atomic(AtomicType::String));
    let signature = FunctionType { parameters: vec![string.clone()], result: string };
    option(call, arguments, "fallback", ItemType::Function(Some(signature.into())))
}
