//! Every limit of management, with its default and its reason.

/// Requests that wait for the agent; what comes beyond them is dropped and counted. A console waits
/// for its answer before it asks again, so this is a console for every connection and some more.
pub(super) const REQUESTS_MAX: usize = 1_024;

/// Requests that take long and wait for those before them; who comes beyond them is answered with
/// everybody else, who then waits. Operators ask for such a thing one by one.
pub(super) const LONG_REQUESTS_MAX: usize = 16;

/// Bytes of a request; a larger one is dropped. Consoles send some hundred bytes, and a create with
/// a long query some thousand.
pub(super) const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// How long a console that came just now waits for the first broadcast, at the most; and so the
/// shortest time between two, however many consoles come.
pub(super) const WELCOME_MS: u64 = 1_000;

/// Events that wait to be told; what comes beyond them is dropped and counted.
pub(super) const EVENTS_MAX: usize = 4_096;
