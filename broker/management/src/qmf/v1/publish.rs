//! Objects that changed, told to the consoles that listen.
//!
//! At each interval the objects of the classes that somebody listens to are looked at. Those whose
//! properties or statistics differ from what was told before are told again, and those that are
//! gone are told once more with the time of their end. What was told is remembered by digests, and
//! by the properties' bytes for the end; nothing is remembered of a class that nobody listens to.
//!
//! Invariants:
//! - an object that was replaced by another of its name is told as ended first;
//! - at most one page is held at a time, and what is remembered has limits
//!   (see [`super::limits`]).

use std::hash::{DefaultHasher, Hasher};

use super::agent::{Agent, indication};
use super::catalog::Catalog;
use super::content::{self, Times};
use super::object_id::ObjectId;
use super::page::Pages;
use super::told::{Told, ToldObjects};
use crate::object::{Directory, Object};
use crate::qmf::message::Message;
use crate::schema::Class;

/// Tells of changed objects, and remembers what it told.
#[derive(Debug, Default)]
pub struct Publisher {
    told: ToldObjects,
    /// Counts the intervals.
    round: u64,
    is_renewed: bool,
}

/// One class at one interval.
struct Round<'a, 'b> {
    catalog: &'a Catalog,
    class: &'static Class,
    /// The class's place in the catalog.
    place: usize,
    number: u64,
    now_ns: u64,
    is_renewed: bool,
    told: &'a mut ToldObjects,
    pages: &'a mut Pages<'b>,
}

impl Publisher {
    /// One that has told nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells everything at the next interval: a console has come that knows nothing yet.
    pub fn renew(&mut self) {
        self.is_renewed = true;
    }

    /// Tells what changed since the last interval.
    ///
    /// `is_bound` says whether a message with a routing key would reach anybody; a class whose key
    /// reaches nobody is not even looked at. `send` gets each message for `qpid.management`, a page
    /// at a time, and says whether it wants more; false ends the interval, and the next one tells
    /// everything. It may be called from within [`Directory::visit`].
    pub fn publish(
        &mut self,
        agent: &Agent,
        directory: &dyn Directory,
        now_ns: u64,
        is_bound: &dyn Fn(&str) -> bool,
        send: &mut dyn FnMut(Message) -> bool,
    ) {
        self.round += 1;
        let is_renewed = std::mem::take(&mut self.is_renewed);
        for (place, class) in agent.catalog().classes().enumerate() {
            let key = format!("console.obj.1.0.{}.{}", class.package, class.name);
            if !is_bound(&key) {
                self.told.forget(place);
                continue;
            }
            let mut sink = |body| send(indication(key.clone(), body));
            let mut pages = Pages::new(&mut sink);
            let round = Round {
                catalog: agent.catalog(),
                class,
                place,
                number: self.round,
                now_ns,
                is_renewed,
                told: &mut self.told,
                pages: &mut pages,
            };
            round.run(directory);
            if !pages.is_open() {
                self.is_renewed = true;
                return;
            }
        }
    }
}

impl Round<'_, '_> {
    fn run(mut self, directory: &dyn Directory) {
        directory.visit(self.class, &mut |object| {
            self.tell(&object);
            self.pages.is_open()
        });
        // Who did not let the visit end has not seen what is gone.
        if self.pages.is_open() {
            self.tell_ends();
        }
        self.pages.flush();
    }

    fn tell(&mut self, object: &Object) {
        let id = ObjectId::of(&object.name);
        let mut properties = Vec::new();
        content::encode_properties(object, &mut properties);
        let mut statistics = Vec::new();
        content::encode_statistics(object, &mut statistics);
        let told = Told {
            round: self.number,
            created_ns: object.created_ns,
            properties_digest: digest(&properties),
            statistics_digest: digest(&statistics),
            properties: None,
        };
        let before = self.before(id, object);
        let is_new = self.is_renewed || before.is_none();
        let times = Times::of(object, self.now_ns);
        let has_changed = |of: fn(&Told) -> u64| {
            is_new || before.as_ref().is_none_or(|before| of(before) != of(&told))
        };
        let has_properties_changed = has_changed(|told| told.properties_digest);
        if has_properties_changed {
            self.put(b'c', id, times, &properties);
        }
        if !statistics.is_empty() && has_changed(|told| told.statistics_digest) {
            self.put(b'i', id, times, &statistics);
        }
        if object.deleted_ns == 0 {
            let kept = before.and_then(|before| before.properties);
            let kept = kept.filter(|_| !has_properties_changed);
            let properties = Some(kept.unwrap_or_else(|| properties.into_boxed_slice()));
            self.told.remember(self.place, id, Told { properties, ..told });
        }
    }

    /// What was told of this object; another one of its name is told as ended.
    fn before(&mut self, id: ObjectId, object: &Object) -> Option<Told> {
        let before = self.told.take(self.place, id)?;
        if before.created_ns == object.created_ns {
            return Some(before);
        }
        self.tell_end(id, &before);
        None
    }

    fn tell_ends(&mut self) {
        for (id, told) in self.told.take_older(self.place, self.number) {
            self.tell_end(id, &told);
        }
    }

    fn tell_end(&mut self, id: ObjectId, told: &Told) {
        let Some(properties) = &told.properties else { return };
        let Told { created_ns, .. } = *told;
        let times = Times { updated_ns: self.now_ns, created_ns, deleted_ns: self.now_ns };
        self.put(b'c', id, times, properties);
    }

    fn put(&mut self, opcode: u8, id: ObjectId, times: Times, values: &[u8]) {
        let Self { catalog, class, .. } = *self;
        self.pages.put(opcode, 0, |into| {
            content::encode_identity(catalog, class, id, times, into);
            into.extend_from_slice(values);
        });
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests;
