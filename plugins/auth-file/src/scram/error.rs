//! What a client can get wrong in SCRAM.

use crate::name::BadName;

/// Why a SCRAM login fails; the client is at fault, and only this login ends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ScramError {
    #[error("the {message} is not UTF-8")]
    Encoding { message: &'static str },
    #[error("the {message} has no attribute '{attribute}' where RFC 5802 puts it")]
    Missing { message: &'static str, attribute: char },
    #[error("the client asks for channel binding, which is not on offer")]
    ChannelBinding,
    #[error("the client demands the extension '{attribute}', which is not known")]
    Extension { attribute: char },
    #[error("a name has an '=' that is neither =2C nor =3D")]
    Escape,
    #[error("the nonce has characters other than printable ASCII, or none")]
    Nonce,
    #[error(transparent)]
    Name(#[from] BadName),
    #[error("'{user}' may not act as somebody else")]
    Authorization { user: String },
    #[error("the client answered another challenge: its nonce is not the one it was given")]
    OtherNonce,
    #[error("the client changed its header between its two messages")]
    OtherHeader,
    #[error("the proof is not base64 of 32 bytes")]
    Proof,
    #[error("wrong password of '{user}'")]
    WrongPassword { user: String },
    #[error("no user '{user}'")]
    UnknownUser { user: String },
}
