//! The terms about one subject, each filed by what it can be found by.
//!
//! Invariants: a value finds every conjunct whose filed term it can make true, and may find others;
//! whatever was filed can be taken away by the same key; an empty filing holds nothing.

use std::collections::{BTreeMap, HashMap};

use philter_xquery::conditions::Key;

use super::ConjunctId;
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
}

/// A double in its total order.
#[derive(Clone, Copy, Debug)]
struct Ordered(f64);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// One zero, so that both find each other.
fn plain(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number }
}

impl Filing {
    pub(super) fn is_empty(&self) -> bool {
        self.filed == 0
    }

    /// How many conjuncts a key leads to already: what finding by it would cost.
    pub(super) fn crowd(&self, key: &Key<'_>) -> usize {
        let Some(maps) = &self.maps else { return self.exists_crowd(key) };
        let hashed = match key {
            Key::Text(text) => maps.texts.get(*text),
            Key::Prefix(text) => maps.prefixes.get(*text),
            Key::Number(number) => maps.numbers.get(&plain(*number).to_bits()),
            Key::NumberFrom(_) => return maps.numbers_from.len(),
            Key::NumberTo(_) => return maps.numbers_to.len(),
            Key::TextFrom(_) => return maps.texts_from.len(),
            Key::TextTo(_) => return maps.texts_to.len(),
            Key::Exists => Some(&self.exists),
        };
        hashed.map_or(0, Postings::len)
    }

    fn exists_crowd(&self, key: &Key<'_>) -> usize {
        if *key == Key::Exists { self.exists.len() } else { 0 }
    }

    pub(super) fn file(&mut self, key: &Key<'_>, conjunct: ConjunctId) {
        self.filed += 1;
        if let Key::Prefix(text) = key {
            *self.maps.get_or_insert_default().prefix_lengths.entry(text.len()).or_default() += 1;
        }
        self.postings(key).insert(conjunct);
    }

    fn postings(&mut self, key: &Key<'_>) -> &mut Postings {
        if *key == Key::Exists {
            return &mut self.exists;
        }
        let maps = self.maps.get_or_insert_default();
        match key {
            Key::Text(text) => maps.texts.entry((*text).into()).or_default(),
            Key::Prefix(text) => maps.prefixes.entry((*text).into()).or_default(),
            Key::Number(number) => maps.numbers.entry(plain(*number).to_bits()).or_default(),
            Key::NumberFrom(number) => {
                maps.numbers_from.entry(Ordered(plain(*number))).or_default()
            }
            Key::NumberTo(number) => maps.numbers_to.entry(Ordered(plain(*number))).or_default(),
            Key::TextFrom(text) => maps.texts_from.entry((*text).into()).or_default(),
            Key::TextTo(text) => maps.texts_to.entry((*text).into()).or_default(),
            Key::Exists => &mut self.exists,
        }
    }

    pub(super) fn unfile(&mut self, key: &Key<'_>, conjunct: ConjunctId) {
        self.filed = self.filed.saturating_sub(1);
        let postings = self.postings(key);
        postings.remove(conjunct);
        let is_empty = postings.is_empty();
        let Some(maps) = &mut self.maps else { return };
        if let Key::Prefix(text) = key {
            maps.forget_prefix(text.len());
        }
        if is_empty {
            maps.forget(key);
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
        for value in values {
            any = true;
            let Some(maps) = &self.maps else { break };
            if let Some(text) = value.text {
                maps.find_text(text, fired);
            }
            if maps.has_numbers()
                && let Some(number) = value.number()
            {
                maps.find_number(plain(number), fired);
            }
        }
        if any {
            self.exists.add_to(fired);
        }
    }
}

/// A value that a message has: a text, a number, or a text that may be read as a number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'v> {
    pub(super) text: Option<&'v str>,
    pub(super) number: Option<f64>,
    /// The text may be read as a number: it is a node's.
    pub(super) is_untyped: bool,
}

impl Found<'_> {
    fn number(&self) -> Option<f64> {
        match self.text {
            Some(text) if self.is_untyped => philter_xquery::parse_double(text),
            _ => self.number,
        }
        .filter(|number| !number.is_nan())
    }
}

impl Maps {
    fn has_numbers(&self) -> bool {
        !self.numbers.is_empty() || !self.numbers_from.is_empty() || !self.numbers_to.is_empty()
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
        let up_to = (std::ops::Bound::Unbounded, std::ops::Bound::Included(text));
        for (_, found) in self.texts_from.range::<str, _>(up_to) {
            found.add_to(fired);
        }
        let from = (std::ops::Bound::Included(text), std::ops::Bound::Unbounded);
        for (_, found) in self.texts_to.range::<str, _>(from) {
            found.add_to(fired);
        }
    }

    fn find_number(&self, number: f64, fired: &mut Vec<ConjunctId>) {
        if let Some(found) = self.numbers.get(&number.to_bits()) {
            found.add_to(fired);
        }
        for (_, found) in self.numbers_from.range(..=Ordered(number)) {
            found.add_to(fired);
        }
        for (_, found) in self.numbers_to.range(Ordered(number)..) {
            found.add_to(fired);
        }
    }

    fn forget(&mut self, key: &Key<'_>) {
        match key {
            Key::Text(text) => drop(self.texts.remove(*text)),
            Key::Prefix(text) => drop(self.prefixes.remove(*text)),
            Key::Number(number) => drop(self.numbers.remove(&plain(*number).to_bits())),
            Key::NumberFrom(number) => drop(self.numbers_from.remove(&Ordered(plain(*number)))),
            Key::NumberTo(number) => drop(self.numbers_to.remove(&Ordered(plain(*number)))),
            Key::TextFrom(text) => drop(self.texts_from.remove(*text)),
            Key::TextTo(text) => drop(self.texts_to.remove(*text)),
            Key::Exists => {}
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
