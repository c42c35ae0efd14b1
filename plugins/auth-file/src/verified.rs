//! Passwords that were right a moment ago, so that a client that comes back costs no hash.
//!
//! What is kept is a keyed hash whose key dies with the process. It is bound to the user's stored
//! key: a new password or a deleted user needs no word here.
//!
//! Invariant: only a password that [`Credential::is_of`] accepted is ever remembered.

use quick_cache::sync::Cache;
use subtle::ConstantTimeEq;

use crate::credential::Credential;
use crate::limits::VERIFIED_MAX;
use crate::name::UserName;
use crate::password::Password;
use crate::sha256::{Hash, NoRandomness, hmac, random};

/// The passwords that were right, by user.
pub(crate) struct Verified {
    key: Hash,
    tags: Cache<UserName, Hash>,
}

impl Verified {
    /// Knows none.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        Ok(Self { key: random()?, tags: Cache::new(VERIFIED_MAX) })
    }

    /// Whether this password was right for this credential.
    pub(crate) fn knows(&self, user: &UserName, credential: &Credential, given: &Password) -> bool {
        let tag = self.tag(credential, given);
        self.tags.get(user).is_some_and(|known| known.ct_eq(&tag).into())
    }

    /// Remembers a password that was right.
    pub(crate) fn remember(&self, user: UserName, credential: &Credential, right: &Password) {
        self.tags.insert(user, self.tag(credential, right));
    }

    fn tag(&self, credential: &Credential, password: &Password) -> Hash {
        hmac(&self.key, &[credential.stored_key(), password.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_right_password_until_it_changes() {
        let verified = Verified::new().unwrap();
        let user = UserName::parse("bob").unwrap();
        let [right, wrong] = [&b"right"[..], b"wrong"].map(|text| Password::parse(text).unwrap());
        let credential = Credential::derive(&right, &[1; 16], 4096);
        assert!(!verified.knows(&user, &credential, &right));
        verified.remember(user.clone(), &credential, &right);
        assert!(verified.knows(&user, &credential, &right));
        assert!(!verified.knows(&user, &credential, &wrong));
        let changed = Credential::derive(&right, &[2; 16], 4096);
        assert!(!verified.knows(&user, &changed, &right));
    }

    #[test]
    fn remembers_no_more_users_than_its_limit() {
        let verified = Verified::new().unwrap();
        let password = Password::parse(b"x").unwrap();
        let credential = Credential::mock(&[1; 32], "x", 4096);
        for number in 0..VERIFIED_MAX * 2 {
            let user = UserName::parse(&format!("user{number}")).unwrap();
            verified.remember(user, &credential, &password);
        }
        assert!(verified.tags.len() <= VERIFIED_MAX);
    }
}
