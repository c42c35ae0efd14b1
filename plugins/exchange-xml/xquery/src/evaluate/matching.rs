//! Whether a value is of a sequence type (XQuery 3.1, section 2.5.5), and `treat as`.

use super::{Evaluator, Role, error, stack};
use crate::atomic::AtomicType;
use crate::error::{Error, Result};
use crate::types::{FunctionType, ItemType, Occurrence, SequenceType, function_subtype, subtype};
use crate::value::{Array, Item, Map, Sequence};

impl<'a> Evaluator<'a> {
    /// Whether a value is of a type as it is.
    pub(crate) fn matches(&self, value: &Sequence<'a>, kind: &SequenceType) -> Result<bool> {
        let Some(item_kind) = &kind.item else { return Ok(value.is_empty()) };
        if !occurs(value.len(), kind.occurrence) {
            return Ok(false);
        }
        if *item_kind == ItemType::Any {
            return Ok(true);
        }
        for item in value.iter() {
            self.meter.step()?;
            if !self.item_matches(item, item_kind)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether an item is of a type as it is.
    pub(crate) fn item_matches(&self, item: &Item<'a>, kind: &ItemType) -> Result<bool> {
        Ok(match (kind, item) {
            (ItemType::Any, _) => true,
            (ItemType::Atomic(kind), Item::Atomic(atomic)) => atomic.type_of().derives_from(*kind),
            (ItemType::Numeric, Item::Atomic(atomic)) => atomic.type_of().is_numeric(),
            (ItemType::Node(test), Item::Node(node)) => test.matches(*node),
            (ItemType::Function(None), Item::Function(_) | Item::Map(_) | Item::Array(_)) => true,
            (ItemType::Function(Some(kind)), Item::Function(function)) => {
                function_subtype(&function.signature, kind)
            }
            (ItemType::Function(Some(kind)), Item::Map(map)) => self.map_is_function(map, kind)?,
            (ItemType::Function(Some(kind)), Item::Array(array)) => {
                takes(kind, AtomicType::Integer) && self.members_match(array, &kind.result)?
            }
            (ItemType::Map(None), Item::Map(_)) | (ItemType::Array(None), Item::Array(_)) => true,
            (ItemType::Map(Some(entry)), Item::Map(map)) => {
                self.entries_match(map, Some(&entry.0), &entry.1)?
            }
            (ItemType::Array(Some(member)), Item::Array(array)) => {
                self.members_match(array, member)?
            }
            _ => false,
        })
    }

    /// A map gives nothing for a key that it does not have.
    fn map_is_function(&self, map: &Map<'a>, kind: &FunctionType) -> Result<bool> {
        let may_be_empty = occurs(0, kind.result.occurrence) || kind.result.item.is_none();
        let is_taken = takes(kind, AtomicType::AnyAtomic);
        Ok(is_taken && may_be_empty && self.entries_match(map, None, &kind.result)?)
    }

    fn entries_match(
        &self,
        map: &Map<'a>,
        key_kind: Option<&ItemType>,
        value_kind: &SequenceType,
    ) -> Result<bool> {
        for (key, value) in map.iter() {
            self.meter.step()?;
            if let Some(kind) = key_kind
                && !self.item_matches(&key.clone().into(), kind)?
            {
                return Ok(false);
            }
            if !stack(|| self.matches(value, value_kind))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn members_match(&self, array: &Array<'a>, kind: &SequenceType) -> Result<bool> {
        for member in array.members() {
            self.meter.step()?;
            if !stack(|| self.matches(member, kind))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The value where it is of the type as it is.
    pub(super) fn require(
        &self,
        value: Sequence<'a>,
        kind: &SequenceType,
        role: Role<'_>,
    ) -> Result<Sequence<'a>> {
        if self.matches(&value, kind)? { Ok(value) } else { Err(mismatch(role, kind, &value)) }
    }

    /// `treat as` (section 3.18.5).
    pub(super) fn treat(&self, value: Sequence<'a>, kind: &SequenceType) -> Result<Sequence<'a>> {
        if self.matches(&value, kind)? {
            return Ok(value);
        }
        let found = value.describe();
        Err(error("XPDY0050", format!("treat as: {kind} was expected, found {found}")))
    }
}

/// The error for a value that is not of the type it should have.
pub(super) fn mismatch(role: Role<'_>, kind: &SequenceType, found: &Sequence<'_>) -> Error {
    error("XPTY0004", format!("{role} should be {kind}, found {}", found.describe()))
}

/// Whether a function's one parameter takes nothing but values of the type.
fn takes(function: &FunctionType, kind: AtomicType) -> bool {
    match function.parameters.as_slice() {
        [parameter] => subtype(parameter, &SequenceType::one(ItemType::Atomic(kind))),
        _ => false,
    }
}

/// Whether so many items may be there.
pub(super) fn occurs(items: usize, occurrence: Occurrence) -> bool {
    match occurrence {
        Occurrence::Any => true,
        Occurrence::One => items == 1,
        Occurrence::Optional => items <= 1,
        Occurrence::AtLeastOne => items >= 1,
    }
}
