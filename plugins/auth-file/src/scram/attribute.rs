//! Attributes `a=value` between commas (RFC 5802, section 5.1), and names with `,` and `=` in them.

use super::error::ScramError;

/// The value of `field`, which is to be the attribute `attribute` of `message`.
///
/// # Errors
/// The field is missing, or is another attribute.
pub(super) fn value<'a>(
    field: Option<&'a str>,
    attribute: char,
    message: &'static str,
) -> Result<&'a str, ScramError> {
    field
        .and_then(|field| field.strip_prefix(attribute))
        .and_then(|rest| rest.strip_prefix('='))
        .ok_or(ScramError::Missing { message, attribute })
}

/// A `saslname`: `=2C` is a comma, `=3D` an equals sign.
///
/// # Errors
/// Any other use of `=`.
pub(super) fn unescape(name: &str) -> Result<String, ScramError> {
    let mut parts = name.split('=');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (letter, rest) = match (part.strip_prefix("2C"), part.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            (None, None) => return Err(ScramError::Escape),
        };
        plain.push(letter);
        plain.push_str(rest);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_other_escapes() {
        for bad in ["=", "a=", "=2", "=2c", "=3d", "==", "a=41"] {
            assert_eq!(unescape(bad), Err(ScramError::Escape), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_escaped_name_is_read_back(name in "[a,=2C3D\u{e9}]{0,12}") {
            let escaped = name.replace('=', "=3D").replace(',', "=2C");
            prop_assert_eq!(unescape(&escaped), Ok(name));
        }
    }
}
