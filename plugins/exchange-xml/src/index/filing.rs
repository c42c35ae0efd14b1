//! The terms about one subject, each filed by what it can be found by.
//!
//! Invariants: a value finds every conjunct whose filed term it can make true, and may find others;
//! whatever was filed can be taken away by the same key; an empty filing holds nothing.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::ops::Bound;

use philter_xquery::Atomic;
use philter_xquery::conditions::Key;

use super::ConjunctId;
use super::intervals::{Interval, Intervals};
use super::number::Ordered;
use super::postings::Postings;

type Hashed<K> = HashMap<K, Postings, foldhash::fast::RandomState>;

/// Conjuncts by a term about one path or variable.
#[derive(Debug, Default)]
pub(super) struct Filing {
    maps: Option<Box<Maps>>,
    /// Those for which any value will do.
    exists: Postings,
    filed: usize,
}

#[derive(Debug, Default)]
struct Maps {
    texts: Hashed<Box<str>>,
    prefixes: Hashed<Box<str>>,
    /// How many prefixes there are of each length in bytes.
    prefix_lengths: BTreeMap<usize, usize>,
    numbers: Hashed<u64>,
    numbers_from: BTreeMap<Ordered, Postings>,
    numbers_to: BTreeMap<Ordered, Postings>,
    texts_from: BTreeMap<Box<str>, Postings>,
    texts_to: BTreeMap<Box<str>, Postings>,
    intervals: Intervals,
}

/// What a conjunct is filed under.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Entry<'t> {
    /// One term's key.
    Key(Key<'t>),
    /// Two bounds of one number.
    Interval(Interval),
}

impl Filing {
    pub(super) fn is_empty(&self) -> bool {
        self.filed == 0
    }

    /// How many conjuncts an entry leads to already: what finding by it would cost.
    pub(super) fn crowd(&self, entry: &Entry<'_>) -> usize {
        if *entry == Entry::Key(Key::Exists) {
            return self.exists.len();
        }
        let Some(maps) = &self.maps else { return 0 };
        let postings = match entry {
            Entry::Interval(_) => return maps.intervals.len(),
            Entry::Key(Key::Text(text)) => maps.texts.get(*text),
            Entry::Key(Key::Prefix(text)) => maps.prefixes.get(*text),
            Entry::Key(Key::Number(number)) => maps.numbers.get(&bits(*number)),
            Entry::Key(Key::NumberFrom(_)) => return maps.numbers_from.len(),
            Entry::Key(Key::NumberTo(_)) => return maps.numbers_to.len(),
            Entry::Key(Key::TextFrom(_)) => return maps.texts_from.len(),
            Entry::Key(Key::TextTo(_)) => return maps.texts_to.len(),
            Entry::Key(Key::Exists) => Some(&self.exists),
        };
        postings.map_or(0, Postings::len)
    }

    pub(super) fn file(&mut self, entry: &Entry<'_>, conjunct: ConjunctId) {
        self.filed += 1;
        match entry {
            Entry::Key(Key::Exists) => self.exists.insert(conjunct),
            Entry::Key(key) => self.maps.get_or_insert_default().file(key, conjunct),
            Entry::Interval(interval) => {
                self.maps.get_or_insert_default().intervals.insert(*interval, conjunct);
            }
        }
    }

    pub(super) fn unfile(&mut self, entry: &Entry<'_>, conjunct: ConjunctId) {
        self.filed = self.filed.saturating_sub(1);
        match (entry, &mut self.maps) {
            (Entry::Key(Key::Exists), _) => self.exists.remove(conjunct),
            (Entry::Key(key), Some(maps)) => maps.unfile(key, conjunct),
            (Entry::Interval(interval), Some(maps)) => maps.intervals.remove(*interval, conjunct),
            (_, None) => {}
        }
        if self.filed == 0 {
            self.maps = None;
        }
    }

    /// Adds the conjuncts that some of these values can make true.
    pub(super) fn find<'v>(
        &self,
        values: impl Iterator<Item = Found<'v>>,
        fired: &mut Vec<ConjunctId>,
    ) {
        let mut any = false;
        let mut span: Option<Interval> = None;
        for value in values {
            any = true;
            let Some(maps) = &self.maps else { break };
            if let Some(text) = value.text() {
                maps.find_text(text, fired);
            }
            if maps.has_numbers()
                && let Some(number) = value.number()
            {
                maps.find_number(number, fired);
                let Interval { low, high } = span.unwrap_or(Interval { low: number, high: number });
                span = Some(Interval { low: low.min(number), high: high.max(number) });
            }
        }
        if let (Some(maps), Some(span)) = (&self.maps, span) {
            maps.intervals.find(span, fired);
        }
        if any {
            self.exists.add_to(fired);
        }
    }
}

/// A value that a message has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'v> {
    /// A node's string value, which may be read as a number.
    Node(&'v str),
    Text(&'v str),
    Number(f64),
    Other,
}

impl<'v> Found<'v> {
    /// A variable's value.
    pub(super) fn of(value: &'v Atomic) -> Self {
        match value {
            Atomic::String(text, _) => Self::Text(text),
            Atomic::Double(number) => Self::Number(*number),
            #[allow(clippy::cast_precision_loss, reason = "a key is a number rounded to a double")]
            Atomic::Integer(number, _) => Self::Number(*number as f64),
            _ => Self::Other,
        }
    }

    fn text(self) -> Option<&'v str> {
        match self {
            Self::Node(text) | Self::Text(text) => Some(text),
            Self::Number(_) | Self::Other => None,
        }
    }

    fn number(self) -> Option<f64> {
        let number = match self {
            Self::Node(text) => philter_xquery::parse_double(text),
            Self::Number(number) => Some(number),
            Self::Text(_) | Self::Other => None,
        };
        number.filter(|number| !number.is_nan()).map(|number| Ordered::new(number).0)
    }
}

/// A number as a key to hash.
fn bits(number: f64) -> u64 {
    Ordered::new(number).0.to_bits()
}

impl Maps {
    fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
            || !self.numbers_from.is_empty()
            || !self.numbers_to.is_empty()
            || !self.intervals.is_empty()
    }

    fn file(&mut self, key: &Key<'_>, conjunct: ConjunctId) {
        let postings = match key {
            Key::Exists => return,
            Key::Text(text) => self.texts.entry((*text).into()).or_default(),
            Key::Prefix(text) => {
                *self.prefix_lengths.entry(text.len()).or_default() += 1;
                self.prefixes.entry((*text).into()).or_default()
            }
            Key::Number(number) => self.numbers.entry(bits(*number)).or_default(),
            Key::NumberFrom(number) => self.numbers_from.entry(Ordered::new(*number)).or_default(),
            Key::NumberTo(number) => self.numbers_to.entry(Ordered::new(*number)).or_default(),
            Key::TextFrom(text) => self.texts_from.entry((*text).into()).or_default(),
            Key::TextTo(text) => self.texts_to.entry((*text).into()).or_default(),
        };
        postings.insert(conjunct);
    }

    fn unfile(&mut self, key: &Key<'_>, conjunct: ConjunctId) {
        match key {
            Key::Exists => {}
            Key::Text(text) => cut_hashed(&mut self.texts, *text, conjunct),
            Key::Prefix(text) => {
                cut_hashed(&mut self.prefixes, *text, conjunct);
                self.forget_prefix(text.len());
            }
            Key::Number(number) => cut_hashed(&mut self.numbers, &bits(*number), conjunct),
            Key::NumberFrom(number) => {
                cut(&mut self.numbers_from, &Ordered::new(*number), conjunct);
            }
            Key::NumberTo(number) => cut(&mut self.numbers_to, &Ordered::new(*number), conjunct),
            Key::TextFrom(text) => cut(&mut self.texts_from, *text, conjunct),
            Key::TextTo(text) => cut(&mut self.texts_to, *text, conjunct),
        }
    }

    fn find_text(&self, text: &str, fired: &mut Vec<ConjunctId>) {
        if let Some(found) = self.texts.get(text) {
            found.add_to(fired);
        }
        for length in self.prefix_lengths.keys().take_while(|length| **length <= text.len()) {
            let prefix = text.get(..*length);
            if let Some(found) = prefix.and_then(|prefix| self.prefixes.get(prefix)) {
                found.add_to(fired);
            }
        }
        let up_to = (Bound::Unbounded, Bound::Included(text));
        for (_, found) in self.texts_from.range::<str, _>(up_to) {
            found.add_to(fired);
        }
        let from = (Bound::Included(text), Bound::Unbounded);
        for (_, found) in self.texts_to.range::<str, _>(from) {
            found.add_to(fired);
        }
    }

    fn find_number(&self, number: f64, fired: &mut Vec<ConjunctId>) {
        if let Some(found) = self.numbers.get(&bits(number)) {
            found.add_to(fired);
        }
        for (_, found) in self.numbers_from.range(..=Ordered(number)) {
            found.add_to(fired);
        }
        for (_, found) in self.numbers_to.range(Ordered(number)..) {
            found.add_to(fired);
        }
    }

    fn forget_prefix(&mut self, length: usize) {
        if let Some(count) = self.prefix_lengths.get_mut(&length) {
            *count -= 1;
            if *count == 0 {
                self.prefix_lengths.remove(&length);
            }
        }
    }
}

fn cut_hashed<K, Q>(map: &mut Hashed<K>, key: &Q, conjunct: ConjunctId)
where
    K: Hash + Eq + Borrow<Q>,
    Q: Hash + Eq + ?Sized,
{
    let Some(postings) = map.get_mut(key) else { return };
    postings.remove(conjunct);
    if postings.is_empty() {
        map.remove(key);
    }
}

fn cut<K, Q>(map: &mut BTreeMap<K, Postings>, key: &Q, conjunct: ConjunctId)
where
    K: Ord + Borrow<Q>,
    Q: Ord + ?Sized,
{
    let Some(postings) = map.get_mut(key) else { return };
    postings.remove(conjunct);
    if postings.is_empty() {
        map.remove(key);
    }
}
