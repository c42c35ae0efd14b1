//! Message groups: whose turn it is to take entries that belong together.
//!
//! The consumer that takes the first entry of a group owns the group: nobody else may take of it
//! until all that it took is settled or came back. Where groups are not shared it keeps the group
//! also then, until the group has no entry left or the consumer goes; one that only looks, and took
//! an entry by its number, does not.
//!
//! Invariants:
//! - entries of one group are with one consumer at a time, and in order;
//! - exactly the entries in the queue are here; a group without entries is forgotten;
//! - finding the next entry for a consumer costs the same with many groups as with few.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use foldhash::HashMap;

use crate::message::Message;
use crate::queue::available::Kind;
use crate::queue::{ConsumerId, EntryId, Queue};

/// How messages are grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The header that names a message's group (`qpid.group_header_key`).
    pub header: String,
    /// Once a consumer has settled what it took of a group, another may have the next of it
    /// (`qpid.shared_msg_group`); otherwise a group stays with its consumer for as long as it has
    /// entries.
    pub is_shared: bool,
    /// `qpid.group_timestamp`: queries show when a group's oldest message came.
    pub has_timestamp: bool,
    /// The group of messages that name none.
    pub default_id: Arc<str>,
}

/// A group as it stands.
#[derive(Clone, Debug)]
pub struct GroupState {
    /// Its id.
    pub id: Arc<[u8]>,
    /// Its entries, held ones included.
    pub messages: usize,
    /// Who alone may take of it now.
    pub owner: Option<ConsumerId>,
    /// Its oldest message.
    pub oldest: Option<Arc<Message>>,
}

/// The groups of a queue.
#[derive(Debug)]
pub(super) struct GroupIndex {
    is_shared: bool,
    default_id: Arc<[u8]>,
    groups: BTreeMap<Arc<[u8]>, Group>,
    of: HashMap<EntryId, Arc<[u8]>>,
    /// The first available entry of each group that nobody owns.
    free: BTreeMap<EntryId, Arc<[u8]>>,
    /// The first available entry of each group by its owner.
    owned: HashMap<ConsumerId, BTreeMap<EntryId, Arc<[u8]>>>,
}

#[derive(Debug, Default)]
struct Group {
    owner: Option<ConsumerId>,
    held: BTreeSet<EntryId>,
    available: BTreeSet<EntryId>,
    /// Under which owner and by which entry it stands in `free` or `owned`.
    filed: Option<(Option<ConsumerId>, EntryId)>,
}

impl GroupIndex {
    pub(super) fn new(groups: &Groups) -> Self {
        Self {
            is_shared: groups.is_shared,
            default_id: groups.default_id.as_bytes().into(),
            groups: BTreeMap::new(),
            of: HashMap::default(),
            free: BTreeMap::new(),
            owned: HashMap::default(),
        }
    }

    /// The first entry that a consumer may take.
    pub(super) fn first_for(&self, consumer: ConsumerId) -> Option<EntryId> {
        let free = self.free.keys().next();
        let owned = self.owned.get(&consumer).and_then(|heads| heads.keys().next());
        free.into_iter().chain(owned).min().copied()
    }

    /// Whether there is an entry that anybody may take.
    pub(super) fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    /// Whether there are entries that this consumer alone may take.
    pub(super) fn has_own(&self, consumer: ConsumerId) -> bool {
        self.owned.contains_key(&consumer)
    }

    /// Who alone may take this entry.
    pub(super) fn owner_of(&self, id: EntryId) -> Option<ConsumerId> {
        self.groups.get(self.of.get(&id)?)?.owner
    }

    /// A new entry.
    pub(super) fn add(&mut self, id: EntryId, key: Option<&[u8]>) {
        let key = key.filter(|key| !key.is_empty());
        let name = match key {
            None => Arc::clone(&self.default_id),
            Some(key) => match self.groups.get_key_value(key) {
                Some((name, _)) => Arc::clone(name),
                None => key.into(),
            },
        };
        self.of.insert(id, Arc::clone(&name));
        self.groups.entry(Arc::clone(&name)).or_default().available.insert(id);
        self.file(&name);
    }

    /// A consumer holds an entry: the group is its own.
    pub(super) fn hold(&mut self, id: EntryId, consumer: ConsumerId) {
        let Some(name) = self.of.get(&id).cloned() else { return };
        if let Some(group) = self.groups.get_mut(&name) {
            group.available.remove(&id);
            group.held.insert(id);
            group.owner.get_or_insert(consumer);
        }
        self.file(&name);
    }

    /// An entry that was held is available again. Answers the first entry of its group where
    /// anybody may take it from now on.
    pub(super) fn release(
        &mut self,
        id: EntryId,
        is_there: impl Fn(ConsumerId) -> bool,
    ) -> Option<EntryId> {
        let name = self.of.get(&id).cloned()?;
        let group = self.groups.get_mut(&name)?;
        group.held.remove(&id);
        group.available.insert(id);
        self.disown(&name, is_there)
    }

    /// An entry is gone. Answers the first entry of its group where anybody may take it from now
    /// on.
    pub(super) fn remove(
        &mut self,
        id: EntryId,
        is_there: impl Fn(ConsumerId) -> bool,
    ) -> Option<EntryId> {
        let name = self.of.remove(&id)?;
        let group = self.groups.get_mut(&name)?;
        group.held.remove(&id);
        group.available.remove(&id);
        if !group.held.is_empty() || !group.available.is_empty() {
            return self.disown(&name, is_there);
        }
        self.file(&name);
        self.groups.remove(&name);
        None
    }

    /// A consumer has gone: groups of which it holds nothing are free. Answers their first entries.
    pub(super) fn cancel(&mut self, consumer: ConsumerId) -> Vec<EntryId> {
        let names: Vec<Arc<[u8]>> = self
            .owned
            .get(&consumer)
            .into_iter()
            .flat_map(|heads| heads.values().cloned())
            .collect();
        names.iter().filter_map(|name| self.disown(name, |_| false)).collect()
    }

    /// Takes a group from its owner where that one holds nothing of it and it is not to stay.
    fn disown(
        &mut self,
        name: &Arc<[u8]>,
        is_there: impl Fn(ConsumerId) -> bool,
    ) -> Option<EntryId> {
        let group = self.groups.get_mut(name)?;
        let is_freed = group.held.is_empty()
            && group.owner.is_some_and(|owner| self.is_shared || !is_there(owner));
        if is_freed {
            group.owner = None;
        }
        let first = group.available.first().copied();
        self.file(name);
        first.filter(|_| is_freed)
    }

    /// Puts the first available entry of a group where it belongs now.
    fn file(&mut self, name: &Arc<[u8]>) {
        let Some(group) = self.groups.get_mut(name) else { return };
        let wanted = group.available.first().map(|first| (group.owner, *first));
        if group.filed == wanted {
            return;
        }
        match std::mem::replace(&mut group.filed, wanted) {
            Some((None, first)) => drop(self.free.remove(&first)),
            Some((Some(owner), first)) => {
                if let Some(heads) = self.owned.get_mut(&owner) {
                    heads.remove(&first);
                    if heads.is_empty() {
                        self.owned.remove(&owner);
                    }
                }
            }
            None => {}
        }
        match wanted {
            Some((None, first)) => drop(self.free.insert(first, Arc::clone(name))),
            Some((Some(owner), first)) => {
                self.owned.entry(owner).or_default().insert(first, Arc::clone(name));
            }
            None => {}
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
            && self.of.is_empty()
            && self.free.is_empty()
            && self.owned.is_empty()
    }
}

impl Queue {
    /// The groups by id, those behind `after`, at most `count`; none for a queue without groups.
    pub fn groups(&self, after: Option<&[u8]>, count: usize) -> Vec<GroupState> {
        let Kind::Groups(index) = &self.kind else { return Vec::new() };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let groups = index.groups.range::<[u8], _>((from, Bound::Unbounded));
        let state = |(id, group): (&Arc<[u8]>, &Group)| {
            let oldest = group.held.first().into_iter().chain(group.available.first()).min();
            let oldest = oldest.and_then(|id| self.entries.get(*id));
            GroupState {
                id: Arc::clone(id),
                messages: group.held.len() + group.available.len(),
                owner: group.owner,
                oldest: oldest.map(|entry| Arc::clone(&entry.message)),
            }
        };
        groups.take(count).map(state).collect()
    }
}
