//! Clauses of FLWOR expressions, of `typeswitch` and of `try` (XQuery 3.1, sections 3.12, 3.15
//! and 3.18).

use super::{Expr, Name, NameTest, SequenceType};

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
    /// `OrderByClause`; every one is stable.
    OrderBy(Vec<OrderSpec>),
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
