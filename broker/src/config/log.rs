//! What is logged, in which form and where to.

use std::path::PathBuf;

use super::log_selector;
use super::name::Name;
use super::reading::Reading;
use super::syslog::{Facility, SyslogSettings};
use super::{absolute, defaults, value};

/// The options that say what is logged; they exclude each other.
pub(super) const WHAT: [Name; 3] = [Name::LogLevel, Name::LogEnable, Name::Trace];

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogSettings {
    /// What is logged, in the words of tracing's filters.
    pub(crate) filter: String,
    /// In which form.
    pub(crate) format: LogFormat,
    /// To standard error.
    pub(crate) to_stderr: bool,
    /// To this file.
    pub(crate) file: Option<PathBuf>,
    /// To the system's log.
    pub(crate) syslog: Option<SyslogSettings>,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// An object of JSON.
    Json,
}

impl LogFormat {
    /// What an operator calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
        }
    }
}

impl LogSettings {
    /// The log of a command: what is logged to standard error, and nowhere else. The broker's file
    /// is the broker's: who runs the command may be another user.
    pub(crate) fn of_a_command(&self) -> Self {
        Self { to_stderr: true, file: None, syslog: None, ..self.clone() }
    }

    /// A daemon has no standard error; where it is told nothing else, it logs to the system.
    pub(super) fn assemble(reading: &mut Reading<'_>, is_daemon: bool) -> Self {
        let path = |given: &_| Ok(Some(absolute(value::path(given)?)));
        let name =
            reading.parse(Name::SyslogName, defaults::SYSLOG_NAME.into(), value::syslog_name);
        let facility = reading.parse(Name::SyslogFacility, Facility::default(), Facility::parse);
        let file = reading.parse(Name::LogToFile, None, path);
        let to_stderr = reading.parse(Name::LogToStderr, true, value::yes_or_no);
        let has_syslog = reading.parse(Name::LogToSyslog, false, value::yes_or_no);
        let needs_syslog = is_daemon && to_stderr && file.is_none();
        Self {
            filter: filter(reading),
            format: reading.parse(Name::LogFormat, LogFormat::Human, value::log_format),
            to_stderr: to_stderr && !is_daemon,
            file,
            syslog: (has_syslog || needs_syslog).then_some(SyslogSettings { name, facility }),
        }
    }
}

fn filter(reading: &mut Reading<'_>) -> String {
    let default = || defaults::LOG_FILTER.to_owned();
    let chosen = reading.chosen(&WHAT);
    let Some(first) = chosen.first() else { return default() };
    let filter = match first.name {
        Name::LogEnable => log_selector::of_rules(&chosen),
        Name::Trace => {
            value::yes_or_no(first).map(|all| if all { "trace".to_owned() } else { default() })
        }
        _ => value::log_filter(first),
    };
    reading.ok(filter).unwrap_or_else(default)
}
