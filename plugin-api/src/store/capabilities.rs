//! What a store says of itself before anything is asked of it: its limits, and its optional
//! entries.

/// What a store can do and how much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Operations in one append; a longer one is refused with `LimitExceeded`.
    pub batch_operations_max: u64,
    /// Bytes of headers, bodies, keys and values in one append; the same.
    pub batch_bytes_max: u64,
    /// Bytes of one body; the same. A body of this size fits into an empty store.
    pub body_bytes_max: u64,
    /// Whether one append is atomic over all the shard's queues. Without it an append is atomic for
    /// each queue alone, and the broker refuses transactions over several.
    pub is_atomic_over_shard: bool,
    /// Whether what was acknowledged outlives the process: `create` with the same data directory
    /// finds entries, keys and epochs again. What it means for a power cut
    /// [`super::Store::inspect`] says.
    pub is_durable_on_ack: bool,
}

/// The optional entries of a store: a set. What is not in it answers "unsupported", and the broker
/// does without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Offers(u64);

impl Offers {
    /// None of them.
    pub const NONE: Offers = Offers(0);
    /// [`super::Store::meta_list`].
    pub const META_LIST: Offers = Offers(1);
    /// [`super::Store::meta_watch`].
    pub const META_WATCH: Offers = Offers(2);
    /// [`super::Store::meta_remove`].
    pub const META_REMOVE: Offers = Offers(4);
    /// [`super::Store::append_here`].
    pub const APPEND_HERE: Offers = Offers(8);
    /// [`super::Store::entries`].
    pub const ENTRIES: Offers = Offers(16);
    /// [`super::Store::append_lazily`].
    pub const APPEND_LAZILY: Offers = Offers(32);

    /// From the ABI's bits; those that this version does not know are kept.
    pub const fn from_bits(bits: u64) -> Self {
        Offers(bits)
    }

    /// The ABI's bits.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// What is in either set.
    #[must_use]
    pub const fn and(self, other: Offers) -> Self {
        Offers(self.0 | other.0)
    }

    /// What is in this set and not in the other.
    #[must_use]
    pub const fn without(self, other: Offers) -> Self {
        Offers(self.0 & !other.0)
    }

    /// Whether everything in `other` is in this set.
    pub const fn contains(self, other: Offers) -> bool {
        self.0 & other.0 == other.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let both = Offers::META_LIST.and(Offers::META_REMOVE);
        assert!(both.contains(Offers::META_LIST) && both.contains(Offers::META_REMOVE));
        assert!(!both.contains(Offers::META_WATCH) && both.contains(Offers::NONE));
        assert_eq!(both.without(Offers::META_LIST), Offers::META_REMOVE);
        assert_eq!(Offers::from_bits(1 << 40).bits(), 1 << 40);
    }
}
