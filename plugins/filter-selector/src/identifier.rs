//! Which characters an identifier is made of: those of a Java identifier (JMS 3.1, section
//! 3.8.1.1), and dots, which names such as `qpid.subject` have.
//!
//! Java allows control characters inside identifiers; here they are refused, so that what an error
//! shows is what stands there.

/// Whether an identifier may begin with it: a letter, a currency sign or a connector such as `_`.
pub(crate) fn is_start(character: char) -> bool {
    unicode_ident::is_xid_start(character) || is_currency(character) || is_connector(character)
}

/// Whether it may stand further on: a dot, a digit or a combining mark as well.
pub(crate) fn is_part(character: char) -> bool {
    character == '.' || unicode_ident::is_xid_continue(character) || is_currency(character)
}

/// Unicode's general category Sc.
fn is_currency(character: char) -> bool {
    matches!(
        character,
        '$' | '\u{a2}'..='\u{a5}'
            | '\u{58f}'
            | '\u{60b}'
            | '\u{7fe}'..='\u{7ff}'
            | '\u{9f2}'..='\u{9f3}'
            | '\u{9fb}'
            | '\u{af1}'
            | '\u{bf9}'
            | '\u{e3f}'
            | '\u{17db}'
            | '\u{20a0}'..='\u{20c0}'
            | '\u{a838}'
            | '\u{fdfc}'
            | '\u{fe69}'
            | '\u{ff04}'
            | '\u{ffe0}'..='\u{ffe1}'
            | '\u{ffe5}'..='\u{ffe6}'
            | '\u{11fdd}'..='\u{11fe0}'
            | '\u{1e2ff}'
            | '\u{1ecb0}'
    )
}

/// Unicode's general category Pc; all of it may stand further on by `unicode_ident`.
fn is_connector(character: char) -> bool {
    matches!(
        character,
        '_' | '\u{203f}'..='\u{2040}'
            | '\u{2054}'
            | '\u{fe33}'..='\u{fe34}'
            | '\u{fe4d}'..='\u{fe4f}'
            | '\u{ff3f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_and_goes_on_as_in_java() {
        for start in ['a', 'Z', 'ß', 'Ω', '語', '_', '$', '€', '\u{203f}', '\u{2160}'] {
            assert!(is_start(start) && is_part(start), "{start}");
        }
        for part in ['0', '٣', '.', '\u{301}'] {
            assert!(!is_start(part) && is_part(part), "{part}");
        }
        for neither in [' ', '-', '\'', '"', '+', '\0', '\u{200b}', '§', '²', '½'] {
            assert!(!is_start(neither) && !is_part(neither), "{neither:?}");
        }
    }
}
