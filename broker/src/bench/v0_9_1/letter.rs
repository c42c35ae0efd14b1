//! A message as any client would send it, encoded once.

use philter_protocol::reader::Reader;
use philter_protocol::v0_9_1::method::basic::Publish;
use philter_protocol::v0_9_1::{FieldValue, Properties, Table, TableRef};

use super::CHANNEL;
use super::frame::{BODY, FRAME_HEADER_BYTES, HEADER, PAYLOAD_BYTES_MAX, put, put_method};
use crate::bench::protocol::{Letter, Template};

/// Class basic in a content header.
const BASIC: u16 = 60;

/// delivery-mode of a message that outlives the broker.
const PERSISTENT: u8 = 2;

/// The letter as it goes over the wire.
pub(super) fn template(letter: &Letter) -> Template {
    let (exchange, routing_key) = (letter.exchange.clone(), letter.key.clone());
    let publish = Publish { exchange, routing_key, ..Publish::default() };
    let mut bytes = Vec::new();
    put_method(&mut bytes, publish);
    put(&mut bytes, HEADER, CHANNEL, &header(letter));
    // Behind the header of the first piece's frame.
    let body_at = bytes.len() + FRAME_HEADER_BYTES;
    for piece in letter.body.chunks(PAYLOAD_BYTES_MAX) {
        put(&mut bytes, BODY, CHANNEL, piece);
    }
    let stamp_at = letter.stamp_at(body_at);
    Template { bytes, stamp_at, form: letter.form, ask_at: None }
}

/// Class, weight, the body's size and the properties (section 4.2.6.1).
fn header(letter: &Letter) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend_from_slice(&BASIC.to_be_bytes());
    header.extend_from_slice(&[0; 2]);
    header.extend_from_slice(&(letter.body.len() as u64).to_be_bytes());
    let pairs = letter.headers.iter();
    let table: Table =
        pairs.map(|(name, value)| (name.clone(), FieldValue::from(value.as_str()))).collect();
    let mut encoded = Vec::new();
    table.encode(&mut encoded);
    let mut reader = Reader::new(&encoded);
    let headers = TableRef::decode(&mut reader, 1).ok().filter(|table| !table.is_empty());
    let delivery_mode = letter.is_durable.then_some(PERSISTENT);
    Properties { headers, delivery_mode, ..Properties::default() }.encode(&mut header);
    header
}

#[cfg(test)]
mod tests {
    use philter_protocol::v0_9_1::method::Method;

    use super::super::frame::{Frame, METHOD};
    use super::*;
    use crate::bench::stamp::STAMP_BYTES;

    fn letter(body_bytes: usize) -> Letter {
        let headers = vec![("queue".to_owned(), "7".to_owned())];
        let (exchange, key) = ("e".to_owned(), "k".to_owned());
        let body = vec![b'x'; body_bytes];
        Letter { exchange, key, headers, is_durable: true, body, ..Letter::default() }
    }

    /// The template taken apart: method, content header, body and the number of its frames.
    fn decoded(bytes: &[u8]) -> (Method, Vec<u8>, Vec<u8>, usize) {
        let (mut method, mut header, mut body, mut frames) = (None, Vec::new(), Vec::new(), 0);
        let mut rest = bytes;
        while let Some((frame, size)) = Frame::read("b", rest).unwrap() {
            rest = &rest[size..];
            match frame.kind {
                METHOD => method = Some(Method::decode(frame.payload).unwrap()),
                HEADER => header = frame.payload.to_vec(),
                _ => {
                    body.extend_from_slice(frame.payload);
                    frames += 1;
                }
            }
        }
        assert!(rest.is_empty());
        (method.unwrap(), header, body, frames)
    }

    #[test]
    fn the_brokers_decoder_finds_every_part() {
        for (body_bytes, wanted) in [
            (0, 0),
            (1, 1),
            (100, 1),
            (PAYLOAD_BYTES_MAX, 1),
            (PAYLOAD_BYTES_MAX + 1, 2),
            (200_000, 4),
        ] {
            let (method, header, body, frames) = decoded(&template(&letter(body_bytes)).bytes);
            let Method::BasicPublish(publish) = method else { panic!("{method:?}") };
            assert_eq!((publish.exchange.as_str(), publish.routing_key.as_str()), ("e", "k"));
            assert_eq!(header[..4], [0, 60, 0, 0]);
            assert_eq!(header[4..12], (body_bytes as u64).to_be_bytes());
            let properties = Properties::parse(&header[12..]).unwrap();
            assert_eq!(properties.delivery_mode, Some(2));
            let headers = properties.headers.unwrap();
            assert_eq!(headers.get("queue").and_then(|value| value.as_str()), Some("7"));
            assert_eq!((body.len(), frames), (body_bytes, wanted));
        }
    }

    #[test]
    fn the_stamp_stands_at_the_front_of_the_body() {
        let template = template(&letter(STAMP_BYTES));
        let at = template.stamp_at.unwrap();
        assert_eq!(&template.bytes[at..], [&[b'x'; STAMP_BYTES][..], &[0xce]].concat());
        assert_eq!(super::template(&letter(STAMP_BYTES - 1)).stamp_at, None);
        let plain = Letter { body: vec![b'x'], ..Letter::default() };
        assert_eq!(decoded(&super::template(&plain).bytes).1[12..], [0, 0]);
    }
}
