//! The limits of authentication, each with its reason.

/// Responses of a peer in one SASL exchange, the initial one included. SCRAM needs three.
pub(crate) const SASL_ROUNDS_MAX: usize = 8;

/// Bytes of one response. SCRAM's are a few hundred, Kerberos tickets a few thousand.
pub(crate) const RESPONSE_BYTES_MAX: usize = 16 * 1024;
