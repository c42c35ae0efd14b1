//! Paths of plain steps such as `a/b/@c`, which most filters have: walked node by node, so that no
//! item, no focus and no look for a name stands between two steps.
//!
//! Invariant: a plain path gives the nodes of the general way, in the same order.

use smallvec::SmallVec;

use super::filters::is_reverse;
use super::{Evaluator, Flow, Focus, Frame, Sink};
use crate::error::Result;
use crate::expression::{Axis, Expr, Kind};
use crate::meter::Meter;
use crate::tree::{Node, NodeKind, TreeTest};
use crate::value::{Item, Sequence};

/// Longer paths go the general way.
const STEPS_MAX: usize = 8;

/// One step, its test as the tree sees it.
type Step<'a> = (Axis, TreeTest<'a>);

/// The steps of a path, the last one first.
type Steps<'a> = SmallVec<[Step<'a>; STEPS_MAX]>;

impl<'a> Evaluator<'a> {
    /// Gives the nodes of a plain path one by one; none where the expression is no such path.
    pub(super) fn plain_path(
        &self,
        expr: &'a Expr,
        ordered: bool,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Option<Result<Flow>> {
        let mut steps = Steps::new();
        let from = plain_steps(expr, ordered, frame, focus, &mut steps)?;
        Some(walk(from, &steps, &self.meter, sink))
    }
}

/// Gathers the steps of a plain path, gives the node that it begins with.
fn plain_steps<'a>(
    expr: &'a Expr,
    ordered: bool,
    frame: &Frame<'a>,
    focus: Option<&Focus<'a>>,
    steps: &mut Steps<'a>,
) -> Option<Node<'a>> {
    let (step, base) = match &expr.kind {
        Kind::Path { base, step, sorted, uses_last: false } if *sorted || !ordered => {
            (&**step, Some(&**base))
        }
        Kind::Step { .. } => (expr, None),
        _ => return start(expr, frame, focus),
    };
    let Kind::Step { axis, test, predicates } = &step.kind else { return None };
    if !predicates.is_empty() || is_reverse(*axis) || steps.len() == STEPS_MAX {
        return None;
    }
    let index = steps.len();
    steps.push((*axis, TreeTest::Nothing));
    let from = match base {
        Some(base) => plain_steps(base, ordered, frame, focus, steps)?,
        None => focus?.item.as_node()?,
    };
    if let Some((_, known)) = steps.get_mut(index) {
        *known = test.within(from.tree());
    }
    Some(from)
}

/// The node that a path begins with.
fn start<'a>(expr: &Expr, frame: &Frame<'a>, focus: Option<&Focus<'a>>) -> Option<Node<'a>> {
    match &expr.kind {
        Kind::Root => {
            let root = focus?.item.as_node()?.root();
            (root.kind() == NodeKind::Document).then_some(root)
        }
        Kind::Local(slot) => match frame.get(*slot) {
            Sequence::One(Item::Node(node)) => Some(node),
            _ => None,
        },
        _ => None,
    }
}

/// As deep as the path has steps.
fn walk<'a>(
    node: Node<'a>,
    steps: &[Step<'a>],
    meter: &Meter<'_>,
    sink: Sink<'_, 'a>,
) -> Result<Flow> {
    match steps.split_last() {
        Some(((axis, test), rest)) => {
            node.walk(*axis, *test, meter, |node| walk(node, rest, meter, sink))
        }
        None => sink(Item::Node(node)),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, DocumentLimits, Evaluation, Options, Query};

    /// A predicate makes a path go the general way.
    #[test]
    fn plain_paths_give_what_the_general_way_gives() {
        let text = "<r><a i='1'><a i='2'><b/></a><b>x<!--y--></b></a><c/><a i='3'/><b/></r>";
        let document = Document::parse(text, &DocumentLimits::default()).unwrap();
        let paths: [&[&str]; 9] = [
            &["r", "a", "@i"],
            &["r", "a", "descendant::b"],
            &["r", "descendant::a", "b"],
            &["descendant::a", "descendant::b", "node()"],
            &["descendant::*", "following-sibling::*"],
            &["descendant::a", "ancestor::*", "@i"],
            &["descendant::b", "text()"],
            &["r", "nothing", "a"],
            &["r", "self::r", "following::node()"],
        ];
        for path in paths {
            let plain = path.join("/");
            let general = path.join("[true()]/") + "[true()]";
            for (plain, general) in [
                (plain.clone(), general.clone()),
                (format!("/{plain}"), format!("/{general}")),
                (format!("let $r := . return $r/{plain}"), general.clone()),
            ] {
                let text = format!(
                    "let $one := ({plain}), $other := ({general}) return count($one) = \
                     count($other) and exists({plain}) = exists($other) and (every $i in 1 to \
                     count($one) satisfies $one[$i] is $other[$i])"
                );
                let query = Query::compile(&text, &Options::default()).unwrap();
                let same = Evaluation::new(&query).document(&document).boolean();
                assert!(same.unwrap(), "{plain}");
            }
        }
    }
}
