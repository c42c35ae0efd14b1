//! AMQP 0-9-1 with RabbitMQ's extensions: framing, types, methods, and the state of connections.

pub mod properties;
pub mod short_str;
pub mod table;
pub mod value;

pub use properties::Properties;
pub use short_str::ShortStr;
pub use table::{ArrayRef, FieldRef, TableRef};
pub use value::{FieldValue, Table};
