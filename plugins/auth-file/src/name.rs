//! A user's name as the file knows it.
//!
//! Invariants: prepared by SASLprep (RFC 4013), so that one name has one spelling; not empty; at
//! most [`NAME_BYTES_MAX`] bytes; no control character, so that it can stand in a line of the file
//! and of a log; no `@`, which separates a name from its realm.

use std::fmt;

use crate::limits::NAME_BYTES_MAX;

/// A prepared user name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UserName(String);

impl UserName {
    /// Prepares a name that somebody gave.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(given: &str) -> Result<Self, BadName> {
        if given.len() > NAME_BYTES_MAX {
            return Err(BadName::TooLong { found_bytes: given.len() });
        }
        let prepared = stringprep::saslprep(given)
            .map_err(|error| BadName::Prohibited { reason: error.to_string() })?;
        if prepared.is_empty() {
            return Err(BadName::Empty);
        }
        if prepared.len() > NAME_BYTES_MAX {
            return Err(BadName::TooLong { found_bytes: prepared.len() });
        }
        if prepared.contains('@') {
            return Err(BadName::ForeignRealm);
        }
        Ok(Self(prepared.into_owned()))
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why something is no user name; whoever gave it is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadName {
    #[error("the user name is empty")]
    Empty,
    #[error("the user name has {found_bytes} bytes, more than {NAME_BYTES_MAX}")]
    TooLong { found_bytes: usize },
    #[error("the user name has characters that SASLprep (RFC 4013) refuses: {}", escaped(reason))]
    Prohibited { reason: String },
    #[error("the user name has an '@' that does not begin this provider's realm")]
    ForeignRealm,
}

fn escaped(text: &str) -> impl fmt::Display + '_ {
    text.escape_debug()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_name_has_one_spelling() {
        let composed = UserName::parse("J\u{fc}rgen").unwrap();
        assert_eq!(UserName::parse("Ju\u{308}rgen").unwrap(), composed);
        assert_eq!(UserName::parse("\u{2168}").unwrap().as_str(), "IX");
        assert_eq!(UserName::parse("a\u{ad}b").unwrap().as_str(), "ab");
    }

    #[test]
    fn commas_equals_signs_and_spaces_are_letters_like_others() {
        assert_eq!(UserName::parse("a,b=c d").unwrap().as_str(), "a,b=c d");
    }

    #[test]
    fn refuses_what_could_not_stand_in_a_line() {
        assert_eq!(UserName::parse(""), Err(BadName::Empty));
        assert_eq!(UserName::parse("a@b"), Err(BadName::ForeignRealm));
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        assert_eq!(UserName::parse(&long), Err(BadName::TooLong { found_bytes: 256 }));
        for bad in ["a\tb", "a\nb", "a\0b", "a\u{7f}", "\u{e000}", "a\u{627}"] {
            assert!(matches!(UserName::parse(bad), Err(BadName::Prohibited { .. })), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_prepared_name_stays_as_it_is(given in any::<String>()) {
            if let Ok(name) = UserName::parse(&given) {
                let again = UserName::parse(name.as_str());
                prop_assert_eq!(again.as_ref(), Ok(&name));
                prop_assert!(!name.as_str().contains(char::is_control));
            }
        }
    }
}
