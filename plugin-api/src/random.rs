//! Random bytes, for both carriers: a component has none but the host's.

use crate::error::Result;

/// Fills `bytes` with random bytes that nobody can guess: a component asks the host, a library the
/// system. A library of random numbers begins with a seed from here.
///
/// # Errors
/// A system that has none; a component always gets them.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    crate::abi::random(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_bytes_are_filled_anew_each_time() {
        let [mut one, mut other] = [[0; 100_000]; 2];
        super::random(&mut one).unwrap();
        super::random(&mut other).unwrap();
        // By chance it is one of 256: so many in a row, never.
        for bytes in one.chunks(64).chain(other.chunks(64)) {
            assert!(bytes.iter().any(|byte| *byte != 0));
        }
        assert_ne!(one, other);
        super::random(&mut []).unwrap();
    }
}
