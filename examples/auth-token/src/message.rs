//! The messages of the mechanisms: where each has its token, and who it says to be.

/// A mechanism of this provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mechanism {
    /// RFC 7628.
    OauthBearer,
    /// Google's, from before that.
    Xoauth2,
    /// RFC 4616, with the token as password.
    Plain,
}

impl Mechanism {
    /// Every one, the strongest first.
    pub(crate) const ALL: [Self; 3] = [Self::OauthBearer, Self::Xoauth2, Self::Plain];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OauthBearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
            Self::Plain => "PLAIN",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said<'a> {
    /// The user that it names; empty where it names none.
    pub(crate) user: &'a str,
    pub(crate) token: &'a str,
}

impl<'a> Said<'a> {
    /// Reads a mechanism's message.
    pub(crate) fn read(mechanism: Mechanism, message: &'a [u8]) -> Option<Self> {
        let message = std::str::from_utf8(message).ok()?;
        match mechanism {
            Mechanism::OauthBearer => {
                let (header, pairs) = message.split_once('\x01')?;
                let user = header.strip_prefix("n,")?.strip_suffix(',')?;
                let user = if user.is_empty() { user } else { user.strip_prefix("a=")? };
                Some(Self { user, token: bearer(pairs)? })
            }
            Mechanism::Xoauth2 => {
                let (user, pairs) = message.strip_prefix("user=")?.split_once('\x01')?;
                Some(Self { user, token: bearer(pairs)? })
            }
            Mechanism::Plain => {
                let mut fields = message.split('\0');
                let (other, user, token) = (fields.next()?, fields.next()?, fields.next()?);
                let is_whole = fields.next().is_none() && (other.is_empty() || other == user);
                is_whole.then_some(Self { user, token })
            }
        }
    }
}

/// The token among pairs that each end in \x01, as does the whole (RFC 7628, section 3.1).
fn bearer(pairs: &str) -> Option<&str> {
    let pairs = pairs.strip_suffix("\x01\x01")?;
    let auth = pairs.split('\x01').find_map(|pair| pair.strip_prefix("auth="))?;
    let (scheme, token) = auth.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mechanism: Mechanism, message: &str) -> Option<(&str, &str)> {
        Said::read(mechanism, message.as_bytes()).map(|said| (said.user, said.token))
    }

    #[test]
    fn each_mechanism_has_its_form() {
        let bearer = "n,a=jo@here,\x01host=h\x01port=5672\x01auth=Bearer abc\x01\x01";
        assert_eq!(read(Mechanism::OauthBearer, bearer), Some(("jo@here", "abc")));
        let anonymous = "n,,\x01auth=bearer  abc\x01\x01";
        assert_eq!(read(Mechanism::OauthBearer, anonymous), Some(("", "abc")));
        let google = "user=jo\x01auth=Bearer abc\x01\x01";
        assert_eq!(read(Mechanism::Xoauth2, google), Some(("jo", "abc")));
        assert_eq!(read(Mechanism::Plain, "\0jo\0abc"), Some(("jo", "abc")));
        assert_eq!(read(Mechanism::Plain, "jo\0jo\0abc"), Some(("jo", "abc")));
    }

    #[test]
    fn what_is_no_message_is_none() {
        for bad in [
            "",
            "n,,",
            "y,,\x01auth=Bearer abc\x01\x01",
            "n,jo,\x01auth=Bearer abc\x01\x01",
            "n,,\x01auth=Bearer abc\x01",
            "n,,\x01auth=Basic abc\x01\x01",
            "n,,\x01host=h\x01\x01",
        ] {
            assert_eq!(read(Mechanism::OauthBearer, bad), None, "{bad:?}");
        }
        for bad in ["", "\0jo", "\0jo\0abc\0", "al\0jo\0abc"] {
            assert_eq!(read(Mechanism::Plain, bad), None, "{bad:?}");
        }
        assert!(Said::read(Mechanism::Plain, b"\0jo\0\xff").is_none());
    }
}
