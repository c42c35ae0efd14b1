//! The users file as text: parsed, changed and written without losing what else stands in it.
//!
//! ```text
//! philter-users 1
//! mock-key <32 bytes in base64>
//! # A comment, kept where it stands. Empty lines are kept too.
//! user<TAB>bob<TAB>SCRAM-SHA-256$600000:<salt>$<StoredKey>:<ServerKey>
//! ```
//!
//! Invariants: writing what was parsed gives the same text, line ends of the last line aside; no
//! name stands twice; a name stands in its prepared form.

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Users;
use super::error::Malformed;
use crate::credential::Credential;
use crate::name::UserName;
use crate::sha256::{Hash, NoRandomness, random};

const HEADER: &str = "philter-users 1";
const MOCK_KEY: &str = "mock-key ";

/// The file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UsersText {
    mock_key: Hash,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    User(UserName, Credential),
    Other(String),
}

impl UsersText {
    /// A file without users, with a new mock key.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        Ok(Self { mock_key: random()?, lines: Vec::new() })
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// The number of the line that is wrong, from 1, and what is wrong with it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, (usize, Malformed)> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = bytes.iter().take(error.valid_up_to());
            (valid.filter(|&&byte| byte == b'\n').count() + 1, Malformed::Encoding)
        })?;
        let mut numbered = (1..).zip(text.lines());
        match numbered.next() {
            Some((_, HEADER)) => {}
            _ => return Err((1, Malformed::Header)),
        }
        let (_, mock_key) = numbered.next().ok_or((2, Malformed::NoMockKey))?;
        let mock_key = parse_mock_key(mock_key).map_err(|malformed| (2, malformed))?;
        Ok(Self { mock_key, lines: parse_lines(numbered)? })
    }

    /// The users, to be looked up.
    pub(crate) fn users(self, mock_iterations: u32) -> Users {
        let mut by_name = HashMap::new();
        for line in self.lines {
            if let Line::User(name, credential) = line {
                by_name.insert(name, credential);
            }
        }
        Users::new(by_name, self.mock_key, mock_iterations)
    }

    /// The names, in the order of the file.
    pub(crate) fn names(&self) -> impl Iterator<Item = &UserName> {
        self.lines.iter().filter_map(|line| match line {
            Line::User(name, _) => Some(name),
            Line::Other(_) => None,
        })
    }

    /// Adds a user at the end; false where the name is there already.
    pub(crate) fn add(&mut self, name: UserName, credential: Credential) -> bool {
        let is_new = self.names().all(|present| *present != name);
        if is_new {
            self.lines.push(Line::User(name, credential));
        }
        is_new
    }

    /// Takes a user out; false where there is none of this name.
    pub(crate) fn delete(&mut self, name: &UserName) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| !matches!(line, Line::User(present, _) if present == name));
        self.lines.len() < before
    }

    /// Gives a user another credential; false where there is none of this name.
    pub(crate) fn replace(&mut self, name: &UserName, new: Credential) -> bool {
        for line in &mut self.lines {
            if let Line::User(present, credential) = line
                && present == name
            {
                *credential = new;
                return true;
            }
        }
        false
    }
}

impl fmt::Display for UsersText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\n{MOCK_KEY}{}", STANDARD.encode(self.mock_key))?;
        for line in &self.lines {
            match line {
                Line::User(name, credential) => writeln!(f, "user\t{name}\t{credential}")?,
                Line::Other(text) => writeln!(f, "{text}")?,
            }
        }
        Ok(())
    }
}

fn parse_mock_key(line: &str) -> Result<Hash, Malformed> {
    let encoded = line.strip_prefix(MOCK_KEY).ok_or(Malformed::NoMockKey)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| Malformed::MockKey)?;
    bytes.try_into().map_err(|_| Malformed::MockKey)
}

fn parse_lines<'a>(
    numbered: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Vec<Line>, (usize, Malformed)> {
    let mut lines = Vec::new();
    let mut first_lines = HashMap::new();
    for (number, text) in numbered {
        if text.is_empty() || text.starts_with('#') {
            lines.push(Line::Other(text.to_owned()));
            continue;
        }
        let (name, credential) = parse_user(text).map_err(|malformed| (number, malformed))?;
        if let Some(first_line) = first_lines.insert(name.clone(), number) {
            return Err((number, Malformed::Duplicate { first_line }));
        }
        lines.push(Line::User(name, credential));
    }
    Ok(lines)
}

fn parse_user(line: &str) -> Result<(UserName, Credential), Malformed> {
    let mut fields = line.split('\t');
    let (Some("user"), Some(given), Some(credential), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(Malformed::User);
    };
    let name = UserName::parse(given)?;
    if name.as_str() != given {
        return Err(Malformed::NotPrepared { prepared: name.as_str().to_owned() });
    }
    Ok((name, credential.parse()?))
}

#[cfg(test)]
mod tests;
