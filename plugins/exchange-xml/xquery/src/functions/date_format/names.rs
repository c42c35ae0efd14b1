//! English names of months, days, halves of the day and eras.

use super::width::{Width, pad};
use crate::functions::number_format::Letters;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Monday, as the ISO has it.
const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A name, and how short it may become.
pub(super) struct Name {
    full: &'static str,
    abbreviation_chars: usize,
}

pub(super) fn month(number: u8) -> Name {
    Name::of(&MONTHS, number)
}

pub(super) fn day(number: u8) -> Name {
    Name::of(&DAYS, number)
}

pub(super) fn half_of_day(hour: u8) -> Name {
    Name { full: if hour < 12 { "am" } else { "pm" }, abbreviation_chars: 1 }
}

pub(super) fn era(year: i64) -> Name {
    Name { full: if year > 0 { "AD" } else { "BC" }, abbreviation_chars: 2 }
}

pub(super) fn calendar() -> Name {
    Name { full: "Gregorian", abbreviation_chars: 2 }
}

impl Name {
    /// The name with a number from 1.
    fn of(names: &[&'static str], number: u8) -> Self {
        let full = names.get(usize::from(number).wrapping_sub(1)).copied().unwrap_or_default();
        Self { full, abbreviation_chars: 3 }
    }

    /// The name in a case and a width.
    pub(super) fn format(&self, letters: Letters, width: Option<Width>) -> String {
        let width = width.unwrap_or_default();
        let full_chars = self.full.chars().count();
        let chars_max = width.max.unwrap_or(usize::MAX);
        let chars = if full_chars <= chars_max {
            full_chars
        } else {
            self.abbreviation_chars.min(chars_max)
        };
        let name: String = self.full.chars().take(chars).collect();
        let mut name = letters.apply(&name);
        pad(&mut name, width.min);
        name
    }
}
