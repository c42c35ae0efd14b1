//! What a message makes true.

use philter_xquery::{Atomic, Document};

use super::automaton::Hit;
use super::conjunct::Conjunct;
use super::entry::EntryId;
use super::filing::Found;
use super::{ConjunctId, Index, SubjectId};

/// A message, as far as an index asks.
pub(crate) trait Asked<'d> {
    /// The value of a variable.
    fn variable(&self, name: &str) -> Option<Atomic>;

    /// The body. Asked for where an answer depends on it.
    fn body(&self) -> Body<'d>;
}

/// The body of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'d> {
    /// Nobody has read it yet.
    Unread,
    /// It is no document.
    Unreadable,
    Document(&'d Document),
}

/// What an index says of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// Entries that are true.
    pub(crate) matched: Vec<EntryId>,
    /// Entries that must be evaluated.
    pub(crate) evaluate: Vec<EntryId>,
}

/// What was read of a message.
struct Values<'d> {
    variables: Vec<(SubjectId, Atomic)>,
    /// By subject, then in document order.
    hits: Vec<Hit<'d>>,
    /// Whether the body was read.
    has_document: bool,
}

impl<T> Index<T> {
    /// Decides about a message; none where its body must be read first.
    pub(crate) fn decide<'d>(&self, message: &dyn Asked<'d>) -> Option<Decision> {
        let mut body = (self.filed_by_path > 0).then(|| message.body());
        if matches!(body, Some(Body::Unread)) {
            return None;
        }
        let mut values = Values { variables: Vec::new(), hits: Vec::new(), has_document: false };
        let mut found = Vec::new();
        for (name, subject) in self.subjects.variables() {
            let Some(value) = message.variable(name) else { continue };
            if let Some(one) = self.subjects.get(subject) {
                one.filing.find(std::iter::once(Found::of(&value)), &mut found);
            }
            values.variables.push((subject, value));
        }
        values.variables.sort_unstable_by_key(|(subject, _)| *subject);
        self.unfiled.add_to(&mut found);
        if body.is_none() && self.may_need_body(&found, &values) {
            body = Some(message.body());
        }
        match body {
            Some(Body::Unread) => return None,
            Some(Body::Document(document)) => self.read(document, &mut values, &mut found),
            Some(Body::Unreadable) | None => {}
        }
        Some(self.check(&values, found))
    }

    /// Whether some conjunct reads the body whose terms about variables are true.
    fn may_need_body(&self, found: &[ConjunctId], values: &Values<'_>) -> bool {
        found.iter().filter_map(|id| self.conjuncts.get(*id as usize)).any(|conjunct| {
            let mut terms = conjunct.terms.iter().filter(|term| !term.is_path());
            conjunct.reads_body && terms.all(|term| term.is_true_for(values.variable(term.subject)))
        })
    }

    fn read<'d>(
        &self,
        document: &'d Document,
        values: &mut Values<'d>,
        found: &mut Vec<ConjunctId>,
    ) {
        values.has_document = true;
        self.automaton.read(document, &mut values.hits);
        values.hits.sort_by_key(|hit| hit.subject);
        for hits in values.hits.chunk_by(|one, next| one.subject == next.subject) {
            let one = hits.first().and_then(|hit| self.subjects.get(hit.subject));
            let nodes = hits.iter().map(|hit| Found::Node(hit.value));
            if let Some(one) = one.filter(|one| !one.filing.is_empty()) {
                one.filing.find(nodes, found);
            }
        }
    }

    fn check(&self, values: &Values<'_>, mut found: Vec<ConjunctId>) -> Decision {
        found.sort_unstable();
        found.dedup();
        let mut decision = Decision::default();
        decision.matched.extend(&self.always);
        for conjunct in found.iter().filter_map(|id| self.conjuncts.get(*id as usize)) {
            if values.make_true(conjunct) {
                let list =
                    if conjunct.is_exact { &mut decision.matched } else { &mut decision.evaluate };
                list.push(conjunct.entry);
            }
        }
        decision.matched.sort_unstable();
        decision.matched.dedup();
        decision.evaluate.sort_unstable();
        decision.evaluate.dedup();
        let Decision { matched, evaluate } = &mut decision;
        evaluate.retain(|entry| matched.binary_search(entry).is_err());
        decision
    }
}

impl Values<'_> {
    fn variable(&self, subject: SubjectId) -> Option<&Atomic> {
        let at = self.variables.binary_search_by_key(&subject, |(subject, _)| *subject).ok()?;
        self.variables.get(at).map(|(_, value)| value)
    }

    fn nodes(&self, subject: SubjectId) -> &[Hit<'_>] {
        let start = self.hits.partition_point(|hit| hit.subject < subject);
        let rest = self.hits.get(start..).unwrap_or_default();
        let count = rest.partition_point(|hit| hit.subject == subject);
        rest.get(..count).unwrap_or_default()
    }

    /// A body that can't be read makes every term about it fail.
    fn make_true(&self, conjunct: &Conjunct) -> bool {
        conjunct.terms.iter().all(|term| {
            if !term.is_path() {
                return term.is_true_for(self.variable(term.subject));
            }
            let nodes = self.nodes(term.subject).iter();
            self.has_document && term.is_true_of(nodes.map(|hit| hit.value))
        })
    }
}
