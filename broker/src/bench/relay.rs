//! `philter bench relay`: what any broker does at the least. Bytes of a producer go to a consumer
//! as they come, and back; nobody looks at them.
//!
//! It is a process of its own, so that its CPU time can be read like a broker's. It listens on a
//! free port of the loopback, says which, and ends when its standard input does, so that it can't
//! outlive whoever started it.

use std::collections::BTreeMap;
use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::cli::Terminal;

/// The first bytes of each connection: which pair it is of.
pub(crate) const GREETING_BYTES: usize = 4;

/// Relays until the standard input ends, at most `read_bytes` at a time.
///
/// # Errors
/// The system's.
pub(crate) fn run(read_bytes: usize, terminal: &mut Terminal<'_>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        terminal.say(&format!("{}\n", listener.local_addr()?.port()));
        let (over, mut is_over) = tokio::sync::oneshot::channel::<()>();
        std::thread::spawn(move || {
            // Nobody writes to it: this returns when it ends.
            let _ = io::copy(&mut io::stdin(), &mut io::sink());
            drop(over);
        });
        let mut waiting = BTreeMap::new();
        loop {
            tokio::select! {
                _ = &mut is_over => return Ok(()),
                accepted = listener.accept() => greet(accepted?.0, &mut waiting, read_bytes).await?,
            }
        }
    })
}

/// Joins a connection to the one of the same pair that came before.
async fn greet(
    mut socket: TcpStream,
    waiting: &mut BTreeMap<[u8; GREETING_BYTES], TcpStream>,
    read_bytes: usize,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut pair = [0; GREETING_BYTES];
    socket.read_exact(&mut pair).await?;
    match waiting.remove(&pair) {
        None => {
            waiting.insert(pair, socket);
        }
        Some(other) => {
            let (one_in, one_out) = socket.into_split();
            let (other_in, other_out) = other.into_split();
            tokio::spawn(pass(one_in, other_out, read_bytes));
            tokio::spawn(pass(other_in, one_out, read_bytes));
        }
    }
    Ok(())
}

/// Passes bytes on until one side goes; the other then finds its socket closed.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, read_bytes: usize) {
    let mut buffer = vec![0; read_bytes];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..count) else { return };
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}
