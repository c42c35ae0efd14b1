//! The configuration's defaults and bounds, each with its reason.

/// AMQP's registered port.
pub(crate) const PORT: u16 = 5672;

/// The data directory, below the user's home.
pub(crate) const DATA_DIR_IN_HOME: &str = ".philter";

/// The auth providers that are asked: users first, then whoever needs no user.
pub(crate) const AUTH_PROVIDERS: [&str; 2] = ["file", ANONYMOUS_PROVIDER];

/// The provider that `--auth no` opens for everyone.
pub(crate) const ANONYMOUS_PROVIDER: &str = "anonymous";

/// The store of a broker with a data directory.
pub(crate) const STORE: &str = "journal";

/// The store of a broker without one: nothing outlives it.
pub(crate) const STORE_WITHOUT_DATA_DIR: &str = "memory";

/// Qpid's own, so that its ACL files fit.
pub(crate) const REALM: &str = "QPID";

/// Bytes of a realm; it is part of every identity.
pub(crate) const REALM_BYTES_MAX: usize = 255;

/// What an operator wants to read on a good day.
pub(crate) const LOG_FILTER: &str = "info";

/// What the system's log calls the broker.
pub(crate) const SYSLOG_NAME: &str = "philter";

/// Bytes of that name: RFC 5424 has room for no more.
pub(crate) const SYSLOG_NAME_BYTES_MAX: usize = 48;

/// Connections that the kernel keeps waiting before they are accepted, a socket. Qpid has 10, with
/// which clients that come back all at once after a restart wait for seconds; what waits costs the
/// kernel little, and it cuts the number to its own limit.
pub(crate) const CONNECTION_BACKLOG: i32 = 1_024;

/// The most that `--connection-backlog` may ask for.
pub(crate) const CONNECTION_BACKLOG_BOUND: i32 = 65_535;

/// Seconds between two looks for expired messages. Qpid has 600; a look costs little here, and what
/// has expired should not hold memory.
pub(crate) const QUEUE_PURGE_INTERVAL_S: u64 = 1;

/// The most that `--queue-purge-interval` may ask for: a day.
pub(crate) const QUEUE_PURGE_INTERVAL_S_BOUND: u64 = 86_400;

/// Seconds to wait for a daemon to begin or to end, as Qpid has it.
pub(crate) const WAIT_S: u64 = 600;

/// The most that `--wait` may ask for: a day.
pub(crate) const WAIT_S_BOUND: u64 = 86_400;

/// Milliseconds that an orderly end waits for deliveries to settle: within what supervisors wait.
pub(crate) const DRAIN_MS: u64 = 5_000;

/// The most that `--drain-timeout` may ask for: an hour.
pub(crate) const DRAIN_MS_BOUND: u64 = 3_600_000;

/// Per cent of the memory that the process may have which all messages together may take. The rest
/// is for connections, plugins and what the allocator keeps.
pub(crate) const MEMORY_LIMIT_PERCENT: u8 = 60;

/// The least that `--memory-limit` may ask for: every thread counts up to 16 KiB by itself, and
/// there may be a thousand.
pub(crate) const MEMORY_LIMIT_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// Per cent of the memory limit above which bodies of stored messages that come are in the store
/// alone: half of it is left for what can't be there.
pub(crate) const PAGING_THRESHOLD_PERCENT: u8 = 50;

/// Bytes that a queue keeps in memory of what the store has: enough for its consumers to find the
/// next messages there, little enough for a thousand queues.
pub(crate) const QUEUE_PAGING_LIMIT_BYTES: u64 = 64 * 1024 * 1024;

/// What a process is taken to have where the system does not say.
pub(crate) const MEMORY_ASSUMED_BYTES: u64 = 1024 * 1024 * 1024;

/// Connections at a time, as Qpid has it. Each may cost an outbox.
pub(crate) const CONNECTIONS_MAX: usize = 500;

/// The most that `--max-connections` may ask for; above it a process runs out of files first.
pub(crate) const CONNECTIONS_BOUND: usize = 1_000_000;

/// How long a peer may take until it is authenticated: long for a person's network, short for a
/// leak.
pub(crate) const NEGOTIATE_TIME_MS: u64 = 10_000;

/// The most that `--max-negotiate-time` may ask for: an hour.
pub(crate) const NEGOTIATE_TIME_MS_BOUND: u64 = 3_600_000;

/// How long a delivery of 0-9-1 may wait for its acknowledgement, as RabbitMQ has it: half an hour.
pub(crate) const CONSUMER_TIMEOUT_MS: u64 = 1_800_000;

/// A day: who needs longer wants none.
pub(crate) const CONSUMER_TIMEOUT_MS_BOUND: u64 = 86_400_000;

/// Seconds that a branch of a distributed transaction may take of which nobody says it, as Qpid has
/// it.
pub(crate) const DTX_DEFAULT_TIMEOUT_S: u32 = 60;

/// The most that a client may ask for, as Qpid has it: an hour.
pub(crate) const DTX_MAX_TIMEOUT_S: u32 = 3_600;

/// The size limit of a queue that is declared without one: 100 MiB, as Qpid has it.
pub(crate) const DEFAULT_QUEUE_LIMIT_BYTES: u64 = 100 * 1024 * 1024;

/// The most threads that `--worker-threads` may ask for; no machine of today has more cores.
pub(crate) const WORKER_THREADS_BOUND: usize = 1_024;

/// Seconds between two broadcasts of management, as Qpid has it.
pub(crate) const MGMT_INTERVAL_S: u16 = 10;

/// Bytes of a message group's name, as of any short string of AMQP's.
pub(crate) const GROUP_ID_BYTES_MAX: usize = 255;

/// Bytes of a configuration file; one that is larger is no configuration file.
pub(crate) const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The least that a component may be given: a page of its memory.
pub(crate) const WASM_MEMORY_BYTES_MIN: u64 = 64 * 1024;

/// The most that a component may be given: all that its addresses reach.
pub(crate) const WASM_MEMORY_BYTES_BOUND: u64 = 4 * 1024 * 1024 * 1024;

/// The most that a call on a message's way may be given: a minute, in which nothing else goes on at
/// its connection.
pub(crate) const WASM_CALL_MS_BOUND: u64 = 60_000;

/// The most that the making of a component's instance may be given: an hour.
pub(crate) const WASM_CREATE_MS_BOUND: u64 = 3_600_000;

/// The longest that a component that fails may be left alone: a day.
pub(crate) const WASM_RETRY_MS_BOUND: u64 = 86_400_000;

/// Bytes of the name of a file or an endpoint that a component is granted.
pub(crate) const WASM_GRANT_NAME_BYTES_BOUND: usize = 127;

/// Milliseconds that a component's request to an endpoint may be given: longer than anybody waits
/// for a login.
pub(crate) const WASM_HTTP_TIMEOUT_MS_BOUND: u64 = 600_000;

/// Bytes that an endpoint's answer may be given: what a component's memory holds.
pub(crate) const WASM_HTTP_RESPONSE_BYTES_BOUND: u64 = 64 * 1024 * 1024;

/// A worker a core.
pub(crate) fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}
