//! AMQPLAIN, RabbitMQ's own mechanism: PLAIN's two fields in a field table of 0-9-1 (section
//! 4.2.5.5), without the length in front.
//!
//! Invariant: what is read becomes PLAIN's message or an error, so no provider needs to know of it.

use bytes::{BufMut, Bytes, BytesMut};
use philter_protocol::limits::NESTING_MAX;
use philter_protocol::reader::{Fault, Reader};
use philter_protocol::v0_9_1::FieldRef;

/// Its name.
pub(super) const AMQPLAIN: &str = "AMQPLAIN";

/// The message of PLAIN (RFC 4616, section 2) that says what this response of AMQPLAIN says.
///
/// # Errors
/// What is wrong with the response, and where.
pub(crate) fn amqplain(response: &[u8]) -> Result<Bytes, MalformedAmqplain> {
    let (mut login, mut password) = (None, None);
    let mut reader = Reader::new(response);
    while !reader.is_empty() {
        let name = reader.bytes8()?;
        match (name, FieldRef::decode(&mut reader, NESTING_MAX)?) {
            (b"LOGIN", FieldRef::LongString(text)) => login = Some(text),
            (b"PASSWORD", FieldRef::LongString(text)) => password = Some(text),
            _ => {}
        }
    }
    let login = login.ok_or(MalformedAmqplain::Missing { name: "LOGIN" })?;
    let password = password.ok_or(MalformedAmqplain::Missing { name: "PASSWORD" })?;
    let mut message = BytesMut::with_capacity(login.len() + password.len() + 2);
    for (name, field) in [("LOGIN", login), ("PASSWORD", password)] {
        if field.contains(&0) {
            return Err(MalformedAmqplain::Nul { name });
        }
        message.put_u8(0);
        message.put_slice(field);
    }
    Ok(message.freeze())
}

/// Why a response of AMQPLAIN cannot be read; the peer is at fault, and only its login fails. No
/// text of it quotes the response, which holds a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MalformedAmqplain {
    #[error("an AMQPLAIN response is no field table: {0}")]
    NoTable(#[from] Fault),
    #[error("an AMQPLAIN response has no long string {name}")]
    Missing { name: &'static str },
    #[error("{name} of an AMQPLAIN response holds a NUL")]
    Nul { name: &'static str },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(name: &str, value: &[u8]) -> Vec<u8> {
        let mut field = vec![u8::try_from(name.len()).unwrap()];
        field.extend_from_slice(name.as_bytes());
        field.push(b'S');
        field.extend_from_slice(&u32::try_from(value.len()).unwrap().to_be_bytes());
        field.extend_from_slice(value);
        field
    }

    #[test]
    fn says_in_plain_what_pika_and_rabbitmqs_erlang_client_send() {
        let mut response = field("LOGIN", b"guest");
        response.extend(field("PASSWORD", b"secret"));
        assert_eq!(amqplain(&response).unwrap(), &b"\0guest\0secret"[..]);
        let mut response = field("PASSWORD", b"");
        response.extend(field("comment", b"of no use"));
        response.extend(field("LOGIN", b"jo"));
        assert_eq!(amqplain(&response).unwrap(), &b"\0jo\0"[..]);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let login = field("LOGIN", b"jo");
        let missing = |name| Err(MalformedAmqplain::Missing { name });
        assert_eq!(amqplain(b""), missing("LOGIN"));
        assert_eq!(amqplain(&login), missing("PASSWORD"));
        let with = |field: &[u8]| amqplain(&[&login[..], field].concat());
        for (cut, ends_at) in [(&b"\x05ab"[..], 1), (b"\x01aS\xff\xff\xff\xffx", 7)] {
            let Err(MalformedAmqplain::NoTable(fault)) = with(cut) else { panic!("{cut:?}") };
            assert_eq!(fault.offset, login.len() + ends_at);
        }
        assert_eq!(with(b"\x08PASSWORDI\0\0\0\x01"), missing("PASSWORD"));
        let nul = with(&field("PASSWORD", b"a\0b"));
        assert_eq!(nul, Err(MalformedAmqplain::Nul { name: "PASSWORD" }));
    }

    proptest! {
        #[test]
        fn any_name_and_password_without_nul_is_read_back(
            login in "[^\0]{0,20}", password in "[^\0]{0,300}"
        ) {
            let mut response = field("LOGIN", login.as_bytes());
            response.extend(field("PASSWORD", password.as_bytes()));
            let plain = amqplain(&response).unwrap();
            let wanted = format!("\0{login}\0{password}");
            prop_assert_eq!(&plain[..], wanted.as_bytes());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(plain) = amqplain(&bytes) {
                prop_assert_eq!(plain.iter().filter(|byte| **byte == 0).count(), 2);
            }
        }
    }
}
