//! Answering a query, page by page.
//!
//! Invariant: all pages but the last carry the header `partial`; there is always a last one, unless
//! the receiver wants no more.

use super::agent::{Answering, CONTENT_HEADER};
use super::content::ListBody;
use super::limits::{PAGE_BYTES_MAX, PAGE_OBJECTS_MAX};
use super::object_map::{SchemaId, put_object};
use super::request::Query;
use crate::object::{Directory, ObjectName};
use crate::schema;

/// Answers a query with what `directory` has.
pub(super) fn answer(query: &Query, directory: &dyn Directory, out: &mut Answering<'_, '_>) {
    let mut pages = Pages { page: ListBody::new(), is_open: true };
    match query {
        Query::Object(name) => {
            if let Some(object) = directory.find(&ObjectName(name.clone())) {
                let schema = SchemaId::of(object.class);
                pages.page.push(|into| put_object(into, &object, &schema, out.now_ns));
            }
        }
        Query::Class { package, name } => {
            if let Some(class) = schema::find_class(package, name) {
                let schema = SchemaId::of(class);
                directory.visit(class, &mut |object| {
                    pages.make_room(out);
                    pages.page.push(|into| put_object(into, &object, &schema, out.now_ns));
                    pages.is_open
                });
            }
        }
    }
    if pages.is_open {
        send(pages.page, false, out);
    }
}

/// The page that is being filled.
struct Pages {
    page: ListBody,
    is_open: bool,
}

impl Pages {
    /// Sends the page if it is full, and begins another.
    fn make_room(&mut self, out: &mut Answering<'_, '_>) {
        if self.page.len() >= PAGE_OBJECTS_MAX || self.page.bytes() >= PAGE_BYTES_MAX {
            let page = std::mem::replace(&mut self.page, ListBody::new());
            self.is_open = send(page, true, out);
        }
    }
}

fn send(page: ListBody, is_partial: bool, out: &mut Answering<'_, '_>) -> bool {
    let mut message = out.message("_query_response", "response", page.finish());
    message.content_type = "amqp/list";
    message.headers.insert(CONTENT_HEADER, super::agent::header("_data"));
    if is_partial {
        message.headers.insert("partial", super::agent::header(""));
    }
    out.send(message)
}
