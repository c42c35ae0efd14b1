//! Modules and what their prologs declare (XQuery 3.1, section 4).

use super::{Expr, Name, SequenceType};
use crate::error::Span;

/// `Module`.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// None for a main module.
    pub(crate) library: Option<LibraryDeclaration>,
    pub(crate) prolog: Vec<Declaration>,
    /// `QueryBody`; none for a library module.
    pub(crate) body: Option<Expr>,
}

/// `ModuleDecl` of a library module.
#[derive(Clone, Debug)]
pub(crate) struct LibraryDeclaration {
    pub(crate) prefix: Box<str>,
    /// The target namespace.
    pub(crate) namespace: Box<str>,
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
    /// `OrderingModeDecl`: both modes keep the order.
    Ordering,
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

/// `VarDecl`.
#[derive(Clone, Debug)]
pub(crate) struct VariableDeclaration {
    /// The names of its `Annotation`s.
    pub(crate) annotations: Vec<Name>,
    pub(crate) name: Name,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) external: bool,
    /// `VarValue`, or the default of an external one.
    pub(crate) value: Option<Expr>,
}

/// `FunctionDecl`.
#[derive(Clone, Debug)]
pub(crate) struct FunctionDeclaration {
    /// The names of its `Annotation`s.
    pub(crate) annotations: Vec<Name>,
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
