//! Decimal formats (XQuery 3.1, section 4.10; XPath Functions 3.1, section 4.7.1).

use std::collections::HashSet;
use std::sync::Arc;

use super::fault::fault;
use crate::error::{Result, Span};
use crate::expression::DecimalFormat;
use crate::functions::family_of;

impl Default for DecimalFormat {
    fn default() -> Self {
        Self {
            decimal_separator: '.',
            grouping_separator: ',',
            exponent_separator: 'e',
            percent: '%',
            per_mille: '\u{2030}',
            zero_digit: '0',
            digit: '#',
            pattern_separator: ';',
            minus_sign: '-',
            infinity: "Infinity".into(),
            nan: "NaN".into(),
        }
    }
}

/// A format of the properties that are declared.
pub(super) fn read(properties: &[(Box<str>, Box<str>)], span: Span) -> Result<Arc<DecimalFormat>> {
    let mut format = DecimalFormat::default();
    let mut seen = HashSet::new();
    for (name, value) in properties {
        if !seen.insert(&**name) {
            return Err(fault("XQST0114", format!("{name} is given twice"), span));
        }
        set(&mut format, name, value, span)?;
    }
    check(&format, span)?;
    Ok(Arc::new(format))
}

fn set(format: &mut DecimalFormat, name: &str, value: &str, span: Span) -> Result<()> {
    let property = match name {
        "infinity" => {
            format.infinity = value.into();
            return Ok(());
        }
        "NaN" => {
            format.nan = value.into();
            return Ok(());
        }
        "decimal-separator" => &mut format.decimal_separator,
        "grouping-separator" => &mut format.grouping_separator,
        "exponent-separator" => &mut format.exponent_separator,
        "percent" => &mut format.percent,
        "per-mille" => &mut format.per_mille,
        "zero-digit" => &mut format.zero_digit,
        "digit" => &mut format.digit,
        "pattern-separator" => &mut format.pattern_separator,
        "minus-sign" => &mut format.minus_sign,
        _ => return Err(fault("XPST0003", format!("a decimal format has no {name}"), span)),
    };
    let mut characters = value.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        let text = format!("{name} must be one character, found \"{value}\"");
        return Err(fault("XQST0097", text, span));
    };
    if name == "zero-digit" && family_of(character) != Some(character) {
        let text = format!("zero-digit must be a digit of value zero, found \"{value}\"");
        return Err(fault("XQST0097", text, span));
    }
    *property = character;
    Ok(())
}

/// Characters that mean something in a picture must differ from each other.
fn check(format: &DecimalFormat, span: Span) -> Result<()> {
    let zero = u32::from(format.zero_digit);
    let is_digit = |c: char| (zero..zero + 10).contains(&u32::from(c));
    let used = [
        format.decimal_separator,
        format.grouping_separator,
        format.exponent_separator,
        format.percent,
        format.per_mille,
        format.digit,
        format.pattern_separator,
    ];
    let mut seen = HashSet::new();
    match used.into_iter().find(|c| is_digit(*c) || !seen.insert(*c)) {
        None => Ok(()),
        Some(character) => {
            let text = format!("\"{character}\" has two meanings in this decimal format");
            Err(fault("XQST0098", text, span))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(properties: &[(&str, &str)]) -> Option<String> {
        let properties: Vec<(Box<str>, Box<str>)> =
            properties.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        read(&properties, Span::default()).err().map(|error| error.code().to_string())
    }

    #[test]
    fn a_format_must_be_clear() {
        for (properties, expected) in [
            (&[][..], None),
            (&[("decimal-separator", ","), ("grouping-separator", ".")], None),
            (&[("decimal-separator", ",")], Some("XQST0098")),
            (&[("decimal-separator", "ab")], Some("XQST0097")),
            (&[("decimal-separator", "")], Some("XQST0097")),
            (&[("percent", "5")], Some("XQST0098")),
            (&[("zero-digit", "1")], Some("XQST0097")),
            (&[("zero-digit", "a")], Some("XQST0097")),
            (&[("zero-digit", "\u{660}"), ("percent", "5")], None),
            (&[("zero-digit", "\u{1d7d8}")], None),
            (&[("zero-digit", "\u{116da}")], None),
            (&[("zero-digit", "\u{1d7ce}"), ("percent", "\u{1d7d7}")], Some("XQST0098")),
            (&[("zero-digit", "\u{1d7d7}")], Some("XQST0097")),
            (&[("NaN", ""), ("NaN", "x")], Some("XQST0114")),
        ] {
            assert_eq!(code(properties).as_deref(), expected, "{properties:?}");
        }
    }
}
