//! What constructors are made of (XQuery 3.1, sections 3.9, 3.10.2).

use super::{Expr, Name};

/// `DirElemConstructor`.
#[derive(Clone, Debug)]
pub(crate) struct DirectElement {
    pub(crate) name: Name,
    /// In order; `xmlns` and `xmlns:p` among them.
    pub(crate) attributes: Vec<DirectAttribute>,
    pub(crate) content: Vec<DirectContent>,
}

/// One attribute of `DirAttributeList`.
#[derive(Clone, Debug)]
pub(crate) struct DirectAttribute {
    pub(crate) name: Name,
    /// Whitespace is normalised and references are resolved.
    pub(crate) value: Vec<AttributePart>,
}

/// Part of a `DirAttributeValue`.
#[derive(Clone, Debug)]
pub(crate) enum AttributePart {
    Text(Box<str>),
    Expr(Expr),
}

/// `DirElemContent`.
#[derive(Clone, Debug)]
pub(crate) enum DirectContent {
    /// Characters, with whether they are boundary whitespace, which the prolog may have stripped
    /// (XQuery 3.1, section 3.9.1.4).
    Text { text: Box<str>, boundary: bool },
    /// `{ … }`, or a constructor inside.
    Expr { expr: Expr, enclosed: bool },
}

/// The name of a computed constructor.
#[derive(Clone, Debug)]
pub(crate) enum ComputedName {
    Name(Name),
    Expr(Expr),
}

/// Part of a `StringConstructor`.
#[derive(Clone, Debug)]
pub(crate) enum StringPart {
    Text(Box<str>),
    /// `StringConstructorInterpolation`; the empty sequence where nothing stands in it.
    Expr(Expr),
}
