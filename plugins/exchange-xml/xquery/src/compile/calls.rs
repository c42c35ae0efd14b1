//! Calls of functions, and functions as items (XQuery 3.1, sections 3.1.5 to 3.1.7, 3.16).

use std::sync::Arc;

use super::annotations;
use super::callees::Callee;
use super::compiler::{Compiled, Compiler, FocusUse};
use super::declarations::parameters;
use super::facts::{Facts, Items};
use super::fault::fault;
use crate::atomic::{Atomic, AtomicType};
use crate::error::{Result, Span};
use crate::expression::{CastTarget, Expr, FunctionDeclaration, Kind, StaticContext};
use crate::functions::{self, Builtin};
use crate::name::{QName, namespace};
use crate::syntax::ast::{self, Argument, ArrowFunction, Name};
use crate::types::{FunctionType, SequenceType};

/// Functions that ask the focus where nobody says what for.
const OF_FOCUS: [&str; 18] = [
    "base-uri",
    "data",
    "document-uri",
    "generate-id",
    "has-children",
    "last",
    "local-name",
    "name",
    "namespace-uri",
    "nilled",
    "node-name",
    "normalize-space",
    "number",
    "path",
    "position",
    "root",
    "string",
    "string-length",
];

/// The same for those that take one argument then.
const OF_FOCUS_BESIDES_ONE: [&str; 4] = ["lang", "id", "idref", "element-with-id"];

impl Compiler<'_, '_> {
    /// `FunctionCall`.
    pub(super) fn call(
        &mut self,
        name: &Name,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Compiled> {
        let resolved = self.scope.function(name)?;
        let arguments = self.arguments(None, arguments)?;
        self.call_named(&resolved, arguments, name.span, span)
    }

    /// `ArrowExpr`.
    pub(super) fn arrow(
        &mut self,
        base: &ast::Expr,
        function: &ArrowFunction,
        arguments: &[Argument],
        span: Span,
    ) -> Result<Compiled> {
        let base = self.plain(base)?;
        match function {
            ArrowFunction::Name(name) => {
                let resolved = self.scope.function(name)?;
                let arguments = self.arguments(Some(base), arguments)?;
                self.call_named(&resolved, arguments, name.span, span)
            }
            ArrowFunction::Expr(function) => {
                let function = self.plain(function)?;
                let arguments = self.arguments(Some(base), arguments)?;
                Ok(self.dynamic_call(function, arguments, span))
            }
        }
    }

    /// Arguments, none for a placeholder.
    pub(super) fn arguments(
        &mut self,
        first: Option<Expr>,
        arguments: &[Argument],
    ) -> Result<Vec<Option<Expr>>> {
        let mut compiled: Vec<Option<Expr>> = first.map(Some).into_iter().collect();
        for argument in arguments {
            compiled.push(match argument {
                Argument::Expr(expr) => Some(self.plain(expr)?),
                Argument::Placeholder => None,
            });
        }
        Ok(compiled)
    }

    pub(super) fn dynamic_call(
        &mut self,
        function: Expr,
        arguments: Vec<Option<Expr>>,
        span: Span,
    ) -> Compiled {
        let function = Box::new(function);
        match complete(arguments) {
            Ok(arguments) => {
                let kind = Kind::CallDynamic { function, arguments };
                Compiled::new(kind, Facts::UNKNOWN, span)
            }
            Err(arguments) => {
                let kind = Kind::Partial { function, arguments };
                Compiled::new(kind, Facts::one(Items::Others), span)
            }
        }
    }

    fn call_named(
        &mut self,
        name: &QName,
        arguments: Vec<Option<Expr>>,
        name_span: Span,
        span: Span,
    ) -> Result<Compiled> {
        let arity = arguments.len();
        let callee = self.callee(name, arity, name_span)?;
        match complete(arguments) {
            Ok(arguments) => self.call_callee(callee, arguments, span),
            Err(arguments) => {
                let function = Box::new(self.item(callee, name, arity, name_span)?.expr);
                let kind = Kind::Partial { function, arguments };
                Ok(Compiled::new(kind, Facts::one(Items::Others), span))
            }
        }
    }

    fn call_callee(
        &mut self,
        callee: Callee,
        arguments: Vec<Expr>,
        span: Span,
    ) -> Result<Compiled> {
        match callee {
            Callee::Constructor(to) => {
                let facts = of_cast(&to);
                // Its arity is one.
                let operand = arguments.into_iter().next();
                let kind = match operand {
                    Some(operand) => Kind::Cast { operand: Box::new(operand), to, optional: true },
                    None => Kind::Sequence(Vec::new()),
                };
                Ok(Compiled::new(kind, facts, span))
            }
            Callee::Declared(function, facts) => {
                self.uses.functions.insert(function);
                Ok(Compiled::new(Kind::Call { function, arguments }, facts, span))
            }
            Callee::Builtin(builtin) => Ok(self.call_builtin(builtin, arguments, span)),
        }
    }

    /// A call of a function of the library in the namespace of `fn`.
    pub(super) fn library_call(
        &mut self,
        local: &'static str,
        arguments: Vec<Expr>,
        span: Span,
    ) -> Result<Compiled> {
        let name = QName::prefixed("fn", namespace::FN, local);
        match functions::find(namespace::FN, local, arguments.len()) {
            Some(builtin) => Ok(self.call_builtin(builtin, arguments, span)),
            None => Err(self.unknown_function(&name, arguments.len(), span)),
        }
    }

    fn call_builtin(
        &mut self,
        builtin: &'static Builtin,
        mut arguments: Vec<Expr>,
        span: Span,
    ) -> Compiled {
        self.note_focus(builtin, arguments.len());
        let facts = Facts::of_sequence_type(&builtin.signature.result);
        if builtin.namespace == namespace::FN {
            arguments = match short(builtin.local, arguments) {
                Ok((kind, facts)) => return Compiled::new(kind, facts, span),
                Err(arguments) => arguments,
            };
        }
        let context = self.context_of(builtin);
        Compiled::new(Kind::CallBuiltin { builtin, arguments, context }, facts, span)
    }

    /// The static context that a function sees: names of decimal formats are read through the
    /// namespaces of the constructors around.
    fn context_of(&self, builtin: &Builtin) -> Arc<StaticContext> {
        if builtin.local != "format-number" || self.scope.constructed.is_empty() {
            return Arc::clone(self.context);
        }
        let namespaces = self.scope.bindings();
        Arc::new(StaticContext { namespaces, ..StaticContext::clone(self.context) })
    }

    fn note_focus(&mut self, builtin: &Builtin, arity: usize) {
        if builtin.namespace != namespace::FN {
            return;
        }
        let local = builtin.local;
        let is_lookup = local == "function-lookup";
        let used = FocusUse {
            item: is_lookup
                || arity == 0 && OF_FOCUS.contains(&local)
                || arity == 1 && OF_FOCUS_BESIDES_ONE.contains(&local),
            position: is_lookup || local == "position",
            last: is_lookup || local == "last",
        };
        self.uses.all_functions |= is_lookup;
        self.use_focus(used);
    }

    /// `NamedFunctionRef`.
    pub(super) fn named_function(
        &mut self,
        name: &Name,
        arity: u32,
        span: Span,
    ) -> Result<Compiled> {
        let resolved = self.scope.function(name)?;
        let arity = usize::try_from(arity).unwrap_or(usize::MAX);
        let callee = self.callee(&resolved, arity, name.span)?;
        self.item(callee, &resolved, arity, span)
    }

    fn item(&mut self, callee: Callee, name: &QName, arity: usize, span: Span) -> Result<Compiled> {
        let declared = match callee {
            Callee::Builtin(builtin) => {
                self.note_focus(builtin, arity);
                let context = self.context_of(builtin);
                let kind = Kind::BuiltinItem { builtin, arity, context };
                return Ok(Compiled::new(kind, Facts::one(Items::Others), span));
            }
            Callee::Declared(function, _) => Some(function),
            Callee::Constructor(_) => {
                self.draft.constructor(&name.local, &self.scope, self.context)
            }
        };
        let Some(function) = declared else {
            return Err(self.unknown_function(name, arity, span));
        };
        self.uses.functions.insert(function);
        let kind = Kind::FunctionItem { function, captured: Vec::new() };
        Ok(Compiled::new(kind, Facts::one(Items::Others), span))
    }

    /// `InlineFunctionExpr`.
    pub(super) fn inline_function(
        &mut self,
        annotation_list: &[ast::Name],
        parameter_list: &[ast::Parameter],
        result: Option<&ast::SequenceType>,
        body: &ast::Expr,
        span: Span,
    ) -> Result<Compiled> {
        let annotations = annotations::read(&self.scope, annotation_list, span)?;
        if annotations.has_visibility() {
            let text = "an inline function is neither %public nor %private";
            return Err(fault("XQST0125", text, span));
        }
        let (names, types) = parameters(&self.scope, parameter_list)?;
        let result = self.scope.declared_type(result)?;
        self.frames.enter();
        for (name, kind) in names.into_iter().zip(&types) {
            self.frames.bind(name, of_parameter(kind));
        }
        let (body, _) = self.in_focus(|compiler| compiler.plain(body))?;
        let captures = self.frames.leave();
        let function = self.draft.add_function(FunctionDeclaration {
            name: None,
            signature: Arc::new(FunctionType { parameters: types, result }),
            body,
            slots: captures.slots,
            captured: captures.inner,
            context: Arc::clone(self.context),
            module: self.module.uri.clone(),
        });
        let kind = Kind::FunctionItem { function, captured: captures.outer };
        Ok(Compiled::new(kind, Facts::one(Items::Others), span))
    }
}

/// What is known of a parameter: its value may be in any order.
pub(super) fn of_parameter(kind: &SequenceType) -> Facts {
    let facts = Facts::of_sequence_type(kind);
    Facts { sorted: facts.at_most_one, ..facts }
}

/// What is known of a cast's value.
pub(super) fn of_cast(to: &CastTarget) -> Facts {
    match to {
        CastTarget::Numeric => Facts::one(Items::Numbers),
        CastTarget::Atomic(kind) if kind.is_numeric() => Facts::one(Items::Numbers),
        CastTarget::List(_) => Facts::many(Items::Others),
        CastTarget::Atomic(AtomicType::AnyAtomic) => Facts::one(Items::Any),
        CastTarget::Atomic(_) | CastTarget::Error | CastTarget::QName(_) => {
            Facts::one(Items::Others)
        }
    }
}

/// The arguments, where none is left open.
fn complete(arguments: Vec<Option<Expr>>) -> Result<Vec<Expr>, Vec<Option<Expr>>> {
    if arguments.iter().any(Option::is_none) {
        return Err(arguments);
    }
    Ok(arguments.into_iter().flatten().collect())
}

/// Functions that have an expression of their own.
fn short(local: &str, arguments: Vec<Expr>) -> Result<(Kind, Facts), Vec<Expr>> {
    let constant = |value| (Kind::Literal(Atomic::Boolean(value)), Facts::BOOLEAN);
    let number = Facts::one(Items::Numbers);
    let mut arguments = match (local, arguments.len()) {
        ("true", 0) => return Ok(constant(true)),
        ("false", 0) => return Ok(constant(false)),
        ("position", 0) => return Ok((Kind::Position, number)),
        ("last", 0) => return Ok((Kind::Last, number)),
        ("not" | "boolean" | "exists" | "empty" | "count", 1) => arguments,
        _ => return Err(arguments),
    };
    let Some(argument) = arguments.pop().map(Box::new) else { return Err(arguments) };
    Ok(match local {
        "not" => (Kind::Not(argument), Facts::BOOLEAN),
        "boolean" => (Kind::Boolean(argument), Facts::BOOLEAN),
        "exists" => (Kind::Exists(argument), Facts::BOOLEAN),
        "empty" => (Kind::Empty(argument), Facts::BOOLEAN),
        _ => (Kind::Count(argument), number),
    })
}
