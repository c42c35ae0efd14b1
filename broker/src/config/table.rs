//! The one table of options: the command line with its help, `philter config show` and the page
//! about configuration are made of it or held to it.
//!
//! Invariant: every [`Name`] stands here once, in the order in which people read them.

use super::name::{Arity, Name};

/// What is said about an option.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Which.
    pub(crate) name: Name,
    /// Its name as an operator writes it.
    pub(crate) text: &'static str,
    /// How often it may stand.
    pub(crate) arity: Arity,
    /// Its letter on the command line.
    pub(crate) short: Option<char>,
    /// Another name that Qpid has for it.
    pub(crate) alias: Option<&'static str>,
    /// What kind of value it takes.
    pub(crate) value: &'static str,
    /// The default, in words; empty where there is none.
    pub(crate) default: &'static str,
    /// What it is for, in a line.
    pub(crate) help: &'static str,
    /// Subcommands take it as well.
    pub(crate) is_global: bool,
}

/// Options by what they are about.
pub(crate) const SECTIONS: [(&str, &[Entry]); 8] = [
    ("Network", &NETWORK),
    ("Data", &DATA),
    ("Users", &USERS),
    ("Plugins", &PLUGINS),
    ("Queues and memory", &QUEUES),
    ("Management", &MANAGEMENT),
    ("Log", &LOG),
    ("Process", &PROCESS),
];

/// The first of all.
pub(crate) const FIRST: &Entry =
    &one(Name::Port, "port", "N", "5672", "Port to listen on; 0 lets the system choose").short('p');

const NETWORK: [Entry; 10] = [
    *FIRST,
    many(Name::Interface, "interface", "ADDRESS", "all", "Address to listen on"),
    many(Name::Protocols, "protocols", "NAME", "all", "Protocol to speak: amqp0-10, amqp0-9-1"),
    one(Name::MaxConnections, "max-connections", "N", "500", "Connections at a time"),
    one(
        Name::MaxNegotiateTime,
        "max-negotiate-time",
        "MS",
        "10000",
        "Milliseconds until a peer must be authenticated",
    ),
    one(
        Name::ConsumerTimeout,
        "consumer-timeout",
        "MS",
        "1800000",
        "Milliseconds until a delivery must be acknowledged (0-9-1); 0 is never",
    ),
    one(
        Name::ConnectionBacklog,
        "connection-backlog",
        "N",
        "1024",
        "Connections that the system keeps waiting before they are accepted",
    ),
    flag(Name::TcpNodelay, "tcp-nodelay", "yes", "Send small packets at once"),
    flag(Name::RequireEncryption, "require-encryption", "no", "Serve encrypted connections alone"),
    many(
        Name::VirtualHost,
        "virtual-host",
        "NAME",
        "",
        "Virtual host to have beside the default one",
    ),
];

const DATA: [Entry; 3] = [
    one(Name::DataDir, "data-dir", "DIR", "$HOME/.philter", "Folder for what outlives the broker")
        .global(),
    flag(Name::NoDataDir, "no-data-dir", "no", "Keep nothing").global(),
    one(
        Name::Store,
        "store",
        "NAME",
        "journal; memory without a data directory",
        "Store that keeps durable queues and messages",
    ),
];

const USERS: [Entry; 4] = [
    one(Name::Auth, "auth", "YES|NO", "yes", "Whether peers need a user"),
    many(
        Name::AuthProvider,
        "auth-provider",
        "NAME",
        "file, anonymous",
        "Auth provider, in the order of asking",
    ),
    flag(
        Name::AllowPlain,
        "allow-plain",
        "no",
        "Let clients of AMQP 0-9-1 on other machines send passwords in the clear",
    ),
    one(Name::Realm, "realm", "NAME", "QPID", "What follows the @ of an identity").global(),
];

const PLUGINS: [Entry; 3] = [
    one(
        Name::PluginDir,
        "plugin-dir",
        "DIR",
        "the executable's folder, or the installed one",
        "Folder with plugins",
    )
    .alias("module-dir")
    .global(),
    many(Name::LoadModule, "load-module", "FILE", "", "Plugin to load besides").global(),
    flag(Name::NoModuleDir, "no-module-dir", "no", "Load no plugins but those of --load-module")
        .global(),
];

const QUEUES: [Entry; 12] = [
    one(
        Name::MemoryLimit,
        "memory-limit",
        "BYTES|PERCENT",
        "60%",
        "What all messages together may take before publishers are held back, such as 2G, or \
         per cent of the memory that the process may have",
    ),
    one(
        Name::PagingThreshold,
        "paging-threshold",
        "PERCENT",
        "50",
        "Per cent of memory-limit above which stored messages that come are in the store alone",
    ),
    one(
        Name::DefaultQueuePagingLimit,
        "default-queue-paging-limit",
        "BYTES",
        "67108864",
        "Bytes that a queue keeps in memory of what the store has; more is in the store alone",
    ),
    one(
        Name::DefaultQueueLimit,
        "default-queue-limit",
        "BYTES",
        "104857600",
        "Bytes that a queue holds where it is declared without a limit; 0: no limit",
    ),
    one(
        Name::DefaultFlowStopThreshold,
        "default-flow-stop-threshold",
        "PERCENT",
        "80",
        "Per cent of its limit at which a queue holds publishers back; 0: never",
    ),
    one(
        Name::DefaultFlowResumeThreshold,
        "default-flow-resume-threshold",
        "PERCENT",
        "70",
        "Per cent of its limit at which they go on",
    ),
    one(
        Name::DefaultEventThresholdRatio,
        "default-event-threshold-ratio",
        "PERCENT",
        "80",
        "Per cent of its limit at which a queue raises an event; 0: never",
    ),
    one(
        Name::DefaultMessageGroup,
        "default-message-group",
        "NAME",
        "qpid.no-group",
        "Group of messages that name none, in queues with groups",
    ),
    one(
        Name::QueuePurgeInterval,
        "queue-purge-interval",
        "S",
        "1",
        "Seconds between two looks for expired messages; 0: never",
    ),
    one(
        Name::DtxDefaultTimeout,
        "dtx-default-timeout",
        "S",
        "60",
        "Seconds until a distributed transaction is rolled back; 0: never",
    ),
    one(
        Name::DtxMaxTimeout,
        "dtx-max-timeout",
        "S",
        "3600",
        "The most that clients may ask for instead; 0: no limit",
    ),
    one(
        Name::EnableTimestamp,
        "enable-timestamp",
        "YES|NO",
        "no",
        "Stamp messages with the time when they come in",
    ),
];

const MANAGEMENT: [Entry; 5] = [
    one(Name::MgmtEnable, "mgmt-enable", "YES|NO", "yes", "Answer management's tools").short('m'),
    one(
        Name::MgmtPublish,
        "mgmt-publish",
        "YES|NO",
        "yes",
        "Tell consoles of changed objects unasked",
    ),
    one(
        Name::MgmtPubInterval,
        "mgmt-pub-interval",
        "S",
        "10",
        "Seconds between two broadcasts of management",
    ),
    one(Name::MgmtQmf1, "mgmt-qmf1", "YES|NO", "no", "Tell consoles by QMF version 1"),
    one(Name::MgmtQmf2, "mgmt-qmf2", "YES|NO", "yes", "Tell consoles by QMF version 2"),
];

const LOG: [Entry; 9] = [
    one(
        Name::LogLevel,
        "log-level",
        "FILTER",
        "info",
        "What to log: off, error, warn, info, debug, trace, or a list of TARGET=LEVEL",
    )
    .global(),
    many(
        Name::LogEnable,
        "log-enable",
        "RULE",
        "",
        "What to log, as Qpid says it: LEVEL[+][:PART]",
    ),
    flag(Name::Trace, "trace", "no", "Log everything").short('t'),
    one(
        Name::LogFormat,
        "log-format",
        "human|json",
        "human",
        "Lines for people, or an object of JSON a line",
    ),
    one(Name::LogToStderr, "log-to-stderr", "YES|NO", "yes", "Log to standard error"),
    one(Name::LogToFile, "log-to-file", "FILE", "", "Log to this file"),
    one(Name::LogToSyslog, "log-to-syslog", "YES|NO", "no", "Log to the system's log"),
    one(Name::SyslogName, "syslog-name", "NAME", "philter", "What the system's log calls it"),
    one(
        Name::SyslogFacility,
        "syslog-facility",
        "FACILITY",
        "daemon",
        "The system's log's facility",
    ),
];

const PROCESS: [Entry; 7] = [
    one(Name::Config, "config", "FILE", "", "Configuration file: TOML, or Qpid's name=value")
        .global(),
    one(Name::WorkerThreads, "worker-threads", "N", "one a core", "Threads that serve connections"),
    one(
        Name::DrainTimeout,
        "drain-timeout",
        "MS",
        "5000",
        "Milliseconds that an orderly end waits for deliveries to settle",
    ),
    flag(Name::Daemon, "daemon", "no", "Run in the background").short('d'),
    one(Name::Wait, "wait", "S", "600", "Seconds to wait for a daemon to begin or to end")
        .short('w'),
    one(
        Name::PidDir,
        "pid-dir",
        "DIR",
        "the data directory",
        "Folder for a daemon's process id, one file a port",
    ),
    one(Name::Pidfile, "pidfile", "FILE", "", "File for the process id"),
];

/// Every option.
pub(crate) fn entries() -> impl Iterator<Item = &'static Entry> {
    SECTIONS.iter().flat_map(|(_, entries)| entries.iter())
}

const fn one(
    name: Name,
    text: &'static str,
    value: &'static str,
    default: &'static str,
    help: &'static str,
) -> Entry {
    let (short, alias) = (None, None);
    Entry { name, text, arity: Arity::One, short, alias, value, default, help, is_global: false }
}

const fn many(
    name: Name,
    text: &'static str,
    value: &'static str,
    default: &'static str,
    help: &'static str,
) -> Entry {
    let mut entry = one(name, text, value, default, help);
    entry.arity = Arity::Many;
    entry
}

const fn flag(name: Name, text: &'static str, default: &'static str, help: &'static str) -> Entry {
    let mut entry = one(name, text, "YES|NO", default, help);
    entry.arity = Arity::Flag;
    entry
}

impl Entry {
    const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    const fn global(mut self) -> Self {
        self.is_global = true;
        self
    }
}
