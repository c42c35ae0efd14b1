//! The syntax tree. Each variant names its production of the grammar (XQuery 3.1, appendix A.1).
//!
//! Invariants: chains of left-associative operators lean left, and nothing lies deeper than the
//! limit on nesting; a name's prefix is not resolved.

mod clauses;
mod constructors;
mod declarations;
mod types;

pub(crate) use clauses::{
    Catch, Clause, ForBinding, GroupingSpec, OrderSpec, TypeswitchCase, WindowClause,
    WindowCondition,
};
pub(crate) use constructors::{
    AttributePart, ComputedName, DirectAttribute, DirectContent, DirectElement, StringPart,
};
pub(crate) use declarations::{
    Declaration, DeclarationKind, FunctionDeclaration, LibraryDeclaration, Module, Parameter,
    VariableDeclaration,
};
pub(crate) use types::{ItemType, KindTest, NameTest, Occurrence, SequenceType};

use crate::atomic::Atomic;
use crate::error::Span;

/// A name as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) prefix: Option<Box<str>>,
    /// Of `Q{uri}local`, whitespace collapsed; no prefix then.
    pub(crate) namespace: Option<Box<str>>,
    pub(crate) local: Box<str>,
    pub(crate) span: Span,
}

/// `ExprSingle` and what it is made of.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: Box<ExprKind>,
    pub(crate) span: Span,
    /// See [`Expr::depth`].
    pub(super) depth: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    /// `Literal`.
    Literal(Atomic),
    /// `VarRef`.
    Variable(Name),
    /// `ContextItemExpr`.
    ContextItem,
    /// `Expr` with commas; `()` is one with nothing.
    Sequence(Vec<Expr>),
    /// `FunctionCall`.
    Call {
        name: Name,
        arguments: Vec<Argument>,
    },
    /// `NamedFunctionRef`.
    NamedFunction {
        name: Name,
        arity: u32,
    },
    /// `InlineFunctionExpr`.
    InlineFunction {
        annotations: Vec<Name>,
        parameters: Vec<Parameter>,
        result: Option<SequenceType>,
        body: Expr,
    },
    /// `MapConstructor`.
    Map(Vec<(Expr, Expr)>),
    /// `SquareArrayConstructor`.
    SquareArray(Vec<Expr>),
    /// `CurlyArrayConstructor`.
    CurlyArray(Expr),
    /// `PostfixExpr` with a `Predicate`.
    Filter {
        base: Expr,
        predicate: Expr,
    },
    /// `PostfixExpr` with an `ArgumentList`.
    DynamicCall {
        base: Expr,
        arguments: Vec<Argument>,
    },
    /// `PostfixExpr` with a `Lookup`.
    Lookup {
        base: Expr,
        key: LookupKey,
    },
    /// `UnaryLookup`.
    UnaryLookup(LookupKey),
    /// `PathExpr`: `E1/E2/E3`, its steps already with `descendant-or-self::node()` for `//`.
    Path {
        start: PathStart,
        steps: Vec<Expr>,
    },
    /// `AxisStep`.
    Step {
        axis: Axis,
        test: NodeTest,
        predicates: Vec<Expr>,
    },
    /// Two operands and an operator.
    Binary {
        operator: BinaryOperator,
        left: Expr,
        right: Expr,
    },
    /// `UnaryExpr`.
    Unary {
        negative: bool,
        operand: Expr,
    },
    /// `InstanceofExpr`.
    InstanceOf {
        operand: Expr,
        kind: SequenceType,
    },
    /// `TreatExpr`.
    TreatAs {
        operand: Expr,
        kind: SequenceType,
    },
    /// `CastExpr`, `CastableExpr`: type name and whether `?` stands behind it.
    Cast {
        operand: Expr,
        kind: Name,
        optional: bool,
    },
    Castable {
        operand: Expr,
        kind: Name,
        optional: bool,
    },
    /// `ArrowExpr`, one arrow.
    Arrow {
        base: Expr,
        function: ArrowFunction,
        arguments: Vec<Argument>,
    },
    /// `ValidateExpr`.
    Validate(Expr),
    /// `ExtensionExpr`: pragmas by name and content; none where the braces are empty.
    Extension {
        pragmas: Vec<(Name, Box<str>)>,
        body: Option<Expr>,
    },
    /// `OrderedExpr`, `UnorderedExpr`: both keep the order.
    Ordered(Expr),
    /// `FLWORExpr`.
    Flwor {
        clauses: Vec<Clause>,
        result: Expr,
    },
    /// `QuantifiedExpr`.
    Quantified {
        every: bool,
        bindings: Vec<ForBinding>,
        condition: Expr,
    },
    /// `SwitchExpr`: cases with their operands, and the default.
    Switch {
        operand: Expr,
        cases: Vec<(Vec<Expr>, Expr)>,
        default: Expr,
    },
    /// `TypeswitchExpr`.
    Typeswitch {
        operand: Expr,
        cases: Vec<TypeswitchCase>,
        default: TypeswitchCase,
    },
    /// `IfExpr`.
    If {
        condition: Expr,
        then: Expr,
        otherwise: Expr,
    },
    /// `TryCatchExpr`.
    TryCatch {
        body: Expr,
        catches: Vec<Catch>,
    },
    /// `DirElemConstructor`.
    DirectElement(DirectElement),
    /// `DirCommentConstructor`.
    DirectComment(Box<str>),
    /// `DirPIConstructor`.
    DirectInstruction {
        target: Box<str>,
        content: Box<str>,
    },
    /// `CompDocConstructor`.
    ComputedDocument(Expr),
    /// `CompElemConstructor`.
    ComputedElement {
        name: ComputedName,
        content: Expr,
    },
    /// `CompAttrConstructor`.
    ComputedAttribute {
        name: ComputedName,
        content: Expr,
    },
    /// `CompNamespaceConstructor`.
    ComputedNamespace {
        prefix: ComputedName,
        uri: Expr,
    },
    /// `CompTextConstructor`.
    ComputedText(Expr),
    /// `CompCommentConstructor`.
    ComputedComment(Expr),
    /// `CompPIConstructor`.
    ComputedInstruction {
        target: ComputedName,
        content: Expr,
    },
    /// `StringConstructor`.
    StringConstructor(Vec<StringPart>),
}

/// `Argument`.
#[derive(Clone, Debug)]
pub(crate) enum Argument {
    Expr(Expr),
    /// `ArgumentPlaceholder`.
    Placeholder,
}

/// `KeySpecifier`.
#[derive(Clone, Debug)]
pub(crate) enum LookupKey {
    Name(Box<str>),
    Integer(i128),
    Expr(Expr),
    Wildcard,
}

/// What a path begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathStart {
    /// A step.
    Relative,
    /// `/`. `//` is this and a step `descendant-or-self::node()`.
    Root,
}

/// `ForwardAxis`, `ReverseAxis`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Child,
    Descendant,
    Attribute,
    Itself,
    DescendantOrSelf,
    FollowingSibling,
    Following,
    Parent,
    Ancestor,
    PrecedingSibling,
    Preceding,
    AncestorOrSelf,
}

/// `NodeTest`.
#[derive(Clone, Debug)]
pub(crate) enum NodeTest {
    /// `NameTest`, of the axis's principal kind.
    Name(NameTest),
    Kind(KindTest),
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BinaryOperator {
    Or,
    And,
    /// `eq` and its kin.
    Value(Comparison),
    /// `=` and its kin.
    General(Comparison),
    /// `is`, `<<`, `>>`.
    Is,
    Precedes,
    Follows,
    /// `||`.
    Concat,
    /// `to`.
    Range,
    Arithmetic(Arithmetic),
    Union,
    Intersect,
    Except,
    /// `!`.
    SimpleMap,
}

/// The six comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`, `eq`.
    Equal,
    /// `!=`, `ne`.
    NotEqual,
    /// `<`, `lt`.
    Less,
    /// `<=`, `le`.
    LessOrEqual,
    /// `>`, `gt`.
    Greater,
    /// `>=`, `ge`.
    GreaterOrEqual,
}

impl Comparison {
    /// As a general comparison.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// As a value comparison.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
        }
    }
}

/// The six arithmetic operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    IntegerDivide,
    Modulo,
}

/// `ArrowFunctionSpecifier`.
#[derive(Clone, Debug)]
pub(crate) enum ArrowFunction {
    Name(Name),
    Expr(Expr),
}
