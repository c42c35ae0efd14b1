//! Workers and the threads that run them: each thread gives its workers turns and waits for their
//! sockets and times.

use std::net::TcpStream;
use std::num::NonZeroU64;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::thread::set_current_timer_slack;

use super::control::Control;
use crate::bench::error::BenchError;

/// The longest wait: signals of the watcher are heard within it.
const WAIT_NS_MAX: u64 = 50_000_000;

/// How late the system may wake a thread whose time has come.
const TIMER_SLACK_NS: NonZeroU64 = NonZeroU64::MIN;

/// A connection under load.
pub(crate) trait Worker: Send {
    /// Does a bounded piece of work.
    ///
    /// # Errors
    /// The peer's, which end the run.
    fn turn(&mut self, control: &Control) -> Result<Turn, BenchError>;

    fn socket(&self) -> &TcpStream;
}

/// What a worker wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Another turn.
    Again,
    /// A turn when something happens.
    Wait(Wait),
    /// No other turn.
    Done,
}

/// What a worker waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wait {
    /// That its socket can be read; that it can't be written is no reason to read no more.
    pub(crate) read: bool,
    /// That its socket can be written.
    pub(crate) write: bool,
    /// A time.
    pub(crate) until_ns: Option<u64>,
}

/// Runs workers until all are done. An error of one ends the run of all.
///
/// # Errors
/// The first worker's that failed.
pub(crate) fn run<W: Worker>(workers: &mut [W], control: &Control) -> Result<(), BenchError> {
    // A system that can't promise it wakes later, which the latencies then show.
    let _ = set_current_timer_slack(Some(TIMER_SLACK_NS));
    let result = take_turns(workers, control);
    if result.is_err() {
        control.end();
    }
    result
}

fn take_turns<W: Worker>(workers: &mut [W], control: &Control) -> Result<(), BenchError> {
    let mut turns = vec![Turn::Again; workers.len()];
    let mut is_woken = vec![true; workers.len()];
    let mut heard = control.signals();
    loop {
        for ((worker, turn), is_woken) in workers.iter_mut().zip(&mut turns).zip(&mut is_woken) {
            if std::mem::take(is_woken) && *turn != Turn::Done {
                *turn = match worker.turn(control) {
                    // Once everyone says goodbye, a peer that goes first is no fault.
                    Err(_) if control.is_over() => Turn::Done,
                    turn => turn?,
                };
            }
        }
        match &turns[..] {
            [Turn::Again] => is_woken.fill(true),
            turns if turns.iter().all(|turn| *turn == Turn::Done) => return Ok(()),
            turns => wait(workers, turns, &mut is_woken, control)?,
        }
        let signals = control.signals();
        if signals != heard {
            heard = signals;
            is_woken.fill(true);
        }
    }
}

/// Waits until something happens to one of the workers, and says to which.
fn wait<W: Worker>(
    workers: &[W],
    turns: &[Turn],
    is_woken: &mut [bool],
    control: &Control,
) -> Result<(), BenchError> {
    let mut places = Vec::with_capacity(turns.len());
    let mut sockets = Vec::with_capacity(turns.len());
    for (place, (turn, worker)) in turns.iter().zip(workers).enumerate() {
        if let Turn::Wait(wait) = turn {
            places.push(place);
            sockets.push(PollFd::from_borrowed_fd(worker.socket().as_fd(), wait.flags()));
        }
    }
    let timeout = Timespec { tv_sec: 0, tv_nsec: wait_ns(turns, control.now_ns()) };
    match poll(&mut sockets, Some(&timeout)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => {
            return Err(BenchError::System { what: "waiting for sockets", source: error.into() });
        }
    }
    let now_ns = control.now_ns();
    for (turn, is_woken) in turns.iter().zip(is_woken.iter_mut()) {
        *is_woken = match turn {
            Turn::Again => true,
            Turn::Wait(wait) => wait.until_ns.is_some_and(|at| at <= now_ns),
            Turn::Done => false,
        };
    }
    for (place, socket) in places.into_iter().zip(&sockets) {
        if let (false, Some(is_woken)) = (socket.revents().is_empty(), is_woken.get_mut(place)) {
            *is_woken = true;
        }
    }
    Ok(())
}

/// How long nobody has anything to do.
fn wait_ns(turns: &[Turn], now_ns: u64) -> i64 {
    let of_turn = |turn: &Turn| match turn {
        Turn::Again => 0,
        Turn::Wait(Wait { until_ns: Some(at), .. }) => at.saturating_sub(now_ns),
        Turn::Wait(_) | Turn::Done => WAIT_NS_MAX,
    };
    let shortest = turns.iter().map(of_turn).min().unwrap_or(WAIT_NS_MAX).min(WAIT_NS_MAX);
    i64::try_from(shortest).unwrap_or(0)
}

impl Wait {
    fn flags(self) -> PollFlags {
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, self.read);
        flags.set(PollFlags::OUT, self.write);
        flags
    }
}
