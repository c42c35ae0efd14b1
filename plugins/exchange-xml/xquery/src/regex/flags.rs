//! Flags of a regular expression (XPath Functions 3.1, section 5.6.2).

use crate::error::{Error, ErrorCode, Result};

/// What the letters say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// `s`: the dot matches ends of lines as well.
    pub(crate) dot_all: bool,
    /// `m`: `^` and `$` match at every line.
    pub(crate) multi_line: bool,
    /// `i`: case does not matter.
    pub(crate) case_insensitive: bool,
    /// `x`: whitespace in the pattern does not count.
    pub(crate) extended: bool,
    /// `q`: the pattern is a plain string.
    pub(crate) literal: bool,
}

impl Flags {
    /// Reads letters.
    ///
    /// # Errors
    ///
    /// `FORX0001` for any other letter.
    pub(crate) fn parse(letters: &str) -> Result<Self> {
        let mut flags = Self::default();
        for letter in letters.chars() {
            match letter {
                's' => flags.dot_all = true,
                'm' => flags.multi_line = true,
                'i' => flags.case_insensitive = true,
                'x' => flags.extended = true,
                'q' => flags.literal = true,
                other => {
                    return Err(Error::new(
                        ErrorCode::Standard("FORX0001"),
                        format!(
                            "'{other}' is no flag of a regular expression: s, m, i, x and q are"
                        ),
                    ));
                }
            }
        }
        Ok(flags)
    }
}
