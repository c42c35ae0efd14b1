//! Characters and names of XML (XML 1.0, fifth edition, sections 2.2 and 2.3; Namespaces in XML,
//! sections 3 and 4).

/// `Char`.
pub(crate) fn is_xml_char(c: char) -> bool {
    !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

/// `S`, one character of it.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The words between whitespace.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// `NameStartChar` but for the colon.
pub(crate) fn is_name_start(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '_' => true,
        '\0'..='\x7f' => false,
        _ => matches!(
            c,
            '\u{c0}'..='\u{d6}'
                | '\u{d8}'..='\u{f6}'
                | '\u{f8}'..='\u{2ff}'
                | '\u{370}'..='\u{37d}'
                | '\u{37f}'..='\u{1fff}'
                | '\u{200c}'..='\u{200d}'
                | '\u{2070}'..='\u{218f}'
                | '\u{2c00}'..='\u{2fef}'
                | '\u{3001}'..='\u{d7ff}'
                | '\u{f900}'..='\u{fdcf}'
                | '\u{fdf0}'..='\u{fffd}'
                | '\u{10000}'..='\u{effff}'
        ),
    }
}

/// `NameChar` but for the colon.
pub(crate) fn is_name_char(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '0'..='9' | '-' | '.' | '\u{b7}')
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// The `NCName` that a text begins with, and its rest; the name is empty where there is none.
pub(crate) fn split_ncname(text: &str) -> (&str, &str) {
    let length = match text.chars().next() {
        Some(first) if is_name_start(first) => {
            text.find(|c| !is_name_char(c)).unwrap_or(text.len())
        }
        _ => 0,
    };
    text.split_at_checked(length).unwrap_or(("", text))
}

/// Whether a text is an `NCName`.
pub(crate) fn is_ncname(text: &str) -> bool {
    let (name, rest) = split_ncname(text);
    !name.is_empty() && rest.is_empty()
}

/// Whether a text is a `Name`.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == ':' || is_name_start(c))
        && chars.all(|c| c == ':' || is_name_char(c))
}

/// Whether a text is an `Nmtoken`.
pub(crate) fn is_nmtoken(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c == ':' || is_name_char(c))
}

/// Prefix and local part of a `QName`.
pub(crate) fn split_qname(text: &str) -> Option<(Option<&str>, &str)> {
    let (prefix, local) = match text.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, text),
    };
    (prefix.is_none_or(is_ncname) && is_ncname(local)).then_some((prefix, local))
}

/// A text with the whitespace facet `collapse`: none around it, single blanks inside.
pub(crate) fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in words(text) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_neither_begins_with_a_digit_nor_holds_a_colon() {
        for name in ["a", "_", "a-b.c", "é1", "a\u{b7}", "𐐀"] {
            assert!(is_ncname(name), "{name}");
        }
        for text in ["", "1", "-a", ".a", "a:b", "a b", "\u{d7}", "a\u{f7}", "\u{37e}"] {
            assert!(!is_ncname(text), "{text}");
        }
    }
}
