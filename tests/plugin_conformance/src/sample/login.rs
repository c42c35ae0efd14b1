//! Logins to try.

use std::str::FromStr;

use super::BadSample;

/// A mechanism and the message that lets somebody in by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The mechanism's name.
    pub mechanism: String,
    /// The initial response.
    pub message: Vec<u8>,
}

impl FromStr for Login {
    type Err = BadSample;

    /// Reads `MECHANISM MESSAGE`, with `\0` for a NUL: `PLAIN \0bob\0secret`.
    fn from_str(given: &str) -> Result<Self, BadSample> {
        let (mechanism, message) =
            given.split_once(' ').ok_or_else(|| BadSample::Login { given: given.to_owned() })?;
        let message = message.replace("\\0", "\0").into_bytes();
        Ok(Self { mechanism: mechanism.to_owned(), message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_from_a_mechanism_and_a_message() {
        let login: Login = r"PLAIN \0bob\0secret".parse().unwrap();
        assert_eq!(
            (login.mechanism.as_str(), &login.message[..]),
            ("PLAIN", &b"\0bob\0secret"[..])
        );
        assert!("PLAIN".parse::<Login>().is_err());
    }
}
