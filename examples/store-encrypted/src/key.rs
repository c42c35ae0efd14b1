//! Where the keys come from: one secret of the operator's, and of it one key for values and one for
//! names, so that neither says anything of the other.

use argon2::Argon2;
use blake2::Blake2sMac256;
use blake2::digest::{FixedOutput, KeyInit, Mac};
use philter_plugin_api::{Error, Result};
use zeroize::Zeroizing;

use crate::configuration::Secret;

/// Bytes of the salt of a passphrase.
pub(crate) const SALT_BYTES: usize = 16;

/// The keys of one store.
pub(crate) struct Keys {
    /// Of values.
    pub(crate) value: Zeroizing<[u8; 32]>,
    /// Of names.
    pub(crate) name: Zeroizing<[u8; 32]>,
}

impl Keys {
    /// Of a secret; of a passphrase with the salt that the store was made with.
    ///
    /// # Errors
    /// A fault of this program's.
    pub(crate) fn of(secret: &Secret, salt: &[u8; SALT_BYTES]) -> Result<Self> {
        let mut master = Zeroizing::new([0; 32]);
        match secret {
            Secret::Key(key) => master.copy_from_slice(&**key),
            // Its defaults are those that OWASP advises: 19 MiB, twice.
            Secret::Passphrase(passphrase) => Argon2::default()
                .hash_password_into(passphrase.as_bytes(), salt, &mut *master)
                .map_err(|error| Error::internal(format!("no key of the passphrase: {error}")))?,
        }
        let part = |label: &[u8]| keyed(&master, label).map(Zeroizing::new);
        let value = part(b"philter encrypted: values")?;
        Ok(Self { value, name: part(b"philter encrypted: names")? })
    }
}

/// A keyed hash.
///
/// # Errors
/// A fault of this program's.
pub(crate) fn keyed(key: &[u8; 32], bytes: &[u8]) -> Result<[u8; 32]> {
    let mut hash = <Blake2sMac256 as KeyInit>::new_from_slice(key)
        .map_err(|error| Error::internal(format!("no hash with a key: {error}")))?;
    Mac::update(&mut hash, bytes);
    Ok(hash.finalize_fixed().into())
}
