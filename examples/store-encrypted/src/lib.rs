//! Store `encrypted`: everything that it keeps is encrypted and authenticated before it leaves the
//! component, under a key from its configuration.
//!
//! The store itself, with records, queues and epochs, is the SDK's over a map of bytes; what is of
//! this plugin stands between the two: `sealed` is a map over another one that encrypts values and
//! keeps names out of keys, `key` is where its keys come from.

mod configuration;
mod key;
mod sealed;

use philter_plugin_api::key_value::{Granted, KeyValueOptions, KeyValueStore, OverKeyValue};
use philter_plugin_api::{Context, Result, export_plugin};

use configuration::{Configuration, SCHEMA};
use sealed::Sealed;

/// The store.
struct Encrypted;

impl KeyValueStore for Encrypted {
    const TYPE_NAME: &'static str = "encrypted";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;
    type Map = Sealed<Granted>;

    fn open(context: &Context<'_>) -> Result<(Self::Map, KeyValueOptions)> {
        let configuration = Configuration::parse(context.configuration)?;
        let map = Sealed::open(Granted::new(), &configuration.secret)?;
        Ok((map, KeyValueOptions { bytes_max: configuration.bytes_max }))
    }
}

export_plugin! { store: [OverKeyValue<Encrypted>] }
