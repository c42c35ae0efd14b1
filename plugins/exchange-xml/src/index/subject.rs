//! The paths and variables that an index looks at, each with what is filed under it.
//!
//! Invariant: a subject exists as long as some term is about it; a path is in the automaton as long
//! as its subject exists.

use std::collections::HashMap;
use std::sync::Arc;

use philter_xquery::QName;
use philter_xquery::conditions::Subject;
use slab::Slab;

use super::automaton::Automaton;
use super::filing::{Entry, Filing};
use super::{ConjunctId, SubjectId, as_id};

/// The subjects of an index.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    subjects: Slab<One>,
    variables: HashMap<QName, SubjectId, foldhash::fast::RandomState>,
}

/// A path or a variable.
#[derive(Debug)]
pub(super) struct One {
    pub(super) what: Subject,
    pub(super) filing: Filing,
    /// Terms about it.
    terms: usize,
}

impl Subjects {
    pub(super) fn get(&self, id: SubjectId) -> Option<&One> {
        self.subjects.get(id as usize)
    }

    /// The variables that a message may have a value for. One in a namespace is no header.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&Arc<str>, SubjectId)> {
        let headers = self.variables.iter().filter(|(name, _)| name.namespace.is_empty());
        headers.map(|(name, id)| (&name.local, *id))
    }

    /// The subject of a term more.
    pub(super) fn acquire(&mut self, subject: &Subject, automaton: &mut Automaton) -> SubjectId {
        let known = match subject {
            Subject::Path(path) => automaton.find(path),
            Subject::Variable(name) => self.variables.get(name).copied(),
        };
        if let Some(id) = known {
            if let Some(one) = self.subjects.get_mut(id as usize) {
                one.terms += 1;
            }
            return id;
        }
        let id = as_id(self.subjects.vacant_key());
        match subject {
            Subject::Path(path) => automaton.add(path, id),
            Subject::Variable(name) => drop(self.variables.insert(name.clone(), id)),
        }
        self.subjects.insert(One { what: subject.clone(), filing: Filing::default(), terms: 1 });
        id
    }

    /// A term less is about a subject.
    pub(super) fn release(&mut self, id: SubjectId, automaton: &mut Automaton) {
        let Some(one) = self.subjects.get_mut(id as usize) else { return };
        one.terms -= 1;
        if one.terms > 0 {
            return;
        }
        match self.subjects.remove(id as usize).what {
            Subject::Path(path) => automaton.remove(&path),
            Subject::Variable(name) => drop(self.variables.remove(&name)),
        }
    }

    /// How many conjuncts an entry finds.
    pub(super) fn crowd(&self, id: SubjectId, entry: &Entry<'_>) -> usize {
        self.get(id).map_or(0, |one| one.filing.crowd(entry))
    }

    pub(super) fn file(&mut self, id: SubjectId, entry: &Entry<'_>, conjunct: ConjunctId) {
        if let Some(one) = self.subjects.get_mut(id as usize) {
            one.filing.file(entry, conjunct);
        }
    }

    pub(super) fn unfile(&mut self, id: SubjectId, entry: &Entry<'_>, conjunct: ConjunctId) {
        if let Some(one) = self.subjects.get_mut(id as usize) {
            one.filing.unfile(entry, conjunct);
        }
    }
}
