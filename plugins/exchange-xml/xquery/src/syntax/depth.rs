//! How deep expressions lie inside each other, known as soon as they are made, so that no tree is
//! built that could not be walked, or dropped, by recursion.
//!
//! Invariant: lists that a compiler folds into each other (steps, predicates, clauses, bindings)
//! count as if each of their members enclosed the one before.

use super::ast::{
    Argument, ArrowFunction, AttributePart, Clause, ComputedName, DirectContent, Expr, ExprKind,
    LookupKey, StringPart,
};
use crate::error::Span;

impl Expr {
    /// An expression of others.
    pub(crate) fn new(kind: ExprKind, span: Span) -> Self {
        let depth = inside(&kind).saturating_add(1);
        Self { kind: Box::new(kind), span, depth }
    }

    /// How many expressions lie inside each other here: 1 for a literal.
    pub(crate) fn depth(&self) -> u32 {
        self.depth
    }
}

/// The depth of what lies inside an expression.
fn inside(kind: &ExprKind) -> u32 {
    use ExprKind as E;
    match kind {
        E::Literal(_) | E::Variable(_) | E::ContextItem | E::NamedFunction { .. } => 0,
        E::DirectComment(_) | E::DirectInstruction { .. } => 0,
        E::Sequence(members) | E::SquareArray(members) => deepest(members),
        E::Call { arguments: list, .. } => arguments(list),
        E::InlineFunction { body, .. } | E::CurlyArray(body) => body.depth,
        E::Map(entries) => max(entries.iter().map(|(key, value)| key.depth.max(value.depth))),
        E::Filter { base, predicate } => base.depth.max(predicate.depth),
        E::DynamicCall { base, arguments: list } => base.depth.max(arguments(list)),
        E::Lookup { base, key } => base.depth.max(lookup(key)),
        E::UnaryLookup(key) => lookup(key),
        E::Path { steps: list, .. } | E::Step { predicates: list, .. } => {
            deepest(list).saturating_add(count(list))
        }
        E::Binary { left, right, .. } => left.depth.max(right.depth),
        E::Unary { operand, .. }
        | E::InstanceOf { operand, .. }
        | E::TreatAs { operand, .. }
        | E::Cast { operand, .. }
        | E::Castable { operand, .. } => operand.depth,
        E::Arrow { base, function, arguments: list } => {
            let function = match function {
                ArrowFunction::Name(_) => 0,
                ArrowFunction::Expr(function) => function.depth,
            };
            base.depth.max(function).max(arguments(list))
        }
        E::Validate(body) | E::Ordered(body) => body.depth,
        E::Extension { body, .. } => body.as_ref().map_or(0, Expr::depth),
        _ => inside_statement(kind),
    }
}

/// The same for what is made of keywords and for constructors.
fn inside_statement(kind: &ExprKind) -> u32 {
    use ExprKind as E;
    match kind {
        E::Flwor { clauses, result } => {
            max(clauses.iter().map(clause)).max(result.depth).saturating_add(count(clauses))
        }
        E::Quantified { bindings, condition, .. } => {
            let depth = max(bindings.iter().map(|binding| binding.sequence.depth));
            depth.max(condition.depth).saturating_add(count(bindings))
        }
        E::Switch { operand, cases, default } => {
            let cases = cases.iter().map(|(keys, result)| deepest(keys).max(result.depth));
            max(cases).max(operand.depth).max(default.depth)
        }
        E::Typeswitch { operand, cases, default } => {
            let cases = cases.iter().map(|case| case.result.depth);
            max(cases).max(operand.depth).max(default.result.depth)
        }
        E::If { condition, then, otherwise } => {
            condition.depth.max(then.depth).max(otherwise.depth)
        }
        E::TryCatch { body, catches } => {
            max(catches.iter().map(|catch| catch.body.depth)).max(body.depth)
        }
        E::DirectElement(element) => {
            let parts = element.attributes.iter().flat_map(|attribute| &attribute.value);
            max(parts.map(attribute_part)).max(max(element.content.iter().map(content)))
        }
        E::ComputedElement { name, content }
        | E::ComputedAttribute { name, content }
        | E::ComputedInstruction { target: name, content }
        | E::ComputedNamespace { prefix: name, uri: content } => {
            computed_name(name).max(content.depth)
        }
        E::ComputedDocument(content) | E::ComputedText(content) | E::ComputedComment(content) => {
            content.depth
        }
        E::StringConstructor(parts) => max(parts.iter().map(string_part)),
        _ => 0,
    }
}

fn max(depths: impl Iterator<Item = u32>) -> u32 {
    depths.max().unwrap_or(0)
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

fn deepest(list: &[Expr]) -> u32 {
    max(list.iter().map(Expr::depth))
}

fn arguments(list: &[Argument]) -> u32 {
    max(list.iter().map(|argument| match argument {
        Argument::Expr(expr) => expr.depth,
        Argument::Placeholder => 0,
    }))
}

fn lookup(key: &LookupKey) -> u32 {
    match key {
        LookupKey::Expr(expr) => expr.depth,
        LookupKey::Name(_) | LookupKey::Integer(_) | LookupKey::Wildcard => 0,
    }
}

fn clause(clause: &Clause) -> u32 {
    match clause {
        Clause::For(binding) => binding.sequence.depth,
        Clause::Let { value, .. } => value.depth,
        Clause::Window(window) => {
            let end = window.end.as_ref().map_or(0, |(end, _)| end.when.depth);
            window.sequence.depth.max(window.start.when.depth).max(end)
        }
        Clause::Where(condition) => condition.depth,
        Clause::GroupBy(specs) => {
            max(specs.iter().filter_map(|spec| spec.value.as_ref()).map(Expr::depth))
        }
        Clause::OrderBy(specs) => max(specs.iter().map(|spec| spec.key.depth)),
        Clause::Count(_) => 0,
    }
}

fn attribute_part(part: &AttributePart) -> u32 {
    match part {
        AttributePart::Text(_) => 0,
        AttributePart::Expr(expr) => expr.depth,
    }
}

fn content(content: &DirectContent) -> u32 {
    match content {
        DirectContent::Text { .. } => 0,
        DirectContent::Expr { expr, .. } => expr.depth,
    }
}

fn computed_name(name: &ComputedName) -> u32 {
    match name {
        ComputedName::Name(_) => 0,
        ComputedName::Expr(expr) => expr.depth,
    }
}

fn string_part(part: &StringPart) -> u32 {
    match part {
        StringPart::Text(_) => 0,
        StringPart::Expr(expr) => expr.depth,
    }
}
