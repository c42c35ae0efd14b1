//! Identities `name@realm`.
//!
//! Invariant: an identity holds no control character, so it can stand in a log line or an ACL.

/// Bytes of a name that a peer gives itself: RFC 4616's limit for authentication identities.
pub(crate) const NAME_BYTES_MAX: usize = 255;

/// The identity of `name` in `realm`; a name that already ends in `@realm` keeps it once.
///
/// # Errors
/// What is wrong with the name.
pub(crate) fn identity(name: &str, realm: &str) -> Result<String, BadName> {
    if name.is_empty() {
        return Err(BadName::Empty);
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(BadName::TooLong { found_bytes: name.len() });
    }
    if let Some(offset) = name.find(char::is_control) {
        return Err(BadName::ControlCharacter { offset });
    }
    let stands_in_realm = name
        .strip_suffix(realm)
        .is_some_and(|head| realm.is_empty() || head.len() > 1 && head.ends_with('@'));
    Ok(if stands_in_realm { name.to_owned() } else { format!("{name}@{realm}") })
}

/// Why a name is no identity; the peer is at fault, and only its login fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadName {
    #[error("the user name is empty")]
    Empty,
    #[error("the user name has {found_bytes} bytes, more than {NAME_BYTES_MAX}")]
    TooLong { found_bytes: usize },
    #[error("the user name has a control character at byte {offset}")]
    ControlCharacter { offset: usize },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn appends_the_realm_once() {
        assert_eq!(identity("bob", "QPID").unwrap(), "bob@QPID");
        assert_eq!(identity("bob@QPID", "QPID").unwrap(), "bob@QPID");
        assert_eq!(identity("bob@OTHER", "QPID").unwrap(), "bob@OTHER@QPID");
        assert_eq!(identity("bobQPID", "QPID").unwrap(), "bobQPID@QPID");
    }

    #[test]
    fn an_empty_realm_leaves_the_name_alone() {
        assert_eq!(identity("bob", "").unwrap(), "bob");
    }

    #[test]
    fn refuses_names_that_cannot_stand_in_a_log_line() {
        assert_eq!(identity("", "QPID"), Err(BadName::Empty));
        assert_eq!(identity("a\nb", "QPID"), Err(BadName::ControlCharacter { offset: 1 }));
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        assert_eq!(identity(&long, "QPID"), Err(BadName::TooLong { found_bytes: 256 }));
        assert_eq!(identity("@QPID", "QPID").unwrap(), "@QPID@QPID");
    }

    proptest! {
        #[test]
        fn an_identity_is_its_own_identity(name in "[^\\p{Cc}]{1,60}", realm in "[A-Z.]{0,8}") {
            let once = identity(&name, &realm).unwrap();
            prop_assert_eq!(identity(&once, &realm).unwrap(), once.clone());
            prop_assert!(once.starts_with(&name));
        }
    }
}
