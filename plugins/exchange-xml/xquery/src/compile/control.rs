//! Types in expressions, `switch`, `typeswitch`, `try` and pragmas (XQuery 3.1, sections 3.14,
//! 3.17 and 3.18).

use super::calls::of_cast;
use super::compiler::{Compiled, Compiler};
use super::facts::Facts;
use super::fault::fault;
use crate::error::{Result, Span};
use crate::expression::{Case, Catch, Kind};
use crate::name::{QName, namespace};
use crate::syntax::ast::{self, ExprKind, Name, TypeswitchCase};
use crate::types::SequenceType;

/// The variables of a `catch`, in the order of their slots.
const CATCH_VARIABLES: [&str; 7] =
    ["code", "description", "value", "module", "line-number", "column-number", "additional"];

impl Compiler<'_, '_> {
    /// `instance of`, `treat as`, `cast as`, `castable as`.
    pub(super) fn type_expression(&mut self, expr: &ast::Expr) -> Result<Compiled> {
        let span = expr.span;
        let (kind, facts) = match &*expr.kind {
            ExprKind::InstanceOf { operand, kind } => {
                let kind = self.scope.sequence_type(kind)?;
                (Kind::InstanceOf(self.boxed(operand)?, kind), Facts::BOOLEAN)
            }
            ExprKind::TreatAs { operand, kind } => {
                let kind = self.scope.sequence_type(kind)?;
                let operand = self.expr(operand)?;
                let declared = Facts::of_sequence_type(&kind);
                let facts = Facts {
                    items: declared.items,
                    at_most_one: declared.at_most_one || operand.facts.at_most_one,
                    ..operand.facts
                };
                (Kind::TreatAs(Box::new(operand.expr), kind), facts)
            }
            ExprKind::Cast { operand, kind, optional } => {
                let to = self.scope.cast_target(kind)?;
                let (facts, operand) = (of_cast(&to), self.boxed(operand)?);
                (Kind::Cast { operand, to, optional: *optional }, facts)
            }
            ExprKind::Castable { operand, kind, optional } => {
                let to = self.scope.cast_target(kind)?;
                let operand = self.boxed(operand)?;
                (Kind::Castable { operand, to, optional: *optional }, Facts::BOOLEAN)
            }
            _ => (Kind::Sequence(Vec::new()), Facts::UNKNOWN),
        };
        Ok(Compiled::new(kind, facts, span))
    }

    /// `SwitchExpr`.
    pub(super) fn switch(
        &mut self,
        operand: &ast::Expr,
        cases: &[(Vec<ast::Expr>, ast::Expr)],
        default: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        let operand = self.boxed(operand)?;
        let mut facts = None;
        let mut compiled = Vec::with_capacity(cases.len());
        for (keys, result) in cases {
            let keys = self.all(keys)?;
            let result = self.expr(result)?;
            facts = Some(facts.map_or(result.facts, |facts: Facts| facts.or(result.facts)));
            compiled.push((keys, result.expr));
        }
        let default = self.expr(default)?;
        let facts = facts.map_or(default.facts, |facts| facts.or(default.facts));
        let default = Box::new(default.expr);
        Ok(Compiled::new(Kind::Switch { operand, cases: compiled, default }, facts, span))
    }

    /// `TypeswitchExpr`.
    pub(super) fn typeswitch(
        &mut self,
        operand: &ast::Expr,
        cases: &[TypeswitchCase],
        default: &TypeswitchCase,
        span: Span,
    ) -> Result<Compiled> {
        let operand = self.expr(operand)?;
        let mut compiled = Vec::with_capacity(cases.len());
        for case in cases {
            let read = |kind| self.scope.sequence_type(kind);
            let kinds: Vec<SequenceType> = case.kinds.iter().map(read).collect::<Result<_>>()?;
            let facts = match kinds.as_slice() {
                [kind] => Facts { items: Facts::of_sequence_type(kind).items, ..operand.facts },
                _ => operand.facts,
            };
            let (slot, result) = self.case(case, facts)?;
            compiled.push(Case { kinds, slot, result: result.expr });
        }
        let (slot, result) = self.case(default, operand.facts)?;
        let default = Box::new((slot, result.expr));
        let operand = Box::new(operand.expr);
        let kind = Kind::Typeswitch { operand, cases: compiled, default };
        Ok(Compiled::new(kind, Facts::UNKNOWN, span))
    }

    fn case(&mut self, case: &TypeswitchCase, facts: Facts) -> Result<(Option<usize>, Compiled)> {
        let mark = self.frames.mark();
        let slot = match &case.variable {
            Some(name) => {
                let name = self.scope.plain(name)?;
                Some(self.frames.bind(name, facts))
            }
            None => None,
        };
        let result = self.expr(&case.result)?;
        self.frames.release(mark);
        Ok((slot, result))
    }

    /// `TryCatchExpr`.
    pub(super) fn try_catch(
        &mut self,
        body: &ast::Expr,
        catches: &[ast::Catch],
        span: Span,
    ) -> Result<Compiled> {
        let body = self.boxed(body)?;
        let mut compiled = Vec::with_capacity(catches.len());
        for catch in catches {
            let mut errors = Vec::with_capacity(catch.errors.len());
            let mut takes_all = false;
            for test in &catch.errors {
                match self.scope.name_test(test, &"".into())? {
                    Some(test) => errors.push(test),
                    None => takes_all = true,
                }
            }
            if takes_all {
                errors.clear();
            }
            let mark = self.frames.mark();
            let slots = self.frames.slots();
            for local in CATCH_VARIABLES {
                let name = QName::prefixed("err", namespace::ERR, local);
                self.frames.bind(name, Facts::UNKNOWN);
            }
            let body = self.plain(&catch.body)?;
            self.frames.release(mark);
            compiled.push(Catch { errors, slots, body });
        }
        let kind = Kind::TryCatch { body, catches: compiled };
        Ok(Compiled::new(kind, Facts::UNKNOWN, span))
    }

    /// `ExtensionExpr`: no pragma is known here, so that its content is what counts.
    pub(super) fn extension(
        &mut self,
        pragmas: &[(Name, Box<str>)],
        body: Option<&ast::Expr>,
        span: Span,
    ) -> Result<Compiled> {
        for (name, _) in pragmas {
            self.scope.plain(name)?;
        }
        match body {
            Some(body) => self.expr(body),
            None => {
                let text = "no pragma here is known, and there is no expression to take instead";
                Err(fault("XQST0079", text, span))
            }
        }
    }
}
