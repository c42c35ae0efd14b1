//! What goes wrong around the broker: broken plugins, too few file descriptors, a full or damaged
//! disk, peers and machines that die at the wrong moment, the broker itself killed at any, and the
//! power gone at any.

#[cfg(test)]
mod broken_plugin;
#[cfg(test)]
mod connection_limit;
#[cfg(test)]
mod damaged_journal;
#[cfg(test)]
mod data_dir;
#[cfg(test)]
mod descriptors;
#[cfg(test)]
mod full_store;
#[cfg(test)]
mod killed_broker;
#[cfg(test)]
mod lost_peers;
#[cfg(test)]
mod power_cut;
