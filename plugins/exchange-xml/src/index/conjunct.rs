//! A branch of a query's conditions as it lies in an index.

use philter_xquery::Atomic;
use philter_xquery::conditions::{Key, Term, Test};

use super::filing::Entry;
use super::intervals::Interval;
use super::subject::Subjects;
use super::{EntryId, SubjectId, is_path};

/// A conjunct.
#[derive(Debug)]
pub(super) struct Conjunct {
    pub(super) entry: EntryId,
    pub(super) terms: Box<[FiledTerm]>,
    /// What it is filed under.
    pub(super) filed: Option<Filed>,
    /// The entry's query is true where all terms are.
    pub(super) is_exact: bool,
    /// Deciding about it may need the body.
    pub(super) reads_body: bool,
}

/// What a conjunct is filed under, by indexes of its terms.
#[derive(Clone, Copy, Debug)]
pub(super) enum Filed {
    Term(u8),
    /// A lower bound and an upper one of one subject's number.
    Bounds(u8, u8),
}

/// A term with its subject's place in place of its subject.
#[derive(Debug)]
pub(super) struct FiledTerm {
    pub(super) subject: SubjectId,
    is_path: bool,
    is_negated: bool,
    test: Test,
}

impl FiledTerm {
    pub(super) fn new(subject: SubjectId, term: &Term) -> Self {
        let Term { test, is_negated, .. } = term;
        let is_path = is_path(&term.subject);
        Self { subject, is_path, is_negated: *is_negated, test: test.clone() }
    }

    pub(super) fn is_path(&self) -> bool {
        self.is_path
    }

    pub(super) fn key(&self) -> Option<Key<'_>> {
        self.test.key().filter(|_| !self.is_negated)
    }

    /// Whether it is true of nodes with these string values.
    pub(super) fn is_true_of<'v>(&self, values: impl ExactSizeIterator<Item = &'v str>) -> bool {
        self.test.of_nodes(values) == Some(!self.is_negated)
    }

    /// Whether it is true of a variable's value.
    pub(super) fn is_true_for(&self, value: Option<&Atomic>) -> bool {
        self.test.of_variable(value) == Some(!self.is_negated)
    }

    /// As it was given.
    pub(super) fn to_term(&self, subjects: &Subjects) -> Option<Term> {
        let subject = subjects.get(self.subject)?.what.clone();
        Some(Term { subject, test: self.test.clone(), is_negated: self.is_negated })
    }
}

impl Conjunct {
    pub(super) fn new(
        entry: EntryId,
        terms: Box<[FiledTerm]>,
        is_exact: bool,
        reads_body: bool,
    ) -> Self {
        let reads_body = terms.iter().any(FiledTerm::is_path) || (!is_exact && reads_body);
        Self { entry, terms, filed: None, is_exact, reads_body }
    }

    fn term(&self, index: u8) -> Option<&FiledTerm> {
        self.terms.get(usize::from(index))
    }

    /// The terms that it is filed under, of one subject; none where nothing finds it.
    pub(super) fn filed_terms(&self) -> impl Iterator<Item = &FiledTerm> {
        let (first, second) = match self.filed {
            None => (None, None),
            Some(Filed::Term(index)) => (self.term(index), None),
            Some(Filed::Bounds(low, high)) => (self.term(low), self.term(high)),
        };
        first.into_iter().chain(second)
    }

    /// Whether it is filed under a path.
    pub(super) fn is_filed_by_path(&self) -> bool {
        self.filed_terms().any(FiledTerm::is_path)
    }

    /// The subject and the entry under it.
    pub(super) fn entry_in_filing(&self) -> Option<(SubjectId, Entry<'_>)> {
        self.entry_of(self.filed?)
    }

    fn entry_of(&self, filed: Filed) -> Option<(SubjectId, Entry<'_>)> {
        match filed {
            Filed::Term(index) => {
                let term = self.term(index)?;
                Some((term.subject, Entry::Key(term.key()?)))
            }
            Filed::Bounds(low, high) => {
                let (low, high) = (self.term(low)?, self.term(high)?);
                match (low.key()?, high.key()?) {
                    (Key::NumberFrom(from), Key::NumberTo(to)) if low.subject == high.subject => {
                        Some((low.subject, Entry::Interval(Interval { low: from, high: to })))
                    }
                    _ => None,
                }
            }
        }
    }

    /// What finds it and least of others.
    pub(super) fn most_selective(&self, subjects: &Subjects) -> Option<Filed> {
        let count = u8::try_from(self.terms.len()).unwrap_or(u8::MAX);
        let pairs = (0..count).flat_map(|low| (0..count).map(move |high| Filed::Bounds(low, high)));
        let ways = (0..count).map(Filed::Term).chain(pairs);
        let cost = |filed: Filed| {
            let (subject, entry) = self.entry_of(filed)?;
            let is_path = self.terms.iter().any(|term| term.subject == subject && term.is_path);
            let read = if is_path { READING_COST } else { 0 };
            Some((rank(&entry), subjects.crowd(subject, &entry) + read))
        };
        ways.filter_map(|filed| Some((cost(filed)?, filed)))
            .min_by_key(|(cost, _)| *cost)
            .map(|(_, filed)| filed)
    }
}

/// Conjuncts that can be looked at in the time that it takes to read a small body.
const READING_COST: usize = 128;

/// How much a kind of entry usually finds.
fn rank(entry: &Entry<'_>) -> u8 {
    match entry {
        Entry::Key(Key::Text(_) | Key::Number(_)) => 0,
        Entry::Key(Key::Prefix(_)) => 1,
        Entry::Interval(_) => 2,
        Entry::Key(Key::Exists) => 4,
        Entry::Key(_) => 3,
    }
}
