//! Texts for the plugin's answers in JSON; numbers write themselves.

/// A text as JSON has it (RFC 8259, section 7).
pub(crate) fn quoted(text: &str) -> String {
    let escape = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        character if character < ' ' => format!("\\u{:04x}", u32::from(character)),
        character => character.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}
