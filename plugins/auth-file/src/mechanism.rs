//! The mechanisms that the provider speaks.

/// A mechanism, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
pub(crate) enum Mechanism {
    /// RFC 7677: the password never leaves the client.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// RFC 4616: the password itself.
    #[serde(rename = "PLAIN")]
    Plain,
}

impl Mechanism {
    /// Its name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::Plain => "PLAIN",
        }
    }
}
