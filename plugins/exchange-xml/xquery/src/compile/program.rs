//! From modules to the program: the second pass, in which expressions are compiled.

use std::collections::HashMap;
use std::sync::Arc;

use super::analysis::analyse;
use super::calls::of_parameter;
use super::compiler::Compiler;
use super::declarations::{self, Declared, Task};
use super::draft::{Draft, Uses};
use super::fault::fault;
use super::in_scope::InScope;
use super::modules::{self, Module};
use super::registry::Variable;
use crate::atomic::Atomic;
use crate::error::{Error, Result, Span};
use crate::expression::{
    Analysis, Expr, FunctionDeclaration, Global, Kind, Program, StaticContext,
};
use crate::name::{QName, namespace};
use crate::options::{Options, StaticVariable};
use crate::regex::RegexCache;
use crate::syntax::{self, ast};
use crate::types::SequenceType;

/// Types whose constructor functions `fn:function-lookup` finds.
const CONSTRUCTORS: [&str; 49] = [
    "untypedAtomic",
    "string",
    "normalizedString",
    "token",
    "language",
    "NMTOKEN",
    "Name",
    "NCName",
    "ID",
    "IDREF",
    "ENTITY",
    "anyURI",
    "boolean",
    "decimal",
    "integer",
    "nonPositiveInteger",
    "negativeInteger",
    "long",
    "int",
    "short",
    "byte",
    "nonNegativeInteger",
    "unsignedLong",
    "unsignedInt",
    "unsignedShort",
    "unsignedByte",
    "positiveInteger",
    "float",
    "double",
    "duration",
    "yearMonthDuration",
    "dayTimeDuration",
    "dateTime",
    "dateTimeStamp",
    "date",
    "time",
    "gYearMonth",
    "gYear",
    "gMonthDay",
    "gDay",
    "gMonth",
    "hexBinary",
    "base64Binary",
    "QName",
    "NMTOKENS",
    "IDREFS",
    "ENTITIES",
    "numeric",
    "error",
];

/// Compiles a main module.
///
/// # Errors
///
/// Static errors, with line and column; limits of the query.
pub(crate) fn compile(module: ast::Module, source: &str, options: &Options) -> Result<Program> {
    let modules = modules::load(module, source, options)?;
    let Some(main) = modules.first() else {
        return Err(fault("XPST0003", "there is no main module", Span::default()));
    };
    let Some(body) = &main.syntax.body else {
        let text = "this is a library module, which can be imported but not evaluated";
        return Err(main.blame(fault("XPST0003", text, Span::default())));
    };
    let mut draft = Draft::new(options);
    give_variables(&mut draft)?;
    let declared = declarations::read(&mut draft, &modules)?;
    let contexts = contexts(&mut draft, &modules);
    let mut pass = Pass { draft, modules: &modules, contexts: &contexts };
    pass.give_globals();
    for task in &declared.tasks {
        pass.task(task)?;
    }
    let (context_item_default, default_uses) = match declared.context_item_default {
        Some(value) => {
            let (expr, slots, uses) = pass.main(value, main)?;
            (Some((expr, slots)), Some(uses))
        }
        None => (None, None),
    };
    let (body, body_slots, uses) = pass.main(body, main)?;
    let analysis = match &body.kind {
        Kind::Literal(Atomic::Boolean(value)) => Analysis::constant(*value),
        _ => analyse(&pass.draft, &uses, default_uses.as_ref()),
    };
    let program = Finished { body, body_slots, context_item_default, analysis };
    program.assemble(pass, declared)
}

struct Finished {
    body: Expr,
    body_slots: usize,
    context_item_default: Option<(Expr, usize)>,
    analysis: Analysis,
}

impl Finished {
    fn assemble(mut self, pass: Pass<'_, '_>, declared: Declared<'_>) -> Result<Program> {
        let context_item_external = declared.context_item_external.unwrap_or(true);
        self.analysis.reads_context_item &= context_item_external;
        let Some(context) = pass.contexts.first().map(Arc::clone) else {
            return Err(fault("XPST0003", "there is no main module", Span::default()));
        };
        let sources = pass.modules.iter();
        let sources = sources.map(|module| (module.uri.clone(), Arc::clone(&module.text)));
        Ok(Program {
            body: self.body,
            body_slots: self.body_slots,
            globals: pass.draft.globals,
            functions: pass.draft.functions.into_iter().flatten().collect(),
            context,
            context_item_types: declared.context_item_types,
            context_item_default: self.context_item_default,
            context_item_external,
            output: declared.output.parameters,
            refused_functions: pass.draft.options.refused_functions.clone(),
            sources: sources.collect(),
            analysis: self.analysis,
            regexes: RegexCache::default(),
        })
    }
}

/// Notes the variables that the host gives.
fn give_variables(draft: &mut Draft<'_>) -> Result<()> {
    for (index, variable) in draft.options.variables.iter().enumerate() {
        let kind = given_type(variable, draft.options)?;
        let given = Variable { index, constant: None, kind };
        draft.registry.give_variable(variable.name.clone(), given);
    }
    Ok(())
}

/// The type of a variable that the host gives. It is text, so that hosts need no types of ours.
fn given_type(variable: &StaticVariable, options: &Options) -> Result<Option<SequenceType>> {
    let Some(kind) = &variable.kind else { return Ok(None) };
    let refused = |error: Error| {
        let text = format!("the type \"{kind}\" of ${}: {}", variable.name, error.message());
        Error::new(error.code().clone(), text)
    };
    let module = syntax::parse(&format!("() instance of {kind}"), &options.limits);
    let body = module.map_err(refused)?.body;
    match body.as_ref().map(|body| &*body.kind) {
        Some(ast::ExprKind::InstanceOf { kind, .. }) => {
            InScope::new(options).sequence_type(kind).map(Some).map_err(refused)
        }
        _ => {
            let text = format!("\"{kind}\" is no sequence type");
            Err(refused(fault("XPST0003", text, Span::default())))
        }
    }
}

/// The static contexts of all modules, with the functions that each knows.
fn contexts(draft: &mut Draft<'_>, modules: &[Module]) -> Vec<Arc<StaticContext>> {
    let looks_up = modules.iter().any(|module| module.text.contains("function-lookup"));
    let context = |(index, module): (usize, &Module)| {
        let mut functions: HashMap<(QName, usize), usize> = draft
            .registry
            .functions((index, module))
            .map(|(name, arity, index)| ((name.clone(), arity), index))
            .collect();
        let bare = Arc::new(module.prolog.context.clone());
        for local in CONSTRUCTORS.iter().filter(|_| looks_up) {
            if let Some(index) = draft.constructor(local, &module.prolog.scope, &bare) {
                functions.insert((QName::new(namespace::XS, local), 1), index);
            }
        }
        Arc::new(StaticContext { functions: Arc::new(functions), ..StaticContext::clone(&bare) })
    };
    modules.iter().enumerate().map(context).collect()
}

struct Pass<'p, 'o> {
    draft: Draft<'o>,
    modules: &'p [Module],
    contexts: &'p [Arc<StaticContext>],
}

impl<'p> Pass<'p, '_> {
    /// The host's variables come first.
    fn give_globals(&mut self) {
        let Some(context) = self.contexts.first() else { return };
        let given = self.draft.options.variables.iter().map(|variable| {
            let seen = self.draft.registry.given(&variable.name);
            Global {
                name: variable.name.clone(),
                kind: seen.and_then(|variable| variable.kind.clone()),
                external: true,
                value: None,
                context: Arc::clone(context),
                span: Span::default(),
            }
        });
        self.draft.globals = given.collect();
    }

    fn task(&mut self, task: &Task<'_>) -> Result<()> {
        let module = match task {
            Task::Variable { module, .. } | Task::Function { module, .. } => *module,
        };
        let modules = self.modules;
        let Some(at) = modules.get(module) else { return Ok(()) };
        let compiled = match task {
            Task::Variable { name, kind, syntax, span, .. } => {
                self.variable((module, at), name, kind.as_ref(), syntax, *span)
            }
            Task::Function { .. } => self.function((module, at), task),
        };
        compiled.map_err(|error| at.blame(error))
    }

    fn variable(
        &mut self,
        module: (usize, &'p Module),
        name: &QName,
        kind: Option<&SequenceType>,
        syntax: &ast::VariableDeclaration,
        span: Span,
    ) -> Result<()> {
        let Some(context) = self.contexts.get(module.0) else { return Ok(()) };
        let value = match &syntax.value {
            None => None,
            Some(value) => {
                let index = self.draft.globals.len();
                let mut compiler = Compiler::new(&mut self.draft, module, context);
                compiler.own_variable = Some(index);
                let expr = compiler.plain(value)?;
                let (slots, uses) = (compiler.frames.slots(), compiler.uses);
                self.draft.global_uses.insert(index, uses);
                Some((expr, slots))
            }
        };
        self.draft.globals.push(Global {
            name: name.clone(),
            kind: kind.cloned(),
            external: syntax.external,
            value,
            context: Arc::clone(context),
            span,
        });
        Ok(())
    }

    fn function(&mut self, module: (usize, &'p Module), task: &Task<'_>) -> Result<()> {
        let Task::Function { index, name, parameters, signature, syntax, span, .. } = task else {
            return Ok(());
        };
        let Some(context) = self.contexts.get(module.0) else { return Ok(()) };
        let Some(body) = &syntax.body else {
            let text = format!("the external function {name} is not known here");
            return Err(fault("XPST0017", text, *span));
        };
        let mut compiler = Compiler::new(&mut self.draft, module, context);
        compiler.focus_is_outer = false;
        for (name, kind) in parameters.iter().zip(&signature.parameters) {
            compiler.frames.bind(name.clone(), of_parameter(kind));
        }
        let body = compiler.plain(body)?;
        let (slots, uses) = (compiler.frames.slots(), compiler.uses);
        self.draft.function_uses.insert(*index, uses);
        self.draft.set_function(
            *index,
            FunctionDeclaration {
                name: Some(name.clone()),
                signature: Arc::clone(signature),
                body,
                slots,
                captured: Vec::new(),
                context: Arc::clone(context),
                module: module.1.uri.clone(),
            },
        );
        Ok(())
    }

    /// An expression of the main module, in the focus of the evaluation.
    fn main(&mut self, expr: &ast::Expr, main: &'p Module) -> Result<(Expr, usize, Uses)> {
        let Some(context) = self.contexts.first() else {
            return Err(fault("XPST0003", "there is no main module", expr.span));
        };
        let mut compiler = Compiler::new(&mut self.draft, (0, main), context);
        let compiled = compiler.plain(expr).map_err(|error| main.blame(error))?;
        Ok((compiled, compiler.frames.slots(), compiler.uses))
    }
}
