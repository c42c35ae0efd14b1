//! A filter whose expressions name a header that must be there; it says that it reads the key
//! alone.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use philter_plugin_api::{
    Context, Error, ErrorKind, Factory, Filter, FilterHandle, MessageView, Reads, Result,
};

#[derive(Default)]
pub(crate) struct OverReading {
    names: Mutex<HashMap<u64, String>>,
}

impl OverReading {
    fn names(&self) -> MutexGuard<'_, HashMap<u64, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Factory for OverReading {
    const TYPE_NAME: &'static str = "over-reading";

    fn create(context: &Context<'_>) -> Result<Self> {
        match context.configuration {
            "{}" => Ok(Self::default()),
            _ => Err(Error::invalid("it takes no configuration")),
        }
    }
}

impl Filter for OverReading {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        if expression.is_empty() || !expression.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(Error::invalid("expected the name of a header").at(1, 1));
        }
        let mut names = self.names();
        let handle = (1..).find(|handle| !names.contains_key(handle)).unwrap_or(0);
        names.insert(handle, expression.to_owned());
        Ok((FilterHandle(handle), Reads::KEY))
    }

    fn release(&self, handle: FilterHandle) {
        self.names().remove(&handle.0);
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let names = self.names();
        for (index, handle) in handles.iter().enumerate() {
            let unknown = || Error::new(ErrorKind::NotFound, "no such handle");
            let name = names.get(&handle.0).ok_or_else(unknown)?;
            for (message, view) in batch.iter().enumerate() {
                if view.header(name).is_some() {
                    answer(message, index);
                }
            }
        }
        Ok(())
    }
}
