//! Why the virtual host said no, in words that each protocol maps to its own codes.

/// A refusal of a command. It reaches the session or channel that asked, nothing changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No such queue.
    #[error("no such queue: {0}")]
    NoSuchQueue(String),
    /// No such exchange.
    #[error("no such exchange: {0}")]
    NoSuchExchange(String),
    /// No such virtual host, or it is deleted just now.
    #[error("no such virtual host: {0}")]
    NoSuchVirtualHost(String),
    /// No plugin offers this exchange type.
    #[error("exchange type '{wanted}' is not loaded; loaded are: {loaded}")]
    NoSuchExchangeType {
        /// What was asked for.
        wanted: String,
        /// What there is.
        loaded: String,
    },
    /// No plugin offers this filter language.
    #[error("{argument}filter language '{wanted}' is not loaded; loaded are: {loaded}")]
    NoSuchLanguage {
        /// The argument that names it with a colon behind it, where that is not said otherwise.
        argument: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        loaded: String,
    },
    /// No such binding.
    #[error("no binding of {destination} to exchange '{exchange}' with key '{key}'")]
    NoSuchBinding {
        /// The exchange.
        exchange: String,
        /// The queue or exchange.
        destination: String,
        /// The binding key.
        key: String,
    },
    /// The name is one of the broker's own.
    #[error("{0}")]
    Reserved(String),
    /// A rule of names or equivalence.
    #[error("{0}")]
    NotAllowed(String),
    /// Somebody else has exclusive use.
    #[error("{0}")]
    ResourceLocked(String),
    /// if-unused or if-empty does not hold.
    #[error("{0}")]
    PreconditionFailed(String),
    /// An argument is wrong; the text names it.
    #[error("{0}")]
    InvalidArgument(String),
    /// An argument is missing; the text names it.
    #[error("{0}")]
    IllegalArgument(String),
    /// The exchange's plugin refused a binding's arguments.
    #[error("exchange '{exchange}' refused the binding: {text}")]
    BindRefused {
        /// The exchange.
        exchange: String,
        /// The plugin's reason.
        text: String,
    },
    /// It is known and can't be done yet; the text names it.
    #[error("{0}")]
    NotImplemented(String),
    /// A limit was reached; the text names it.
    #[error("{0}")]
    LimitExceeded(String),
    /// A plugin failed.
    #[error("{0}")]
    Plugin(String),
}

impl From<philter_plugin_api::Error> for Error {
    fn from(error: philter_plugin_api::Error) -> Self {
        use philter_plugin_api::ErrorKind;
        let text = error.to_string();
        match error.kind() {
            ErrorKind::InvalidArgument | ErrorKind::NotFound => Self::InvalidArgument(text),
            ErrorKind::Unauthorized => Self::NotAllowed(text),
            ErrorKind::LimitExceeded => Self::LimitExceeded(text),
            ErrorKind::Unsupported => Self::NotImplemented(text),
            ErrorKind::Internal | ErrorKind::Panic => Self::Plugin(text),
        }
    }
}
