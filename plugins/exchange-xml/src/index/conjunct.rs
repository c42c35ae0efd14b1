//! A branch of a query's conditions as it lies in an index.

use philter_xquery::Atomic;
use philter_xquery::conditions::{Key, Subject, Term, Test};

use super::subject::Subjects;
use super::{EntryId, SubjectId, is_path};

/// A conjunct.
#[derive(Debug)]
pub(super) struct Conjunct {
    pub(super) entry: EntryId,
    pub(super) terms: Box<[FiledTerm]>,
    /// The index of the term that it is filed under.
    pub(super) filed: Option<u8>,
    /// The entry's query is true where all terms are.
    pub(super) is_exact: bool,
    /// Deciding about it may need the body.
    pub(super) reads_body: bool,
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
        use super::subject::What;
        let subject = match &subjects.get(self.subject)?.what {
            What::Path(path) => Subject::Path(path.clone()),
            What::Variable(name) => Subject::Variable(philter_xquery::QName::new("", name)),
        };
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

    pub(super) fn filed_term(&self) -> Option<&FiledTerm> {
        self.terms.get(usize::from(self.filed?))
    }

    /// The term that finds it and least of others.
    pub(super) fn most_selective(&self, subjects: &Subjects) -> Option<u8> {
        let cost = |(index, term): (usize, &FiledTerm)| {
            let key = term.key()?;
            let crowd = subjects.crowd(term.subject, &key);
            let read = if term.is_path { READING_COST } else { 0 };
            Some(((rank(&key), crowd + read), u8::try_from(index).ok()?))
        };
        self.terms.iter().enumerate().filter_map(cost).min().map(|(_, index)| index)
    }
}

/// Conjuncts that can be looked at in the time that it takes to read a small body.
const READING_COST: usize = 128;

/// How much a kind of key usually finds.
fn rank(key: &Key<'_>) -> u8 {
    match key {
        Key::Text(_) | Key::Number(_) => 0,
        Key::Prefix(_) => 1,
        Key::Exists => 3,
        _ => 2,
    }
}
