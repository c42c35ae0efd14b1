//! Who does what: the threads of a provider, and what waits for each.
//!
//! A login goes to a thread that is free; where all are busy another one is begun, up to their
//! number; then it waits for the one for which the least waits. Its next steps go to the same
//! thread, because the instance of that thread knows it.
//!
//! Invariants: what waits is bounded; each thread does its work in the order in which it came; a
//! thread that ended has nothing left to do.

use std::collections::VecDeque;

use foldhash::HashMap;
use parking_lot::{Condvar, Mutex};
use philter_plugin_api::{Authorization, Completion, Error, ErrorKind, SaslOutcome};

use crate::limits::{AUTH_CALLS_MAX, AUTH_LOGINS_MAX};

/// Something to do.
pub(super) enum Work {
    /// A login begins.
    Start {
        session: u64,
        /// An encoded map.
        peer: Vec<u8>,
        mechanism: String,
        initial: Option<Vec<u8>>,
        done: Completion<SaslOutcome>,
    },
    /// A login goes on.
    Step { session: u64, response: Vec<u8>, done: Completion<SaslOutcome> },
    /// A login is given up.
    Abandon { session: u64 },
    /// A question.
    Authorize {
        /// An encoded map.
        access: Vec<u8>,
        done: Completion<Authorization>,
    },
    /// The instance that answers at once is to be made again.
    Replace,
    /// The file was swapped: what nobody needs of the old one goes.
    Tidy,
}

impl Work {
    /// Answers it with an error.
    pub(super) fn refuse(self, error: Error) {
        match self {
            Self::Start { done, .. } | Self::Step { done, .. } => done.err(error),
            Self::Authorize { done, .. } => done.err(error),
            Self::Abandon { .. } | Self::Replace | Self::Tidy => {}
        }
    }

    /// Whether somebody waits for an answer.
    fn is_call(&self) -> bool {
        matches!(self, Self::Start { .. } | Self::Step { .. } | Self::Authorize { .. })
    }
}

/// Where work went.
pub(super) enum Handed {
    /// Somebody will do it.
    Taken,
    /// A thread of this number is to be begun for it.
    Begin(usize),
    /// Nobody will.
    Refused(Work, Error),
}

/// What one thread has to do.
#[derive(Default)]
struct Desk {
    work: VecDeque<Work>,
    is_busy: bool,
    /// Whether its thread was begun.
    is_taken: bool,
}

#[derive(Default)]
struct Duty {
    desks: Vec<Desk>,
    /// Logins that wait for their peers, and whose they are.
    logins: HashMap<u64, usize>,
    /// Calls that wait for a thread.
    waiting: usize,
    is_over: bool,
}

/// The threads of a provider.
pub(super) struct Crew {
    duty: Mutex<Duty>,
    /// One for each thread that there may be.
    news: Box<[Condvar]>,
}

impl Crew {
    /// A crew that will have up to so many threads, and has none yet.
    pub(super) fn new(threads_max: usize) -> Self {
        let news = (0..threads_max.max(1)).map(|_| Condvar::new()).collect();
        Self { duty: Mutex::default(), news }
    }

    /// Gives work to somebody.
    pub(super) fn hand_out(&self, work: Work) -> Handed {
        let mut duty = self.duty.lock();
        if let Some(error) = duty.is_full(&work) {
            return Handed::Refused(work, error);
        }
        let (index, is_new) = match &work {
            Work::Step { session, .. } => match duty.logins.get(session) {
                Some(index) => (*index, false),
                None => {
                    let text = format!("the login {session} is not under way");
                    return Handed::Refused(work, Error::new(ErrorKind::NotFound, text));
                }
            },
            Work::Abandon { session } => match duty.logins.remove(session) {
                Some(index) => (index, false),
                None => return Handed::Taken,
            },
            _ => duty.choose(self.news.len()),
        };
        if let Work::Start { session, .. } = &work {
            duty.logins.insert(*session, index);
        }
        duty.give(index, work);
        drop(duty);
        self.tell(index);
        if is_new { Handed::Begin(index) } else { Handed::Taken }
    }

    /// Has each thread that there is do something.
    pub(super) fn tell_all(&self, work: impl Fn() -> Work) {
        let mut duty = self.duty.lock();
        let threads = duty.desks.len();
        (0..threads).for_each(|index| duty.give(index, work()));
        drop(duty);
        (0..threads).for_each(|index| self.tell(index));
    }

    /// The next thing that this thread has to do; none when everything is over.
    pub(super) fn next(&self, index: usize) -> Option<Work> {
        let news = self.news.get(index)?;
        let mut duty = self.duty.lock();
        loop {
            let is_over = duty.is_over;
            let desk = duty.desks.get_mut(index)?;
            if let Some(work) = desk.work.pop_front() {
                desk.is_busy = true;
                duty.waiting = duty.waiting.saturating_sub(usize::from(work.is_call()));
                return Some(work);
            }
            desk.is_busy = false;
            if is_over {
                return None;
            }
            news.wait(&mut duty);
        }
    }

    /// A login is over.
    pub(super) fn forget(&self, session: u64) {
        self.duty.lock().logins.remove(&session);
    }

    /// A thread could not be begun: what it had to do comes back, and it may be tried again.
    pub(super) fn take_back(&self, index: usize) -> Vec<Work> {
        let mut duty = self.duty.lock();
        let work = duty.desks.get_mut(index).map(|desk| std::mem::take(desk).work);
        duty.logins.retain(|_, of| *of != index);
        let work: Vec<Work> = work.into_iter().flatten().collect();
        let calls = work.iter().filter(|work| work.is_call()).count();
        duty.waiting = duty.waiting.saturating_sub(calls);
        work
    }

    /// There comes no more: threads end when they have done what they have to do.
    pub(super) fn end(&self) {
        self.duty.lock().is_over = true;
        (0..self.news.len()).for_each(|index| self.tell(index));
    }

    fn tell(&self, index: usize) {
        if let Some(news) = self.news.get(index) {
            news.notify_one();
        }
    }
}

impl Duty {
    /// The limit that one more would pass, before anybody is chosen for it.
    fn is_full(&self, work: &Work) -> Option<Error> {
        let what = if work.is_call() && self.waiting >= AUTH_CALLS_MAX {
            format!("{AUTH_CALLS_MAX} calls wait for this provider")
        } else if matches!(work, Work::Start { .. }) && self.logins.len() >= AUTH_LOGINS_MAX {
            format!("{AUTH_LOGINS_MAX} logins are under way with this provider")
        } else {
            return None;
        };
        Some(Error::new(ErrorKind::LimitExceeded, format!("{what}, which is the limit")))
    }

    /// Who is to do something new, and whether that thread has to be begun.
    fn choose(&mut self, threads_max: usize) -> (usize, bool) {
        let load = |desk: &Desk| desk.work.len() + usize::from(desk.is_busy);
        let least = self.desks.iter().enumerate().min_by_key(|(_, desk)| load(desk));
        let index = match least {
            Some((index, desk)) if load(desk) == 0 || self.desks.len() >= threads_max => index,
            _ => {
                self.desks.push(Desk::default());
                self.desks.len() - 1
            }
        };
        let was_taken =
            self.desks.get_mut(index).map(|it| std::mem::replace(&mut it.is_taken, true));
        (index, was_taken == Some(false))
    }

    fn give(&mut self, index: usize, work: Work) {
        self.waiting += usize::from(work.is_call());
        if let Some(desk) = self.desks.get_mut(index) {
            desk.work.push_back(work);
        }
    }
}

#[cfg(test)]
mod tests;
