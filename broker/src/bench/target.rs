//! The broker to measure, by its address: `amqp://[user:password@]host[:port][/virtual-host]`.
//!
//! Invariant: what is shown of a target never holds its password.

use std::fmt;
use std::str::FromStr;

use super::error::AddressFault;

/// AMQP's port.
const PORT: u16 = 5672;

/// Where a broker listens, and as whom to come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Name and password; ANONYMOUS without.
    pub(crate) user: Option<(String, String)>,
    pub(crate) virtual_host: String,
}

impl FromStr for Target {
    type Err = AddressFault;

    fn from_str(text: &str) -> Result<Self, AddressFault> {
        let rest = match text.split_once("://") {
            Some(("amqp", rest)) => rest,
            Some(("amqps", _)) => return Err(AddressFault::Tls),
            Some((scheme, _)) => return Err(AddressFault::Scheme(scheme.to_owned())),
            None => text,
        };
        let (authority, virtual_host) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user_of(user)?), place),
            None => (None, authority),
        };
        let (host, port) = place_of(place)?;
        Ok(Self { host, port, user, virtual_host: decoded(virtual_host)? })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let brackets = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "amqp://{}{}{}:{}", brackets.0, self.host, brackets.1, self.port)
    }
}

fn user_of(text: &str) -> Result<(String, String), AddressFault> {
    let (name, password) = text.split_once(':').ok_or(AddressFault::Password)?;
    Ok((decoded(name)?, decoded(password)?))
}

/// Host and port; an IPv6 address stands in brackets.
fn place_of(text: &str) -> Result<(String, u16), AddressFault> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or(port))),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err(AddressFault::NoHost);
    }
    let port = match port {
        None => PORT,
        Some(text) => text.parse().map_err(|_| AddressFault::Port(text.to_owned()))?,
    };
    Ok((host.to_owned(), port))
}

/// Text with its `%xx` resolved.
fn decoded(text: &str) -> Result<String, AddressFault> {
    let fault = || AddressFault::Escape(text.to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(rest.next()), digit(rest.next()));
        let (Some(high), Some(low)) = (high, low) else { return Err(fault()) };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| fault())?);
    }
    String::from_utf8(bytes).map_err(|_| fault())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap_or_else(|fault| panic!("{text}: {fault}"))
    }

    #[test]
    fn an_address_needs_no_more_than_a_host() {
        let target = target("amqp://example.org");
        assert_eq!((target.host.as_str(), target.port, &target.user), ("example.org", 5672, &None));
        assert_eq!(target.to_string(), "amqp://example.org:5672");
    }

    #[test]
    fn every_part_is_read_and_the_password_is_not_shown() {
        let target = target("amqp://jo%40x:a%3Ab@[::1]:5673/production");
        assert_eq!(target.user, Some(("jo@x".into(), "a:b".into())));
        assert_eq!((target.host.as_str(), target.port), ("::1", 5673));
        assert_eq!(target.virtual_host, "production");
        assert_eq!(target.to_string(), "amqp://[::1]:5673");
    }

    #[test]
    fn a_host_and_a_port_are_enough_without_a_scheme() {
        assert_eq!(target("localhost:1").port, 1);
    }

    #[test]
    fn what_is_no_address_is_named() {
        for (text, part) in [
            ("http://h", "http"),
            ("amqps://h", "TLS"),
            ("amqp://", "host"),
            ("amqp://h:70000", "70000"),
            ("amqp://jo@h", "password"),
            ("amqp://j%zz:b@h", "%zz"),
        ] {
            let fault = text.parse::<Target>().unwrap_err().to_string();
            assert!(fault.contains(part), "{text}: {fault}");
        }
    }
}
