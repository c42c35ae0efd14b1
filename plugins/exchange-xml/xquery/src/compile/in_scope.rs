//! Namespaces in scope at a place of a query, and names seen through them (XQuery 3.1, section
//! 2.1.1: statically known namespaces).
//!
//! Invariants: a prefix is there once; no scope has more bindings than the limit, so that what
//! keeps them all stays small.

use std::cell::OnceCell;
use std::sync::Arc;

use super::fault::fault;
use crate::error::{Result, Span};
use crate::limits::Limits;
use crate::meter::limit;
use crate::name::{QName, namespace};
use crate::options::Options;
use crate::syntax::ast::{self, Name};
use crate::types::NameTest;

/// Prefixes and URIs.
pub(super) type Bindings = Arc<[(Arc<str>, Arc<str>)]>;

/// Prefixes that are known without a declaration.
const PREDECLARED: [(&str, &str); 10] = [
    ("xml", namespace::XML),
    ("xs", namespace::XS),
    ("xsi", namespace::XSI),
    ("fn", namespace::FN),
    ("math", namespace::MATH),
    ("map", namespace::MAP),
    ("array", namespace::ARRAY),
    ("err", namespace::ERR),
    ("output", namespace::OUTPUT),
    ("local", namespace::LOCAL),
];

/// The namespaces in scope.
#[derive(Clone, Debug)]
pub(super) struct InScope {
    /// An empty URI unbinds the prefix.
    bindings: Vec<(Arc<str>, Arc<str>)>,
    /// Of elements and types without a prefix.
    pub(super) default_element: Arc<str>,
    /// Of functions without a prefix.
    pub(super) default_function: Arc<str>,
    /// What direct constructors around the place declare; the default under the empty prefix.
    pub(super) constructed: Bindings,
    all: OnceCell<Bindings>,
    bindings_max: usize,
}

impl InScope {
    /// What a module begins with.
    pub(super) fn new(options: &Options) -> Self {
        let mut scope = Self {
            bindings: Vec::new(),
            default_element: options.default_element_namespace.as_str().into(),
            default_function: namespace::FN.into(),
            constructed: Arc::from([]),
            all: OnceCell::new(),
            bindings_max: bindings_max(&options.limits),
        };
        let given = options.namespaces.iter().map(|(prefix, uri)| (&**prefix, &**uri));
        for (prefix, uri) in PREDECLARED.into_iter().chain(given) {
            scope.put(prefix.into(), uri.into());
        }
        scope
    }

    fn put(&mut self, prefix: Arc<str>, uri: Arc<str>) {
        self.all = OnceCell::new();
        match self.bindings.iter_mut().find(|(known, _)| *known == prefix) {
            Some((_, known)) => *known = uri,
            None => self.bindings.push((prefix, uri)),
        }
    }

    /// Binds a prefix by a declaration of the prolog.
    pub(super) fn declare(&mut self, prefix: &str, uri: &str, span: Span) -> Result<()> {
        self.put(prefix.into(), uri.into());
        self.check_size(span)
    }

    /// The scope inside a direct constructor that declares these; the default under the empty
    /// prefix.
    pub(super) fn inside(&self, declared: &[(Arc<str>, Arc<str>)], span: Span) -> Result<Self> {
        let mut scope = self.clone();
        let mut constructed: Vec<_> = declared.to_vec();
        for binding in self.constructed.iter() {
            if !declared.iter().any(|(prefix, _)| *prefix == binding.0) {
                constructed.push(binding.clone());
            }
        }
        scope.constructed = constructed.into();
        for (prefix, uri) in declared {
            if prefix.is_empty() {
                scope.default_element = Arc::clone(uri);
                scope.all = OnceCell::new();
            } else {
                scope.put(Arc::clone(prefix), Arc::clone(uri));
            }
        }
        scope.check_size(span)?;
        Ok(scope)
    }

    fn check_size(&self, span: Span) -> Result<()> {
        if self.bindings.len() <= self.bindings_max {
            return Ok(());
        }
        let text = format!("more than {} prefixes are declared at one place", self.bindings_max);
        Err(limit("namespaces_max", text).at(span))
    }

    /// All bindings, and the default for elements under the empty prefix.
    pub(super) fn all(&self) -> Bindings {
        let collect = || {
            let default = ("".into(), Arc::clone(&self.default_element));
            let bound = self.bindings.iter().filter(|(_, uri)| !uri.is_empty());
            std::iter::once(default).chain(bound.cloned()).collect()
        };
        Arc::clone(self.all.get_or_init(collect))
    }

    /// The URI that a prefix is bound to.
    pub(super) fn uri(&self, prefix: &str, span: Span) -> Result<Arc<str>> {
        let bound = self.bindings.iter().find(|(known, _)| **known == *prefix);
        bound.filter(|(_, uri)| !uri.is_empty()).map(|(_, uri)| Arc::clone(uri)).ok_or_else(|| {
            let text = format!(
                "the prefix {prefix} is not declared; in the prolog: \
                 declare namespace {prefix} = \"…\";"
            );
            fault("XPST0081", text, span)
        })
    }

    /// A name, with the namespace that it has without a prefix.
    pub(super) fn expand(&self, name: &Name, default: &Arc<str>) -> Result<QName> {
        let local: Arc<str> = (*name.local).into();
        if let Some(uri) = &name.namespace {
            if **uri == *namespace::XMLNS {
                let text = format!("no name is in the namespace {uri}");
                return Err(fault("XQST0070", text, name.span));
            }
            return Ok(QName { prefix: None, namespace: (**uri).into(), local });
        }
        let Some(prefix) = &name.prefix else {
            return Ok(QName { prefix: None, namespace: Arc::clone(default), local });
        };
        let namespace = self.uri(prefix, name.span)?;
        Ok(QName { prefix: Some((**prefix).into()), namespace, local })
    }

    /// The name of an element or a type.
    pub(super) fn element(&self, name: &Name) -> Result<QName> {
        self.expand(name, &self.default_element)
    }

    /// The name of a function.
    pub(super) fn function(&self, name: &Name) -> Result<QName> {
        self.expand(name, &self.default_function)
    }

    /// The name of an attribute, a variable, or whatever else has no namespace without a prefix.
    pub(super) fn plain(&self, name: &Name) -> Result<QName> {
        self.expand(name, &"".into())
    }

    /// The name of an annotation or an option.
    pub(super) fn annotation(&self, name: &Name) -> Result<QName> {
        self.expand(name, &namespace::XQUERY.into())
    }

    /// A test of names; none for `*`.
    pub(super) fn name_test(
        &self,
        test: &ast::NameTest,
        default: &Arc<str>,
    ) -> Result<Option<NameTest>> {
        Ok(Some(match test {
            ast::NameTest::Any => return Ok(None),
            ast::NameTest::Name(name) => NameTest::Name(self.expand(name, default)?),
            ast::NameTest::AnyNamespace(local) => NameTest::Local((**local).into()),
            ast::NameTest::Prefix(prefix, span) => NameTest::Namespace(self.uri(prefix, *span)?),
            ast::NameTest::Namespace(uri) => NameTest::Namespace((**uri).into()),
        }))
    }

    /// The bindings of prefixes alone, as the static context keeps them.
    pub(super) fn bindings(&self) -> Vec<(Arc<str>, Arc<str>)> {
        self.bindings.iter().filter(|(_, uri)| !uri.is_empty()).cloned().collect()
    }
}

/// As many as in a document, and the predeclared ones.
fn bindings_max(limits: &Limits) -> usize {
    limits.document.namespaces_max.saturating_add(PREDECLARED.len())
}
