//! QMF over the live broker: a task that answers consoles' requests, and tells them unasked of
//! events, of what changed, and that the broker lives.
//!
//! Requests are seen by a tap on the management exchanges and wait in a bounded queue. The task
//! works one off after the other; each page of an answer is published before the next one is made.
//! What takes long, a plugin's new code that is compiled, is answered beside the others.
//!
//! Invariants:
//! - no lock is held while something is encoded or published;
//! - nothing is made for broadcasts that nobody is bound to.

mod desk;
mod inbox;
mod numbers;
mod outlet;
mod request;

use std::sync::Arc;
use std::time::Duration;

use philter_management::object::Event;
use philter_management::qmf::{v1, v2};
use philter_management::schema;
use philter_model::message::Message;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::MissedTickBehavior;
use tracing::{info, warn};

use crate::clock::unix_ns;
use crate::config::ManagementSettings;
use crate::management::Management;
use crate::management::facts::hyphenated;
use crate::management::limits::WELCOME_MS;
use crate::store;
use crate::virtual_host::{Error, EventSink, Tap};
use desk::{Aside, Desk};
use inbox::{Inbox, Received};
use outlet::Outlet;
use request::{Request, Version};

/// Who the agent is: consoles look for this vendor and product to find a broker's own agent.
const VENDOR: &str = "apache.org";
const PRODUCT: &str = "qpidd";

/// Counts an agent's starts, where it keeps count; this one's objects do not outlive it.
const EPOCH: u16 = 1;

/// The agent's state; the task alone has it.
struct Agent {
    desk: Arc<Desk>,
    settings: ManagementSettings,
    v1_publisher: v1::Publisher,
    v2_publisher: v2::Publisher,
}

/// Starts the agent over the live broker. It runs until the task is aborted.
///
/// # Errors
/// A management exchange is not there, or somebody else looks at it.
pub(crate) fn start(
    management: Management,
    settings: ManagementSettings,
) -> Result<JoinHandle<()>, Error> {
    let host = Arc::clone(&management.host);
    let agent = Agent::new(management, settings)?;
    let broadcasts = [host.exchange(v2::TOPIC_EXCHANGE)?, host.exchange(v1::EXCHANGE)?];
    let (inbox, received) = Inbox::new(&agent.desk.v1, &agent.desk.v2, &broadcasts);
    let inbox = Arc::new(inbox);
    let tap: Arc<dyn Tap> = Arc::clone(&inbox) as _;
    host.tap(&[v1::EXCHANGE, v2::DIRECT_EXCHANGE, v2::TOPIC_EXCHANGE], &tap)?;
    let sink: Arc<dyn EventSink> = Arc::clone(&inbox) as _;
    if !host.listen(sink) {
        return Err(Error::NotAllowed("somebody else is told of events".to_owned()));
    }
    info!("management agent {} answers", agent.desk.v2.name());
    Ok(tokio::spawn(agent.run(inbox, received)))
}

impl Agent {
    /// An agent that has told nothing yet.
    fn new(management: Management, settings: ManagementSettings) -> Result<Self, Error> {
        let instance = hyphenated(&management.facts.system_id);
        let identity = v2::Identity::new(VENDOR, PRODUCT, &instance)
            .map_err(|error| Error::InvalidArgument(error.to_string()))?;
        let catalog = v1::Catalog::new(schema::classes().iter().copied(), schema::events());
        let desk = Desk {
            outlet: Outlet::new(Arc::clone(&management.host)),
            v1: Arc::new(v1::Agent::new(management.facts.system_id, catalog)),
            v2: Arc::new(v2::Agent::new(identity, settings.interval_s, EPOCH)),
            shutdown: management.shutdown.clone(),
            management,
        };
        Ok(Self {
            desk: Arc::new(desk),
            settings,
            v1_publisher: v1::Publisher::new(),
            v2_publisher: v2::Publisher::new(),
        })
    }

    async fn run(mut self, inbox: Arc<Inbox>, mut received: Received) {
        let mut ticks = tokio::time::interval(Duration::from_secs(self.settings.interval_s.into()));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_awaited = false;
        let aside = Aside::start(&self.desk);
        loop {
            // What takes long keeps no other task from its turn: see `block_in_place`.
            tokio::select! {
                Some(event) = received.events.recv() => self.tell(&event),
                Some(message) = received.requests.recv() => {
                    let Some(request) = Request::read(&message) else { continue };
                    let here = match request.is_long() {
                        true => aside.take((request, message)),
                        false => Some((request, message)),
                    };
                    let Some((request, message)) = here else { continue };
                    let answer = || store::turn(|| self.answer(&request, &message)).0;
                    let has_greeted = block_in_place(answer);
                    if has_greeted && !std::mem::replace(&mut is_awaited, true) {
                        let soon = Duration::from_millis(WELCOME_MS);
                        ticks.reset_after(soon.min(ticks.period()));
                    }
                }
                _ = ticks.tick() => {
                    is_awaited = false;
                    block_in_place(|| self.broadcast());
                    let (requests, events) = inbox.take_dropped();
                    if requests + events > 0 {
                        warn!(
                            "management dropped {requests} requests (too large, or more than it \
                             takes at once) and {events} events that it fell behind with"
                        );
                    }
                }
            }
        }
    }

    /// Answers one request. Answers whether it was a new console's greeting.
    fn answer(&mut self, request: &Request, message: &Message) -> bool {
        self.desk.answer(request, message);
        if request.is_greeting() {
            match request.version {
                Version::One => self.v1_publisher.renew(),
                Version::Two => self.v2_publisher.renew(),
            }
        }
        request.is_greeting()
    }

    /// Tells of an event.
    fn tell(&self, event: &Event) {
        let Desk { outlet, v1, v2, .. } = &*self.desk;
        if self.settings.has_qmf2 && outlet.has_listeners(v2::TOPIC_EXCHANGE) {
            outlet.send(v2.event(event));
        }
        if self.settings.has_qmf1 && outlet.has_listeners(v1::EXCHANGE) {
            outlet.send(v1.event(event));
        }
    }

    /// Says that the broker lives, and what changed since the last time.
    fn broadcast(&mut self) {
        let now_ns = unix_ns();
        let desk = Arc::clone(&self.desk);
        if self.settings.has_qmf2 && desk.outlet.has_listeners(v2::TOPIC_EXCHANGE) {
            desk.outlet.send(desk.v2.heartbeat(now_ns));
            self.publish_v2(now_ns);
        }
        if self.settings.has_qmf1 && desk.outlet.has_listeners(v1::EXCHANGE) {
            desk.outlet.send(desk.v1.heartbeat(now_ns));
            self.publish_v1(now_ns);
        }
        for queue in desk.management.host.queues() {
            queue.reset_marks();
        }
    }

    fn publish_v2(&mut self, now_ns: u64) {
        if !self.settings.is_published {
            return;
        }
        let Desk { management, outlet, v2, shutdown, .. } = &*self.desk;
        let is_bound = |key: &str| outlet.is_bound(v2::TOPIC_EXCHANGE, key);
        let mut sink = |message| outlet.send(message) && !shutdown.is_asked();
        self.v2_publisher.publish(v2, management, now_ns, &is_bound, &mut sink);
    }

    fn publish_v1(&mut self, now_ns: u64) {
        if !self.settings.is_published {
            return;
        }
        let Desk { management, outlet, v1, shutdown, .. } = &*self.desk;
        let is_bound = |key: &str| outlet.is_bound(v1::EXCHANGE, key);
        let mut send = |message| outlet.send(message) && !shutdown.is_asked();
        self.v1_publisher.publish(v1, management, now_ns, &is_bound, &mut send);
    }
}

#[cfg(test)]
mod tests;
