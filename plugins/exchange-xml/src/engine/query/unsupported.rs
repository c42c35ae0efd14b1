//! Says which part of XQuery a query uses that this engine has not, once the engine has refused it.
//!
//! Invariant: this only ever words an error; a query that compiles is never refused here, so a name
//! such as `where` stays free for elements.

use super::lexer::{Token, TokenKind};
use crate::engine::static_error::Located;

/// The first construct that is XQuery's alone; none where nothing looks like one.
pub(super) fn first(tokens: &[Token<'_>]) -> Option<Located> {
    tokens.iter().enumerate().find_map(|(index, token)| {
        let what = construct(token, tokens.get(index + 1), tokens.get(index + 2))?;
        Some(Located::not_supported(what, token.start))
    })
}

fn construct(
    token: &Token<'_>,
    next: Option<&Token<'_>>,
    after: Option<&Token<'_>>,
) -> Option<&'static str> {
    let next_is = |symbol| next.is_some_and(|next| next.is_symbol(symbol));
    let next_is_name = |name| next.is_some_and(|next| next.is_name(name));
    let opens = next_is('{') || after.is_some_and(|after| after.is_symbol('{'));
    let touches_name =
        next.is_some_and(|next| next.kind == TokenKind::Name && next.start == token.end());
    match (token.kind, token.text) {
        (TokenKind::Name, "where") => Some("'where'; write 'return if (…) then … else ()' instead"),
        (TokenKind::Name, "order" | "group") if next_is_name("by") => {
            Some("'order by', 'group by'")
        }
        (TokenKind::Name, "stable") if next_is_name("order") => Some("'order by'"),
        (TokenKind::Name, "tumbling" | "sliding") if next_is_name("window") => Some("windows"),
        (TokenKind::Name, "count" | "at") if next_is('$') => Some("'count' and 'at' in a 'for'"),
        (TokenKind::Name, "switch" | "typeswitch") if next_is('(') => {
            Some("'switch' and 'typeswitch'; write 'if (…) then … else …' instead")
        }
        (TokenKind::Name, "try") if next_is('{') => Some("'try' and 'catch'"),
        (TokenKind::Name, "element" | "attribute" | "processing-instruction") if opens => {
            Some("constructors")
        }
        (TokenKind::Name, "document" | "text" | "comment") if next_is('{') => Some("constructors"),
        (TokenKind::Name, "validate" | "ordered" | "unordered") if next_is('{') => {
            Some("'validate', 'ordered' and 'unordered'")
        }
        (TokenKind::Symbol('<'), _) if touches_name => Some("constructors"),
        (TokenKind::Symbol('`'), _) => Some("string constructors"),
        (TokenKind::Symbol('('), _) if next_is('#') => Some("pragmas"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::limits::Limits;
    use crate::engine::query::lexer::lex;

    #[test]
    fn names_the_construct_and_its_place() {
        for (query, what, offset) in [
            ("for $a in b where $a return 1", "'where'", 12),
            ("for $a in b order by $a return 1", "'order by'", 12),
            ("for $a at $i in b return 1", "'count' and 'at'", 7),
            ("typeswitch (1) case x return 1", "typeswitch", 0),
            ("1, try { 1 } catch * { 2 }", "'try'", 3),
            ("element a { 1 }", "constructors", 0),
            ("text { 1 }", "constructors", 0),
            ("(<a>1</a>)", "constructors", 1),
            ("``[a]``", "string constructors", 0),
            ("(# a:b #) { 1 }", "pragmas", 0),
        ] {
            let tokens = lex(query, &Limits::default()).unwrap();
            let located = first(&tokens).unwrap_or_else(|| panic!("{query}"));
            assert!(located.fault.to_string().contains(what), "{query}");
            assert_eq!(located.offset, offset, "{query}");
        }
    }

    #[test]
    fn finds_nothing_in_xpath() {
        let query = "count($a) < 1 and text() = element(b) and switch/try/order";
        assert!(first(&lex(query, &Limits::default()).unwrap()).is_none());
    }
}
