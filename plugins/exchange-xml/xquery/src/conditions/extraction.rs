//! Reads a compiled query as a formula.
//!
//! Invariants: what is not understood is `Unknown`, nothing is guessed; what is looked at is
//! counted, for a variable's value is looked at wherever the variable stands.

use std::cell::Cell;
use std::sync::Arc;

use super::formula::Formula;
use super::operand::{Nodes, Operand, Scope};
use super::path::{PathStep, StepKind, StepTest};
use super::term::{Number, Subject, Term, Test};
use crate::atomic::Atomic;
use crate::atomic::compare::Comparer;
use crate::collation::{self, Collation};
use crate::expression::{
    Axis, Clause, Comparison, Expr, ForBinding, Kind, Predicate, Program, Slot,
};
use crate::name::{QName, namespace};
use crate::tree::NodeKind;
use crate::types::{NameTest, NodeTest};

/// Expressions inside each other that are looked into.
const DEPTH_MAX: usize = 64;

/// Expressions that are looked at, each as often as that.
const LOOKS_MAX: usize = 16 * 1024;

/// The formula of a query.
pub(super) fn extract(program: &Program) -> Formula {
    let codepoints = *program.context.default_collation == *collation::CODEPOINT;
    let reader = Reader { program, codepoints, looks_left: Cell::new(LOOKS_MAX) };
    reader.condition(&program.body, &Scope::of_document(), DEPTH_MAX)
}

struct Reader<'p> {
    program: &'p Program,
    /// Whether strings are compared by code points.
    codepoints: bool,
    looks_left: Cell<usize>,
}

impl Reader<'_> {
    /// The depth that is left inside an expression; none where it is not to be looked at.
    fn inside(&self, depth: usize) -> Option<usize> {
        self.looks_left.set(self.looks_left.get().checked_sub(1)?);
        depth.checked_sub(1)
    }

    /// The effective boolean value of an expression.
    fn condition(&self, expr: &Expr, scope: &Scope, depth: usize) -> Formula {
        let Some(depth) = self.inside(depth) else { return Formula::Unknown };
        let inner = |expr: &Expr| self.condition(expr, scope, depth);
        match &expr.kind {
            Kind::And(parts) => Formula::and(parts.iter().map(inner)),
            Kind::Or(parts) => Formula::or(parts.iter().map(inner)),
            Kind::Not(operand) => inner(operand).not(),
            Kind::Boolean(operand) => inner(operand),
            Kind::Exists(operand) => self.existence(operand, scope, depth),
            Kind::Empty(operand) => self.existence(operand, scope, depth).not(),
            Kind::General(how, sides) => self.comparison(*how, sides, scope, depth, false),
            Kind::Value(how, sides) => self.comparison(*how, sides, scope, depth, true),
            Kind::If { condition, then, otherwise } => {
                let decides = inner(condition);
                let then = Formula::and([decides.clone(), inner(then)]);
                Formula::or([then, Formula::and([decides.not(), inner(otherwise)])]).ordered()
            }
            Kind::Flwor { clauses, result } => {
                let result = |scope: &Scope| self.condition(result, scope, depth);
                self.clauses(clauses, scope, depth, &result)
            }
            Kind::Quantified { every: false, bindings, condition } => {
                self.some(bindings, condition, scope, depth)
            }
            Kind::CallBuiltin { builtin, arguments, .. } => {
                match (builtin.namespace, builtin.local, arguments.as_slice()) {
                    (namespace::FN, name, [subject, text]) => {
                        self.string_test(name, [subject, text], scope, depth)
                    }
                    _ => Formula::Unknown,
                }
            }
            _ => truth(&self.operand(expr, scope, depth)),
        }
    }

    fn existence(&self, expr: &Expr, scope: &Scope, depth: usize) -> Formula {
        match self.operand(expr, scope, depth) {
            Operand::Nodes(nodes) => nodes.exists(),
            Operand::Literal(_) => Formula::True,
            _ => Formula::Unknown,
        }
    }

    fn comparison(
        &self,
        how: Comparison,
        sides: &(Expr, Expr),
        scope: &Scope,
        depth: usize,
        is_value: bool,
    ) -> Formula {
        let left = self.operand(&sides.0, scope, depth);
        let right = self.operand(&sides.1, scope, depth);
        match (&left, &right) {
            (subject, Operand::Literal(literal)) => {
                self.compared(how, subject, std::slice::from_ref(literal), is_value)
            }
            (Operand::Literal(literal), subject) => {
                let literals = std::slice::from_ref(literal);
                self.compared(how.mirrored(), subject, literals, is_value)
            }
            (subject, Operand::Literals(literals)) if !is_value => {
                self.compared(how, subject, literals, is_value)
            }
            (Operand::Literals(literals), subject) if !is_value => {
                self.compared(how.mirrored(), subject, literals, is_value)
            }
            // Of two empty sequences no pair is equal.
            _ => Formula::and([there(&left), there(&right)]).weak(),
        }
    }

    /// A comparison with literals, of which one is enough.
    fn compared(
        &self,
        how: Comparison,
        subject: &Operand,
        literals: &[Atomic],
        is_value: bool,
    ) -> Formula {
        Formula::or(literals.iter().map(|literal| match (subject, literal) {
            (Operand::Nodes(nodes), Atomic::String(text, _)) if self.codepoints => {
                let literal = Arc::clone(text);
                nodes.test(Test::Text { comparison: how, literal, single: is_value })
            }
            (Operand::Nodes(nodes), literal) => match Number::of(literal) {
                Some(literal) if !is_value => nodes.test(Test::Number { comparison: how, literal }),
                _ => nodes.exists().weak(),
            },
            (Operand::Variable { name, typed }, literal) => {
                self.compared_variable(how, name, *typed, literal)
            }
            (Operand::Literal(one), other) if self.codepoints => constant(how, one, other),
            _ => Formula::Unknown,
        }))
    }

    fn compared_variable(
        &self,
        how: Comparison,
        name: &QName,
        typed: bool,
        literal: &Atomic,
    ) -> Formula {
        let test = match literal {
            Atomic::String(text, _) if self.codepoints => {
                Test::Text { comparison: how, literal: Arc::clone(text), single: false }
            }
            Atomic::Boolean(value) if how == Comparison::Equal => Test::Boolean(*value),
            literal => match Number::of(literal) {
                Some(literal) => Test::Number { comparison: how, literal },
                None => return Formula::Unknown,
            },
        };
        of_variable(name, test, typed)
    }

    fn string_test(
        &self,
        function: &str,
        [subject, text]: [&Expr; 2],
        scope: &Scope,
        depth: usize,
    ) -> Formula {
        let text = match self.operand(text, scope, depth) {
            Operand::Literal(Atomic::String(text, _)) if !text.is_empty() => text,
            _ => return Formula::Unknown,
        };
        let test = match function {
            "starts-with" if self.codepoints => Test::StartsWith(text, true),
            "ends-with" if self.codepoints => Test::EndsWith(text, true),
            "contains" if self.codepoints => Test::Contains(text, true),
            _ => return Formula::Unknown,
        };
        match self.operand(subject, scope, depth) {
            Operand::Nodes(nodes) => nodes.test(test),
            Operand::Variable { name, typed } => of_variable(&name, test, typed),
            _ => Formula::Unknown,
        }
    }

    /// What of a FLWOR expression some tuple must meet, and its result with it.
    fn clauses(
        &self,
        clauses: &[Clause],
        scope: &Scope,
        depth: usize,
        result: &dyn Fn(&Scope) -> Formula,
    ) -> Formula {
        let Some(depth) = self.inside(depth) else { return Formula::Unknown };
        let Some((clause, rest)) = clauses.split_first() else { return result(scope) };
        let further = |scope: &Scope| self.clauses(rest, scope, depth, result);
        match clause {
            Clause::Let { slot, kind, value } => {
                let value = match kind {
                    None => self.operand(value, scope, depth),
                    Some(_) => Operand::Unknown,
                };
                let is_safe = match &value {
                    Operand::Nodes(nodes) => nodes.is_safe(),
                    Operand::Literal(_) | Operand::Literals(_) => true,
                    Operand::Variable { .. } | Operand::Unknown => false,
                };
                let rest = further(&bound(scope, *slot, value));
                if is_safe { rest } else { rest.weak() }
            }
            Clause::For(binding) => self.each(binding, scope, depth, false, &further),
            Clause::Where(condition) => {
                // A tuple that is left out gives nothing, which is false.
                let condition = self.condition(condition, scope, depth);
                Formula::and([condition, further(scope)]).ordered()
            }
            Clause::OrderBy { .. } => further(scope).weak(),
            Clause::Count(slot) => further(&bound(scope, *slot, Operand::Unknown)).weak(),
            Clause::GroupBy { .. } | Clause::Window(_) => Formula::Unknown,
        }
    }

    fn some(
        &self,
        bindings: &[ForBinding],
        condition: &Expr,
        scope: &Scope,
        depth: usize,
    ) -> Formula {
        let Some(depth) = self.inside(depth) else { return Formula::Unknown };
        match bindings.split_first() {
            None => self.condition(condition, scope, depth),
            Some((binding, rest)) => self.each(binding, scope, depth, true, &|scope| {
                self.some(rest, condition, scope, depth)
            }),
        }
    }

    /// A formula that some item of a binding meets. Where one is not `enough`, two may be an error.
    fn each(
        &self,
        binding: &ForBinding,
        scope: &Scope,
        depth: usize,
        one_is_enough: bool,
        formula: &dyn Fn(&Scope) -> Formula,
    ) -> Formula {
        if binding.kind.is_some() || binding.allowing_empty {
            return Formula::Unknown;
        }
        let mut inside = bound(scope, binding.slot, self.operand(&binding.sequence, scope, depth));
        if let Some(position) = binding.position {
            inside = bound(&inside, position, Operand::Unknown);
        }
        let item = inside.slots.get(&binding.slot).cloned();
        let met = formula(&inside);
        match item {
            Some(Operand::Nodes(nodes)) if one_is_enough => nodes.some(met),
            Some(Operand::Nodes(nodes)) if nodes.is_single() => {
                Formula::and([nodes.exists(), met]).ordered()
            }
            // Of several, each item's nodes are among those of the path.
            Some(Operand::Nodes(nodes)) => Formula::and([nodes.exists(), met.of_some()]).weak(),
            Some(Operand::Literal(_)) => met,
            _ => met.of_some().weak(),
        }
    }

    fn operand(&self, expr: &Expr, scope: &Scope, depth: usize) -> Operand {
        let Some(depth) = self.inside(depth) else { return Operand::Unknown };
        match &expr.kind {
            Kind::Literal(atomic) => Operand::Literal(atomic.clone()),
            Kind::ContextItem => scope.context.clone(),
            Kind::Root => Operand::Nodes(Nodes::default()),
            Kind::Local(slot) => scope.slots.get(slot).cloned().unwrap_or(Operand::Unknown),
            Kind::Global(index) => self.global(*index, depth),
            Kind::Sequence(items) => self.literals(items, scope, depth),
            Kind::Step { axis, test, predicates } => {
                let step = step(*axis, test);
                let mut nodes = match (&scope.context, step) {
                    (Operand::Nodes(nodes), Some(step)) => after(nodes, step),
                    _ => return Operand::Unknown,
                };
                for predicate in predicates {
                    nodes = self.filtered(&nodes, predicate, scope, depth);
                }
                Operand::Nodes(nodes)
            }
            Kind::Path { base, step, .. } | Kind::Map { base, step, .. } if is_relative(step) => {
                let base = self.operand(base, scope, depth);
                match base {
                    Operand::Nodes(_) => self.operand(step, &scope.with_context(base), depth),
                    _ => Operand::Unknown,
                }
            }
            Kind::Filter { base, predicate } => match self.operand(base, scope, depth) {
                Operand::Nodes(nodes) => {
                    Operand::Nodes(self.filtered(&nodes, predicate, scope, depth))
                }
                _ => Operand::Unknown,
            },
            _ => Operand::Unknown,
        }
    }

    fn filtered(&self, nodes: &Nodes, predicate: &Predicate, scope: &Scope, depth: usize) -> Nodes {
        if !predicate.is_boolean {
            return nodes.filtered(Formula::Unknown);
        }
        let item = Nodes { path: nodes.path.clone(), ..Nodes::default() };
        let inside = scope.with_context(Operand::Nodes(item));
        nodes.filtered(self.condition(&predicate.expr, &inside, depth))
    }

    fn literals(&self, items: &[Expr], scope: &Scope, depth: usize) -> Operand {
        let literal = |item: &Expr| match self.operand(item, scope, depth) {
            Operand::Literal(atomic) => Some(atomic),
            _ => None,
        };
        items.iter().map(literal).collect::<Option<_>>().map_or(Operand::Unknown, Operand::Literals)
    }

    fn global(&self, index: usize, depth: usize) -> Operand {
        let Some(global) = self.program.globals.get(index) else { return Operand::Unknown };
        match &global.value {
            None if global.external => {
                Operand::Variable { name: global.name.clone(), typed: global.kind.is_some() }
            }
            Some((value, _)) if !global.external && global.kind.is_none() => {
                self.operand(value, &Scope::of_document(), depth)
            }
            _ => Operand::Unknown,
        }
    }
}

/// Two literals compared.
fn constant(how: Comparison, one: &Atomic, other: &Atomic) -> Formula {
    let collation = &Collation::Codepoint;
    let comparer = Comparer { collation, implicit_timezone_minutes: 0 };
    match comparer.value(how, one, other) {
        Ok(true) => Formula::True,
        Ok(false) => Formula::False,
        Err(_) => Formula::Unknown,
    }
}

fn bound(scope: &Scope, slot: Slot, value: Operand) -> Scope {
    let mut scope = scope.clone();
    scope.slots.insert(slot, value);
    scope
}

/// Whether an expression leads from the context item to nodes below it.
fn is_relative(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Step { .. } | Kind::ContextItem => true,
        Kind::Filter { base, .. } => is_relative(base),
        Kind::Path { base, step, .. } | Kind::Map { base, step, .. } => {
            is_relative(base) && is_relative(step)
        }
        _ => false,
    }
}

/// The effective boolean value.
fn truth(operand: &Operand) -> Formula {
    match operand {
        Operand::Nodes(nodes) => nodes.exists(),
        Operand::Variable { name, typed } => of_variable(name, Test::Truth, *typed),
        Operand::Literal(Atomic::Boolean(true)) => Formula::True,
        Operand::Literal(Atomic::Boolean(false)) => Formula::False,
        _ => Formula::Unknown,
    }
}

/// Whether there is anything to compare.
fn there(operand: &Operand) -> Formula {
    match operand {
        Operand::Nodes(nodes) => nodes.exists(),
        Operand::Variable { name, .. } => of_variable(name, Test::Exists, false),
        _ => Formula::Unknown,
    }
}

/// A value that does not fit a declared type is an error, which is left to evaluation.
fn of_variable(name: &QName, test: Test, typed: bool) -> Formula {
    let subject = Subject::Variable(name.clone());
    let term = Formula::Term(Term { subject, test, is_negated: false });
    if typed { term.weak() } else { term }
}

/// A step as part of a path; none for what does not lead down, or to other nodes.
fn step(axis: Axis, test: &NodeTest) -> Option<Step> {
    let below = matches!(axis, Axis::Descendant | Axis::DescendantOrSelf);
    let principal = match axis {
        Axis::Child | Axis::Descendant => NodeKind::Element,
        Axis::Attribute => NodeKind::Attribute,
        Axis::DescendantOrSelf if *test == NodeTest::Any => return Some(Step::AnyBelow),
        Axis::Itself if *test == NodeTest::Any => return Some(Step::Stay),
        _ => return None,
    };
    let (kind, test) = match test {
        NodeTest::Kind(NodeKind::Text) if principal == NodeKind::Element => {
            (StepKind::Text, StepTest::Any)
        }
        NodeTest::Kind(kind) if *kind == principal => (step_kind(principal), StepTest::Any),
        NodeTest::Named(kind, name) if *kind == principal => {
            (step_kind(principal), step_test(name))
        }
        _ => return None,
    };
    Some(Step::Down(PathStep { below, kind, test }))
}

/// A step of a path.
enum Step {
    Down(PathStep),
    /// `descendant-or-self::node()`, of which only what comes next makes a step.
    AnyBelow,
    /// `self::node()`.
    Stay,
}

fn step_kind(principal: NodeKind) -> StepKind {
    match principal {
        NodeKind::Attribute => StepKind::Attribute,
        _ => StepKind::Element,
    }
}

fn step_test(name: &NameTest) -> StepTest {
    match name {
        NameTest::Name(name) => {
            StepTest::Name(Arc::clone(&name.namespace), Arc::clone(&name.local))
        }
        NameTest::Local(local) => StepTest::Local(Arc::clone(local)),
        NameTest::Namespace(namespace) => StepTest::Namespace(Arc::clone(namespace)),
    }
}

fn after(nodes: &Nodes, step: Step) -> Nodes {
    match step {
        Step::Stay => nodes.clone(),
        Step::Down(step) => nodes.then(step),
        Step::AnyBelow => Nodes { is_below: true, ..nodes.clone() },
    }
}
