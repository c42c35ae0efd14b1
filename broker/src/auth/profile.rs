//! What each protocol adds to SASL: its profile (RFC 4422, section 4). Providers know mechanisms
//! and no protocol.
//!
//! Clients of 0-10 take the mechanism that they like best of those on offer, so what is offered to
//! them decides how they come in. Those of 0-9-1 were written for RabbitMQ: they take the first
//! that they know, know PLAIN or AMQPLAIN, and come as guest where nobody gave them a user.
//!
//! Invariant: a password comes in the clear from another machine by 0-9-1 only where an operator
//! allowed it.

use bytes::Bytes;

use super::amqplain::{AMQPLAIN, MalformedAmqplain, amqplain};
use super::mechanism::strongest_first;

/// The mechanism of RFC 4616.
pub(super) const PLAIN: &str = "PLAIN";

/// Which protocol carries an exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Profile {
    /// AMQP 0-10.
    #[default]
    V0_10,
    /// AMQP 0-9-1, with RabbitMQ's mechanism AMQPLAIN.
    V0_9_1,
}

impl Profile {
    /// What providers offer, in the order in which this protocol's clients are told it.
    pub(super) fn in_order(self, offered: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut offered = strongest_first(offered);
        if self == Self::V0_9_1
            && let Some(at) = offered.iter().position(|mechanism| mechanism == PLAIN)
        {
            let plain = offered.remove(at);
            offered.splice(0..0, [plain, AMQPLAIN.to_owned()]);
        }
        offered
    }

    /// The mechanism and the initial response that providers hear: AMQPLAIN is PLAIN in other
    /// words.
    ///
    /// # Errors
    /// A response of AMQPLAIN that cannot be read.
    pub(super) fn heard(
        self,
        mechanism: &str,
        initial: Option<Bytes>,
    ) -> Result<(&str, Option<Bytes>), MalformedAmqplain> {
        if self != Self::V0_9_1 || mechanism != AMQPLAIN {
            return Ok((mechanism, initial));
        }
        let plain = amqplain(initial.as_deref().unwrap_or_default())?;
        Ok((PLAIN, Some(plain)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_of_rabbitmq_find_plain_first() {
        let offered = ["SCRAM-SHA-256", "PLAIN", "ANONYMOUS"].map(str::to_owned);
        let wanted = ["PLAIN", "AMQPLAIN", "SCRAM-SHA-256", "ANONYMOUS"];
        assert_eq!(Profile::V0_9_1.in_order(offered.clone()), wanted);
        assert_eq!(Profile::V0_10.in_order(offered.clone()), offered);
        let without = ["SCRAM-SHA-256"].map(str::to_owned);
        assert_eq!(Profile::V0_9_1.in_order(without.clone()), without);
    }

    #[test]
    fn amqplain_is_a_stranger_to_0_10() {
        let table = Bytes::from_static(b"\x05LOGINS\0\0\0\x02jo\x08PASSWORDS\0\0\0\x01x");
        let heard = Profile::V0_9_1.heard("AMQPLAIN", Some(table.clone())).unwrap();
        assert_eq!(heard, ("PLAIN", Some(Bytes::from_static(b"\0jo\0x"))));
        let heard = Profile::V0_10.heard("AMQPLAIN", Some(table.clone())).unwrap();
        assert_eq!(heard, ("AMQPLAIN", Some(table)));
        assert!(Profile::V0_9_1.heard("AMQPLAIN", None).is_err());
    }
}
