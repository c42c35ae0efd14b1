//! AMQP 0-10: framing, types, controls and commands, and the state of connections and sessions.

pub mod assembly;
pub mod command;
pub mod connection;
pub mod control;
pub mod frame;
pub mod headers;
pub mod map;
pub mod packed;
pub mod range_set;
pub mod session;
pub mod structs;
pub mod value;

pub use command::Command;
pub use connection::{ClientConfig, Connection, Event, ServerConfig};
pub use control::Control;
pub use frame::Body;
pub use range_set::{CommandId, RangeSet};
pub use session::SessionEvent;
pub use value::{FieldMap, Value};
