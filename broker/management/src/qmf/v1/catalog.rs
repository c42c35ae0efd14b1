//! The classes and events that an agent serves, with the hashes of their schemas.

use super::class_key::ClassKey;
use super::schema::{self, Kind};
use crate::schema::{Class, EventClass, Hash};

/// Classes and events, with hashes that are computed once.
#[derive(Debug)]
pub struct Catalog {
    classes: Vec<(&'static Class, Hash)>,
    events: Vec<(&'static EventClass, Hash)>,
}

impl Catalog {
    /// A catalog of these.
    pub fn new(
        classes: impl IntoIterator<Item = &'static Class>,
        events: impl IntoIterator<Item = &'static EventClass>,
    ) -> Self {
        Self {
            classes: classes.into_iter().map(|class| (class, Hash::of(class))).collect(),
            events: events.into_iter().map(|event| (event, Hash::of_event(event))).collect(),
        }
    }

    /// The classes, in their order.
    pub(super) fn classes(&self) -> impl Iterator<Item = &'static Class> + use<'_> {
        self.classes.iter().map(|(class, _)| *class)
    }

    /// How commands name a class.
    pub(super) fn class_key(&self, class: &'static Class) -> ClassKey<'static> {
        let known = self.classes.iter().find(|(known, _)| std::ptr::eq(*known, class));
        let hash = known.map_or_else(|| Hash::of(class), |(_, hash)| *hash);
        ClassKey { package: class.package, name: class.name, hash }
    }

    /// How commands name an event.
    pub(super) fn event_key(&self, event: &'static EventClass) -> ClassKey<'static> {
        let known = self.events.iter().find(|(known, _)| std::ptr::eq(*known, event));
        let hash = known.map_or_else(|| Hash::of_event(event), |(_, hash)| *hash);
        ClassKey { package: event.package, name: event.name, hash }
    }

    /// Each package once.
    pub(super) fn packages(&self) -> Vec<&'static str> {
        let mut packages = Vec::new();
        for (_, key) in self.keys() {
            if !packages.contains(&key.package) {
                packages.push(key.package);
            }
        }
        packages
    }

    /// The keys of the classes and then of the events.
    pub(super) fn keys(&self) -> impl Iterator<Item = (Kind, ClassKey<'static>)> + use<'_> {
        let classes = self.classes().map(|class| (Kind::Class, self.class_key(class)));
        let events = self.events.iter().map(|(event, _)| (Kind::Event, self.event_key(event)));
        classes.chain(events)
    }

    /// The classes of a name, in one package or in any.
    pub(super) fn find_classes(
        &self,
        package: Option<&str>,
        name: &str,
    ) -> impl Iterator<Item = &'static Class> {
        self.classes().filter(move |class| {
            class.name == name && package.is_none_or(|package| package == class.package)
        })
    }

    /// Writes the schema that a key names, with its kind and key; false where there is none.
    pub(super) fn encode_schema(&self, wanted: ClassKey<'_>, into: &mut Vec<u8>) -> bool {
        if let Some(class) = self.classes().find(|class| self.class_key(class) == wanted) {
            into.push(Kind::Class as u8);
            wanted.encode(into);
            schema::encode_class(class, into);
            return true;
        }
        let mut events = self.events.iter().map(|(event, _)| *event);
        let Some(event) = events.find(|event| self.event_key(event) == wanted) else {
            return false;
        };
        into.push(Kind::Event as u8);
        wanted.encode(into);
        schema::encode_event(event, into);
        true
    }
}
