//! A method that failed: the specification's reply code, how far it reaches, and a text that names
//! what and where.
//!
//! Invariant: a text begins with the code's name, as RabbitMQ's do; clients show it, and some look
//! at it.

use philter_protocol::v0_9_1::reply_code;

use crate::virtual_host::Error;

/// Why a method failed. It ends its channel, or the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: u16,
    pub(super) text: String,
    /// Its channel ends and no other, whatever its code says.
    pub(super) is_of_channel: bool,
}

/// What a handler of a method answers with.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// Names in texts are cut to this many bytes: the text has to have room for what is wrong.
const NAME_BYTES_MAX: usize = 100;

impl Failure {
    fn new(code: u16, text: impl AsRef<str>) -> Self {
        Self { code, text: reply_code::text(code, text.as_ref()), is_of_channel: false }
    }

    /// A plugin failed on what a channel asked for. Others of the connection may not be about that
    /// plugin at all.
    pub(super) fn of_plugin(text: impl AsRef<str>) -> Self {
        Self { is_of_channel: true, ..Self::internal(text) }
    }

    /// Whether it reaches the connection; otherwise the channel alone (0-9-1, section 1.2, "hard
    /// error" against "soft error").
    pub(super) fn is_of_connection(&self) -> bool {
        let is_soft = matches!(
            self.code,
            reply_code::CONTENT_TOO_LARGE
                | reply_code::NO_CONSUMERS
                | reply_code::ACCESS_REFUSED
                | reply_code::NOT_FOUND
                | reply_code::RESOURCE_LOCKED
                | reply_code::PRECONDITION_FAILED
        );
        !is_soft && !self.is_of_channel
    }

    pub(super) fn access_refused(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::ACCESS_REFUSED, text)
    }

    pub(super) fn not_found(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::NOT_FOUND, text)
    }

    pub(super) fn locked(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::RESOURCE_LOCKED, text)
    }

    pub(super) fn precondition(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::PRECONDITION_FAILED, text)
    }

    pub(super) fn forced(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::CONNECTION_FORCED, text)
    }

    pub(super) fn internal(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::INTERNAL_ERROR, text)
    }

    pub(super) fn syntax(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::SYNTAX_ERROR, text)
    }

    pub(super) fn invalid(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::COMMAND_INVALID, text)
    }

    pub(super) fn not_allowed(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::NOT_ALLOWED, text)
    }

    pub(super) fn not_implemented(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::NOT_IMPLEMENTED, text)
    }

    pub(super) fn exhausted(text: impl AsRef<str>) -> Self {
        Self::new(reply_code::RESOURCE_ERROR, text)
    }

    /// The channel was closed by this side meanwhile; nobody hears of it.
    pub(super) fn channel_closed(channel: u16) -> Self {
        Self::new(reply_code::CHANNEL_ERROR, format!("channel {channel} is closed"))
    }

    pub(super) fn no_queue(queue: &str, host: &str) -> Self {
        Self::not_found(format!("no queue '{}' in vhost '{host}'", short(queue)))
    }

    pub(super) fn no_exchange(exchange: &str, host: &str) -> Self {
        Self::not_found(format!("no exchange '{}' in vhost '{host}'", short(exchange)))
    }

    pub(super) fn queue_is_locked(queue: &str, host: &str) -> Self {
        Self::locked(format!(
            "cannot obtain exclusive access to locked queue '{}' in vhost '{host}'. It could be \
             originally declared on another connection or the exclusive property value does not \
             match that of the original declaration.",
            short(queue)
        ))
    }

    /// What the virtual host refused, in the words that RabbitMQ's clients know.
    pub(super) fn of_host(error: &Error, host: &str) -> Self {
        match error {
            Error::NoSuchQueue(name) => Self::no_queue(name, host),
            Error::NoSuchExchange(name) => Self::no_exchange(name, host),
            Error::NoSuchExchangeType { wanted, loaded } => Self::invalid(format!(
                "unknown exchange type '{}', loaded are: {loaded}",
                short(wanted)
            )),
            Error::NoSuchVirtualHost(_) => Self::not_allowed(error.to_string()),
            Error::NoSuchBinding { .. } => Self::not_found(error.to_string()),
            Error::NotAllowed(text) | Error::Reserved(text) => Self::access_refused(text),
            Error::ResourceLocked(text) => Self::locked(text),
            Error::NotImplemented(text) => Self::not_implemented(text),
            Error::LimitExceeded(text) => Self::exhausted(text),
            Error::PreconditionFailed(_)
            | Error::InvalidArgument(_)
            | Error::NoSuchLanguage { .. }
            | Error::IllegalArgument(_)
            | Error::BindRefused { .. } => Self::precondition(error.to_string()),
            Error::Plugin(text) => Self::new(reply_code::INTERNAL_ERROR, text),
        }
    }
}

/// As much of a name as a text has room for.
pub(super) fn short(name: &str) -> &str {
    name.get(..name.floor_char_boundary(NAME_BYTES_MAX)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_may_try_again_ends_its_channel_alone() {
        let soft = [
            Failure::no_queue("q", "/"),
            Failure::access_refused("x"),
            Failure::locked("x"),
            Failure::precondition("x"),
        ];
        assert!(soft.iter().all(|failure| !failure.is_of_connection()));
        assert!(Failure::invalid("x").is_of_connection());
        assert!(Failure::not_implemented("x").is_of_connection());
        assert!(Failure::not_allowed("x").is_of_connection());
    }

    #[test]
    fn a_text_names_its_code_what_and_where() {
        let failure = Failure::of_host(&Error::NoSuchQueue("q".into()), "/");
        assert_eq!(failure.text, "NOT_FOUND - no queue 'q' in vhost '/'");
        let long = "ä".repeat(200);
        let text = Failure::no_queue(&long, "/").text;
        assert!(text.len() < 255 && text.ends_with("in vhost '/'"), "{text}");
    }
}
