//! Where messages go that are published together, found before anything of it takes effect: a
//! commit looks for it, and for room, and publishes by it. So no plugin is asked twice, and none
//! can fail when half of a commit has taken effect.
//!
//! What an exchange numbers, or keeps as its last message, is routed once more when it has done
//! that; what a plugin fails on only then goes as it was found.

use std::sync::Arc;

use crate::virtual_host::publish::{Published, Way};
use crate::virtual_host::reach::{Batch, Routes};
use crate::virtual_host::{Exchange, VirtualHost};

/// Where messages of a batch go from an exchange.
#[derive(Default)]
pub(crate) struct Found {
    /// One behind the other.
    pub(super) parts: Vec<Part>,
}

/// Some messages of a batch.
pub(super) struct Part {
    pub(super) count: usize,
    pub(super) goes: Goes,
}

/// What becomes of them.
pub(super) enum Goes {
    /// They wait in the exchange until they are due.
    Later,
    /// They go by these routes, and beyond them to alternates.
    Now(Routes, Vec<Beyond>),
}

/// Where messages go from an alternate exchange.
pub(super) struct Beyond {
    /// The place of the first one in its part.
    pub(super) place: usize,
    pub(super) alternate: Arc<Exchange>,
    pub(super) found: Found,
}

impl Beyond {
    /// Whether it is of so many messages, from this place on: where they were routed once more,
    /// others may go there together.
    pub(super) fn is_of(&self, place: usize, count: usize) -> bool {
        self.place == place
            && self.found.parts.iter().map(|part| part.count).sum::<usize>() == count
    }
}

impl VirtualHost {
    /// Publishes messages as it was found.
    pub(super) fn publish_found(
        &self,
        exchange: &Arc<Exchange>,
        batch: Batch<'_>,
        found: &Found,
        way: Way,
        published: &mut Published,
    ) {
        let mut done = 0;
        for Part { count, goes } in &found.parts {
            let part = batch.part(done, *count);
            match goes {
                Goes::Later => self.hold_all(exchange, part, way, published),
                Goes::Now(routes, beyond) => {
                    let stamped = exchange.prepare(part.messages);
                    let messages = stamped.as_deref().unwrap_or(part.messages);
                    let part = Batch { messages, ..part };
                    let again = exchange.marks_what_passes();
                    let again = again.then(|| self.routes(exchange, part).or_as_in(routes));
                    let routes = again.as_ref().unwrap_or(routes);
                    self.publish_by(exchange, part, (routes, beyond), way, published);
                }
            }
            done += count;
        }
    }
}
