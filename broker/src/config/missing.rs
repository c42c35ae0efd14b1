//! Options of Qpid's broker that Philter knows by name and does not have: those that are to come,
//! and those that make no sense here. An operator who brings them along is told so, and not that
//! they are a slip of the pen.

/// What becomes of an option that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is to come.
    NotYet,
    /// It makes no sense here, and why.
    Never(&'static str),
}

/// The option's long name and what becomes of it, if it is one; `name` without dashes in front, or
/// one letter of a short option.
pub(crate) fn find(name: &str) -> Option<(&'static str, Missing)> {
    let long = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| long);
    let not_yet = NOT_YET.iter().find(|known| **known == long);
    let never = NEVER.iter().find(|(known, _)| *known == long);
    not_yet
        .map(|known| (*known, Missing::NotYet))
        .or_else(|| never.map(|(known, why)| (*known, Missing::Never(why))))
}

/// Whether Qpid's clients and tools read the variable of this option as well: then it may stand in
/// an environment without being meant for a broker.
pub(super) fn is_read_by_clients(long: &str) -> bool {
    long.starts_with("log-") || CLIENTS.contains(&long)
}

const SHORT: [(&str, &str); 1] = [("k", "kill")];

const CLIENTS: [&str; 5] = [
    "client-config",
    "ssl-cert-db",
    "ssl-cert-name",
    "ssl-cert-password-file",
    "ssl-use-export-policy",
];

const NOT_YET: [&str; 40] = [
    "acl-file",
    "close-fd",
    "connection-limit-per-ip",
    "connection-limit-per-user",
    "domain",
    "federation-tag",
    "ha-backup-timeout",
    "ha-brokers-url",
    "ha-cluster",
    "ha-flow-bytes",
    "ha-flow-messages",
    "ha-mechanism",
    "ha-password",
    "ha-public-url",
    "ha-queue-replication",
    "ha-replicate",
    "ha-username",
    "journal-flush-timeout",
    "kill",
    "known-hosts-url",
    "link-heartbeat-interval",
    "link-maintenance-interval",
    "listen-disable",
    "max-queues-per-user",
    "paging-dir",
    "queue-patterns",
    "session-max-unacked",
    "socket-fd",
    "ssl-cert-db",
    "ssl-cert-name",
    "ssl-cert-password-file",
    "ssl-port",
    "ssl-require-client-authentication",
    "ssl-sasl-no-dict",
    "ssl-use-export-policy",
    "storage-provider",
    "store-dir",
    "topic-patterns",
    "transport",
    "truncate",
];

const JOURNAL: &str =
    "it is about a journal of Qpid's own; a store has its options in [plugin.NAME]";
const LINE: &str = "a line of the log has its form from log-format";
const SASL: &str = "Cyrus SASL is not used; auth-provider says who decides about peers";

const NEVER: [(&str, &str); 25] = [
    ("client-config", "it is for Qpid's clusters"),
    ("efp-file-size", JOURNAL),
    ("efp-partition", JOURNAL),
    ("jfile-size-pgs", JOURNAL),
    ("log-category", LINE),
    ("log-disable", "log-enable says what is logged, with ! in front for what is left out"),
    ("log-function", LINE),
    ("log-hires-timestamp", "times are exact to the microsecond; management can ask for more"),
    ("log-prefix", LINE),
    ("log-source", LINE),
    ("log-thread", LINE),
    ("log-time", LINE),
    (
        "log-to-stdout",
        "standard output says where the broker listens; log-to-file /dev/stdout does",
    ),
    ("max-purge-batch", "a look for expired messages never holds a queue for long"),
    ("num-jfiles", JOURNAL),
    ("overwrite-before-return", JOURNAL),
    ("sasl-config", SASL),
    ("sasl-service-name", SASL),
    ("tpl-jfile-size-pgs", JOURNAL),
    ("tpl-num-jfiles", JOURNAL),
    ("tpl-wcache-num-pages", JOURNAL),
    ("tpl-wcache-page-size", JOURNAL),
    ("wcache-num-pages", JOURNAL),
    ("wcache-page-size", JOURNAL),
    ("max-iothreads", "it is for Qpid's clients"),
];

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NOT_YET.into_iter().chain(NEVER.into_iter().map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_long_and_short_names() {
        assert_eq!(find("ssl-port"), Some(("ssl-port", Missing::NotYet)));
        assert_eq!(find("k"), Some(("kill", Missing::NotYet)));
        assert_eq!(find("log-time"), Some(("log-time", Missing::Never(LINE))));
        assert_eq!(find("port"), None);
    }

    #[test]
    fn no_option_is_both_there_and_missing() {
        for name in names() {
            assert_eq!(super::super::Name::find(name), None, "{name}");
        }
    }
}
