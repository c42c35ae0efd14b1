//! Pictures of dates and times (section 9.8.4.1).

use super::width::Width;
use crate::atomic::quoted;

/// A picture: text, and markers of components.
pub(super) struct Picture {
    pub(super) parts: Vec<Part>,
}

pub(super) enum Part {
    Text(String),
    Marker(Marker),
}

/// A variable marker.
#[derive(Debug)]
pub(super) struct Marker {
    pub(super) component: char,
    /// The first presentation modifier; none where it is not given.
    pub(super) presentation: Option<String>,
    /// `a`, `t`, `c` or `o`.
    pub(super) second: Option<char>,
    pub(super) width: Option<Width>,
}

const COMPONENTS: &str = "YMDdFWwHhPmsfZzCE";

impl Picture {
    /// Reads a picture.
    ///
    /// # Errors
    ///
    /// What is wrong with it, after "the picture".
    pub(super) fn parse(picture: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut chars = picture.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '[' | ']' if chars.next_if_eq(&c).is_some() => text.push(c),
                ']' => return Err("has a \"]\" that closes nothing".to_owned()),
                '[' => {
                    let mut marker = String::new();
                    loop {
                        match chars.next() {
                            None => return Err("has a \"[\" that is not closed".to_owned()),
                            Some(']') => break,
                            Some(c) if c.is_whitespace() => {}
                            Some(c) => marker.push(c),
                        }
                    }
                    if !text.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut text)));
                    }
                    parts.push(Part::Marker(Marker::parse(&marker)?));
                }
                c => text.push(c),
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self { parts })
    }
}

impl Marker {
    fn parse(text: &str) -> Result<Self, String> {
        let mut chars = text.chars();
        let component = chars.next().filter(|c| COMPONENTS.contains(*c));
        let component =
            component.ok_or_else(|| format!("has no component in the marker {}", quoted(text)))?;
        let (presentation, width) = match chars.as_str().rsplit_once(',') {
            Some((presentation, width)) => {
                let parsed = Width::parse(width);
                let parsed =
                    parsed.ok_or_else(|| format!("has the wrong width {}", quoted(width)))?;
                (presentation, Some(parsed))
            }
            None => (chars.as_str(), None),
        };
        let mut second = presentation.chars().last().filter(|c| "atco".contains(*c));
        if presentation == "a" {
            // Alone it counts with letters.
            second = None;
        }
        let first = match second {
            Some(second) => presentation.strip_suffix(second).unwrap_or(presentation),
            None => presentation,
        };
        let presentation = (!first.is_empty()).then(|| first.to_owned());
        Ok(Self { component, presentation, second, width })
    }

    /// The first presentation modifier, or what stands for it.
    pub(super) fn presentation(&self) -> &str {
        self.presentation.as_deref().unwrap_or(match self.component {
            'F' | 'P' | 'C' | 'E' => "n",
            'm' | 's' => "01",
            'Z' | 'z' => "01:01",
            _ => "1",
        })
    }
}
