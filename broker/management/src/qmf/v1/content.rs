//! An object as consoles read it: its class, its times, its id, and the values of its properties,
//! its statistics or both.

use super::catalog::Catalog;
use super::object_id::ObjectId;
use super::value;
use crate::object::Object;
use crate::schema::{Class, Property};
use crate::value::Value;

/// Optional properties in one byte of presence bits.
const BITS_PER_MASK: usize = 8;

/// An object's times, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// When its values were read.
    pub(super) updated_ns: u64,
    pub(super) created_ns: u64,
    /// 0 for one that lives.
    pub(super) deleted_ns: u64,
}

impl Times {
    /// Those of an object that is read now.
    pub(super) fn of(object: &Object, now_ns: u64) -> Self {
        let Object { created_ns, deleted_ns, .. } = *object;
        Self { updated_ns: now_ns, created_ns, deleted_ns }
    }
}

/// Writes what stands before values: class key, times, id.
pub(super) fn encode_identity(
    catalog: &Catalog,
    class: &'static Class,
    id: ObjectId,
    times: Times,
    into: &mut Vec<u8>,
) {
    catalog.class_key(class).encode(into);
    for time in [times.updated_ns, times.created_ns, times.deleted_ns] {
        into.extend_from_slice(&time.to_be_bytes());
    }
    id.encode(into);
}

/// Writes the properties: which of the optional ones are there, then those that are.
pub(super) fn encode_properties(object: &Object, into: &mut Vec<u8>) {
    let values = || object.class.properties.iter().zip(property_values(object));
    let present: Vec<bool> = values()
        .filter(|(property, _)| property.is_optional)
        .map(|(_, value)| value.is_some())
        .collect();
    into.extend(present.chunks(BITS_PER_MASK).map(mask));
    values()
        .filter(|(property, value)| is_written(property, *value))
        .for_each(|(property, value)| value::encode(property.value_type, value, into));
}

/// Writes the statistics, which are never absent.
pub(super) fn encode_statistics(object: &Object, into: &mut Vec<u8>) {
    let mut values = object.values.iter().skip(object.class.properties.len());
    for statistic in object.class.statistics {
        let value = values.next().and_then(Option::as_ref);
        value::encode(statistic.value_type, value, into);
    }
}

/// One for each property, whatever the object holds.
fn property_values(object: &Object) -> impl Iterator<Item = Option<&Value>> {
    let values = object.values.iter().map(Option::as_ref);
    values.chain(std::iter::repeat(None)).take(object.class.properties.len())
}

fn is_written(property: &Property, value: Option<&Value>) -> bool {
    !property.is_optional || value.is_some()
}

/// The first property is the lowest bit.
fn mask(present: &[bool]) -> u8 {
    present.iter().rev().fold(0, |mask, is_present| mask << 1 | u8::from(*is_present))
}
