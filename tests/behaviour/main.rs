//! What the broker does, seen by a client of AMQP 0-10 or by whoever runs it. One file a behaviour.

#[cfg(test)]
mod alternate_exchange;
#[cfg(test)]
mod authentication;
#[cfg(test)]
mod auto_delete;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod binding;
#[cfg(test)]
mod binding_filter;
#[cfg(test)]
mod browsing;
#[cfg(test)]
mod channel_0_9_1;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod component;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod content;
#[cfg(test)]
mod credit;
#[cfg(test)]
mod cross_version;
#[cfg(test)]
mod daemon;
#[cfg(test)]
mod dead_letter;
mod delayed_message;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod exchange_0_9_1;
#[cfg(test)]
mod exclusive_queue;
#[cfg(test)]
mod fair_share;
#[cfg(test)]
mod heartbeat;
#[cfg(test)]
mod hostile_0_9_1;
#[cfg(test)]
mod logging;
#[cfg(test)]
mod malformed_input;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod not_implemented;
#[cfg(test)]
mod notify;
#[cfg(test)]
mod plugin_authoring;
#[cfg(test)]
mod plugin_failure;
#[cfg(test)]
mod queue_limit;
#[cfg(test)]
mod redelivery;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod session;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod slow_reader;
#[cfg(test)]
mod standing_exchange;
#[cfg(test)]
mod start;
#[cfg(test)]
mod time_to_live;
#[cfg(test)]
mod user;
#[cfg(test)]
mod virtual_host;
