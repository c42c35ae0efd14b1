//! Names, tests of names, variables (XQuery 3.1, appendix A.2.1; section 3.3.2.2).
//!
//! Invariant: between the parts of a name stands nothing.

use super::ast::{Name, NameTest};
use super::parser::Parser;
use crate::characters::{collapse, is_name_start, split_ncname};
use crate::error::Result;
use crate::name::namespace;

/// Names that no function may have without a prefix (appendix A.3).
const RESERVED: [&str; 18] = [
    "array",
    "attribute",
    "comment",
    "document-node",
    "element",
    "empty-sequence",
    "function",
    "if",
    "item",
    "map",
    "namespace-node",
    "node",
    "processing-instruction",
    "schema-attribute",
    "schema-element",
    "switch",
    "text",
    "typeswitch",
];

impl<'s> Parser<'s> {
    /// `NCName`.
    pub(super) fn ncname(&mut self, what: &str) -> Result<&'s str> {
        match self.word() {
            "" => Err(self.expected(what)),
            word => {
                self.advance(word.len());
                Ok(word)
            }
        }
    }

    /// `EQName`.
    pub(super) fn eqname(&mut self, what: &str) -> Result<Name> {
        let name = self.eqname_raw(what)?;
        self.skip();
        Ok(name)
    }

    /// `EQName` where whitespace behind it means something.
    pub(super) fn eqname_raw(&mut self, what: &str) -> Result<Name> {
        if !self.is_braced() {
            return self.qname_raw(what);
        }
        let start = self.at;
        let namespace = Some(self.braced_uri()?);
        let local = self.local("a local name behind `}`")?.into();
        Ok(Name { prefix: None, namespace, local, span: self.span(start) })
    }

    /// `QName` where whitespace behind it means something.
    pub(super) fn qname_raw(&mut self, what: &str) -> Result<Name> {
        let start = self.at;
        let first = self.local(what)?;
        let mut name =
            Name { prefix: None, namespace: None, local: first.into(), span: self.span(start) };
        if self.colon_then(is_name_start) {
            self.advance_raw(1);
            name.prefix = Some(first.into());
            name.local = self.local("a local name")?.into();
            name.span = self.span(start);
        }
        Ok(name)
    }

    fn local(&mut self, what: &str) -> Result<&'s str> {
        let word = self.word();
        if word.is_empty() {
            return Err(self.expected(what));
        }
        self.advance_raw(word.len());
        Ok(word)
    }

    /// Whether a colon comes next, and such a character behind it.
    fn colon_then(&self, is: impl Fn(char) -> bool) -> bool {
        self.rest().strip_prefix(':').is_some_and(|rest| rest.starts_with(is))
    }

    /// Whether a `BracedURILiteral` comes next.
    pub(super) fn is_braced(&self) -> bool {
        self.rest().starts_with("Q{")
    }

    /// `BracedURILiteral`.
    fn braced_uri(&mut self) -> Result<Box<str>> {
        let open = self.at;
        self.advance_raw(2);
        let uri = self.text_until(&['{', '}'])?;
        if !self.rest().starts_with('}') {
            return Err(self.unclosed("}", open));
        }
        self.advance_raw(1);
        let uri = collapse(&uri);
        if *uri == *namespace::XMLNS {
            let message = format!("no name is in the namespace {uri}");
            return Err(self.error_of("XQST0070", message, self.span(open)));
        }
        Ok(uri.into())
    }

    /// Whether a name or a `NameTest` comes next.
    pub(super) fn is_name_test(&self) -> bool {
        self.next_char().is_some_and(|c| c == '*' || is_name_start(c))
    }

    /// `NameTest`.
    pub(super) fn name_test(&mut self, what: &str) -> Result<NameTest> {
        let test = self.name_test_raw(what)?;
        self.skip();
        Ok(test)
    }

    fn name_test_raw(&mut self, what: &str) -> Result<NameTest> {
        if self.rest().starts_with('*') {
            self.advance_raw(1);
            if !self.colon_then(is_name_start) {
                return Ok(NameTest::Any);
            }
            self.advance_raw(1);
            return Ok(NameTest::AnyNamespace(self.local("a local name")?.into()));
        }
        if self.is_braced() {
            let mut ahead = *self;
            let namespace = ahead.braced_uri()?;
            if ahead.rest().starts_with('*') {
                ahead.advance_raw(1);
                *self = ahead;
                return Ok(NameTest::Namespace(namespace));
            }
            return self.eqname_raw(what).map(NameTest::Name);
        }
        let (prefix, rest) = split_ncname(self.rest());
        if !prefix.is_empty() && rest.starts_with(":*") {
            let start = self.at;
            self.advance_raw(prefix.len());
            let span = self.span(start);
            self.advance_raw(2);
            return Ok(NameTest::Prefix(prefix.into(), span));
        }
        self.qname_raw(what).map(NameTest::Name)
    }

    /// The name of a function that is called, referred to or declared.
    pub(super) fn function_name(&mut self) -> Result<Name> {
        let name = self.eqname("the name of a function")?;
        let plain = name.prefix.is_none() && name.namespace.is_none();
        if plain && RESERVED.contains(&&*name.local) {
            let hint = match &*name.local {
                "if" | "switch" | "typeswitch" => "; here the expression needs parentheses",
                _ => "",
            };
            let message = format!("no function can be called `{}`{hint}", name.local);
            return Err(self.error(message, name.span));
        }
        Ok(name)
    }

    /// `"$" VarName`.
    pub(super) fn variable(&mut self) -> Result<Name> {
        if !self.eat("$") {
            let hint = (!self.word().is_empty()).then_some("names of variables begin with `$`");
            return Err(self.expected_with("a variable", hint));
        }
        self.eqname("the name of a variable")
    }
}
