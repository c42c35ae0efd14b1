//! What a broker says besides messages and completions, on either end of a connection.

use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::command::{Command, CommandSegment};
use philter_protocol::v0_10::control::{
    Completed, Confirmed, Control, Expected, Heartbeat, KnownCompleted,
};

use super::frame::put_control;
use crate::bench::error::BenchError;

/// Answers a control; the commands that it says are complete.
///
/// # Errors
/// The peer ended the session or the connection.
pub(super) fn answer_control(
    peer: &str,
    payload: &[u8],
    completed: &RangeSet,
    output: &mut Vec<u8>,
) -> Result<Option<RangeSet>, BenchError> {
    let control = Control::decode(payload).map_err(|fault| broke(peer, &fault))?;
    match control {
        Control::Completed(report) => {
            if report.timely_reply {
                put_control(output, KnownCompleted { commands: report.commands.clone() });
            }
            return Ok(Some(report.commands));
        }
        Control::Flush(flush) => {
            let commands = completed.clone();
            if flush.expected {
                let next = completed.ranges().last().map(|(_, last)| RangeSet::single(last.next()));
                let commands = next.unwrap_or_default();
                put_control(output, Expected { commands, fragments: None });
            }
            if flush.confirmed {
                put_control(output, Confirmed { commands: commands.clone(), fragments: None });
            }
            if flush.completed {
                put_control(output, Completed { commands, timely_reply: false });
            }
        }
        Control::Heartbeat(_) => put_control(output, Heartbeat {}),
        Control::Close(close) => {
            return Err(closed(peer, format!("{} ({})", close.reply_text, close.reply_code)));
        }
        Control::CloseOk(_) => return Err(closed(peer, "it was asked to".to_owned())),
        Control::Detach(_) => return Err(closed(peer, "it detached the session".to_owned())),
        Control::Detached(detached) => {
            return Err(closed(peer, format!("the session is detached ({})", detached.code)));
        }
        _ => {}
    }
    Ok(None)
}

/// Looks at a command that is no message.
///
/// # Errors
/// The peer refused something.
pub(super) fn look_at_command(peer: &str, payload: &[u8]) -> Result<(), BenchError> {
    let segment = CommandSegment::decode(payload).map_err(|fault| broke(peer, &fault))?;
    match segment.command {
        Command::Exception(exception) => Err(BenchError::Refused {
            peer: peer.to_owned(),
            what: format!("command 0x{:x}.0x{:x}", exception.class_code, exception.command_code),
            text: exception.description,
            code: exception.error_code,
        }),
        _ => Ok(()),
    }
}

/// A peer that sent something that makes no sense.
pub(super) fn broke(peer: &str, fault: &dyn std::fmt::Display) -> BenchError {
    BenchError::Protocol { peer: peer.to_owned(), text: fault.to_string() }
}

fn closed(peer: &str, text: String) -> BenchError {
    BenchError::Closed { peer: peer.to_owned(), text }
}
