//! Class queue: declare, delete, purge, query.

use crate::v0_10::packed::packed;
use crate::v0_10::value::FieldMap;

packed! {
    /// Make a queue, or check one (passive).
    QueueDeclare = 0x8, 0x1, "queue.declare" {
        queue: String as Str8,
        alternate_exchange: String as Str8,
        passive: bit,
        durable: bit,
        exclusive: bit,
        auto_delete: bit,
        arguments: Option<FieldMap> as Map,
    }
    /// Remove a queue.
    QueueDelete = 0x8, 0x2, "queue.delete" { queue: String as Str8, if_unused: bit, if_empty: bit }
    /// Drop a queue's messages.
    QueuePurge = 0x8, 0x3, "queue.purge" { queue: String as Str8 }
    /// What is this queue?
    QueueQuery = 0x8, 0x4, "queue.query" { queue: String as Str8 }
}
