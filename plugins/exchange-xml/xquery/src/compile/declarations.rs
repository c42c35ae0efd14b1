//! What prologs declare for all to see: variables, functions, the context item and options
//! (XQuery 3.1, sections 4.16 to 4.19).
//!
//! This is the first of two passes: names and types are read here, expressions in the second.

use std::collections::HashSet;
use std::sync::Arc;

use super::annotations::{self, RESERVED};
use super::draft::Draft;
use super::fault::fault;
use super::in_scope::InScope;
use super::modules::Module;
use super::output::Output;
use super::registry::{Function, Variable};
use crate::atomic::Atomic;
use crate::error::{Result, Span};
use crate::name::QName;
use crate::syntax::ast::{self, DeclarationKind, ExprKind};
use crate::types::{FunctionType, ItemType, SequenceType};

/// An expression of a prolog that is still to be compiled.
#[derive(Debug)]
pub(super) enum Task<'m> {
    Variable {
        module: usize,
        name: QName,
        kind: Option<SequenceType>,
        syntax: &'m ast::VariableDeclaration,
        span: Span,
    },
    Function {
        module: usize,
        index: usize,
        name: QName,
        parameters: Vec<QName>,
        signature: Arc<FunctionType>,
        syntax: &'m ast::FunctionDeclaration,
        span: Span,
    },
}

/// What was declared.
#[derive(Debug, Default)]
pub(super) struct Declared<'m> {
    /// Variables come in the order of their indexes.
    pub(super) tasks: Vec<Task<'m>>,
    pub(super) context_item_types: Vec<SequenceType>,
    /// Whether the main module takes a context item from outside, and its value otherwise.
    pub(super) context_item_external: Option<bool>,
    pub(super) context_item_default: Option<&'m ast::Expr>,
    pub(super) output: Output,
    globals: usize,
}

/// Reads the declarations of all modules. The host's variables have the first indexes.
pub(super) fn read<'m>(draft: &mut Draft<'_>, modules: &'m [Module]) -> Result<Declared<'m>> {
    let globals = draft.options.variables.len();
    let mut declared = Declared { globals, ..Declared::default() };
    // The main module comes last, so that it is blamed for what it does not get along with.
    for (index, module) in modules.iter().enumerate().rev() {
        let mut reader = Reader {
            draft,
            modules,
            module,
            index,
            declared: &mut declared,
            has_context_item: false,
        };
        reader.module().map_err(|error| module.blame(error))?;
    }
    Ok(declared)
}

struct Reader<'r, 'm, 'o> {
    draft: &'r mut Draft<'o>,
    modules: &'m [Module],
    module: &'m Module,
    index: usize,
    declared: &'r mut Declared<'m>,
    has_context_item: bool,
}

impl<'m> Reader<'_, 'm, '_> {
    fn module(&mut self) -> Result<()> {
        for declaration in &self.module.syntax.prolog {
            let span = declaration.span;
            match &declaration.kind {
                DeclarationKind::Variable(variable) => self.variable(variable, span)?,
                DeclarationKind::Function(function) => self.function(function, span)?,
                DeclarationKind::ContextItem { kind, external, value } => {
                    self.context_item(kind.as_ref(), *external, value.as_ref(), span)?;
                }
                DeclarationKind::Option { name, value } => {
                    let name = self.module.prolog.scope.annotation(name)?;
                    let is_library = self.module.prolog.target.is_some();
                    self.declared.output.option(&name, value, is_library, span)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_target(&self, what: &str, name: &QName, span: Span) -> Result<()> {
        match &self.module.prolog.target {
            Some(target) if *target != name.namespace => {
                let text = format!(
                    "{what}{name} is not in the module's namespace {target}: give it the \
                     module's prefix"
                );
                Err(fault("XQST0048", text, span))
            }
            _ => Ok(()),
        }
    }

    fn variable(&mut self, syntax: &'m ast::VariableDeclaration, span: Span) -> Result<()> {
        let scope = &self.module.prolog.scope;
        let name = scope.plain(&syntax.name)?;
        self.check_target("$", &name, syntax.name.span)?;
        let annotations = annotations::read(scope, &syntax.annotations, span)?;
        let is_private = annotations.is_private("XQST0116", span)?;
        let kind = syntax.kind.as_ref().map(|kind| scope.sequence_type(kind)).transpose()?;
        let literal = match syntax.value.as_ref().map(|value| &*value.kind) {
            Some(ExprKind::Literal(value)) if !syntax.external => Some(value.clone()),
            _ => None,
        };
        let variable = Variable {
            index: self.declared.globals,
            constant: literal.filter(|value| is_of_type(value, kind.as_ref())),
            kind: kind.clone(),
        };
        self.declared.globals += 1;
        let entry = (self.index, is_private);
        let at = syntax.name.span;
        self.draft.registry.declare_variable(self.modules, entry, &name, variable, at)?;
        let module = self.index;
        self.declared.tasks.push(Task::Variable { module, name, kind, syntax, span });
        Ok(())
    }

    fn function(&mut self, syntax: &'m ast::FunctionDeclaration, span: Span) -> Result<()> {
        let scope = &self.module.prolog.scope;
        let name = scope.function(&syntax.name)?;
        let at = syntax.name.span;
        check_function_name(&name, at)?;
        self.check_target("the function ", &name, at)?;
        let annotations = annotations::read(scope, &syntax.annotations, span)?;
        let is_private = annotations.is_private("XQST0106", span)?;
        let (parameters, types) = parameters(scope, &syntax.parameters)?;
        let result = scope.declared_type(syntax.result.as_ref())?;
        let signature = Arc::new(FunctionType { parameters: types, result });
        let index = self.draft.reserve_function();
        let function = Function { index, result: signature.result.clone() };
        let entry = (self.index, is_private);
        let key = (&name, parameters.len());
        self.draft.registry.declare_function(self.modules, entry, key, function, at)?;
        self.declared.tasks.push(Task::Function {
            module: self.index,
            index,
            name,
            parameters,
            signature,
            syntax,
            span,
        });
        Ok(())
    }

    fn context_item(
        &mut self,
        kind: Option<&ast::SequenceType>,
        external: bool,
        value: Option<&'m ast::Expr>,
        span: Span,
    ) -> Result<()> {
        if std::mem::replace(&mut self.has_context_item, true) {
            return Err(fault("XQST0099", "the context item is declared twice", span));
        }
        if self.module.prolog.target.is_some() {
            if value.is_some() || !external {
                let text = "a library module can't give the context item a value";
                return Err(fault("XQST0113", text, span));
            }
        } else {
            self.declared.context_item_external = Some(external);
            self.declared.context_item_default = value;
        }
        if let Some(kind) = kind {
            let kind = self.module.prolog.scope.sequence_type(kind)?;
            self.declared.context_item_types.push(kind);
        }
        Ok(())
    }
}

/// Names and types of parameters.
pub(super) fn parameters(
    scope: &InScope,
    parameters: &[ast::Parameter],
) -> Result<(Vec<QName>, Vec<SequenceType>)> {
    let mut seen = HashSet::new();
    let mut names = Vec::with_capacity(parameters.len());
    let mut types = Vec::with_capacity(parameters.len());
    for parameter in parameters {
        let name = scope.plain(&parameter.name)?;
        if !seen.insert(name.clone()) {
            let text = format!("two parameters are named ${name}");
            return Err(fault("XQST0039", text, parameter.name.span));
        }
        names.push(name);
        types.push(scope.declared_type(parameter.kind.as_ref())?);
    }
    Ok((names, types))
}

fn check_function_name(name: &QName, span: Span) -> Result<()> {
    if name.namespace.is_empty() {
        let text = format!("the function {name} needs a namespace, such as local:{}", name.local);
        return Err(fault("XQST0060", text, span));
    }
    if RESERVED.contains(&&*name.namespace) {
        let text = format!(
            "no function can be declared in the namespace {}; take another, such as local:{}",
            name.namespace, name.local
        );
        return Err(fault("XQST0045", text, span));
    }
    Ok(())
}

/// Whether a literal is of a type as it is.
pub(super) fn is_of_type(value: &Atomic, kind: Option<&SequenceType>) -> bool {
    let item = match kind {
        None => return true,
        Some(kind) => kind.item.as_ref(),
    };
    match item {
        Some(ItemType::Any) => true,
        Some(ItemType::Atomic(kind)) => value.type_of().derives_from(*kind),
        Some(ItemType::Numeric) => value.type_of().is_numeric(),
        _ => false,
    }
}
