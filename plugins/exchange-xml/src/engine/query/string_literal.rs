//! XQuery's string literals, where they differ from XPath's: `&amp;` and `&#10;` mean a character
//! (XQuery 3.1, section 3.1.1).

/// The value of a literal with its quotes.
pub(super) fn string_value(literal: &str) -> Result<String, String> {
    let Some(quote) = literal.chars().next() else { return Ok(String::new()) };
    let inner = literal.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let doubled: String = [quote, quote].iter().collect();
    expand_references(&inner.unwrap_or_default().replace(&doubled, quote.encode_utf8(&mut [0; 4])))
}

/// Replaces references by their characters.
///
/// # Errors
/// A bare `&`, or a reference to what is no character, in words.
pub(super) fn expand_references(text: &str) -> Result<String, String> {
    let mut pieces = text.split('&');
    let mut value = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((reference, rest)) = piece.split_once(';') else {
            return Err("a '&' in a string begins no reference; write &amp;".to_owned());
        };
        let Some(character) = referenced(reference) else {
            return Err(format!("&{reference}; is no character"));
        };
        value.push(character);
        value.push_str(rest);
    }
    Ok(value)
}

fn referenced(reference: &str) -> Option<char> {
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !matches!(c, '\0'..='\u{8}'))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_references_become_characters() {
        assert_eq!(string_value("'it''s'").unwrap(), "it's");
        assert_eq!(string_value("\"a &amp; b&#x41;&#66;\"").unwrap(), "a & bAB");
        assert_eq!(string_value("\"'\"").unwrap(), "'");
        assert_eq!(string_value("'&quot;&apos;&lt;&gt;'").unwrap(), "\"'<>");
    }

    #[test]
    fn refuses_a_bare_ampersand_and_what_is_no_character() {
        assert!(string_value("'a & b'").is_err());
        assert!(string_value("'&nbsp;'").is_err());
        assert!(string_value("'&#0;'").is_err());
        assert!(string_value("'&#xD800;'").is_err());
    }
}
