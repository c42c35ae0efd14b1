//! Expressions that begin with a keyword, and sequences of expressions (XQuery 3.1, sections 3.12
//! to 3.18).

use super::ast::{Catch, Expr, ExprKind, ForBinding, TypeswitchCase};
use super::parser::Parser;
use crate::error::Result;

/// Why an `if` without `else` is none.
const ELSE: &str = "an `if` always has an `else`, and `else ()` gives nothing";

impl Parser<'_> {
    /// `Expr`.
    pub(super) fn expr(&mut self) -> Result<Expr> {
        let start = self.at;
        let first = self.expr_single()?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut members = vec![first];
        while self.eat(",") {
            members.push(self.expr_single()?);
        }
        self.make(ExprKind::Sequence(members), start)
    }

    /// `ExprSingle`.
    pub(super) fn expr_single(&mut self) -> Result<Expr> {
        self.nested(Self::expr_single_here)
    }

    fn expr_single_here(&mut self) -> Result<Expr> {
        let word = self.word();
        let keyword = matches!(
            word,
            "for" | "let" | "some" | "every" | "switch" | "typeswitch" | "if" | "try"
        );
        if !keyword {
            return self.or_expr();
        }
        let ahead = self.after_word();
        match (word, ahead.symbol()) {
            ("for" | "let", "$") => self.flwor(),
            ("for", _)
                if matches!(ahead.word(), "tumbling" | "sliding")
                    && ahead.after_word().is_word("window") =>
            {
                self.flwor()
            }
            ("some" | "every", "$") => self.quantified(),
            ("switch", "(") => self.switch(),
            ("typeswitch", "(") => self.typeswitch(),
            ("if", "(") => self.conditional(),
            ("try", "{") => self.try_catch(),
            _ => self.or_expr(),
        }
    }

    /// Whether a keyword comes next that wants a variable, and a name without `$` behind it.
    pub(super) fn lacks_dollar(&self) -> bool {
        let ahead = self.after_word();
        matches!(self.word(), "for" | "let" | "some" | "every")
            && !ahead.word().is_empty()
            && !ahead.is_operator()
            && (ahead.after_word().is(":=") || matches!(ahead.after_word().word(), "in" | "as"))
    }

    /// `QuantifiedExpr`.
    fn quantified(&mut self) -> Result<Expr> {
        let start = self.at;
        let every = self.is_word("every");
        self.advance(self.word().len());
        let mut bindings = vec![self.quantified_binding()?];
        while self.eat(",") {
            bindings.push(self.quantified_binding()?);
        }
        self.expect_word("satisfies")?;
        let condition = self.expr_single()?;
        self.make(ExprKind::Quantified { every, bindings, condition }, start)
    }

    fn quantified_binding(&mut self) -> Result<ForBinding> {
        let variable = self.variable()?;
        let kind = self.type_declaration()?;
        self.expect_in()?;
        let sequence = self.expr_single()?;
        Ok(ForBinding { variable, kind, allowing_empty: false, position: None, sequence })
    }

    /// `"in"`, which is not `:=`.
    pub(super) fn expect_in(&mut self) -> Result<()> {
        let hint = "a variable that runs over a sequence is bound with `in`";
        match self.symbol() {
            ":=" | "=" => Err(self.expected_with("`in`", Some(hint))),
            _ => self.expect_word("in"),
        }
    }

    /// `IfExpr`.
    fn conditional(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance("if".len());
        let condition = self.bracketed()?;
        self.expect_word("then")?;
        let then = self.expr_single()?;
        if !self.eat_word("else") {
            let hint = self.slip().unwrap_or(ELSE);
            return Err(self.expected_with("`else`", Some(hint)));
        }
        let otherwise = self.expr_single()?;
        self.make(ExprKind::If { condition, then, otherwise }, start)
    }

    /// `"(" Expr ")"`.
    fn bracketed(&mut self) -> Result<Expr> {
        let open = self.at;
        self.expect("(")?;
        let expr = self.expr()?;
        self.close(")", open)?;
        Ok(expr)
    }

    /// `SwitchExpr`.
    fn switch(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance("switch".len());
        let operand = self.bracketed()?;
        let mut cases = Vec::new();
        while self.is_word("case") {
            let mut keys = Vec::new();
            while self.eat_word("case") {
                keys.push(self.expr_single()?);
            }
            self.expect_word("return")?;
            cases.push((keys, self.expr_single()?));
        }
        self.expect_default(cases.is_empty())?;
        self.expect_word("return")?;
        let default = self.expr_single()?;
        self.make(ExprKind::Switch { operand, cases, default }, start)
    }

    fn expect_default(&mut self, is_first: bool) -> Result<()> {
        if is_first {
            return Err(self.expected_word(&["case"]));
        }
        if self.eat_word("default") {
            Ok(())
        } else {
            Err(self.expected_word(&["case", "default"]))
        }
    }

    /// `TypeswitchExpr`.
    fn typeswitch(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance("typeswitch".len());
        let operand = self.bracketed()?;
        let mut cases = Vec::new();
        while self.eat_word("case") {
            cases.push(self.typeswitch_case()?);
        }
        self.expect_default(cases.is_empty())?;
        let variable = if self.is("$") { Some(self.variable()?) } else { None };
        self.expect_word("return")?;
        let default = TypeswitchCase { variable, kinds: Vec::new(), result: self.expr_single()? };
        self.make(ExprKind::Typeswitch { operand, cases, default }, start)
    }

    /// `CaseClause`, its keyword read.
    fn typeswitch_case(&mut self) -> Result<TypeswitchCase> {
        let mut variable = None;
        if self.is("$") {
            variable = Some(self.variable()?);
            self.expect_word("as")?;
        }
        let mut kinds = vec![self.sequence_type()?];
        while self.eat("|") {
            kinds.push(self.sequence_type()?);
        }
        self.expect_word("return")?;
        Ok(TypeswitchCase { variable, kinds, result: self.expr_single()? })
    }

    /// `TryCatchExpr`.
    fn try_catch(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance("try".len());
        let body = self.enclosed()?;
        let mut catches = Vec::new();
        while self.eat_word("catch") {
            let what = "the name of an error, or `*`";
            let mut errors = vec![self.name_test(what)?];
            while self.eat("|") {
                errors.push(self.name_test(what)?);
            }
            catches.push(Catch { errors, body: self.enclosed()? });
        }
        if catches.is_empty() {
            return Err(self.expected_word(&["catch"]));
        }
        self.make(ExprKind::TryCatch { body, catches }, start)
    }

    /// Whether the word `validate` that is looked at begins a `ValidateExpr`.
    pub(super) fn is_validate(&self) -> bool {
        let mut ahead = self.after_word();
        match ahead.word() {
            "lax" | "strict" => ahead.after_word().is("{"),
            "type" => {
                ahead = ahead.after_word();
                ahead.eqname("a type").is_ok() && ahead.is("{")
            }
            _ => ahead.is("{"),
        }
    }

    /// `ValidateExpr`.
    pub(super) fn validate(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance("validate".len());
        if self.eat_word("type") {
            self.eqname("the name of a type")?;
        } else {
            self.advance(self.word().len());
        }
        let open = self.at;
        self.expect("{")?;
        let body = self.expr()?;
        self.close("}", open)?;
        self.make(ExprKind::Validate(body), start)
    }
}
