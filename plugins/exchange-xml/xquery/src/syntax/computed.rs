//! Constructors that are no markup: computed ones, string constructors, and expressions with
//! pragmas (XQuery 3.1, sections 3.9.3, 3.10.2, 3.19).

use super::ast::{ComputedName, Expr, ExprKind, StringPart};
use super::literals::push_lines;
use super::parser::Parser;
use crate::characters::is_space;
use crate::error::Result;

impl Parser<'_> {
    /// Whether a computed constructor comes next.
    pub(super) fn is_constructor(&self) -> bool {
        let braced = matches!(
            self.word(),
            "document"
                | "element"
                | "attribute"
                | "text"
                | "comment"
                | "processing-instruction"
                | "namespace"
        );
        (braced && !self.is_braced() && self.after_word().is("{")) || self.is_named_constructor()
    }

    /// Whether a computed constructor comes next whose name is written out.
    pub(super) fn is_named_constructor(&self) -> bool {
        let mut ahead = self.after_word();
        let named = match self.word() {
            "element" | "attribute" => ahead.eqname("a name").is_ok(),
            "processing-instruction" | "namespace" => ahead.ncname("a name").is_ok(),
            _ => false,
        };
        named && ahead.is("{")
    }

    /// `ComputedConstructor`.
    pub(super) fn computed(&mut self) -> Result<Expr> {
        let start = self.at;
        let word = self.word();
        self.advance(word.len());
        let name = match word {
            "element" | "attribute" | "processing-instruction" | "namespace" => {
                Some(self.computed_name()?)
            }
            _ => None,
        };
        let content = self.enclosed()?;
        let kind = match (word, name) {
            ("element", Some(name)) => ExprKind::ComputedElement { name, content },
            ("attribute", Some(name)) => ExprKind::ComputedAttribute { name, content },
            ("namespace", Some(prefix)) => ExprKind::ComputedNamespace { prefix, uri: content },
            (_, Some(target)) => ExprKind::ComputedInstruction { target, content },
            ("document", None) => ExprKind::ComputedDocument(content),
            ("text", None) => ExprKind::ComputedText(content),
            (_, None) => ExprKind::ComputedComment(content),
        };
        self.make(kind, start)
    }

    fn computed_name(&mut self) -> Result<ComputedName> {
        let open = self.at;
        if !self.eat("{") {
            return self.eqname("a name or `{`").map(ComputedName::Name);
        }
        let name = self.expr()?;
        self.close("}", open)?;
        Ok(ComputedName::Expr(name))
    }

    /// `StringConstructor`.
    pub(super) fn string_constructor(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance_raw("``[".len());
        let (mut parts, mut text) = (Vec::new(), String::new());
        loop {
            let rest = self.rest();
            let stop = rest.find(['`', ']']).unwrap_or(rest.len());
            push_lines(&mut text, rest.get(..stop).unwrap_or_default());
            self.advance_raw(stop);
            let (rest, ends) = (self.rest(), self.rest().starts_with("]``"));
            if (ends || rest.starts_with("`{")) && !text.is_empty() {
                parts.push(StringPart::Text(std::mem::take(&mut text).into()));
            }
            if ends {
                self.advance("]``".len());
                return self.make(ExprKind::StringConstructor(parts), start);
            }
            if rest.starts_with("`{") {
                parts.push(StringPart::Expr(self.interpolation()?));
            } else if let Some(c) = rest.chars().next() {
                text.push(c);
                self.advance_raw(c.len_utf8());
            } else {
                let opened = self.place(start);
                return Err(self.expected(&format!("`]``` for the ```[` at {opened}")));
            }
        }
    }

    /// `StringConstructorInterpolation`.
    fn interpolation(&mut self) -> Result<Expr> {
        let open = self.at;
        self.advance("`{".len());
        let expr = self.optional_expr("}")?;
        if !self.rest().starts_with("}`") {
            let opened = self.place(open);
            return Err(self.expected(&format!("`}}`` for the `{{` at {opened}")));
        }
        self.advance_raw("}`".len());
        Ok(expr)
    }

    /// `ExtensionExpr`.
    pub(super) fn extension(&mut self) -> Result<Expr> {
        let start = self.at;
        let mut pragmas = Vec::new();
        while self.is("(#") {
            pragmas.push(self.pragma()?);
        }
        let open = self.at;
        self.expect("{")?;
        let body = if self.is("}") { None } else { Some(self.expr()?) };
        self.close("}", open)?;
        self.make(ExprKind::Extension { pragmas, body }, start)
    }

    /// `Pragma`.
    fn pragma(&mut self) -> Result<(super::ast::Name, Box<str>)> {
        let open = self.at;
        self.advance_raw("(#".len());
        self.skip_space();
        let name = self.eqname_raw("the name of a pragma")?;
        let spaced = self.skip_space();
        let rest = self.rest();
        let Some(stop) = rest.find("#)") else {
            let opened = self.place(open);
            self.advance_raw(rest.len());
            return Err(self.expected(&format!("`#)` for the `(#` at {opened}")));
        };
        if stop > 0 && !spaced {
            return Err(self.expected("a space or `#)` behind the name of a pragma"));
        }
        let mut content = String::new();
        push_lines(&mut content, rest.get(..stop).unwrap_or_default());
        self.advance(stop + "#)".len());
        Ok((name, content.trim_start_matches(is_space).into()))
    }
}
