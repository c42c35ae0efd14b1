//! The system's log, as RFC 3164 knows it.

use super::error::ConfigError;
use super::given::Given;

/// How the system's log is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyslogSettings {
    /// What it calls the broker.
    pub(crate) name: String,
    /// The facility.
    pub(crate) facility: Facility,
}

/// What kind of program it is that logs (RFC 3164, 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facility {
    name: &'static str,
    code: u8,
}

const FACILITIES: [(&str, u8); 20] = [
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("authpriv", 10),
    ("ftp", 11),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

impl Facility {
    /// Qpid's names: with `LOG_` in front or not, in upper case or not.
    pub(super) fn parse(given: &Given) -> Result<Self, ConfigError> {
        let lower = given.value.to_ascii_lowercase();
        let bare = lower.strip_prefix("log_").unwrap_or(&lower);
        let known = FACILITIES.iter().find(|(name, _)| *name == bare);
        known.map(|(name, code)| Self { name, code: *code }).ok_or_else(|| {
            let names: Vec<&str> = FACILITIES.iter().map(|(name, _)| *name).collect();
            ConfigError::bad_value(given, names.join(", "))
        })
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    /// Its number.
    pub(crate) fn code(self) -> u8 {
        self.code
    }
}

impl Default for Facility {
    fn default() -> Self {
        Self { name: "daemon", code: 3 }
    }
}
