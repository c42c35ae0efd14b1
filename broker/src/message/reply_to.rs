//! Where an answer goes: an exchange and a key in 0-10, one text in the other protocols.
//!
//! The text is `exchange/key`, and the key alone for the default exchange, which is to say a
//! queue's name: what clients of 0-9-1 write, and Qpid's as well.

use philter_model::message::Format;
use philter_protocol::v0_10::structs::ReplyTo;

use crate::message::rewrite::Changes;

/// The name by which clients of 0-9-1 ask for answers on their own channel, and the beginning of
/// the names that they get for it.
const DIRECT: &str = "amq.rabbitmq.reply-to";

/// Exchange and key as one text.
pub(super) fn to_text(exchange: Option<&str>, key: Option<&str>) -> String {
    let key = key.unwrap_or("");
    match exchange {
        None | Some("") => key.to_owned(),
        Some(exchange) => format!("{exchange}/{key}"),
    }
}

/// Exchange and key of a text. What does not begin with an exchange's name is the name of a queue,
/// and so is every name of a direct answer.
pub(super) fn from_text(text: &str) -> ReplyTo {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    match text.split_once('/') {
        Some((exchange, key)) if !exchange.is_empty() && !text.starts_with(DIRECT) => {
            ReplyTo { exchange: some(exchange), routing_key: some(key) }
        }
        _ => ReplyTo { exchange: None, routing_key: some(text) },
    }
}

/// A header with another place for its answer.
pub(crate) fn with_reply_to(format: Format, header: &[u8], reply_to: &str) -> Vec<u8> {
    let changes = Changes { reply_to: Some(reply_to), ..Changes::default() };
    changes.apply(format, header)
}

#[cfg(test)]
mod tests {
    use philter_protocol::v0_9_1::Properties;
    use philter_protocol::v0_10::headers::Headers;

    use super::*;

    fn back_and_forth(text: &str) -> (Option<String>, Option<String>) {
        let ReplyTo { exchange, routing_key } = from_text(text);
        assert_eq!(to_text(exchange.as_deref(), routing_key.as_deref()), text);
        (exchange, routing_key)
    }

    #[test]
    fn an_exchange_and_a_key_are_one_text_and_come_back() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(back_and_forth("q"), (None, some("q")));
        assert_eq!(back_and_forth("x/k"), (some("x"), some("k")));
        assert_eq!(back_and_forth("x/"), (some("x"), None));
        assert_eq!(back_and_forth("x/a/b"), (some("x"), some("a/b")));
        assert_eq!(back_and_forth("/queue/a"), (None, some("/queue/a")));
        let direct = "amq.rabbitmq.reply-to.a/b==";
        assert_eq!(back_and_forth(direct), (None, some(direct)));
    }

    #[test]
    fn an_answer_goes_elsewhere_and_all_else_is_the_same() {
        let mut list = Vec::new();
        let before = Properties {
            reply_to: Some(DIRECT.into()),
            message_id: Some("m".into()),
            ..Properties::default()
        };
        before.encode(&mut list);
        let changed = with_reply_to(Format::V0_9_1, &list, "amq.rabbitmq.reply-to.5");
        let expected = Properties { reply_to: Some("amq.rabbitmq.reply-to.5".into()), ..before };
        let found = Properties::parse(&changed).unwrap();
        assert_eq!(Properties { headers_range: 0..0, ..found }, expected);
        let segment = with_reply_to(Format::V0_10, &[], "x/k");
        let reply_to = Headers::parse(&segment).unwrap().message.reply_to.unwrap();
        assert_eq!((reply_to.exchange, reply_to.routing_key), (Some("x"), Some("k")));
    }
}
