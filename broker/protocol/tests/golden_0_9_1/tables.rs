//! The values that the golden vectors stand for: every argument set.

use philter_protocol::v0_9_1::method::{
    access, basic, channel, confirm, connection, exchange, queue, tx,
};
use philter_protocol::v0_9_1::{FieldValue, Method, Table};

/// A table with a value of every type that pika writes.
pub(crate) fn table() -> Table {
    let list = FieldValue::Array(vec![FieldValue::Int32(1), "a".into()]);
    Table::new()
        .with("bool", true)
        .with("int", FieldValue::Int32(-5))
        .with("big", FieldValue::Int64(1 << 40))
        .with("text", "té")
        .with("bytes", FieldValue::Bytes(vec![0xff]))
        .with("none", FieldValue::Void)
        .with("dec", FieldValue::Decimal { scale: 2, unscaled: 125 })
        .with("time", FieldValue::Timestamp(1_700_000_000))
        .with("list", list)
        .with("map", FieldValue::Table(Table::new().with("k", "v")))
}

/// Every method of every class.
pub(crate) fn methods() -> Vec<Method> {
    let classes = [of_connection(), of_channel(), of_access(), of_exchange(), of_queue()];
    let others = [of_consuming(), of_messages(), of_confirm(), of_tx()];
    classes.into_iter().chain(others).flatten().collect()
}

fn of_connection() -> Vec<Method> {
    vec![
        connection::Start {
            version_major: 0x11,
            version_minor: 0x11,
            server_properties: table(),
            mechanisms: "mechanisms".into(),
            locales: "locales".into(),
        }
        .into(),
        connection::StartOk {
            client_properties: table(),
            mechanism: "mechanism".into(),
            response: "response".into(),
            locale: "locale".into(),
        }
        .into(),
        connection::Secure { challenge: "challenge".into() }.into(),
        connection::SecureOk { response: "response".into() }.into(),
        connection::Tune { channel_max: 0x1234, frame_max: 0x1234_5678, heartbeat: 0x1234 }.into(),
        connection::TuneOk { channel_max: 0x1234, frame_max: 0x1234_5678, heartbeat: 0x1234 }
            .into(),
        connection::Open {
            virtual_host: "virtual_host".into(),
            capabilities: "capabilities".into(),
            insist: true,
        }
        .into(),
        connection::OpenOk { known_hosts: "known_hosts".into() }.into(),
        connection::Close {
            reply_code: 0x1234,
            reply_text: "reply_text".into(),
            class_id: 0x1234,
            method_id: 0x1234,
        }
        .into(),
        connection::CloseOk {}.into(),
        connection::Blocked { reason: "reason".into() }.into(),
        connection::Unblocked {}.into(),
        connection::UpdateSecret { new_secret: "new_secret".into(), reason: "reason".into() }
            .into(),
        connection::UpdateSecretOk {}.into(),
    ]
}

fn of_channel() -> Vec<Method> {
    vec![
        channel::Open { out_of_band: "out_of_band".into() }.into(),
        channel::OpenOk { channel_id: "channel_id".into() }.into(),
        channel::Flow { active: true }.into(),
        channel::FlowOk { active: true }.into(),
        channel::Close {
            reply_code: 0x1234,
            reply_text: "reply_text".into(),
            class_id: 0x1234,
            method_id: 0x1234,
        }
        .into(),
        channel::CloseOk {}.into(),
    ]
}

fn of_access() -> Vec<Method> {
    vec![
        access::Request {
            realm: "realm".into(),
            exclusive: true,
            passive: true,
            active: true,
            write: true,
            read: true,
        }
        .into(),
        access::RequestOk { ticket: 0x1234 }.into(),
    ]
}

fn of_exchange() -> Vec<Method> {
    vec![
        exchange::Declare {
            ticket: 0x1234,
            exchange: "exchange".into(),
            type_: "type".into(),
            passive: true,
            durable: true,
            auto_delete: true,
            internal: true,
            no_wait: true,
            arguments: table(),
        }
        .into(),
        exchange::DeclareOk {}.into(),
        exchange::Delete {
            ticket: 0x1234,
            exchange: "exchange".into(),
            if_unused: true,
            no_wait: true,
        }
        .into(),
        exchange::DeleteOk {}.into(),
        exchange::Bind {
            ticket: 0x1234,
            destination: "destination".into(),
            source: "source".into(),
            routing_key: "routing_key".into(),
            no_wait: true,
            arguments: table(),
        }
        .into(),
        exchange::BindOk {}.into(),
        exchange::Unbind {
            ticket: 0x1234,
            destination: "destination".into(),
            source: "source".into(),
            routing_key: "routing_key".into(),
            no_wait: true,
            arguments: table(),
        }
        .into(),
        exchange::UnbindOk {}.into(),
    ]
}

fn of_queue() -> Vec<Method> {
    vec![
        queue::Declare {
            ticket: 0x1234,
            queue: "queue".into(),
            passive: true,
            durable: true,
            exclusive: true,
            auto_delete: true,
            no_wait: true,
            arguments: table(),
        }
        .into(),
        queue::DeclareOk {
            queue: "queue".into(),
            message_count: 0x1234_5678,
            consumer_count: 0x1234_5678,
        }
        .into(),
        queue::Bind {
            ticket: 0x1234,
            queue: "queue".into(),
            exchange: "exchange".into(),
            routing_key: "routing_key".into(),
            no_wait: true,
            arguments: table(),
        }
        .into(),
        queue::BindOk {}.into(),
        queue::Purge { ticket: 0x1234, queue: "queue".into(), no_wait: true }.into(),
        queue::PurgeOk { message_count: 0x1234_5678 }.into(),
        queue::Delete {
            ticket: 0x1234,
            queue: "queue".into(),
            if_unused: true,
            if_empty: true,
            no_wait: true,
        }
        .into(),
        queue::DeleteOk { message_count: 0x1234_5678 }.into(),
        queue::Unbind {
            ticket: 0x1234,
            queue: "queue".into(),
            exchange: "exchange".into(),
            routing_key: "routing_key".into(),
            arguments: table(),
        }
        .into(),
        queue::UnbindOk {}.into(),
    ]
}

fn of_consuming() -> Vec<Method> {
    vec![
        basic::Qos { prefetch_size: 0x1234_5678, prefetch_count: 0x1234, global: true }.into(),
        basic::QosOk {}.into(),
        basic::Consume {
            ticket: 0x1234,
            queue: "queue".into(),
            consumer_tag: "consumer_tag".into(),
            no_local: true,
            no_ack: true,
            exclusive: true,
            no_wait: true,
            arguments: table(),
        }
        .into(),
        basic::ConsumeOk { consumer_tag: "consumer_tag".into() }.into(),
        basic::Cancel { consumer_tag: "consumer_tag".into(), no_wait: true }.into(),
        basic::CancelOk { consumer_tag: "consumer_tag".into() }.into(),
        basic::Get { ticket: 0x1234, queue: "queue".into(), no_ack: true }.into(),
        basic::Ack { delivery_tag: 0x1234_5678_9abc_def0, multiple: true }.into(),
        basic::Reject { delivery_tag: 0x1234_5678_9abc_def0, requeue: true }.into(),
        basic::RecoverAsync { requeue: true }.into(),
        basic::Recover { requeue: true }.into(),
        basic::RecoverOk {}.into(),
        basic::Nack { delivery_tag: 0x1234_5678_9abc_def0, multiple: true, requeue: true }.into(),
    ]
}

fn of_messages() -> Vec<Method> {
    vec![
        basic::Publish {
            ticket: 0x1234,
            exchange: "exchange".into(),
            routing_key: "routing_key".into(),
            mandatory: true,
            immediate: true,
        }
        .into(),
        basic::Return {
            reply_code: 0x1234,
            reply_text: "reply_text".into(),
            exchange: "exchange".into(),
            routing_key: "routing_key".into(),
        }
        .into(),
        basic::Deliver {
            consumer_tag: "consumer_tag".into(),
            delivery_tag: 0x1234_5678_9abc_def0,
            redelivered: true,
            exchange: "exchange".into(),
            routing_key: "routing_key".into(),
        }
        .into(),
        basic::GetOk {
            delivery_tag: 0x1234_5678_9abc_def0,
            redelivered: true,
            exchange: "exchange".into(),
            routing_key: "routing_key".into(),
            message_count: 0x1234_5678,
        }
        .into(),
        basic::GetEmpty { cluster_id: "cluster_id".into() }.into(),
    ]
}

fn of_confirm() -> Vec<Method> {
    vec![confirm::Select { no_wait: true }.into(), confirm::SelectOk {}.into()]
}

fn of_tx() -> Vec<Method> {
    vec![
        tx::Select {}.into(),
        tx::SelectOk {}.into(),
        tx::Commit {}.into(),
        tx::CommitOk {}.into(),
        tx::Rollback {}.into(),
        tx::RollbackOk {}.into(),
    ]
}
