//! The parameters in the URI of a collation by the Unicode Collation Algorithm (XPath Functions
//! 3.1, section 5.3.4).
//!
//! Invariant: what is unknown or not supported is left out, unless the URI says `fallback=no`.

use icu_collator::options::{AlternateHandling, CaseLevel, CollatorOptions, MaxVariable, Strength};
use icu_collator::preferences::{CollationCaseFirst, CollationNumericOrdering};
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use icu_locale_core::Locale;

use super::unknown;
use crate::atomic::quoted;
use crate::error::Result;

/// Versions of the algorithm that the data satisfies: as of Unicode 17.
const VERSION_MAX: f64 = 17.0;

/// What the parameters ask for.
#[derive(Default)]
pub(super) struct Parameters {
    locale: Option<Locale>,
    options: CollatorOptions,
    case_first: Option<CollationCaseFirst>,
    numeric: bool,
    /// `alternate=blanked`: variable characters count on no level.
    blanked: bool,
}

impl Parameters {
    /// Reads what stands behind the `?`.
    pub(super) fn parse(query: &str) -> Result<Self> {
        let pairs = || {
            let parts = query.split([';', '&']).filter(|part| !part.is_empty());
            parts.map(|part| part.split_once('=').unwrap_or((part, "")))
        };
        let is_strict = pairs().any(|pair| pair == ("fallback", "no"));
        let mut parameters = Self::default();
        for (keyword, value) in pairs() {
            if parameters.set(keyword, value).is_none() && is_strict {
                return Err(unknown(format!(
                    "this engine does not support the parameter {} of a collation, and fallback=no \
                     stands beside it",
                    quoted(&format!("{keyword}={value}"))
                )));
            }
        }
        Ok(parameters)
    }

    /// None for what is not supported.
    fn set(&mut self, keyword: &str, value: &str) -> Option<()> {
        let options = &mut self.options;
        match (keyword, value) {
            ("lang", _) => self.locale = Some(value.parse().ok()?),
            ("version", _) => {
                let version: f64 = value.parse().ok()?;
                return (0.0..=VERSION_MAX).contains(&version).then_some(());
            }
            ("strength", _) => options.strength = Some(strength(value)?),
            ("maxVariable", _) => options.max_variable = Some(max_variable(value)?),
            ("alternate", "non-ignorable") => {
                options.alternate_handling = Some(AlternateHandling::NonIgnorable);
            }
            ("alternate", "shifted") => {
                options.alternate_handling = Some(AlternateHandling::Shifted);
            }
            ("alternate", "blanked") => {
                options.alternate_handling = Some(AlternateHandling::Shifted);
                self.blanked = true;
            }
            ("caseLevel", "yes") => options.case_level = Some(CaseLevel::On),
            ("caseLevel", "no") => options.case_level = Some(CaseLevel::Off),
            ("caseFirst", "upper") => self.case_first = Some(CollationCaseFirst::Upper),
            ("caseFirst", "lower") => self.case_first = Some(CollationCaseFirst::Lower),
            ("numeric", "yes") => self.numeric = true,
            ("numeric", "no") => self.numeric = false,
            // Text is always compared as if normalised, which is what "yes" asks and "no" allows;
            // second levels run backwards where the language wants it.
            ("fallback" | "normalization", "yes" | "no") | ("backwards", "no") => {}
            _ => return None,
        }
        Some(())
    }

    /// Whether runs of digits are compared as numbers.
    pub(super) fn is_numeric(&self) -> bool {
        self.numeric
    }

    /// A collator that does what is asked; none where its data are missing.
    pub(super) fn collator(&self) -> Option<CollatorBorrowed<'static>> {
        let mut preferences =
            self.locale.as_ref().map_or_else(Default::default, CollatorPreferences::from);
        preferences.case_first = self.case_first.or(preferences.case_first);
        if self.numeric {
            preferences.numeric_ordering = Some(CollationNumericOrdering::True);
        }
        let mut options = self.options;
        if self.blanked && options.strength == Some(Strength::Quaternary) {
            options.strength = Some(Strength::Tertiary);
        }
        Collator::try_new(preferences, options).ok()
    }
}

fn strength(value: &str) -> Option<Strength> {
    Some(match value {
        "primary" | "1" => Strength::Primary,
        "secondary" | "2" => Strength::Secondary,
        "tertiary" | "3" => Strength::Tertiary,
        "quaternary" | "4" => Strength::Quaternary,
        "identical" | "5" => Strength::Identical,
        _ => return None,
    })
}

fn max_variable(value: &str) -> Option<MaxVariable> {
    Some(match value {
        "space" => MaxVariable::Space,
        "punct" => MaxVariable::Punctuation,
        "symbol" => MaxVariable::Symbol,
        "currency" => MaxVariable::Currency,
        _ => return None,
    })
}
