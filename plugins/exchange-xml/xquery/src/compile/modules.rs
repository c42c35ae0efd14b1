//! The modules of a query: the main one and those that are imported, directly or not (XQuery 3.1,
//! section 4.12).
//!
//! Invariants: the main module is the first; each library module is there once, whoever imports
//! it, so that imports may go round in circles.

use std::sync::Arc;

use super::fault::fault;
use super::prolog::{self, Import, Prolog};
use crate::error::{Error, Result};
use crate::options::{ModuleSource, Options};
use crate::syntax::{self, ast};

/// A module whose prolog is read.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) syntax: ast::Module,
    pub(super) text: Arc<str>,
    /// Where a library module was found; none for the main module.
    pub(super) uri: Option<Arc<str>>,
    pub(super) prolog: Prolog,
    /// The modules whose declarations it sees: itself, and those of the namespaces that it imports.
    pub(super) sees: Vec<usize>,
}

impl Module {
    fn new(syntax: ast::Module, text: &str, uri: Option<&str>, options: &Options) -> Result<Self> {
        let prolog = prolog::read(&syntax, uri, options)?;
        let (text, uri) = (text.into(), uri.map(Arc::from));
        Ok(Self { syntax, text, uri, prolog, sees: Vec::new() })
    }

    /// An error with the module it belongs to.
    pub(super) fn blame(&self, error: Error) -> Error {
        match &self.uri {
            Some(uri) => error.in_module(uri).in_source(&self.text),
            None => error.in_source(&self.text),
        }
    }
}

/// The main module and all that are imported.
pub(super) fn load(main: ast::Module, text: &str, options: &Options) -> Result<Vec<Module>> {
    let main = Module::new(main, text, None, options).map_err(|error| error.in_source(text))?;
    let mut loader = Loader { options, modules: vec![main] };
    let mut next = 0;
    while let Some(module) = loader.modules.get_mut(next) {
        let imports = std::mem::take(&mut module.prolog.imports);
        let mut sees = vec![next];
        for import in &imports {
            let found = loader.import(import).map_err(|error| loader.blame(next, error))?;
            sees.extend(found);
        }
        if let Some(module) = loader.modules.get_mut(next) {
            module.sees = sees;
        }
        next += 1;
    }
    see_all(&mut loader.modules);
    Ok(loader.modules)
}

/// Whoever imports a namespace sees all modules of it that are there, by whichever import (XQuery
/// 3.1, section 4.12.2).
fn see_all(modules: &mut [Module]) {
    let targets: Vec<_> = modules.iter().map(|module| module.prolog.target.clone()).collect();
    for module in modules {
        let imported = module.sees.iter().skip(1).filter_map(|seen| targets.get(*seen)?.as_ref());
        let imported: Vec<_> = imported.collect();
        let is_imported =
            |target: &Option<_>| target.as_ref().is_some_and(|t| imported.contains(&t));
        let all = targets.iter().enumerate().filter(|(_, target)| is_imported(target));
        let others: Vec<_> =
            all.map(|(index, _)| index).filter(|i| !module.sees.contains(i)).collect();
        module.sees.extend(others);
    }
}

struct Loader<'o> {
    options: &'o Options,
    modules: Vec<Module>,
}

impl Loader<'_> {
    fn blame(&self, module: usize, error: Error) -> Error {
        match self.modules.get(module) {
            // An error of the imported module knows its place already.
            Some(module) if error.module().is_none() => module.blame(error),
            _ => error,
        }
    }

    fn import(&mut self, import: &Import) -> Result<Vec<usize>> {
        let Import { namespace, locations, span } = import;
        let Some(modules) = &self.options.modules else {
            let text = format!("no modules can be imported here; {namespace} is asked for");
            return Err(fault("XQST0059", text, *span));
        };
        let sources = modules.modules(namespace, locations).map_err(|error| error.at(*span))?;
        if sources.is_empty() {
            let text = format!("there is no module of the namespace {namespace}");
            return Err(fault("XQST0059", text, *span));
        }
        sources.iter().map(|source| self.module(source, import)).collect()
    }

    fn module(&mut self, source: &ModuleSource, import: &Import) -> Result<usize> {
        let is_known = |module: &Module| module.uri.as_deref() == Some(&*source.uri);
        let known = self.modules.iter().position(is_known);
        let index = match known {
            Some(index) => index,
            None => {
                let blame = |error: Error| error.in_module(&source.uri).in_source(&source.text);
                let syntax = syntax::parse(&source.text, &self.options.limits).map_err(blame)?;
                let uri = Some(&*source.uri);
                let module = Module::new(syntax, &source.text, uri, self.options);
                self.modules.push(module.map_err(blame)?);
                self.modules.len() - 1
            }
        };
        let target = self.modules.get(index).and_then(|module| module.prolog.target.as_ref());
        if target == Some(&import.namespace) {
            return Ok(index);
        }
        let found = match target {
            Some(target) => format!("a module of {target}"),
            None => "a main module".to_owned(),
        };
        let text = format!("{} is {found}, not of {}", source.uri, import.namespace);
        Err(fault("XQST0059", text, import.span))
    }
}
