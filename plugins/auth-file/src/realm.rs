//! The realm: what follows the `@` of an identity.

use crate::name::{BadName, UserName};

/// A realm; empty where identities have none.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Realm(String);

impl Default for Realm {
    /// Qpid's own, so that its ACL files fit.
    fn default() -> Self {
        Self("QPID".to_owned())
    }
}

impl Realm {
    /// The user whom a peer or an operator means by `given`, which may name the realm.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub(crate) fn user(&self, given: &str) -> Result<UserName, BadName> {
        let head = given.strip_suffix(self.0.as_str()).and_then(|head| head.strip_suffix('@'));
        UserName::parse(head.unwrap_or(given))
    }

    /// The identity of `user` in this realm.
    pub(crate) fn identity(&self, user: &UserName) -> String {
        if self.0.is_empty() { user.to_string() } else { format!("{user}@{}", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_name_its_realm() {
        let realm = Realm::default();
        let bob = realm.user("bob").unwrap();
        assert_eq!(realm.user("bob@QPID").unwrap(), bob);
        assert_eq!(realm.identity(&bob), "bob@QPID");
        assert_eq!(realm.user("bob@OTHER"), Err(BadName::ForeignRealm));
        assert_eq!(realm.user("@QPID"), Err(BadName::Empty));
    }

    #[test]
    fn an_empty_realm_leaves_names_alone() {
        let realm = Realm(String::new());
        let bob = realm.user("bob").unwrap();
        assert_eq!(realm.identity(&bob), "bob");
        assert_eq!(realm.user("bob@QPID"), Err(BadName::ForeignRealm));
    }
}
