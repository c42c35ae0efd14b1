//! What messages of a batch, and the forms that they take, have come to on their way: the queues
//! that get them, the exchanges that hold them, and those that are still to be asked.
//!
//! Invariants: an exchange sees a form once and a queue gets it once; a route at its end belongs to
//! one message where a transformation made something of it, and may be shared otherwise.

use std::slice;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use philter_model::message::Message;

use crate::virtual_host::forms::Forms;
use crate::virtual_host::passage::{Passage, Step};
use crate::virtual_host::reach::{Routes, address};
use crate::virtual_host::route::Route;
use crate::virtual_host::transform::{Changed, Tally};
use crate::virtual_host::{Exchange, Queue, Undecided};

/// What a batch has come to.
pub(super) struct Reach<'b> {
    /// By place: the messages, then their forms.
    reached: Vec<Reached>,
    pub(super) front: Front,
    pub(super) forms: Forms<'b>,
    /// Where transformations led, by the place of the message.
    pub(super) changed: HashMap<usize, Box<Changed>>,
    passage: Passage,
    /// How many an exchange is to hold, by its address.
    held: HashMap<usize, usize>,
}

impl<'b> Reach<'b> {
    /// Nothing yet.
    pub(super) fn of(batch: &'b [Arc<Message>]) -> Self {
        let mut reached = Vec::new();
        reached.resize_with(batch.len(), Reached::default);
        Self {
            reached,
            front: Front::default(),
            forms: Forms::of(batch),
            changed: HashMap::default(),
            passage: Passage::default(),
            held: HashMap::default(),
        }
    }

    /// What is at a place comes to a queue. Whether it had not been there.
    pub(super) fn add(&mut self, place: usize, queue: &Arc<Queue>) -> bool {
        self.at(place).is_some_and(|found| found.add(queue))
    }

    /// What is at a place becomes a dead letter of a queue.
    pub(super) fn add_dead(&mut self, place: usize, queue: &Arc<Queue>) {
        self.at(place).into_iter().for_each(|found| found.add_dead(queue));
    }

    /// Whether an exchange is to hold what is at a place until it is due: it delays that, and has
    /// room, or else it goes on at once.
    pub(super) fn is_for(&self, exchange: &Exchange, place: usize) -> bool {
        let Some(message) = self.forms.message(place).filter(|it| exchange.delays(it)) else {
            return false;
        };
        let held = self.held.get(&std::ptr::from_ref(exchange).addr()).copied().unwrap_or(0);
        exchange.room_to_wait() > held && !exchange.is_refusing(slice::from_ref(message))
    }

    /// What is at a place waits at an exchange until it is due.
    pub(super) fn hold(&mut self, exchange: &Arc<Exchange>, place: usize) {
        let Some(message) = self.forms.message(place).cloned() else { return };
        let origin = self.forms.origin(place);
        *self.held.entry(address(exchange)).or_default() += 1;
        self.passage.add(origin, Step::Hold { exchange: Arc::clone(exchange), message });
        self.at(origin).into_iter().for_each(|found| found.is_held = true);
    }

    /// What is at a place took a route at an exchange on its way.
    pub(super) fn count(
        &mut self,
        exchange: &Arc<Exchange>,
        place: usize,
        route: &Arc<Route>,
        tally: Tally,
    ) {
        let Some(bytes) = self.forms.message(place).map(|message| message.size()) else { return };
        let (exchange, route) = (Arc::clone(exchange), Arc::clone(route));
        let step = Step::Count { exchange, route, tally, bytes };
        self.passage.add(self.forms.origin(place), step);
    }

    /// A plugin failed on what is at a place.
    pub(super) fn fail(&mut self, place: usize, why: &Arc<Undecided>) {
        let origin = self.forms.origin(place);
        if let Some(found) = self.at(origin) {
            found.undecided.get_or_insert_with(|| Arc::clone(why));
        }
    }

    /// Whether a plugin failed on the message at a place, or on what that is made of.
    pub(super) fn has_failed(&self, place: usize) -> bool {
        let origin = self.forms.origin(place);
        self.reached.get(origin).is_some_and(|found| found.undecided.is_some())
    }

    fn at(&mut self, place: usize) -> Option<&mut Reached> {
        if self.reached.len() <= place {
            self.reached.resize_with(place + 1, Reached::default);
        }
        self.reached.get_mut(place)
    }

    /// The ends of routes, and what is done on the way there.
    pub(super) fn into_ends(mut self, routes: &[Arc<Route>]) -> Routes {
        self.gather_changed(routes.len());
        let passage = self.passage.in_order(|place| self.reached.get(place)?.undecided.as_ref());
        let mut ends: Vec<Arc<Route>> = Vec::with_capacity(routes.len());
        for (place, (found, route)) in self.reached.into_iter().zip(routes).enumerate() {
            let end = match &found.undecided {
                Some(why) => Route::undecided(why),
                None => Route {
                    queues: found.queues.into_boxed_slice(),
                    matched: route.matched.clone(),
                    is_held: found.is_held,
                    changed: self.changed.remove(&place),
                    ..Route::default()
                },
            };
            let shared = ends.last().filter(|last| last.is_as(&end)).cloned();
            ends.push(shared.unwrap_or_else(|| Arc::new(end)));
        }
        Routes { ends, passage }
    }

    /// Gathers forms and dead letters by the messages that they were made of.
    fn gather_changed(&mut self, messages: usize) {
        for (place, found) in self.reached.iter_mut().enumerate() {
            let is_form = place >= messages;
            if found.dead.is_empty() && (!is_form || found.queues.is_empty()) {
                continue;
            }
            let Some(message) = self.forms.message(place) else { continue };
            let changed = self.changed.entry(self.forms.origin(place)).or_default();
            let dead = std::mem::take(&mut found.dead).into_iter();
            changed.dead.extend(dead.map(|queue| (queue, Arc::clone(message))));
            if is_form && !found.queues.is_empty() {
                found.queues.iter().for_each(|_| changed.tally.count_routed(message));
                changed.forms.push((Arc::clone(message), std::mem::take(&mut found.queues)));
            }
        }
    }
}

/// Where one message, or a form of one, has come to.
#[derive(Default)]
struct Reached {
    /// The queues that get it.
    queues: Vec<Arc<Queue>>,
    /// The queues whose dead letter it is.
    dead: Vec<Arc<Queue>>,
    is_held: bool,
    /// Why it comes to none of them.
    undecided: Option<Arc<Undecided>>,
    seen: HashSet<usize>,
    seen_dead: HashSet<usize>,
}

impl Reached {
    fn add(&mut self, queue: &Arc<Queue>) -> bool {
        let is_new = self.seen.insert(address(queue));
        if is_new {
            self.queues.push(Arc::clone(queue));
        }
        is_new
    }

    fn add_dead(&mut self, queue: &Arc<Queue>) {
        if self.seen_dead.insert(address(queue)) {
            self.dead.push(Arc::clone(queue));
        }
    }
}

/// The exchanges that are still to be asked, each for all messages that came to it so far.
#[derive(Default)]
pub(super) struct Front {
    waiting: Vec<(Arc<Exchange>, Vec<usize>)>,
    /// Where an exchange waits, by address.
    at: HashMap<usize, usize>,
    /// Which exchanges saw or will see which messages.
    pub(super) seen: HashSet<(usize, usize)>,
    /// Those that were asked: while they are held, no other one has their address.
    pub(super) walked: Vec<Arc<Exchange>>,
}

impl Front {
    /// A message comes to an exchange, if it has not been there.
    pub(super) fn add(&mut self, exchange: &Arc<Exchange>, place: usize) {
        if !self.seen.insert((address(exchange), place)) {
            return;
        }
        let at = *self.at.entry(address(exchange)).or_insert(self.waiting.len());
        match self.waiting.get_mut(at) {
            Some((_, places)) => places.push(place),
            None => self.waiting.push((Arc::clone(exchange), vec![place])),
        }
    }

    /// The exchange to be asked next, with what is to be asked of it.
    pub(super) fn take(&mut self) -> Option<(Arc<Exchange>, Vec<usize>)> {
        let (exchange, places) = self.waiting.pop()?;
        self.at.remove(&address(&exchange));
        Some((exchange, places))
    }
}
