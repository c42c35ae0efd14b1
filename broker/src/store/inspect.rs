//! What a store says of itself.

use philter_plugin_api::Store;

/// What a store says of what it keeps.
#[derive(Clone, Debug)]
pub(crate) struct Durability {
    /// What outlives the end of the process, of the system and of the power.
    pub(crate) sentence: String,
    /// When it syncs: `always`, `interval` or `never`.
    pub(crate) sync: String,
}

impl Durability {
    pub(super) fn of(store: &dyn Store) -> Self {
        let state = inspect(store).unwrap_or_default();
        let text = |member: &str| state.get(member).and_then(|it| it.as_str()).map(str::to_owned);
        let unsaid = || "what is confirmed outlives this process".to_owned();
        Self {
            sentence: text("durability").unwrap_or_else(unsaid),
            sync: text("sync").unwrap_or_default(),
        }
    }
}

/// Why a store is full, if it says that it is; it may not say why.
pub(super) fn full_because(state: &serde_json::Value) -> Option<String> {
    match state.get("full")? {
        serde_json::Value::Bool(true) => Some(String::new()),
        serde_json::Value::String(why) => Some(why.clone()),
        _ => None,
    }
}

/// All that it says.
pub(super) fn inspect(store: &dyn Store) -> Option<serde_json::Value> {
    serde_json::from_str(&store.inspect().ok()?).ok()
}
