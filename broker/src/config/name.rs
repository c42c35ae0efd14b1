//! The options that exist, under the one name that command line, environment and file share.

use super::table::{self, Entry};

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the options are explained in broker/docs/configuration.md")]
#[allow(clippy::enum_variant_names, reason = "`syslog-name` is how Qpid calls it")]
pub(crate) enum Name {
    AllowPlain,
    Auth,
    AuthProvider,
    Config,
    ConnectionBacklog,
    Daemon,
    DataDir,
    DefaultEventThresholdRatio,
    DefaultFlowResumeThreshold,
    DefaultFlowStopThreshold,
    DefaultMessageGroup,
    DefaultQueueLimit,
    DefaultQueuePagingLimit,
    DrainTimeout,
    DtxDefaultTimeout,
    DtxMaxTimeout,
    EnableTimestamp,
    Interface,
    LoadModule,
    LogEnable,
    LogFormat,
    LogLevel,
    LogToFile,
    LogToStderr,
    LogToSyslog,
    MaxConnections,
    MaxNegotiateTime,
    MemoryLimit,
    MgmtEnable,
    MgmtPubInterval,
    MgmtPublish,
    MgmtQmf1,
    MgmtQmf2,
    NoDataDir,
    NoModuleDir,
    PagingThreshold,
    PidDir,
    Pidfile,
    PluginDir,
    Port,
    Protocols,
    ConsumerTimeout,
    QueuePurgeInterval,
    Realm,
    RequireEncryption,
    Store,
    SyslogFacility,
    SyslogName,
    TcpNodelay,
    Trace,
    VirtualHost,
    Wait,
    WorkerThreads,
}

/// How often an option may stand in one layer, and whether it takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arity {
    /// Once, with a value.
    One,
    /// Any number of times, each with a value.
    Many,
    /// Once; yes or no, and yes where the command line does not say which.
    Flag,
}

/// Names that mean another one: Qpid's for the plugin directory, and the short form of the filter's
/// environment variable.
const ALIASES: [(&str, Name); 2] = [("module-dir", Name::PluginDir), ("log", Name::LogLevel)];

impl Name {
    /// The option of this name.
    pub(crate) fn find(text: &str) -> Option<Self> {
        let known = table::entries().find(|entry| entry.text == text).map(|entry| entry.name);
        known.or_else(|| ALIASES.iter().find(|(alias, _)| *alias == text).map(|(_, name)| *name))
    }

    /// The name as an operator writes it.
    pub(crate) fn as_str(self) -> &'static str {
        self.entry().text
    }

    /// How often it may stand in one layer.
    pub(crate) fn arity(self) -> Arity {
        self.entry().arity
    }

    /// The known name that is nearest to one that is not known, where one is within so many slips
    /// of a key.
    pub(crate) fn nearest(text: &str, distance_max: usize) -> Option<&'static str> {
        nearest(text, table::entries().map(|known| known.text), distance_max)
    }

    fn entry(self) -> &'static Entry {
        table::entries().find(|entry| entry.name == self).unwrap_or(table::FIRST)
    }
}

/// The same among any names.
pub(super) fn nearest(
    text: &str,
    known: impl Iterator<Item = &'static str>,
    distance_max: usize,
) -> Option<&'static str> {
    let distances = known.map(|known| (edit_distance(text, known), known));
    distances.filter(|(distance, _)| *distance <= distance_max).min().map(|(_, known)| known)
}

/// Levenshtein's distance in characters, two swapped neighbours being one slip.
fn edit_distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, l) in left.iter().enumerate() {
        let mut next = vec![line + 1];
        for (column, (pair, r)) in row.windows(2).zip(&right).enumerate() {
            let &[diagonal, up] = pair else { continue };
            let before = next.last().copied().unwrap_or(0);
            let mut slips = (diagonal + usize::from(l != r)).min(up + 1).min(before + 1);
            let neighbours = |text: &[char], at: usize| {
                at.checked_sub(1).and_then(|at| Some((*text.get(at)?, *text.get(at + 1)?)))
            };
            let swapped = neighbours(&right, column).map(|(first, second)| (second, first));
            if swapped.is_some() && neighbours(&left, line) == swapped {
                let before_both = column.checked_sub(1).and_then(|at| above.get(at));
                slips = slips.min(before_both.map_or(slips, |distance| distance + 1));
            }
            next.push(slips);
        }
        above = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_found_by_its_name() {
        for entry in table::entries() {
            assert_eq!(Name::find(entry.text), Some(entry.name));
            assert_eq!((entry.name.as_str(), entry.name.arity()), (entry.text, entry.arity));
        }
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        assert_eq!(Name::nearest("prot", 1), Some("port"));
        assert_eq!(Name::nearest("data_dir", 1), Some("data-dir"));
        assert_eq!(Name::nearest("prots", 2), Some("port"));
        assert_eq!(Name::nearest("host", 1), None);
        assert_eq!(Name::nearest("cluster-name", 2), None);
    }
}
