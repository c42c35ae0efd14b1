//! All paths of an index as one automaton, which reads a document once.
//!
//! A state is what several paths have in common from their beginning; an edge is a step. In a pass
//! each open element has the states that it was reached by, and the states further up whose next
//! step may begin anywhere below.
//!
//! Invariants: a state that no path goes through does not exist; a subtree that no state leads into
//! is not looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use philter_xquery::conditions::{Path, PathStep, StepKind, StepTest};
use philter_xquery::{Document, DocumentNames, Node, NodeKind};
use slab::Slab;
use smallvec::SmallVec;

use super::names::{NameId, Names};
use super::{SubjectId, as_id};

type StateId = u32;

/// Where a pass begins: at the document node.
const START: StateId = 0;

/// The automaton.
#[derive(Debug)]
pub(super) struct Automaton {
    states: Slab<State>,
    names: Names,
    /// Steps to text nodes.
    text_steps: usize,
    /// What the names of the last document are here, for most have the same.
    known: Mutex<Option<Arc<KnownNames>>>,
}

/// The names of documents as numbers of an index.
#[derive(Debug)]
struct KnownNames {
    names: DocumentNames,
    /// By the documents' own numbers.
    ids: Box<[Option<NameId>]>,
}

#[derive(Debug, Default)]
struct State {
    /// Steps by a name, the usual ones.
    named: BTreeMap<Edge, StateId>,
    /// Steps by a pattern.
    patterns: Vec<(PathStep, StateId)>,
    /// Whether a step may begin further down.
    leads_below: bool,
    /// The path that ends here.
    subject: Option<SubjectId>,
    /// Paths that go through here or end here.
    paths: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    name: NameId,
    below: bool,
    is_attribute: bool,
}

/// A node that a path leads to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit<'d> {
    pub(super) subject: SubjectId,
    pub(super) value: &'d str,
}

impl Default for Automaton {
    fn default() -> Self {
        let mut states = Slab::new();
        states.insert(State::default());
        Self { states, names: Names::default(), text_steps: 0, known: Mutex::default() }
    }
}

impl Edge {
    fn of(step: &PathStep, name: NameId) -> Self {
        let is_attribute = step.kind == StepKind::Attribute;
        Self { name, below: step.below, is_attribute }
    }
}

impl Automaton {
    fn state(&self, id: StateId) -> Option<&State> {
        self.states.get(id as usize)
    }

    /// The subject whose path this is.
    pub(super) fn find(&self, path: &Path) -> Option<SubjectId> {
        let mut state = START;
        for step in &path.steps {
            state = self.next(state, step)?;
        }
        self.state(state)?.subject
    }

    fn next(&self, state: StateId, step: &PathStep) -> Option<StateId> {
        let state = self.state(state)?;
        match &step.test {
            StepTest::Name(namespace, local) => {
                let name = self.names.find(namespace, local)?;
                state.named.get(&Edge::of(step, name)).copied()
            }
            _ => {
                let known = state.patterns.iter().find(|(pattern, _)| pattern == step);
                known.map(|(_, next)| *next)
            }
        }
    }

    /// Adds a path that is not there.
    pub(super) fn add(&mut self, path: &Path, subject: SubjectId) {
        let mut at = START;
        for step in &path.steps {
            at = self.next(at, step).unwrap_or_else(|| self.grow(at, step));
            if let Some(state) = self.states.get_mut(at as usize) {
                state.paths += 1;
            }
        }
        if let Some(state) = self.states.get_mut(at as usize) {
            state.subject = Some(subject);
        }
    }

    fn grow(&mut self, from: StateId, step: &PathStep) -> StateId {
        let next = as_id(self.states.insert(State::default()));
        let Some(state) = self.states.get_mut(from as usize) else { return next };
        match &step.test {
            StepTest::Name(namespace, local) => {
                let name = self.names.acquire(namespace, local);
                state.named.insert(Edge::of(step, name), next);
                *self.known.get_mut() = None;
            }
            _ => state.patterns.push((step.clone(), next)),
        }
        state.leads_below |= step.below;
        self.text_steps += usize::from(step.kind == StepKind::Text);
        next
    }

    /// Takes a path away that was added.
    pub(super) fn remove(&mut self, path: &Path) {
        let mut way = Vec::with_capacity(path.steps.len());
        let mut at = START;
        for step in &path.steps {
            let Some(next) = self.next(at, step) else { return };
            way.push((at, step, next));
            at = next;
        }
        if let Some(state) = self.states.get_mut(at as usize) {
            state.subject = None;
        }
        for (from, step, next) in way.into_iter().rev() {
            let Some(state) = self.states.get_mut(next as usize) else { return };
            state.paths -= 1;
            if state.paths == 0 {
                self.states.remove(next as usize);
                self.cut(from, step);
            }
        }
    }

    fn cut(&mut self, from: StateId, step: &PathStep) {
        let Some(state) = self.states.get_mut(from as usize) else { return };
        match &step.test {
            StepTest::Name(namespace, local) => {
                if let Some(name) = self.names.find(namespace, local) {
                    state.named.remove(&Edge::of(step, name));
                    self.names.release(name);
                    *self.known.get_mut() = None;
                }
            }
            _ => state.patterns.retain(|(pattern, _)| pattern != step),
        }
        self.text_steps -= usize::from(step.kind == StepKind::Text);
        if step.below {
            let below = state.named.keys().any(|edge| edge.below);
            state.leads_below = below || state.patterns.iter().any(|(step, _)| step.below);
        }
    }

    /// Every node of a document that a path leads to, in document order.
    pub(super) fn read<'d>(&self, document: &'d Document, hits: &mut Vec<Hit<'d>>) {
        let mut pass = Pass {
            automaton: self,
            names: self.known(document),
            reached: SmallVec::new(),
            below: SmallVec::new(),
            open: SmallVec::new(),
            hits,
        };
        pass.reached.push(START);
        pass.read(document.root());
    }

    fn known(&self, document: &Document) -> Arc<KnownNames> {
        let last = self.known.lock().clone();
        if let Some(known) = last.filter(|known| known.names.are_of(document)) {
            return known;
        }
        let names = document.names();
        let ids = names.iter().map(|(namespace, local)| self.names.find(namespace, local));
        let known = Arc::new(KnownNames { ids: ids.collect(), names });
        if known.ids.len() <= KEPT_NAMES_MAX {
            *self.known.lock() = Some(Arc::clone(&known));
        }
        known
    }
}

/// Names of documents that are kept: as many as usual ones have.
const KEPT_NAMES_MAX: usize = 256;

/// As deep as most documents are.
const DEPTH: usize = 16;

/// One reading of a document.
struct Pass<'i, 'd, 'h> {
    automaton: &'i Automaton,
    names: Arc<KnownNames>,
    /// The states of open elements, one's after the other's.
    reached: SmallVec<[StateId; DEPTH]>,
    /// States of open elements from which steps lead further down.
    below: SmallVec<[StateId; DEPTH]>,
    open: SmallVec<[Open; DEPTH]>,
    hits: &'h mut Vec<Hit<'d>>,
}

/// An open element, or the document.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// Behind its last descendant.
    end: u32,
    /// Where its states begin in `reached`, and where those before its own end in `below`.
    reached: usize,
    below: usize,
}

impl<'d> Pass<'_, 'd, '_> {
    fn read(&mut self, root: Node<'d>) {
        self.hit(0, root);
        self.enter(root, 0);
        let mut index = root.index() + 1;
        while index < root.end() {
            self.leave(index);
            let node = root.at(index);
            index = match node.kind() {
                NodeKind::Element => self.element(node),
                NodeKind::Text => {
                    if self.automaton.text_steps > 0 {
                        self.text(node);
                    }
                    index + 1
                }
                _ => node.end(),
            };
        }
    }

    /// Closes what ends before this index.
    fn leave(&mut self, index: u32) {
        while let Some(open) = self.open.last().filter(|open| open.end <= index) {
            self.reached.truncate(open.reached);
            self.below.truncate(open.below);
            self.open.pop();
        }
    }

    /// Opens a node whose states lie behind `reached`.
    fn enter(&mut self, node: Node<'d>, reached: usize) {
        let open = Open { end: node.end(), reached, below: self.below.len() };
        for index in reached..self.reached.len() {
            let Some(&id) = self.reached.get(index) else { break };
            let leads_below = self.automaton.state(id).is_some_and(|state| state.leads_below);
            if leads_below && !self.below.contains(&id) {
                self.below.push(id);
            }
        }
        self.open.push(open);
    }

    /// Follows the steps to an element. Returns where to go on.
    fn element(&mut self, node: Node<'d>) -> u32 {
        let before = self.reached.len();
        self.follow(node, StepKind::Element);
        self.hit(before, node);
        if self.reached.len() == before && self.below.is_empty() {
            return node.end();
        }
        self.enter(node, before);
        let mut next = node.index() + 1;
        for attribute in node.attributes() {
            next = attribute.index() + 1;
            let before = self.reached.len();
            self.follow(attribute, StepKind::Attribute);
            self.hit(before, attribute);
            self.reached.truncate(before);
        }
        next
    }

    fn text(&mut self, node: Node<'d>) {
        let before = self.reached.len();
        self.follow(node, StepKind::Text);
        self.hit(before, node);
        self.reached.truncate(before);
    }

    /// Adds the states that steps to this node lead to, from the open element and from above.
    fn follow(&mut self, node: Node<'d>, kind: StepKind) {
        let name = node.name_index();
        let name = name.and_then(|index| self.names.ids.get(index).copied().flatten());
        let before = self.reached.len();
        let parent = self.open.last().map_or(before, |open| open.reached);
        for index in parent..before {
            if let Some(&from) = self.reached.get(index) {
                self.step(from, node, kind, name, false, before);
            }
        }
        for index in 0..self.below.len() {
            if let Some(&from) = self.below.get(index) {
                self.step(from, node, kind, name, true, before);
            }
        }
    }

    fn step(
        &mut self,
        from: StateId,
        node: Node<'d>,
        kind: StepKind,
        name: Option<NameId>,
        below: bool,
        before: usize,
    ) {
        let Some(state) = self.automaton.state(from) else { return };
        if let Some(name) = name
            && kind != StepKind::Text
        {
            let edge = Edge { name, below, is_attribute: kind == StepKind::Attribute };
            if let Some(next) = state.named.get(&edge) {
                self.reach(*next, before);
            }
        }
        for (step, next) in &state.patterns {
            if step.kind == kind && step.below == below && passes(&step.test, node) {
                self.reach(*next, before);
            }
        }
    }

    fn reach(&mut self, state: StateId, before: usize) {
        let new = self.reached.get(before..).is_none_or(|new| !new.contains(&state));
        if new {
            self.reached.push(state);
        }
    }

    /// The subjects of the states behind `before` have this node.
    fn hit(&mut self, before: usize, node: Node<'d>) {
        for id in self.reached.get(before..).unwrap_or_default() {
            if let Some(subject) = self.automaton.state(*id).and_then(|state| state.subject) {
                self.hits.push(Hit { subject, value: node.string_value() });
            }
        }
    }
}

fn passes(test: &StepTest, node: Node<'_>) -> bool {
    *test == StepTest::Any
        || node.expanded().is_some_and(|(namespace, local)| test.matches(namespace, local))
}

#[cfg(test)]
mod tests;
