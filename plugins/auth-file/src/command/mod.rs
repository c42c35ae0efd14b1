//! `philter user`: adds, deletes and lists users, and sets passwords.
//!
//! Invariant: a password comes by standard input alone, never by an argument that others could
//! read.

mod arguments;
mod error;

use std::io::Read;

use philter_plugin_api::{CommandOutput, Context};

use arguments::{Request, USAGE};
use error::CommandError;

use crate::configuration::Configuration;
use crate::credential::Credential;
use crate::limits::PASSWORD_BYTES_MAX;
use crate::name::UserName;
use crate::password::Password;
use crate::sha256::random;
use crate::users::{Edit, UsersText, UsersWriter, read_users};

/// Runs the command. Exit codes: 0 done, 1 could not be done, 2 not understood.
pub(crate) fn run(
    context: &Context<'_>,
    arguments: &[&str],
    input: &mut dyn Read,
) -> CommandOutput {
    match Request::parse(arguments).and_then(|request| perform(context, request, input)) {
        Ok(output) => CommandOutput { output, errors: String::new(), exit_code: 0 },
        Err(error) => CommandOutput {
            output: String::new(),
            errors: format!("philter user: {error}\n"),
            exit_code: error.exit_code(),
        },
    }
}

fn perform(
    context: &Context<'_>,
    request: Request,
    input: &mut dyn Read,
) -> Result<String, CommandError> {
    if request == Request::Help {
        return Ok(USAGE.to_owned());
    }
    let configuration = Configuration::parse(context)?;
    let file = UsersFile::of(&configuration)?;
    match request {
        Request::Help => Ok(USAGE.to_owned()),
        Request::List => file.list(),
        Request::Add(name) => file.add(configuration.realm.user(&name)?, input),
        Request::Delete(name) => file.delete(&configuration.realm.user(&name)?),
        Request::SetPassword(name) => file.set_password(&configuration.realm.user(&name)?, input),
    }
}

/// The file that the command works on.
struct UsersFile<'a> {
    path: &'a std::path::Path,
    iterations: u32,
}

impl<'a> UsersFile<'a> {
    fn of(configuration: &'a Configuration) -> Result<Self, CommandError> {
        let path = configuration.users_path.as_deref().ok_or(CommandError::NoDataDirectory)?;
        Ok(Self { path, iterations: configuration.iterations })
    }

    fn list(&self) -> Result<String, CommandError> {
        let Some(text) = read_users(self.path)? else {
            return Ok(String::new());
        };
        let mut names: Vec<_> = text.names().collect();
        names.sort();
        Ok(names.into_iter().map(|name| format!("{name}\n")).collect())
    }

    fn add(&self, name: UserName, input: &mut dyn Read) -> Result<String, CommandError> {
        if read_users(self.path)?.is_some_and(|text| text.names().any(|known| *known == name)) {
            return Err(self.exists(&name));
        }
        let credential = self.credential(input)?;
        let user = name.clone();
        // Somebody may have added the same name since; the writer's lock decides.
        match self.edit(|text| text.add(user, credential))? {
            Edit::Changed => Ok(format!("added user {name} to {}\n", self.path.display())),
            Edit::Unchanged => Err(self.exists(&name)),
        }
    }

    fn delete(&self, name: &UserName) -> Result<String, CommandError> {
        self.require(name)?;
        match self.edit(|text| text.delete(name))? {
            Edit::Changed => Ok(format!("deleted user {name} from {}\n", self.path.display())),
            Edit::Unchanged => Err(self.unknown(name)),
        }
    }

    fn set_password(&self, name: &UserName, input: &mut dyn Read) -> Result<String, CommandError> {
        self.require(name)?;
        let credential = self.credential(input)?;
        match self.edit(|text| text.replace(name, credential))? {
            Edit::Changed => Ok(format!("set the password of user {name}\n")),
            Edit::Unchanged => Err(self.unknown(name)),
        }
    }

    /// Fails early, before a password is asked for or a file made.
    fn require(&self, name: &UserName) -> Result<(), CommandError> {
        match read_users(self.path)? {
            Some(text) if text.names().any(|known| known == name) => Ok(()),
            _ => Err(self.unknown(name)),
        }
    }

    fn edit(&self, change: impl FnOnce(&mut UsersText) -> bool) -> Result<Edit, CommandError> {
        let writer = UsersWriter::lock(self.path)?;
        let edit =
            writer.edit(|text| if change(text) { Edit::Changed } else { Edit::Unchanged })?;
        Ok(edit)
    }

    fn credential(&self, input: &mut dyn Read) -> Result<Credential, CommandError> {
        let password = read_password(input)?;
        Ok(Credential::derive(&password, &random()?, self.iterations))
    }

    fn exists(&self, name: &UserName) -> CommandError {
        CommandError::Exists { name: name.to_string(), path: self.path.to_owned() }
    }

    fn unknown(&self, name: &UserName) -> CommandError {
        CommandError::Unknown { name: name.to_string(), path: self.path.to_owned() }
    }
}

/// The password is everything up to the end of the input, less one line end.
fn read_password(input: &mut dyn Read) -> Result<Password, CommandError> {
    let mut bytes = Vec::new();
    let bytes_max = PASSWORD_BYTES_MAX as u64 + 3;
    input.take(bytes_max).read_to_end(&mut bytes).map_err(CommandError::Input)?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Ok(Password::parse(line)?)
}

#[cfg(test)]
mod tests;
