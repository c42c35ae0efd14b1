//! The hash that places destinations and messages on the ring: FNV-1a with 64 bits, and over its
//! result the finaliser of SplitMix64, because FNV alone spreads short and similar texts badly.
//!
//! Invariant: the function never changes. If it did, messages would go elsewhere after an upgrade.

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// The place of these bytes on the ring.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
    finalise(bytes.iter().fold(FNV_OFFSET, fnv))
}

fn finalise(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reckoned by a second implementation, in Python.
    #[test]
    fn never_changes() {
        assert_eq!(hash(b""), 0xf52a_15e9_a9b5_e89b);
        assert_eq!(hash(b"a"), 0x02c0_bdbf_4814_20f8);
        assert_eq!(hash(b"queue:orders#0"), 0x778d_59da_d07c_1c9b);
        assert_eq!(hash(b"queue:orders#1"), 0xa21d_b070_16b5_1671);
    }
}
