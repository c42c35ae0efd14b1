//! Clients of RabbitMQ, as `.ci/rabbitmq-clients` installs them, with the suites of
//! `tests/interop/rabbitmq` that use them: one program a client, and what of it ran.

mod clients;
mod other_broker;
mod run;

pub use clients::RabbitmqClients;
pub use other_broker::OtherBroker;
pub use run::Run;
