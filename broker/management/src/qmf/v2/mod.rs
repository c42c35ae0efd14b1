//! QMF version 2: requests, answers and broadcasts as AMQP 0-10 maps and lists.
//!
//! A console sends a request to `qmf.default.direct` with the key `broker` or the agent's name, or
//! `_agent_locate_request` to `qmf.default.topic`; [`Agent::handle`] answers it to its reply-to.
//! What nobody asked for goes to `qmf.default.topic`: heartbeats and events by the agent, changed
//! objects by a [`Publisher`].
//!
//! | `qmf.opcode` | body | answer |
//! |---|---|---|
//! | `_query_request` | map: `_what`, `_schema_id` or `_object_id`, `_where` | `_query_response` |
//! | `_method_request` | map: `_object_id`, `_method_name`, `_arguments` | `_method_response` |
//! | `_agent_locate_request` | | `_agent_locate_response` |
//!
//! What can't be answered is answered by `_exception` with `error_code` and `error_text`.
//! Unasked: `_agent_heartbeat_indication`, `_data_indication` (objects or events).
//!
//! Invariants:
//! - a request without a reply-to changes nothing and is answered by nothing, and no message of the
//!   agent has a reply-to, so no two agents can talk for ever;
//! - an answer costs the memory of one page at a time, however many objects it tells of.

mod agent;
mod content;
mod identity;
mod indication;
pub mod limits;
mod method;
mod object_map;
mod page;
mod predicate;
mod publish;
mod query;
mod request;
mod value;

pub use agent::{Agent, Incoming, Sink};
pub use identity::{Identity, IdentityError};
pub use publish::Publisher;

/// The `app-id` of every message of this version.
pub const APP_ID: &str = "qmf2";

/// The key of a request to the broker's own agent, whatever its name.
pub const LOCAL_KEY: &str = "broker";

/// The key, on `qmf.default.topic`, by which consoles look for agents.
pub const LOCATE_KEY: &str = "console.request.agent_locate";

/// Where requests come to.
pub const DIRECT_EXCHANGE: &str = "qmf.default.direct";

/// Where broadcasts go, and where consoles look for agents.
pub const TOPIC_EXCHANGE: &str = "qmf.default.topic";

#[cfg(test)]
mod tests;
