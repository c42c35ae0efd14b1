//! FLWOR expressions (XQuery 3.1, section 3.12).
//!
//! Invariant: a clause with several bindings has become several clauses.

use super::ast::{
    Clause, Expr, ExprKind, ForBinding, GroupingSpec, Name, OrderSpec, WindowClause,
    WindowCondition,
};
use super::parser::Parser;
use crate::error::Result;

/// What may follow a clause.
const CLAUSES: [&str; 8] = ["return", "for", "let", "where", "group", "order", "stable", "count"];

impl Parser<'_> {
    /// `FLWORExpr`.
    pub(super) fn flwor(&mut self) -> Result<Expr> {
        let start = self.at;
        let mut clauses = Vec::new();
        while !self.eat_word("return") {
            self.clause(&mut clauses)?;
        }
        let result = self.expr_single()?;
        self.make(ExprKind::Flwor { clauses, result }, start)
    }

    /// `InitialClause` or `IntermediateClause`.
    fn clause(&mut self, clauses: &mut Vec<Clause>) -> Result<()> {
        let ahead = self.after_word();
        match self.word() {
            "for" if matches!(ahead.word(), "tumbling" | "sliding") => {
                clauses.push(Clause::Window(Box::new(self.window()?)));
            }
            "for" => self.bindings(clauses, Self::for_binding)?,
            "let" => self.bindings(clauses, Self::let_binding)?,
            "where" => {
                self.advance("where".len());
                clauses.push(Clause::Where(self.expr_single()?));
            }
            "group" => clauses.push(self.group_by()?),
            "order" | "stable" => clauses.push(self.order_by()?),
            "count" => {
                self.advance("count".len());
                clauses.push(Clause::Count(self.variable()?));
            }
            _ => return Err(self.expected_word(&CLAUSES)),
        }
        Ok(())
    }

    /// A keyword, and bindings with commas between them.
    fn bindings(
        &mut self,
        clauses: &mut Vec<Clause>,
        binding: impl Fn(&mut Self) -> Result<Clause>,
    ) -> Result<()> {
        self.advance(self.word().len());
        clauses.push(binding(self)?);
        while self.eat(",") {
            clauses.push(binding(self)?);
        }
        Ok(())
    }

    /// `ForBinding`.
    fn for_binding(&mut self) -> Result<Clause> {
        let variable = self.variable()?;
        let kind = self.type_declaration()?;
        let allowing_empty = self.eat_word("allowing");
        if allowing_empty {
            self.expect_word("empty")?;
        }
        let position = self.variable_behind("at")?;
        self.expect_in()?;
        let sequence = self.expr_single()?;
        Ok(Clause::For(ForBinding { variable, kind, allowing_empty, position, sequence }))
    }

    /// A keyword and its variable, if the keyword comes next.
    fn variable_behind(&mut self, word: &str) -> Result<Option<Name>> {
        if self.eat_word(word) { self.variable().map(Some) } else { Ok(None) }
    }

    /// `LetBinding`.
    fn let_binding(&mut self) -> Result<Clause> {
        let variable = self.variable()?;
        let kind = self.type_declaration()?;
        if !self.eat(":=") {
            let slip = self.is("=") || self.is_word("in") || self.is(":");
            let hint = slip.then_some("`let` binds with `:=`");
            return Err(self.expected_with("`:=`", hint));
        }
        Ok(Clause::Let { variable, kind, value: self.expr_single()? })
    }

    /// `WindowClause`.
    fn window(&mut self) -> Result<WindowClause> {
        self.advance("for".len());
        let sliding = self.is_word("sliding");
        self.advance(self.word().len());
        self.expect_word("window")?;
        let variable = self.variable()?;
        let kind = self.type_declaration()?;
        self.expect_in()?;
        let sequence = self.expr_single()?;
        self.expect_word("start")?;
        let start = self.window_condition()?;
        let only = self.eat_word("only");
        let end = if only || sliding || self.is_word("end") {
            self.expect_word("end")?;
            Some((self.window_condition()?, only))
        } else {
            None
        };
        Ok(WindowClause { sliding, variable, kind, sequence, start, end })
    }

    /// `WindowVars "when" ExprSingle`.
    fn window_condition(&mut self) -> Result<WindowCondition> {
        let current = if self.is("$") { Some(self.variable()?) } else { None };
        let position = self.variable_behind("at")?;
        let previous = self.variable_behind("previous")?;
        let next = self.variable_behind("next")?;
        self.expect_word("when")?;
        Ok(WindowCondition { current, position, previous, next, when: self.expr_single()? })
    }

    /// `GroupByClause`.
    fn group_by(&mut self) -> Result<Clause> {
        self.advance("group".len());
        self.expect_word("by")?;
        let mut specs = vec![self.grouping()?];
        while self.eat(",") {
            specs.push(self.grouping()?);
        }
        Ok(Clause::GroupBy(specs))
    }

    /// `GroupingSpec`.
    fn grouping(&mut self) -> Result<GroupingSpec> {
        let variable = self.variable()?;
        let kind = self.type_declaration()?;
        let mut value = None;
        if kind.is_some() || self.is(":=") {
            self.expect(":=")?;
            value = Some(self.expr_single()?);
        }
        Ok(GroupingSpec { variable, kind, value, collation: self.collation()? })
    }

    fn collation(&mut self) -> Result<Option<Box<str>>> {
        if self.eat_word("collation") { self.uri().map(Some) } else { Ok(None) }
    }

    /// `OrderByClause`.
    fn order_by(&mut self) -> Result<Clause> {
        self.eat_word("stable");
        self.expect_word("order")?;
        self.expect_word("by")?;
        let mut specs = vec![self.order()?];
        while self.eat(",") {
            specs.push(self.order()?);
        }
        Ok(Clause::OrderBy(specs))
    }

    /// `OrderSpec`.
    fn order(&mut self) -> Result<OrderSpec> {
        let key = self.expr_single()?;
        let descending = self.eat_word("descending") || {
            self.eat_word("ascending");
            false
        };
        let empty_greatest = if self.eat_word("empty") { Some(self.is_greatest()?) } else { None };
        Ok(OrderSpec { key, descending, empty_greatest, collation: self.collation()? })
    }

    /// `"greatest" | "least"`.
    pub(super) fn is_greatest(&mut self) -> Result<bool> {
        self.one_of("greatest", "least")
    }

    /// One of two words; whether it is the first.
    pub(super) fn one_of(&mut self, first: &str, second: &str) -> Result<bool> {
        let is_first = self.is_word(first);
        if !is_first && !self.is_word(second) {
            return Err(self.expected_word(&[first, second]));
        }
        self.advance(self.word().len());
        Ok(is_first)
    }
}
