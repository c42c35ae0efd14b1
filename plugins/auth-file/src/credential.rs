//! What the file keeps of a password: SCRAM's stored key and server key under a salt.
//!
//! The text form is the one that PostgreSQL keeps, so hashes can be carried from there:
//! `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, the last three in base64.
//!
//! Invariant: a wrong password takes as long as a right one; keys are compared in constant time.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::limits::{ITERATIONS, SALT_BYTES, SALT_FILE_BYTES};
use crate::password::Password;
use crate::sha256::{Hash, hash, hmac, salted_password};

/// The text form's first word.
const SCHEME: &str = "SCRAM-SHA-256";

/// Salt, iterations and keys of one password (RFC 5802, section 3).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: Hash,
    server_key: Hash,
}

impl Credential {
    /// The credential of a password.
    pub(crate) fn derive(password: &Password, salt: &[u8; SALT_BYTES], iterations: u32) -> Self {
        let salted = salted_password(password.as_bytes(), salt, iterations);
        Self {
            iterations,
            salt: salt.to_vec(),
            stored_key: hash(&hmac(&salted, &[b"Client Key"])),
            server_key: hmac(&salted, &[b"Server Key"]),
        }
    }

    /// A credential that no password has, the same for the same key and name.
    pub(crate) fn mock(key: &Hash, name: &str, iterations: u32) -> Self {
        let [salt, stored_key, server_key] =
            ["salt", "stored", "server"].map(|part| hmac(key, &[part.as_bytes(), name.as_bytes()]));
        let salt = salt.iter().copied().take(SALT_BYTES).collect();
        Self { iterations, salt, stored_key, server_key }
    }

    /// Iterations of PBKDF2.
    pub(crate) fn iterations(&self) -> u32 {
        self.iterations
    }

    /// The salt, of a length in [`SALT_FILE_BYTES`].
    pub(crate) fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// What a client's proof is checked against.
    pub(crate) fn stored_key(&self) -> &Hash {
        &self.stored_key
    }

    /// What the server signs with.
    pub(crate) fn server_key(&self) -> &Hash {
        &self.server_key
    }

    /// Whether this is its password. Costs all its iterations, either way.
    pub(crate) fn is_of(&self, password: &Password) -> bool {
        let salted = salted_password(password.as_bytes(), &self.salt, self.iterations);
        self.has_client_key(&hmac(&salted, &[b"Client Key"]))
    }

    /// Whether this is the client key behind the stored key.
    pub(crate) fn has_client_key(&self, client_key: &Hash) -> bool {
        hash(client_key).ct_eq(&self.stored_key).into()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credential({} iterations)", self.iterations)
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [salt, stored, server] = [&self.salt[..], &self.stored_key, &self.server_key]
            .map(|bytes| STANDARD.encode(bytes));
        write!(f, "{SCHEME}${}:{salt}${stored}:{server}", self.iterations)
    }
}

impl FromStr for Credential {
    type Err = BadCredential;

    fn from_str(text: &str) -> Result<Self, BadCredential> {
        let mut parts = text.split('$');
        let (Some(scheme), Some(salting), Some(keys), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadCredential::Shape);
        };
        if scheme != SCHEME {
            return Err(BadCredential::Scheme);
        }
        let (iterations, salt) = salting.split_once(':').ok_or(BadCredential::Shape)?;
        let (stored_key, server_key) = keys.split_once(':').ok_or(BadCredential::Shape)?;
        Ok(Self {
            iterations: parse_iterations(iterations)?,
            salt: parse_salt(salt)?,
            stored_key: parse_key("stored key", stored_key)?,
            server_key: parse_key("server key", server_key)?,
        })
    }
}

fn parse_iterations(text: &str) -> Result<u32, BadCredential> {
    text.parse()
        .ok()
        .filter(|iterations| ITERATIONS.contains(iterations))
        .ok_or(BadCredential::Iterations)
}

fn parse_salt(text: &str) -> Result<Vec<u8>, BadCredential> {
    STANDARD
        .decode(text)
        .ok()
        .filter(|salt| SALT_FILE_BYTES.contains(&salt.len()))
        .ok_or(BadCredential::Salt)
}

fn parse_key(field: &'static str, text: &str) -> Result<Hash, BadCredential> {
    let bytes = STANDARD.decode(text).map_err(|_| BadCredential::Key { field })?;
    bytes.try_into().map_err(|_| BadCredential::Key { field })
}

/// Why a text is no credential; the users file is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadCredential {
    #[error("expected {SCHEME}$<iterations>:<salt>$<stored key>:<server key>")]
    Shape,
    #[error("expected the scheme {SCHEME}")]
    Scheme,
    #[error("the iterations are no number from {} to {}", ITERATIONS.start(), ITERATIONS.end())]
    Iterations,
    #[error(
        "the salt is not base64 of {} to {} bytes",
        SALT_FILE_BYTES.start(),
        SALT_FILE_BYTES.end()
    )]
    Salt,
    #[error("the {field} is not base64 of 32 bytes")]
    Key { field: &'static str },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn password(text: &str) -> Password {
        Password::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn knows_its_own_password_alone() {
        let credential = Credential::derive(&password("pencil"), &[7; SALT_BYTES], 4096);
        assert!(credential.is_of(&password("pencil")));
        assert!(!credential.is_of(&password("Pencil")));
        assert!(!credential.is_of(&password("pencil ")));
    }

    #[test]
    fn derives_the_keys_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let salt: [u8; SALT_BYTES] = salt.try_into().unwrap();
        let text = Credential::derive(&password("pencil"), &salt, 4096).to_string();
        assert_eq!(
            text,
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==\
             $WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=\
             :wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
    }

    #[test]
    fn mocks_are_stable_and_differ_by_name() {
        let mock = |name| Credential::mock(&[1; 32], name, 4096);
        assert_eq!(mock("bob"), mock("bob"));
        assert_ne!(mock("bob").salt(), mock("eve").salt());
        assert_ne!(mock("bob").salt(), Credential::mock(&[2; 32], "bob", 4096).salt());
    }

    #[test]
    fn names_the_part_that_is_wrong() {
        let key = STANDARD.encode([1; 32]);
        let refused = |text: String| text.parse::<Credential>().unwrap_err();
        let good_salt = STANDARD.encode([1; 16]);
        assert_eq!(refused("bob".into()), BadCredential::Shape);
        assert_eq!(
            refused(format!("SCRAM-SHA-1$4096:{good_salt}${key}:{key}")),
            BadCredential::Scheme
        );
        assert_eq!(
            refused(format!("SCRAM-SHA-256$4095:{good_salt}${key}:{key}")),
            BadCredential::Iterations
        );
        assert_eq!(refused(format!("SCRAM-SHA-256$4096:AA==${key}:{key}")), BadCredential::Salt);
        assert_eq!(
            refused(format!("SCRAM-SHA-256$4096:{good_salt}${key}:{key}A")),
            BadCredential::Key { field: "server key" }
        );
    }

    proptest! {
        #[test]
        fn the_text_form_is_read_back(
            iterations in ITERATIONS,
            salt in prop::collection::vec(any::<u8>(), SALT_FILE_BYTES),
            stored_key: Hash,
            server_key: Hash,
        ) {
            let credential = Credential { iterations, salt, stored_key, server_key };
            prop_assert_eq!(credential.to_string().parse(), Ok(credential));
        }

        #[test]
        fn any_text_is_a_credential_or_an_error(text in any::<String>()) {
            let _ = text.parse::<Credential>();
        }
    }
}
