//! Matches routing keys against a trie: word by word, with the set of all nodes where a match can
//! stand.
//!
//! Invariants:
//! - no node stands in the set twice. A node behind a word or `*` has one way in; a node behind
//!   `#` is remembered when it is entered and, because `#` takes any number of words, never left
//!   again;
//! - so one key costs at most (words + 1) times nodes visits, whatever the patterns are.

use std::collections::HashSet;

use foldhash::quality::RandomState;
use philter_plugin_api::BindingId;

use crate::pattern::words;
use crate::trie::Node;

/// The state of a match, kept from key to key for its memory.
#[derive(Debug)]
pub(crate) struct Walk<'t> {
    root: &'t Node,
    /// Where a match stands after the words so far.
    here: Vec<&'t Node>,
    /// Where it will stand after the present word.
    next: Vec<&'t Node>,
    /// Nodes behind a `#` from which patterns go on: there a match stands for good.
    staying: Vec<&'t Node>,
    /// Every node behind a `#` that was entered, by address.
    entered: HashSet<*const Node, RandomState>,
}

impl<'t> Walk<'t> {
    pub(crate) fn new(root: &'t Node) -> Self {
        Self {
            root,
            here: Vec::new(),
            next: Vec::new(),
            staying: Vec::new(),
            entered: HashSet::default(),
        }
    }

    /// Calls `found` once for every binding that matches the key; answers how many nodes it
    /// visited.
    pub(crate) fn matches(&mut self, key: &str, found: &mut dyn FnMut(BindingId)) -> u64 {
        self.here.clear();
        self.staying.clear();
        self.entered.clear();
        let mut visits = 0;
        self.here.push(self.root);
        self.enter_many(found);
        for word in words(key) {
            visits += self.step(word);
            self.enter_many(found);
            if self.here.is_empty() && self.staying.is_empty() {
                return visits;
            }
        }
        self.here.iter().flat_map(|node| node.ids()).for_each(found);
        visits + self.here.len() as u64
    }

    /// Takes one word; answers how many nodes it looked at.
    fn step(&mut self, word: &str) -> u64 {
        self.next.clear();
        for node in self.here.iter().chain(&self.staying) {
            self.next.extend(node.after_word(word));
            self.next.extend(node.after_one());
        }
        std::mem::swap(&mut self.here, &mut self.next);
        (self.next.len() + self.staying.len()) as u64
    }

    /// `#` may take no word at all: enters what stands behind one from here. A pattern that ends
    /// with its `#` matches now, whatever follows.
    fn enter_many(&mut self, found: &mut dyn FnMut(BindingId)) {
        for many in self.here.iter().filter_map(|node| node.after_many()) {
            if self.entered.insert(std::ptr::from_ref(many)) {
                many.ids().for_each(&mut *found);
                if !many.is_leaf() {
                    self.staying.push(many);
                }
            }
        }
    }
}
