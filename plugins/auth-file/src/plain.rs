//! The message of SASL PLAIN (RFC 4616, section 2): `[authzid] NUL authcid NUL passwd`.

/// A PLAIN message, borrowed. Has no `Debug`: it holds a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlainMessage<'a> {
    /// Whom the client wants to act as; empty: as itself.
    pub(crate) authorization: &'a str,
    /// Who the client is.
    pub(crate) user: &'a str,
    /// Its password, not prepared yet.
    pub(crate) password: &'a [u8],
}

impl<'a> PlainMessage<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// A message of another shape.
    pub(crate) fn parse(message: &'a [u8]) -> Result<Self, MalformedPlain> {
        let mut fields = message.split(|&byte| byte == 0);
        let (Some(authorization), Some(user), Some(password), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(MalformedPlain::Fields);
        };
        let authorization = std::str::from_utf8(authorization);
        let user = std::str::from_utf8(user);
        let (Ok(authorization), Ok(user)) = (authorization, user) else {
            return Err(MalformedPlain::Encoding);
        };
        Ok(Self { authorization, user, password })
    }
}

/// Why a PLAIN message cannot be read; the client is at fault, and only its login fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MalformedPlain {
    #[error("a PLAIN message is two NULs between three fields")]
    Fields,
    #[error("a name of a PLAIN message is not UTF-8")]
    Encoding,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_messages_of_another_shape() {
        let refused = |message: &'static [u8]| PlainMessage::parse(message).err();
        assert_eq!(refused(b""), Some(MalformedPlain::Fields));
        assert_eq!(refused(b"bob\0secret"), Some(MalformedPlain::Fields));
        assert_eq!(refused(b"\0bob\0sec\0ret"), Some(MalformedPlain::Fields));
        assert_eq!(refused(b"\0\xff\0secret"), Some(MalformedPlain::Encoding));
        assert_eq!(refused(b"\xff\0bob\0secret"), Some(MalformedPlain::Encoding));
    }

    proptest! {
        #[test]
        fn any_three_fields_are_read_back(
            authorization in "[^\0]{0,8}", user in "[^\0]{0,8}", password in "[^\0]{0,8}"
        ) {
            let message = format!("{authorization}\0{user}\0{password}");
            let parsed = PlainMessage::parse(message.as_bytes()).unwrap();
            prop_assert_eq!(parsed.authorization, authorization);
            prop_assert_eq!(parsed.user, user);
            prop_assert_eq!(parsed.password, password.as_bytes());
        }
    }
}
