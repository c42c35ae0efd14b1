//! Answering a query, page by page.
//!
//! Invariant: all pages but the last carry the header `partial`; there is always a last one, unless
//! the receiver wants no more.

use super::agent::{Answering, CONTENT_HEADER, header};
use super::object_map::{SchemaId, put_object};
use super::page::{Page, Pages};
use super::request::{Query, Target};
use crate::object::{Directory, Object, ObjectName};
use crate::schema;

/// Answers a query with what `directory` has.
pub(super) fn answer(query: &Query, directory: &dyn Directory, out: &mut Answering<'_, '_>) {
    let now_ns = out.now_ns;
    let mut send = |page| send(page, out);
    let mut pages = Pages::new(&mut send);
    let is_wanted = |object: &Object| query.predicate.as_ref().is_none_or(|one| one.holds(object));
    match &query.target {
        Target::Object(name) => {
            let found = directory.find(&ObjectName(name.clone()));
            if let Some(object) = found.filter(is_wanted) {
                let schema = SchemaId::of(object.class);
                pages.push(|into| put_object(into, &object, &schema, now_ns));
            }
        }
        Target::Class { package, name } => {
            if let Some(class) = schema::find_class(package, name) {
                let schema = SchemaId::of(class);
                directory.visit(class, &mut |object| {
                    if is_wanted(&object) {
                        pages.push(|into| put_object(into, &object, &schema, now_ns));
                    }
                    pages.is_open()
                });
            }
        }
    }
    pages.finish_always();
}

fn send(page: Page, out: &mut Answering<'_, '_>) -> bool {
    let mut message = out.message("_query_response", "response", page.body);
    message.content_type = "amqp/list";
    message.headers.insert(CONTENT_HEADER, header("_data"));
    if !page.is_last {
        message.headers.insert("partial", header(""));
    }
    out.send(message)
}
