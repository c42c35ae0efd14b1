//! Sets of nodes in document order, and their union, intersection and difference (XQuery 3.1,
//! section 3.4.2).

use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Sink, error};
use crate::error::Result;
use crate::expression::{Expr, Kind};
use crate::meter::Meter;
use crate::tree::Node;
use crate::value::Item;

/// Nodes that are gathered, counted before they are kept.
pub(super) struct Nodes<'m, 'a> {
    meter: &'m Meter<'a>,
    nodes: Vec<Node<'a>>,
}

impl<'m, 'a> Nodes<'m, 'a> {
    pub(super) fn new(meter: &'m Meter<'a>) -> Self {
        Self { meter, nodes: Vec::new() }
    }

    pub(super) fn push(&mut self, node: Node<'a>) -> Result<()> {
        if self.nodes.len() == self.nodes.capacity() {
            let room = self.nodes.len().max(4);
            self.meter.items(self.nodes.len() + 1)?;
            self.meter.build(room * size_of::<Node<'_>>())?;
            self.nodes.reserve_exact(room);
        }
        self.nodes.push(node);
        self.meter.step()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// As they were gathered.
    pub(super) fn into_vec(self) -> Vec<Node<'a>> {
        self.nodes
    }

    /// In document order, each once.
    pub(super) fn sorted(mut self) -> Result<Vec<Node<'a>>> {
        let is_sorted = self
            .nodes
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.document_order(*b).is_lt()));
        if !is_sorted {
            self.meter.steps(self.nodes.len() as u64)?;
            self.nodes.sort_unstable_by(|a, b| a.document_order(*b));
            self.nodes.dedup();
        }
        Ok(self.nodes)
    }
}

impl<'a> Evaluator<'a> {
    /// Gives nodes one by one.
    pub(super) fn give_nodes(&self, nodes: Vec<Node<'a>>, sink: Sink<'_, 'a>) -> Result<Flow> {
        for node in nodes {
            self.meter.step()?;
            if sink(Item::Node(node))?.is_break() {
                return ENOUGH;
            }
        }
        MORE
    }

    /// `union`, `intersect`, `except`.
    pub(super) fn combine_sets(
        &self,
        how: &Kind,
        operands: &'a (Expr, Expr),
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Vec<Node<'a>>> {
        let mut gathered = Nodes::new(&self.meter);
        self.gather_nodes(&operands.0, frame, focus, &mut gathered)?;
        if matches!(how, Kind::Union(_)) {
            self.gather_nodes(&operands.1, frame, focus, &mut gathered)?;
            return gathered.sorted();
        }
        let mut nodes = gathered.sorted()?;
        let mut others = Nodes::new(&self.meter);
        self.gather_nodes(&operands.1, frame, focus, &mut others)?;
        let others = others.sorted()?;
        let keeps_common = matches!(how, Kind::Intersect(_));
        self.meter.steps(nodes.len() as u64)?;
        nodes.retain(|node| {
            let found = others.binary_search_by(|other| other.document_order(*node)).is_ok();
            found == keeps_common
        });
        Ok(nodes)
    }

    fn gather_nodes(
        &self,
        operand: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        nodes: &mut Nodes<'_, 'a>,
    ) -> Result<()> {
        let _ = self.each_unordered(operand, frame, focus, &mut |item| {
            let Some(node) = item.as_node() else {
                let found = item.describe();
                let text = format!("a set of nodes has only nodes, found {found}");
                return Err(error("XPTY0004", text).at(operand.span));
            };
            nodes.push(node)?;
            MORE
        })?;
        Ok(())
    }
}
