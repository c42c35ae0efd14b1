//! The arguments of `philter user`.

/// What the command answers to `--help`, and to what it does not understand.
pub(super) const USAGE: &str = "\
usage: philter user add NAME --password-stdin [--data-dir DIR]
       philter user passwd NAME --password-stdin [--data-dir DIR]
       philter user delete NAME [--data-dir DIR]
       philter user list [--data-dir DIR]

The password is read from standard input, to its end, less one line end.
A name that begins with '-' comes after '--'.
";

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Add(String),
    SetPassword(String),
    Delete(String),
    List,
    Help,
}

impl Request {
    /// Reads the arguments behind `philter user`.
    ///
    /// # Errors
    /// What is not understood.
    pub(super) fn parse<E: From<UsageError>>(arguments: &[&str]) -> Result<Self, E> {
        Ok(Words::split(arguments)?.request()?)
    }
}

/// Arguments, sorted into options and the rest.
#[derive(Default)]
struct Words<'a> {
    plain: Vec<&'a str>,
    has_password_stdin: bool,
    has_help: bool,
}

impl<'a> Words<'a> {
    fn split(arguments: &[&'a str]) -> Result<Self, UsageError> {
        let mut words = Self::default();
        let mut options_end = false;
        for &argument in arguments {
            match argument {
                _ if options_end => words.plain.push(argument),
                "--" => options_end = true,
                "--password-stdin" => words.has_password_stdin = true,
                "--help" | "-h" => words.has_help = true,
                _ if argument.starts_with('-') => {
                    return Err(UsageError::Option { option: argument.to_owned() });
                }
                _ => words.plain.push(argument),
            }
        }
        Ok(words)
    }

    fn request(&self) -> Result<Request, UsageError> {
        if self.has_help {
            return Ok(Request::Help);
        }
        let (&verb, rest) = self.plain.split_first().ok_or(UsageError::NoVerb)?;
        let request = match (verb, rest) {
            ("list", []) => Request::List,
            ("add", [name]) => Request::Add((*name).to_owned()),
            ("passwd", [name]) => Request::SetPassword((*name).to_owned()),
            ("delete", [name]) => Request::Delete((*name).to_owned()),
            ("add" | "passwd" | "delete", []) => return Err(UsageError::NoName),
            ("add" | "passwd" | "delete", [_, more, ..]) | ("list", [more, ..]) => {
                return Err(UsageError::More { argument: (*more).to_owned() });
            }
            _ => return Err(UsageError::Verb { verb: verb.to_owned() }),
        };
        let takes_password = matches!(request, Request::Add(_) | Request::SetPassword(_));
        match (takes_password, self.has_password_stdin) {
            (true, false) => Err(UsageError::NoPassword),
            (false, true) => Err(UsageError::PasswordUnused { verb: verb.to_owned() }),
            _ => Ok(request),
        }
    }
}

/// What is not understood, with the usage behind it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UsageError {
    #[error("say what to do: add, passwd, delete or list\n{USAGE}")]
    NoVerb,
    #[error("'{verb}' is none of add, passwd, delete and list\n{USAGE}")]
    Verb { verb: String },
    #[error("there is no option '{option}'\n{USAGE}")]
    Option { option: String },
    #[error("name the user\n{USAGE}")]
    NoName,
    #[error("'{argument}' is one argument too many\n{USAGE}")]
    More { argument: String },
    #[error("give the password on standard input and say --password-stdin\n{USAGE}")]
    NoPassword,
    #[error("'{verb}' takes no password\n{USAGE}")]
    PasswordUnused { verb: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Request, UsageError> {
        Request::parse(arguments)
    }

    #[test]
    fn options_stand_anywhere() {
        let add = Ok(Request::Add("bob".to_owned()));
        assert_eq!(parse(&["add", "bob", "--password-stdin"]), add);
        assert_eq!(parse(&["--password-stdin", "add", "bob"]), add);
        assert_eq!(parse(&["delete", "--", "-bob"]), Ok(Request::Delete("-bob".to_owned())));
        assert_eq!(parse(&["list", "--help"]), Ok(Request::Help));
    }

    #[test]
    fn says_what_is_not_understood() {
        assert_eq!(parse(&[]), Err(UsageError::NoVerb));
        assert_eq!(parse(&["rename"]), Err(UsageError::Verb { verb: "rename".to_owned() }));
        assert_eq!(parse(&["add", "--password-stdin"]), Err(UsageError::NoName));
        assert_eq!(parse(&["add", "bob"]), Err(UsageError::NoPassword));
        let more = Err(UsageError::More { argument: "secret".to_owned() });
        assert_eq!(parse(&["add", "bob", "secret", "--password-stdin"]), more);
        let option = Err(UsageError::Option { option: "--password".to_owned() });
        assert_eq!(parse(&["add", "bob", "--password", "x"]), option);
        let unused = Err(UsageError::PasswordUnused { verb: "delete".to_owned() });
        assert_eq!(parse(&["delete", "bob", "--password-stdin"]), unused);
    }
}
