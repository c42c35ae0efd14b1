//! Deleting exchanges and queues, by command and because their time has come.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::exchange::STANDING;
use philter_model::message::Message;

use crate::clock::now_ms;
use crate::long_work::in_steps;
use crate::store;
use crate::virtual_host::event::Event;
use crate::virtual_host::publish::Way;
use crate::virtual_host::queue::Occasion;
use crate::virtual_host::{
    Actor, DeleteIf, Endpoint, Error, Exchange, InUse, OwnerId, Queue, VirtualHost, Waker,
};

impl VirtualHost {
    /// Deletes an exchange. Its bindings go with it.
    ///
    /// # Errors
    /// There is none, it is a standing one, bindings lead to it where `if_unused` is asked, or it
    /// is in use as an alternate.
    pub(crate) fn delete_exchange(
        &self,
        name: &str,
        if_unused: bool,
        by: &Actor,
    ) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::InvalidArgument("the default exchange can't be deleted".into()));
        }
        let exchange = self.exchange(name)?;
        if STANDING.iter().any(|standing| standing.name == name) {
            return Err(Error::Reserved(format!("exchange '{name}' can't be deleted")));
        }
        if exchange.is_alternate() {
            return Err(Error::NotAllowed(format!(
                "exchange '{name}' is in use as an alternate exchange"
            )));
        }
        if if_unused && !exchange.table.read().bindings.is_empty() {
            return Err(Error::PreconditionFailed(format!("exchange '{name}' has bindings")));
        }
        self.remove_exchange(&exchange, by);
        Ok(())
    }

    /// Takes an exchange out of the directory; bindings from it and to it go with it, and with the
    /// latter those auto-delete exchanges of which they were the last.
    pub(super) fn remove_exchange(&self, exchange: &Arc<Exchange>, by: &Actor) {
        let mut due = vec![(Arc::clone(exchange), by)];
        while let Some((exchange, by)) = due.pop() {
            let bound = self.remove_one(&exchange, by);
            let to = Endpoint::Exchange(exchange);
            let ended = bound.into_iter().filter(|from| self.unbind_all(from, &to));
            due.extend(ended.map(|from| (from, Actor::broker())));
        }
    }

    /// Takes an exchange out of the directory with the bindings from it; answers the exchanges that
    /// have bindings to it.
    fn remove_one(&self, exchange: &Arc<Exchange>, by: &Actor) -> Vec<Arc<Exchange>> {
        if exchange.is_deleted.swap(true, Ordering::AcqRel) {
            return Vec::new();
        }
        if let Some(alternate) = exchange.alternate() {
            alternate.remove_alternate_user();
        }
        {
            let mut exchanges = self.exchanges.write();
            if exchanges.get(exchange.name()).is_some_and(|have| Arc::ptr_eq(have, exchange)) {
                exchanges.remove(exchange.name());
            }
        }
        self.retire_exchange(exchange);
        self.unstore_exchange(exchange);
        exchange.forget_routes();
        let targets = std::mem::take(&mut exchange.table.write().targets);
        self.bindings.fetch_sub(targets.len(), Ordering::Relaxed);
        for (id, target) in &targets {
            target.to.remove_binding(exchange);
            if target.is_stored {
                self.unstore_binding(*id);
            }
            if let Some(owner) = target.scope {
                self.scopes.remove(owner, *id);
            }
        }
        exchange.renew();
        exchange.clear_waiting();
        let bound = exchange.take_bound_to();
        let exchange = Arc::clone(exchange.name());
        self.raise(|| Event::ExchangeDeleted { by: by.clone(), exchange });
        bound
    }

    /// Deletes a queue; what is left in it goes to its alternate exchange.
    ///
    /// # Errors
    /// There is none, a condition does not hold, or somebody else has exclusive use.
    pub(crate) fn delete_queue(
        &self,
        name: &str,
        owner: Option<OwnerId>,
        when: DeleteIf,
        by: &Actor,
    ) -> Result<(), Error> {
        let queue = self.queue(name)?;
        match queue.begin_delete(owner, when) {
            Ok(()) => self.finish_delete(&queue, by, Some(Way::new(now_ms()))),
            Err(InUse::Deleted | InUse::NotDue) => return Err(Error::NoSuchQueue(name.to_owned())),
            Err(InUse::Owned) => {
                return Err(Error::ResourceLocked(format!(
                    "can't delete queue '{name}': it is exclusive to another session"
                )));
            }
            Err(InUse::HasMessages(count)) => {
                return Err(Error::PreconditionFailed(format!(
                    "can't delete queue '{name}': it is not empty, {count} messages are in it"
                )));
            }
            Err(InUse::HasConsumers(count)) => {
                return Err(Error::PreconditionFailed(format!(
                    "can't delete queue '{name}': it is in use by {count} consumers"
                )));
            }
        }
        Ok(())
    }

    /// A consumer or the owner of a queue left: one that is declared auto-delete goes if nobody
    /// uses it any more, at once or when its timeout has passed.
    pub(crate) fn auto_delete_queue(&self, queue: &Arc<Queue>) {
        self.auto_delete(queue, Occasion::Left(now_ms()));
    }

    pub(super) fn auto_delete(&self, queue: &Arc<Queue>, occasion: Occasion) {
        if queue.begin_auto_delete(occasion).is_ok() {
            self.finish_delete(queue, Actor::broker(), Some(Way::new(now_ms())));
        }
    }

    /// Deletes a queue whoever uses it. What is left in it goes on this way; none: it is dropped.
    pub(super) fn destroy_queue(&self, queue: &Arc<Queue>, by: &Actor, way: Option<Way>) {
        if queue.begin_destroy().is_ok() {
            self.finish_delete(queue, by, way);
        }
    }

    /// What is left goes elsewhere and the queue's definition goes in one piece.
    fn finish_delete(&self, queue: &Arc<Queue>, by: &Actor, way: Option<Way>) {
        store::turn(|| self.delete_in_turn(queue, by, way));
    }

    fn delete_in_turn(&self, queue: &Arc<Queue>, by: &Actor, way: Option<Way>) {
        {
            let mut queues = self.queues.write();
            if queues.get(queue.name()).is_some_and(|have| Arc::ptr_eq(have, queue)) {
                queues.remove(queue.name());
            }
        }
        queue.leave_agenda();
        self.end_redirect_of(queue);
        let (exchanges, wakers) = queue.take_relations();
        let to = Endpoint::from(queue);
        for exchange in exchanges {
            if self.unbind_all(&exchange, &to) {
                self.remove_exchange(&exchange, Actor::broker());
            }
        }
        let count = in_steps(queue.len(), || self.take_out(queue, way));
        self.retire_queue(queue, count);
        self.unstore_queue(queue);
        queue.release_alternate();
        // Sessions that consume from it find out when they pull.
        wakers.iter().for_each(Waker::ring);
        let queue = Arc::clone(queue.name());
        self.raise(|| Event::QueueDeleted { by: by.clone(), queue });
    }

    /// Takes everything out of a deleted queue, on this way to its alternate exchange; how much it
    /// was.
    fn take_out(&self, queue: &Arc<Queue>, way: Option<Way>) -> u64 {
        let mut count = 0;
        if queue.alternate().is_none() {
            loop {
                match queue.drop_unread() {
                    0 => break,
                    dropped => count += dropped as u64,
                }
            }
        }
        loop {
            let left = queue.drain_step();
            if left.is_empty() {
                break;
            }
            count += left.len() as u64;
            if let (Some(alternate), Some(way)) = (queue.alternate(), way) {
                self.send_left(queue.name(), alternate, &left, way);
            }
        }
        if let Some(way) = way {
            self.end_stranded(queue, way);
        }
        count
    }

    /// Messages that were left in a deleted queue go to its alternate exchange. What a plugin fails
    /// on is lost: the queue is not there any more to keep it.
    pub(super) fn send_left(
        &self,
        queue: &str,
        alternate: &Arc<Exchange>,
        left: &[Arc<Message>],
        way: Way,
    ) {
        let undecided = self.publish_anew(queue, alternate, left, way);
        if let Some(first) = undecided.first() {
            let what = "messages that were left in it";
            self.lose_undecided(queue, what, undecided.len(), first);
        }
    }

    /// Deletes everything in it. Messages are dropped.
    pub(crate) fn clear(&self, by: &Actor) {
        self.drop_branches();
        for queue in self.queues() {
            self.destroy_queue(&queue, by, None);
        }
        for exchange in self.exchanges() {
            self.remove_exchange(&exchange, by);
        }
    }

    /// Deletes a queue that nobody has used for as long as it may rest.
    pub(super) fn expire_unused(&self, queue: &Arc<Queue>, now_ms: u64) {
        if queue.begin_expire(now_ms).is_ok() {
            self.finish_delete(queue, Actor::broker(), Some(Way::new(now_ms)));
        }
    }

    /// Moves on what has expired in any queue, but for those that the agenda looks after.
    pub(crate) fn expire(&self, now_ms: u64) {
        for queue in self.queues() {
            if !queue.is_timed() {
                self.expire_queue(&queue, now_ms);
            }
        }
    }

    /// Deletes the queues whose time has come.
    pub(crate) fn tick(&self, now_ms: u64) {
        for queue in self.queues() {
            if queue.settings().is_auto_delete {
                self.auto_delete(&queue, Occasion::Tick(now_ms));
            }
        }
    }

    /// A session ends: the bindings that it scoped go, and the queues that were to live as long.
    pub(crate) fn end_scope(&self, owner: OwnerId) {
        let (bindings, queues) = self.scopes.take(owner);
        for (id, exchange) in bindings {
            self.drop_bindings(&exchange, &[id]);
        }
        for queue in queues {
            self.auto_delete(&queue, Occasion::Closed);
        }
    }
}
