//! Sessions: what clients say, in the words of the model. One folder a protocol.

#[allow(dead_code, reason = "what only management reads is read by nobody else")]
pub(crate) mod live;
pub(crate) mod v0_10;
