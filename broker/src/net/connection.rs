//! The loop of one connection: feed bytes, pull deliveries, write output, arm the next deadline.
//!
//! It knows sockets and time and no protocol. What a peer does is behind [`Driver`].
//!
//! Invariants:
//! - above [`OUTBOX_BYTES_MAX`] pending bytes nothing more is read or pulled, so a peer that stops
//!   reading costs its outbox and no more; only at a deadline one read hears whether it still
//!   talks, as of any peer that is not read;
//! - a peer that goes while it is not read is missed within seconds;
//! - every turn ends with what it changed on its way to the store, and with what it produced on its
//!   way to the socket, as far as that does not wait for the store.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use philter_protocol::writer::Writer;
use rustix::event::{PollFd, PollFlags, Timespec};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::auth::{SaslExchange, SaslStep};
use crate::clock::{instant_at, now_ms};
use crate::net::hold::Hold;
use crate::net::linger::linger;
use crate::net::spare;
use crate::net::{Mailbox, alone};
use crate::shutdown::{Shutdown, Stage, goodbye_max};
use crate::store::{self, Site};

/// Bytes that may wait for a peer before its connection is neither read nor given deliveries. A
/// single batch of deliveries may go past it once.
pub(crate) const OUTBOX_BYTES_MAX: usize = 512 * 1024;

/// Bytes asked of the socket in one read: one system call for many small frames, or one large
/// frame.
const READ_BYTES: usize = 64 * 1024;

/// Bytes that a connection reads before others have their turn: a buffer's worth.
const TURN_BYTES: usize = READ_BYTES;

/// How often it is looked whether a peer that is not read is still there.
const HANG_UP_INTERVAL: Duration = Duration::from_secs(2);

/// Room below which a new buffer is begun. What is left of a buffer is used first, for a body that
/// is kept by reference keeps all of its buffer.
const READ_BYTES_MIN: usize = 8 * 1024;

/// What a protocol's driver asks its loop to do about SASL.
#[derive(Debug)]
pub(crate) enum SaslRequest {
    /// The peer chose a mechanism, perhaps with an initial response.
    Start { mechanism: String, initial: Option<bytes::Bytes> },
    /// The peer answered a challenge.
    Step { response: bytes::Bytes },
}

/// One protocol's side of a connection.
pub(crate) trait Driver: Send {
    /// Takes bytes from the front of `inbox`; what it leaves there is offered again with more.
    fn feed(&mut self, inbox: &mut BytesMut, now_ms: u64);

    /// Pulls deliveries for consumers whose queues woke them, and for those that have more, until
    /// `room_bytes` of output were made; with no room left they let others go first. Answers
    /// whether there is more to pull.
    fn pull(&mut self, room_bytes: usize, now_ms: u64) -> bool;

    /// Whether it takes bytes now; otherwise it waits for somebody else in the broker.
    fn is_reading(&self) -> bool;

    /// A question about the peer's identity that waits for an answer, once.
    fn take_sasl_request(&mut self) -> Option<SaslRequest>;

    /// The answer.
    fn handle_sasl(&mut self, step: SaslStep, now_ms: u64);

    /// What waits to be written.
    fn output(&mut self) -> &mut Writer;

    /// When [`Driver::handle_timeout`] wants to be called.
    fn next_deadline_ms(&self) -> Option<u64>;

    /// Time passed.
    fn handle_timeout(&mut self, now_ms: u64);

    /// The broker ends: deliver nothing more, begin nothing new.
    fn begin_drain(&mut self, now_ms: u64);

    /// Whether everything that was delivered is settled.
    fn is_drained(&self) -> bool;

    /// The broker ends: say goodbye.
    fn handle_shutdown(&mut self, now_ms: u64);

    /// Nothing more will be read or produced; the loop writes what waits and ends.
    fn is_finished(&self) -> bool;

    /// The store did not keep what the peer was about to be told of: nothing of that was told, and
    /// nothing more can be.
    fn handle_store_failed(&mut self, why: &str, now_ms: u64);

    /// The socket is gone: give back what the peer held.
    fn handle_lost(&mut self, now_ms: u64);
}

/// Runs a connection until either side ended it.
pub(crate) struct Connection<D> {
    /// The socket.
    pub(crate) stream: TcpStream,
    /// Bytes read and not yet taken; may hold what came behind the preface.
    pub(crate) inbox: BytesMut,
    /// The protocol's side.
    pub(crate) driver: D,
    /// Where queues wake this connection's consumers.
    pub(crate) mailbox: std::sync::Arc<Mailbox>,
    /// The peer's exchange with the auth providers.
    pub(crate) sasl: SaslExchange,
    /// Tells when the broker ends.
    pub(crate) shutdown: Shutdown,
    /// Bytes read since others had their turn.
    pub(crate) turn_bytes: usize,
    /// Bytes read since the broker began to end.
    pub(crate) drain_bytes: usize,
    /// Output that waits for the store.
    pub(crate) hold: Hold,
}

impl<D: Driver> Connection<D> {
    /// Runs until the peer or the broker ends it.
    ///
    /// # Errors
    /// The socket failed; the peer's state is given back in any case.
    pub(crate) async fn run(mut self: Box<Self>) -> io::Result<()> {
        let result = self.turns().await;
        if let Some(why) = self.hold.failure() {
            // What lives on is not told of it as done either.
            self.work(|driver| driver.handle_store_failed(&why, now_ms()));
        }
        self.work(|driver| driver.handle_lost(now_ms()));
        result
    }

    async fn turns(&mut self) -> io::Result<()> {
        let mut stage = Stage::Running;
        self.feed();
        loop {
            let was_waiting = !self.driver.is_reading();
            let has_more = self.produce();
            if was_waiting && self.driver.is_reading() {
                // What was read before it had to wait.
                self.feed();
                continue;
            }
            let sendable = self.flush()?;
            spare::give_outbox(self.driver.output());
            let pending = self.driver.output().remaining();
            if self.driver.is_finished() {
                return self.say_goodbye().await;
            }
            if let Some(request) = self.driver.take_sasl_request() {
                self.answer_sasl(request).await;
                // What came behind the peer's message waited for the answer.
                self.feed();
                continue;
            }
            match self.wait((pending, sendable), has_more, stage).await? {
                Wake::Readable => {
                    if self.read().await? == Read::End {
                        return Ok(());
                    }
                }
                Wake::Deadline => {
                    let is_reading = pending < OUTBOX_BYTES_MAX
                        && self.driver.is_reading()
                        && !self.hold.is_full();
                    if !is_reading && self.read().await? == Read::End {
                        return Ok(());
                    }
                    self.work(|driver| driver.handle_timeout(now_ms()));
                }
                Wake::End(Stage::Goodbye) => {
                    stage = Stage::Goodbye;
                    self.work(|driver| driver.handle_shutdown(now_ms()));
                }
                Wake::End(next) => {
                    stage = next;
                    self.drain_bytes = 0;
                    self.work(|driver| driver.begin_drain(now_ms()));
                }
                Wake::Writable | Wake::Mail => {}
            }
        }
    }

    /// A turn: what it changes is appended to the store, and what it puts out waits for that where
    /// it says so.
    fn work<T>(&mut self, work: impl FnOnce(&mut D) -> T) -> T {
        let from = self.driver.output().bytes_in_all();
        let (is_waiting, address) = (!self.hold.is_empty(), self.address());
        // Who waits for nothing else, and is alone on this thread, may write what it changed at
        // once.
        let site = || match !is_waiting && alone::is_alone(address) {
            true => Site::Here,
            false => Site::Elsewhere,
        };
        let (answer, appended) = store::turn_at(site, || work(&mut self.driver));
        if let Some(appended) = appended {
            self.hold.add(from, appended, &self.mailbox);
        }
        answer
    }

    fn address(&self) -> usize {
        std::sync::Arc::as_ptr(&self.mailbox).addr()
    }

    fn feed(&mut self) {
        let mut inbox = std::mem::take(&mut self.inbox);
        self.work(|driver| driver.feed(&mut inbox, now_ms()));
        self.inbox = inbox;
    }

    /// Writes what waits, as long as the peer takes it in time.
    async fn say_goodbye(&mut self) -> io::Result<()> {
        let rest = async {
            while self.driver.output().has_remaining() {
                if self.flush()? > 0 {
                    self.stream.writable().await?;
                } else if self.driver.output().has_remaining() {
                    // The store's answer rings.
                    self.mailbox.notified().await;
                }
            }
            Ok::<(), io::Error>(())
        };
        let timeout = |_| Err(io::ErrorKind::TimedOut.into());
        tokio::time::timeout(goodbye_max(), rest).await.unwrap_or_else(timeout)?;
        linger(&mut self.stream).await;
        Ok(())
    }

    /// Pulls deliveries as far as the outbox has room; whether more would come with more room.
    fn produce(&mut self) -> bool {
        spare::lend_outbox(self.driver.output());
        let pending = self.driver.output().remaining();
        let room = OUTBOX_BYTES_MAX.saturating_sub(pending);
        self.work(|driver| driver.pull(room, now_ms()))
    }

    /// Writes as much as the socket takes now of what need not wait for the store; how many bytes
    /// of that are left.
    fn flush(&mut self) -> io::Result<usize> {
        const SLICES_MAX: usize = 64;
        let mut sendable = self.sendable();
        let output = self.driver.output();
        while sendable > 0 {
            let mut slices = [io::IoSlice::new(&[]); SLICES_MAX];
            let count = output.slices(sendable, &mut slices);
            let slices = slices.get(..count).unwrap_or(&[]);
            match self.stream.try_write_vectored(slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    output.advance(written);
                    sendable -= written;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sendable)
    }

    /// Bytes that need not wait for the store. Where it failed, the peer hears of that instead of
    /// what waited.
    fn sendable(&mut self) -> usize {
        let end = match self.hold.end() {
            Ok(end) => end,
            Err((from, why)) => {
                self.hold.clear();
                self.driver.output().drop_from(from);
                self.work(|driver| driver.handle_store_failed(&why, now_ms()));
                self.hold.clear();
                None
            }
        };
        let output = self.driver.output();
        let Some(end) = end else { return output.remaining() };
        let gone = output.bytes_in_all() - output.remaining() as u64;
        usize::try_from(end.saturating_sub(gone)).unwrap_or(usize::MAX)
    }

    async fn answer_sasl(&mut self, request: SaslRequest) {
        let step = match request {
            SaslRequest::Start { mechanism, initial } => self.sasl.start(&mechanism, initial).await,
            SaslRequest::Step { response } => self.sasl.step(response).await,
        };
        self.work(|driver| driver.handle_sasl(step, now_ms()));
    }

    async fn wait(
        &mut self,
        (pending, sendable): (usize, usize),
        has_more: bool,
        stage: Stage,
    ) -> io::Result<Wake> {
        let has_room = pending < OUTBOX_BYTES_MAX;
        let is_reading = has_room && self.driver.is_reading() && !self.hold.is_full();
        let is_drained = stage == Stage::Draining && self.driver.is_drained();
        // What was on its way is read first; a peer that sends on and on has no end.
        let is_heard = is_drained && self.drain_bytes >= TURN_BYTES;
        let deadline = self.driver.next_deadline_ms();
        if (has_more && has_room) || self.turn_bytes >= TURN_BYTES {
            // Everyone else gets a turn between two batches of the same connection. Sockets are
            // looked at then too: a peer that sends all the time would be the only one heard.
            self.turn_bytes = 0;
            tokio::task::yield_now().await;
        }
        let wake = tokio::select! {
            biased;
            next = self.shutdown.beyond(stage), if stage < Stage::Goodbye => Ok(Wake::End(next)),
            () = std::future::ready(()), if is_due(deadline) => Ok(Wake::Deadline),
            () = std::future::ready(()), if is_heard => Ok(Wake::End(Stage::Goodbye)),
            result = self.stream.readable(), if is_reading => result.map(|()| Wake::Readable),
            () = std::future::ready(()), if is_drained => Ok(Wake::End(Stage::Goodbye)),
            result = self.stream.writable(), if sendable > 0 => result.map(|()| Wake::Writable),
            () = hang_up(&self.stream), if !is_reading => Err(gone()),
            () = self.mailbox.notified() => Ok(Wake::Mail),
            () = std::future::ready(()), if has_more && has_room => Ok(Wake::Mail),
            () = until(deadline) => Ok(Wake::Deadline),
        };
        // Others were told of the end before this connection was woken for it: whoever heard of it
        // from them finds that it knows.
        match (&wake, self.shutdown.stage()) {
            (Ok(Wake::Readable), reached) if reached > stage => Ok(Wake::End(reached)),
            _ => wake,
        }
    }

    async fn read(&mut self) -> io::Result<Read> {
        let result = self.read_and_feed().await;
        spare::give_inbox(&mut self.inbox);
        result
    }

    async fn read_and_feed(&mut self) -> io::Result<Read> {
        if self.inbox.is_empty() {
            self.inbox = spare::take_inbox();
        }
        if self.inbox.capacity() - self.inbox.len() < READ_BYTES_MIN {
            self.inbox.reserve(READ_BYTES);
        }
        match read_now(&mut self.stream, &mut self.inbox).await? {
            None => Ok(Read::Some),
            Some(0) => Ok(Read::End),
            Some(count) => {
                alone::note_read(self.address());
                self.turn_bytes += count;
                self.drain_bytes += count;
                spare::lend_outbox(self.driver.output());
                self.feed();
                Ok(Read::Some)
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    Readable,
    Writable,
    Mail,
    Deadline,
    /// The end goes on to this stage.
    End(Stage),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    Some,
    End,
}

/// Reads what is there; none where there is nothing. Unlike the stream's own attempt to read this
/// knows that less than a full buffer was all there was, and spares the system call that would hear
/// of that.
async fn read_now(stream: &mut TcpStream, inbox: &mut BytesMut) -> io::Result<Option<usize>> {
    let mut read = pin!(stream.read_buf(inbox));
    let once = |context: &mut Context<'_>| Poll::Ready(read.as_mut().poll(context));
    match poll_fn(once).await {
        Poll::Ready(result) => result.map(Some),
        Poll::Pending => Ok(None),
    }
}

/// Whether a deadline has passed; looked at each turn, so that a busy peer does not hide it.
fn is_due(deadline_ms: Option<u64>) -> bool {
    deadline_ms.is_some_and(|at_ms| at_ms <= now_ms())
}

fn gone() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// Returns when a peer that is not read has gone: its end stands behind what it sent, where nobody
/// reads.
async fn hang_up(stream: &TcpStream) {
    const GONE: PollFlags = PollFlags::RDHUP.union(PollFlags::HUP).union(PollFlags::ERR);
    loop {
        tokio::time::sleep(HANG_UP_INTERVAL).await;
        let mut looked = [PollFd::new(stream, PollFlags::RDHUP)];
        let is_there = rustix::event::poll(&mut looked, Some(&Timespec::default())).is_ok();
        if is_there && looked.iter().any(|fd| fd.revents().intersects(GONE)) {
            return;
        }
    }
}

async fn until(deadline_ms: Option<u64>) {
    match deadline_ms {
        Some(at) => tokio::time::sleep_until(instant_at(at)).await,
        None => std::future::pending().await,
    }
}
