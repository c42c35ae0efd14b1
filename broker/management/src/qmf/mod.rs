//! QMF, Qpid's management protocol: requests and answers as bytes of AMQP messages.
//!
//! | version | requests come to | body |
//! |---|---|---|
//! | [`v1`] | `qpid.management`, `qmf.default.direct` | binary commands that begin with `AM2` |
//! | [`v2`] | `qmf.default.direct`, `qmf.default.topic` | AMQP 0-10 maps and lists; app-id `qmf2` |

pub mod message;
pub mod v1;
pub mod v2;
