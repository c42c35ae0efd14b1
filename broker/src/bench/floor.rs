//! The floor: the load of a run through a relay instead of a broker. What it costs is the
//! machine's, the same for every broker.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::checking::Expected;
use super::engine::{self, Observer, Setting};
use super::error::BenchError;
use super::figures::Figures;
use super::link::READ_BYTES_MAX;
use super::plan::{Load, UNCONFIRMED_MAX};
use super::process::Process;
use super::protocol::{Letter, Opened, Publisher, Subscriber, Terms, Version};
use super::round::{consumer, producer, quota};
use super::stamp::{Form, STAMP_BYTES};
use super::{v0_9_1, v0_10};

/// What errors call it.
const PEER: &str = "the relay";

/// Names as long as those of a run with a broker, so that messages have the same size.
const KEY: &str = "philter-bench-00000000-0";

/// Bytes that the relay reads at a time at the most.
const RELAY_BYTES_MAX: usize = 1024 * 1024;

/// A relay that runs.
pub(crate) struct Floor {
    child: Child,
    /// The relay ends when this is closed.
    stdin: Option<ChildStdin>,
    port: u16,
    process: Process,
    version: Version,
}

impl Floor {
    /// Starts a relay that reads and writes so many bytes at a time: those of a flush in this
    /// version, unless told.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn start(
        load: &Load,
        read_bytes: Option<usize>,
        version: Version,
    ) -> Result<Self, BenchError> {
        let message_bytes = match version {
            Version::V0_10 => v0_10::message_bytes(&letter(load)),
            Version::V0_9_1 => v0_9_1::message_bytes(&letter(load)),
        };
        let read_bytes = read_bytes.unwrap_or(message_bytes * load.flush);
        let read_bytes = read_bytes.clamp(1, RELAY_BYTES_MAX);

        let failed = |source| BenchError::System { what: "starting the relay", source };
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.args(["bench", "relay", "--read-bytes", &read_bytes.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
        }
        let process = Process::new(child.id())?;
        let port = line.trim().parse().map_err(|_| {
            failed(std::io::Error::other(format!("it says \"{}\" for a port", line.trim())))
        })?;
        Ok(Self { child, stdin, port, process, version })
    }

    /// One round of so many pairs.
    ///
    /// # Errors
    /// Why it came to no end.
    pub(crate) fn round(
        &self,
        pairs: usize,
        load: &Load,
        observer: &mut Observer<'_>,
    ) -> Result<Figures, BenchError> {
        let setting = self.setting(pairs, load)?;
        let mut observer = Observer {
            process: Some(&self.process),
            interrupt: observer.interrupt,
            show: &mut *observer.show,
        };
        let outcome = engine::run(setting, &mut observer)?;
        let mut expected = Expected::new(pairs, pairs, load.body_bytes >= STAMP_BYTES);
        for (pair, sent) in outcome.sent.iter().enumerate() {
            expected.add(pair, pair, sent, 1);
        }
        Ok(Figures::of(&outcome, expected.check(&outcome.came)))
    }

    fn setting(&self, pairs: usize, load: &Load) -> Result<Setting, BenchError> {
        let mut setting = Setting {
            producers: Vec::new(),
            consumers: Vec::new(),
            copies: vec![1; pairs],
            waiting: 0,
            threads: load.threads,
            end: load.end,
        };
        let letter = letter(load);
        let (window, ack) = (load.window, load.ack);
        let terms = Terms { window, ack, subscriptions: 1, is_browsing: false };
        for pair in 0..pairs {
            let opened = self.subscribe(pair, terms)?;
            let sizes = (pairs, READ_BYTES_MAX, Form::Bytes);
            setting.consumers.push(consumer(pair, opened, PEER, load, sizes)?);
            let opened = self.publish(pair, &letter)?;
            let quota = quota(load, pair, pairs, UNCONFIRMED_MAX);
            setting.producers.push(producer(pair, opened, PEER, load, quota)?);
        }
        Ok(setting)
    }

    fn subscribe(&self, pair: usize, terms: Terms) -> Result<Opened<dyn Subscriber>, BenchError> {
        let socket = self.connect(pair)?;
        Ok(match self.version {
            Version::V0_10 => v0_10::unmanaged_subscriber(socket, PEER, terms),
            Version::V0_9_1 => v0_9_1::unmanaged_subscriber(socket, PEER, terms),
        })
    }

    fn publish(&self, pair: usize, letter: &Letter) -> Result<Opened<dyn Publisher>, BenchError> {
        let socket = self.connect(pair)?;
        Ok(match self.version {
            Version::V0_10 => v0_10::unmanaged_publisher(socket, PEER, letter),
            Version::V0_9_1 => v0_9_1::unmanaged_publisher(socket, PEER, letter),
        })
    }

    /// A connection of a pair.
    fn connect(&self, pair: usize) -> Result<TcpStream, BenchError> {
        let lost = |source| BenchError::Connect { peer: PEER.to_owned(), source };
        let mut socket = TcpStream::connect(("127.0.0.1", self.port)).map_err(lost)?;
        socket.set_nodelay(true).map_err(lost)?;
        let pair = u32::try_from(pair).unwrap_or(u32::MAX).to_be_bytes();
        socket.write_all(&pair).map_err(lost)?;
        Ok(socket)
    }
}

fn letter(load: &Load) -> Letter {
    Letter { key: KEY.to_owned(), body: vec![b'x'; load.body_bytes], ..Letter::default() }
}

impl Drop for Floor {
    fn drop(&mut self) {
        drop(self.stdin.take());
        drop(self.child.wait());
    }
}
