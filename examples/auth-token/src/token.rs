//! A token in its compact form (RFC 7515, section 7.1): what it says, once its signature is right.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::key::Algorithm;

/// Bytes of a token; those with many groups have some thousand.
pub(crate) const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// A token's claims.
pub(crate) type Claims = serde_json::Map<String, Value>;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token whose signature nobody has looked at.
pub(crate) struct Token<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<String>,
    /// What is signed.
    pub(crate) signed: &'a [u8],
    pub(crate) signature: Vec<u8>,
    payload: &'a str,
}

/// Whether a text has the form of a token: what has not may be somebody's password.
pub(crate) fn is_token(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    text.starts_with("eyJ") && text.split('.').count() == 3 && text.split('.').all(is_part)
}

impl<'a> Token<'a> {
    /// Reads a token's header.
    ///
    /// # Errors
    /// Why it is none, in words for the log.
    pub(crate) fn read(text: &'a str) -> Result<Self, &'static str> {
        if text.len() > TOKEN_BYTES_MAX {
            return Err("the token is too long");
        }
        if !is_token(text) {
            return Err("that is no token");
        }
        let (signed, signature) = text.rsplit_once('.').ok_or("that is no token")?;
        let (header, payload) = signed.split_once('.').ok_or("that is no token")?;
        let header: Header = json(header).ok_or("the token's header is none")?;
        if header.crit.is_some() {
            return Err("the token has critical headers, which nobody here knows");
        }
        let algorithm = serde_json::from_value(Value::String(header.alg))
            .map_err(|_| "the token is signed by an algorithm that nobody here knows")?;
        let signature = URL_SAFE_NO_PAD.decode(signature);
        let signature = signature.map_err(|_| "the token's signature is none")?;
        let (signed, key_id) = (signed.as_bytes(), header.kid);
        Ok(Self { algorithm, key_id, signed, signature, payload })
    }

    /// What it says. Only for those whose signature is right.
    pub(crate) fn claims(&self) -> Option<Claims> {
        json(self.payload)
    }
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
