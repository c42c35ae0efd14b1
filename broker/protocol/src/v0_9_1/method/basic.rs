//! Class basic: publish, consume, get, acknowledge, and RabbitMQ's nack.

use super::methods;
use crate::v0_9_1::value::Table;

methods! {
    /// How much may be unacknowledged.
    Qos = 60, 10, Client, "basic.qos" {
        prefetch_size: u32,
        prefetch_count: u16,
        global: bool,
    }
    /// It holds.
    QosOk = 60, 11, Server, "basic.qos-ok" {}
    /// Subscribe to a queue.
    Consume = 60, 20, Client, "basic.consume" {
        /// Reserved.
        ticket: u16,
        queue: String,
        consumer_tag: String,
        no_local: bool,
        no_ack: bool,
        exclusive: bool,
        no_wait: bool,
        arguments: Table,
    }
    /// Subscribed.
    ConsumeOk = 60, 21, Server, "basic.consume-ok" { consumer_tag: String }
    /// End a subscription; RabbitMQ's servers tell by it that one has ended.
    Cancel = 60, 30, Both, "basic.cancel" { consumer_tag: String, no_wait: bool }
    /// It has ended.
    CancelOk = 60, 31, Both, "basic.cancel-ok" { consumer_tag: String }
    /// A message to an exchange. Content follows.
    Publish = 60, 40, Client, "basic.publish" {
        /// Reserved.
        ticket: u16,
        exchange: String,
        routing_key: String,
        mandatory: bool,
        immediate: bool,
    }
    /// A message that nobody took. Content follows.
    Return = 60, 50, Server, "basic.return" {
        reply_code: u16,
        reply_text: String,
        exchange: String,
        routing_key: String,
    }
    /// A message to a consumer. Content follows.
    Deliver = 60, 60, Server, "basic.deliver" {
        consumer_tag: String,
        delivery_tag: u64,
        redelivered: bool,
        exchange: String,
        routing_key: String,
    }
    /// Ask for one message.
    Get = 60, 70, Client, "basic.get" {
        /// Reserved.
        ticket: u16,
        queue: String,
        no_ack: bool,
    }
    /// Here it is. Content follows.
    GetOk = 60, 71, Server, "basic.get-ok" {
        delivery_tag: u64,
        redelivered: bool,
        exchange: String,
        routing_key: String,
        message_count: u32,
    }
    /// There is none.
    GetEmpty = 60, 72, Server, "basic.get-empty" {
        /// Reserved.
        cluster_id: String,
    }
    /// Done with a message; RabbitMQ's servers confirm a publish by it.
    Ack = 60, 80, Both, "basic.ack" { delivery_tag: u64, multiple: bool }
    /// Not done with a message.
    Reject = 60, 90, Client, "basic.reject" { delivery_tag: u64, requeue: bool }
    /// Deliver again, without an answer.
    RecoverAsync = 60, 100, Client, "basic.recover-async" { requeue: bool }
    /// Deliver again.
    Recover = 60, 110, Client, "basic.recover" { requeue: bool }
    /// It is under way.
    RecoverOk = 60, 111, Server, "basic.recover-ok" {}
    /// RabbitMQ: not done with messages; servers tell by it that a publish failed.
    Nack = 60, 120, Both, "basic.nack" { delivery_tag: u64, multiple: bool, requeue: bool }
}
