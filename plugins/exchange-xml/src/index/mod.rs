//! The bindings of one routing key, indexed by the conditions that their queries come down to: a
//! message costs one pass over its body, and then what it makes true.
//!
//! Every branch of a query's conditions is a conjunct. It is filed under its most selective term;
//! a message finds conjuncts by its values, and those found are checked term by term. A conjunct
//! that is exact answers for its query; of another the query is evaluated. What has no term to be
//! found by is looked at for every message.
//!
//! Invariants: what is added is found by every message that its query is true of; adding and
//! removing touch what the query's own terms name and nothing else; the body is asked for only
//! where some conjunct that may be true reads it.

mod automaton;
mod conjunct;
mod entry;
mod filing;
mod intervals;
mod names;
mod number;
mod postings;
mod routing;
mod subject;
#[cfg(test)]
mod tests;

use indexmap::IndexSet;
use philter_xquery::conditions::{Conditions, Subject};
use slab::Slab;

use self::automaton::Automaton;
use self::conjunct::{Conjunct, FiledTerm};
pub(crate) use self::entry::{Entry, EntryId, Way};
use self::postings::Postings;
pub(crate) use self::routing::{Asked, Body, Decision};
use self::subject::Subjects;

/// A conjunct's place.
type ConjunctId = u32;

/// A path's or variable's place.
type SubjectId = u32;

/// An index over the queries of one routing key.
#[derive(Debug)]
pub(crate) struct Index<T> {
    automaton: Automaton,
    subjects: Subjects,
    conjuncts: Slab<Conjunct>,
    /// Those that nothing finds.
    unfiled: Postings,
    entries: Slab<Entry<T>>,
    /// Entries that are true of every message.
    always: IndexSet<EntryId, foldhash::fast::RandomState>,
    /// Conjuncts that are filed under a path: while there is one, every body is read.
    filed_by_path: usize,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self {
            automaton: Automaton::default(),
            subjects: Subjects::default(),
            conjuncts: Slab::new(),
            unfiled: Postings::default(),
            entries: Slab::new(),
            always: IndexSet::default(),
            filed_by_path: 0,
        }
    }
}

impl<T> Index<T> {
    /// Adds a query's conditions for an owner.
    pub(crate) fn insert(
        &mut self,
        conditions: &Conditions,
        reads_body: bool,
        owner: T,
    ) -> EntryId {
        let id = as_id(self.entries.vacant_key());
        let mut conjuncts = Vec::new();
        let is_always = conditions.constant() == Some(true);
        let branches = conditions.branches.iter().filter(|_| !is_always);
        for branch in branches {
            let terms = branch.terms.iter().map(|term| {
                let subject = self.subjects.acquire(&term.subject, &mut self.automaton);
                FiledTerm::new(subject, term)
            });
            let conjunct = Conjunct::new(id, terms.collect(), branch.is_exact, reads_body);
            conjuncts.push(self.file(conjunct));
        }
        if is_always {
            self.always.insert(id);
        }
        let way = Way::of(conditions, conjuncts.iter().any(|id| self.is_unfiled(*id)));
        self.entries.insert(Entry { conjuncts: conjuncts.into(), way, owner });
        id
    }

    fn file(&mut self, mut conjunct: Conjunct) -> ConjunctId {
        let id = as_id(self.conjuncts.vacant_key());
        conjunct.filed = conjunct.most_selective(&self.subjects);
        match conjunct.entry_in_filing() {
            Some((subject, entry)) => {
                self.filed_by_path += usize::from(conjunct.is_filed_by_path());
                self.subjects.file(subject, &entry, id);
            }
            None => self.unfiled.insert(id),
        }
        self.conjuncts.insert(conjunct);
        id
    }

    fn is_unfiled(&self, id: ConjunctId) -> bool {
        self.conjuncts.get(id as usize).is_some_and(|conjunct| conjunct.filed.is_none())
    }

    /// Takes an entry away; its owner, where there was one.
    pub(crate) fn remove(&mut self, id: EntryId) -> Option<T> {
        let entry = self.entries.try_remove(id as usize)?;
        self.always.swap_remove(&id);
        for id in &entry.conjuncts {
            self.remove_conjunct(*id);
        }
        Some(entry.owner)
    }

    fn remove_conjunct(&mut self, id: ConjunctId) {
        let Some(conjunct) = self.conjuncts.try_remove(id as usize) else { return };
        match conjunct.entry_in_filing() {
            Some((subject, entry)) => {
                self.filed_by_path -= usize::from(conjunct.is_filed_by_path());
                self.subjects.unfile(subject, &entry, id);
            }
            None => self.unfiled.remove(id),
        }
        for term in conjunct.terms {
            self.subjects.release(term.subject, &mut self.automaton);
        }
    }

    /// An entry.
    pub(crate) fn get(&self, id: EntryId) -> Option<&Entry<T>> {
        self.entries.get(id as usize)
    }

    /// An entry, to change its owner.
    pub(crate) fn get_mut(&mut self, id: EntryId) -> Option<&mut Entry<T>> {
        self.entries.get_mut(id as usize)
    }

    /// All entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The terms that each conjunct of an entry is filed under, in words: none where nothing finds
    /// it, two for bounds of one number.
    pub(crate) fn found_by(&self, id: EntryId) -> Vec<Vec<String>> {
        let conjuncts = self.get(id).map(|entry| entry.conjuncts.iter());
        let words = |id: &ConjunctId| {
            let terms = self.conjuncts.get(*id as usize).map(Conjunct::filed_terms);
            let terms = terms.into_iter().flatten();
            terms.filter_map(|term| Some(term.to_term(&self.subjects)?.to_string())).collect()
        };
        conjuncts.into_iter().flatten().map(words).collect()
    }
}

fn as_id(index: usize) -> u32 {
    // Four billion entries would not fit into memory.
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Whether a subject is a path.
fn is_path(subject: &Subject) -> bool {
    matches!(subject, Subject::Path(_))
}
