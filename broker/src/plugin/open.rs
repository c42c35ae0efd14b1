//! Opens a file that the policy admitted, by what carries it: one that is named `.wasm` is a
//! component, everything else a native library.

use std::sync::Arc;

use super::carrier::{Carrier, LoadFailure};
use super::native::Native;
use super::policy::Admitted;
use super::wasm::Components;
use crate::config::Config;

/// Opens files for one configuration.
pub(crate) struct Opener<'a> {
    pub(super) components: Components<'a>,
}

impl<'a> Opener<'a> {
    /// One that has opened nothing yet.
    pub(crate) fn new(config: &'a Config) -> Self {
        Self { components: Components::new(config) }
    }

    /// Opens a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn open(&mut self, file: &Admitted) -> Result<Arc<dyn Carrier>, LoadFailure> {
        match &file.code {
            Some(code) => self.components.open(&file.named, &code.bytes),
            None => Ok(Arc::new(Native::open(&file.path)?)),
        }
    }
}
