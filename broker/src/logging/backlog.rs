//! Lines on their way to a stream that may be slow: whoever logs leaves them here, and a thread
//! writes them, all that wait in one call.
//!
//! Invariants:
//! - at most [`PENDING_BYTES_MAX`] wait; a line beyond that is lost, and so is one that the stream
//!   does not take; each is counted, and the loss is logged when lines are written again;
//! - no lock is held while something is written.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tracing::warn;

/// Bytes that wait for a reader who is slow: some seconds of a log that tells everything.
const PENDING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Room that is kept from one burst to the next.
const KEPT_BYTES_MAX: usize = 64 * 1024;

/// Where lines go in the end.
pub(super) trait Stream: Write + Send {
    /// Opens itself again, where it has a name.
    fn reopen(&mut self) {}
}

/// Standard error has no name.
impl Stream for io::Stderr {}

/// Lines that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    pending: Vec<u8>,
    lost: u64,
    is_writing: bool,
    must_reopen: bool,
}

impl Backlog {
    /// A backlog whose lines a thread of this name writes to a stream for as long as the process
    /// lives.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(name: &str, stream: impl Stream + 'static) -> io::Result<Arc<Self>> {
        let backlog = Arc::new(Self::default());
        let writer = Arc::clone(&backlog);
        let thread = std::thread::Builder::new().name(name.to_owned());
        thread.spawn(move || writer.write_for_ever(stream))?;
        Ok(backlog)
    }

    /// Tells the thread to open its stream again before it writes on.
    pub(super) fn reopen(&self) {
        self.state.lock().must_reopen = true;
        self.changed.notify_all();
    }

    /// Waits until nothing waits, at most this long.
    pub(super) fn flush(&self, max: Duration) {
        let until = Instant::now() + max;
        let mut state = self.state.lock();
        while state.is_writing || state.must_reopen || !state.pending.is_empty() {
            if self.changed.wait_until(&mut state, until).timed_out() {
                return;
            }
        }
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.state.lock();
        if state.pending.len() + line.len() > PENDING_BYTES_MAX {
            state.lost += 1;
            return;
        }
        state.pending.extend_from_slice(line);
        let is_first = state.pending.len() == line.len();
        drop(state);
        if is_first {
            self.changed.notify_all();
        }
    }

    fn write_for_ever(&self, mut stream: impl Stream) {
        let mut lines = Vec::new();
        loop {
            if self.take(&mut lines) {
                stream.reopen();
            }
            let unwritten = write_out(&mut stream, &lines);
            // A stream that took nothing would not take this either.
            if unwritten == 0 && !lines.is_empty() {
                self.tell_of_loss();
            }
            lines.clear();
            lines.shrink_to(KEPT_BYTES_MAX);
            let mut state = self.state.lock();
            state.lost += unwritten;
            state.is_writing = false;
            drop(state);
            self.changed.notify_all();
        }
    }

    fn tell_of_loss(&self) {
        let lost = std::mem::take(&mut self.state.lock().lost);
        if lost > 0 {
            warn!("{lost} lines of the log were lost: they were not written, or not fast enough");
        }
    }

    /// Waits for something to do, and takes all of it; whether the stream is to be opened again.
    fn take(&self, lines: &mut Vec<u8>) -> bool {
        let mut state = self.state.lock();
        while state.pending.is_empty() && !state.must_reopen {
            self.changed.wait(&mut state);
        }
        std::mem::swap(&mut state.pending, lines);
        state.is_writing = true;
        std::mem::take(&mut state.must_reopen)
    }
}

/// Writes what the stream takes; how many lines it did not.
fn write_out(stream: &mut impl Stream, mut lines: &[u8]) -> u64 {
    while !lines.is_empty() {
        match stream.write(lines) {
            Ok(0) => break,
            Ok(count) => lines = lines.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    // There is nobody to tell that nobody can be told.
    let _ = stream.flush();
    lines.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// A line a call, as the log's layers write.
impl Write for &Backlog {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A stream that waits for its test at each write.
    struct Slow {
        go: Receiver<()>,
        written: Sender<Vec<u8>>,
    }

    impl Stream for Slow {
        fn reopen(&mut self) {
            self.written.send(b"reopened".to_vec()).unwrap();
        }
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.written.send(bytes.to_vec()).unwrap();
            self.go.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Arc<Backlog>, Sender<()>, Receiver<Vec<u8>>) {
        let ((go, gone), (written, read)) = (channel(), channel());
        (Backlog::start("slow", Slow { go: gone, written }).unwrap(), go, read)
    }

    #[test]
    fn lines_that_wait_are_written_together_and_in_order() {
        let (backlog, go, written) = slow();
        backlog.push(b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        backlog.push(b"two\n");
        backlog.push(b"three\n");
        go.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), b"two\nthree\n");
        go.send(()).unwrap();
        backlog.flush(Duration::from_secs(60));
        assert!(backlog.state.lock().pending.is_empty());
    }

    #[test]
    fn a_stream_that_takes_nothing_costs_no_more_than_the_limit() {
        let (backlog, _go, written) = slow();
        backlog.push(b"taken\n");
        assert_eq!(written.recv().unwrap(), b"taken\n");
        let line = [b'x'; 1_024];
        for _ in 0..2 * PENDING_BYTES_MAX / line.len() {
            backlog.push(&line);
        }
        let state = backlog.state.lock();
        assert_eq!(state.pending.len(), PENDING_BYTES_MAX);
        assert_eq!(state.lost, (PENDING_BYTES_MAX / line.len()) as u64);
        drop(state);
        // Nor does whoever waits for it wait for ever.
        backlog.flush(Duration::from_millis(1));
    }

    #[test]
    fn lines_that_a_stream_does_not_take_are_counted() {
        let (backlog, go, written) = slow();
        backlog.push(b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        backlog.push(b"two\n");
        backlog.push(b"three\n");
        drop(go);
        backlog.flush(Duration::from_secs(60));
        assert_eq!(backlog.state.lock().lost, 3);
    }

    #[test]
    fn what_was_taken_in_part_is_lost_in_part() {
        struct Full(usize);
        impl Stream for Full {}
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let taken = self.0.min(bytes.len());
                self.0 -= taken;
                if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(write_out(&mut Full(100), b"one\ntwo\n"), 0);
        assert_eq!(write_out(&mut Full(5), b"one\ntwo\nthree\n"), 2);
        assert_eq!(write_out(&mut Full(0), b"one\n"), 1);
    }

    #[test]
    fn a_stream_is_opened_again_before_it_is_written_on() {
        let (backlog, go, written) = slow();
        backlog.push(b"one\n");
        assert_eq!(written.recv().unwrap(), b"one\n");
        backlog.reopen();
        backlog.push(b"two\n");
        go.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), b"reopened");
        assert_eq!(written.recv().unwrap(), b"two\n");
    }
}
