//! One walk over a parsed query: it refuses what is not allowed, finds out what the query reads,
//! and rewrites what the engine would get wrong.
//!
//! - `and` and `or` become `if`, because the engine evaluates both sides of them, and the second
//!   may fail where the first has decided.
//! - A predicate that is a sequence of nodes becomes `exists(…)`, because the engine takes one node
//!   at most.
//! - `$name` of an external variable becomes `$name(1)`: the variable holds an array of its value
//!   where the message has one and no array where it has not, so that a missing value is an error
//!   where it is used, and only there.
//!
//! Invariant: the focus is followed exactly: a query is said to read the document when some part of
//! it that is evaluated with the document node as context item uses the context item, and not
//! otherwise.

use std::collections::BTreeSet;

use xee_interpreter::context::StaticContext;
use xee_interpreter::function::FunctionRule;
use xee_xpath_ast::WithSpan;
use xee_xpath_ast::ast::{
    ApplyOperator, ArrayConstructor, Expr, ExprOrEmptyS, ExprS, ExprSingle, ExprSingleS,
    FunctionCall, KeySpecifier, KindTest, Literal, Name, NameS, NodeTest, PathExpr, Postfix,
    PrimaryExpr, PrimaryExprS, StepExpr, StepExprS, XPath,
};
use xot::xmlname::NameStrInfo;

use super::functions::{self, Use};
use super::shapes::{call, is_nodes, is_string_literal, short_circuit, value_of_external};
use super::string_literal::expand_references;
use crate::engine::static_error::Located;

/// What the walk found out.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// The external variables that the query uses.
    pub(super) used: BTreeSet<String>,
    /// Whether it uses the document.
    pub(super) reads_document: bool,
}

/// Rewrites a query in place. Offsets of errors are the XPath text's.
pub(super) fn rewrite(
    xpath: &mut XPath,
    context: &StaticContext,
    externals: &[Name],
) -> Result<Findings, Located> {
    let mut walk = Walk { context, externals, findings: Findings::default(), in_document: true };
    walk.expr(&mut xpath.0)?;
    Ok(walk.findings)
}

struct Walk<'a> {
    context: &'a StaticContext,
    externals: &'a [Name],
    findings: Findings,
    /// Whether the context item is the document node here.
    in_document: bool,
}

type Walked = Result<(), Located>;

impl Walk<'_> {
    fn expr(&mut self, expr: &mut ExprS) -> Walked {
        expr.value.0.iter_mut().try_for_each(|single| self.expr_single(single))
    }

    fn expr_or_empty(&mut self, expr: &mut ExprOrEmptyS) -> Walked {
        let singles = expr.value.as_mut().map(|expr| expr.0.as_mut_slice());
        singles.unwrap_or_default().iter_mut().try_for_each(|single| self.expr_single(single))
    }

    fn expr_single(&mut self, expr: &mut ExprSingleS) -> Walked {
        match &mut expr.value {
            ExprSingle::Path(path) => self.path(path),
            ExprSingle::Apply(apply) => {
                self.path(&mut apply.path_expr)?;
                match &mut apply.operator {
                    ApplyOperator::SimpleMap(paths) => {
                        self.elsewhere(|walk| paths.iter_mut().try_for_each(|path| walk.path(path)))
                    }
                    _ => Ok(()),
                }
            }
            ExprSingle::Let(it) => self.both(&mut it.var_expr, &mut it.return_expr),
            ExprSingle::For(it) => self.both(&mut it.var_expr, &mut it.return_expr),
            ExprSingle::Quantified(it) => self.both(&mut it.var_expr, &mut it.satisfies_expr),
            ExprSingle::If(it) => {
                self.expr(&mut it.condition)?;
                self.both(&mut it.then, &mut it.else_)
            }
            ExprSingle::Binary(binary) => {
                self.path(&mut binary.left)?;
                self.path(&mut binary.right)?;
                if let Some(short) = short_circuit(binary, expr.span) {
                    expr.value = short;
                }
                Ok(())
            }
        }
    }

    fn both(&mut self, first: &mut ExprSingleS, second: &mut ExprSingleS) -> Walked {
        self.expr_single(first)?;
        self.expr_single(second)
    }

    /// Walks what is evaluated with another context item, or with none.
    fn elsewhere(&mut self, walk: impl FnOnce(&mut Self) -> Walked) -> Walked {
        let outside = std::mem::replace(&mut self.in_document, false);
        let walked = walk(self);
        self.in_document = outside;
        walked
    }

    fn path(&mut self, path: &mut PathExpr) -> Walked {
        let Some((first, rest)) = path.steps.split_first_mut() else { return Ok(()) };
        self.step(first)?;
        self.elsewhere(|walk| rest.iter_mut().try_for_each(|step| walk.step(step)))
    }

    fn step(&mut self, step: &mut StepExprS) -> Walked {
        match &mut step.value {
            StepExpr::PrimaryExpr(primary) => {
                self.primary(primary)?;
                if self.is_external(primary) {
                    let postfixes = vec![value_of_external(primary.span)];
                    step.value = StepExpr::PostfixExpr { primary: primary.clone(), postfixes };
                }
                Ok(())
            }
            StepExpr::PostfixExpr { primary, postfixes } => {
                self.primary(primary)?;
                postfixes.iter_mut().try_for_each(|postfix| self.postfix(postfix))?;
                if self.is_external(primary) {
                    postfixes.insert(0, value_of_external(primary.span));
                }
                Ok(())
            }
            StepExpr::AxisStep(axis) => {
                node_test(&axis.node_test).map_err(|what| {
                    Located::not_supported(format!("{what}() with a name"), step.span.start)
                })?;
                self.use_context();
                self.elsewhere(|walk| {
                    axis.predicates.iter_mut().try_for_each(|predicate| walk.predicate(predicate))
                })
            }
        }
    }

    fn postfix(&mut self, postfix: &mut Postfix) -> Walked {
        match postfix {
            Postfix::Predicate(predicate) => self.elsewhere(|walk| walk.predicate(predicate)),
            Postfix::ArgumentList(arguments) => {
                arguments.iter_mut().try_for_each(|argument| self.expr_single(argument))
            }
            Postfix::Lookup(key) => self.key(key),
        }
    }

    fn predicate(&mut self, predicate: &mut ExprS) -> Walked {
        self.expr(predicate)?;
        if let [single] = predicate.value.0.as_slice()
            && is_nodes(single)
        {
            let exists = call("exists", vec![single.clone()], single.span);
            predicate.value = Expr(vec![exists.with_span(single.span)]);
        }
        Ok(())
    }

    fn key(&mut self, key: &mut KeySpecifier) -> Walked {
        match key {
            KeySpecifier::Expr(expr) => self.expr_or_empty(expr),
            _ => Ok(()),
        }
    }

    fn primary(&mut self, primary: &mut PrimaryExprS) -> Walked {
        let offset = primary.span.start;
        match &mut primary.value {
            PrimaryExpr::Literal(Literal::String(text)) => {
                *text = expand_references(text).map_err(|text| Located::syntax(text, offset))?;
                Ok(())
            }
            PrimaryExpr::Literal(_) | PrimaryExpr::VarRef(_) => Ok(()),
            PrimaryExpr::Expr(expr) => self.expr_or_empty(expr),
            PrimaryExpr::ContextItem => {
                self.use_context();
                Ok(())
            }
            PrimaryExpr::FunctionCall(call) => self.function_call(call),
            PrimaryExpr::NamedFunctionRef(reference) => {
                let arity = usize::from(reference.arity);
                self.function(&reference.name, arity, false)
            }
            // A partial call is written as a function around the call, with the focus of where it
            // stands.
            PrimaryExpr::InlineFunction(function) if function.wrapper => {
                self.expr_or_empty(&mut function.body)
            }
            PrimaryExpr::InlineFunction(function) => {
                self.elsewhere(|walk| walk.expr_or_empty(&mut function.body))
            }
            PrimaryExpr::MapConstructor(map) => map
                .entries
                .iter_mut()
                .try_for_each(|entry| self.both(&mut entry.key, &mut entry.value)),
            PrimaryExpr::ArrayConstructor(ArrayConstructor::Square(expr)) => self.expr(expr),
            PrimaryExpr::ArrayConstructor(ArrayConstructor::Curly(expr)) => {
                self.expr_or_empty(expr)
            }
            PrimaryExpr::UnaryLookup(key) => {
                self.use_context();
                self.key(key)
            }
        }
    }

    fn function_call(&mut self, call: &mut FunctionCall) -> Walked {
        let has_literal_pattern = call.arguments.get(1).is_some_and(is_string_literal);
        self.function(&call.name, call.arguments.len(), has_literal_pattern)?;
        call.arguments.iter_mut().try_for_each(|argument| self.expr_single(argument))
    }

    fn function(&mut self, name: &NameS, arity: usize, has_literal_pattern: bool) -> Walked {
        let (namespace, local) = (name.value.namespace(), name.value.local_name());
        functions::check(Use { namespace, name: local, arity, has_literal_pattern })
            .map_err(|fault| Located::new(fault, name.span.start))?;
        if self.takes_context(&name.value, arity) {
            self.use_context();
        }
        Ok(())
    }

    /// Whether a call with so many arguments takes the rest from the focus, as `string()` does.
    fn takes_context(&self, name: &Name, arity: usize) -> bool {
        let id = u8::try_from(arity).ok().and_then(|n| self.context.function_id_by_name(name, n));
        let rule = id.and_then(|id| self.context.function_by_id(id).function_rule.as_ref());
        rule.is_some_and(|rule| {
            !matches!(rule, FunctionRule::Collation | FunctionRule::AnonymousClosure)
        })
    }

    fn use_context(&mut self) {
        self.findings.reads_document |= self.in_document;
    }

    fn is_external(&mut self, primary: &PrimaryExprS) -> bool {
        let PrimaryExpr::VarRef(name) = &primary.value else { return false };
        let is_external = self.externals.contains(name);
        if is_external {
            self.findings.used.insert(name.local_name().to_owned());
        }
        is_external
    }
}

/// Refuses the tests that the engine answers wrongly.
fn node_test(test: &NodeTest) -> Result<(), &'static str> {
    match test {
        NodeTest::KindTest(KindTest::PI(Some(_))) => Err("processing-instruction"),
        NodeTest::KindTest(KindTest::SchemaElement(_)) => Err("schema-element"),
        NodeTest::KindTest(KindTest::SchemaAttribute(_)) => Err("schema-attribute"),
        _ => Ok(()),
    }
}
