//! The message of SASL PLAIN (RFC 4616, section 2): `[authzid] NUL authcid NUL passwd`.

/// What a PLAIN message says, borrowed. Has no `Debug`: it holds a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainMessage<'a> {
    /// The authentication identity.
    pub(crate) user: &'a str,
    password: &'a [u8],
}

impl<'a> PlainMessage<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// A message of another shape.
    pub(crate) fn parse(message: &'a [u8]) -> Result<Self, MalformedPlain> {
        let mut fields = message.split(|&byte| byte == 0);
        let (Some(_authorization), Some(user), Some(password), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(MalformedPlain::Fields);
        };
        let user = std::str::from_utf8(user).map_err(|_| MalformedPlain::Encoding)?;
        Ok(Self { user, password })
    }

    /// Whether these are the credentials that clients of RabbitMQ send where nobody gave them any.
    pub(crate) fn is_guest(&self) -> bool {
        self.user == "guest" && self.password == b"guest"
    }
}

/// Why a PLAIN message cannot be read; the peer is at fault, and only its login fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MalformedPlain {
    #[error("a PLAIN message is two NULs between three fields")]
    Fields,
    #[error("the user name of a PLAIN message is not UTF-8")]
    Encoding,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(message: &[u8]) -> Result<&str, MalformedPlain> {
        PlainMessage::parse(message).map(|said| said.user)
    }

    #[test]
    fn reads_the_authentication_identity() {
        assert_eq!(user(b"\0bob\0secret"), Ok("bob"));
        assert_eq!(user(b"alice\0bob\0"), Ok("bob"));
    }

    #[test]
    fn knows_the_guest_by_name_and_password() {
        let is_guest = |message| PlainMessage::parse(message).is_ok_and(|said| said.is_guest());
        assert!(is_guest(b"\0guest\0guest".as_slice()));
        for other in [b"\0guest\0Guest".as_slice(), b"\0guest\0", b"\0guests\0guest"] {
            assert!(!is_guest(other), "{other:?}");
        }
    }

    #[test]
    fn refuses_messages_of_another_shape() {
        assert_eq!(user(b""), Err(MalformedPlain::Fields));
        assert_eq!(user(b"bob\0secret"), Err(MalformedPlain::Fields));
        assert_eq!(user(b"\0bob\0sec\0ret"), Err(MalformedPlain::Fields));
        assert_eq!(user(b"\0\xff\0secret"), Err(MalformedPlain::Encoding));
    }
}
