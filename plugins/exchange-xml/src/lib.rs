//! Content-based routing: exchange type `xml` and filter language `xquery`, two factories in one
//! library.
//!
//! Both compile XQuery expressions, evaluate them over a message's body and headers, and take the
//! effective boolean value as the answer. The crate `philter-xquery` knows XQuery and nothing of
//! brokers; `index` finds among many bindings those that a message may match.
//!
//! Invariants: a query never fails a publisher; what a query may cost is bounded.

mod command;
mod configuration;
mod exchange;
mod explanation;
mod filter;
mod index;
mod json_object;
mod queries;
mod tally;
mod variables;

pub use exchange::XmlExchange;
pub use filter::XQuery;

philter_plugin_api::export_plugin! {
    exchange: [XmlExchange],
    filter: [XQuery],
}
