//! `philter plugin check FILE`.

use std::path::Path;

use super::{DONE, FAILED, Terminal, text};
use crate::config::Config;
use crate::plugin::{Opener, admit};

/// Says everything about a file, or everything that is wrong with it.
pub(crate) fn run(config: &Config, file: &Path, terminal: &mut Terminal<'_>) -> i32 {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let pin = name.and_then(|name| config.plugins.pins.get(&name).map(|pin| pin.digest));
    let reasons: Vec<String> = match admit(file, pin) {
        Ok(admitted) => match Opener::new(config).open(&admitted) {
            Ok(plugin) => {
                terminal.say(&text::of_plugin(&admitted.named, &*plugin));
                return DONE;
            }
            Err(failure) => vec![failure.reason],
        },
        Err(wrong) => wrong.iter().map(ToString::to_string).collect(),
    };
    for reason in reasons {
        terminal.say(&format!("{}: refused: {reason}\n", file.display()));
    }
    FAILED
}
