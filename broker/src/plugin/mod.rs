//! Plugins as the broker sees them: which files may be loaded, what they offer, how they are found
//! by name.
//!
//! Invariants:
//! - a file is loaded only after [`policy`] admitted it;
//! - nothing is skipped silently: what was not loaded is kept with its reason;
//! - a type's name is offered once; which file offers it does not depend on the folder's own
//!   order.

mod carrier;
mod catalog;
mod configuration;
mod description;
mod digest;
mod instance;
mod log;
mod named;
mod native;
mod needs;
mod open;
mod policy;
mod sandbox;
mod search;
mod services;
mod wasm;

pub(crate) use carrier::Carrier;
pub(crate) use catalog::{Catalog, LOG_TARGET, Plugin, ReloadError, WrongTables};
pub(crate) use configuration::of_type as configuration_of;
pub(crate) use description::FactoryDescription;
#[cfg(test)]
pub(crate) use description::{Description, Version};
pub(crate) use digest::Digest;
pub(crate) use instance::InstanceError;
pub(crate) use needs::MissingPlugins;
pub(crate) use open::Opener;
pub(crate) use policy::admit;
pub(crate) use sandbox::{Figures, Sandbox};
pub(crate) use search::{directory, is_component_name};
