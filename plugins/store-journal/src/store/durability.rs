//! What a confirm is worth, in words: the broker says them at start, and management shows them.

use crate::engine::SyncMode;

/// The mode's name in the configuration.
pub(super) fn name(sync: SyncMode) -> &'static str {
    match sync {
        SyncMode::Always => "always",
        SyncMode::Interval { .. } => "interval",
        SyncMode::Never => "never",
    }
}

/// What is lost when.
pub(super) fn sentence(sync: SyncMode) -> String {
    match sync {
        SyncMode::Always => {
            "what is confirmed is on the disk: neither the end of the broker nor a power cut loses \
             it"
            .to_owned()
        }
        SyncMode::Interval { interval_ms } => format!(
            "the end of the broker loses nothing that was confirmed; a power cut or the end of the \
             system loses what was confirmed in about the last {interval_ms} ms"
        ),
        SyncMode::Never => {
            "the end of the broker loses nothing that was confirmed; a power cut or the end of the \
             system loses what the system had not written yet, often the last half minute"
                .to_owned()
        }
    }
}
