//! Compiles a syntax tree to a program (XQuery 3.1, sections 2.2.3.1 and 4).
//!
//! The way: modules are loaded (`modules`) and their prologs read (`prolog`), declarations get
//! their indexes (`declarations`, `registry`), then each body is compiled (`compiler` and its
//! kin) in the namespaces (`in_scope`) and variables (`variables`) of its place; what is known of
//! values on the way (`facts`) chooses how paths and predicates are evaluated.
//!
//! Invariant: whatever can be known to be wrong without evaluating is refused here, with the code
//! of the specification and the place.

mod analysis;
mod annotations;
mod callees;
mod calls;
mod compiler;
mod constructors;
mod control;
mod decimal_format;
mod declarations;
mod draft;
mod facts;
mod fault;
mod flwor;
mod folding;
mod in_scope;
mod modules;
mod output;
mod paths;
mod program;
mod prolog;
mod registry;
mod sequence_types;
mod variables;

pub(crate) use program::compile;

#[cfg(test)]
mod tests;
