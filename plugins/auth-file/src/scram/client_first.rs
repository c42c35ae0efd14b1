//! `client-first-message` (RFC 5802, section 7).

use super::attribute::{unescape, value};
use super::error::ScramError;

const MESSAGE: &str = "client-first-message";

/// The client's first message, borrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientFirst<'a> {
    /// The GS2 header, which the second message repeats.
    pub(super) gs2_header: &'a str,
    /// Everything behind the header.
    pub(super) bare: &'a str,
    /// Whom the client wants to act as, where it says so.
    pub(crate) authorization: Option<String>,
    /// Who the client is.
    pub(crate) user: String,
    /// The client's half of the nonce.
    pub(super) nonce: &'a str,
}

impl<'a> ClientFirst<'a> {
    /// Reads the message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(message: &'a [u8]) -> Result<Self, ScramError> {
        let text =
            std::str::from_utf8(message).map_err(|_| ScramError::Encoding { message: MESSAGE })?;
        let missing = ScramError::Missing { message: MESSAGE, attribute: 'n' };
        let (flag, rest) = text.split_once(',').ok_or(missing.clone())?;
        let (authorization, bare) = rest.split_once(',').ok_or(missing)?;
        check_binding(flag)?;
        let gs2_header = text.strip_suffix(bare).unwrap_or(text);
        let mut fields = bare.split(',');
        let first = fields.next();
        if first.is_some_and(|field| field.starts_with("m=")) {
            return Err(ScramError::Extension { attribute: 'm' });
        }
        let user = unescape(value(first, 'n', MESSAGE)?)?;
        let nonce = value(fields.next(), 'r', MESSAGE)?;
        check_nonce(nonce)?;
        let authorization = match authorization {
            "" => None,
            given => Some(unescape(value(Some(given), 'a', MESSAGE)?)?),
        };
        Ok(Self { gs2_header, bare, authorization, user, nonce })
    }
}

/// `n`: the client can't bind; `y`: it could, and believes that the server can't, which is true.
fn check_binding(flag: &str) -> Result<(), ScramError> {
    match flag {
        "n" | "y" => Ok(()),
        _ if flag.starts_with("p=") => Err(ScramError::ChannelBinding),
        _ => Err(ScramError::Missing { message: MESSAGE, attribute: 'n' }),
    }
}

fn check_nonce(nonce: &str) -> Result<(), ScramError> {
    let is_good = !nonce.is_empty() && nonce.bytes().all(|byte| byte.is_ascii_graphic());
    is_good.then_some(()).ok_or(ScramError::Nonce)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_name_nonce_and_header() {
        let first = ClientFirst::parse(b"y,a=b=2Cb,n=b=2Cb,r=abc,x=ignored").unwrap();
        assert_eq!(first.gs2_header, "y,a=b=2Cb,");
        assert_eq!(first.bare, "n=b=2Cb,r=abc,x=ignored");
        assert_eq!(first.user, "b,b");
        assert_eq!(first.authorization.as_deref(), Some("b,b"));
        assert_eq!(first.nonce, "abc");
    }

    #[test]
    fn refuses_what_it_cannot_honour() {
        let refused = |message: &[u8]| ClientFirst::parse(message).unwrap_err();
        assert_eq!(refused(b"p=tls-unique,,n=a,r=b"), ScramError::ChannelBinding);
        assert_eq!(refused(b"n,,m=x,n=a,r=b"), ScramError::Extension { attribute: 'm' });
        assert_eq!(refused(b"n,,n=a,r="), ScramError::Nonce);
        assert_eq!(refused(b"n,,n=a,r=\x7f"), ScramError::Nonce);
        assert_eq!(refused(b"n,,n=a=,r=b"), ScramError::Escape);
        assert_eq!(refused(b"\xff"), ScramError::Encoding { message: MESSAGE });
        let missing = |attribute| ScramError::Missing { message: MESSAGE, attribute };
        assert_eq!(refused(b""), missing('n'));
        assert_eq!(refused(b"n,"), missing('n'));
        assert_eq!(refused(b"x,,n=a,r=b"), missing('n'));
        assert_eq!(refused(b"n,,n=a"), missing('r'));
        assert_eq!(refused(b"n,b,n=a,r=b"), missing('a'));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes in any::<Vec<u8>>()) {
            let _ = ClientFirst::parse(&bytes);
        }

        #[test]
        fn header_and_bare_message_make_up_the_whole(
            user in "[a-z]{1,4}(=2C|=3D)?", nonce in "[!-+\\--~]{1,8}"
        ) {
            let message = format!("n,,n={user},r={nonce}");
            let first = ClientFirst::parse(message.as_bytes()).unwrap();
            prop_assert_eq!(format!("{}{}", first.gs2_header, first.bare), message.clone());
        }
    }
}
