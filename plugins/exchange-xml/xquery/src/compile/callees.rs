//! What names of functions stand for (XQuery 3.1, section 3.1.5), and what may have been meant by
//! those that stand for nothing.

use super::compiler::Compiler;
use super::facts::Facts;
use super::fault::{fault, nearest};
use crate::error::{Error, Result, Span};
use crate::expression::CastTarget;
use crate::functions::{self, Builtin};
use crate::name::{QName, namespace};

/// What a name and a number of arguments stand for.
pub(super) enum Callee {
    Constructor(CastTarget),
    /// Index into the program's functions.
    Declared(usize, Facts),
    Builtin(&'static Builtin),
}

impl Compiler<'_, '_> {
    /// The function that is known by a name and takes so many arguments.
    pub(super) fn callee(&self, name: &QName, arity: usize, span: Span) -> Result<Callee> {
        if *name.namespace == *namespace::XS
            && arity == 1
            && let Some(target) = self.scope.constructed_type(&name.local)
        {
            return Ok(Callee::Constructor(target));
        }
        let module = (self.module_index, self.module);
        if let Some(function) = self.draft.registry.function(module, name, arity) {
            let facts = Facts::of_sequence_type(&function.result);
            let facts = Facts { sorted: facts.at_most_one, ..facts };
            return Ok(Callee::Declared(function.index, facts));
        }
        match functions::find(&name.namespace, &name.local, arity) {
            Some(builtin) if !self.draft.options.refused_functions.contains(name) => {
                Ok(Callee::Builtin(builtin))
            }
            Some(builtin) => {
                let text = format!("{} is not available here", builtin.name);
                Err(fault("XPST0017", text, span))
            }
            None => Err(self.unknown_function(name, arity, span)),
        }
    }

    /// Says which function may have been meant.
    pub(super) fn unknown_function(&self, name: &QName, arity: usize, span: Span) -> Error {
        let module = (self.module_index, self.module);
        let shown = shown(name);
        let mut arities: Vec<usize> = functions::named(&name.namespace, &name.local)
            .iter()
            .map(|builtin| builtin.signature.parameters.len())
            .collect();
        let declared = self.draft.registry.functions(module);
        arities.extend(declared.filter(|(known, ..)| *known == name).map(|(_, arity, _)| arity));
        if *name.namespace == *namespace::XS && self.scope.constructed_type(&name.local).is_some() {
            arities.push(1);
        }
        arities.sort_unstable();
        if !arities.is_empty() {
            let text = format!("{shown} takes {}, found {arity}", counted(&arities));
            return fault("XPST0017", text, span);
        }
        let same_local = functions::all().find(|builtin| *builtin.local == *name.local);
        let near = || {
            let known = functions::all().filter(|it| *it.namespace == *name.namespace);
            let near = nearest(&name.local, known.map(|builtin| builtin.local))?;
            functions::named(&name.namespace, near).first().map(|builtin| builtin.name.to_owned())
        };
        let near_declared = || {
            let declared = self.draft.registry.functions(module);
            let known = declared.filter(|(known, ..)| known.namespace == name.namespace);
            let near = nearest(&name.local, known.map(|(known, ..)| &*known.local))?;
            Some(shown.replace(&*name.local, near))
        };
        let meant = same_local.map(|builtin| builtin.name.to_owned()).or_else(near);
        let text = match meant.or_else(near_declared) {
            Some(meant) => format!("there is no function {shown}; is {meant} meant?"),
            None => format!("there is no function {shown}"),
        };
        fault("XPST0017", text, span)
    }
}

/// A function's name with the prefix that people know it by.
fn shown(name: &QName) -> String {
    match &*name.namespace {
        namespace::FN => format!("fn:{}", name.local),
        namespace::XS => format!("xs:{}", name.local),
        _ if name.prefix.is_none() && !name.namespace.is_empty() => name.braced(),
        _ => name.lexical(),
    }
}

/// `2 or 3 arguments`.
fn counted(arities: &[usize]) -> String {
    let noun = if arities == [1] { "argument" } else { "arguments" };
    match arities.split_last() {
        Some((last, [])) if *last == 0 => "no arguments".to_owned(),
        Some((last, [])) => format!("{last} {noun}"),
        Some((last, others)) => {
            let others: Vec<String> = others.iter().map(usize::to_string).collect();
            format!("{} or {last} {noun}", others.join(", "))
        }
        None => String::new(),
    }
}
