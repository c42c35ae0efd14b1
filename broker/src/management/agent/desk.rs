//! Where requests are answered, each by itself.
//!
//! Invariant: an answer ends when nobody is there any more to take it, or when the broker ends.

use std::sync::Arc;

use philter_management::object::Caller;
use philter_management::qmf::{v1, v2};
use philter_model::message::Message;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::block_in_place;
use tracing::error;

use super::numbers::Numbered;
use super::outlet::Outlet;
use super::request::{Request, Version};
use crate::clock::unix_ns;
use crate::management::Management;
use crate::management::limits::LONG_REQUESTS_MAX;
use crate::shutdown::Shutdown;
use crate::store;

/// What it takes to answer.
pub(super) struct Desk {
    pub(super) management: Management,
    pub(super) outlet: Outlet,
    pub(super) v1: Arc<v1::Agent>,
    pub(super) v2: Arc<v2::Agent>,
    pub(super) shutdown: Shutdown,
}

/// A request with the message that it came in.
type Waiting = (Request, Arc<Message>);

impl Desk {
    /// Answers one request, page by page.
    pub(super) fn answer(&self, request: &Request, message: &Message) {
        let caller = self.caller(message);
        let directory = Numbered::new(&self.management, &self.v1);
        let mut sink = |message| {
            // An answer means that what was asked for is stored.
            if let Err(why) = store::block_for_turn() {
                error!("a request of management is not answered: {why}");
                return false;
            }
            self.outlet.send(message) && !self.shutdown.is_asked()
        };
        match request.version {
            Version::One => {
                self.v1.handle(&request.asked(&caller), &directory, unix_ns(), &mut sink);
            }
            Version::Two => {
                self.v2.handle(&request.incoming(&caller), &directory, unix_ns(), &mut sink);
            }
        }
    }

    /// Who published a request, as the connection proved.
    fn caller(&self, message: &Message) -> Caller {
        let connection = self.management.live.connection(u64::from(message.connection()));
        let address = connection.map_or_else(String::new, |entry| entry.address.clone());
        Caller { user: message.publisher().to_string(), address }
    }
}

/// Answers requests that take long, one after the other, beside everything else.
pub(super) struct Aside(Sender<Waiting>);

impl Aside {
    /// Begins; it ends when this value is dropped.
    pub(super) fn start(desk: &Arc<Desk>) -> Self {
        let (give, waiting) = channel(LONG_REQUESTS_MAX);
        tokio::spawn(answer_all(Arc::clone(desk), waiting));
        Self(give)
    }

    /// Takes one over; gives back what there is no room for.
    pub(super) fn take(&self, waiting: Waiting) -> Option<Waiting> {
        self.0.try_send(waiting).err().map(tokio::sync::mpsc::error::TrySendError::into_inner)
    }
}

async fn answer_all(desk: Arc<Desk>, mut waiting: Receiver<Waiting>) {
    while let Some((request, message)) = waiting.recv().await {
        block_in_place(|| store::turn(|| desk.answer(&request, &message)));
    }
}
