//! The syntax tree. Each variant names its production of the grammar (XQuery 3.1, appendix A.1).
//!
//! Invariants: chains of left-associative operators lean left, and nothing lies deeper than the
//! limit on nesting; a name's prefix is not resolved.

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
        annotations: Vec<Annotation>,
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
    /// `OrderedExpr`, `UnorderedExpr`.
    Ordered {
        ordered: bool,
        body: Expr,
    },
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
    SelfAxis,
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

/// `NameTest`.
#[derive(Clone, Debug)]
pub(crate) enum NameTest {
    Name(Name),
    /// `*`.
    Any,
    /// `*:local`.
    AnyNamespace(Box<str>),
    /// `prefix:*`.
    Prefix(Box<str>, Span),
    /// `Q{uri}*`.
    Namespace(Box<str>),
}

/// `KindTest`.
#[derive(Clone, Debug)]
pub(crate) enum KindTest {
    /// `node()`.
    Any,
    Text,
    Comment,
    NamespaceNode,
    /// `document-node()`, with an element test.
    Document(Option<Box<KindTest>>),
    /// `element()`, with a name (none for `*`), a type, and whether `?` follows the type.
    Element(Option<Name>, Option<(Name, bool)>),
    /// `attribute()`, with a name (none for `*`) and a type.
    Attribute(Option<Name>, Option<Name>),
    /// `schema-element(name)`.
    SchemaElement(Name),
    /// `schema-attribute(name)`.
    SchemaAttribute(Name),
    /// `processing-instruction()`, with a target.
    ProcessingInstruction(Option<Box<str>>),
}

/// `SequenceType`.
#[derive(Clone, Debug)]
pub(crate) struct SequenceType {
    /// None for `empty-sequence()`.
    pub(crate) item: Option<ItemType>,
    pub(crate) occurrence: Occurrence,
    pub(crate) span: Span,
}

/// `OccurrenceIndicator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occurrence {
    One,
    Optional,
    Any,
    AtLeastOne,
}

/// `ItemType`.
#[derive(Clone, Debug)]
pub(crate) enum ItemType {
    /// `item()`.
    Any,
    /// `AtomicOrUnionType`.
    Named(Name),
    Kind(KindTest),
    /// `function(*)`, or with types of parameters and result.
    Function(Vec<Annotation>, Option<(Vec<SequenceType>, Box<SequenceType>)>),
    /// `map(*)`, or with types of keys and values.
    Map(Option<(Name, Box<SequenceType>)>),
    /// `array(*)`, or with the type of members.
    Array(Option<Box<SequenceType>>),
    /// `ParenthesizedItemType`.
    Parenthesized(Box<ItemType>),
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

/// A clause of a FLWOR expression.
#[derive(Clone, Debug)]
pub(crate) enum Clause {
    /// `ForClause`, one binding.
    For(ForBinding),
    /// `LetClause`, one binding.
    Let { variable: Name, kind: Option<SequenceType>, value: Expr },
    /// `WindowClause`.
    Window(Box<WindowClause>),
    /// `WhereClause`.
    Where(Expr),
    /// `GroupByClause`.
    GroupBy(Vec<GroupingSpec>),
    /// `OrderByClause`.
    OrderBy { stable: bool, specs: Vec<OrderSpec> },
    /// `CountClause`.
    Count(Name),
}

/// `ForBinding`.
#[derive(Clone, Debug)]
pub(crate) struct ForBinding {
    pub(crate) variable: Name,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) allowing_empty: bool,
    /// `PositionalVar`.
    pub(crate) position: Option<Name>,
    pub(crate) sequence: Expr,
}

/// `WindowClause`.
#[derive(Clone, Debug)]
pub(crate) struct WindowClause {
    pub(crate) sliding: bool,
    pub(crate) variable: Name,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) sequence: Expr,
    pub(crate) start: WindowCondition,
    /// With whether it is `only end`.
    pub(crate) end: Option<(WindowCondition, bool)>,
}

/// `WindowStartCondition`, `WindowEndCondition`.
#[derive(Clone, Debug)]
pub(crate) struct WindowCondition {
    pub(crate) current: Option<Name>,
    pub(crate) position: Option<Name>,
    pub(crate) previous: Option<Name>,
    pub(crate) next: Option<Name>,
    pub(crate) when: Expr,
}

/// `GroupingSpec`.
#[derive(Clone, Debug)]
pub(crate) struct GroupingSpec {
    pub(crate) variable: Name,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) value: Option<Expr>,
    pub(crate) collation: Option<Box<str>>,
}

/// `OrderSpec`.
#[derive(Clone, Debug)]
pub(crate) struct OrderSpec {
    pub(crate) key: Expr,
    pub(crate) descending: bool,
    /// None: as the prolog says.
    pub(crate) empty_greatest: Option<bool>,
    pub(crate) collation: Option<Box<str>>,
}

/// `CaseClause`, or the default.
#[derive(Clone, Debug)]
pub(crate) struct TypeswitchCase {
    pub(crate) variable: Option<Name>,
    /// `SequenceTypeUnion`; empty for the default.
    pub(crate) kinds: Vec<SequenceType>,
    pub(crate) result: Expr,
}

/// `CatchClause`.
#[derive(Clone, Debug)]
pub(crate) struct Catch {
    pub(crate) errors: Vec<NameTest>,
    pub(crate) body: Expr,
}

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
