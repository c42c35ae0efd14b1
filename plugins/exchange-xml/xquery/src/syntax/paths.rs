//! Paths and their steps (XQuery 3.1, section 3.3).
//!
//! Invariants: `//` has become a step; a path of one step without a slash is that step.

use super::ast::{Axis, Expr, ExprKind, KindTest, NameTest, NodeTest, PathStart};
use super::parser::Parser;
use crate::characters::is_name_start;
use crate::error::Result;

impl Parser<'_> {
    /// `PathExpr`.
    pub(super) fn path(&mut self) -> Result<Expr> {
        let begin = self.at;
        let mut steps = Vec::new();
        let start =
            if self.is("/") || self.is("//") { PathStart::Root } else { PathStart::Relative };
        if start == PathStart::Relative {
            let step = self.step()?;
            if !matches!(self.symbol(), "/" | "//") {
                return Ok(step);
            }
            steps.push(step);
        }
        // A slash that nothing can follow is the root alone (appendix A.1.2).
        let lone = self.is("/") && start == PathStart::Root && !self.is_step_behind_slash();
        if lone {
            self.advance(1);
        }
        while let slash @ ("/" | "//") = self.symbol() {
            if lone {
                return Err(self.expected("an operator"));
            }
            let at = self.at;
            self.advance(slash.len());
            if slash == "//" {
                steps.push(self.any_descendant(at)?);
            }
            steps.push(self.step()?);
        }
        self.make(ExprKind::Path { start, steps }, begin)
    }

    /// `descendant-or-self::node()`, which `//` stands for.
    fn any_descendant(&self, at: usize) -> Result<Expr> {
        let (axis, test) = (Axis::DescendantOrSelf, NodeTest::Kind(KindTest::Any));
        self.make(ExprKind::Step { axis, test, predicates: Vec::new() }, at)
    }

    fn is_step_behind_slash(&self) -> bool {
        let mut ahead = *self;
        ahead.advance(1);
        ahead.is_step()
    }

    /// Whether what comes next can begin a `StepExpr`.
    fn is_step(&self) -> bool {
        match self.symbol() {
            "" => self.next_char().is_some_and(|c| is_name_start(c) || c.is_ascii_digit()),
            symbol => [".", "..", "*", "@", "$", "(", "\"", "'", "?", "[", "%", "<", "`"]
                .contains(&symbol),
        }
    }

    /// `StepExpr`.
    fn step(&mut self) -> Result<Expr> {
        let start = self.at;
        match self.symbol() {
            "@" => {
                self.advance(1);
                return self.axis_step(Axis::Attribute, start);
            }
            ".." => {
                self.advance(2);
                return self.predicates(Axis::Parent, NodeTest::Kind(KindTest::Any), start);
            }
            "*" => return self.axis_step(Axis::Child, start),
            _ => {}
        }
        if !self.is_name_test() || self.is_primary_word() {
            return self.postfix();
        }
        if !self.is_braced() && self.after_word().is("::") {
            let axis = self.axis()?;
            return self.axis_step(axis, start);
        }
        if self.lacks_dollar() {
            let mut ahead = self.after_word();
            return ahead.variable().and_then(|_| Err(self.expected("an expression")));
        }
        self.abbreviated_step(start)
    }

    /// `AxisStep` without an axis: that of attributes where only they are asked for.
    fn abbreviated_step(&mut self, start: usize) -> Result<Expr> {
        let test = self.node_test()?;
        let axis = match test {
            NodeTest::Kind(KindTest::Attribute(..) | KindTest::SchemaAttribute(_)) => {
                Axis::Attribute
            }
            NodeTest::Kind(KindTest::NamespaceNode) => {
                let message = "there is no axis that leads to namespace nodes";
                return Err(self.error_of("XQST0134", message, self.span(start)));
            }
            _ => Axis::Child,
        };
        self.predicates(axis, test, start)
    }

    /// `ForwardAxis`, `ReverseAxis`, with the colons.
    fn axis(&mut self) -> Result<Axis> {
        let start = self.at;
        let word = self.word();
        let axis = match word {
            "child" => Axis::Child,
            "descendant" => Axis::Descendant,
            "attribute" => Axis::Attribute,
            "self" => Axis::Itself,
            "descendant-or-self" => Axis::DescendantOrSelf,
            "following-sibling" => Axis::FollowingSibling,
            "following" => Axis::Following,
            "parent" => Axis::Parent,
            "ancestor" => Axis::Ancestor,
            "preceding-sibling" => Axis::PrecedingSibling,
            "preceding" => Axis::Preceding,
            "ancestor-or-self" => Axis::AncestorOrSelf,
            "namespace" => {
                self.advance(word.len());
                let message = "XQuery has no axis `namespace`";
                return Err(self.error(message, self.span(start)));
            }
            _ => return Err(self.expected("an axis such as `child` before `::`")),
        };
        self.advance(word.len());
        self.advance(2);
        Ok(axis)
    }

    fn axis_step(&mut self, axis: Axis, start: usize) -> Result<Expr> {
        let test = self.node_test()?;
        self.predicates(axis, test, start)
    }

    /// `NodeTest`.
    fn node_test(&mut self) -> Result<NodeTest> {
        if !self.is_braced() && !self.word().is_empty() && self.after_word().is("(") {
            return match self.kind_test()? {
                Some(kind) => Ok(NodeTest::Kind(kind)),
                None => Err(self.expected("the name of a node or a test such as `node()`")),
            };
        }
        let test = self.name_test("the name of a node, `*` or a test such as `node()`")?;
        if let (NameTest::Name(name), true) = (&test, self.is("(")) {
            let message = format!("`{}(` is no test of nodes", name.local);
            return Err(self.error(message, name.span));
        }
        Ok(NodeTest::Name(test))
    }

    /// `PredicateList`.
    fn predicates(&mut self, axis: Axis, test: NodeTest, start: usize) -> Result<Expr> {
        let mut predicates = Vec::new();
        while self.is("[") {
            predicates.push(self.predicate()?);
        }
        self.make(ExprKind::Step { axis, test, predicates }, start)
    }

    /// `Predicate`.
    pub(super) fn predicate(&mut self) -> Result<Expr> {
        let open = self.at;
        self.expect("[")?;
        let predicate = self.expr()?;
        self.close("]", open)?;
        Ok(predicate)
    }
}
