//! AMQP 0-9-1 with RabbitMQ's extensions: framing, types, methods, and the state of connections.

pub mod connection;
pub mod error;
pub mod frame;
pub mod method;
pub mod properties;
pub mod reply_code;
pub mod short_str;
pub mod table;
pub mod value;

pub use connection::{
    AckInPlace, ChannelEvent, ClientConfig, Connection, Event, PublishInPlace, ServerConfig,
};
pub use error::ConnectionError;
pub use method::Method;
pub use properties::Properties;
pub use short_str::ShortStr;
pub use table::{ArrayRef, FieldRef, TableRef};
pub use value::{FieldValue, Table};
