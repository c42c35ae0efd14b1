//! Three types with a planted fault each, for the tests of the conformance kit, in Rust: what the
//! SDK cannot prevent. The others are in `faulty.c`.

mod over_reading;
mod panicking;
mod unfenced;

use over_reading::OverReading;
use panicking::Panicking;
use unfenced::Unfenced;

philter_plugin_api::export_plugin! {
    exchange: [Panicking],
    filter: [OverReading],
    store: [Unfenced],
}
