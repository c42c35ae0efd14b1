//! Path expressions and the simple map (XQuery 3.1, sections 3.3 and 3.17).
//!
//! Invariants: what comes out of a path is in document order and there once, or holds no node; a
//! path whose items come in order by themselves keeps nothing.

use super::expressions::needed;
use super::node_sets::Nodes;
use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Sink, error};
use crate::error::{Error, Result};
use crate::expression::{Expr, Kind};
use crate::tree::NodeKind;
use crate::value::{Item, Sequence, SequenceBuilder};

/// The parts of a path expression.
struct Path<'a> {
    base: &'a Expr,
    step: &'a Expr,
    uses_last: bool,
}

impl<'a> Evaluator<'a> {
    /// The leading `/`: the root of the context item's tree.
    pub(super) fn root(&self, focus: Option<&Focus<'a>>) -> Result<Sequence<'a>> {
        let item = &needed(focus, "root")?.item;
        let Some(node) = item.as_node() else {
            let found = item.describe();
            return Err(error(
                "XPTY0020",
                format!("\"/\" needs a node as context item, not {found}"),
            ));
        };
        if node.root().kind() != NodeKind::Document {
            let found = item.describe();
            let text =
                format!("\"/\" needs a tree with a document node as root, not that of {found}");
            return Err(error("XPDY0050", text));
        }
        Ok(Item::Node(node.root()).into())
    }

    /// `E1/E2`.
    pub(super) fn path(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        let Kind::Path { base, step, sorted, uses_last } = &expr.kind else { return MORE };
        if let Some(done) = self.plain_path(expr, true, frame, focus, sink) {
            return done;
        }
        let path = Path { base, step, uses_last: *uses_last };
        match *sorted {
            true if gives_nodes(step) => self.walk(&path, true, frame, focus, sink),
            true => {
                let mut mixed = Mixed::default();
                self.walk(&path, true, frame, focus, &mut |item| {
                    mixed.check(&item)?;
                    sink(item)
                })
            }
            false => self.sorted_path(&path, frame, focus, sink),
        }
    }

    fn sorted_path(
        &self,
        path: &Path<'a>,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        let mut mixed = Mixed::default();
        let mut nodes = Nodes::new(&self.meter);
        let mut others = SequenceBuilder::new(&self.meter);
        let _ = self.walk(path, !gives_nodes(path.step), frame, focus, &mut |item| {
            mixed.check(&item)?;
            match item {
                Item::Node(node) => nodes.push(node)?,
                other => others.push(other)?,
            }
            MORE
        })?;
        if nodes.is_empty() {
            return self.give(others.finish(), sink);
        }
        self.give_nodes(nodes.sorted()?, sink)
    }

    /// The items of an expression in any order, nodes perhaps more than once: for what only looks
    /// whether something is there.
    pub(super) fn each_unordered(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        match &expr.kind {
            Kind::Path { base, step, sorted: false, uses_last } if gives_nodes(step) => {
                self.meter.step()?;
                if let Some(done) = self.plain_path(expr, false, frame, focus, sink) {
                    return done;
                }
                let path = Path { base, step, uses_last: *uses_last };
                let flow = super::stack(|| self.walk(&path, false, frame, focus, sink));
                flow.map_err(|error| error.at(expr.span))
            }
            _ => self.each(expr, frame, focus, sink),
        }
    }

    /// The step for each node of the base.
    fn walk(
        &self,
        path: &Path<'a>,
        ordered: bool,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        if path.uses_last {
            let base = self.evaluate(path.base, frame, focus)?;
            let size = Some(base.len());
            return self
                .each_focus(&base, size, &mut |inner| self.path_step(path, inner, frame, sink));
        }
        let mut position = 0;
        let mut each = |item| {
            position += 1;
            self.path_step(path, &Focus { item, position, size: None }, frame, sink)
        };
        if ordered {
            self.each(path.base, frame, focus, &mut each)
        } else {
            self.each_unordered(path.base, frame, focus, &mut each)
        }
    }

    fn path_step(
        &self,
        path: &Path<'a>,
        focus: &Focus<'a>,
        frame: &Frame<'a>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        if !matches!(focus.item, Item::Node(_)) {
            let found = focus.item.describe();
            let text = format!("before \"/\" stand nodes, found {found}");
            return Err(error("XPTY0019", text).at(path.base.span));
        }
        self.each(path.step, frame, Some(focus), sink)
    }

    /// `E1 ! E2`.
    pub(super) fn map(
        &self,
        base: &'a Expr,
        step: &'a Expr,
        uses_last: bool,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        if uses_last {
            let base = self.evaluate(base, frame, focus)?;
            let size = Some(base.len());
            return self
                .each_focus(&base, size, &mut |inner| self.each(step, frame, Some(inner), sink));
        }
        let mut position = 0;
        self.each(base, frame, focus, &mut |item| {
            position += 1;
            self.each(step, frame, Some(&Focus { item, position, size: None }), sink)
        })
    }

    fn each_focus(
        &self,
        items: &Sequence<'a>,
        size: Option<usize>,
        give: &mut dyn FnMut(&Focus<'a>) -> Result<Flow>,
    ) -> Result<Flow> {
        for (index, item) in items.iter().enumerate() {
            self.meter.step()?;
            let focus = Focus { item: item.clone(), position: index + 1, size };
            if give(&focus)?.is_break() {
                return ENOUGH;
            }
        }
        MORE
    }
}

/// Whether an expression gives nothing but nodes, and does not look at positions outside of it.
fn gives_nodes(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Step { .. } | Kind::Root => true,
        Kind::Filter { base, .. } => gives_nodes(base),
        _ => false,
    }
}

/// Sees to it that a path gives nodes or something else, not both.
#[derive(Default)]
struct Mixed {
    is_nodes: Option<bool>,
}

impl Mixed {
    fn check(&mut self, item: &Item<'_>) -> Result<()> {
        let is_node = matches!(item, Item::Node(_));
        if *self.is_nodes.get_or_insert(is_node) == is_node { Ok(()) } else { Err(mixed(item)) }
    }
}

fn mixed(item: &Item<'_>) -> Error {
    let found = item.describe();
    error("XPTY0018", format!("a path gives nodes or other items, not both; found {found} as well"))
}
