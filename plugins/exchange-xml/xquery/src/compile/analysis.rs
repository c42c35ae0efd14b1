//! What a program can reach from its body, and so what it may ask of its caller.

use std::collections::HashSet;

use super::draft::{Draft, Uses};
use crate::expression::Analysis;

/// Follows what the body uses.
pub(super) fn analyse(draft: &Draft<'_>, body: &Uses, context_item: Option<&Uses>) -> Analysis {
    let mut reached = Reached::new(draft);
    reached.follow(body);
    reached.run();
    if reached.context_item
        && let Some(default) = context_item
    {
        reached.follow(default);
        reached.run();
    }
    let mut external: Vec<usize> = reached
        .globals
        .iter()
        .copied()
        .filter(|index| draft.globals.get(*index).is_some_and(|global| global.external))
        .collect();
    external.sort_unstable();
    Analysis {
        reads_context_item: reached.context_item,
        external_variables: external,
        constant: None,
    }
}

struct Reached<'d, 'o> {
    draft: &'d Draft<'o>,
    globals: HashSet<usize>,
    functions: HashSet<usize>,
    context_item: bool,
    pending: Vec<&'d Uses>,
}

impl<'d, 'o> Reached<'d, 'o> {
    fn new(draft: &'d Draft<'o>) -> Self {
        Self {
            draft,
            globals: HashSet::new(),
            functions: HashSet::new(),
            context_item: false,
            pending: Vec::new(),
        }
    }

    fn follow(&mut self, uses: &Uses) {
        self.context_item |= uses.context_item;
        for index in &uses.globals {
            if self.globals.insert(*index) {
                self.pending.extend(self.draft.global_uses.get(index));
            }
        }
        let all = self.draft.function_uses.keys().filter(|_| uses.all_functions);
        for index in uses.functions.iter().chain(all) {
            if self.functions.insert(*index) {
                self.pending.extend(self.draft.function_uses.get(index));
            }
        }
    }

    fn run(&mut self) {
        while let Some(uses) = self.pending.pop() {
            self.follow(uses);
        }
    }
}
