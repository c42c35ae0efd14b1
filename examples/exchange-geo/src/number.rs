//! Numbers as clients send them: of any width, or as text.

use philter_plugin_api::ValueRef;

/// The number that a value says.
pub(crate) fn number(value: ValueRef<'_>) -> Option<f64> {
    let number = match value.as_bytes() {
        Some(text) => parse(std::str::from_utf8(text).ok()?)?,
        None => match value {
            ValueRef::Decimal64(bits) => decimal(u64::from_be_bytes(bits))?,
            value => value.as_f64().or_else(|| value.as_i64().map(|whole| whole as f64))?,
        },
    };
    number.is_finite().then_some(number)
}

/// A decimal as AMQP 0-9-1 and 0-10 come by one: IEEE 754's decimal64 whose integer is binary and
/// has no more than 53 bits (IEEE 754-2008, section 3.5.2).
fn decimal(bits: u64) -> Option<f64> {
    const BIAS: i32 = 398;
    const IS_LONGER_OR_NONE: u64 = 0b11 << 61;
    if bits & IS_LONGER_OR_NONE == IS_LONGER_OR_NONE {
        return None;
    }
    let exponent = i32::try_from(bits >> 53 & 0x3ff).ok()? - BIAS;
    let integer = (bits & ((1 << 53) - 1)) as f64;
    let size = if exponent < 0 {
        integer / 10_f64.powi(-exponent)
    } else {
        integer * 10_f64.powi(exponent)
    };
    Some(if bits >> 63 == 1 { -size } else { size })
}

/// The number that a text says.
pub(crate) fn parse(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A value in an error's text.
pub(crate) fn shown(value: ValueRef<'_>) -> String {
    match (value.as_bytes(), value) {
        (Some(text), _) => {
            let text = String::from_utf8_lossy(text);
            format!("'{}'", text.chars().take(64).collect::<String>())
        }
        (None, ValueRef::Null) => "null".to_owned(),
        (None, ValueRef::Bool(is)) => is.to_string(),
        (None, value) => match number(value).or_else(|| value.as_f64()) {
            Some(number) => number.to_string(),
            None => "a value of another type".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_number_and_any_text_of_one_is_taken() {
        for value in [
            ValueRef::Double(-7.0),
            ValueRef::Float(-7.0),
            ValueRef::Byte(-7),
            ValueRef::Long(-7),
            ValueRef::String("-7"),
            ValueRef::String(" -7.0 "),
            ValueRef::Binary(b"-0.7e1"),
        ] {
            assert_eq!(number(value), Some(-7.0), "{value:?}");
        }
        assert_eq!(number(ValueRef::Uint(7)), Some(7.0));
    }

    #[test]
    fn a_decimal_is_the_number_nearest_to_it() {
        let decimal = |sign: u64, integer: u64, scale: u64| {
            ValueRef::Decimal64((sign << 63 | (398 - scale) << 53 | integer).to_be_bytes())
        };
        assert_eq!(number(decimal(0, 5252, 2)), Some(52.52));
        assert_eq!(number(decimal(1, 13_405, 3)), Some(-13.405));
        assert_eq!(number(decimal(0, 7, 0)), Some(7.0));
        assert_eq!(shown(decimal(0, 955, 1)), "95.5");
        assert_eq!(number(ValueRef::Decimal64([0x7c, 0, 0, 0, 0, 0, 0, 0])), None);
    }

    #[test]
    fn nothing_else_is() {
        for value in [
            ValueRef::Double(f64::NAN),
            ValueRef::Float(f32::INFINITY),
            ValueRef::String("inf"),
            ValueRef::String("7 degrees"),
            ValueRef::String(""),
            ValueRef::Binary(&[0xff]),
            ValueRef::Bool(true),
            ValueRef::Null,
            ValueRef::Timestamp(7),
        ] {
            assert_eq!(number(value), None, "{value:?}");
        }
    }
}
