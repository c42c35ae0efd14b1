//! Clients that take messages from one queue and put others into two, in transactions.

use philter_protocol::v0_9_1::Properties;
use philter_protocol::v0_9_1::method::{basic, tx};
use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::command::{MessageAccept, TxCommit, TxSelect};
use philter_tests::client::{Client as Client0_10, Credit, Message, Subscription};
use philter_tests::client_0_9_1::Client;
use philter_tests::history::{Event, MessageId, Place, Transaction};

use super::witness::{Lost, Witness};

const SOURCE_0_9_1: &str = "work";
const SOURCE_0_10: &str = "left";

/// From `work` to `left` and `right`.
pub(super) fn run_0_9_1(port: u16, witness: &mut Witness) -> Result<(), Lost> {
    let mut client = Client::guest(port)?;
    client.open_channel(1)?;
    client.call(1, basic::Qos { prefetch_count: 40, ..basic::Qos::default() })?;
    client.call(1, tx::Select {})?;
    client.consume(1, SOURCE_0_9_1, false)?;
    loop {
        let mut taken = Vec::new();
        for _ in 0..witness.dice.usize(1..5) {
            let delivery = client.receive(1)?;
            let is_redelivered = delivery.is_redelivered;
            let place = witness.received(SOURCE_0_9_1, &delivery.body, is_redelivered);
            taken.push((delivery.tag, place));
        }
        if witness.dice.u8(..) < 40 {
            // Nobody is told of these: they must never be seen.
            fill(&mut client, witness, &["left", "right"], &taken)?;
            client.call(1, tx::Rollback {})?;
        }
        let published = fill(&mut client, witness, &["left", "right"], &taken)?;
        let acknowledged = taken.into_iter().map(|(_, place)| place).collect();
        let transaction = transaction(published, acknowledged);
        let name = transaction.name.clone();
        witness.tell(Event::Committing(transaction));
        client.call(1, tx::Commit {})?;
        witness.tell(Event::Committed(name));
    }
}

/// A transaction's work: a message to each queue, and what was taken acknowledged.
fn fill(
    client: &mut Client,
    witness: &mut Witness,
    queues: &[&str],
    taken: &[(u64, Place)],
) -> Result<Vec<Place>, Lost> {
    let persistent = Properties { delivery_mode: Some(2), ..Properties::default() };
    let mut published = Vec::new();
    for queue in queues {
        let id = witness.next_id("tx-0-9-1");
        let body = witness.body(&id);
        client.publish(1, ("", queue), &persistent, &body)?;
        published.push(Place::new(queue, &id));
    }
    for (delivery_tag, _) in taken {
        client.send(1, basic::Ack { delivery_tag: *delivery_tag, multiple: false })?;
    }
    Ok(published)
}

/// From `left` to `done` and `over`.
pub(super) fn run_0_10(port: u16, witness: &mut Witness) -> Result<(), Lost> {
    let mut client = Client0_10::anonymous(port)?;
    let mut session = client.attach("transactions")?;
    session.run(TxSelect {})?;
    session.subscribe(Subscription::consume(SOURCE_0_10), Credit::UNLIMITED)?;
    loop {
        let (mut transfers, mut acknowledged) = (RangeSet::default(), Vec::new());
        for _ in 0..witness.dice.usize(1..4) {
            let delivery = session.receive()?;
            let body = delivery.body.as_deref().unwrap_or_default();
            acknowledged.push(witness.received(SOURCE_0_10, body, delivery.is_redelivered()));
            transfers.add(delivery.id);
        }
        let mut published = Vec::new();
        for queue in ["done", "over"] {
            let id: MessageId = witness.next_id("tx-0-10");
            let message = Message::new(queue, witness.body(&id)).durable();
            session.publish_unconfirmed("", &message)?;
            published.push(Place::new(queue, &id));
        }
        session.run(MessageAccept { transfers })?;
        let transaction = transaction(published, acknowledged);
        let name = transaction.name.clone();
        witness.tell(Event::Committing(transaction));
        session.run(TxCommit {})?;
        witness.tell(Event::Committed(name));
    }
}

/// Named by the first message that it publishes.
fn transaction(published: Vec<Place>, acknowledged: Vec<Place>) -> Transaction {
    let name = published.first().map(|place| place.id.to_string()).unwrap_or_default();
    Transaction { name, published, acknowledged }
}
