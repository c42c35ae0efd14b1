//! Texts that a tree keeps once each: its prefixes, and the namespaces of its names.
//!
//! Invariants: texts are numbered from 0 without gaps; a text is found as fast among many as among
//! few. Most trees have a handful, which are compared one by one: only more are hashed.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, LazyLock};

use foldhash::fast::{FoldHasher, RandomState};
use hashbrown::HashTable;

/// As many as are compared one by one.
const FEW: usize = 8;

/// Different texts and their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    texts: Vec<Arc<str>>,
    /// All numbers, once there are more than [`FEW`].
    by_hash: HashTable<u32>,
    /// What was asked for last, which is most often asked for again.
    last: u32,
    bytes: usize,
}

impl Texts {
    /// The number of a text; none where it is not known.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        if self.by_hash.is_empty() {
            return self.texts.iter().position(|known| is(known, text)).map(number);
        }
        let is_it = |index: &u32| self.get(*index).is_some_and(|known| is(known, text));
        self.by_hash.find(hash(text), is_it).copied()
    }

    /// The text of a number.
    #[inline]
    pub(super) fn get(&self, number: u32) -> Option<&Arc<str>> {
        self.texts.get(number as usize)
    }

    /// The number of a text, which is new where it is not known.
    #[inline]
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        if self.get(self.last).is_none_or(|last| !is(last, text)) {
            self.last = self.find(text).unwrap_or_else(|| self.insert(text));
        }
        self.last
    }

    /// A text, shared with all who have it.
    pub(super) fn shared(&mut self, text: &str) -> Arc<str> {
        let number = self.intern(text);
        self.get(number).cloned().unwrap_or_default()
    }

    /// Bytes that they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn insert(&mut self, text: &str) -> u32 {
        // The counters of an `Arc`, and its number in the table.
        self.bytes += size_of::<Arc<str>>() + 2 * size_of::<usize>() + text.len() + 8;
        let new = number(self.texts.len());
        self.texts.push(text.into());
        let texts = &self.texts;
        let hash_of = |index: &u32| texts.get(*index as usize).map_or(0, |text| hash(text));
        if self.by_hash.is_empty() && texts.len() > FEW {
            for known in 0..new {
                self.by_hash.insert_unique(hash_of(&known), known, hash_of);
            }
        }
        if texts.len() > FEW {
            self.by_hash.insert_unique(hash_of(&new), new, hash_of);
        }
        new
    }
}

#[inline]
fn is(known: &Arc<str>, text: &str) -> bool {
    same(known.as_bytes(), text.as_bytes())
}

/// Whether two texts are equal: most are too short for a call of the library's comparison. The
/// ends of a text overlap where it is not twice as long as one.
#[inline]
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && match left.len() {
            0..4 => left.iter().zip(right).all(|(left, right)| left == right),
            4..8 => ends::<4>(left) == ends::<4>(right),
            8..=16 => ends::<8>(left) == ends::<8>(right),
            _ => left == right,
        }
}

#[inline]
fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
    text.first_chunk().zip(text.last_chunk())
}

/// One for all trees, chosen when the process starts.
#[inline]
pub(super) fn hasher() -> FoldHasher<'static> {
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::default);
    STATE.build_hasher()
}

/// Trees have less than 2^32 bytes.
pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn hash(text: &str) -> u64 {
    let mut hasher = hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_among_few_and_many() {
        let mut texts = Texts::default();
        for count in 0..70 {
            let text = "u".repeat(count);
            assert_eq!(texts.find(&text), None);
            for place in 0..count {
                let mut other = text.clone().into_bytes();
                other[place] = b'v';
                assert!(!same(&other, text.as_bytes()), "{count}: {place}");
            }
            assert_eq!(texts.intern(&text), number(count));
            for known in 0..=count {
                assert_eq!(texts.find(&"u".repeat(known)), Some(number(known)));
            }
        }
        assert_eq!(texts.intern("uu"), 2);
        assert_eq!(&*texts.shared("uuu"), "uuu");
    }
}
