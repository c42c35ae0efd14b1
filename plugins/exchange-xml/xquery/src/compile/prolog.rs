//! What a prolog says about the module's static context (XQuery 3.1, sections 4.1 to 4.14).
//!
//! Invariant: each setter counts once; what a later part of the prolog declares (variables,
//! functions, options) is not read here.

use std::collections::HashMap;
use std::sync::Arc;

use super::decimal_format;
use super::fault::fault;
use super::in_scope::InScope;
use crate::collation::{CODEPOINT, Collation};
use crate::error::{Result, Span};
use crate::expression::{DecimalFormat, StaticContext};
use crate::name::{QName, namespace};
use crate::options::Options;
use crate::syntax::ast::{self, Declaration, DeclarationKind as Kind};

/// The static context of a module.
#[derive(Debug)]
pub(super) struct Prolog {
    pub(super) scope: InScope,
    /// The target namespace of a library module.
    pub(super) target: Option<Arc<str>>,
    pub(super) imports: Vec<Import>,
    pub(super) preserve_boundary_space: bool,
    /// What evaluating needs; its namespaces and functions are put in at the end.
    pub(super) context: StaticContext,
}

/// A module import.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) namespace: Arc<str>,
    pub(super) locations: Vec<String>,
    pub(super) span: Span,
}

/// Reads the first part of a module's prolog.
pub(super) fn read(module: &ast::Module, uri: Option<&str>, options: &Options) -> Result<Prolog> {
    let mut reader = Reader::new(uri, options);
    if let Some(library) = &module.library {
        reader.library(&library.prefix, &library.namespace, library.span)?;
    }
    for declaration in &module.prolog {
        reader.declaration(declaration)?;
    }
    reader.finish(&module.prolog)
}

struct Reader {
    prolog: Prolog,
    /// Codes of the setters that were read: each has its own.
    seen: Vec<&'static str>,
    prefixes: Vec<Box<str>>,
    default_element_seen: bool,
    default_function_seen: bool,
}

impl Reader {
    fn new(uri: Option<&str>, options: &Options) -> Self {
        let base_uri = uri.map(Arc::from).or_else(|| options.base_uri.as_deref().map(Arc::from));
        let collation = options.default_collation.as_deref().unwrap_or(CODEPOINT);
        let context = StaticContext {
            default_collation: collation.into(),
            base_uri,
            preserve_construction: true,
            preserve_namespaces: true,
            inherit_namespaces: true,
            decimal_formats: HashMap::from([(None, Arc::new(DecimalFormat::default()))]),
            ..StaticContext::default()
        };
        let prolog = Prolog {
            scope: InScope::new(options),
            target: None,
            imports: Vec::new(),
            preserve_boundary_space: false,
            context,
        };
        Self {
            prolog,
            seen: Vec::new(),
            prefixes: Vec::new(),
            default_element_seen: false,
            default_function_seen: false,
        }
    }

    fn library(&mut self, prefix: &str, target: &str, span: Span) -> Result<()> {
        if target.is_empty() {
            return Err(fault("XQST0088", "a module's namespace must not be empty", span));
        }
        self.prefix(prefix, target, span)?;
        self.prolog.target = Some(target.into());
        Ok(())
    }

    fn declaration(&mut self, declaration: &Declaration) -> Result<()> {
        let span = declaration.span;
        let context = &mut self.prolog.context;
        match &declaration.kind {
            Kind::BoundarySpace { preserve } => {
                self.prolog.preserve_boundary_space = *preserve;
                self.once("XQST0068", "boundary-space", span)
            }
            Kind::DefaultCollation(uri) => self.default_collation(uri, span),
            Kind::BaseUri(uri) => self.base_uri(uri, span),
            Kind::Construction { preserve } => {
                context.preserve_construction = *preserve;
                self.once("XQST0067", "construction", span)
            }
            Kind::Ordering => self.once("XQST0065", "ordering", span),
            Kind::EmptyOrder { greatest } => {
                context.empty_greatest = *greatest;
                self.once("XQST0069", "default order empty", span)
            }
            Kind::CopyNamespaces { preserve, inherit } => {
                context.preserve_namespaces = *preserve;
                context.inherit_namespaces = *inherit;
                self.once("XQST0055", "copy-namespaces", span)
            }
            Kind::SchemaImport { namespace } => {
                let text = format!("schemas cannot be imported, found that of \"{namespace}\"");
                Err(fault("XQST0009", text, span))
            }
            Kind::ModuleImport { prefix, namespace, locations } => {
                self.import(prefix.as_deref(), namespace, locations, span)
            }
            Kind::Namespace { prefix, uri } => self.prefix(prefix, uri, span),
            Kind::DefaultElementNamespace(uri) => self.default_namespace(uri, true, span),
            Kind::DefaultFunctionNamespace(uri) => self.default_namespace(uri, false, span),
            Kind::DecimalFormat { .. }
            | Kind::Variable(_)
            | Kind::Function(_)
            | Kind::ContextItem { .. }
            | Kind::Option { .. } => Ok(()),
        }
    }

    fn once(&mut self, code: &'static str, what: &str, span: Span) -> Result<()> {
        if self.seen.contains(&code) {
            return Err(fault(code, format!("{what} is declared twice"), span));
        }
        self.seen.push(code);
        Ok(())
    }

    fn default_collation(&mut self, uri: &str, span: Span) -> Result<()> {
        self.once("XQST0038", "the default collation", span)?;
        // The base URI may be declared behind it, so that `finish` looks whether it exists.
        self.prolog.context.default_collation = uri.into();
        Ok(())
    }

    fn base_uri(&mut self, uri: &str, span: Span) -> Result<()> {
        self.once("XQST0032", "the base URI", span)?;
        let context = &mut self.prolog.context;
        let base = context.base_uri.as_deref();
        let resolved = base.and_then(|base| crate::uri::resolve(uri, base).ok());
        context.base_uri = Some(resolved.map_or_else(|| uri.into(), Into::into));
        Ok(())
    }

    fn prefix(&mut self, prefix: &str, uri: &str, span: Span) -> Result<()> {
        let is_fixed = matches!(prefix, "xml" | "xmlns");
        if is_fixed || matches!(uri, namespace::XML | namespace::XMLNS) {
            let text = if is_fixed {
                format!("the prefix {prefix} cannot be declared")
            } else {
                format!("no other prefix can be bound to {uri}")
            };
            return Err(fault("XQST0070", text, span));
        }
        if self.prefixes.iter().any(|known| **known == *prefix) {
            let text = format!("the prefix {prefix} is declared twice");
            return Err(fault("XQST0033", text, span));
        }
        self.prefixes.push(prefix.into());
        self.prolog.scope.declare(prefix, uri, span)
    }

    fn default_namespace(&mut self, uri: &str, is_element: bool, span: Span) -> Result<()> {
        if matches!(uri, namespace::XML | namespace::XMLNS) {
            return Err(fault("XQST0070", format!("{uri} cannot be a default namespace"), span));
        }
        let (seen, default) = if is_element {
            (&mut self.default_element_seen, &mut self.prolog.scope.default_element)
        } else {
            (&mut self.default_function_seen, &mut self.prolog.scope.default_function)
        };
        if std::mem::replace(seen, true) {
            let what = if is_element { "elements" } else { "functions" };
            let text = format!("the default namespace of {what} is declared twice");
            return Err(fault("XQST0066", text, span));
        }
        *default = uri.into();
        Ok(())
    }

    fn import(
        &mut self,
        prefix: Option<&str>,
        uri: &str,
        locations: &[Box<str>],
        span: Span,
    ) -> Result<()> {
        if uri.is_empty() {
            return Err(fault("XQST0088", "a module's namespace must not be empty", span));
        }
        if let Some(prefix) = prefix {
            // The module's own prefix for the same namespace may be named again.
            let is_own = self.prolog.target.as_deref() == Some(uri)
                && self.prolog.scope.uri(prefix, span).is_ok_and(|bound| *bound == *uri);
            if !is_own {
                self.prefix(prefix, uri, span)?;
            }
        }
        if self.prolog.imports.iter().any(|import| *import.namespace == *uri) {
            let text = format!("the modules of {uri} are imported twice");
            return Err(fault("XQST0047", text, span));
        }
        let locations = locations.iter().map(|location| location.to_string()).collect();
        self.prolog.imports.push(Import { namespace: uri.into(), locations, span });
        Ok(())
    }

    /// What needs all prefixes and the base URI.
    fn finish(mut self, declarations: &[Declaration]) -> Result<Prolog> {
        let mut has_default = false;
        for declaration in declarations {
            match &declaration.kind {
                Kind::DecimalFormat { name, properties } => {
                    let format = decimal_format::read(properties, declaration.span)?;
                    self.decimal_format(name.as_ref(), format, &mut has_default, declaration.span)?;
                }
                Kind::DefaultCollation(_) => self.check_collation(declaration.span)?,
                _ => {}
            }
        }
        let Prolog { scope, context, imports, .. } = &mut self.prolog;
        context.default_element_namespace = Arc::clone(&scope.default_element);
        context.default_function_namespace = Arc::clone(&scope.default_function);
        context.namespaces = scope.bindings();
        if let Some(base) = &context.base_uri {
            for location in imports.iter_mut().flat_map(|import| &mut import.locations) {
                if let Ok(resolved) = crate::uri::resolve(location, base) {
                    *location = resolved;
                }
            }
        }
        Ok(self.prolog)
    }

    fn decimal_format(
        &mut self,
        name: Option<&ast::Name>,
        format: Arc<DecimalFormat>,
        has_default: &mut bool,
        span: Span,
    ) -> Result<()> {
        let name: Option<QName> = name.map(|name| self.prolog.scope.plain(name)).transpose()?;
        let is_default = name.is_none();
        let replaced = self.prolog.context.decimal_formats.insert(name, format).is_some();
        let is_second = if is_default { std::mem::replace(has_default, true) } else { replaced };
        if is_second {
            return Err(fault("XQST0111", "this decimal format is declared twice", span));
        }
        Ok(())
    }

    fn check_collation(&mut self, span: Span) -> Result<()> {
        let context = &mut self.prolog.context;
        let uri = Arc::clone(&context.default_collation);
        if Collation::named(&uri, context.base_uri.as_ref()).is_err() {
            return Err(fault("XQST0038", format!("there is no collation {uri}"), span));
        }
        if !crate::uri::is_absolute(&uri)
            && let Some(base) = &context.base_uri
            && let Ok(resolved) = crate::uri::resolve(&uri, base)
        {
            context.default_collation = resolved.into();
        }
        Ok(())
    }
}
