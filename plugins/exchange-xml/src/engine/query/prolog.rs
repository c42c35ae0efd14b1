//! The prolog of a query (XQuery 3.1, section 4): version, namespaces and variables, as text
//! ranges.
//!
//! Invariants: what is not understood is refused by name, never skipped; the ranges lie inside the
//! query and in its order, and the body begins behind the last of them.

use std::ops::Range;

use super::external_type::ExternalType;
use super::lexer::{Token, TokenKind};
use super::string_literal::string_value;
use crate::engine::static_error::{Located, StaticFault};

/// What a prolog declares.
#[derive(Debug, Default)]
pub(super) struct Prolog {
    /// Prefixes and their URIs.
    pub(super) namespaces: Vec<(String, String)>,
    /// The namespace of elements without a prefix.
    pub(super) default_element_namespace: String,
    /// The namespace of functions without a prefix; empty where the language's own holds.
    pub(super) default_function_namespace: String,
    /// In order.
    pub(super) variables: Vec<Variable>,
    /// The index of the body's first token.
    pub(super) body: usize,
}

/// A declared variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    /// Its name as it is written, without the dollar sign.
    pub(super) name: Range<usize>,
    /// Where its value comes from.
    pub(super) source: Source,
}

/// Where a variable's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// From the message.
    External {
        /// What it must be.
        accepts: ExternalType,
        /// The expression that stands in for it.
        default: Option<Range<usize>>,
    },
    /// From an expression.
    Expression {
        /// Its sequence type.
        sequence_type: Option<Range<usize>>,
        /// The expression.
        expression: Range<usize>,
    },
}

/// Reads the prolog that a query begins with, if it has one.
pub(super) fn read(text: &str, tokens: &[Token<'_>]) -> Result<Prolog, Located> {
    let mut reader = Reader { text, tokens, at: 0, prolog: Prolog::default() };
    reader.version()?;
    while reader.declaration()? {}
    reader.prolog.body = reader.at;
    Ok(reader.prolog)
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    at: usize,
    prolog: Prolog,
}

impl<'a> Reader<'a> {
    fn version(&mut self) -> Result<(), Located> {
        if !self.names(0, "xquery") || !(self.names(1, "version") || self.names(1, "encoding")) {
            return Ok(());
        }
        self.at += 1;
        if self.take_name("version") {
            let at = self.offset();
            let version = self.string()?;
            if !["1.0", "3.0", "3.1"].contains(&version.as_str()) {
                let text = format!("there is no XQuery version \"{version}\"");
                return Err(Located::new(language("XQST0031", text), at));
            }
        }
        if self.take_name("encoding") {
            self.string()?;
        }
        self.end()
    }

    /// Whether there was one.
    fn declaration(&mut self) -> Result<bool, Located> {
        self.refuse_modules()?;
        let Some(what) = self.peek(1) else { return Ok(false) };
        if !self.names(0, "declare") || !(what.kind == TokenKind::Name || what.is_symbol('%')) {
            return Ok(false);
        }
        self.at += 1;
        match what.text {
            "namespace" => self.namespace()?,
            "default" => self.default_namespace()?,
            "variable" => self.variable()?,
            other => {
                let what = format!("'declare {other}'");
                return Err(Located::not_supported(what, what_starts(self.tokens, self.at)));
            }
        }
        self.end()?;
        Ok(true)
    }

    fn refuse_modules(&self) -> Result<(), Located> {
        let Some(second) = self.peek(1).filter(|token| token.kind == TokenKind::Name) else {
            return Ok(());
        };
        let imports = self.names(0, "import") && ["module", "schema"].contains(&second.text);
        let is_module = self.names(0, "module") && second.text == "namespace";
        if !imports && !is_module {
            return Ok(());
        }
        let first = self.peek(0).map_or("", |token| token.text);
        let what = format!("'{first} {}'", second.text);
        Err(Located::not_supported(what, self.offset()))
    }

    fn namespace(&mut self) -> Result<(), Located> {
        self.at += 1;
        let at = self.offset();
        let prefix = self.name("a prefix")?.to_owned();
        self.symbol('=')?;
        let uri = self.string()?;
        if prefix == "xml" || prefix == "xmlns" {
            let text = format!("the prefix {prefix} cannot be declared");
            return Err(Located::new(language("XQST0070", text), at));
        }
        if self.prolog.namespaces.iter().any(|(other, _)| *other == prefix) {
            let text = format!("the prefix {prefix} is declared twice");
            return Err(Located::new(language("XQST0033", text), at));
        }
        self.prolog.namespaces.push((prefix, uri));
        Ok(())
    }

    fn default_namespace(&mut self) -> Result<(), Located> {
        self.at += 1;
        let at = self.offset();
        let kind = self.name("'element' or 'function'")?;
        if !["element", "function"].contains(&kind) {
            return Err(Located::not_supported(format!("'declare default {kind}'"), at));
        }
        if !self.take_name("namespace") {
            return Err(self.unexpected("'namespace'"));
        }
        let uri = self.string()?;
        if kind == "element" {
            self.prolog.default_element_namespace = uri;
        } else {
            self.prolog.default_function_namespace = uri;
        }
        Ok(())
    }

    fn variable(&mut self) -> Result<(), Located> {
        self.at += 1;
        self.symbol('$')?;
        let name = self.qualified_name()?;
        self.refuse_second(&name)?;
        let sequence_type = self.sequence_type();
        let source = if self.take_name("external") {
            self.external(&name, sequence_type)?
        } else {
            Source::Expression { sequence_type, expression: self.assigned()? }
        };
        self.prolog.variables.push(Variable { name, source });
        Ok(())
    }

    fn external(
        &mut self,
        name: &Range<usize>,
        sequence_type: Option<Range<usize>>,
    ) -> Result<Source, Located> {
        if self.slice(name).contains([':', '{']) {
            let what = "an external variable in a namespace (headers have plain names)";
            return Err(Located::not_supported(what, name.start));
        }
        let accepts = match sequence_type {
            None => ExternalType::Any,
            Some(range) => ExternalType::parse(self.slice(&range)).ok_or_else(|| {
                let what = format!(
                    "an external variable of type {}: messages give xs:boolean, xs:integer, \
                     xs:double and xs:string",
                    self.slice(&range)
                );
                Located::not_supported(what, range.start)
            })?,
        };
        let has_default = self.peek(0).is_some_and(|token| token.kind == TokenKind::Assign);
        let default = if has_default { Some(self.assigned()?) } else { None };
        Ok(Source::External { accepts, default })
    }

    fn refuse_second(&self, name: &Range<usize>) -> Result<(), Located> {
        let mut declared = self.prolog.variables.iter().map(|variable| self.slice(&variable.name));
        if declared.any(|other| other == self.slice(name)) {
            let text = format!("${} is declared twice", self.slice(name));
            return Err(Located::new(language("XQST0049", text), name.start));
        }
        Ok(())
    }

    fn qualified_name(&mut self) -> Result<Range<usize>, Located> {
        let start = self.offset();
        if self.peek(0).is_some_and(|token| token.kind == TokenKind::BracedUri) {
            self.at += 1;
        }
        self.name("a variable's name")?;
        if self.peek(0).is_some_and(|token| token.is_symbol(':')) {
            self.at += 1;
            self.name("a local name")?;
        }
        let end = self.last_end();
        Ok(start..end)
    }

    fn sequence_type(&mut self) -> Option<Range<usize>> {
        if !self.take_name("as") {
            return None;
        }
        let start = self.offset();
        while let Some(token) = self.peek(0)
            && token.kind != TokenKind::Assign
            && !token.is_name("external")
            && !token.is_symbol(';')
        {
            self.at += 1;
        }
        Some(start..self.last_end())
    }

    /// `:=` and the expression up to the semicolon; strings and comments apart, no expression has
    /// one.
    fn assigned(&mut self) -> Result<Range<usize>, Located> {
        if self.peek(0).is_none_or(|token| token.kind != TokenKind::Assign) {
            return Err(self.unexpected("':=' or 'external'"));
        }
        self.at += 1;
        let start = self.offset();
        while self.peek(0).is_some_and(|token| !token.is_symbol(';')) {
            self.at += 1;
        }
        let range = start..self.last_end().max(start);
        if range.is_empty() { Err(self.unexpected("an expression")) } else { Ok(range) }
    }

    fn end(&mut self) -> Result<(), Located> {
        self.symbol(';')
    }

    fn symbol(&mut self, symbol: char) -> Result<(), Located> {
        if self.peek(0).is_some_and(|token| token.is_symbol(symbol)) {
            self.at += 1;
            return Ok(());
        }
        Err(self.unexpected(&format!("'{symbol}'")))
    }

    fn name(&mut self, what: &str) -> Result<&'a str, Located> {
        let Some(token) = self.peek(0).filter(|token| token.kind == TokenKind::Name) else {
            return Err(self.unexpected(what));
        };
        self.at += 1;
        Ok(token.text)
    }

    fn string(&mut self) -> Result<String, Located> {
        let Some(token) = self.peek(0).filter(|token| token.kind == TokenKind::String) else {
            return Err(self.unexpected("a string"));
        };
        self.at += 1;
        string_value(token.text).map_err(|text| Located::syntax(text, token.start))
    }

    fn take_name(&mut self, name: &str) -> bool {
        let is_next = self.names(0, name);
        self.at += usize::from(is_next);
        is_next
    }

    fn names(&self, ahead: usize, name: &str) -> bool {
        self.peek(ahead).is_some_and(|token| token.is_name(name))
    }

    fn peek(&self, ahead: usize) -> Option<Token<'a>> {
        self.tokens.get(self.at + ahead).copied()
    }

    fn offset(&self) -> usize {
        what_starts(self.tokens, self.at)
    }

    fn last_end(&self) -> usize {
        self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, Token::end)
    }

    fn slice(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn unexpected(&self, wanted: &str) -> Located {
        let found = self
            .peek(0)
            .map_or("the query ends".to_owned(), |token| format!("'{}' stands", token.text));
        Located::syntax(format!("{found} where {wanted} is expected"), self.offset())
    }
}

/// The offset of a token, or the end of the last one where there is none.
fn what_starts(tokens: &[Token<'_>], index: usize) -> usize {
    let end = tokens.last().map_or(0, Token::end);
    tokens.get(index).map_or(end, |token| token.start)
}

fn language(code: &str, text: String) -> StaticFault {
    StaticFault::Language { code: code.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::limits::Limits;
    use crate::engine::query::lexer::lex;

    fn prolog(text: &str) -> Result<Prolog, Located> {
        read(text, &lex(text, &Limits::default()).unwrap())
    }

    fn body<'a>(text: &'a str, prolog: &Prolog) -> &'a str {
        let tokens = lex(text, &Limits::default()).unwrap();
        text.get(tokens[prolog.body].start..).unwrap()
    }

    fn fault(text: &str) -> (String, usize) {
        let located = prolog(text).unwrap_err();
        (located.fault.to_string(), located.offset)
    }

    #[test]
    fn reads_version_namespaces_and_variables() {
        let text = "xquery version \"1.0\" encoding 'utf-8'; (: c :)\n\
            declare namespace w = \"urn:weather\";\n\
            declare default element namespace 'urn:a';\n\
            declare variable $qpid.subject external;\n\
            declare variable $n as xs:integer external := 5 + 1;\n\
            declare variable $w:x as item()* := (1, ';');\n\
            $n = 1";
        let prolog = prolog(text).unwrap();
        assert_eq!(prolog.namespaces, [("w".to_owned(), "urn:weather".to_owned())]);
        assert_eq!(prolog.default_element_namespace, "urn:a");
        let names: Vec<_> =
            prolog.variables.iter().map(|v| text.get(v.name.clone()).unwrap()).collect();
        assert_eq!(names, ["qpid.subject", "n", "w:x"]);
        let Source::External { accepts, default } = &prolog.variables[1].source else { panic!() };
        assert_eq!(*accepts, ExternalType::Integer);
        assert_eq!(text.get(default.clone().unwrap()).unwrap(), "5 + 1");
        let Source::Expression { sequence_type, expression } = &prolog.variables[2].source else {
            panic!()
        };
        assert_eq!(text.get(sequence_type.clone().unwrap()).unwrap(), "item()*");
        assert_eq!(text.get(expression.clone()).unwrap(), "(1, ';')");
        assert_eq!(body(text, &prolog), "$n = 1");
    }

    #[test]
    fn a_query_without_a_prolog_is_all_body() {
        for text in ["./weather", "declare/a", "xquery", "import = module", "declare"] {
            assert_eq!(prolog(text).unwrap().body, 0, "{text}");
        }
    }

    #[test]
    fn names_what_it_does_not_support_and_where() {
        for (text, what) in [
            ("declare function local:f() { 1 }; 1", "'declare function'"),
            ("declare option a:b 'c'; 1", "'declare option'"),
            ("declare %private variable $x := 1; 1", "'declare %'"),
            ("declare default collation 'c'; 1", "'declare default collation'"),
            ("import module 'm'; 1", "'import module'"),
            ("module namespace m = 'm'; 1", "'module namespace'"),
            ("declare variable $a:b external; 1", "an external variable in a namespace"),
            ("declare variable $a as xs:int external; 1", "of type xs:int"),
        ] {
            let (fault, _) = fault(text);
            assert!(fault.starts_with("not supported yet") && fault.contains(what), "{fault}");
        }
        assert_eq!(fault("declare function f() {1}; 1").1, 8);
    }

    #[test]
    fn refuses_malformed_declarations_at_their_place() {
        for (text, what, offset) in [
            ("declare namespace = 'a'; 1", "'=' stands where a prefix is expected", 18),
            ("declare variable x external; 1", "'x' stands where '$' is expected", 17),
            ("declare variable $x external", "the query ends where ';' is expected", 28),
            ("declare variable $x := ; 1", "';' stands where an expression is expected", 23),
            ("declare variable $x; 1", "';' stands where ':=' or 'external' is expected", 19),
            ("xquery version '9'; 1", "XQST0031", 15),
            ("declare namespace xml = 'a'; 1", "XQST0070", 18),
            ("declare namespace a='a'; declare namespace a='b'; 1", "XQST0033", 43),
            ("declare variable $x:=1;declare variable $x:=2;1", "XQST0049", 41),
        ] {
            let (fault, at) = fault(text);
            assert!(fault.contains(what), "{fault}");
            assert_eq!(at, offset, "{text}");
        }
    }
}
