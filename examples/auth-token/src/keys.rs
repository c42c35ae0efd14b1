//! The keys of a file (a JWKS, RFC 7517, section 5), read again where a token names another one.
//!
//! Invariant: the file is read at most once in a while, whatever tokens come.

use philter_plugin_api::{Error, Level, Result, log};
use serde::Deserialize;

use crate::key::{Algorithm, Jwk, Key};

/// Milliseconds that have to be between two readings of the file, which strangers can bring about.
const READ_EVERY_MS: u64 = 5_000;

/// Keys in one file.
const KEYS_MAX: usize = 64;

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<serde_json::Value>,
}

/// The keys, and where they are from.
pub(crate) struct Keys {
    keys: Vec<Key>,
    read: fn(&str) -> Result<Vec<u8>>,
    name: String,
    read_at_ms: u64,
}

impl Keys {
    /// Reads them by the name that they are granted under.
    pub(crate) fn open(name: &str, read: fn(&str) -> Result<Vec<u8>>, now_ms: u64) -> Result<Self> {
        let keys = parse(&read(name)?)?;
        Ok(Self { keys, read, name: name.to_owned(), read_at_ms: now_ms })
    }

    /// Whether one of the keys that may have done so signed a text.
    pub(crate) fn signed(
        &mut self,
        algorithm: Algorithm,
        id: Option<&str>,
        text: &[u8],
        signature: &[u8],
        now_ms: u64,
    ) -> bool {
        let is_known = self.keys.iter().any(|key| may_be(key, algorithm, id));
        if !is_known && now_ms.saturating_sub(self.read_at_ms) >= READ_EVERY_MS {
            self.renew(now_ms);
        }
        let mut keys = self.keys.iter().filter(|key| may_be(key, algorithm, id));
        keys.any(|key| key.signed(text, signature))
    }

    fn renew(&mut self, now_ms: u64) {
        self.read_at_ms = now_ms;
        match (self.read)(&self.name).and_then(|bytes| parse(&bytes)) {
            Ok(keys) => self.keys = keys,
            Err(error) => log(Level::Error, &format!("the keys are not read again: {error}")),
        }
    }
}

/// Whether a token that says this may be signed by this key.
fn may_be(key: &Key, algorithm: Algorithm, id: Option<&str>) -> bool {
    key.algorithm() == algorithm && (id.is_none() || key.id.as_deref() == id)
}

fn parse(json: &[u8]) -> Result<Vec<Key>> {
    let wrong = |why: String| Error::invalid(format!("the file of keys is no JWKS: {why}"));
    let read: Jwks = serde_json::from_slice(json)
        .map_err(|error| wrong(format!("line {}, column {}", error.line(), error.column())))?;
    if read.keys.len() > KEYS_MAX {
        return Err(wrong(format!("{} keys, at most {KEYS_MAX} are taken", read.keys.len())));
    }
    let mut keys = Vec::new();
    for (index, key) in read.keys.into_iter().enumerate() {
        let place = index + 1;
        // What a message of serde quotes may be a secret.
        let jwk: Jwk =
            serde_json::from_value(key).map_err(|_| wrong(format!("key {place} is no JWK")))?;
        let key = Key::new(jwk).map_err(|why| wrong(format!("key {place}: {why}")))?;
        keys.extend(key);
    }
    if keys.is_empty() {
        return Err(wrong("it has no key for EdDSA, ES256 or HS256".to_owned()));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
