//! Publishers that know what was confirmed to them.

use std::collections::VecDeque;

use philter_protocol::v0_9_1::Properties;
use philter_protocol::v0_9_1::method::confirm;
use philter_protocol::v0_10::command::Sync;
use philter_tests::client::{Client as Client0_10, Message};
use philter_tests::client_0_9_1::Client;
use philter_tests::history::{Event, MessageId};

use super::FANOUT;
use super::witness::{Lost, Witness};

/// Where the next message goes: exchange, routing key, and the queues behind them.
fn destination<'q>(
    witness: &mut Witness,
    queues: &[&'q str],
) -> (&'static str, &'q str, Vec<String>) {
    if witness.dice.u8(..) < 60 {
        return (FANOUT, "", vec!["orders".to_owned(), "bills".to_owned()]);
    }
    let queue = witness.one_of(queues);
    ("", queue, vec![queue.to_owned()])
}

pub(super) fn run_0_9_1(
    port: u16,
    witness: &mut Witness,
    publisher: &str,
    queues: &[&str],
) -> Result<(), Lost> {
    let mut client = Client::guest(port)?;
    client.open_channel(1)?;
    client.call(1, confirm::Select::default())?;
    let unconfirmed_max = witness.dice.usize(1..100);
    let mut unconfirmed: VecDeque<(u64, MessageId)> = VecDeque::new();
    let persistent = Properties { delivery_mode: Some(2), ..Properties::default() };
    for number in 1.. {
        let (exchange, key, queues) = destination(witness, queues);
        let id = witness.next_id(publisher);
        let body = witness.body(&id);
        unconfirmed.push_back((number, id.clone()));
        witness.tell(Event::Publishing { id, queues });
        client.publish(1, (exchange, key), &persistent, &body)?;
        while unconfirmed.len() >= unconfirmed_max {
            let answer = client.next_answer(1)?;
            assert!(answer.is_taken, "{answer:?}");
            let (done, left) = unconfirmed.drain(..).partition(|(number, _)| {
                *number == answer.number || answer.is_multiple && *number < answer.number
            });
            unconfirmed = left;
            let done: VecDeque<(u64, MessageId)> = done;
            done.into_iter().for_each(|(_, id)| witness.tell(Event::Confirmed(id)));
        }
    }
    Ok(())
}

pub(super) fn run_0_10(
    port: u16,
    witness: &mut Witness,
    publisher: &str,
    queues: &[&str],
) -> Result<(), Lost> {
    let mut client = Client0_10::anonymous(port)?;
    let mut session = client.attach(publisher)?;
    loop {
        let mut published = Vec::new();
        for _ in 0..witness.dice.usize(1..50) {
            let (exchange, key, queues) = destination(witness, queues);
            let id = witness.next_id(publisher);
            let message = Message::new(key, witness.body(&id)).durable();
            witness.tell(Event::Publishing { id: id.clone(), queues });
            session.publish_unconfirmed(exchange, &message)?;
            published.push(id);
        }
        // It completes behind all of them.
        session.run(Sync {})?;
        published.into_iter().for_each(|id| witness.tell(Event::Confirmed(id)));
    }
}
