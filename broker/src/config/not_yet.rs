//! Qpid's options that Philter knows by name and does not have yet, so that an operator who brings
//! them along is told so and not that they are a slip of the pen.

/// Whether this is such an option; `name` without dashes in front, or one letter of a short option.
pub(crate) fn is_not_yet(name: &str) -> Option<&'static str> {
    let long = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| long);
    NOT_YET.iter().find(|known| **known == long).copied()
}

const SHORT: [(&str, &str); 1] = [("k", "kill")];

const NOT_YET: [&str; 21] = [
    "acl-file",
    "connection-limit-per-ip",
    "connection-limit-per-user",
    "domain",
    "dtx-default-timeout",
    "dtx-max-timeout",
    "federation-tag",
    "kill",
    "link-heartbeat-interval",
    "link-maintenance-interval",
    "max-queues-per-user",
    "paging-dir",
    "queue-patterns",
    "session-max-unacked",
    "ssl-cert-db",
    "ssl-cert-name",
    "ssl-cert-password-file",
    "ssl-port",
    "ssl-require-client-authentication",
    "ssl-use-export-policy",
    "topic-patterns",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_long_and_short_names() {
        assert_eq!(is_not_yet("ssl-port"), Some("ssl-port"));
        assert_eq!(is_not_yet("k"), Some("kill"));
        assert_eq!(is_not_yet("port"), None);
    }

    #[test]
    fn no_option_is_both_there_and_missing() {
        for name in NOT_YET {
            assert_eq!(super::super::Name::find(name), None, "{name}");
        }
    }
}
