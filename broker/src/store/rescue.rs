//! A worker that writes to the store in its turn may be the one that looked after the sockets, and
//! while it waits for the disk the others sleep: nobody would hear a socket. A thread of its own
//! looks whether such a write takes long, and wakes another worker.
//!
//! Invariants:
//! - whoever has a socket waits no longer for a disk than twice [`INTERVAL`], about, unless the
//!   worker that writes had woken it right before;
//! - where nobody writes in its turn, the thread sleeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};
use tracing::warn;

use crate::long_work::off_turn;

/// How often it is looked: in the time of ten syncs of a quick disk.
const INTERVAL: Duration = Duration::from_millis(2);

/// So often it finds nothing before it sleeps.
const IDLE_MAX: u32 = 50;

/// Looks after writes on workers' threads.
pub(super) struct Rescue {
    /// None where a worker has to leave its tasks to others each time: there are no others, or
    /// there is no thread.
    watch: Option<Watch>,
}

struct Watch {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
    woken: Thread,
}

#[derive(Default)]
struct State {
    /// Odd while a worker writes.
    writes: AtomicU64,
    sleeps: AtomicBool,
    ends: AtomicBool,
}

impl Rescue {
    /// For the workers of the runtime that this is called in.
    pub(super) fn new() -> Self {
        let handle = Handle::try_current().ok().filter(|handle| {
            let is_of_many = handle.runtime_flavor() == RuntimeFlavor::MultiThread;
            is_of_many && handle.metrics().num_workers() > 1
        });
        Self { watch: handle.and_then(Watch::start) }
    }

    /// Does work of a worker that may wait for a disk, in most cases for a short time. One worker
    /// at a time writes to a store itself; where two do nevertheless, nobody is woken for them.
    pub(super) fn while_writing<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(watch) = &self.watch else { return off_turn(work) };
        watch.begin();
        let answer = work();
        watch.state.writes.fetch_add(1, Ordering::SeqCst);
        answer
    }
}

impl Watch {
    fn start(handle: Handle) -> Option<Self> {
        let state = Arc::<State>::default();
        let of_thread = Arc::clone(&state);
        let thread = thread::Builder::new()
            .name("store rescue".to_owned())
            .spawn(move || of_thread.look(&handle));
        match thread {
            Ok(thread) => {
                let woken = thread.thread().clone();
                Some(Self { state, thread: Some(thread), woken })
            }
            Err(error) => {
                warn!("no thread that looks after writes to the store: {error}");
                None
            }
        }
    }

    fn begin(&self) {
        self.state.writes.fetch_add(1, Ordering::SeqCst);
        if self.state.sleeps.load(Ordering::SeqCst) {
            self.woken.unpark();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.state.ends.store(true, Ordering::SeqCst);
        self.woken.unpark();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            warn!("the thread that looks after writes to the store ended by a fault");
        }
    }
}

impl State {
    fn look(&self, handle: &Handle) {
        let (mut seen, mut idle, mut rescued) = (0, 0, 0);
        while !self.ends.load(Ordering::SeqCst) {
            if idle >= IDLE_MAX {
                self.sleep(seen);
                idle = 0;
            }
            thread::sleep(INTERVAL);
            let writes = self.writes.load(Ordering::SeqCst);
            idle = if writes == seen { idle + 1 } else { 0 };
            if writes == seen && writes % 2 == 1 && rescued != writes {
                rescued = writes;
                // A task from outside wakes a worker, which then looks after the sockets.
                handle.spawn(async {});
            }
            seen = writes;
        }
    }

    /// Sleeps until somebody writes.
    fn sleep(&self, seen: u64) {
        self.sleeps.store(true, Ordering::SeqCst);
        while self.writes.load(Ordering::SeqCst) == seen && !self.ends.load(Ordering::SeqCst) {
            thread::park();
        }
        self.sleeps.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::sync::mpsc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A runtime of two workers, where one task writes until it is told to end, and another one
    /// echoes a byte.
    #[test]
    fn sockets_are_heard_while_a_worker_waits_for_its_disk() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (tell_address, address) = mpsc::channel();
        let (begin, begun) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        runtime.spawn(async move {
            let rescue = Rescue::new();
            assert!(rescue.watch.is_some());
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell_address.send(listener.local_addr().unwrap()).unwrap();
            let (mut first, _) = listener.accept().await.unwrap();
            let (mut second, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                while second.read_u8().await.is_ok() {
                    second.write_u8(1).await.unwrap();
                }
            });
            // What comes over the first socket is written.
            while first.read_u8().await.is_ok() {
                rescue.while_writing(|| {
                    begin.send(()).unwrap();
                    let _ = ended.recv();
                });
            }
        });
        let address = address.recv().unwrap();
        let mut first = TcpStream::connect(address).unwrap();
        let mut second = TcpStream::connect(address).unwrap();
        // The echo has to have begun: what a worker has just made ready nobody takes from it.
        second.write_all(&[1]).unwrap();
        second.read_exact(&mut [0]).unwrap();
        for _ in 0..3 {
            first.write_all(&[1]).unwrap();
            begun.recv().unwrap();
            for _ in 0..3 {
                second.write_all(&[1]).unwrap();
                second.read_exact(&mut [0]).unwrap();
            }
            end.send(()).unwrap();
        }
        drop(end);
    }

    #[test]
    fn work_is_done_where_there_is_no_runtime_of_many_threads() {
        assert_eq!(Rescue::new().while_writing(|| 1), 1);
    }
}
