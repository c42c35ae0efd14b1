//! QMF version 1 as a management agent speaks it: binary commands on the exchange
//! `qpid.management`, for consoles such as `qmf.console`, `qpid-tool` and `qpid-queue-stats`.
//!
//! A message's body is one or more commands, each behind a header (`AM2`, a letter, a number).
//! Consoles send requests with the routing keys `broker`, `agent.1.0` and, for schemas, by
//! `qmf.default.direct` as well; [`Agent::handle`] answers them to the request's reply-to. What
//! nobody asked for goes out on `qpid.management`: events and heartbeats by [`Agent`], changed
//! objects by [`Publisher`].
//!
//! | command | content | answer |
//! |---|---|---|
//! | `B` | | `b`: the broker's id |
//! | `P` | | `p` for each package, `z` |
//! | `Q` | package | `q` for each class and event of it, `z` |
//! | `S` | class key | `s`: the schema, or `z` |
//! | `G` | map: `_class` and perhaps `_package`, or `_objectid` | `g` for each object, `z` |
//! | `M` | object, class key, method, arguments | `m`: status, text, arguments |
//!
//! Unasked: `c` (properties), `i` (statistics), `h` (heartbeat), `e` (event).
//!
//! Invariants:
//! - any bytes are a request, an answer with an error, or nothing; never a fault of ours;
//! - an answer costs the memory of one page at a time, however many objects it tells of.

mod agent;
mod catalog;
mod class_key;
mod command;
mod content;
mod field_table;
mod header;
pub mod limits;
mod method;
mod object_id;
mod page;
mod publish;
mod query;
mod schema;
mod told;
mod value;

pub use agent::{Agent, EXCHANGE, Request};
pub use catalog::Catalog;
pub use publish::Publisher;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod golden;
