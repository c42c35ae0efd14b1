//! A key of a JWKS (RFC 7517, RFC 7518, RFC 8037), and whether it signed something.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use p256::ecdsa::signature::Verifier;
use serde::Deserialize;
use sha2::Sha256;

/// How a token is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Algorithm {
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "HS256")]
    Hs256,
}

/// Bytes of a secret, as many as its hash has (RFC 7518, section 3.2).
const SECRET_BYTES_MIN: usize = 32;

/// A key as the file has it. Members of other kinds of keys are left alone.
#[derive(Debug, Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    k: Option<String>,
}

/// A key that tokens may be signed by.
pub(crate) struct Key {
    pub(crate) id: Option<String>,
    verifier: Verifying,
}

enum Verifying {
    EdDsa(ed25519_dalek::VerifyingKey),
    Es256(p256::ecdsa::VerifyingKey),
    Hs256(Vec<u8>),
}

impl Key {
    /// The key, where it is one that this provider knows; none for others, such as RSA's.
    ///
    /// # Errors
    /// What is wrong with it, and nothing of what is in it.
    pub(crate) fn new(jwk: Jwk) -> Result<Option<Self>, &'static str> {
        if jwk.used_for.as_deref().is_some_and(|used_for| used_for != "sig") {
            return Ok(None);
        }
        let made = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => ("EdDSA", ed25519(&jwk)?),
            ("EC", Some("P-256")) => ("ES256", p256(&jwk)?),
            ("oct", _) => ("HS256", secret(&jwk)?),
            _ => return Ok(None),
        };
        let (algorithm, verifier) = made;
        // A key that says what it is for is for nothing else.
        if jwk.alg.as_deref().is_some_and(|alg| alg != algorithm) {
            return Ok(None);
        }
        Ok(Some(Self { id: jwk.kid, verifier }))
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self.verifier {
            Verifying::EdDsa(_) => Algorithm::EdDsa,
            Verifying::Es256(_) => Algorithm::Es256,
            Verifying::Hs256(_) => Algorithm::Hs256,
        }
    }

    /// Whether this key signed a text.
    pub(crate) fn signed(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.verifier {
            Verifying::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(text, &signature).is_ok()),
            Verifying::Es256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(text, &signature).is_ok()),
            Verifying::Hs256(secret) => Hmac::<Sha256>::new_from_slice(secret)
                .is_ok_and(|mac| mac.chain_update(text).verify_slice(signature).is_ok()),
        }
    }
}

fn ed25519(jwk: &Jwk) -> Result<Verifying, &'static str> {
    let wrong = "x is no public key of Ed25519";
    let bytes: [u8; 32] = number(jwk.x.as_ref()).ok_or(wrong)?.try_into().map_err(|_| wrong)?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| wrong)?;
    if key.is_weak() { Err("x is a weak key") } else { Ok(Verifying::EdDsa(key)) }
}

fn p256(jwk: &Jwk) -> Result<Verifying, &'static str> {
    let wrong = "x and y are no point of P-256";
    let mut point = vec![4]; // uncompressed (SEC 1, section 2.3.3)
    for coordinate in [&jwk.x, &jwk.y] {
        let bytes = number(coordinate.as_ref()).filter(|bytes| bytes.len() == 32);
        point.extend(bytes.ok_or(wrong)?);
    }
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).map_err(|_| wrong)?;
    Ok(Verifying::Es256(key))
}

fn secret(jwk: &Jwk) -> Result<Verifying, &'static str> {
    let secret = number(jwk.k.as_ref()).filter(|secret| secret.len() >= SECRET_BYTES_MIN);
    Ok(Verifying::Hs256(secret.ok_or("k is no secret of 32 bytes or more")?))
}

fn number(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}
