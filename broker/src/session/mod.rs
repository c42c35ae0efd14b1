//! Sessions: what clients say, in the words of the model. One folder a protocol.

pub(crate) mod greeting;
pub(crate) mod live;
pub(crate) mod v0_10;
pub(crate) mod v0_9_1;
