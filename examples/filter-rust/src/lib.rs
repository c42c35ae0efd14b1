//! Filter language `json`: conditions over a message's headers and its JSON body, such as
//! `site = "b" and $.temperature > 30`, and bodies without what not everybody may see:
//! `redact $.card`.
//!
//! An example of a plugin that stands outside the broker's source tree. One source makes a native
//! library and a WASM component; README.md says how to build either and what the language means.
//!
//! Invariants:
//! - an expression that names headers alone never reads a body;
//! - a body is read as JSON once for a message, however many expressions ask for it;
//! - what a message says can fail an expression, never the plugin.

mod evaluate;
mod expression;
mod json;
mod language;
mod parse;
mod path;
mod scan;
mod token;
mod value;
mod wanted;

pub use language::Json;

philter_plugin_api::export_plugin! { filter: [Json] }
