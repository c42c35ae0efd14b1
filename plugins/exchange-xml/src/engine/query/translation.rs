//! A query as one XPath expression: declared variables become `let`, later clauses of a FLWOR get
//! their `return`.
//!
//! Invariant: every byte of the XPath text leads back to a byte of the query, so that an error in
//! the one is shown at its place in the other.

use std::ops::Range;

use super::flwor::later_clauses;
use super::lexer::Token;
use super::prolog::{Prolog, Source, Variable};

/// The XPath text and the way back.
#[derive(Debug, Default)]
pub(super) struct Translation {
    /// What the engine parses.
    pub(super) xpath: String,
    segments: Vec<Segment>,
}

/// A run of XPath text, by where it begins in both texts.
#[derive(Clone, Copy, Debug)]
struct Segment {
    xpath: usize,
    query: usize,
    /// How much of it was copied from the query; what was inserted belongs to one place there.
    copied_bytes: usize,
}

impl Translation {
    /// Translates a query.
    pub(super) fn new(query: &str, tokens: &[Token<'_>], prolog: &Prolog) -> Self {
        let writer = Writer { query, returns: later_clauses(tokens) };
        let mut translation = Self::default();
        let mut is_bound = false;
        for variable in &prolog.variables {
            is_bound |= translation.variable(&writer, variable);
        }
        let end = tokens.last().map_or(0, Token::end);
        let start = tokens.get(prolog.body).map_or(end, |token| token.start);
        // The body may be a sequence, and `return` takes one expression.
        translation.insert(if is_bound { "(" } else { "" }, start);
        translation.copy(&writer, start..end);
        translation.insert(if is_bound { ")" } else { "" }, end);
        translation
    }

    /// The offset in the query that an offset in the XPath text comes from.
    pub(super) fn query_offset(&self, xpath: usize) -> usize {
        let behind = self.segments.partition_point(|segment| segment.xpath <= xpath);
        let segment = behind.checked_sub(1).and_then(|index| self.segments.get(index));
        segment
            .map_or(0, |segment| segment.query + (xpath - segment.xpath).min(segment.copied_bytes))
    }

    /// Whether it became a `let`: what comes from the message alone does not.
    fn variable(&mut self, writer: &Writer<'_>, variable: &Variable) -> bool {
        let (expression, sequence_type) = match &variable.source {
            Source::External { default: None, .. } => return false,
            Source::External { default: Some(default), .. } => (default, None),
            Source::Expression { expression, sequence_type } => {
                (expression, sequence_type.as_ref())
            }
        };
        let name = &variable.name;
        self.insert("let $", name.start);
        self.copy(writer, name.clone());
        self.insert(" := ", name.start);
        let is_external = matches!(variable.source, Source::External { .. });
        if is_external {
            self.insert("if ($", name.start);
            self.copy(writer, name.clone());
            self.insert(" instance of item()) then $", name.start);
            self.copy(writer, name.clone());
            self.insert(" else ", name.start);
        }
        self.insert("(", expression.start);
        self.copy(writer, expression.clone());
        self.insert(")", expression.end);
        if let Some(sequence_type) = sequence_type {
            self.insert(" treat as ", sequence_type.start);
            self.copy(writer, sequence_type.clone());
        }
        self.insert(" return ", expression.end);
        true
    }

    fn copy(&mut self, writer: &Writer<'_>, range: Range<usize>) {
        let mut start = range.start;
        let inside = |offset: &&usize| **offset > range.start && **offset < range.end;
        for offset in writer.returns.iter().filter(inside) {
            self.push_copied(writer.text(start..*offset), start);
            self.insert("return ", *offset);
            start = *offset;
        }
        self.push_copied(writer.text(start..range.end), start);
    }

    fn insert(&mut self, text: &str, query: usize) {
        self.push(text, query, 0);
    }

    fn push_copied(&mut self, text: &str, query: usize) {
        self.push(text, query, text.len());
    }

    fn push(&mut self, text: &str, query: usize, copied_bytes: usize) {
        if !text.is_empty() {
            self.segments.push(Segment { xpath: self.xpath.len(), query, copied_bytes });
            self.xpath.push_str(text);
        }
    }
}

struct Writer<'a> {
    query: &'a str,
    returns: Vec<usize>,
}

impl<'a> Writer<'a> {
    fn text(&self, range: Range<usize>) -> &'a str {
        self.query.get(range).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::limits::Limits;
    use crate::engine::query::lexer::lex;
    use crate::engine::query::prolog;

    fn translate(query: &str) -> Translation {
        let tokens = lex(query, &Limits::default()).unwrap();
        Translation::new(query, &tokens, &prolog::read(query, &tokens).unwrap())
    }

    #[test]
    fn a_query_that_is_xpath_stays_as_it_is() {
        assert_eq!(translate("  ./a (: c :) = 1 ").xpath, "./a (: c :) = 1");
    }

    #[test]
    fn declared_variables_become_let() {
        let query = "declare variable $e external; declare variable $a := 1; \
            declare variable $b as xs:integer := $a or 2; $a, $b";
        assert_eq!(
            translate(query).xpath,
            "let $a := (1) return let $b := ($a or 2) treat as xs:integer return ($a, $b)"
        );
    }

    #[test]
    fn a_default_stands_in_for_what_the_message_lacks() {
        let query = "declare variable $e external := 5; $e";
        let xpath = "let $e := if ($e instance of item()) then $e else (5) return ($e)";
        assert_eq!(translate(query).xpath, xpath);
    }

    #[test]
    fn every_place_leads_back() {
        let query = "declare variable $a := 12;\nfor $x in $a let $y := $x return nothing";
        let translation = translate(query);
        for word in ["12", "for", "let $y", "nothing", "$y"] {
            let there = translation.xpath.find(word).unwrap();
            assert_eq!(translation.query_offset(there), query.find(word).unwrap(), "{word}");
        }
        let inserted = translation.xpath.find("return let $y").unwrap();
        assert_eq!(translation.query_offset(inserted), query.find("let $y").unwrap());
        assert_eq!(translation.query_offset(usize::MAX / 2), query.len());
    }
}
