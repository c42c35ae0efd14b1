//! Timezones: offsets, letters and names (section 9.8.4.6).

use super::picture::Marker;
use crate::functions::number_format::{digit_of, family_of, in_family};

/// Names that are usual where a country or a timezone is given.
const NAMES: [(i16, &str); 8] = [
    (-600, "HST"),
    (-480, "PST"),
    (-420, "MST"),
    (-360, "CST"),
    (-300, "EST"),
    (0, "GMT"),
    (60, "CET"),
    (330, "IST"),
];

/// How hours and minutes are written.
struct Pattern {
    zero: char,
    hour_digits: usize,
    /// What stands before the minutes, and whether they are written where they are zero.
    separator: Option<char>,
    has_minutes: bool,
}

impl Pattern {
    const DEFAULT: Self =
        Self { zero: '0', hour_digits: 2, separator: Some(':'), has_minutes: true };

    /// Reads `0`, `00`, `000`, `0000`, `0:00`, `00:00`; none for what is no pattern.
    fn parse(text: &str) -> Option<Self> {
        let zero = family_of(text.chars().next()?)?;
        let digits = |text: &str| text.chars().all(|c| digit_of(c, zero).is_some());
        let separator = text.chars().find(|c| digit_of(*c, zero).is_none());
        if let Some(separator) = separator {
            let (hours, minutes) = text.split_once(separator)?;
            let is_pattern = digits(hours)
                && digits(minutes)
                && minutes.chars().count() == 2
                && (1..=2).contains(&hours.chars().count())
                && !separator.is_alphanumeric();
            let hour_digits = hours.chars().count();
            let pattern = Self { zero, hour_digits, separator: Some(separator), has_minutes: true };
            return is_pattern.then_some(pattern);
        }
        Some(match text.chars().count() {
            count @ 1..=2 => {
                Self { zero, hour_digits: count, separator: Some(':'), has_minutes: false }
            }
            count @ 3..=4 => {
                Self { zero, hour_digits: count - 2, separator: None, has_minutes: true }
            }
            _ => return None,
        })
    }

    fn format(&self, offset_minutes: i16) -> String {
        let (hours, minutes) =
            (offset_minutes.unsigned_abs() / 60, offset_minutes.unsigned_abs() % 60);
        let width = self.hour_digits;
        let mut text = String::from(if offset_minutes < 0 { "-" } else { "+" });
        let digits = |text: &mut String, digits: String| {
            let digit = |c| in_family(digit_of(c, '0').unwrap_or(0), self.zero);
            text.extend(digits.chars().map(digit));
        };
        digits(&mut text, format!("{hours:0width$}"));
        if self.has_minutes || minutes > 0 {
            text.extend(self.separator);
            digits(&mut text, format!("{minutes:02}"));
        }
        text
    }
}

/// A timezone as a marker `Z` or `z` has it; nothing for none.
pub(super) fn format(marker: &Marker, offset_minutes: Option<i16>, place: Option<&str>) -> String {
    let presentation = marker.presentation();
    let Some(offset) = offset_minutes else {
        return if presentation == "Z" { "J" } else { "" }.to_owned();
    };
    if let ("Z", Some(letter)) = (presentation, letter(offset)) {
        return letter.to_string();
    }
    if presentation.starts_with(['N', 'n'])
        && let Some(name) = name(offset, place)
    {
        return name.to_owned();
    }
    if marker.second == Some('t') && offset == 0 {
        return "Z".to_owned();
    }
    let pattern = Pattern::parse(presentation).unwrap_or(Pattern::DEFAULT);
    let prefix = if marker.component == 'z' { "GMT" } else { "" };
    format!("{prefix}{}", pattern.format(offset))
}

fn name(offset: i16, place: Option<&str>) -> Option<&'static str> {
    place.and_then(|_| NAMES.iter().find(|name| name.0 == offset)).map(|name| name.1)
}

/// The military letter of whole hours.
fn letter(offset: i16) -> Option<char> {
    let hours = u8::try_from(offset.unsigned_abs() / 60).ok()?;
    if offset % 60 != 0 || hours > 12 {
        return None;
    }
    Some(char::from(match (offset, hours) {
        (0, _) => b'Z',
        (..0, hours) => b'M' + hours,
        (_, 10..) => b'A' + hours,
        (_, hours) => b'A' + hours - 1,
    }))
}
