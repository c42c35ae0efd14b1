//! What a confirm is worth, in words, for the log and for management.

use philter_plugin_api::{Level, log};

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

/// Says it at start, louder where something may be lost.
pub(super) fn say(sync: SyncMode) {
    let level = if sync == SyncMode::Always { Level::Info } else { Level::Warn };
    log(level, &format!("sync = {}: {}", name(sync), sentence(sync)));
}
