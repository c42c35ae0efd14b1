//! Answers to queries: a `g` with properties and statistics for each object.

use super::catalog::Catalog;
use super::command::Query;
use super::content::{self, Times};
use super::object_id::ObjectId;
use super::page::Pages;
use crate::object::{Directory, Object};

/// Tells of the objects that a query means; an unknown class or object is none.
pub(super) fn answer(
    catalog: &Catalog,
    query: Query<'_>,
    directory: &dyn Directory,
    now_ns: u64,
    sequence: u32,
    pages: &mut Pages<'_>,
) {
    let mut tell = |object: &Object| {
        if object.deleted_ns == 0 {
            pages.put(b'g', sequence, |into| encode(catalog, object, now_ns, into));
        }
        pages.is_open()
    };
    match query {
        Query::Class { package, name } => {
            for class in catalog.find_classes(package, name) {
                directory.visit(class, &mut |object| tell(&object));
            }
        }
        Query::Object(id) => {
            let name = id.find(catalog.classes(), directory);
            if let Some(object) = name.and_then(|name| directory.find(&name)) {
                tell(&object);
            }
        }
    }
}

fn encode(catalog: &Catalog, object: &Object, now_ns: u64, into: &mut Vec<u8>) {
    let times = Times::of(object, now_ns);
    let id = ObjectId::of(&object.name);
    content::encode_identity(catalog, object.class, id, times, into);
    content::encode_properties(object, into);
    content::encode_statistics(object, into);
}
