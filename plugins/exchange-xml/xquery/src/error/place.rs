//! Where an error stands, for people: line, column, and the text around it with a mark below.
//!
//! Invariant: a place holds at most [`TEXT_CHARS_MAX`] characters of the query, none of which moves
//! a terminal's cursor, so that a report is short and harmless whatever the query is.

use super::Span;

/// Characters of a line that are shown.
const TEXT_CHARS_MAX: usize = 100;

/// Characters of a long line that are shown before the mark.
const BEFORE_CHARS_MAX: usize = 60;

/// A place in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// The line's text; of a long line the part around the place, with `…` where it was cut. Tabs
    /// and controls are spaces.
    pub text: String,
    /// How many characters of [`Self::text`] stand before the place.
    pub mark_column: u32,
    /// How many characters of [`Self::text`] belong to the place; at least one, which is behind the
    /// line where the place is its end.
    pub mark_width: u32,
    /// Whether the place goes on behind this line.
    pub goes_on: bool,
}

impl Place {
    /// The place of a span in its source.
    pub(crate) fn of(span: Span, source: &str) -> Self {
        let (before, after) = split(source, span.start);
        let line_before = before.rsplit('\n').next().unwrap_or_default();
        let line_after = line_end(after);
        let length = span.end.saturating_sub(span.start) as usize;
        let marked = after.char_indices().take_while(|(at, _)| *at < length).count();
        let marked_here = line_after.char_indices().take_while(|(at, _)| *at < length).count();
        let column = line_before.chars().count();
        let mut place = Self {
            line: number(before.matches('\n').count() + 1),
            column: number(column + 1),
            text: String::new(),
            mark_column: 0,
            mark_width: 0,
            goes_on: marked > marked_here && !line_after.is_empty(),
        };
        place.cut(line_before, line_after, column, marked_here);
        place
    }

    /// Takes as much of a line as is shown.
    fn cut(&mut self, before: &str, after: &str, column: usize, marked: usize) {
        let skipped = match column + after.chars().count() {
            0..=TEXT_CHARS_MAX => 0,
            _ => column.saturating_sub(BEFORE_CHARS_MAX),
        };
        let mut shown = before.chars().skip(skipped).chain(after.chars());
        if skipped > 0 {
            self.text.push('…');
        }
        let kept = TEXT_CHARS_MAX;
        self.text.extend(shown.by_ref().take(kept).map(visible));
        let is_cut = shown.next().is_some();
        if is_cut {
            self.text.push('…');
        }
        let before = column - skipped + usize::from(skipped > 0);
        self.mark_column = number(before);
        let width = self.text.chars().count().saturating_sub(before).min(marked);
        self.mark_width = number(width.max(1));
    }

    /// The text, and below it a mark under the place.
    pub(super) fn excerpt(&self) -> String {
        let blanks = " ".repeat(self.mark_column as usize);
        let mark = "^".repeat(self.mark_width as usize);
        let more = if self.goes_on { "…" } else { "" };
        format!("  {}\n  {blanks}{mark}{more}", self.text.trim_end())
    }
}

/// A text before and behind a byte.
fn split(source: &str, at: u32) -> (&str, &str) {
    let mut at = (at as usize).min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    source.split_at_checked(at).unwrap_or((source, ""))
}

/// What is left of a line.
fn line_end(text: &str) -> &str {
    let line = text.split('\n').next().unwrap_or_default();
    line.strip_suffix('\r').unwrap_or(line)
}

/// A character of one column.
fn visible(c: char) -> char {
    // Marks that turn the direction of writing would shift what stands below.
    let turns =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || turns { ' ' } else { c }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(source: &str, start: u32, end: u32) -> Place {
        Place::of(Span { start, end }, source)
    }

    #[test]
    fn a_mark_is_as_wide_as_its_span_and_stands_below_it() {
        for (source, start, end, expected) in [
            ("a + b", 2, 3, "  a + b\n    ^"),
            ("a + bcd", 4, 7, "  a + bcd\n      ^^^"),
            ("a +", 3, 3, "  a +\n     ^"),
            ("", 0, 0, "  \n  ^"),
            ("\té\tb", 4, 5, "   é b\n     ^"),
            ("a\n  bc\r\nd", 4, 6, "    bc\n    ^^"),
            ("a\n(b\nc)", 2, 6, "  (b\n  ^^…"),
            ("a\u{1b}[2Jb", 5, 6, "  a [2Jb\n       ^"),
            ("a\n\nb", 2, 2, "  \n  ^"),
        ] {
            assert_eq!(place(source, start, end).excerpt(), expected, "{source:?}");
        }
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_shown() {
        let source = format!("{}b{}", "a".repeat(500), "c".repeat(500));
        let found = place(&source, 500, 501);
        let text = format!("…{}b{}…", "a".repeat(60), "c".repeat(39));
        assert_eq!((found.text, found.mark_column, found.mark_width), (text, 61, 1));
        assert_eq!((found.line, found.column), (1, 501));

        let found = place(&source, 0, 1001);
        assert_eq!(found.text, format!("{}…", "a".repeat(100)));
        assert_eq!((found.mark_column, found.mark_width), (0, 101));

        let found = place(&source, 1001, 1001);
        assert_eq!(found.text, format!("…{}", "c".repeat(60)));
        assert_eq!((found.mark_column, found.mark_width, found.column), (61, 1, 1002));
    }

    #[test]
    fn a_span_that_is_no_part_of_the_text_has_a_place_all_the_same() {
        assert_eq!(place("é", 1, 9).column, 1);
        assert_eq!(place("ab", 7, 3).column, 3);
    }
}
