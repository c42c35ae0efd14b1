//! What is said of what a store acknowledges: the host knows it better than the plugin.

use std::path::Path;

/// What is said of what is acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    file: Option<String>,
}

impl Promise {
    /// Of a database in this file, or in memory.
    pub(super) fn of(file: Option<&Path>) -> Self {
        Self { file: file.map(|file| file.display().to_string()) }
    }

    /// Whether it outlives the process.
    pub(super) fn is_durable(&self) -> bool {
        self.file.is_some()
    }

    /// Adds it to what the plugin shows of itself.
    pub(super) fn write(&self, said: &mut serde_json::Map<String, serde_json::Value>) {
        let (sync, durability) = match &self.file {
            Some(file) => (
                "always",
                format!(
                    "What is acknowledged outlives the end of the process, of the system and of \
                     the power: it is in {file} before."
                ),
            ),
            None => {
                ("never", "Messages are kept in memory: nothing outlives this process.".to_owned())
            }
        };
        said.insert("sync".to_owned(), sync.into());
        said.insert("durability".to_owned(), durability.into());
        said.insert("file".to_owned(), self.file.clone().into());
    }
}
