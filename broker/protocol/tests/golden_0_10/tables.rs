//! The values that the golden vectors stand for: in each, every field is set, and a text field
//! holds its own name. Invariant: a command or control that the library has stands here once.

use philter_protocol::v0_10::command::{self as c, Command};
use philter_protocol::v0_10::control::{self as k, Control};
use philter_protocol::v0_10::structs::{DeliveryProperties, MessageProperties, ReplyTo};
use philter_protocol::v0_10::{CommandId, FieldMap, RangeSet, Value};

/// An xid: class and code, flags, format 1, global id `g`, branch id `b`.
pub(crate) const XID: &[u8] = &[6, 4, 7, 0, 0, 0, 0, 1, 1, b'g', 1, b'b'];

/// An exchange.bound result that says queue-not-found, by its second flag.
const BOUND: &[u8] = &[7, 2, 2, 0];

pub(crate) fn map() -> FieldMap {
    FieldMap::new().with("k", Value::Int64(1))
}

pub(crate) fn ranges() -> RangeSet {
    [3, 4, 5, 9].into_iter().map(CommandId).collect()
}

fn reply_to() -> ReplyTo {
    ReplyTo { exchange: Some("exchange".into()), routing_key: Some("routing_key".into()) }
}

pub(crate) fn uuid() -> [u8; 16] {
    std::array::from_fn(|index| index as u8)
}

fn execution_commands() -> Vec<(&'static str, Command)> {
    vec![
        ("execution.sync", c::Sync {}.into()),
        (
            "execution.result",
            c::Result_ { command_id: CommandId(7), value: Some(BOUND.to_vec()) }.into(),
        ),
        (
            "execution.exception",
            c::Exception {
                error_code: 0x1234,
                command_id: CommandId(7),
                class_code: 0x11,
                command_code: 0x11,
                field_index: 0x11,
                description: "description".into(),
                error_info: Some(map()),
            }
            .into(),
        ),
    ]
}

fn message_commands() -> Vec<(&'static str, Command)> {
    vec![
        (
            "message.transfer",
            c::MessageTransfer {
                destination: "destination".into(),
                accept_mode: 0x11,
                acquire_mode: 0x11,
            }
            .into(),
        ),
        ("message.accept", c::MessageAccept { transfers: ranges() }.into()),
        (
            "message.reject",
            c::MessageReject { transfers: ranges(), code: 0x1234, text: "text".into() }.into(),
        ),
        (
            "message.release",
            c::MessageRelease { transfers: ranges(), set_redelivered: true }.into(),
        ),
        ("message.acquire", c::MessageAcquire { transfers: ranges() }.into()),
        (
            "message.resume",
            c::MessageResume { destination: "destination".into(), resume_id: "resume_id".into() }
                .into(),
        ),
        (
            "message.subscribe",
            c::MessageSubscribe {
                queue: "queue".into(),
                destination: "destination".into(),
                accept_mode: 0x11,
                acquire_mode: 0x11,
                exclusive: true,
                resume_id: Some("resume_id".into()),
                resume_ttl: Some(0x1234_5678_9abc_def0),
                arguments: Some(map()),
            }
            .into(),
        ),
        ("message.cancel", c::MessageCancel { destination: "destination".into() }.into()),
        (
            "message.set-flow-mode",
            c::MessageSetFlowMode { destination: "destination".into(), flow_mode: 0x11 }.into(),
        ),
        (
            "message.flow",
            c::MessageFlow { destination: "destination".into(), unit: 0x11, value: 0x1234_5678 }
                .into(),
        ),
        ("message.flush", c::MessageFlush { destination: "destination".into() }.into()),
        ("message.stop", c::MessageStop { destination: "destination".into() }.into()),
    ]
}

fn tx_commands() -> Vec<(&'static str, Command)> {
    vec![
        ("tx.select", c::TxSelect {}.into()),
        ("tx.commit", c::TxCommit {}.into()),
        ("tx.rollback", c::TxRollback {}.into()),
    ]
}

fn dtx_commands() -> Vec<(&'static str, Command)> {
    vec![
        ("dtx.select", c::DtxSelect {}.into()),
        ("dtx.start", c::DtxStart { xid: XID.to_vec(), join: true, resume: true }.into()),
        ("dtx.end", c::DtxEnd { xid: XID.to_vec(), fail: true, suspend: true }.into()),
        ("dtx.commit", c::DtxCommit { xid: XID.to_vec(), one_phase: true }.into()),
        ("dtx.forget", c::DtxForget { xid: XID.to_vec() }.into()),
        ("dtx.get-timeout", c::DtxGetTimeout { xid: XID.to_vec() }.into()),
        ("dtx.prepare", c::DtxPrepare { xid: XID.to_vec() }.into()),
        ("dtx.recover", c::DtxRecover {}.into()),
        ("dtx.rollback", c::DtxRollback { xid: XID.to_vec() }.into()),
        ("dtx.set-timeout", c::DtxSetTimeout { xid: XID.to_vec(), timeout: 0x1234_5678 }.into()),
    ]
}

fn exchange_commands() -> Vec<(&'static str, Command)> {
    vec![
        (
            "exchange.declare",
            c::ExchangeDeclare {
                exchange: "exchange".into(),
                type_: "type".into(),
                alternate_exchange: "alternate_exchange".into(),
                passive: true,
                durable: true,
                auto_delete: true,
                arguments: Some(map()),
            }
            .into(),
        ),
        (
            "exchange.delete",
            c::ExchangeDelete { exchange: "exchange".into(), if_unused: true }.into(),
        ),
        ("exchange.query", c::ExchangeQuery { name: "name".into() }.into()),
        (
            "exchange.bind",
            c::ExchangeBind {
                queue: "queue".into(),
                exchange: "exchange".into(),
                binding_key: "binding_key".into(),
                arguments: Some(map()),
            }
            .into(),
        ),
        (
            "exchange.unbind",
            c::ExchangeUnbind {
                queue: "queue".into(),
                exchange: "exchange".into(),
                binding_key: "binding_key".into(),
            }
            .into(),
        ),
        (
            "exchange.bound",
            c::ExchangeBound {
                exchange: "exchange".into(),
                queue: "queue".into(),
                binding_key: Some("binding_key".into()),
                arguments: Some(map()),
            }
            .into(),
        ),
    ]
}

fn queue_commands() -> Vec<(&'static str, Command)> {
    vec![
        (
            "queue.declare",
            c::QueueDeclare {
                queue: "queue".into(),
                alternate_exchange: "alternate_exchange".into(),
                passive: true,
                durable: true,
                exclusive: true,
                auto_delete: true,
                arguments: Some(map()),
            }
            .into(),
        ),
        (
            "queue.delete",
            c::QueueDelete { queue: "queue".into(), if_unused: true, if_empty: true }.into(),
        ),
        ("queue.purge", c::QueuePurge { queue: "queue".into() }.into()),
        ("queue.query", c::QueueQuery { queue: "queue".into() }.into()),
    ]
}

fn connection_controls() -> Vec<(&'static str, Control)> {
    vec![
        (
            "connection.start",
            k::Start {
                server_properties: map(),
                mechanisms: vec!["a".into(), "bc".into()],
                locales: vec!["a".into(), "bc".into()],
            }
            .into(),
        ),
        (
            "connection.start-ok",
            k::StartOk {
                client_properties: map(),
                mechanism: "mechanism".into(),
                response: Some(b"response".to_vec()),
                locale: "locale".into(),
            }
            .into(),
        ),
        ("connection.secure", k::Secure { challenge: b"challenge".to_vec() }.into()),
        ("connection.secure-ok", k::SecureOk { response: b"response".to_vec() }.into()),
        (
            "connection.tune",
            k::Tune {
                channel_max: Some(0x1234),
                max_frame_size: Some(0x1234),
                heartbeat_min: Some(0x1234),
                heartbeat_max: Some(0x1234),
            }
            .into(),
        ),
        (
            "connection.tune-ok",
            k::TuneOk {
                channel_max: Some(0x1234),
                max_frame_size: Some(0x1234),
                heartbeat: Some(0x1234),
            }
            .into(),
        ),
        (
            "connection.open",
            k::Open {
                virtual_host: "virtual_host".into(),
                capabilities: Some(vec!["a".into(), "bc".into()]),
                insist: true,
            }
            .into(),
        ),
        ("connection.open-ok", k::OpenOk { known_hosts: vec!["a".into(), "bc".into()] }.into()),
        (
            "connection.redirect",
            k::Redirect { host: "host".into(), known_hosts: vec!["a".into(), "bc".into()] }.into(),
        ),
        ("connection.heartbeat", k::Heartbeat {}.into()),
        (
            "connection.close",
            k::Close { reply_code: 0x1234, reply_text: "reply_text".into() }.into(),
        ),
        ("connection.close-ok", k::CloseOk {}.into()),
    ]
}

fn session_controls() -> Vec<(&'static str, Control)> {
    vec![
        ("session.attach", k::Attach { name: b"name".to_vec(), force: true }.into()),
        ("session.attached", k::Attached { name: b"name".to_vec() }.into()),
        ("session.detach", k::Detach { name: b"name".to_vec() }.into()),
        ("session.detached", k::Detached { name: b"name".to_vec(), code: 0x11 }.into()),
        ("session.request-timeout", k::RequestTimeout { timeout: Some(0x1234_5678) }.into()),
        ("session.timeout", k::Timeout { timeout: Some(0x1234_5678) }.into()),
        (
            "session.command-point",
            k::CommandPoint { command_id: CommandId(7), command_offset: 0x1234_5678_9abc_def0 }
                .into(),
        ),
        ("session.expected", k::Expected { commands: ranges(), fragments: None }.into()),
        ("session.confirmed", k::Confirmed { commands: ranges(), fragments: None }.into()),
        ("session.completed", k::Completed { commands: ranges(), timely_reply: true }.into()),
        ("session.known-completed", k::KnownCompleted { commands: ranges() }.into()),
        ("session.flush", k::Flush { expected: true, confirmed: true, completed: true }.into()),
        ("session.gap", k::Gap { commands: ranges() }.into()),
    ]
}

pub(crate) fn commands() -> Vec<(&'static str, Command)> {
    let classes = [
        execution_commands(),
        message_commands(),
        tx_commands(),
        dtx_commands(),
        exchange_commands(),
        queue_commands(),
    ];
    classes.into_iter().flatten().collect()
}

pub(crate) fn controls() -> Vec<(&'static str, Control)> {
    connection_controls().into_iter().chain(session_controls()).collect()
}

pub(crate) fn delivery_properties() -> DeliveryProperties {
    DeliveryProperties {
        discard_unroutable: true,
        immediate: true,
        redelivered: true,
        priority: Some(0x11),
        delivery_mode: Some(0x11),
        ttl: Some(0x1234_5678_9abc_def0),
        timestamp: Some(1_700_000_000),
        expiration: Some(1_700_000_000),
        exchange: Some("exchange".into()),
        routing_key: Some("routing_key".into()),
        resume_id: Some("resume_id".into()),
        resume_ttl: Some(0x1234_5678_9abc_def0),
    }
}

pub(crate) fn message_properties() -> MessageProperties {
    MessageProperties {
        content_length: Some(0x1234_5678_9abc_def0),
        message_id: Some(uuid()),
        correlation_id: Some(b"correlation_id".to_vec()),
        reply_to: Some(reply_to()),
        content_type: Some("content_type".into()),
        content_encoding: Some("content_encoding".into()),
        user_id: Some(b"user_id".to_vec()),
        app_id: Some(b"app_id".to_vec()),
        application_headers: Some(map()),
    }
}

pub(crate) fn values() -> Vec<(&'static str, Value)> {
    let deep = FieldMap::new().with("deep", Value::Bool(false));
    let list = vec![Value::Int64(1), Value::Str16("x".into()), Value::Void];
    vec![
        ("void", Value::Void),
        ("boolean", Value::Bool(true)),
        ("int64", Value::Int64(-2)),
        ("double", Value::Double(1.5)),
        ("str16", Value::Str16("\u{20ac}".into())),
        ("vbin16", Value::Vbin16(vec![0xff, 0])),
        ("vbin32", Value::Vbin32(b"abc".to_vec())),
        ("list", Value::List(list)),
        ("map", Value::Map(FieldMap::new().with("in", Value::Map(deep)))),
        ("datetime", Value::Datetime(1_700_000_000)),
        ("uuid", Value::Uuid(uuid())),
        ("empty map", Value::Map(FieldMap::new())),
        ("empty list", Value::List(vec![])),
    ]
}
