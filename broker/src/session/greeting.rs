//! What the broker says of itself to whoever connects, protocol by protocol.

use std::time::Duration;

use philter_protocol::v0_9_1::connection as v0_9_1;
use philter_protocol::v0_9_1::value::{FieldValue, Table};
use philter_protocol::v0_10;
use philter_protocol::v0_10::value::{FieldMap, Value};

/// Its name.
const PRODUCT: &str = "philter";

/// Its version.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The longest heartbeat interval on offer to 0-10, in seconds, as Qpid's brokers offer it.
const HEARTBEAT_S_MAX: u16 = 120;

/// The heartbeat interval that 0-9-1 is asked for, in seconds, as RabbitMQ asks for it.
const HEARTBEAT_S: u16 = 60;

/// Channels of a connection, as RabbitMQ offers them.
const CHANNEL_MAX: u16 = 2_047;

/// Bytes of a frame, as RabbitMQ offers them.
const FRAME_BYTES_MAX: u32 = 131_072;

/// What the broker can do beyond the specification of 0-9-1, in RabbitMQ's words.
const CAPABILITIES: [&str; 9] = [
    "publisher_confirms",
    "exchange_exchange_bindings",
    "basic.nack",
    "consumer_cancel_notify",
    "connection.blocked",
    "consumer_priorities",
    "authentication_failure_close",
    "per_consumer_qos",
    "direct_reply_to",
];

/// The server's side of 0-9-1.
pub(crate) fn v0_9_1(mechanisms: Vec<String>, negotiation: Duration) -> v0_9_1::ServerConfig {
    let mut capabilities = Table::new();
    for capability in CAPABILITIES {
        capabilities.insert(capability, FieldValue::Bool(true));
    }
    v0_9_1::ServerConfig {
        mechanisms,
        locales: vec!["en_US".to_owned()],
        properties: Table::new()
            .with("capabilities", FieldValue::Table(capabilities))
            .with("product", PRODUCT)
            .with("version", VERSION)
            .with("platform", std::env::consts::OS),
        channel_max: CHANNEL_MAX,
        frame_bytes_max: FRAME_BYTES_MAX,
        heartbeat_s: HEARTBEAT_S,
        negotiation_ms_max: in_ms(negotiation),
    }
}

/// The server's side of 0-10.
pub(crate) fn v0_10(mechanisms: Vec<String>, negotiation: Duration) -> v0_10::ServerConfig {
    let text = |text: &str| Value::Str16(text.to_owned());
    v0_10::ServerConfig {
        mechanisms,
        properties: FieldMap::new()
            .with("product", text(PRODUCT))
            .with("version", text(VERSION))
            .with("platform", text(std::env::consts::OS)),
        known_hosts: Vec::new(),
        heartbeat_max_s: HEARTBEAT_S_MAX,
        negotiation_ms_max: in_ms(negotiation),
    }
}

fn in_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
