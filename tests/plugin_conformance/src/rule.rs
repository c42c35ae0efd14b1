//! A rule, and how it ends.

use philter_plugin_api::{Error, ErrorKind};

/// Why a rule did not pass. The texts are for whoever wrote the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The plugin breaks the rule.
    Fails(String),
    /// The rule has nothing to look at, or does not apply.
    Skips(String),
}

/// How a rule ends: what was seen, or why it stopped.
pub(crate) type Checked = Result<String, Stop>;

/// A rule about an `S`.
pub(crate) struct Rule<S: ?Sized> {
    /// What a plugin does that keeps it.
    pub(crate) name: &'static str,
    /// Looks whether it does.
    pub(crate) check: fn(&S) -> Checked,
}

/// The plugin breaks the rule.
pub(crate) fn fails<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Fails(what.into()))
}

/// The rule does not apply.
pub(crate) fn skips<T>(why: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Skips(why.into()))
}

/// Fails unless `holds`.
pub(crate) fn demand(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Stop> {
    if holds { Ok(()) } else { fails(otherwise()) }
}

/// A call that must do.
pub(crate) fn done<T>(call: &str, result: Result<T, Error>) -> Result<T, Stop> {
    result.or_else(|error| fails(format!("{call} failed: {}", described(&error))))
}

/// A call that must be refused: the error, which is neither a panic nor a failure of the plugin's
/// own.
pub(crate) fn refused<T>(call: &str, result: Result<T, Error>) -> Result<Error, Stop> {
    match result {
        Ok(_) => fails(format!("{call} was accepted")),
        Err(error) if matches!(error.kind(), ErrorKind::Panic | ErrorKind::Internal) => {
            fails(format!("{call}: {}", described(&error)))
        }
        Err(error) => Ok(error),
    }
}

/// A call that may be refused, but not by a panic or a failure of the plugin's own.
pub(crate) fn accepted_or_refused<T>(
    call: &str,
    result: Result<T, Error>,
) -> Result<Option<T>, Stop> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => refused::<T>(call, Err(error)).map(|_| None),
    }
}

/// An error with its kind.
pub(crate) fn described(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Panic => format!("the plugin panicked: {error}"),
        kind => format!("{kind:?}: {error}"),
    }
}
