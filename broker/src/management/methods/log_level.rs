//! What is logged, as management's tools say it and see it.

use philter_management::object::MethodError;

use crate::config::log_selector::{self, LEVELS};
use crate::logging;

/// Changes what is logged.
///
/// # Errors
/// What can't be understood, or not be done.
pub(super) fn set(level: &str) -> Result<(), MethodError> {
    let wrong = |text: String| MethodError::InvalidParameter(format!("level: {text}"));
    let filter = log_selector::filter(level).map_err(|error| wrong(error.to_string()))?;
    logging::set(&filter, level).map_err(|error| wrong(error.to_string()))?;
    tracing::info!("the log level is {level}");
    Ok(())
}

/// A level as tools show it: the log's own single words as Qpid has them.
pub(super) fn shown(level: &str) -> String {
    let is_word = |word: &str| LEVELS.contains(&word) && word != "off";
    let words: Vec<String> = level
        .split(',')
        .map(|word| match word.trim() {
            "warn" => "warning+".to_owned(),
            word if is_word(word) => format!("{word}+"),
            word => word.to_owned(),
        })
        .collect();
    words.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logs_words_are_shown_as_qpids() {
        assert_eq!(shown("info"), "info+");
        assert_eq!(shown("warn,philter::net=debug"), "warning+,philter::net=debug");
        assert_eq!(shown("debug+:Network"), "debug+:Network");
    }
}
