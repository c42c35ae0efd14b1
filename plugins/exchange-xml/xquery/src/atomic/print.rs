//! Values to strings: the canonical forms (XPath Functions 3.1, section 19.1.2).

use std::borrow::Cow;
use std::fmt::{Display, LowerExp};
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Atomic, binary, date_time, duration};

impl Atomic {
    /// The value as `xs:string`.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Untyped(text) | Self::String(text, _) | Self::AnyUri(text) => Cow::Borrowed(text),
            Self::Boolean(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
            Self::Integer(number, _) => Cow::Owned(number.to_string()),
            Self::Decimal(number) => Cow::Owned(decimal(*number)),
            Self::Float(number) => floating(*number, 1e-6..1e6),
            Self::Double(number) => floating(*number, 1e-6..1e6),
            Self::Duration(value, kind) => Cow::Owned(duration::print(*value, *kind)),
            Self::DateTime(value, kind) => Cow::Owned(date_time::print(value, *kind)),
            Self::HexBinary(bytes) => Cow::Owned(binary::print_hex(bytes)),
            Self::Base64Binary(bytes) => Cow::Owned(binary::print_base64(bytes)),
            Self::QName(name) | Self::Notation(name) => Cow::Owned(name.lexical()),
        }
    }

    /// The value as `xs:string`, shared where it is text already.
    pub(crate) fn to_shared_text(&self) -> Arc<str> {
        match self {
            Self::Untyped(text) | Self::String(text, _) | Self::AnyUri(text) => Arc::clone(text),
            _ => self.to_text().into(),
        }
    }
}

fn decimal(number: Decimal) -> String {
    if number.is_zero() {
        return "0".to_owned();
    }
    number.normalize().to_string()
}

/// A float or a double: as a decimal inside `plain`, with an exponent elsewhere, by the fewest
/// digits that are read as the same number.
fn floating<F>(number: F, plain: std::ops::Range<F>) -> Cow<'static, str>
where
    F: Copy + Display + LowerExp + PartialOrd + Into<f64> + std::ops::Neg<Output = F>,
{
    let wide: f64 = number.into();
    if wide.is_nan() {
        return Cow::Borrowed("NaN");
    }
    if wide.is_infinite() {
        return Cow::Borrowed(if wide > 0.0 { "INF" } else { "-INF" });
    }
    if wide == 0.0 || plain.contains(&number) || plain.contains(&-number) {
        return Cow::Owned(number.to_string());
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    Cow::Owned(format!("{mantissa}{point}E{exponent}"))
}

impl Display for Atomic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text())
    }
}
