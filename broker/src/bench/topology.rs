//! The queues, the exchange and the bindings of one run: made before, gone afterwards, whatever
//! happens between.

use super::error::BenchError;
use super::plan::BrokerPlan;
use super::protocol::{Administration, BoundBy, QueueTraits};
use super::routing::Routing;

/// What a run declared.
pub(crate) struct Topology {
    administration: Box<dyn Administration>,
    pub(crate) queues: Vec<String>,
    /// Where bindings lead that match nothing, and a queue can't have many.
    idle_queues: Vec<String>,
    /// Where producers publish; empty: the default exchange.
    pub(crate) exchange: String,
    pub(crate) routing: Routing,
    /// The exchange is the run's own.
    owns_exchange: bool,
}

impl Topology {
    /// Declares everything; what was declared before a refusal is deleted again.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(crate) fn declare(
        administration: Box<dyn Administration>,
        plan: &BrokerPlan,
        run: &str,
    ) -> Result<Self, BenchError> {
        let mut topology = Self {
            administration,
            queues: Vec::new(),
            idle_queues: Vec::new(),
            exchange: String::new(),
            routing: Routing::Default,
            owns_exchange: false,
        };
        match topology.declare_all(plan, run) {
            Ok(()) => Ok(topology),
            Err(error) => {
                // The refusal ended the session; what it left is deleted as far as possible.
                let _ = topology.delete();
                Err(error)
            }
        }
    }

    /// What the broker calls itself.
    pub(crate) fn product(&self) -> &str {
        self.administration.product()
    }

    /// Deletes everything.
    ///
    /// # Errors
    /// The first refusal; the rest is deleted all the same.
    pub(crate) fn delete(&mut self) -> Result<(), BenchError> {
        let mut result = Ok(());
        let idle_queues = std::mem::take(&mut self.idle_queues);
        for queue in std::mem::take(&mut self.queues).into_iter().chain(idle_queues) {
            result = result.and(self.administration.delete_queue(&queue));
        }
        if std::mem::take(&mut self.owns_exchange) {
            result = result.and(self.administration.delete_exchange(&self.exchange));
        }
        result
    }

    fn declare_all(&mut self, plan: &BrokerPlan, run: &str) -> Result<(), BenchError> {
        self.find_exchange(plan, run)?;
        let traits = QueueTraits {
            is_durable: plan.is_durable,
            is_auto_delete: plan.consumers > 0,
            bytes_max: plan.queue_limit,
        };
        for number in 0..plan.queues {
            let queue = format!("{run}-{number}");
            self.queues.push(queue.clone());
            self.administration.declare_queue(&queue, traits)?;
            if let Some(by) = self.routing.matching(&queue, number) {
                self.administration.bind(&queue, &self.exchange, &by)?;
            }
            for idle in 0..plan.bindings {
                let by = self.routing.idle(&queue, idle).ok_or_else(|| self.no_idle(plan))?;
                self.bind_idle(&queue, idle, &by, traits)?;
            }
        }
        Ok(())
    }

    /// Binds the queue, or another one in its place where it can't be bound twice.
    fn bind_idle(
        &mut self,
        queue: &str,
        number: usize,
        by: &BoundBy,
        traits: QueueTraits,
    ) -> Result<(), BenchError> {
        if !self.routing.has_one_binding_a_queue() {
            return self.administration.bind(queue, &self.exchange, by);
        }
        let idle = format!("{queue}-idle{number}");
        self.idle_queues.push(idle.clone());
        self.administration.declare_queue(&idle, traits)?;
        self.administration.bind(&idle, &self.exchange, by)
    }

    /// An exchange of that name, or one of the run's own of that type.
    fn find_exchange(&mut self, plan: &BrokerPlan, run: &str) -> Result<(), BenchError> {
        let Some(name) = &plan.exchange else { return Ok(()) };
        let kind = self.administration.exchange_type(name)?;
        if let Some(kind) = kind {
            self.exchange.clone_from(name);
            self.routing = Routing::of_type(&kind);
            return Ok(());
        }
        self.exchange = format!("{run}-{name}");
        self.routing = Routing::of_type(name);
        self.administration.declare_exchange(&self.exchange, name)?;
        self.owns_exchange = true;
        Ok(())
    }

    fn no_idle(&self, plan: &BrokerPlan) -> BenchError {
        let name = plan.exchange.as_deref().unwrap_or("the default exchange");
        let fault = format!("{name} has no bindings that match nothing");
        BenchError::Argument { option: "--bindings", fault }
    }
}
