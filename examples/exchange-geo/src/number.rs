//! Numbers as clients send them: of any width, or as text.

use philter_plugin_api::ValueRef;

/// The number that a value says.
pub(crate) fn number(value: ValueRef<'_>) -> Option<f64> {
    let number = match value.as_bytes() {
        Some(text) => parse(std::str::from_utf8(text).ok()?)?,
        None => value.as_f64().or_else(|| value.as_i64().map(|whole| whole as f64))?,
    };
    number.is_finite().then_some(number)
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
