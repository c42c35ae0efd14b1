//! Store `my-plugin`: keeps everything in the map that it is given, with a checksum, so that what
//! was damaged is noticed.
//!
//! Records, queues, epochs and keys are the SDK's, over any map of bytes. Begin with `map.rs`,
//! which is what this store has of its own: a map over another one. A component is given the
//! broker's map, which is on its disk; a native library has one in memory, until you give it
//! another.

mod map;
#[cfg(test)]
mod tests;

use philter_plugin_api::key_value::{Granted, KeyValueOptions, KeyValueStore, OverKeyValue};
use philter_plugin_api::{Context, Result, export_plugin};

use map::Checked;

/// The store.
struct MyStore;

impl KeyValueStore for MyStore {
    const TYPE_NAME: &'static str = "my-plugin";
    type Map = Checked<Granted>;

    fn open(_: &Context<'_>) -> Result<(Self::Map, KeyValueOptions)> {
        Ok((Checked::new(Granted::new()), KeyValueOptions::default()))
    }
}

export_plugin! { store: [OverKeyValue<MyStore>] }
