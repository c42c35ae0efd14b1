//! Content-based routing: exchange type `xml` and filter language `xquery`, two factories in one
//! library.
//!
//! Both compile XQuery expressions, evaluate them over a message's body and headers, and take the
//! effective boolean value as the answer. `engine` knows XQuery and nothing of brokers; `workers`
//! runs it where a query can do no harm; the rest knows brokers and nothing of XQuery.
//!
//! Invariants: a query never fails a publisher; what a query may cost is bounded, or costs itself.

mod asking;
mod command;
mod configuration;
mod engine;
mod exchange;
mod explanation;
mod filter;
mod index;
mod json_object;
mod refusal;
mod tally;
mod variables;
mod workers;

pub use exchange::XmlExchange;
pub use filter::XQuery;

philter_plugin_api::export_plugin! {
    exchange: [XmlExchange],
    filter: [XQuery],
}
