//! A message as any client would send it, encoded once.

use philter_protocol::v0_10::command::{CommandSegment, MessageTransfer};
use philter_protocol::v0_10::frame::FRAME_HEADER_BYTES;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{DeliveryProperties, MessageProperties};
use philter_protocol::v0_10::{FieldMap, Value};

use super::frame::{
    BODY, COMMAND, FIRST_FRAME, FIRST_SEGMENT, HEADER, LAST_FRAME, LAST_SEGMENT, PAYLOAD_BYTES_MAX,
    put,
};
use crate::bench::protocol::{Letter, Template};

/// Behind the frame's header, class and code, and the size of the session header.
const ASK_AT: usize = FRAME_HEADER_BYTES + 3;

/// delivery-mode of a message that outlives the broker.
const PERSISTENT: u8 = 2;

/// The letter as it goes over the wire, accepted by its sender on arrival.
pub(super) fn template(letter: &Letter) -> Template {
    let destination = letter.exchange.clone();
    let transfer = MessageTransfer { destination, accept_mode: 1, acquire_mode: 0 };
    let command = CommandSegment { sync: false, command: transfer.into() }.encode();
    let mut bytes = Vec::new();
    put(&mut bytes, FIRST_SEGMENT | FIRST_FRAME | LAST_FRAME, COMMAND, &command);
    put(&mut bytes, FIRST_FRAME | LAST_FRAME, HEADER, &header(letter));
    let body_at = bytes.len() + FRAME_HEADER_BYTES;
    put_body(&mut bytes, &letter.body);
    let stamp_at = letter.stamp_at(body_at);
    Template { bytes, stamp_at, form: letter.form, ask_at: Some(ASK_AT) }
}

fn header(letter: &Letter) -> Vec<u8> {
    let mut header = Vec::new();
    let delivery = DeliveryProperties {
        routing_key: Some(letter.key.clone()),
        delivery_mode: letter.is_durable.then_some(PERSISTENT),
        ..DeliveryProperties::default()
    };
    delivery.write_struct32(&mut header);
    if !letter.headers.is_empty() {
        let mut headers = FieldMap::new();
        for (name, value) in &letter.headers {
            headers.insert(name, Value::Str16(value.clone()));
        }
        let application_headers = Some(headers);
        let message = MessageProperties { application_headers, ..MessageProperties::default() };
        message.write_struct32(&mut header);
    }
    header
}

/// A body in as few frames as it needs; an empty one has a frame as well.
fn put_body(bytes: &mut Vec<u8>, body: &[u8]) {
    let mut rest = body;
    let mut flags = LAST_SEGMENT | FIRST_FRAME;
    while let Some((piece, behind)) = rest.split_at_checked(PAYLOAD_BYTES_MAX)
        && !behind.is_empty()
    {
        put(bytes, flags, BODY, piece);
        flags = LAST_SEGMENT;
        rest = behind;
    }
    put(bytes, flags | LAST_FRAME, BODY, rest);
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use philter_protocol::v0_10::assembly::Assembler;
    use philter_protocol::v0_10::frame::Frame;
    use philter_protocol::v0_10::headers::Headers;

    use super::*;
    use crate::bench::stamp::{STAMP_BYTES, Stamp};

    fn letter(body_bytes: usize) -> Letter {
        let headers = vec![("queue".to_owned(), "7".to_owned())];
        let (exchange, key) = ("e".to_owned(), "k".to_owned());
        let body = vec![b'x'; body_bytes];
        Letter { exchange, key, headers, is_durable: true, body, ..Letter::default() }
    }

    /// The template taken apart by the broker's own decoder: command, header and body.
    fn decoded(bytes: &[u8]) -> (CommandSegment, Vec<u8>, Vec<u8>) {
        let mut inbox = BytesMut::from(bytes);
        let mut assembler = Assembler::default();
        let mut done = None;
        while let Some(frame) = Frame::take(&mut inbox, u16::MAX).unwrap() {
            assert!(done.is_none(), "frames behind the last");
            done = assembler.push(frame).unwrap();
        }
        let assembly = done.unwrap();
        let command = CommandSegment::decode(&assembly.command).unwrap();
        (command, assembly.header.unwrap().to_vec(), assembly.body.concat())
    }

    #[test]
    fn the_brokers_decoder_finds_every_part() {
        for body_bytes in [0, 1, 100, PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_MAX + 1, 200_000] {
            let (command, header, body) = decoded(&template(&letter(body_bytes)).bytes);
            assert_eq!((command.command.name(), command.sync), ("message.transfer", false));
            let headers = Headers::parse(&header).unwrap();
            assert_eq!(headers.delivery.routing_key, Some("k"));
            assert_eq!(body.len(), body_bytes);
        }
    }

    #[test]
    fn stamp_and_ask_stand_where_the_template_says() {
        let mut template = template(&letter(STAMP_BYTES));
        let stamp = Stamp { producer: 1, sequence: 2, time_ns: 3 };
        let at = template.stamp_at.unwrap();
        template.bytes[at..at + STAMP_BYTES].copy_from_slice(&stamp.bytes());
        template.bytes[template.ask_at.unwrap()] = 1;
        let (command, _, body) = decoded(&template.bytes);
        assert!(command.sync);
        assert_eq!(Stamp::read(&body), Some(stamp));
        assert_eq!(super::template(&letter(STAMP_BYTES - 1)).stamp_at, None);
    }
}
