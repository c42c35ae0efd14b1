//! Opens a file that the policy admitted, by what carries it: `.wasm` is a component, everything
//! else a native library.

use std::path::Path;
use std::sync::Arc;

use super::carrier::{Carrier, LoadFailure};
use super::named::file_name;
use super::native::Native;
use super::search::is_component_name;
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
    pub(crate) fn open(&mut self, path: &Path) -> Result<Arc<dyn Carrier>, LoadFailure> {
        if is_component_name(&file_name(path)) {
            return self.components.open(path);
        }
        Ok(Arc::new(Native::open(path)?))
    }
}
