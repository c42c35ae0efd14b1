//! A thread of a provider: it does what it is given, by instances of its own.
//!
//! Invariants:
//! - a login stays with the instance that it began with, also when the file is swapped meanwhile;
//! - an instance that trapped is gone, and its logins with it;
//! - every call is answered.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use philter_plugin_api::{Authorization, SaslOutcome};

use super::crew::Work;
use super::outcome;
use super::providing::Providing;
use crate::contract::AuthContract;
use crate::failure::Failure;
use crate::instance::Live;
use crate::limits::AUTH_INSTANCES_MAX;
use crate::loaded::Loaded;
use crate::pool::nanoseconds;
use crate::statistics::count;

/// An instance and the logins that are under way with it.
struct Held {
    live: Live<AuthContract>,
    logins: HashSet<u64>,
}

/// The instances of a thread. The last one is of the newest file that was asked for.
#[derive(Default)]
struct Desk {
    held: Vec<Held>,
}

/// Works until everything is over.
pub(super) fn run(providing: &Providing, index: usize) {
    let mut desk = Desk::default();
    while let Some(work) = providing.crew.next(index) {
        desk.work(providing, work);
    }
}

impl Desk {
    fn work(&mut self, providing: &Providing, work: Work) {
        let loaded = providing.loaded();
        match work {
            Work::Start { session, peer, mechanism, initial, done } => {
                let answer = asked(providing, &loaded, || {
                    let held = self.newest(providing, &loaded)?;
                    held.logins.insert(session);
                    let parameters = (session, peer, mechanism, initial);
                    let time = loaded.create_time();
                    let (answer,) =
                        held.live.call_and_wait(|calls| &calls.start, parameters, time)?;
                    outcome::read("start", answer?)
                });
                self.settle(providing, session, &answer);
                done.finish(answer.map_err(|failure| failure.into_error(&loaded.info.name)));
            }
            Work::Step { session, response, done } => {
                let answer = asked(providing, &loaded, || {
                    let held = self.of(session)?;
                    let time = loaded.create_time();
                    let parameters = (session, response);
                    let (answer,) =
                        held.live.call_and_wait(|calls| &calls.step, parameters, time)?;
                    outcome::read("step", answer?)
                });
                self.settle(providing, session, &answer);
                done.finish(answer.map_err(|failure| failure.into_error(&loaded.info.name)));
            }
            Work::Authorize { access, done } => {
                let answer = asked(providing, &loaded, || {
                    let live = &mut self.newest(providing, &loaded)?.live;
                    let time = loaded.create_time();
                    let (answer,) =
                        live.call_and_wait(|calls| &calls.authorize, (access,), time)?;
                    Ok(Authorization::from(answer?))
                });
                self.tidy(&loaded);
                done.finish(answer.map_err(|failure| failure.into_error(&loaded.info.name)));
            }
            Work::Abandon { session } => self.abandon(providing, &loaded, session),
            Work::Replace => providing.replace_front(&loaded),
            Work::Tidy => self.tidy(&loaded),
        }
    }

    /// The instance that logins begin with, which is made where it is not there.
    fn newest(
        &mut self,
        providing: &Providing,
        loaded: &Arc<Loaded>,
    ) -> Result<&mut Held, Failure> {
        let has_room = self.held.len() < AUTH_INSTANCES_MAX;
        let last = self.held.last_mut().filter(|held| held.live.is_of(loaded));
        let is_there = last.is_some();
        if last.is_none_or(|held| has_room && held.live.wants_another()) {
            match providing.make(loaded) {
                Ok(live) => {
                    self.held.push(Held { live, logins: HashSet::new() });
                    self.tidy(loaded);
                }
                // The one that another was to follow goes on.
                Err(failure) if is_there => providing.watch.heard(loaded, &failure),
                Err(failure) => return Err(failure),
            }
        }
        self.held.last_mut().ok_or_else(|| Failure::Unavailable("no instance is there".to_owned()))
    }

    /// The instance that a login began with.
    fn of(&mut self, session: u64) -> Result<&mut Held, Failure> {
        let mut held = self.held.iter_mut();
        held.find(|held| held.logins.contains(&session)).ok_or_else(|| {
            let text = "the instance that this login began with was lost by a trap";
            Failure::Unavailable(text.to_owned())
        })
    }

    /// After a call about a login: where no challenge goes out, the login is over.
    fn settle(
        &mut self,
        providing: &Providing,
        session: u64,
        answer: &Result<SaslOutcome, Failure>,
    ) {
        if !matches!(answer, Ok(SaslOutcome::Challenge(_))) {
            for held in &mut self.held {
                held.logins.remove(&session);
            }
            providing.crew.forget(session);
        }
        self.tidy(&providing.loaded());
    }

    fn abandon(&mut self, providing: &Providing, loaded: &Arc<Loaded>, session: u64) {
        let Ok(held) = self.of(session) else { return };
        held.logins.remove(&session);
        let time = loaded.create_time();
        let told = held.live.call(|calls| &calls.abandon, (session,), time);
        self.tidy(loaded);
        if let Err(failure) = told {
            providing.watch.failed(loaded, &failure);
        }
    }

    /// Instances that trapped are of no use, and those that no login begins with any more go when
    /// their logins are over.
    fn tidy(&mut self, loaded: &Arc<Loaded>) {
        self.held.retain(|held| !held.live.is_lost());
        let newest = self.held.pop_if(|held| held.live.is_of(loaded));
        self.held.retain(|held| !held.logins.is_empty());
        self.held.extend(newest);
    }
}

/// Asks, counted, and unless the breaker is open.
fn asked<R>(
    providing: &Providing,
    loaded: &Loaded,
    work: impl FnOnce() -> Result<R, Failure>,
) -> Result<R, Failure> {
    let began = Instant::now();
    let answer = providing.watch.guarded_but_for_its_own(loaded, work);
    let took: Duration = began.elapsed();
    loaded.counters.call_ns.fetch_add(nanoseconds(took), Ordering::Relaxed);
    count(&loaded.counters.calls);
    answer
}
