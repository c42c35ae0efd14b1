//! What a broker says besides messages and confirms, on either end of a connection.

use philter_protocol::v0_9_1::method::basic::{Ack, Deliver, Publish};
use philter_protocol::v0_9_1::method::connection::Close;
use philter_protocol::v0_9_1::method::{Arguments, Method};

use super::frame::{BODY, Frame, HEADER, HEARTBEAT, METHOD, put, put_method_on};
use crate::bench::error::BenchError;

pub(super) const ACK: (u16, u16) = Ack::CODE;

/// Whether a method comes with a message: basic.deliver, or basic.publish where no broker stands
/// between the two ends.
pub(super) fn begins_message(frame: &Frame<'_>) -> bool {
    frame.is_method(Deliver::CODE) || frame.is_method(Publish::CODE)
}

/// The delivery tag of a basic.ack, and whether it is for those before it too.
pub(super) fn tag_of(frame: &Frame<'_>, code: (u16, u16)) -> Option<(u64, bool)> {
    let arguments = frame.payload.get(4..).filter(|_| frame.is_method(code))?;
    let (tag, flags) = arguments.split_first_chunk()?;
    Some((u64::from_be_bytes(*tag), flags.first()? & 1 == 1))
}

/// Looks at a frame that is nothing usual.
///
/// # Errors
/// The peer ended the channel or the connection, or cancelled a consumer.
pub(super) fn look_at(
    peer: &str,
    frame: &Frame<'_>,
    output: &mut Vec<u8>,
) -> Result<(), BenchError> {
    match frame.kind {
        METHOD => look_at_method(peer, frame.payload),
        // Of what came back by basic.return, say.
        HEADER | BODY => Ok(()),
        HEARTBEAT => {
            put(output, HEARTBEAT, 0, &[]);
            Ok(())
        }
        kind => Err(broke(peer, &format!("frame type {kind}"))),
    }
}

fn look_at_method(peer: &str, payload: &[u8]) -> Result<(), BenchError> {
    let method = Method::decode(payload).map_err(|fault| broke(peer, &fault))?;
    match method {
        Method::ConnectionClose(close) => Err(closed(peer, &close.reply_text, close.reply_code)),
        Method::ChannelClose(close) => Err(closed(peer, &close.reply_text, close.reply_code)),
        Method::BasicCancel(cancel) => {
            Err(closed(peer, &format!("consumer {} is cancelled", cancel.consumer_tag), 0))
        }
        // connection.blocked holds a producer back by its socket; the rest answers what was asked.
        _ => Ok(()),
    }
}

/// Says goodbye.
pub(super) fn say_goodbye(output: &mut Vec<u8>) {
    put_method_on(output, 0, &Close { reply_code: 200, ..Close::default() }.into());
}

/// Something that the peer did not do.
pub(super) fn refused(peer: &str, what: &str, text: String, code: u16) -> BenchError {
    BenchError::Refused { peer: peer.to_owned(), what: what.to_owned(), text, code }
}

/// A peer that sent something that makes no sense.
pub(super) fn broke(peer: &str, fault: &dyn std::fmt::Display) -> BenchError {
    BenchError::Protocol { peer: peer.to_owned(), text: fault.to_string() }
}

/// A peer that ended the connection.
pub(super) fn closed(peer: &str, text: &str, code: u16) -> BenchError {
    BenchError::Closed { peer: peer.to_owned(), text: format!("{text} ({code})") }
}
