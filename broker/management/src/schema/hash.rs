//! The number by which consoles know one shape of a class from another.
//!
//! Consoles keep a schema under its package, name and this hash, and compare hashes for equality
//! alone; so it has to be another one when the shape changes, and the same in every process.

use super::{Argument, Class, EventClass};

/// 16 bytes over names, types and arguments of a class: FNV-1a with 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(pub [u8; 16]);

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

impl Hash {
    /// The hash of a class.
    pub fn of(class: &Class) -> Self {
        let mut state = OFFSET;
        put(&mut state, class.package);
        put(&mut state, class.name);
        for (name, value_type) in class.columns() {
            put(&mut state, name);
            put_byte(&mut state, value_type as u8);
        }
        for property in class.properties {
            let flags = [property.is_index, property.is_optional].map(u8::from);
            flags.iter().for_each(|flag| put_byte(&mut state, *flag));
        }
        for method in class.methods {
            put(&mut state, method.name);
            put_arguments(&mut state, method.arguments);
        }
        Self(state.to_be_bytes())
    }

    /// The hash of a class of events.
    pub fn of_event(class: &EventClass) -> Self {
        let mut state = OFFSET;
        put(&mut state, class.package);
        put(&mut state, class.name);
        put_arguments(&mut state, class.arguments);
        Self(state.to_be_bytes())
    }
}

fn put_arguments(state: &mut u128, arguments: &[Argument]) {
    for argument in arguments {
        put(state, argument.name);
        put_byte(state, argument.value_type as u8);
        put_byte(state, argument.direction as u8);
    }
}

/// Takes in a name and its end.
fn put(state: &mut u128, name: &str) {
    name.bytes().for_each(|byte| put_byte(state, byte));
    put_byte(state, 0);
}

fn put_byte(state: &mut u128, byte: u8) {
    *state = (*state ^ u128::from(byte)).wrapping_mul(PRIME);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{classes, events};

    #[test]
    fn every_class_has_a_hash_of_its_own() {
        let classes = classes().iter().map(|class| Hash::of(class).0);
        let all: Vec<_> = classes.chain(events().map(|event| Hash::of_event(event).0)).collect();
        let mut distinct = all.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn the_empty_input_and_one_byte_hash_as_fnv_says() {
        let mut state = OFFSET;
        put_byte(&mut state, b'a');
        assert_eq!(state, 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
