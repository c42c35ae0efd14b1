//! The arguments of `philter store`.

/// What the command answers to `--help`, and to what it does not understand.
pub(super) const USAGE: &str = "\
usage: philter store check [DIR]
       philter store dump [DIR] [--bodies] [--queue NUMBER] [--from POSITION]
       philter store compact [DIR]
       philter store backup [DIR] TARGET

check    reads all of a stopped broker's journal and says what it holds and what is damaged
dump     prints its records, one a line, as JSON
compact  copies what is live together and gives the room of the rest back
backup   copies a journal, also one that a broker is writing to, to a new directory TARGET

DIR is a data directory, or the journal in one; without it the broker's own is taken.
check and dump change nothing. A name that begins with '-' comes after '--'.
";

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Check { directory: Option<String> },
    Dump { directory: Option<String>, selection: Selection },
    Compact { directory: Option<String> },
    Backup { directory: Option<String>, target: String },
    Help,
}

/// What of a journal is dumped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// Headers and bodies as well.
    pub(super) has_bodies: bool,
    /// Records of this queue alone.
    pub(super) queue: Option<u64>,
    /// Records from this position on.
    pub(super) from: u64,
}

impl Request {
    /// Reads the arguments behind `philter store`.
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
    selection: Selection,
    /// The first option that `dump` alone takes.
    dump_option: Option<&'a str>,
    has_help: bool,
}

impl<'a> Words<'a> {
    fn split(arguments: &[&'a str]) -> Result<Self, UsageError> {
        let mut words = Self::default();
        let mut arguments = arguments.iter().copied();
        while let Some(argument) = arguments.next() {
            match argument {
                "--" => {
                    words.plain.extend(arguments.by_ref());
                }
                "--help" | "-h" => words.has_help = true,
                _ if argument.starts_with('-') => words.dump_option(argument, &mut arguments)?,
                _ => words.plain.push(argument),
            }
        }
        Ok(words)
    }

    fn dump_option(
        &mut self,
        option: &'a str,
        values: &mut impl Iterator<Item = &'a str>,
    ) -> Result<(), UsageError> {
        match option {
            "--bodies" => self.selection.has_bodies = true,
            "--queue" => self.selection.queue = Some(number(option, values.next())?),
            "--from" => self.selection.from = number(option, values.next())?,
            _ => return Err(UsageError::Option { option: option.to_owned() }),
        }
        self.dump_option.get_or_insert(option);
        Ok(())
    }

    fn request(&self) -> Result<Request, UsageError> {
        if self.has_help {
            return Ok(Request::Help);
        }
        let (&verb, rest) = self.plain.split_first().ok_or(UsageError::NoVerb)?;
        if let (true, Some(option)) = (verb != "dump", self.dump_option) {
            return Err(UsageError::OptionUnused { option: option.to_owned() });
        }
        let owned = |name: &&str| (*name).to_owned();
        let (directory, target, more) = match (verb, rest) {
            ("backup", []) => return Err(UsageError::NoTarget),
            ("backup", [target]) => (None, owned(target), None),
            ("backup", [directory, target, more @ ..]) => {
                (Some(owned(directory)), owned(target), more.first())
            }
            (_, rest) => (rest.first().map(owned), String::new(), rest.get(1)),
        };
        if let Some(more) = more {
            return Err(UsageError::More { argument: owned(more) });
        }
        match verb {
            "check" => Ok(Request::Check { directory }),
            "dump" => Ok(Request::Dump { directory, selection: self.selection }),
            "compact" => Ok(Request::Compact { directory }),
            "backup" => Ok(Request::Backup { directory, target }),
            _ => Err(UsageError::Verb { verb: verb.to_owned() }),
        }
    }
}

fn number(option: &str, value: Option<&str>) -> Result<u64, UsageError> {
    let value = value.unwrap_or_default();
    let error = || UsageError::Number { option: option.to_owned(), value: value.to_owned() };
    value.parse().map_err(|_| error())
}

/// What is not understood, with the usage behind it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UsageError {
    #[error("say what to do: check, dump, compact or backup\n{USAGE}")]
    NoVerb,
    #[error("'{verb}' is none of check, dump, compact and backup\n{USAGE}")]
    Verb { verb: String },
    #[error("there is no option '{option}'\n{USAGE}")]
    Option { option: String },
    #[error("'{option}' is an option of dump alone\n{USAGE}")]
    OptionUnused { option: String },
    #[error("'{option}' takes a number, not '{value}'\n{USAGE}")]
    Number { option: String, value: String },
    #[error("name the directory to copy to\n{USAGE}")]
    NoTarget,
    #[error("'{argument}' is one argument too many\n{USAGE}")]
    More { argument: String },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Request, UsageError> {
        Request::parse(arguments)
    }

    #[test]
    fn a_directory_may_be_named_or_not() {
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(parse(&["check"]), Ok(Request::Check { directory: None }));
        assert_eq!(parse(&["compact", "d"]), Ok(Request::Compact { directory: named("d") }));
        let target = "t".to_owned();
        let backup = Request::Backup { directory: None, target: target.clone() };
        assert_eq!(parse(&["backup", "t"]), Ok(backup));
        let backup = Request::Backup { directory: named("-d"), target };
        assert_eq!(parse(&["backup", "--", "-d", "t"]), Ok(backup));
    }

    #[test]
    fn options_of_dump_stand_anywhere() {
        let selection = Selection { has_bodies: true, queue: Some(7), from: 9 };
        let directory = Some("d".to_owned());
        let dump = parse(&["--bodies", "dump", "--queue", "7", "d", "--from", "9"]);
        assert_eq!(dump, Ok(Request::Dump { directory, selection }));
        assert_eq!(parse(&["dump", "--help"]), Ok(Request::Help));
    }

    #[test]
    fn says_what_is_not_understood() {
        let text = |text: &str| text.to_owned();
        assert_eq!(parse(&[]), Err(UsageError::NoVerb));
        assert_eq!(parse(&["repair"]), Err(UsageError::Verb { verb: text("repair") }));
        assert_eq!(parse(&["backup"]), Err(UsageError::NoTarget));
        let more = |argument| Err(UsageError::More { argument: text(argument) });
        assert_eq!(parse(&["backup", "a", "b", "c"]), more("c"));
        assert_eq!(parse(&["check", "a", "b"]), more("b"));
        let option = text("--fast");
        assert_eq!(parse(&["dump", "--fast"]), Err(UsageError::Option { option }));
        let option = text("--queue");
        assert_eq!(
            parse(&["check", "--queue", "1"]),
            Err(UsageError::OptionUnused { option: option.clone() })
        );
        for (arguments, value) in [(&["dump", "--queue"][..], ""), (&["dump", "--queue", "x"], "x")]
        {
            let error = UsageError::Number { option: option.clone(), value: text(value) };
            assert_eq!(parse(arguments), Err(error));
        }
    }
}
