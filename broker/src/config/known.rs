//! From a name as it was written to an option, or why there is none.

use super::error::ConfigError;
use super::given::Origin;
use super::missing::{self, Missing};
use super::name::Name;

/// The option of this name.
///
/// # Errors
/// It is not there yet, makes no sense here, or means nothing.
pub(super) fn option(text: &str, origin: &Origin) -> Result<Name, ConfigError> {
    Name::find(text).ok_or_else(|| no_option(text, origin.clone()))
}

/// Why there is no option of this name; the command line's short options are told by their long
/// names.
pub(crate) fn no_option(text: &str, origin: Origin) -> ConfigError {
    match missing::find(text) {
        Some((_, missing)) => is_missing(missing, origin),
        None => ConfigError::Unknown { origin, nearest: Name::nearest(text, 2) },
    }
}

/// The same for an argument of the command line.
pub(crate) fn no_argument(argument: &str) -> ConfigError {
    let option = argument.split('=').next().unwrap_or(argument);
    let name = option.trim_start_matches('-');
    let origin = match missing::find(name) {
        Some((long, _)) => Origin::option(long),
        None => Origin::CommandLine { option: option.to_owned() },
    };
    no_option(name, origin)
}

/// Why an option is not there.
pub(super) fn is_missing(missing: Missing, origin: Origin) -> ConfigError {
    match missing {
        Missing::NotYet => ConfigError::NotYet { origin },
        Missing::Never(why) => ConfigError::Never { origin, why },
    }
}
