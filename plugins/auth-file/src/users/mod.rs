//! The users of the file, ready to be looked up.
//!
//! Invariant: an unknown name is answered with a credential of the same look as a known one's, and
//! with the same one each time.

mod directory;
mod error;
mod file;
mod text;
mod writer;

use std::collections::HashMap;
use std::path::Path;

use crate::credential::Credential;
use crate::name::UserName;
use crate::sha256::{Hash, NoRandomness, random};

pub(crate) use directory::Directory;
pub(crate) use error::UsersError;
pub(crate) use text::UsersText;
pub(crate) use writer::{Edit, UsersWriter};

/// Reads the file at `path` for what is written in it; none where there is none.
///
/// # Errors
/// A file that cannot be used.
pub(crate) fn read_users(path: &Path) -> Result<Option<UsersText>, UsersError> {
    Ok(file::read(path)?.map(|(_, text)| text))
}

/// The users of one state of the file.
pub(crate) struct Users {
    by_name: HashMap<UserName, Credential>,
    mock_key: Hash,
    mock_iterations: u32,
}

/// What a name leads to.
pub(crate) struct Found {
    /// The user's credential, or one that no password has.
    pub(crate) credential: Credential,
    /// Whether the file has the name.
    pub(crate) is_known: bool,
}

impl Users {
    /// Nobody, where there is no file yet. Its mocks are stable while the process runs.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub(crate) fn none(mock_iterations: u32) -> Result<Self, NoRandomness> {
        Ok(Self { by_name: HashMap::new(), mock_key: random()?, mock_iterations })
    }

    /// These users. Mocks have the iterations that most of them have, or `mock_iterations` where
    /// there is none.
    pub(crate) fn new(
        by_name: HashMap<UserName, Credential>,
        mock_key: Hash,
        mock_iterations: u32,
    ) -> Self {
        let mock_iterations = most_common_iterations(&by_name).unwrap_or(mock_iterations);
        Self { by_name, mock_key, mock_iterations }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The credential behind a name.
    pub(crate) fn find(&self, name: &UserName) -> Found {
        let mock = Credential::mock(&self.mock_key, name.as_str(), self.mock_iterations);
        match self.by_name.get(name) {
            Some(credential) => Found { credential: credential.clone(), is_known: true },
            None => Found { credential: mock, is_known: false },
        }
    }
}

fn most_common_iterations(by_name: &HashMap<UserName, Credential>) -> Option<u32> {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for credential in by_name.values() {
        *counts.entry(credential.iterations()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(iterations, count)| (count, iterations)).map(|(most, _)| most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Password;

    fn user(name: &str, iterations: u32) -> (UserName, Credential) {
        let password = Password::parse(b"secret").unwrap();
        (UserName::parse(name).unwrap(), Credential::derive(&password, &[1; 16], iterations))
    }

    #[test]
    fn an_unknown_name_looks_like_most_known_ones() {
        let by_name = [user("a", 4096), user("b", 5000), user("c", 4096)].into_iter().collect();
        let users = Users::new(by_name, [9; 32], 600_000);
        let found = users.find(&UserName::parse("nobody").unwrap());
        assert!(!found.is_known);
        assert_eq!(found.credential.iterations(), 4096);
        let again = users.find(&UserName::parse("nobody").unwrap());
        assert_eq!(again.credential.salt(), found.credential.salt());
        assert!(users.find(&UserName::parse("b").unwrap()).is_known);
    }

    #[test]
    fn nobody_is_found_among_none() {
        let users = Users::none(4096).unwrap();
        assert_eq!(users.len(), 0);
        assert!(!users.find(&UserName::parse("bob").unwrap()).is_known);
    }
}
