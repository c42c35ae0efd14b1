//! What the broker can't start without, and who wants it.

use philter_plugin_api::Kind;

use crate::config::Config;

/// A type that something declared needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its name.
    pub(crate) type_name: String,
    /// Who needs it.
    pub(crate) wanted_by: String,
}

/// The types of the exchanges that stand at start, each with one that has it.
const STANDING_EXCHANGES: [(&str, &str); 4] = [
    ("direct", "exchange amq.direct"),
    ("topic", "exchange amq.topic"),
    ("fanout", "exchange amq.fanout"),
    ("headers", "exchange amq.match"),
];

/// Everything that a broker with this configuration needs.
pub(crate) fn of(config: &Config) -> Vec<Need> {
    let exchanges = STANDING_EXCHANGES.map(|(type_name, wanted_by)| Need {
        kind: Kind::Exchange,
        type_name: type_name.to_owned(),
        wanted_by: wanted_by.to_owned(),
    });
    let providers = config.auth_providers.iter().map(|provider| Need {
        kind: Kind::Auth,
        type_name: provider.clone(),
        wanted_by: "auth-provider".to_owned(),
    });
    let store = Need {
        kind: Kind::Store,
        type_name: config.store().to_owned(),
        wanted_by: "the broker".to_owned(),
    };
    exchanges.into_iter().chain(providers).chain([store]).collect()
}

/// Plugins without which the broker does not start.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", lines.join("\n"))]
pub(crate) struct MissingPlugins {
    /// One line a plugin, then one a library that was refused.
    pub(crate) lines: Vec<String>,
}

impl Need {
    /// The line for one that nobody offers.
    pub(crate) fn missing(&self) -> String {
        let (kind, name) = (self.kind.name(), &self.type_name);
        format!("no plugin offers {kind} '{name}', which {} needs", self.wanted_by)
    }
}
