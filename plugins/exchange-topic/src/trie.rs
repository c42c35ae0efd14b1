//! The index of a topic exchange: a trie over the parts of patterns, with hashed children.
//!
//! Invariants: every node but the root has a binding below it or at it, so a trie without bindings
//! is the root alone; below a node that stands for `#` there is neither `#` nor `*`, because
//! patterns are in normal form.

use std::collections::{BTreeSet, HashMap};

use foldhash::quality::RandomState;
use philter_plugin_api::BindingId;

use crate::pattern::{Part, Pattern};
use crate::walk::Walk;

/// Bindings by pattern.
#[derive(Debug, Default)]
pub(crate) struct Trie {
    root: Node,
    nodes: usize,
}

/// A place in the trie: what may follow, and the bindings whose pattern ends here.
#[derive(Debug, Default)]
pub(crate) struct Node {
    words: HashMap<Box<str>, Node, RandomState>,
    one: Option<Box<Node>>,
    many: Option<Box<Node>>,
    ids: BTreeSet<BindingId>,
}

impl Trie {
    /// Files a binding under its pattern.
    pub(crate) fn insert(&mut self, pattern: &Pattern, id: BindingId) {
        let mut node = &mut self.root;
        for part in pattern.parts() {
            node = node.child_or_new(part, &mut self.nodes);
        }
        node.ids.insert(id);
    }

    /// Takes a binding out, and with it the nodes that only it needed.
    pub(crate) fn remove(&mut self, pattern: &Pattern, id: BindingId) {
        self.root.remove(pattern.parts(), id, &mut self.nodes);
    }

    /// Begins to match routing keys; one walk serves many keys.
    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk::new(&self.root)
    }

    /// How many nodes there are besides the root.
    pub(crate) fn nodes(&self) -> usize {
        self.nodes
    }
}

impl Node {
    /// The node after this word, where a pattern names it.
    pub(crate) fn after_word(&self, word: &str) -> Option<&Node> {
        self.words.get(word)
    }

    /// The node after any one word.
    pub(crate) fn after_one(&self) -> Option<&Node> {
        self.one.as_deref()
    }

    /// The node after any number of words.
    pub(crate) fn after_many(&self) -> Option<&Node> {
        self.many.as_deref()
    }

    /// The bindings whose pattern ends here.
    pub(crate) fn ids(&self) -> impl Iterator<Item = BindingId> + '_ {
        self.ids.iter().copied()
    }

    /// Whether no pattern goes on from here.
    pub(crate) fn is_leaf(&self) -> bool {
        self.words.is_empty() && self.one.is_none() && self.many.is_none()
    }

    fn child_or_new(&mut self, part: &Part, nodes: &mut usize) -> &mut Node {
        let mut new = || {
            *nodes += 1;
            Node::default()
        };
        match part {
            Part::Word(word) => self.words.entry(word.clone()).or_insert_with(new),
            Part::One => self.one.get_or_insert_with(|| Box::new(new())),
            Part::Many => self.many.get_or_insert_with(|| Box::new(new())),
        }
    }

    fn child(&mut self, part: &Part) -> Option<&mut Node> {
        match part {
            Part::Word(word) => self.words.get_mut(word),
            Part::One => self.one.as_deref_mut(),
            Part::Many => self.many.as_deref_mut(),
        }
    }

    /// As deep as the pattern has parts: 256 at the most.
    fn remove(&mut self, parts: &[Part], id: BindingId, nodes: &mut usize) {
        let Some((part, rest)) = parts.split_first() else {
            self.ids.remove(&id);
            return;
        };
        let Some(child) = self.child(part) else { return };
        child.remove(rest, id, nodes);
        if child.is_leaf() && child.ids.is_empty() {
            self.drop_child(part);
            *nodes -= 1;
        }
    }

    fn drop_child(&mut self, part: &Part) {
        match part {
            Part::Word(word) => {
                self.words.remove(word);
                if self.words.len() <= self.words.capacity() / 4 {
                    self.words.shrink_to(self.words.len() * 2);
                }
            }
            Part::One => self.one = None,
            Part::Many => self.many = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(key: &str) -> Pattern {
        Pattern::parse(key).unwrap()
    }

    #[test]
    fn gives_nodes_back_when_bindings_go() {
        let mut trie = Trie::default();
        let keys = ["a.b.c", "a.b", "a.*.#", "#.z", "", "*"];
        for (id, key) in (0..).zip(keys) {
            trie.insert(&pattern(key), BindingId(id));
        }
        assert_eq!(trie.nodes(), 8);
        trie.remove(&pattern("a.b"), BindingId(1));
        assert_eq!(trie.nodes(), 8, "a.b.c still needs the way");
        for (id, key) in (0..).zip(keys) {
            trie.remove(&pattern(key), BindingId(id));
        }
        assert_eq!(trie.nodes(), 0);
        assert!(trie.root.is_leaf() && trie.root.ids.is_empty());
        assert_eq!(trie.root.words.capacity(), 0);
    }

    #[test]
    fn leaves_other_bindings_of_a_pattern_alone() {
        let mut trie = Trie::default();
        trie.insert(&pattern("a"), BindingId(1));
        trie.insert(&pattern("a"), BindingId(2));
        trie.remove(&pattern("a"), BindingId(1));
        trie.remove(&pattern("b"), BindingId(2));
        let mut found = Vec::new();
        trie.walk().matches("a", &mut |id| found.push(id));
        assert_eq!(found, [BindingId(2)]);
    }
}
