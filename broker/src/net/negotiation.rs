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
    #[error("{0}; this broker speaks AMQP 0-10")]
    Unsupported(Preface),
    /// It said nothing in time.
    #[error("no protocol header within {0:?}")]
    Timeout(Duration),
    /// It went away.
    #[error("gone before its protocol header: {0}")]
    Gone(#[from] io::Error),
}

/// Reads the protocol header and leaves it in `inbox`.
///
/// # Errors
/// Another protocol, silence, or a broken connection.
pub(crate) async fn negotiate(
    stream: &mut TcpStream,
    inbox: &mut BytesMut,
    patience: Duration,
) -> Result<(), NegotiationError> {
    let preface = tokio::time::timeout(patience, read_preface(stream, inbox))
        .await
        .map_err(|_| NegotiationError::Timeout(patience))??;
    if preface == Preface::V0_10 {
        return Ok(());
    }
    stream.write_all(&Preface::V0_10.bytes()).await?;
    linger(stream).await;
    Err(NegotiationError::Unsupported(preface))
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
