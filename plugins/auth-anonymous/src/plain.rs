//! The message of SASL PLAIN (RFC 4616, section 2), of which only the name is wanted here.

/// The authentication identity in `[authzid] NUL authcid NUL passwd`; the password is not looked
/// at.
///
/// # Errors
/// A message of another shape.
pub(crate) fn user_name(message: &[u8]) -> Result<&str, MalformedPlain> {
    let mut fields = message.split(|&byte| byte == 0);
    let (Some(_authorization), Some(name), Some(_password), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(MalformedPlain::Fields);
    };
    std::str::from_utf8(name).map_err(|_| MalformedPlain::Encoding)
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

    #[test]
    fn reads_the_authentication_identity() {
        assert_eq!(user_name(b"\0bob\0secret"), Ok("bob"));
        assert_eq!(user_name(b"alice\0bob\0"), Ok("bob"));
    }

    #[test]
    fn refuses_messages_of_another_shape() {
        assert_eq!(user_name(b""), Err(MalformedPlain::Fields));
        assert_eq!(user_name(b"bob\0secret"), Err(MalformedPlain::Fields));
        assert_eq!(user_name(b"\0bob\0sec\0ret"), Err(MalformedPlain::Fields));
        assert_eq!(user_name(b"\0\xff\0secret"), Err(MalformedPlain::Encoding));
    }
}
