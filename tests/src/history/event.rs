//! What a client tells: what it is about to do, and what the broker answered.
//!
//! Invariant: an intent is told before its first byte is sent, an answer after its last one came.
//!
//! As a line, which programs print:
//!
//! | line | what |
//! |---|---|
//! | `publishing ID QUEUE…` | a message is about to go to these queues |
//! | `confirmed ID` | the broker has taken it |
//! | `received QUEUE ID new` | a message came, or `again`: as redelivered |
//! | `acknowledging QUEUE ID` | it is about to be acknowledged |
//! | `acknowledged QUEUE ID` | the broker has said that it is |
//! | `committing NAME +QUEUE=ID… -QUEUE=ID…` | a transaction that publishes and acknowledges |
//! | `committed NAME` | the broker has said that it is |
//! | `preparing NAME +QUEUE=ID… -QUEUE=ID…` | a branch, to be committed later |
//! | `prepared NAME` | the broker has said that it can be |
//! | `finishing NAME` | a prepared branch is about to be committed |
//! | `in-doubt NAME` | a broker that was started again has it as prepared |
//! | `rolled-back NAME` | the broker has said that nothing of it takes place |

use std::fmt;
use std::str::FromStr;

/// A message: who published it, and which of his it is. `PUBLISHER:NUMBER`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId {
    /// Who; no space and no colon in it.
    pub publisher: String,
    /// His numbers rise.
    pub number: u64,
}

impl MessageId {
    /// The id of a publisher's message.
    pub fn new(publisher: &str, number: u64) -> Self {
        Self { publisher: publisher.to_owned(), number }
    }

    /// A body that names the message, with something behind it.
    pub fn body(&self, padding_bytes: usize) -> Vec<u8> {
        format!("{self} {}", ".".repeat(padding_bytes)).into_bytes()
    }

    /// The id that a body names.
    ///
    /// # Panics
    /// Where it names none: nobody else publishes.
    pub fn of_body(body: &[u8]) -> Self {
        let end = body.iter().position(|byte| *byte == b' ').unwrap_or(body.len());
        let id = String::from_utf8_lossy(&body[..end]);
        id.parse().unwrap_or_else(|()| panic!("\"{id}\" is no message of ours"))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.publisher, self.number)
    }
}

impl FromStr for MessageId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (publisher, number) = text.split_once(':').ok_or(())?;
        Ok(Self::new(publisher, number.parse().map_err(drop)?))
    }
}

/// A message in a queue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The queue; no space in its name.
    pub queue: String,
    /// The message.
    pub id: MessageId,
}

impl Place {
    /// A message in a queue.
    pub fn new(queue: &str, id: &MessageId) -> Self {
        Self { queue: queue.to_owned(), id: id.clone() }
    }

    fn parse(queue: &str, id: &str) -> Result<Self, ()> {
        Ok(Self::new(queue, &id.parse()?))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in '{}'", self.id, self.queue)
    }
}

/// What takes place together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Its own name.
    pub name: String,
    /// What it publishes.
    pub published: Vec<Place>,
    /// What it acknowledges.
    pub acknowledged: Vec<Place>,
}

impl Transaction {
    fn parse(name: &str, parts: &[&str]) -> Result<Self, ()> {
        let name = name.to_owned();
        let mut transaction = Self { name, published: Vec::new(), acknowledged: Vec::new() };
        for part in parts {
            let (sign, place) = part.split_at_checked(1).ok_or(())?;
            let (queue, id) = place.split_once('=').ok_or(())?;
            let list = match sign {
                "+" => &mut transaction.published,
                "-" => &mut transaction.acknowledged,
                _ => return Err(()),
            };
            list.push(Place::parse(queue, id)?);
        }
        Ok(transaction)
    }
}

/// What a client tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is about to publish a message that goes to these queues.
    Publishing {
        /// The message.
        id: MessageId,
        /// Every queue that it goes to.
        queues: Vec<String>,
    },
    /// The broker has taken a message.
    Confirmed(MessageId),
    /// A message came.
    Received {
        /// Which, and where from.
        place: Place,
        /// Whether the broker said that it may have been seen before.
        is_redelivered: bool,
    },
    /// It is about to acknowledge a message.
    Acknowledging(Place),
    /// The broker has said that the message is acknowledged.
    Acknowledged(Place),
    /// It is about to commit.
    Committing(Transaction),
    /// The broker has said that the transaction of this name is committed.
    Committed(String),
    /// It is about to prepare a branch of a distributed transaction.
    Preparing(Transaction),
    /// The broker has said that the branch of this name is prepared.
    Prepared(String),
    /// It is about to commit a prepared branch.
    Finishing(String),
    /// A broker that was started again has this branch as prepared.
    InDoubt(String),
    /// The broker has said that nothing of the branch takes place.
    RolledBack(String),
}

impl FromStr for Event {
    type Err = ();

    fn from_str(line: &str) -> Result<Self, ()> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Ok(match words[..] {
            ["publishing", id, ref queues @ ..] if !queues.is_empty() => {
                let queues = queues.iter().map(|queue| (*queue).to_owned()).collect();
                Self::Publishing { id: id.parse()?, queues }
            }
            ["confirmed", id] => Self::Confirmed(id.parse()?),
            ["received", queue, id, which @ ("new" | "again")] => {
                Self::Received { place: Place::parse(queue, id)?, is_redelivered: which == "again" }
            }
            ["acknowledging", queue, id] => Self::Acknowledging(Place::parse(queue, id)?),
            ["acknowledged", queue, id] => Self::Acknowledged(Place::parse(queue, id)?),
            ["committing", name, ref parts @ ..] => {
                Self::Committing(Transaction::parse(name, parts)?)
            }
            ["preparing", name, ref parts @ ..] => {
                Self::Preparing(Transaction::parse(name, parts)?)
            }
            ["prepared", name] => Self::Prepared(name.to_owned()),
            ["finishing", name] => Self::Finishing(name.to_owned()),
            ["in-doubt", name] => Self::InDoubt(name.to_owned()),
            ["rolled-back", name] => Self::RolledBack(name.to_owned()),
            ["committed", name] => Self::Committed(name.to_owned()),
            _ => return Err(()),
        })
    }
}
