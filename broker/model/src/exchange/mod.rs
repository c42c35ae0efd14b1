//! What an exchange has besides its plugin: settings, a table of bindings, a cache of answers.

mod binding;
mod delay;
mod route_cache;
mod settings;
mod table;

pub use binding::{Binding, Destination, NewBinding};
pub use delay::{Delay, DelayFull, Delayed};
pub use route_cache::RouteCache;
pub use settings::{ExchangeSettings, STANDING, SettingsError, StandingExchange};
pub use table::{BindDecision, BindingTable, Criteria};
