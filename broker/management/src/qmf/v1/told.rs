//! What consoles were told of objects, so that only changes are told, within limits.

use std::collections::HashMap;

use super::limits::{PUBLISHED_BYTES_MAX, PUBLISHED_OBJECTS_MAX};
use super::object_id::ObjectId;

/// Objects by class, the class being its place in the catalog.
#[derive(Debug, Default)]
pub(super) struct ToldObjects {
    classes: HashMap<usize, HashMap<ObjectId, Told>>,
    /// In all classes.
    objects: usize,
    /// Of properties, in all classes.
    bytes: usize,
}

/// An object as it was told last.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// When it was seen last.
    pub(super) round: u64,
    pub(super) created_ns: u64,
    pub(super) properties_digest: u64,
    pub(super) statistics_digest: u64,
    /// What its end is told with; none beyond the limit.
    pub(super) properties: Option<Box<[u8]>>,
}

impl ToldObjects {
    /// Takes out what was told of an object.
    pub(super) fn take(&mut self, place: usize, id: ObjectId) -> Option<Told> {
        let told = self.classes.get_mut(&place)?.remove(&id)?;
        self.discount(&told);
        Some(told)
    }

    /// Keeps what was told of an object, as far as the limits allow.
    pub(super) fn remember(&mut self, place: usize, id: ObjectId, mut told: Told) {
        if self.objects >= PUBLISHED_OBJECTS_MAX {
            return;
        }
        if self.bytes + told.bytes() > PUBLISHED_BYTES_MAX {
            told.properties = None;
        }
        self.objects += 1;
        self.bytes += told.bytes();
        if let Some(replaced) = self.classes.entry(place).or_default().insert(id, told) {
            self.discount(&replaced);
        }
    }

    /// Takes out the objects of a class that were not seen in this round.
    pub(super) fn take_older(&mut self, place: usize, round: u64) -> Vec<(ObjectId, Told)> {
        let Some(class) = self.classes.get_mut(&place) else { return Vec::new() };
        let older: Vec<_> = class.extract_if(|_, told| told.round != round).collect();
        older.iter().for_each(|(_, told)| self.discount(told));
        older
    }

    /// Forgets a class.
    pub(super) fn forget(&mut self, place: usize) {
        let class = self.classes.remove(&place).unwrap_or_default();
        class.values().for_each(|told| self.discount(told));
    }

    fn discount(&mut self, told: &Told) {
        self.objects -= 1;
        self.bytes -= told.bytes();
    }
}

impl Told {
    fn bytes(&self) -> usize {
        self.properties.as_ref().map_or(0, |properties| properties.len())
    }
}

#[cfg(test)]
impl ToldObjects {
    /// Objects and bytes that are kept.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.objects, self.bytes)
    }
}
