//! Paths, steps, predicates and the simple map operator (XQuery 3.1, sections 3.2.1, 3.3, 3.15).

use super::compiler::{Compiled, Compiler, FocusUse};
use super::facts::{Facts, Items};
use crate::atomic::Atomic;
use crate::error::{Result, Span};
use crate::expression::{Axis, Comparison, Expr, Kind, Predicate};
use crate::syntax::ast::{self, PathStart};
use crate::types::NodeTest;

impl Compiler<'_, '_> {
    /// `PathExpr`.
    pub(super) fn path(
        &mut self,
        start: PathStart,
        steps: &[ast::Expr],
        span: Span,
    ) -> Result<Compiled> {
        let mut base = match start {
            PathStart::Relative => None,
            PathStart::Root => {
                self.use_focus(FocusUse { item: true, ..FocusUse::default() });
                Some(Compiled::new(Kind::Root, Facts::one(Items::Nodes), span))
            }
        };
        for step in steps {
            base = Some(match base {
                None => self.expr(step)?,
                Some(base) => self.path_step(base, step)?,
            });
        }
        Ok(base.unwrap_or_else(|| self.context_item(span)))
    }

    fn path_step(&mut self, base: Compiled, step: &ast::Expr) -> Result<Compiled> {
        let (step, used) = self.in_focus(|compiler| compiler.expr(step))?;
        let span = Span { start: base.expr.span.start, end: step.expr.span.end };
        let is_axis_step = matches!(step.expr.kind, Kind::Step { .. });
        // `./a` is `a`.
        if is_axis_step && matches!(base.expr.kind, Kind::ContextItem) {
            return Ok(Compiled { expr: Expr { span, ..step.expr }, ..step });
        }
        let (base, step) = match shorten(base, step) {
            Shortened::Step(step) => return Ok(step),
            Shortened::Path(base, step) => (base, step),
        };
        let facts = Facts::of_path(base.facts, step.facts);
        let kind = Kind::Path {
            base: Box::new(base.expr),
            step: Box::new(step.expr),
            sorted: facts.sorted,
            uses_last: used.last,
        };
        Ok(Compiled::new(kind, facts, span))
    }

    /// `AxisStep`.
    pub(super) fn step(
        &mut self,
        axis: Axis,
        test: &ast::NodeTest,
        predicates: &[ast::Expr],
        span: Span,
    ) -> Result<Compiled> {
        self.use_focus(FocusUse { item: true, ..FocusUse::default() });
        let test = self.scope.node_test(axis, test)?;
        let mut facts = Facts::of_axis(axis);
        let mut compiled = Vec::with_capacity(predicates.len());
        for predicate in predicates {
            let (predicate, is_positional) = self.predicate(predicate)?;
            facts.positional |= is_positional;
            if is_single(&predicate) {
                facts = facts.at_most_one();
            }
            compiled.push(predicate);
        }
        Ok(Compiled::new(Kind::Step { axis, test, predicates: compiled }, facts, span))
    }

    /// `PostfixExpr` with a predicate.
    pub(super) fn filter(
        &mut self,
        base: &ast::Expr,
        predicate: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        let base = self.expr(base)?;
        let (predicate, _) = self.predicate(predicate)?;
        let mut facts = Facts { positional: false, ..base.facts };
        if is_single(&predicate) {
            facts = facts.at_most_one();
        }
        let kind = Kind::Filter { base: Box::new(base.expr), predicate: Box::new(predicate) };
        Ok(Compiled::new(kind, facts, span))
    }

    /// A predicate, and whether it asks for positions.
    fn predicate(&mut self, expr: &ast::Expr) -> Result<(Predicate, bool)> {
        let (compiled, used) = self.in_focus(|compiler| compiler.expr(expr))?;
        let constant_position = constant_position(&compiled.expr);
        let is_boolean = !compiled.facts.may_be_number();
        let predicate = Predicate {
            expr: compiled.expr,
            constant_position,
            is_boolean,
            uses_last: used.last,
            is_fixed: !used.item && !used.position && !used.last,
        };
        Ok((predicate, !is_boolean || used.position || used.last))
    }

    /// `E1 ! E2`.
    pub(super) fn simple_map(
        &mut self,
        base: &ast::Expr,
        step: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        let base = self.expr(base)?;
        let (step, used) = self.in_focus(|compiler| compiler.expr(step))?;
        let at_most_one = base.facts.at_most_one && step.facts.at_most_one;
        let facts =
            if at_most_one { Facts::one(step.facts.items) } else { Facts::many(step.facts.items) };
        let kind = Kind::Map {
            base: Box::new(base.expr),
            step: Box::new(step.expr),
            uses_last: used.last,
        };
        Ok(Compiled::new(kind, facts, span))
    }
}

/// The position that a predicate asks for, where it is always the same: `[1]`, `[position() = 1]`.
fn constant_position(expr: &Expr) -> Option<u64> {
    let literal = match &expr.kind {
        Kind::Literal(value) => value,
        Kind::General(Comparison::Equal, both) | Kind::Value(Comparison::Equal, both) => {
            match (&both.0.kind, &both.1.kind) {
                (Kind::Position, Kind::Literal(value)) | (Kind::Literal(value), Kind::Position) => {
                    value
                }
                _ => return None,
            }
        }
        _ => return None,
    };
    match literal {
        Atomic::Integer(position, _) => u64::try_from(*position).ok().filter(|it| *it > 0),
        _ => None,
    }
}

/// Whether a predicate lets one item through at the most.
fn is_single(predicate: &Predicate) -> bool {
    predicate.constant_position.is_some() || matches!(predicate.expr.kind, Kind::Last)
}

enum Shortened {
    Path(Compiled, Compiled),
    Step(Compiled),
}

/// `descendant-or-self::node()/child::a` as `descendant::a`: the same nodes, but where a predicate
/// counts positions among siblings.
fn shorten(base: Compiled, mut step: Compiled) -> Shortened {
    let is_child =
        !step.facts.positional && matches!(&step.expr.kind, Kind::Step { axis: Axis::Child, .. });
    if !is_child {
        return Shortened::Path(base, step);
    }
    let span = Span { start: base.expr.span.start, end: step.expr.span.end };
    let outer = match base.expr.kind {
        Kind::Path { base: outer, step: last, .. } if is_every_descendant(&last) => Some(outer),
        kind => {
            let expr = Expr { kind, ..base.expr };
            if !is_every_descendant(&expr) {
                return Shortened::Path(Compiled { expr, ..base }, step);
            }
            None
        }
    };
    if let Kind::Step { axis, .. } = &mut step.expr.kind {
        *axis = Axis::Descendant;
    }
    step.facts = Facts { positional: false, ..Facts::of_axis(Axis::Descendant) };
    match outer {
        None => Shortened::Step(Compiled { expr: Expr { span, ..step.expr }, facts: step.facts }),
        Some(outer) => {
            // What held for all descendants of the outer nodes says what holds for the nodes.
            let facts = Facts { peers: base.facts.sorted, ..base.facts };
            Shortened::Path(Compiled { expr: *outer, facts }, step)
        }
    }
}

/// `descendant-or-self::node()`.
fn is_every_descendant(expr: &Expr) -> bool {
    matches!(
        &expr.kind,
        Kind::Step { axis: Axis::DescendantOrSelf, test: NodeTest::Any, predicates }
            if predicates.is_empty()
    )
}
