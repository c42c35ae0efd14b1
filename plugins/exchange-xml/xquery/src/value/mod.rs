//! Items and sequences (data model, section 2): as an evaluation has them, and as a caller does.
//!
//! Invariants: a sequence holds no sequence; maps, arrays and functions know how deep they hold
//! others, so that no value is deeper than a limit; an `Item` lives in one evaluation, a `Value`
//! anywhere.

mod array;
mod builder;
mod describe;
mod function;
mod item;
mod map;
mod owned;
mod sequence;

pub(crate) use array::Array;
pub(crate) use builder::SequenceBuilder;
pub(crate) use function::{Function, FunctionBody};
pub(crate) use item::Item;
pub(crate) use map::Map;
#[cfg(test)]
pub(crate) use map::MapKey;
pub use owned::{NodeValue, Value};
pub(crate) use sequence::Sequence;

/// Calls with enough of the stack for values that lie in each other.
fn with_stack<T>(call: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, call)
}
