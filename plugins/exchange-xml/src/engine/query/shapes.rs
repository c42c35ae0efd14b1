//! Shapes of parsed expressions: what some of them can give, and some that are made here.
//!
//! Invariant: what is made here keeps the span of what it stands for, so that an error in it is
//! shown there.

use xee_xpath_ast::ast::{
    BinaryExpr, BinaryOperator, Expr, ExprSingle, ExprSingleS, FunctionCall, IfExpr, Literal, Name,
    PathExpr, Postfix, PrimaryExpr, PrimaryExprS, Span, StepExpr, XPath,
};
use xee_xpath_ast::span::Spanned;
use xee_xpath_ast::{FN_NAMESPACE, WithSpan};
use xot::xmlname::NameStrInfo;

/// The constant that a whole query is, if it is `true()` or `false()`.
pub(super) fn constant(xpath: &XPath) -> Option<bool> {
    constant_of(&xpath.0.value)
}

fn constant_of(expr: &Expr) -> Option<bool> {
    let [Spanned { value: ExprSingle::Path(path), .. }] = expr.0.as_slice() else { return None };
    let [Spanned { value: StepExpr::PrimaryExpr(primary), .. }] = path.steps.as_slice() else {
        return None;
    };
    match &primary.value {
        PrimaryExpr::Expr(Spanned { value: Some(inner), .. }) => constant_of(inner),
        PrimaryExpr::FunctionCall(call)
            if call.arguments.is_empty() && call.name.value.namespace() == FN_NAMESPACE =>
        {
            match call.name.value.local_name() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `and` and `or` as an `if` that leaves out the second side where the first decides.
pub(super) fn short_circuit(binary: &BinaryExpr, span: Span) -> Option<ExprSingle> {
    let right = ExprSingle::Path(binary.right.clone()).with_span(span);
    let second = Box::new(call("boolean", vec![right], span).with_span(span));
    let decided = |name| Box::new(call(name, Vec::new(), span).with_span(span));
    let (then, else_) = match binary.operator {
        BinaryOperator::And => (second, decided("false")),
        BinaryOperator::Or => (decided("true"), second),
        _ => return None,
    };
    let left = ExprSingle::Path(binary.left.clone()).with_span(span);
    Some(ExprSingle::If(IfExpr { condition: Expr(vec![left]).with_span(span), then, else_ }))
}

/// A call of a function of the language.
pub(super) fn call(name: &str, arguments: Vec<ExprSingleS>, span: Span) -> ExprSingle {
    let name = Name::new(name.to_owned(), FN_NAMESPACE.to_owned(), String::new()).with_span(span);
    primary_path(PrimaryExpr::FunctionCall(FunctionCall { name, arguments }), span)
}

fn primary_path(primary: PrimaryExpr, span: Span) -> ExprSingle {
    let step = StepExpr::PrimaryExpr(primary.with_span(span)).with_span(span);
    ExprSingle::Path(PathExpr { steps: vec![step] })
}

/// What follows the name of an external variable: its array has the value as its first member.
pub(super) fn value_of_external(span: Span) -> Postfix {
    let first = PrimaryExpr::Literal(Literal::Integer(1_u8.into()));
    Postfix::ArgumentList(vec![primary_path(first, span).with_span(span)])
}

/// Whether an expression can give nothing but nodes.
pub(super) fn is_nodes(expr: &ExprSingleS) -> bool {
    match &expr.value {
        ExprSingle::Path(path) => match path.steps.last().map(|step| &step.value) {
            Some(StepExpr::AxisStep(_)) => true,
            Some(StepExpr::PrimaryExpr(primary)) => is_nodes_primary(primary),
            Some(StepExpr::PostfixExpr { primary, postfixes }) => {
                let filters = postfixes.iter().all(|p| matches!(p, Postfix::Predicate(_)));
                filters && is_nodes_primary(primary)
            }
            None => false,
        },
        ExprSingle::Binary(binary) => matches!(
            binary.operator,
            BinaryOperator::Union | BinaryOperator::Intersect | BinaryOperator::Except
        ),
        _ => false,
    }
}

fn is_nodes_primary(primary: &PrimaryExprS) -> bool {
    let PrimaryExpr::Expr(inner) = &primary.value else { return false };
    let singles = inner.value.as_ref().map(|expr| expr.0.as_slice());
    singles.is_some_and(|singles| singles.iter().all(is_nodes))
}

/// Whether an expression is a string and nothing else.
pub(super) fn is_string_literal(expr: &ExprSingleS) -> bool {
    let ExprSingle::Path(path) = &expr.value else { return false };
    let [Spanned { value: StepExpr::PrimaryExpr(primary), .. }] = path.steps.as_slice() else {
        return false;
    };
    matches!(primary.value, PrimaryExpr::Literal(Literal::String(_)))
}
