//! FLWOR and quantified expressions (XQuery 3.1, sections 3.12 and 3.19).

use std::collections::HashSet;
use std::sync::Arc;

use super::compiler::{Compiled, Compiler};
use super::declarations::is_of_type;
use super::facts::{Facts, Items};
use super::fault::fault;
use super::variables::Mark;
use crate::collation::Collation;
use crate::error::{Result, Span};
use crate::expression::{
    Clause, ForBinding, GroupingKey, Kind, OrderKey, Slot, Window, WindowCondition,
};
use crate::syntax::ast::{self, GroupingSpec, Name, OrderSpec, WindowClause};

impl Compiler<'_, '_> {
    /// `FLWORExpr`.
    pub(super) fn flwor(
        &mut self,
        clauses: &[ast::Clause],
        result: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        let mark = self.frames.mark();
        // Grouping makes sequences of what variables hold, so that each needs its slot.
        let keeps_constants = clauses.iter().any(|it| matches!(it, ast::Clause::GroupBy(_)));
        let mut compiled = Vec::with_capacity(clauses.len());
        let mut at_most_one = true;
        for clause in clauses {
            at_most_one &= matches!(clause, ast::Clause::Let { .. } | ast::Clause::Where(_));
            if let Some(clause) = self.clause(clause, mark, keeps_constants)? {
                compiled.push(clause);
            }
        }
        let result = self.expr(result)?;
        self.frames.release(mark);
        if compiled.is_empty() {
            return Ok(result);
        }
        // With one tuple the result is that of the `return`.
        let facts = if at_most_one {
            Facts { positional: false, ..result.facts }
        } else {
            Facts::many(result.facts.items)
        };
        let kind = Kind::Flwor { clauses: compiled, result: Box::new(result.expr) };
        Ok(Compiled::new(kind, facts, span))
    }

    fn clause(
        &mut self,
        clause: &ast::Clause,
        mark: Mark,
        keeps_constants: bool,
    ) -> Result<Option<Clause>> {
        Ok(Some(match clause {
            ast::Clause::For(binding) => Clause::For(self.for_binding(binding)?),
            ast::Clause::Let { variable, kind, value } => {
                return self.let_clause(variable, kind.as_ref(), value, keeps_constants);
            }
            ast::Clause::Window(window) => Clause::Window(Box::new(self.window(window)?)),
            ast::Clause::Where(condition) => Clause::Where(self.plain(condition)?),
            ast::Clause::GroupBy(specs) => self.group_by(specs, mark)?,
            ast::Clause::OrderBy(specs) => {
                let keys =
                    specs.iter().map(|spec| self.order_key(spec)).collect::<Result<Vec<_>>>()?;
                let kept = self.frames.visible_since(mark).into_iter().map(|(_, slot)| slot);
                Clause::OrderBy { keys, kept: kept.collect() }
            }
            ast::Clause::Count(variable) => {
                let name = self.scope.plain(variable)?;
                Clause::Count(self.frames.bind(name, Facts::one(Items::Numbers)))
            }
        }))
    }

    fn let_clause(
        &mut self,
        variable: &Name,
        kind: Option<&ast::SequenceType>,
        value: &ast::Expr,
        keeps_constants: bool,
    ) -> Result<Option<Clause>> {
        let name = self.scope.plain(variable)?;
        let kind = kind.map(|kind| self.scope.sequence_type(kind)).transpose()?;
        let value = self.expr(value)?;
        if let Kind::Literal(constant) = &value.expr.kind
            && !keeps_constants
            && is_of_type(constant, kind.as_ref())
        {
            self.frames.bind_constant(name, constant.clone());
            return Ok(None);
        }
        let slot = self.frames.bind(name, value.facts);
        Ok(Some(Clause::Let { slot, kind, value: value.expr }))
    }

    fn for_binding(&mut self, binding: &ast::ForBinding) -> Result<ForBinding> {
        let name = self.scope.plain(&binding.variable)?;
        let kind = binding.kind.as_ref().map(|kind| self.scope.sequence_type(kind)).transpose()?;
        let sequence = self.expr(&binding.sequence)?;
        let slot = self.frames.bind(name.clone(), Facts::one(sequence.facts.items));
        let position = match &binding.position {
            None => None,
            Some(position) => {
                let at = position.span;
                let position = self.scope.plain(position)?;
                if position == name {
                    let text = format!("${name} can't be its own position");
                    return Err(fault("XQST0089", text, at));
                }
                Some(self.frames.bind(position, Facts::one(Items::Numbers)))
            }
        };
        let sequence = sequence.expr;
        let allowing_empty = binding.allowing_empty;
        Ok(ForBinding { slot, kind, allowing_empty, position, sequence })
    }

    fn window(&mut self, window: &WindowClause) -> Result<Window> {
        let name = self.scope.plain(&window.variable)?;
        let kind = window.kind.as_ref().map(|kind| self.scope.sequence_type(kind)).transpose()?;
        let sequence = self.expr(&window.sequence)?;
        self.check_window_names(window)?;
        let items = sequence.facts.items;
        let start = self.window_condition(&window.start, items)?;
        let (end, only_end) = match &window.end {
            Some((end, only)) => (Some(self.window_condition(end, items)?), *only),
            None => (None, false),
        };
        let slot = self.frames.bind(name, Facts::many(items));
        let sequence = sequence.expr;
        Ok(Window { sliding: window.sliding, slot, kind, sequence, start, end, only_end })
    }

    fn check_window_names(&self, window: &WindowClause) -> Result<()> {
        let end = window.end.as_ref().map(|(end, _)| end);
        let of_condition = |condition: &'_ ast::WindowCondition| {
            [&condition.current, &condition.position, &condition.previous, &condition.next]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<Name>>()
        };
        let conditions = std::iter::once(&window.start).chain(end);
        let names = conditions.flat_map(of_condition);
        let mut seen = HashSet::new();
        for name in std::iter::once(window.variable.clone()).chain(names) {
            let resolved = self.scope.plain(&name)?;
            let text = format!("two variables of this window are named ${resolved}");
            if !seen.insert(resolved) {
                return Err(fault("XQST0103", text, name.span));
            }
        }
        Ok(())
    }

    fn window_condition(
        &mut self,
        condition: &ast::WindowCondition,
        items: Items,
    ) -> Result<WindowCondition> {
        let item = Facts::one(items);
        Ok(WindowCondition {
            current: self.bind_optional(condition.current.as_ref(), item)?,
            position: self
                .bind_optional(condition.position.as_ref(), Facts::one(Items::Numbers))?,
            previous: self.bind_optional(condition.previous.as_ref(), item)?,
            next: self.bind_optional(condition.next.as_ref(), item)?,
            when: self.plain(&condition.when)?,
        })
    }

    fn bind_optional(&mut self, name: Option<&Name>, facts: Facts) -> Result<Option<Slot>> {
        let Some(name) = name else { return Ok(None) };
        let name = self.scope.plain(name)?;
        Ok(Some(self.frames.bind(name, facts)))
    }

    fn group_by(&mut self, specs: &[GroupingSpec], mark: Mark) -> Result<Clause> {
        let mut keys: Vec<GroupingKey> = Vec::with_capacity(specs.len());
        for spec in specs {
            let name = self.scope.plain(&spec.variable)?;
            let collation = self.collation(spec.collation.as_deref(), spec.variable.span)?;
            let kind = spec.kind.as_ref().map(|kind| self.scope.sequence_type(kind)).transpose()?;
            let (slot, value) = match &spec.value {
                Some(value) => {
                    let value = self.plain(value)?;
                    (self.frames.bind(name, Facts::UNKNOWN), Some(value))
                }
                None => {
                    let slot = self.frames.slot_since(mark, &name).ok_or_else(|| {
                        let text = format!(
                            "${name} is not bound by this expression, so that nothing can be \
                             grouped by it"
                        );
                        fault("XQST0094", text, spec.variable.span)
                    })?;
                    (slot, None)
                }
            };
            keys.retain(|key| key.slot != slot);
            keys.push(GroupingKey { slot, kind, value, collation });
        }
        let visible = self.frames.visible_since(mark).into_iter().map(|(_, slot)| slot);
        let others = visible.filter(|slot| !keys.iter().any(|key| key.slot == *slot)).collect();
        self.frames.blur_since(mark);
        Ok(Clause::GroupBy { keys, others })
    }

    fn order_key(&mut self, spec: &OrderSpec) -> Result<OrderKey> {
        let key = self.plain(&spec.key)?;
        let collation = self.collation(spec.collation.as_deref(), key.span)?;
        let empty_greatest = spec.empty_greatest.unwrap_or(self.context.empty_greatest);
        Ok(OrderKey { key, descending: spec.descending, empty_greatest, collation })
    }

    /// A collation that exists; the default one for none.
    fn collation(&self, uri: Option<&str>, span: Span) -> Result<Arc<str>> {
        let Some(uri) = uri else { return Ok(Arc::clone(&self.context.default_collation)) };
        let base = self.context.base_uri.as_ref();
        if Collation::named(uri, base).is_err() {
            return Err(fault("XQST0076", format!("there is no collation {uri}"), span));
        }
        let resolved = match base {
            Some(base) if !crate::uri::is_absolute(uri) => crate::uri::resolve(uri, base).ok(),
            _ => None,
        };
        Ok(resolved.map_or_else(|| uri.into(), Arc::from))
    }

    /// `QuantifiedExpr`.
    pub(super) fn quantified(
        &mut self,
        every: bool,
        bindings: &[ast::ForBinding],
        condition: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        let mark = self.frames.mark();
        let bindings =
            bindings.iter().map(|binding| self.for_binding(binding)).collect::<Result<_>>()?;
        let condition = self.boxed(condition)?;
        self.frames.release(mark);
        let kind = Kind::Quantified { every, bindings, condition };
        Ok(Compiled::new(kind, Facts::BOOLEAN, span))
    }
}
