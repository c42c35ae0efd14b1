//! FLWOR expressions of several clauses (XQuery 3.1, section 3.12): XPath has `for … return` and
//! `let … return`, each with one clause, so a second clause needs a `return` before it.
//!
//! Invariant: without `where`, `order by` and their like, `for $a in A let $b := B return C` and
//! `for $a in A return let $b := B return C` are the same expression.

use super::lexer::{Token, TokenKind};

/// The offsets where a clause follows another clause of the same FLWOR expression.
pub(super) fn later_clauses(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut offsets = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let opens_clause = (token.is_name("for") || token.is_name("let"))
            && tokens.get(index + 1).is_some_and(|next| next.is_symbol('$'));
        let previous = index.checked_sub(1).and_then(|before| tokens.get(before));
        if opens_clause && previous.is_some_and(ends_operand) {
            offsets.push(token.start);
        }
    }
    offsets
}

/// Whether an expression can end in this token. A new expression begins only after the others.
fn ends_operand(token: &Token<'_>) -> bool {
    match token.kind {
        TokenKind::Name => !["return", "in", "then", "else", "satisfies"].contains(&token.text),
        TokenKind::Number | TokenKind::String => true,
        TokenKind::Symbol(symbol) => matches!(symbol, ')' | ']' | '}' | '.' | '*'),
        TokenKind::Assign | TokenKind::BracedUri => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::limits::Limits;
    use crate::engine::query::lexer::lex;

    fn with_returns(query: &str) -> String {
        let mut text = query.to_owned();
        let tokens = lex(query, &Limits::default()).unwrap();
        for offset in later_clauses(&tokens).into_iter().rev() {
            text.insert_str(offset, "return ");
        }
        text
    }

    #[test]
    fn a_later_clause_gets_its_return() {
        for (query, xpath) in [
            (
                "for $a in ./x let $b := $a/y return $b",
                "for $a in ./x return let $b := $a/y return $b",
            ),
            (
                "let $a := (1, 2) let $b := 'x' for $c in a[1] return 1",
                "let $a := (1, 2) return let $b := 'x' return for $c in a[1] return 1",
            ),
        ] {
            assert_eq!(with_returns(query), xpath);
        }
    }

    #[test]
    fn a_new_expression_gets_none() {
        for query in [
            "let $a := for $b in 1 return 2 return 3",
            "for $a in for $b in 1 return 2 return let $c := 1 return 4",
            "if (1) then for $a in 1 return 2 else let $b := 1 return 2",
            "(for $a in 1 return 2, let $b := 1 return 2)",
            "some $x in 1 satisfies let $b := 1 return 2",
            "for/let",
        ] {
            assert_eq!(with_returns(query), query);
        }
    }
}
