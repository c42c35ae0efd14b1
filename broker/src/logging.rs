//! The log: lines for people on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Begins to log what `filter` lets through. The filter was checked with the configuration; a
/// second call changes nothing.
pub(crate) fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Whoever read the log may have gone. Saying so on the same closed stream would panic.
        .log_internal_errors(false);
    // Somebody logs already: then that log stays.
    let _ = subscriber.try_init();
}
