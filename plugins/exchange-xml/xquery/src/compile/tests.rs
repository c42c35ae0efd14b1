//! Rules of compiling: what is refused and why, and what becomes of paths, variables and calls.

mod programs;
mod refusals;

use std::collections::HashMap;
use std::sync::Arc;

use super::compile;
use crate::error::{Error, Result};
use crate::expression::Program;
use crate::options::{ModuleSource, Modules, Options};
use crate::syntax;

/// Library modules by namespace.
struct Library(HashMap<&'static str, Vec<&'static str>>);

impl Modules for Library {
    fn modules(&self, namespace: &str, _: &[String]) -> Result<Vec<ModuleSource>> {
        let texts = self.0.get(namespace).map(Vec::as_slice).unwrap_or_default();
        let source = |(index, text): (usize, &&str)| ModuleSource {
            uri: format!("{namespace}#{index}"),
            text: (*text).to_owned(),
        };
        Ok(texts.iter().enumerate().map(source).collect())
    }
}

fn with_modules(modules: &[(&'static str, &'static str)]) -> Options {
    let mut library = HashMap::<_, Vec<_>>::new();
    for (namespace, text) in modules {
        library.entry(*namespace).or_default().push(*text);
    }
    Options { modules: Some(Arc::new(Library(library))), ..Options::default() }
}

fn compile_with(query: &str, options: &Options) -> Result<Program> {
    let module = syntax::parse(query, &options.limits).map_err(|error| error.in_source(query))?;
    compile(module, query, options)
}

fn program(query: &str) -> Program {
    compile_with(query, &Options::default()).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn refusal_with(query: &str, options: &Options) -> Error {
    match compile_with(query, options) {
        Ok(_) => panic!("{query} compiles"),
        Err(error) => error,
    }
}
