//! Taken in place or by events, a stream of frames says the same.

use super::super::tests::{channel_pair, take};
use crate::body::BodyPiece;
use crate::v0_9_1::connection::PublishHead;

const BODY_BYTES_MAX: usize = 100;

#[test]
fn the_usual_message_is_taken_in_place() {
    let (mut server, mut client) = channel_pair();
    let mut publish = |body: &[u8]| {
        let head = PublishHead { exchange: "x", routing_key: "key", ..PublishHead::default() };
        client.publish(1, &head, &[0, 0], body.len(), [BodyPiece::Slice(body)].into_iter());
        take(&mut client)
    };
    let usual = publish(&[b'x'; BODY_BYTES_MAX]);
    for cut in 0..usual.len() {
        assert_eq!(server.take_publish(&usual[..cut], BODY_BYTES_MAX, 0), None);
    }
    let found = server.take_publish(&usual, BODY_BYTES_MAX, 0).unwrap();
    assert_eq!((found.channel, found.exchange, found.routing_key), (1, "x", "key"));
    assert_eq!((found.header, found.body.len()), (&[0, 0][..], BODY_BYTES_MAX));
    assert_eq!((found.is_mandatory, found.bytes), (false, usual.len()));
    let empty = publish(&[]);
    assert_eq!(server.take_publish(&empty, BODY_BYTES_MAX, 0).unwrap().bytes, empty.len());
    let large = publish(&[b'x'; BODY_BYTES_MAX + 1]);
    assert_eq!(server.take_publish(&large, BODY_BYTES_MAX, 0), None, "too large");
}
