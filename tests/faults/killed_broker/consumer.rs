//! Consumers that acknowledge, one by one or many at a time.

use philter_protocol::v0_9_1::method::basic;
use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::command::MessageAccept;
use philter_tests::client::{Client as Client0_10, Credit, Subscription};
use philter_tests::client_0_9_1::Client;
use philter_tests::history::{Event, Place};

use super::witness::{Lost, Witness};

/// 0-9-1 has no answer to an acknowledgement: what it acknowledges may come back.
pub(super) fn run_0_9_1(port: u16, witness: &mut Witness, queue: &str) -> Result<(), Lost> {
    let mut client = Client::guest(port)?;
    client.open_channel(1)?;
    client.consume(1, queue, false)?;
    let mut held: Vec<(u64, Place)> = Vec::new();
    loop {
        let delivery = client.receive(1)?;
        let place = witness.received(queue, &delivery.body, delivery.is_redelivered);
        held.push((delivery.tag, place));
        // One in ten is kept until the end, and belongs to whoever comes then.
        match witness.dice.u8(..100) {
            0..10 => drop(held.pop()),
            10..20 => {
                for (delivery_tag, place) in held.drain(..).rev() {
                    witness.tell(Event::Acknowledging(place));
                    client.send(1, basic::Ack { delivery_tag, multiple: false })?;
                }
            }
            20..50 => {
                let Some((delivery_tag, place)) = held.pop() else { continue };
                witness.tell(Event::Acknowledging(place));
                client.send(1, basic::Ack { delivery_tag, multiple: false })?;
            }
            _ => {}
        }
    }
}

/// In 0-10 an accept completes: what was accepted never comes back then.
pub(super) fn run_0_10(port: u16, witness: &mut Witness, queue: &str) -> Result<(), Lost> {
    let mut client = Client0_10::anonymous(port)?;
    let mut session = client.attach(queue)?;
    session.subscribe(Subscription::consume(queue), Credit::UNLIMITED)?;
    loop {
        let (mut transfers, mut places) = (RangeSet::default(), Vec::new());
        for _ in 0..witness.dice.usize(1..20) {
            let delivery = session.receive()?;
            let body = delivery.body.as_deref().unwrap_or_default();
            let place = witness.received(queue, body, delivery.is_redelivered());
            if witness.dice.u8(..) < 25 {
                continue;
            }
            transfers.add(delivery.id);
            places.push(place);
        }
        if places.is_empty() {
            continue;
        }
        places.iter().for_each(|place| witness.tell(Event::Acknowledging(place.clone())));
        session.run(MessageAccept { transfers })?;
        places.into_iter().for_each(|place| witness.tell(Event::Acknowledged(place)));
    }
}
