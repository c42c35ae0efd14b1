//! The compiled form of a query: names resolved, variables as slots, functions bound.
//!
//! Invariants: it is immutable, `Send` and `Sync`; evaluating it never looks a name up, but where
//! the query computes one; expressions that hold others hold them boxed or in vectors.

use std::collections::HashMap;
use std::sync::Arc;

use crate::atomic::{Atomic, AtomicType};
use crate::error::Span;
use crate::functions::Builtin;
use crate::name::QName;
use crate::regex::RegexCache;
pub use crate::syntax::ast::Comparison;
pub(crate) use crate::syntax::ast::{Arithmetic, Axis};
use crate::types::{FunctionType, NameTest, NodeTest, SequenceType};

/// A compiled query.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) body: Expr,
    /// Slots that the body needs.
    pub(crate) body_slots: usize,
    /// Variables of prologs, of all modules. Evaluated once, when first used.
    pub(crate) globals: Vec<Global>,
    /// Functions of prologs, of all modules, and inline functions.
    pub(crate) functions: Vec<Arc<FunctionDeclaration>>,
    /// The main module's.
    pub(crate) context: Arc<StaticContext>,
    /// The types that modules require of the context item (XQuery 3.1, section 4.17).
    pub(crate) context_item_types: Vec<SequenceType>,
    /// Its value where none comes from outside, with the slots it needs.
    pub(crate) context_item_default: Option<(Expr, usize)>,
    /// Whether a context item from outside is taken.
    pub(crate) context_item_external: bool,
    /// Output declarations (`declare option output:…`), by local name.
    pub(crate) output: Vec<(Box<str>, Box<str>)>,
    /// The modules' texts by their URIs; the main one's under `None`.
    pub(crate) sources: Vec<(Option<Arc<str>>, Arc<str>)>,
    /// Those of the library that there are not, whoever looks for them.
    pub(crate) refused_functions: Vec<QName>,
    pub(crate) analysis: Analysis,
    pub(crate) regexes: RegexCache,
}

/// What an evaluation may ask of its caller. What the query can never reach does not count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Analysis {
    /// Whether it may look at the context item from outside.
    pub(crate) reads_context_item: bool,
    /// Indexes of the external variables among [`Program::globals`].
    pub(crate) external_variables: Vec<usize>,
    /// The value of a query that comes to `true()` or `false()` without any input.
    pub(crate) constant: Option<bool>,
}

impl Analysis {
    /// Of a query that is `value` whatever it is given.
    pub(crate) fn constant(value: bool) -> Self {
        Self { reads_context_item: false, external_variables: Vec::new(), constant: Some(value) }
    }
}

/// A variable of a prolog.
#[derive(Debug)]
pub(crate) struct Global {
    pub(crate) name: QName,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) external: bool,
    /// Its value, or an external one's default, with the slots it needs.
    pub(crate) value: Option<(Expr, usize)>,
    pub(crate) context: Arc<StaticContext>,
    pub(crate) span: Span,
}

/// A function of a prolog, or an inline function.
#[derive(Debug)]
pub(crate) struct FunctionDeclaration {
    /// None for an inline function.
    pub(crate) name: Option<QName>,
    pub(crate) signature: Arc<FunctionType>,
    /// Parameters are slots 0, 1, …
    pub(crate) body: Expr,
    pub(crate) slots: usize,
    /// The slots for the values that [`Kind::FunctionItem`] captured, in its order.
    pub(crate) captured: Vec<Slot>,
    pub(crate) context: Arc<StaticContext>,
    /// For the messages: the URI of the library module it stands in.
    pub(crate) module: Option<Arc<str>>,
}

/// What of the static context evaluating needs (XQuery 3.1, section 2.1.1).
#[derive(Clone, Debug, Default)]
pub(crate) struct StaticContext {
    /// Statically known namespaces at module level; constructors add their own.
    pub(crate) namespaces: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) default_element_namespace: Arc<str>,
    pub(crate) default_function_namespace: Arc<str>,
    /// The collation's URI.
    pub(crate) default_collation: Arc<str>,
    pub(crate) base_uri: Option<Arc<str>>,
    pub(crate) preserve_construction: bool,
    pub(crate) preserve_namespaces: bool,
    pub(crate) inherit_namespaces: bool,
    pub(crate) empty_greatest: bool,
    /// By name; the default one under `None`.
    pub(crate) decimal_formats: HashMap<Option<QName>, Arc<DecimalFormat>>,
    /// Declared functions that the module knows, and constructor functions where
    /// `fn:function-lookup` could ask for one: indexes into [`Program::functions`].
    pub(crate) functions: Arc<HashMap<(QName, usize), usize>>,
}

/// A decimal format (XPath Functions 3.1, section 4.7.1).
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "each is the property of the specification with the same name")]
pub(crate) struct DecimalFormat {
    pub(crate) decimal_separator: char,
    pub(crate) grouping_separator: char,
    pub(crate) exponent_separator: char,
    pub(crate) percent: char,
    pub(crate) per_mille: char,
    pub(crate) zero_digit: char,
    pub(crate) digit: char,
    pub(crate) pattern_separator: char,
    pub(crate) minus_sign: char,
    pub(crate) infinity: Box<str>,
    pub(crate) nan: Box<str>,
}

/// An expression and where it stands.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// A place for a variable's value in the frame of a function or body. No two variables of one frame
/// share a slot, even where their scopes are apart: items are handed on while the expression that
/// gives them is still under way.
pub(crate) type Slot = usize;

/// What an expression does.
#[derive(Debug)]
pub(crate) enum Kind {
    Literal(Atomic),
    /// The comma; nothing in it is `()`.
    Sequence(Vec<Expr>),
    Local(Slot),
    /// Index into [`Program::globals`].
    Global(usize),
    ContextItem,
    /// `fn:position()`.
    Position,
    /// `fn:last()`.
    Last,
    /// The leading `/`: the root of the context item's tree, a document node.
    Root,

    /// `E1/E2`. `sorted`: items come in document order and once without sorting.
    Path {
        base: Box<Expr>,
        step: Box<Expr>,
        sorted: bool,
        /// The step asks how many items the base has.
        uses_last: bool,
    },
    /// An axis step from the context item, predicates in the axis's own order.
    Step {
        axis: Axis,
        test: NodeTest,
        predicates: Vec<Predicate>,
    },
    /// `E[P]`.
    Filter {
        base: Box<Expr>,
        predicate: Box<Predicate>,
    },
    /// `E1 ! E2`.
    Map {
        base: Box<Expr>,
        step: Box<Expr>,
        /// The step asks how many items the base has.
        uses_last: bool,
    },

    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// `fn:not`, `fn:boolean`, and the functions that need not see all items.
    Not(Box<Expr>),
    Boolean(Box<Expr>),
    Exists(Box<Expr>),
    Empty(Box<Expr>),
    Count(Box<Expr>),
    General(Comparison, Box<(Expr, Expr)>),
    Value(Comparison, Box<(Expr, Expr)>),
    Is(Box<(Expr, Expr)>),
    Precedes(Box<(Expr, Expr)>),
    Follows(Box<(Expr, Expr)>),
    Arithmetic(Arithmetic, Box<(Expr, Expr)>),
    Negate(Box<Expr>),
    Plus(Box<Expr>),
    Concat(Vec<Expr>),
    Range(Box<(Expr, Expr)>),
    Union(Box<(Expr, Expr)>),
    Intersect(Box<(Expr, Expr)>),
    Except(Box<(Expr, Expr)>),

    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Switch {
        operand: Box<Expr>,
        cases: Vec<(Vec<Expr>, Expr)>,
        default: Box<Expr>,
    },
    /// Cases with the slot for the value, where they name it.
    Typeswitch {
        operand: Box<Expr>,
        cases: Vec<Case>,
        default: Box<(Option<Slot>, Expr)>,
    },
    TryCatch {
        body: Box<Expr>,
        catches: Vec<Catch>,
    },
    Flwor {
        clauses: Vec<Clause>,
        result: Box<Expr>,
    },
    Quantified {
        every: bool,
        bindings: Vec<ForBinding>,
        condition: Box<Expr>,
    },

    InstanceOf(Box<Expr>, SequenceType),
    TreatAs(Box<Expr>, SequenceType),
    Cast {
        operand: Box<Expr>,
        to: CastTarget,
        optional: bool,
    },
    Castable {
        operand: Box<Expr>,
        to: CastTarget,
        optional: bool,
    },

    /// A function of the library. The parameters' conversions are the evaluator's.
    CallBuiltin {
        builtin: &'static Builtin,
        arguments: Vec<Expr>,
        context: Arc<StaticContext>,
    },
    /// Index into [`Program::functions`].
    Call {
        function: usize,
        arguments: Vec<Expr>,
    },
    CallDynamic {
        function: Box<Expr>,
        arguments: Vec<Expr>,
    },
    /// Arguments with places left open make a function item.
    Partial {
        function: Box<Expr>,
        arguments: Vec<Option<Expr>>,
    },
    /// `name#arity` of a function of the library.
    BuiltinItem {
        builtin: &'static Builtin,
        arity: usize,
        context: Arc<StaticContext>,
    },
    /// `name#arity` of a declared function, or an inline function: what it captures are slots of
    /// this frame.
    FunctionItem {
        function: usize,
        captured: Vec<Slot>,
    },

    NewMap(Vec<(Expr, Expr)>),
    /// `[a, b]`.
    SquareArray(Vec<Expr>),
    /// `array { … }`.
    CurlyArray(Box<Expr>),
    Lookup {
        base: Box<Expr>,
        key: LookupKey,
    },
    /// On the context item.
    UnaryLookup(LookupKey),

    NewDocument(Box<Expr>, Arc<StaticContext>),
    NewElement(Box<NewElement>),
    NewAttribute {
        name: ConstructorName,
        value: Vec<Expr>,
    },
    NewText(Box<Expr>),
    NewComment(Box<Expr>),
    NewInstruction {
        target: ConstructorName,
        content: Box<Expr>,
    },
    NewNamespace {
        prefix: ConstructorName,
        uri: Box<Expr>,
    },
}

/// A predicate, with what is known about it before it is evaluated.
#[derive(Debug)]
pub(crate) struct Predicate {
    pub(crate) expr: Expr,
    /// It is a number that depends on nothing: `[1]`.
    pub(crate) constant_position: Option<u64>,
    /// It can't be a number, so its effective boolean value decides.
    pub(crate) is_boolean: bool,
    pub(crate) uses_last: bool,
    /// It asks nothing of the focus, so that it has one value for all items.
    pub(crate) is_fixed: bool,
}

/// What is cast to.
#[derive(Clone, Debug)]
pub(crate) enum CastTarget {
    Atomic(AtomicType),
    Numeric,
    Error,
    /// The list types `xs:NMTOKENS`, `xs:IDREFS`, `xs:ENTITIES`, by their item type.
    List(AtomicType),
    /// `xs:QName` with the namespaces in scope; the empty prefix is the default for elements.
    QName(Arc<[(Arc<str>, Arc<str>)]>),
}

#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) kinds: Vec<SequenceType>,
    pub(crate) slot: Option<Slot>,
    pub(crate) result: Expr,
}

#[derive(Debug)]
pub(crate) struct Catch {
    /// Empty: any error.
    pub(crate) errors: Vec<NameTest>,
    /// First of seven slots: `$err:code`, `description`, `value`, `module`, `line-number`,
    /// `column-number`, `additional`.
    pub(crate) slots: Slot,
    pub(crate) body: Expr,
}

#[derive(Debug)]
pub(crate) enum Clause {
    For(ForBinding),
    Let {
        slot: Slot,
        kind: Option<SequenceType>,
        value: Expr,
    },
    Window(Box<Window>),
    Where(Expr),
    /// Slots that stay as they are for a group's first tuple are not listed: all others' values are
    /// concatenated.
    GroupBy {
        keys: Vec<GroupingKey>,
        others: Vec<Slot>,
    },
    /// With the slots that tuples must keep.
    OrderBy {
        keys: Vec<OrderKey>,
        kept: Vec<Slot>,
    },
    Count(Slot),
}

#[derive(Debug)]
pub(crate) struct ForBinding {
    pub(crate) slot: Slot,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) allowing_empty: bool,
    pub(crate) position: Option<Slot>,
    pub(crate) sequence: Expr,
}

#[derive(Debug)]
pub(crate) struct Window {
    pub(crate) sliding: bool,
    pub(crate) slot: Slot,
    pub(crate) kind: Option<SequenceType>,
    pub(crate) sequence: Expr,
    pub(crate) start: WindowCondition,
    pub(crate) end: Option<WindowCondition>,
    pub(crate) only_end: bool,
}

#[derive(Debug)]
pub(crate) struct WindowCondition {
    pub(crate) current: Option<Slot>,
    pub(crate) position: Option<Slot>,
    pub(crate) previous: Option<Slot>,
    pub(crate) next: Option<Slot>,
    pub(crate) when: Expr,
}

#[derive(Debug)]
pub(crate) struct GroupingKey {
    /// The slot of the grouping variable; its value is atomised in place.
    pub(crate) slot: Slot,
    pub(crate) kind: Option<SequenceType>,
    /// What is bound to it before grouping.
    pub(crate) value: Option<Expr>,
    pub(crate) collation: Arc<str>,
}

#[derive(Debug)]
pub(crate) struct OrderKey {
    pub(crate) key: Expr,
    pub(crate) descending: bool,
    pub(crate) empty_greatest: bool,
    pub(crate) collation: Arc<str>,
}

#[derive(Debug)]
pub(crate) enum LookupKey {
    Constant(Atomic),
    Expr(Box<Expr>),
    Wildcard,
}

/// An element constructor, direct or computed.
#[derive(Debug)]
pub(crate) struct NewElement {
    pub(crate) name: ConstructorName,
    /// What a direct constructor declares, and behind that what those around it do; an empty URI
    /// undeclares the default. A prefix is there once.
    pub(crate) namespaces: Arc<[(Arc<str>, Arc<str>)]>,
    /// A direct constructor's attributes, then the content: each of it is an enclosed expression of
    /// its own, so that no space comes between two of them; text of a direct constructor is a
    /// [`Kind::NewText`] of a literal, an element that stands in it a [`Kind::NewElement`], one in
    /// braces a [`Kind::Sequence`] of that.
    pub(crate) attributes: Vec<Expr>,
    pub(crate) content: Vec<Expr>,
    pub(crate) context: Arc<StaticContext>,
}

/// The name of what a constructor makes.
#[derive(Debug)]
pub(crate) enum ConstructorName {
    Static(QName),
    /// Computed, with the namespaces that its prefix is looked up in.
    Computed(Box<Expr>, Arc<[(Arc<str>, Arc<str>)]>),
}
