//! The first bytes of a connection: which protocol the peer speaks.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use philter_protocol::preface::{PREFACE_BYTES, Preface};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::net::linger::linger;

/// Why no protocol was agreed on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NegotiationError {
    /// The peer speaks something else; it was told what is spoken here.
    #[error("{found}; this broker speaks {}", names(spoken))]
    Unsupported {
        /// What it speaks.
        found: Preface,
        /// What is spoken here.
        spoken: Vec<Preface>,
    },
    /// It said nothing in time.
    #[error("no protocol header within {0:?}")]
    Timeout(Duration),
    /// It went away.
    #[error("gone before its protocol header: {0}")]
    Gone(#[from] io::Error),
}

/// Reads the protocol header, one of those that are `spoken`, and leaves it in `inbox`. A peer with
/// another one is told the header of the nearest.
///
/// # Errors
/// Another protocol, silence, or a broken connection.
pub(crate) async fn negotiate(
    stream: &mut TcpStream,
    inbox: &mut BytesMut,
    patience: Duration,
    spoken: &[Preface],
) -> Result<Preface, NegotiationError> {
    let preface = tokio::time::timeout(patience, read_preface(stream, inbox))
        .await
        .map_err(|_| NegotiationError::Timeout(patience))??;
    if spoken.contains(&preface) {
        return Ok(preface);
    }
    if let Some(nearest) = nearest(preface, spoken) {
        stream.write_all(&nearest.bytes()).await?;
    }
    linger(stream).await;
    Err(NegotiationError::Unsupported { found: preface, spoken: spoken.to_vec() })
}

/// What a peer is told to speak: to one that speaks a version of AMQP before 0-10, as 0-8 and 0-9
/// and whatever RabbitMQ's clients try, that is 0-9-1.
fn nearest(found: Preface, spoken: &[Preface]) -> Option<Preface> {
    let is_early = matches!(found, Preface::V0_9_1 | Preface::OtherAmqp([1, 1, ..] | [0, 0, ..]));
    let wanted = if is_early { Preface::V0_9_1 } else { Preface::V0_10 };
    spoken.iter().find(|preface| **preface == wanted).or(spoken.first()).copied()
}

fn names(spoken: &[Preface]) -> String {
    let names: Vec<String> = spoken.iter().map(ToString::to_string).collect();
    names.join(" and ")
}

async fn read_preface(stream: &mut TcpStream, inbox: &mut BytesMut) -> io::Result<Preface> {
    loop {
        if let Some(preface) = Preface::detect(inbox) {
            return Ok(preface);
        }
        inbox.reserve(PREFACE_BYTES);
        if stream.read_buf(inbox).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_told_the_version_that_is_nearest_to_its_own() {
        let all = [Preface::V0_10, Preface::V0_9_1];
        let early = Preface::OtherAmqp([1, 1, 8, 0]);
        assert_eq!(nearest(early, &all), Some(Preface::V0_9_1));
        assert_eq!(nearest(Preface::OtherAmqp([0, 0, 9, 0]), &all), Some(Preface::V0_9_1));
        assert_eq!(nearest(Preface::V1_0, &all), Some(Preface::V0_10));
        assert_eq!(nearest(Preface::Foreign(*b"GET / HT"), &all), Some(Preface::V0_10));
        assert_eq!(nearest(Preface::V0_9_1, &[Preface::V0_10]), Some(Preface::V0_10));
    }
}
