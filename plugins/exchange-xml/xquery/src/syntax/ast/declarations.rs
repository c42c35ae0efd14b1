//! Modules and what their prologs declare (XQuery 3.1, section 4).

use super::{Expr, Name, SequenceType};
use crate::atomic::Atomic;
use crate::error::Span;

/// `Module`.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub(crate) version: Option<VersionDeclaration>,
    /// `ModuleDecl` of a library module: prefix and target namespace.
    pub(crate) library: Option<(Box<str>, Box<str>, Span)>,
    pub(crate) prolog: Vec<Declaration>,
    /// `QueryBody`; none for a library module.
    pub(crate) body: Option<Expr>,
}

/// `VersionDecl`.
#[derive(Clone, Debug)]
pub(crate) struct VersionDeclaration {
    pub(crate) version: Option<Box<str>>,
    pub(crate) encoding: Option<Box<str>>,
    pub(crate) span: Span,
}

/// What a prolog declares, in the order it was written.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub(crate) kind: DeclarationKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum DeclarationKind {
    /// `BoundarySpaceDecl`: whether it is preserved.
    BoundarySpace { preserve: bool },
    /// `DefaultCollationDecl`.
    DefaultCollation(Box<str>),
    /// `BaseURIDecl`.
    BaseUri(Box<str>),
    /// `ConstructionDecl`: whether types are preserved.
    Construction { preserve: bool },
    /// `OrderingModeDecl`.
    Ordering { ordered: bool },
    /// `EmptyOrderDecl`.
    EmptyOrder { greatest: bool },
    /// `CopyNamespacesDecl`.
    CopyNamespaces { preserve: bool, inherit: bool },
    /// `DecimalFormatDecl`: none for the default one; property names and values.
    DecimalFormat { name: Option<Name>, properties: Vec<(Box<str>, Box<str>)> },
    /// `SchemaImport`.
    SchemaImport { namespace: Box<str> },
    /// `ModuleImport`.
    ModuleImport { prefix: Option<Box<str>>, namespace: Box<str>, locations: Vec<Box<str>> },
    /// `NamespaceDecl`.
    Namespace { prefix: Box<str>, uri: Box<str> },
    /// `DefaultNamespaceDecl` for elements and types.
    DefaultElementNamespace(Box<str>),
    /// `DefaultNamespaceDecl` for functions.
    DefaultFunctionNamespace(Box<str>),
    /// `AnnotatedDecl` with `VarDecl`.
    Variable(Box<VariableDeclaration>),
    /// `AnnotatedDecl` with `FunctionDecl`.
    Function(Box<FunctionDeclaration>),
    /// `ContextItemDecl`.
    ContextItem { kind: Option<SequenceType>, external: bool, value: Option<Expr> },
    /// `OptionDecl`.
    Option { name: Name, value: Box<str> },
}

/// `Annotation`.
#[derive(Clone, Debug)]
pub(crate) struct Annotation {
    pub(crate) name: Name,
    pub(crate) values: Vec<Atomic>,
}

/// `VarDecl`.
#[derive(Clone, Debug)]
pub(crate) struct VariableDeclaration {
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) name: Name,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) external: bool,
    /// `VarValue`, or the default of an external one.
    pub(crate) value: Option<Expr>,
}

/// `FunctionDecl`.
#[derive(Clone, Debug)]
pub(crate) struct FunctionDeclaration {
    pub(crate) annotations: Vec<Annotation>,
    pub(crate) name: Name,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: Option<SequenceType>,
    /// None for an external function.
    pub(crate) body: Option<Expr>,
}

/// `Param`.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Name,
    pub(crate) kind: Option<SequenceType>,
}
