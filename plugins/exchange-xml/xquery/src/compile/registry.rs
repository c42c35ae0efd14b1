//! Variables and functions that the modules declare, by name, before any of them is compiled: each
//! may be used before it is declared (XQuery 3.1, sections 4.16 and 4.18).
//!
//! Invariant: what a module sees under one name is one thing.

use std::collections::HashMap;

use super::fault::fault;
use super::modules::Module;
use crate::atomic::Atomic;
use crate::error::{Result, Span};
use crate::name::QName;
use crate::types::SequenceType;

/// Where a name leads to, for those modules that see it.
#[derive(Debug)]
pub(super) struct Entry<T> {
    module: usize,
    is_private: bool,
    pub(super) what: T,
}

/// What declarations share a name.
type Entries<T> = Vec<Entry<T>>;

/// A variable of a prolog.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// Its index among the program's.
    pub(super) index: usize,
    /// Its value, where it is a literal.
    pub(super) constant: Option<Atomic>,
    pub(super) kind: Option<SequenceType>,
}

/// A function of a prolog.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// Its index among the program's.
    pub(super) index: usize,
    pub(super) result: SequenceType,
}

/// All declarations.
#[derive(Debug, Default)]
pub(super) struct Registry {
    variables: HashMap<QName, Entries<Variable>>,
    functions: HashMap<(QName, usize), Entries<Function>>,
    /// Variables that the host declares.
    given: HashMap<QName, Variable>,
}

impl Registry {
    /// Notes a variable that every module sees, unless it declares one of that name.
    pub(super) fn give_variable(&mut self, name: QName, variable: Variable) {
        self.given.insert(name, variable);
    }

    /// The variable of that name that the host declares.
    pub(super) fn given(&self, name: &QName) -> Option<&Variable> {
        self.given.get(name)
    }

    /// Notes a module's variable.
    pub(super) fn declare_variable(
        &mut self,
        modules: &[Module],
        entry: (usize, bool),
        name: &QName,
        variable: Variable,
        span: Span,
    ) -> Result<()> {
        let entries = self.variables.entry(name.clone()).or_default();
        let entry = Entry { module: entry.0, is_private: entry.1, what: variable };
        if entries.iter().any(|other| clash(modules, &entry, other)) {
            return Err(fault("XQST0049", format!("${name} is declared twice"), span));
        }
        entries.push(entry);
        Ok(())
    }

    /// Notes a module's function.
    pub(super) fn declare_function(
        &mut self,
        modules: &[Module],
        entry: (usize, bool),
        name: (&QName, usize),
        function: Function,
        span: Span,
    ) -> Result<()> {
        let entries = self.functions.entry((name.0.clone(), name.1)).or_default();
        let entry = Entry { module: entry.0, is_private: entry.1, what: function };
        if entries.iter().any(|other| clash(modules, &entry, other)) {
            let text = format!("the function {}#{} is declared twice", name.0, name.1);
            return Err(fault("XQST0034", text, span));
        }
        entries.push(entry);
        Ok(())
    }

    /// The variable that a module sees under a name.
    pub(super) fn variable(&self, module: (usize, &Module), name: &QName) -> Option<&Variable> {
        let declared = self.variables.get(name).and_then(|entries| seen(entries, module));
        declared.or_else(|| self.given.get(name))
    }

    /// The function that a module sees under a name.
    pub(super) fn function(
        &self,
        module: (usize, &Module),
        name: &QName,
        arity: usize,
    ) -> Option<&Function> {
        // A key is a pair, so that asking needs one of its own.
        let entries = self.functions.get(&(name.clone(), arity))?;
        seen(entries, module)
    }

    /// All variables that a module sees.
    pub(super) fn variables<'r>(
        &'r self,
        module: (usize, &'r Module),
    ) -> impl Iterator<Item = &'r QName> {
        let declared = self.variables.iter();
        let declared = declared.filter(move |(_, entries)| seen(entries, module).is_some());
        declared.map(|(name, _)| name).chain(self.given.keys())
    }

    /// All functions that a module sees.
    pub(super) fn functions<'r>(
        &'r self,
        module: (usize, &'r Module),
    ) -> impl Iterator<Item = (&'r QName, usize, usize)> {
        self.functions.iter().filter_map(move |((name, arity), entries)| {
            Some((name, *arity, seen(entries, module)?.index))
        })
    }
}

fn seen<'r, T>(entries: &'r [Entry<T>], (index, module): (usize, &Module)) -> Option<&'r T> {
    let sees = |entry: &&Entry<T>| {
        entry.module == index || !entry.is_private && module.sees.contains(&entry.module)
    };
    entries.iter().find(sees).map(|entry| &entry.what)
}

/// Whether some module sees both.
fn clash<T>(modules: &[Module], one: &Entry<T>, other: &Entry<T>) -> bool {
    let sees = |index: usize, module: &Module, entry: &Entry<T>| {
        entry.module == index || !entry.is_private && module.sees.contains(&entry.module)
    };
    let mut all = modules.iter().enumerate();
    all.any(|(index, module)| sees(index, module, one) && sees(index, module, other))
}
