//! Width modifiers: `,2-4`, `,*-3`, `,2`.

/// How many characters a component takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Width {
    pub(super) min: Option<usize>,
    pub(super) max: Option<usize>,
}

impl Width {
    /// Reads what stands behind the comma; none where it is no width.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (min, max) = text.split_once('-').unwrap_or((text, "*"));
        let (min, max) = (bound(min)?, bound(max)?);
        let is_ordered = match (min, max) {
            (Some(min), Some(max)) => min <= max,
            _ => true,
        };
        is_ordered.then_some(Self { min, max })
    }
}

fn bound(text: &str) -> Option<Option<usize>> {
    if text == "*" {
        return Some(None);
    }
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| *number > 0 && is_number)?;
    Some(Some(number))
}

/// Fills with spaces up to a width.
pub(super) fn pad(text: &mut String, min: Option<usize>) {
    let missing = min.unwrap_or(0).saturating_sub(text.chars().count());
    text.extend(std::iter::repeat_n(' ', missing));
}
