//! Primary expressions and what stands behind them (XQuery 3.1, sections 3.1, 3.2 and 3.11).

use super::ast::{Argument, Expr, ExprKind, LookupKey, Name, Parameter, SequenceType};
use super::parser::Parser;
use crate::characters::is_name_start;
use crate::error::Result;

impl Parser<'_> {
    /// `PostfixExpr`.
    pub(super) fn postfix(&mut self) -> Result<Expr> {
        let start = self.at;
        let mut base = self.primary()?;
        loop {
            let kind = match self.symbol() {
                "[" => ExprKind::Filter { base, predicate: self.predicate()? },
                "(" => ExprKind::DynamicCall { base, arguments: self.arguments()? },
                "?" => ExprKind::Lookup { base, key: self.lookup()? },
                _ => return Ok(base),
            };
            base = self.make(kind, start)?;
        }
    }

    /// Whether the name that is looked at begins a primary expression and no step.
    pub(super) fn is_primary_word(&self) -> bool {
        let mut ahead = *self;
        let Ok(name) = ahead.eqname("a name") else { return false };
        if name.prefix.is_some() || name.namespace.is_some() {
            return matches!(ahead.symbol(), "(" | "#");
        }
        match ahead.symbol() {
            "#" => true,
            "(" => !is_kind_test(&name.local),
            "{" => is_before_brace(&name.local),
            _ => self.is_named_constructor(),
        }
    }

    fn primary(&mut self) -> Result<Expr> {
        let start = self.at;
        if self.is_literal() {
            return self.literal_expr();
        }
        match self.symbol() {
            "$" => {
                let name = self.variable()?;
                self.make(ExprKind::Variable(name), start)
            }
            "(" => self.parenthesized(),
            "." => {
                self.advance(1);
                self.make(ExprKind::ContextItem, start)
            }
            "?" => {
                let key = self.lookup()?;
                self.make(ExprKind::UnaryLookup(key), start)
            }
            "[" => self.square_array(),
            "%" => self.inline_function(),
            "<" => self.direct(),
            "`" if self.rest().starts_with("``[") => self.string_constructor(),
            _ if self.next_char().is_some_and(is_name_start) => self.primary_word(),
            _ => Err(self.expected("an expression")),
        }
    }

    /// A primary expression that begins with a name.
    fn primary_word(&mut self) -> Result<Expr> {
        let start = self.at;
        let after = if self.is_braced() { *self } else { self.after_word() };
        match (self.word(), after.symbol()) {
            ("function", "(") => return self.inline_function(),
            ("map", "{") => return self.map(),
            ("array", "{") => {
                self.advance("array".len());
                let body = self.enclosed()?;
                return self.make(ExprKind::CurlyArray(body), start);
            }
            ("ordered" | "unordered", "{") => {
                self.advance(self.word().len());
                let body = self.enclosed()?;
                return self.make(ExprKind::Ordered(body), start);
            }
            _ if self.is_constructor() => return self.computed(),
            _ => {}
        }
        let name = self.function_name()?;
        if self.eat("#") {
            let arity_start = self.at;
            let arity = self.integer("the number of parameters behind `#`")?;
            let arity = u32::try_from(arity).map_err(|_| {
                self.error_of("FOAR0002", "too many parameters", self.span(arity_start))
            })?;
            return self.make(ExprKind::NamedFunction { name, arity }, start);
        }
        let arguments = self.arguments()?;
        self.make(ExprKind::Call { name, arguments }, start)
    }

    /// `ParenthesizedExpr`.
    pub(super) fn parenthesized(&mut self) -> Result<Expr> {
        let open = self.at;
        self.expect("(")?;
        let inner = if self.is(")") { None } else { Some(self.expr()?) };
        self.close(")", open)?;
        match inner {
            Some(inner) => Ok(inner),
            None => self.make(ExprKind::Sequence(Vec::new()), open),
        }
    }

    /// `ArgumentList`.
    pub(super) fn arguments(&mut self) -> Result<Vec<Argument>> {
        let open = self.at;
        self.expect("(")?;
        let mut arguments = Vec::new();
        if !self.is(")") {
            arguments.push(self.argument()?);
            while self.eat(",") {
                arguments.push(self.argument()?);
            }
        }
        self.close(")", open)?;
        Ok(arguments)
    }

    fn argument(&mut self) -> Result<Argument> {
        if self.is("?") {
            let mut ahead = *self;
            ahead.advance(1);
            if ahead.is(",") || ahead.is(")") {
                *self = ahead;
                return Ok(Argument::Placeholder);
            }
        }
        self.expr_single().map(Argument::Expr)
    }

    /// `"?" KeySpecifier`.
    fn lookup(&mut self) -> Result<LookupKey> {
        self.expect("?")?;
        if self.is("(") {
            return self.parenthesized().map(LookupKey::Expr);
        }
        if self.eat("*") {
            return Ok(LookupKey::Wildcard);
        }
        if self.word().is_empty() {
            let what = "a name, a number, `(` or `*` behind `?`";
            return self.integer(what).map(LookupKey::Integer);
        }
        self.ncname("a key").map(|name| LookupKey::Name(name.into()))
    }

    /// `SquareArrayConstructor`.
    fn square_array(&mut self) -> Result<Expr> {
        let open = self.at;
        self.expect("[")?;
        let mut members = Vec::new();
        if !self.is("]") {
            members.push(self.expr_single()?);
            while self.eat(",") {
                members.push(self.expr_single()?);
            }
        }
        self.close("]", open)?;
        self.make(ExprKind::SquareArray(members), open)
    }

    /// `MapConstructor`.
    fn map(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance("map".len());
        let open = self.at;
        self.expect("{")?;
        let mut entries = Vec::new();
        if !self.is("}") {
            entries.push(self.map_entry()?);
            while self.eat(",") {
                entries.push(self.map_entry()?);
            }
        }
        self.close("}", open)?;
        self.make(ExprKind::Map(entries), start)
    }

    fn map_entry(&mut self) -> Result<(Expr, Expr)> {
        let key = self.expr_single()?;
        if !self.eat(":") {
            let hint = "a name before the colon needs a space behind it";
            return Err(self.expected_with("`:` and a value behind the key", Some(hint)));
        }
        Ok((key, self.expr_single()?))
    }

    /// `InlineFunctionExpr`.
    fn inline_function(&mut self) -> Result<Expr> {
        let start = self.at;
        let annotations = self.annotations()?;
        self.expect_word("function")?;
        let (parameters, result) = self.signature()?;
        let body = self.enclosed()?;
        self.make(ExprKind::InlineFunction { annotations, parameters, result, body }, start)
    }

    /// `"(" ParamList? ")" TypeDeclaration?`.
    pub(super) fn signature(&mut self) -> Result<(Vec<Parameter>, Option<SequenceType>)> {
        let open = self.at;
        self.expect("(")?;
        let mut parameters = Vec::new();
        if !self.is(")") {
            parameters.push(self.parameter()?);
            while self.eat(",") {
                parameters.push(self.parameter()?);
            }
        }
        self.close(")", open)?;
        Ok((parameters, self.type_declaration()?))
    }

    fn parameter(&mut self) -> Result<Parameter> {
        let name = self.variable()?;
        Ok(Parameter { name, kind: self.type_declaration()? })
    }

    /// `Annotation*`: their names. No annotation that is known here takes values.
    pub(super) fn annotations(&mut self) -> Result<Vec<Name>> {
        let mut annotations = Vec::new();
        while self.eat("%") {
            let name = self.eqname("the name of an annotation")?;
            let open = self.at;
            if self.eat("(") {
                self.literal()?;
                while self.eat(",") {
                    self.literal()?;
                }
                self.close(")", open)?;
            }
            annotations.push(name);
        }
        Ok(annotations)
    }

    /// `EnclosedExpr`; the empty sequence where nothing stands in it.
    pub(super) fn enclosed(&mut self) -> Result<Expr> {
        let open = self.at;
        self.expect("{")?;
        let body = self.optional_expr("}")?;
        self.close("}", open)?;
        Ok(body)
    }

    /// An expression, or the empty sequence where `end` comes next.
    pub(super) fn optional_expr(&mut self, end: &str) -> Result<Expr> {
        if self.is(end) {
            return self.make(ExprKind::Sequence(Vec::new()), self.at);
        }
        self.expr()
    }
}

/// Words that, before a bracket, begin a step.
fn is_kind_test(word: &str) -> bool {
    matches!(
        word,
        "node"
            | "text"
            | "comment"
            | "namespace-node"
            | "document-node"
            | "element"
            | "attribute"
            | "schema-element"
            | "schema-attribute"
            | "processing-instruction"
    )
}

/// Words that, before a brace, begin a primary expression.
fn is_before_brace(word: &str) -> bool {
    matches!(
        word,
        "map"
            | "array"
            | "ordered"
            | "unordered"
            | "document"
            | "element"
            | "attribute"
            | "text"
            | "comment"
            | "processing-instruction"
            | "namespace"
    )
}
