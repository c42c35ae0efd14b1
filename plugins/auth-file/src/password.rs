//! A password on its way to a hash.
//!
//! Invariants: prepared by SASLprep (RFC 4013); not empty; at most [`PASSWORD_BYTES_MAX`] bytes;
//! never printed, not even by `Debug`.

use std::fmt;

use crate::limits::PASSWORD_BYTES_MAX;

/// A prepared password.
#[derive(Clone)]
pub(crate) struct Password(String);

impl Password {
    /// Prepares a password that somebody gave.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub(crate) fn parse(given: &[u8]) -> Result<Self, BadPassword> {
        if given.len() > PASSWORD_BYTES_MAX {
            return Err(BadPassword::TooLong);
        }
        let text = std::str::from_utf8(given).map_err(|_| BadPassword::Encoding)?;
        let prepared = stringprep::saslprep(text).map_err(|_| BadPassword::Prohibited)?;
        if prepared.is_empty() {
            return Err(BadPassword::Empty);
        }
        Ok(Self(prepared.into_owned()))
    }

    /// The bytes to hash.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// Why something is no password; whoever gave it is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadPassword {
    #[error("the password is empty")]
    Empty,
    #[error("the password has more than {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    #[error("the password is not UTF-8")]
    Encoding,
    #[error(
        "the password has characters that SASLprep (RFC 4013) refuses, such as control characters"
    )]
    Prohibited,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_prepared_as_saslprep_says() {
        let composed = Password::parse("\u{e9}t\u{e9}".as_bytes()).unwrap();
        let decomposed = Password::parse("e\u{301}te\u{301}".as_bytes()).unwrap();
        assert_eq!(composed.as_bytes(), decomposed.as_bytes());
    }

    #[test]
    fn refuses_what_no_client_could_send_back() {
        let refused = |given: &[u8]| Password::parse(given).err();
        assert_eq!(refused(b""), Some(BadPassword::Empty));
        assert_eq!(refused("\u{ad}".as_bytes()), Some(BadPassword::Empty));
        assert_eq!(refused(b"a\nb"), Some(BadPassword::Prohibited));
        assert_eq!(refused(b"\xff"), Some(BadPassword::Encoding));
        assert_eq!(refused(&[b'x'; PASSWORD_BYTES_MAX + 1]), Some(BadPassword::TooLong));
    }

    #[test]
    fn is_never_printed() {
        let password = Password::parse(b"hunter2").unwrap();
        assert!(!format!("{password:?}").contains("hunter2"));
    }
}
