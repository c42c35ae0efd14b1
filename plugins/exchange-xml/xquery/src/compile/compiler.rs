//! Compiles expressions of one module (XQuery 3.1, chapter 3): each production to what evaluates
//! it, with what is known of its value.
//!
//! Invariants: recursion goes as deep as the syntax tree, whose depth is limited, and makes sure of
//! its stack; a scope that is opened is closed, unless compiling ends with an error.

use std::rc::Rc;
use std::sync::Arc;

use super::draft::{Draft, Uses};
use super::facts::{Facts, Items};
use super::fault::{fault, nearest};
use super::folding::fold;
use super::in_scope::InScope;
use super::modules::Module;
use super::variables::{Bound, Frames};
use crate::atomic::Atomic;
use crate::error::{Result, Span};
use crate::evaluate::stack;
use crate::expression::{Expr, Kind, StaticContext};
use crate::syntax::ast::{self, BinaryOperator, ExprKind, LookupKey, Name, StringPart};

/// An expression and what is known of it.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) expr: Expr,
    pub(super) facts: Facts,
}

impl Compiled {
    pub(super) fn new(kind: Kind, facts: Facts, span: Span) -> Self {
        Self { expr: Expr { kind, span }, facts }
    }
}

/// What expressions ask of a focus.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FocusUse {
    pub(super) item: bool,
    pub(super) position: bool,
    pub(super) last: bool,
}

/// The compiler of one body, variable or function.
pub(super) struct Compiler<'c, 'o> {
    pub(super) draft: &'c mut Draft<'o>,
    pub(super) module: &'c Module,
    pub(super) module_index: usize,
    pub(super) context: &'c Arc<StaticContext>,
    pub(super) scope: Rc<InScope>,
    pub(super) frames: Frames,
    pub(super) focus: FocusUse,
    /// Whether the focus is the evaluation's own.
    pub(super) focus_is_outer: bool,
    pub(super) uses: Uses,
    /// The variable whose value this is: it is not in scope in it.
    pub(super) own_variable: Option<usize>,
}

impl<'c, 'o> Compiler<'c, 'o> {
    pub(super) fn new(
        draft: &'c mut Draft<'o>,
        (module_index, module): (usize, &'c Module),
        context: &'c Arc<StaticContext>,
    ) -> Self {
        Self {
            draft,
            module,
            module_index,
            context,
            scope: Rc::new(module.prolog.scope.clone()),
            frames: Frames::new(),
            focus: FocusUse::default(),
            focus_is_outer: true,
            uses: Uses::default(),
            own_variable: None,
        }
    }

    /// Compiles an expression.
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Result<Compiled> {
        let mut compiled = stack(|| self.expr_here(expr))?;
        compiled.expr.kind = fold(compiled.expr.kind, self.context);
        if let Kind::Literal(value) = &compiled.expr.kind {
            compiled.facts = Facts::of_atomic(value);
        }
        Ok(compiled)
    }

    /// The same where nothing but the expression is of interest.
    pub(super) fn plain(&mut self, expr: &ast::Expr) -> Result<Expr> {
        Ok(self.expr(expr)?.expr)
    }

    pub(super) fn boxed(&mut self, expr: &ast::Expr) -> Result<Box<Expr>> {
        Ok(Box::new(self.plain(expr)?))
    }

    pub(super) fn all(&mut self, list: &[ast::Expr]) -> Result<Vec<Expr>> {
        list.iter().map(|expr| self.plain(expr)).collect()
    }

    /// Compiles inside a focus of its own, and says what was asked of it.
    pub(super) fn in_focus<T>(
        &mut self,
        compile: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<(T, FocusUse)> {
        let outer = std::mem::take(&mut self.focus);
        let was_outer = std::mem::replace(&mut self.focus_is_outer, false);
        let result = compile(self)?;
        let used = std::mem::replace(&mut self.focus, outer);
        self.focus_is_outer = was_outer;
        Ok((result, used))
    }

    /// Notes that the focus is used.
    pub(super) fn use_focus(&mut self, used: FocusUse) {
        self.focus.item |= used.item;
        self.focus.position |= used.position;
        self.focus.last |= used.last;
        if self.focus_is_outer && (used.item || used.position || used.last) {
            self.uses.context_item = true;
        }
    }

    pub(super) fn context_item(&mut self, span: Span) -> Compiled {
        self.use_focus(FocusUse { item: true, ..FocusUse::default() });
        Compiled::new(Kind::ContextItem, Facts::CONTEXT_ITEM, span)
    }

    fn expr_here(&mut self, expr: &ast::Expr) -> Result<Compiled> {
        let span = expr.span;
        match &*expr.kind {
            ExprKind::Literal(value) => {
                Ok(Compiled::new(Kind::Literal(value.clone()), Facts::of_atomic(value), span))
            }
            ExprKind::Variable(name) => self.variable(name, span),
            ExprKind::ContextItem => Ok(self.context_item(span)),
            ExprKind::Sequence(members) => self.sequence(members, span),
            ExprKind::Path { start, steps } => self.path(*start, steps, span),
            ExprKind::Step { axis, test, predicates } => self.step(*axis, test, predicates, span),
            ExprKind::Filter { base, predicate } => self.filter(base, predicate, span),
            ExprKind::Binary { operator, left, right } => self.binary(*operator, left, right, span),
            ExprKind::Unary { negative, operand } => {
                let operand = self.boxed(operand)?;
                let kind = if *negative { Kind::Negate(operand) } else { Kind::Plus(operand) };
                Ok(Compiled::new(kind, Facts::one(Items::Numbers), span))
            }
            ExprKind::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok((self.plain(key)?, self.plain(value)?)))
                    .collect::<Result<_>>()?;
                Ok(Compiled::new(Kind::NewMap(entries), Facts::one(Items::Others), span))
            }
            ExprKind::SquareArray(members) => {
                let kind = Kind::SquareArray(self.all(members)?);
                Ok(Compiled::new(kind, Facts::one(Items::Others), span))
            }
            ExprKind::CurlyArray(members) => {
                let kind = Kind::CurlyArray(self.boxed(members)?);
                Ok(Compiled::new(kind, Facts::one(Items::Others), span))
            }
            ExprKind::Lookup { base, key } => {
                let (base, key) = (self.boxed(base)?, self.lookup_key(key)?);
                Ok(Compiled::new(Kind::Lookup { base, key }, Facts::UNKNOWN, span))
            }
            ExprKind::UnaryLookup(key) => {
                self.use_focus(FocusUse { item: true, ..FocusUse::default() });
                let kind = Kind::UnaryLookup(self.lookup_key(key)?);
                Ok(Compiled::new(kind, Facts::UNKNOWN, span))
            }
            ExprKind::StringConstructor(parts) => self.string_constructor(parts, span),
            _ => self.statement(expr),
        }
    }

    /// What is made of keywords.
    fn statement(&mut self, expr: &ast::Expr) -> Result<Compiled> {
        let span = expr.span;
        match &*expr.kind {
            ExprKind::Call { name, arguments } => self.call(name, arguments, span),
            ExprKind::NamedFunction { name, arity } => self.named_function(name, *arity, span),
            ExprKind::InlineFunction { annotations, parameters, result, body } => {
                self.inline_function(annotations, parameters, result.as_ref(), body, span)
            }
            ExprKind::DynamicCall { base, arguments } => {
                let function = self.plain(base)?;
                let arguments = self.arguments(None, arguments)?;
                Ok(self.dynamic_call(function, arguments, span))
            }
            ExprKind::Arrow { base, function, arguments } => {
                self.arrow(base, function, arguments, span)
            }
            ExprKind::InstanceOf { .. }
            | ExprKind::TreatAs { .. }
            | ExprKind::Cast { .. }
            | ExprKind::Castable { .. } => self.type_expression(expr),
            ExprKind::Validate(_) => {
                Err(fault("XQST0075", "validation is not supported: there are no schemas", span))
            }
            ExprKind::Extension { pragmas, body } => self.extension(pragmas, body.as_ref(), span),
            ExprKind::Ordered(body) => self.expr(body),
            ExprKind::Flwor { clauses, result } => self.flwor(clauses, result, span),
            ExprKind::Quantified { every, bindings, condition } => {
                self.quantified(*every, bindings, condition, span)
            }
            ExprKind::Switch { operand, cases, default } => {
                self.switch(operand, cases, default, span)
            }
            ExprKind::Typeswitch { operand, cases, default } => {
                self.typeswitch(operand, cases, default, span)
            }
            ExprKind::If { condition, then, otherwise } => {
                let condition = self.boxed(condition)?;
                let (then, otherwise) = (self.expr(then)?, self.expr(otherwise)?);
                let facts = then.facts.or(otherwise.facts);
                let (then, otherwise) = (Box::new(then.expr), Box::new(otherwise.expr));
                Ok(Compiled::new(Kind::If { condition, then, otherwise }, facts, span))
            }
            ExprKind::TryCatch { body, catches } => self.try_catch(body, catches, span),
            _ => self.constructor(expr),
        }
    }

    fn sequence(&mut self, members: &[ast::Expr], span: Span) -> Result<Compiled> {
        match members {
            [] => Ok(Compiled::new(Kind::Sequence(Vec::new()), Facts::one(Items::Nodes), span)),
            [only] => self.expr(only),
            [first, rest @ ..] => {
                let first = self.expr(first)?;
                let mut items = first.facts.items;
                let mut all = vec![first.expr];
                for member in rest {
                    let member = self.expr(member)?;
                    items = items.or(member.facts.items);
                    all.push(member.expr);
                }
                Ok(Compiled::new(Kind::Sequence(all), Facts::many(items), span))
            }
        }
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        if matches!(operator, BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Concat) {
            return self.chain(operator, left, right, span);
        }
        if operator == BinaryOperator::SimpleMap {
            return self.simple_map(left, right, span);
        }
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let downward = left.facts.downward && right.facts.downward;
        let nodes = Facts { sorted: true, downward, ..Facts::many(Items::Nodes) };
        let of_left = Facts { downward: left.facts.downward, ..nodes };
        let both = Box::new((left.expr, right.expr));
        let (kind, facts) = match operator {
            BinaryOperator::Value(comparison) => (Kind::Value(comparison, both), Facts::BOOLEAN),
            BinaryOperator::General(comparison) => {
                (Kind::General(comparison, both), Facts::BOOLEAN)
            }
            BinaryOperator::Is => (Kind::Is(both), Facts::BOOLEAN),
            BinaryOperator::Precedes => (Kind::Precedes(both), Facts::BOOLEAN),
            BinaryOperator::Follows => (Kind::Follows(both), Facts::BOOLEAN),
            BinaryOperator::Range => (Kind::Range(both), Facts::many(Items::Numbers)),
            BinaryOperator::Arithmetic(how) => {
                // Dates and durations have arithmetic as well.
                (Kind::Arithmetic(how, both), Facts::one(Items::Any))
            }
            BinaryOperator::Union => (Kind::Union(both), nodes),
            BinaryOperator::Intersect => (Kind::Intersect(both), of_left),
            BinaryOperator::Except => (Kind::Except(both), of_left),
            BinaryOperator::Or
            | BinaryOperator::And
            | BinaryOperator::Concat
            | BinaryOperator::SimpleMap => (Kind::Sequence(Vec::new()), Facts::UNKNOWN),
        };
        Ok(Compiled::new(kind, facts, span))
    }

    /// A chain of one associative operator as one expression.
    fn chain(
        &mut self,
        operator: BinaryOperator,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        let mut operands = vec![right];
        let mut rest = left;
        while let ExprKind::Binary { operator: other, left, right } = &*rest.kind
            && *other == operator
        {
            operands.push(right);
            rest = left;
        }
        operands.push(rest);
        let compiled: Vec<Expr> =
            operands.into_iter().rev().map(|operand| self.plain(operand)).collect::<Result<_>>()?;
        let (kind, facts) = match operator {
            BinaryOperator::Or => (Kind::Or(flat(compiled, operator)), Facts::BOOLEAN),
            BinaryOperator::And => (Kind::And(flat(compiled, operator)), Facts::BOOLEAN),
            _ => (Kind::Concat(compiled), Facts::one(Items::Others)),
        };
        Ok(Compiled::new(kind, facts, span))
    }

    fn lookup_key(&mut self, key: &LookupKey) -> Result<crate::expression::LookupKey> {
        use crate::expression::LookupKey as Compiled;
        Ok(match key {
            LookupKey::Name(name) => Compiled::Constant(Atomic::string(name)),
            LookupKey::Integer(number) => Compiled::Constant(Atomic::integer(*number)),
            LookupKey::Expr(expr) => match self.plain(expr)? {
                Expr { kind: Kind::Literal(value), .. } => Compiled::Constant(value),
                expr => Compiled::Expr(Box::new(expr)),
            },
            LookupKey::Wildcard => Compiled::Wildcard,
        })
    }

    /// Interpolated values are joined by blanks (XQuery 3.1, section 3.13).
    fn string_constructor(&mut self, parts: &[StringPart], span: Span) -> Result<Compiled> {
        let mut compiled = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                StringPart::Text(text) => {
                    compiled.push(Expr { kind: Kind::Literal(Atomic::string(text)), span });
                }
                StringPart::Expr(expr) => {
                    let value = self.plain(expr)?;
                    let blank = Expr { kind: Kind::Literal(Atomic::string(" ")), span };
                    let at = expr.span;
                    compiled.push(self.library_call("string-join", vec![value, blank], at)?.expr);
                }
            }
        }
        Ok(Compiled::new(Kind::Concat(compiled), Facts::one(Items::Others), span))
    }

    fn variable(&mut self, name: &Name, span: Span) -> Result<Compiled> {
        let resolved = self.scope.plain(name)?;
        if let Some((bound, facts)) = self.frames.resolve(&resolved) {
            let kind = match bound {
                Bound::Slot(slot) => Kind::Local(slot),
                Bound::Constant(value) => Kind::Literal(value),
            };
            return Ok(Compiled::new(kind, facts, span));
        }
        let module = (self.module_index, self.module);
        let seen = self.draft.registry.variable(module, &resolved);
        if let Some(variable) = seen.filter(|it| self.own_variable != Some(it.index)) {
            if let Some(value) = &variable.constant {
                let facts = Facts::of_atomic(value);
                return Ok(Compiled::new(Kind::Literal(value.clone()), facts, span));
            }
            let facts = variable.kind.as_ref().map_or(Facts::UNKNOWN, Facts::of_sequence_type);
            // A value from outside is in any order.
            let facts = Facts { sorted: facts.at_most_one, ..facts };
            self.uses.globals.insert(variable.index);
            return Ok(Compiled::new(Kind::Global(variable.index), facts, span));
        }
        let in_scope = self.frames.names().chain(self.draft.registry.variables(module));
        let near = nearest(&resolved.local, in_scope.map(|name| &*name.local));
        let help = match near {
            Some(near) => format!("is ${near} meant?"),
            None => format!(
                "bind it by \"let\" or \"for\", or in the prolog: \
                 declare variable ${resolved} external;"
            ),
        };
        Err(fault("XPST0008", format!("${resolved} is not declared; {help}"), span))
    }
}

/// Operands of the same operator, which parentheses kept apart, among the others.
fn flat(operands: Vec<Expr>, operator: BinaryOperator) -> Vec<Expr> {
    let mut flat = Vec::with_capacity(operands.len());
    for operand in operands {
        match (operand.kind, operator) {
            (Kind::And(inner), BinaryOperator::And) | (Kind::Or(inner), BinaryOperator::Or) => {
                flat.extend(inner);
            }
            (kind, _) => flat.push(Expr { kind, span: operand.span }),
        }
    }
    flat
}
