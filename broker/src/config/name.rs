//! The options that exist, under the one name that command line, environment and file share.

use Arity::{Flag, Many, One};

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the options are explained in broker/docs/configuration.md")]
pub(crate) enum Name {
    Auth,
    AuthProvider,
    Config,
    DataDir,
    DefaultEventThresholdRatio,
    DefaultFlowResumeThreshold,
    DefaultFlowStopThreshold,
    DefaultMessageGroup,
    DefaultQueueLimit,
    Interface,
    LoadModule,
    LogLevel,
    MaxConnections,
    MaxNegotiateTime,
    MgmtEnable,
    MgmtPubInterval,
    MgmtPublish,
    MgmtQmf1,
    MgmtQmf2,
    NoDataDir,
    NoModuleDir,
    PluginDir,
    Port,
    Realm,
    WorkerThreads,
}

/// How often an option may stand in one layer, and whether it takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arity {
    /// Once, with a value.
    One,
    /// Any number of times, each with a value.
    Many,
    /// Once, without a value on the command line; yes or no elsewhere.
    Flag,
}

const TABLE: [(Name, &str, Arity); 25] = [
    (Name::Auth, "auth", One),
    (Name::AuthProvider, "auth-provider", Many),
    (Name::Config, "config", One),
    (Name::DataDir, "data-dir", One),
    (Name::DefaultEventThresholdRatio, "default-event-threshold-ratio", One),
    (Name::DefaultFlowResumeThreshold, "default-flow-resume-threshold", One),
    (Name::DefaultFlowStopThreshold, "default-flow-stop-threshold", One),
    (Name::DefaultMessageGroup, "default-message-group", One),
    (Name::DefaultQueueLimit, "default-queue-limit", One),
    (Name::Interface, "interface", Many),
    (Name::LoadModule, "load-module", Many),
    (Name::LogLevel, "log-level", One),
    (Name::MaxConnections, "max-connections", One),
    (Name::MaxNegotiateTime, "max-negotiate-time", One),
    (Name::MgmtEnable, "mgmt-enable", One),
    (Name::MgmtPubInterval, "mgmt-pub-interval", One),
    (Name::MgmtPublish, "mgmt-publish", One),
    (Name::MgmtQmf1, "mgmt-qmf1", One),
    (Name::MgmtQmf2, "mgmt-qmf2", One),
    (Name::NoDataDir, "no-data-dir", Flag),
    (Name::NoModuleDir, "no-module-dir", Flag),
    (Name::PluginDir, "plugin-dir", One),
    (Name::Port, "port", One),
    (Name::Realm, "realm", One),
    (Name::WorkerThreads, "worker-threads", One),
];

/// Names that mean another one: Qpid's for the plugin directory, and the short form of the filter's
/// environment variable.
const ALIASES: [(&str, Name); 2] = [("module-dir", Name::PluginDir), ("log", Name::LogLevel)];

impl Name {
    /// The option of this name.
    pub(crate) fn find(text: &str) -> Option<Self> {
        let known = TABLE.iter().find(|(_, known, _)| *known == text).map(|(name, _, _)| *name);
        known.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == text).map(|(_, name)| *name))
    }

    /// The name as an operator writes it.
    pub(crate) fn as_str(self) -> &'static str {
        self.row().1
    }

    /// How often it may stand in one layer.
    pub(crate) fn arity(self) -> Arity {
        self.row().2
    }

    /// The known name that is nearest to one that is not known, where one is near.
    pub(crate) fn nearest(text: &str) -> Option<&'static str> {
        const DISTANCE_MAX: usize = 2;
        let distances = TABLE.iter().map(|(_, known, _)| (edit_distance(text, known), *known));
        distances.filter(|(distance, _)| *distance <= DISTANCE_MAX).min().map(|(_, known)| known)
    }

    fn row(self) -> &'static (Name, &'static str, Arity) {
        const FIRST: &(Name, &str, Arity) = &(Name::Auth, "auth", One);
        TABLE.iter().find(|(name, _, _)| *name == self).unwrap_or(FIRST)
    }
}

/// Levenshtein's distance in characters.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, left) in left.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut before = above + 1;
        next.push(before);
        for (pair, right) in row.windows(2).zip(&right) {
            let &[diagonal, up] = pair else { continue };
            before = (diagonal + usize::from(left != *right)).min(up + 1).min(before + 1);
            next.push(before);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_found_by_its_name() {
        for (name, text, arity) in TABLE {
            assert_eq!(Name::find(text), Some(name));
            assert_eq!((name.as_str(), name.arity()), (text, arity));
        }
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(Name::nearest("prot"), Some("port"));
        assert_eq!(Name::nearest("data_dir"), Some("data-dir"));
        assert_eq!(Name::nearest("cluster-name"), None);
    }
}
