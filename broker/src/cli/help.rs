//! What a user may ask for, the plugins' subcommands included.

use crate::plugin::Catalog;

/// The plugins' subcommands for `--help`; empty where there are none.
pub(crate) fn of_plugins(catalog: &Catalog) -> String {
    let words = catalog.subcommands();
    let width = words.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    let lines = words.iter().map(|(word, plugin)| format!("\n  {word:width$}  of {plugin}"));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("Commands of plugins:{lines}") }
}

/// The answer to a word that is no command.
pub(crate) fn no_such_command(catalog: &Catalog, word: &str) -> String {
    let mut known = vec!["bench", "plugin"];
    known.extend(catalog.subcommands().into_iter().map(|(word, _)| word));
    format!("no such command: {word}; there are: {}", known.join(", "))
}
