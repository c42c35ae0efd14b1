//! Class exchange: declare, delete, query, bind.

use crate::v0_10::packed::packed;
use crate::v0_10::value::FieldMap;

packed! {
    /// Make an exchange, or check one (passive).
    ExchangeDeclare = 0x7, 0x1, "exchange.declare" {
        exchange: String as Str8,
        type_: String as Str8,
        alternate_exchange: String as Str8,
        passive: bit,
        durable: bit,
        auto_delete: bit,
        arguments: Option<FieldMap> as Map,
    }
    /// Remove an exchange.
    ExchangeDelete = 0x7, 0x2, "exchange.delete" { exchange: String as Str8, if_unused: bit }
    /// What is this exchange?
    ExchangeQuery = 0x7, 0x3, "exchange.query" { name: String as Str8 }
    /// Bind a queue.
    ExchangeBind = 0x7, 0x4, "exchange.bind" {
        queue: String as Str8,
        exchange: String as Str8,
        binding_key: String as Str8,
        arguments: Option<FieldMap> as Map,
    }
    /// Unbind a queue.
    ExchangeUnbind = 0x7, 0x5, "exchange.unbind" {
        queue: String as Str8,
        exchange: String as Str8,
        binding_key: String as Str8,
    }
    /// Is this bound?
    ExchangeBound = 0x7, 0x6, "exchange.bound" {
        exchange: String as Str8,
        queue: String as Str8,
        binding_key: Option<String> as Str8,
        arguments: Option<FieldMap> as Map,
    }
}
