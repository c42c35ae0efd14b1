//! The end of a socket on which something was said: the peer shall be able to read it.
//!
//! A socket that is closed while bytes of the peer lie unread is reset, and the reset takes away
//! what the peer did not read yet. So this side says that it ends and reads on until the peer does
//! too.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tracing::debug;

/// How long a peer may take to end its side: a round trip to a busy one.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// Ends this side and throws away what the peer sends until it ends its own, or the time is over. A
/// peer that is gone already has nothing left to read.
pub(super) async fn linger(stream: &mut TcpStream) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let rest = async {
        let mut unread = [0; 4 * 1024];
        while stream.read(&mut unread).await.is_ok_and(|bytes| bytes > 0) {}
    };
    if tokio::time::timeout(LINGER_MAX, rest).await.is_err() {
        debug!("a peer did not end its side within {LINGER_MAX:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_words_arrive_though_bytes_lie_unread() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        peer.write_all(&[0; 100_000]).await.unwrap();
        stream.readable().await.unwrap();
        stream.write_all(b"goodbye").await.unwrap();
        let ending = tokio::spawn(async move { linger(&mut stream).await });
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).await.unwrap();
        drop(peer);
        assert_eq!(heard, b"goodbye");
        ending.await.unwrap();
    }
}
