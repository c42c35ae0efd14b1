//! A build without components: each is refused by name.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use crate::config::Config;
use crate::plugin::carrier::{Carrier, LoadFailure};

/// Opens no component.
pub(crate) struct Components<'a>(PhantomData<&'a Config>);

impl<'a> Components<'a> {
    /// One that opens none.
    pub(crate) fn new(_: &'a Config) -> Self {
        Self(PhantomData)
    }

    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub(crate) fn open(&mut self, _: &Path, _: &[u8]) -> Result<Arc<dyn Carrier>, LoadFailure> {
        let reason = "this broker was built without components (cargo feature 'wasm')".to_owned();
        Err(LoadFailure { reason, is_no_plugin: false })
    }
}
