//! A map that encrypts: every value of the map under it is XChaCha20-Poly1305, with a random nonce
//! in front and its key in the map as associated data. So a value that was changed, and one that
//! was moved to another key, is noticed; one that was put back as it once was is not.
//!
//! Keys of the map are numbers, and for names of the broker's a keyed hash. Two keys of this map's
//! own begin with a byte that no other does: the salt of a passphrase, and a value that says
//! whether the key is the right one.

use chacha20poly1305::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use philter_plugin_api::key_value::{Changes, KeyValue, Keys as Asked, Pairs, Values};
use philter_plugin_api::{Error, Result, random};

use crate::configuration::Secret;
use crate::key::{Keys, SALT_BYTES, keyed};

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Bytes that a value is longer than what it says.
const SEAL_BYTES: usize = NONCE_BYTES + TAG_BYTES;

/// Keys of this map's own.
const SALT: &[u8] = b"\0salt";
const PROOF: &[u8] = b"\0proof";

/// What the proof says.
const PROVED: &[u8] = b"philter store encrypted, format 1";

/// A map over another one.
pub(crate) struct Sealed<M> {
    inner: M,
    cipher: XChaCha20Poly1305,
    keys: Keys,
}

impl<M: KeyValue> Sealed<M> {
    /// Over a map that was made with this secret, or is empty.
    ///
    /// # Errors
    /// Another secret, or a map of something else.
    pub(crate) fn open(mut inner: M, secret: &Secret) -> Result<Self> {
        let mut asked = Asked::new();
        asked.push(SALT);
        asked.push(PROOF);
        let found = inner.get(&asked)?;
        let mut found = found.iter().map(|value| value.map(<[u8]>::to_vec));
        let (salt, proof) = (found.next().flatten(), found.next().flatten());
        let is_new = salt.is_none() && proof.is_none();
        let salt: [u8; SALT_BYTES] = match &salt {
            Some(salt) => salt.as_slice().try_into().map_err(|_| strange(SALT))?,
            None => {
                let mut salt = [0; SALT_BYTES];
                random(&mut salt)?;
                salt
            }
        };
        let keys = Keys::of(secret, &salt)?;
        let cipher = XChaCha20Poly1305::new((&*keys.value).into());
        let mut map = Self { inner, cipher, keys };
        if !is_new {
            let proof = proof.ok_or_else(|| strange(PROOF))?;
            return match map.unsealed(PROOF, &proof) {
                Ok(proof) if proof == PROVED => Ok(map),
                _ => Err(Error::invalid(
                    "the key or passphrase is not the one that this store was made with, or the \
                     store is damaged: what is in it cannot be read with this one",
                )),
            };
        }
        if !map.inner.scan(&[], &[], 1, 0)?.is_empty() {
            return Err(Error::invalid("there is another store's data, which is not encrypted"));
        }
        let mut changes = Changes::new();
        changes.put(SALT, &salt);
        let mut nonces = Nonces::new(1)?;
        map.seal(&mut changes, PROOF, PROVED, &mut nonces)?;
        map.inner.write(changes)?;
        Ok(map)
    }

    /// Adds a value, sealed.
    fn seal(
        &self,
        changes: &mut Changes,
        key: &[u8],
        value: &[u8],
        nonces: &mut Nonces,
    ) -> Result<()> {
        let nonce = nonces.next()?;
        let mut text = value.to_vec();
        let tag = self.cipher.encrypt_in_place_detached(&nonce, key, &mut text);
        let tag = tag.map_err(|_| Error::internal("a value is too long to be encrypted"))?;
        changes.put_parts(key, &[&nonce, &text, &tag]);
        Ok(())
    }

    /// What a value says.
    fn unsealed(&self, key: &[u8], value: &[u8]) -> Result<Vec<u8>> {
        let (nonce, rest) = value.split_at_checked(NONCE_BYTES).ok_or_else(|| strange(key))?;
        let text_bytes = rest.len().checked_sub(TAG_BYTES).ok_or_else(|| strange(key))?;
        let (text, tag) = rest.split_at(text_bytes);
        let (nonce, tag) = (XNonce::from_slice(nonce), Tag::from_slice(tag));
        let mut text = text.to_vec();
        let opened = self.cipher.decrypt_in_place_detached(nonce, key, &mut text, tag);
        opened.map(|()| text).map_err(|_| strange(key))
    }
}

impl<M: KeyValue> KeyValue for Sealed<M> {
    fn get(&mut self, keys: &Asked) -> Result<Values> {
        let found = self.inner.get(keys)?;
        let mut values = Values::with_capacity(0);
        for (key, value) in keys.iter().zip(found.iter()) {
            let value = value.map(|value| self.unsealed(key, value)).transpose()?;
            values.push(value.as_deref());
        }
        Ok(values)
    }

    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs> {
        let found = self.inner.scan(from, until, pairs_max, bytes_max)?;
        let mut pairs = Pairs::new();
        for (key, value) in found.iter() {
            pairs.push(key, &self.unsealed(key, value)?);
        }
        if found.has_more() {
            pairs.set_more();
        }
        Ok(pairs)
    }

    fn write(&mut self, changes: Changes) -> Result<()> {
        let puts = changes.iter().filter(|(_, value)| value.is_some()).count();
        let mut nonces = Nonces::new(puts)?;
        let mut sealed = Changes::with_capacity(changes.bytes() + puts * SEAL_BYTES);
        for (key, value) in changes.iter() {
            match value {
                Some(value) => self.seal(&mut sealed, key, value, &mut nonces)?,
                None => sealed.remove(key),
            }
        }
        drop(changes);
        self.inner.write(sealed)
    }

    fn stand_in(&self, name: &str) -> Option<Vec<u8>> {
        // A hash that fails is one that a longer key has, which none here is.
        keyed(&self.keys.name, name.as_bytes()).ok().map(|hash| hash.to_vec())
    }

    fn is_durable(&self) -> bool {
        self.inner.is_durable()
    }
}

/// Nonces, drawn together: asking the host for each would cost more than encrypting.
struct Nonces(Vec<u8>, usize);

impl Nonces {
    fn new(count: usize) -> Result<Self> {
        let mut bytes = vec![0; count * NONCE_BYTES];
        random(&mut bytes)?;
        Ok(Self(bytes, 0))
    }

    fn next(&mut self) -> Result<XNonce> {
        let nonce = self.0.get(self.1..self.1 + NONCE_BYTES);
        let nonce = nonce.ok_or_else(|| Error::internal("more values than nonces"))?;
        self.1 += NONCE_BYTES;
        Ok(*XNonce::from_slice(nonce))
    }
}

/// What an operator reads of something that was changed. The key says which kind of thing it is.
fn strange(key: &[u8]) -> Error {
    let what = match key.first() {
        Some(b'r') => "a record",
        Some(b'b') => "a message's body",
        Some(b'e') => "an entry of a queue",
        Some(b's' | b'k') => "a key's value",
        _ => "something",
    };
    Error::internal(format!(
        "{what} in the store is not what was written there: it was changed by somebody else, or is \
         damaged. Bring the store back from a backup"
    ))
}

#[cfg(test)]
mod tests;
