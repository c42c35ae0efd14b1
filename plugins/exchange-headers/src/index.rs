//! The index of a headers exchange: bindings filed under headers that a matching message must have.
//!
//! A binding that wants all its conditions is filed under one of them: the one with the fewest
//! bindings so far, so that values that everybody asks for (`type = order`) do not gather
//! everybody. A binding that wants any is filed under each. Routing goes through the message's
//! headers, not through the bindings.
//!
//! Invariants: a binding is filed under one condition (all), each condition that can hold (any) or
//! none (always, never); a file without bindings does not exist.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use foldhash::quality::RandomState;
use philter_plugin_api::{BindingId, MessageView, ValueRef};

use crate::comparable::{Comparable, Fixed};
use crate::condition::{Condition, Expected};
use crate::error::HeadersError;
use crate::pattern::{Decision, Pattern};

type Map<K, V> = HashMap<K, V, RandomState>;

/// Bindings by the headers they ask for.
#[derive(Debug, Default)]
pub(crate) struct HeaderIndex {
    patterns: Map<BindingId, Filed>,
    names: Map<Box<str>, NameFiles>,
    always: BTreeSet<BindingId>,
}

/// A binding's pattern and where it is filed.
#[derive(Debug)]
struct Filed {
    pattern: Arc<Pattern>,
    /// For a pattern that wants all: the number of the condition that it is filed under.
    under: usize,
}

/// The bindings filed under one header's name.
#[derive(Debug, Default)]
struct NameFiles {
    /// Under its presence; those that expect a compound value too, which is never hashed.
    present: File,
    fixed: Map<Fixed, File>,
    bytes: Map<Box<[u8]>, File>,
}

/// The bindings filed under one condition.
#[derive(Debug, Default)]
struct File {
    /// Match where the condition holds.
    certain: BTreeSet<BindingId>,
    /// May match where the condition holds: the rest of the pattern decides.
    candidates: BTreeMap<BindingId, Arc<Pattern>>,
}

impl HeaderIndex {
    /// Files a binding.
    ///
    /// # Errors
    /// [`HeadersError::AlreadyBound`]; nothing changed.
    pub(crate) fn insert(&mut self, id: BindingId, pattern: Pattern) -> Result<(), HeadersError> {
        if self.patterns.contains_key(&id) {
            return Err(HeadersError::AlreadyBound { id });
        }
        let under = self.least_used(&pattern);
        let filed = Filed { pattern: Arc::new(pattern), under };
        if filed.pattern.decision() == Decision::Always {
            self.always.insert(id);
        }
        for condition in filed.conditions() {
            let files = self.names.entry(condition.name.clone()).or_default();
            files.file_or_new(&condition.expected).insert(id, condition, &filed.pattern);
        }
        self.patterns.insert(id, filed);
        Ok(())
    }

    /// Takes a binding out.
    ///
    /// # Errors
    /// [`HeadersError::NotBound`].
    pub(crate) fn remove(&mut self, id: BindingId) -> Result<(), HeadersError> {
        let filed = self.patterns.remove(&id).ok_or(HeadersError::NotBound { id })?;
        give_memory_back(&mut self.patterns);
        self.always.remove(&id);
        for condition in filed.conditions() {
            if let Some(files) = self.names.get_mut(&condition.name) {
                files.remove(&condition.expected, id);
                if files.is_empty() {
                    self.names.remove(&condition.name);
                    give_memory_back(&mut self.names);
                }
            }
        }
        Ok(())
    }

    /// Calls `found` for every binding that the message matches, maybe more than once where it
    /// wants any; answers how many headers and bindings it looked at.
    pub(crate) fn matches(
        &self,
        message: &dyn MessageView,
        found: &mut dyn FnMut(BindingId),
    ) -> u64 {
        self.always.iter().copied().for_each(&mut *found);
        let mut looks = self.always.len() as u64;
        if self.names.is_empty() {
            return looks;
        }
        let mut candidates: Vec<(BindingId, &Pattern)> = Vec::new();
        message.headers(&mut |name, value| {
            looks += 1;
            let Some(files) = self.names.get(name) else { return };
            for file in files.files_of(value) {
                looks += (file.certain.len() + file.candidates.len()) as u64;
                file.certain.iter().copied().for_each(&mut *found);
                candidates.extend(file.candidates.iter().map(|(id, pattern)| (*id, &**pattern)));
            }
        });
        let fitting = candidates.iter().filter(|(_, pattern)| pattern.accepts(message));
        fitting.for_each(|(id, _)| found(*id));
        looks
    }

    /// The pattern of a binding.
    ///
    /// # Errors
    /// [`HeadersError::NotBound`].
    pub(crate) fn pattern(&self, id: BindingId) -> Result<&Pattern, HeadersError> {
        self.patterns.get(&id).map(|filed| &*filed.pattern).ok_or(HeadersError::NotBound { id })
    }

    /// The headers that a binding is filed under.
    ///
    /// # Errors
    /// [`HeadersError::NotBound`].
    pub(crate) fn filed_under(&self, id: BindingId) -> Result<Vec<&str>, HeadersError> {
        let filed = self.patterns.get(&id).ok_or(HeadersError::NotBound { id })?;
        Ok(filed.conditions().map(|condition| &*condition.name).collect())
    }

    /// How many bindings there are.
    pub(crate) fn bindings(&self) -> usize {
        self.patterns.len()
    }

    /// How many bindings match everything.
    pub(crate) fn always(&self) -> usize {
        self.always.len()
    }

    /// Under how many names bindings are filed.
    pub(crate) fn names(&self) -> usize {
        self.names.len()
    }

    /// Under how many conditions bindings are filed.
    pub(crate) fn files(&self) -> usize {
        self.names.values().map(NameFiles::files).sum()
    }

    fn least_used(&self, pattern: &Pattern) -> usize {
        let used = |condition: &Condition| {
            let files = self.names.get(&condition.name);
            files.and_then(|files| files.file(&condition.expected)).map_or(0, File::len)
        };
        let uses = pattern.conditions().iter().map(used).enumerate();
        uses.min_by_key(|(_, used)| *used).map_or(0, |(index, _)| index)
    }
}

impl Filed {
    /// The conditions that the binding is filed under.
    fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let decision = self.pattern.decision();
        let under = self.under;
        let conditions = self.pattern.conditions().iter().enumerate();
        conditions.filter_map(move |(index, condition)| {
            let is_filed = match decision {
                Decision::All => index == under,
                Decision::Any => !condition.is_hopeless(),
                Decision::Always | Decision::Never => false,
            };
            is_filed.then_some(condition)
        })
    }
}

impl NameFiles {
    /// The files of the conditions that a header with this value fulfils, or may fulfil.
    fn files_of(&self, value: ValueRef<'_>) -> impl Iterator<Item = &File> {
        let by_value = match Comparable::of(value) {
            Comparable::Fixed(fixed) => self.fixed.get(&fixed),
            Comparable::Bytes(bytes) => self.bytes.get(bytes),
            Comparable::Void | Comparable::NotANumber | Comparable::Compound => None,
        };
        by_value.into_iter().chain([&self.present])
    }

    fn file(&self, expected: &Expected) -> Option<&File> {
        match expected {
            Expected::Fixed(fixed) => self.fixed.get(fixed),
            Expected::Bytes(bytes) => self.bytes.get(bytes),
            _ => Some(&self.present),
        }
    }

    fn file_or_new(&mut self, expected: &Expected) -> &mut File {
        match expected {
            Expected::Fixed(fixed) => self.fixed.entry(*fixed).or_default(),
            Expected::Bytes(bytes) => self.bytes.entry(bytes.clone()).or_default(),
            _ => &mut self.present,
        }
    }

    fn remove(&mut self, expected: &Expected, id: BindingId) {
        match expected {
            Expected::Fixed(fixed) => remove_from(&mut self.fixed, fixed, id),
            Expected::Bytes(bytes) => remove_from(&mut self.bytes, bytes, id),
            _ => self.present.remove(id),
        }
    }

    fn is_empty(&self) -> bool {
        self.files() == 0
    }

    fn files(&self) -> usize {
        self.fixed.len() + self.bytes.len() + usize::from(self.present.len() > 0)
    }
}

impl File {
    fn insert(&mut self, id: BindingId, condition: &Condition, pattern: &Arc<Pattern>) {
        let is_compound = matches!(condition.expected, Expected::Compound(_));
        let is_one_of_all = pattern.decision() == Decision::All && pattern.conditions().len() > 1;
        if is_compound || is_one_of_all {
            self.candidates.insert(id, Arc::clone(pattern));
        } else {
            self.certain.insert(id);
        }
    }

    fn remove(&mut self, id: BindingId) {
        self.certain.remove(&id);
        self.candidates.remove(&id);
    }

    fn len(&self) -> usize {
        self.certain.len() + self.candidates.len()
    }
}

fn remove_from<K: Eq + Hash>(files: &mut Map<K, File>, key: &K, id: BindingId) {
    let Some(file) = files.get_mut(key) else { return };
    file.remove(id);
    if file.len() == 0 {
        files.remove(key);
        give_memory_back(files);
    }
}

/// Shrinks a map that is a quarter full or less, so that a burst of bindings does not stay in
/// memory.
fn give_memory_back<K: Eq + Hash, V>(map: &mut Map<K, V>) {
    if map.len() <= map.capacity() / 4 {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests;
