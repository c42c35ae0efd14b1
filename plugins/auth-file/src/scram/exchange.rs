//! One login: challenge and verdict.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::client_final::ClientFinal;
use super::client_first::ClientFirst;
use super::error::ScramError;
use crate::name::UserName;
use crate::sha256::{Hash, hmac};
use crate::users::Found;

/// Bytes of the server's half of the nonce: as many as RFC 7677's example, before base64.
pub(crate) const NONCE_BYTES: usize = 18;

/// A login that waits for the client's proof.
pub(crate) struct Challenged {
    user: UserName,
    found: Found,
    /// `client-first-message-bare "," server-first-message`.
    auth_message_head: String,
    /// What the client repeats as `c=`.
    channel_binding: String,
    /// What the client repeats as `r=`.
    nonce: String,
}

/// A login that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proven {
    /// Who it is.
    pub(crate) user: UserName,
    /// The `server-final-message`, by which the server proves that it knows the user too.
    pub(crate) server_final: String,
}

impl Challenged {
    /// Answers a first message with the `server-first-message`.
    pub(crate) fn begin(
        first: &ClientFirst<'_>,
        user: UserName,
        found: Found,
        server_nonce: &str,
    ) -> (Self, String) {
        let nonce = format!("{}{server_nonce}", first.nonce);
        let salt = STANDARD.encode(found.credential.salt());
        let server_first = format!("r={nonce},s={salt},i={}", found.credential.iterations());
        let challenged = Self {
            user,
            found,
            auth_message_head: format!("{},{server_first}", first.bare),
            channel_binding: STANDARD.encode(first.gs2_header),
            nonce,
        };
        (challenged, server_first)
    }

    /// Takes the client's proof.
    ///
    /// # Errors
    /// A malformed message, a wrong password, or a user who is not known.
    pub(crate) fn finish(self, client_final: &[u8]) -> Result<Proven, ScramError> {
        let last = ClientFinal::parse(client_final)?;
        if last.nonce != self.nonce {
            return Err(ScramError::OtherNonce);
        }
        if last.channel_binding != self.channel_binding {
            return Err(ScramError::OtherHeader);
        }
        let auth_message = format!("{},{}", self.auth_message_head, last.without_proof);
        let credential = &self.found.credential;
        let client_signature = hmac(credential.stored_key(), &[auth_message.as_bytes()]);
        let server_signature = hmac(credential.server_key(), &[auth_message.as_bytes()]);
        let is_proven = credential.has_client_key(&xor(&last.proof, &client_signature));
        match (is_proven, self.found.is_known) {
            (true, true) => {
                let server_final = format!("v={}", STANDARD.encode(server_signature));
                Ok(Proven { user: self.user, server_final })
            }
            (_, false) => Err(ScramError::UnknownUser { user: self.user.to_string() }),
            (false, true) => Err(ScramError::WrongPassword { user: self.user.to_string() }),
        }
    }
}

fn xor(left: &Hash, right: &Hash) -> Hash {
    let mut both = *left;
    for (byte, other) in both.iter_mut().zip(right) {
        *byte ^= other;
    }
    both
}

#[cfg(test)]
mod tests;
