//! One client's memory: what it tells, and the dice that it throws.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use fastrand::Rng;
use philter_tests::client;
use philter_tests::client_0_9_1;
use philter_tests::history::{Event, MessageId, Place};

/// The moment of a kill: so many events from now, whoever's they are.
#[derive(Clone)]
pub(in super::super) struct Moment {
    left: Arc<AtomicUsize>,
    kill: Sender<()>,
}

impl Moment {
    pub(in super::super) fn after(events: usize, kill: Sender<()>) -> Self {
        Self { left: Arc::new(AtomicUsize::new(events)), kill }
    }

    fn pass(&self) {
        // Below zero it never comes to one again.
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            // Nobody listens once the broker is dead.
            let _ = self.kill.send(());
        }
    }
}

/// The broker is gone, as it should be.
#[derive(Debug)]
pub(super) struct Lost(pub(super) String);

impl From<client::Refusal> for Lost {
    fn from(refusal: client::Refusal) -> Self {
        match refusal {
            client::Refusal::Lost(why) => Self(why),
            refusal => panic!("refused: {refusal}"),
        }
    }
}

impl From<client_0_9_1::Refusal> for Lost {
    fn from(refusal: client_0_9_1::Refusal) -> Self {
        match refusal {
            client_0_9_1::Refusal::Lost(why) => Self(why),
            refusal => panic!("refused: {refusal:?}"),
        }
    }
}

pub(super) struct Witness {
    pub(super) events: Vec<Event>,
    pub(super) dice: Rng,
    last_number: u64,
    moment: Moment,
}

impl Witness {
    pub(super) fn new(first_number: u64, dice: Rng, moment: Moment) -> Self {
        Self { events: Vec::new(), dice, last_number: first_number, moment }
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.events.push(event);
        self.moment.pass();
    }

    pub(super) fn received(&mut self, queue: &str, body: &[u8], is_redelivered: bool) -> Place {
        let place = Place::new(queue, &MessageId::of_body(body));
        self.tell(Event::Received { place: place.clone(), is_redelivered });
        place
    }

    /// The next message of this client as a publisher.
    pub(super) fn next_id(&mut self, publisher: &str) -> MessageId {
        self.last_number += 1;
        MessageId::new(publisher, self.last_number)
    }

    /// Mostly a small body, now and then one that takes many frames.
    pub(super) fn body(&mut self, id: &MessageId) -> Vec<u8> {
        let padding = match self.dice.u8(..) {
            0..=1 => self.dice.usize(100_000..300_000),
            _ => self.dice.usize(0..1_500),
        };
        id.body(padding)
    }

    pub(super) fn one_of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.dice.usize(..all.len())]
    }

    pub(super) fn tell_of(&self, why: &str) {
        println!("a client told {} events until {why}", self.events.len());
    }
}
