//! Reply codes of connection.close, channel.close and basic.return, by name (section 1.2).

/// Orderly.
pub const SUCCESS: u16 = 200;
/// The content is larger than what is taken at present.
pub const CONTENT_TOO_LARGE: u16 = 311;
/// basic.return: no queue takes the message.
pub const NO_ROUTE: u16 = 312;
/// basic.return: no consumer is ready for an immediate message.
pub const NO_CONSUMERS: u16 = 313;
/// An operator ends the connection.
pub const CONNECTION_FORCED: u16 = 320;
/// There is no such virtual host.
pub const INVALID_PATH: u16 = 402;
/// Not allowed for this user, or at all.
pub const ACCESS_REFUSED: u16 = 403;
/// There is no such queue or exchange.
pub const NOT_FOUND: u16 = 404;
/// Another connection has it exclusively.
pub const RESOURCE_LOCKED: u16 = 405;
/// Something is not as the method requires.
pub const PRECONDITION_FAILED: u16 = 406;
/// No frame.
pub const FRAME_ERROR: u16 = 501;
/// A frame whose content can't be read.
pub const SYNTAX_ERROR: u16 = 502;
/// A method at the wrong time or place.
pub const COMMAND_INVALID: u16 = 503;
/// A channel that is not open, or open already.
pub const CHANNEL_ERROR: u16 = 504;
/// A frame that was not expected, in the middle of a content.
pub const UNEXPECTED_FRAME: u16 = 505;
/// More resources than the server gives.
pub const RESOURCE_ERROR: u16 = 506;
/// Against what was negotiated, or what the server allows.
pub const NOT_ALLOWED: u16 = 530;
/// Not there.
pub const NOT_IMPLEMENTED: u16 = 540;
/// An inconsistency of the server.
pub const INTERNAL_ERROR: u16 = 541;

/// The code's name as RabbitMQ writes it in front of a reply text.
pub fn name(code: u16) -> &'static str {
    match code {
        SUCCESS => "SUCCESS",
        CONTENT_TOO_LARGE => "CONTENT_TOO_LARGE",
        NO_ROUTE => "NO_ROUTE",
        NO_CONSUMERS => "NO_CONSUMERS",
        CONNECTION_FORCED => "CONNECTION_FORCED",
        INVALID_PATH => "INVALID_PATH",
        ACCESS_REFUSED => "ACCESS_REFUSED",
        NOT_FOUND => "NOT_FOUND",
        RESOURCE_LOCKED => "RESOURCE_LOCKED",
        PRECONDITION_FAILED => "PRECONDITION_FAILED",
        FRAME_ERROR => "FRAME_ERROR",
        SYNTAX_ERROR => "SYNTAX_ERROR",
        COMMAND_INVALID => "COMMAND_INVALID",
        CHANNEL_ERROR => "CHANNEL_ERROR",
        UNEXPECTED_FRAME => "UNEXPECTED_FRAME",
        RESOURCE_ERROR => "RESOURCE_ERROR",
        NOT_ALLOWED => "NOT_ALLOWED",
        NOT_IMPLEMENTED => "NOT_IMPLEMENTED",
        INTERNAL_ERROR => "INTERNAL_ERROR",
        _ => "UNKNOWN",
    }
}

/// A reply text as clients of RabbitMQ know it: `NOT_FOUND - no queue 'q' in vhost '/'`.
pub fn text(code: u16, explanation: &str) -> String {
    format!("{} - {explanation}", name(code))
}
