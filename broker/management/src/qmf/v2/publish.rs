//! Objects that changed, told to the consoles that listen.
//!
//! At each interval the objects of the classes that somebody listens to are looked at. One whose
//! properties or statistics differ from what was told is told again; one that is gone is told once
//! more, with the time of its end and no values. What was told is remembered by digests.
//!
//! Invariants:
//! - nothing is remembered of a class that nobody listens to, and of no more objects than
//!   [`PUBLISHED_OBJECTS_MAX`];
//! - an object that another one of its name replaced is told as ended first.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use super::agent::{Agent, Sink};
use super::limits::PUBLISHED_OBJECTS_MAX;
use super::object_map::{SchemaId, put_end, put_object, values_of};
use super::page::Pages;
use crate::object::{Directory, Object, ObjectName};
use crate::schema::{self, Class};

/// Tells of changed objects, and remembers what it told.
#[derive(Debug, Default)]
pub struct Publisher {
    told: HashMap<ObjectName, Told>,
    /// Counts the intervals.
    round: u64,
}

/// What was told of an object.
#[derive(Clone, Copy, Debug)]
struct Told {
    class: &'static Class,
    created_ns: u64,
    /// None for what is to be told again.
    digest: Option<u64>,
    /// When it was last seen.
    round: u64,
}

impl Publisher {
    /// One that has told nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells everything at the next interval: a console has come that knows nothing yet.
    pub fn renew(&mut self) {
        self.told.values_mut().for_each(|told| told.digest = None);
    }

    /// Tells what changed since the last interval.
    ///
    /// `is_bound` says whether a message to `qmf.default.topic` with a routing key would reach
    /// anybody; a class whose key reaches nobody is not even looked at. `sink` gets each message, a
    /// page at a time; when it wants no more, the next interval tells everything. It may be called
    /// from within [`Directory::visit`].
    pub fn publish(
        &mut self,
        agent: &Agent,
        directory: &dyn Directory,
        now_ns: u64,
        is_bound: &dyn Fn(&str) -> bool,
        sink: &mut Sink<'_>,
    ) {
        self.round += 1;
        for class in schema::classes() {
            let key = agent.data_key(class);
            if !is_bound(&key) {
                self.told.retain(|_, told| !std::ptr::eq(told.class, *class));
                continue;
            }
            let mut send = |page: super::page::Page| sink(agent.data(&key, page.body));
            let mut pages = Pages::new(&mut send);
            self.publish_class(class, directory, now_ns, &mut pages);
            let is_open = pages.is_open();
            pages.finish();
            if !is_open {
                self.renew();
                return;
            }
        }
    }

    fn publish_class(
        &mut self,
        class: &'static Class,
        directory: &dyn Directory,
        now_ns: u64,
        pages: &mut Pages<'_>,
    ) {
        let schema = SchemaId::of(class);
        directory.visit(class, &mut |object| {
            self.tell(&object, &schema, now_ns, pages);
            pages.is_open()
        });
        // Who did not let the visit end has not seen what is gone.
        if pages.is_open() {
            let round = self.round;
            self.told.retain(|name, told| {
                if !std::ptr::eq(told.class, class) || told.round == round || !pages.is_open() {
                    return true;
                }
                pages.push(|into| put_end(into, name, told.created_ns, &schema, now_ns));
                false
            });
        }
    }

    fn tell(&mut self, object: &Object, schema: &SchemaId, now_ns: u64, pages: &mut Pages<'_>) {
        let digest = digest(&values_of(object));
        let before = self.told.get(&object.name).copied();
        let is_same = before.is_some_and(|told| told.created_ns == object.created_ns);
        if let Some(told) = before.filter(|_| !is_same) {
            pages.push(|into| put_end(into, &object.name, told.created_ns, schema, now_ns));
        }
        if !is_same || before.is_none_or(|told| told.digest != Some(digest)) {
            pages.push(|into| put_object(into, object, schema, now_ns));
        }
        if object.deleted_ns != 0 {
            self.told.remove(&object.name);
        } else if before.is_some() || self.told.len() < PUBLISHED_OBJECTS_MAX {
            let told = Told {
                class: object.class,
                created_ns: object.created_ns,
                digest: Some(digest),
                round: self.round,
            };
            self.told.insert(object.name.clone(), told);
        }
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests;
