//! What goes wrong around the broker: broken plugins, too few file descriptors, peers and machines
//! that die at the wrong moment.

#[cfg(test)]
mod broken_plugin;
#[cfg(test)]
mod connection_limit;
#[cfg(test)]
mod data_dir;
#[cfg(test)]
mod descriptors;
#[cfg(test)]
mod lost_peers;
