//! `client-final-message` (RFC 5802, section 7).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::attribute::value;
use super::error::ScramError;
use crate::sha256::Hash;

const MESSAGE: &str = "client-final-message";

/// The client's second message, borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientFinal<'a> {
    /// The GS2 header again, in base64.
    pub(super) channel_binding: &'a str,
    /// Both halves of the nonce.
    pub(super) nonce: &'a str,
    /// Everything before the proof, which the proof covers.
    pub(super) without_proof: &'a str,
    /// The proof.
    pub(super) proof: Hash,
}

impl<'a> ClientFinal<'a> {
    /// Reads the message. Extensions between nonce and proof are passed over.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, ScramError> {
        let text =
            std::str::from_utf8(message).map_err(|_| ScramError::Encoding { message: MESSAGE })?;
        let (without_proof, proof) = text
            .rsplit_once(",p=")
            .ok_or(ScramError::Missing { message: MESSAGE, attribute: 'p' })?;
        let mut fields = without_proof.split(',');
        let channel_binding = value(fields.next(), 'c', MESSAGE)?;
        let nonce = value(fields.next(), 'r', MESSAGE)?;
        let proof = STANDARD.decode(proof).map_err(|_| ScramError::Proof)?;
        let proof = proof.try_into().map_err(|_| ScramError::Proof)?;
        Ok(Self { channel_binding, nonce, without_proof, proof })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_proof_covers_extensions() {
        let proof = STANDARD.encode([5; 32]);
        let message = format!("c=biws,r=abc,x=1,p={proof}");
        let last = ClientFinal::parse(message.as_bytes()).unwrap();
        assert_eq!(last.without_proof, "c=biws,r=abc,x=1");
        assert_eq!((last.channel_binding, last.nonce, last.proof), ("biws", "abc", [5; 32]));
    }

    #[test]
    fn names_what_is_missing() {
        let refused = |message: &[u8]| ClientFinal::parse(message).unwrap_err();
        let missing = |attribute| ScramError::Missing { message: MESSAGE, attribute };
        assert_eq!(refused(b""), missing('p'));
        assert_eq!(refused(b"c=biws,r=abc"), missing('p'));
        assert_eq!(refused(b"r=abc,p=AAAA"), missing('c'));
        assert_eq!(refused(b"c=biws,p=AAAA"), missing('r'));
        assert_eq!(refused(b"c=biws,r=abc,p=AAAA"), ScramError::Proof);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes in any::<Vec<u8>>()) {
            let _ = ClientFinal::parse(&bytes);
        }
    }
}
