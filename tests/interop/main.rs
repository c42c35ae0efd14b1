//! Qpid's own programs and RabbitMQ's clients against the broker, unmodified.
//!
//! Qpid's are Python 2.7 programs and a Java client, which `.ci/clients` installs; RabbitMQ's are
//! of many languages, which `.ci/rabbitmq-clients` installs. Without them each
//! test says by name that it was skipped; with `PHILTER_TEST_REQUIRE_CLIENTS` set it fails instead.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod filter;
#[cfg(test)]
mod hello;
#[cfg(test)]
mod java;
#[cfg(test)]
mod killed_broker;
#[cfg(test)]
mod known_port;
#[cfg(test)]
mod news;
#[cfg(test)]
mod qpid_config;
#[cfg(test)]
mod qpid_route;
#[cfg(test)]
mod qpid_stat;
#[cfg(test)]
mod qpid_tool;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod rabbitmq;
#[cfg(test)]
mod spout_drain;
#[cfg(test)]
mod watching_tools;
#[cfg(test)]
mod xml;
