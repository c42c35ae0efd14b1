//! HMAC and hash over SHA-256, as SCRAM writes them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Bytes of a SHA-256 hash.
pub(crate) const HASH_BYTES: usize = 32;

/// A hash, or a key of the same length.
pub(crate) type Hash = [u8; HASH_BYTES];

/// `HMAC(key, parts…)`.
pub(crate) fn hmac(key: &Hash, parts: &[&[u8]]) -> Hash {
    let mut block = [0; 64];
    for (padded, &byte) in block.iter_mut().zip(key) {
        *padded = byte;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// `H(bytes)`.
pub(crate) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// `Hi(password, salt, iterations)`: PBKDF2.
pub(crate) fn salted_password(password: &[u8], salt: &[u8], iterations: u32) -> Hash {
    pbkdf2::pbkdf2_hmac_array::<Sha256, HASH_BYTES>(password, salt, iterations)
}

/// Random bytes for keys, salts and nonces.
///
/// # Errors
/// The operating system has none to give.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| NoRandomness { reason: error.to_string() })?;
    Ok(bytes)
}

/// The operating system gave no random bytes; the machine is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random bytes: {reason}")]
pub(crate) struct NoRandomness {
    reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_is_that_of_rfc_4231_case_1_with_the_key_filled_up() {
        let mut key = [0; HASH_BYTES];
        key[..20].fill(0x0b);
        let expected = [0xb0, 0x34, 0x4c, 0x61, 0xd8, 0xdb, 0x38, 0x53];
        assert_eq!(hmac(&key, &[b"Hi ", b"There"])[..8], expected);
    }
}
