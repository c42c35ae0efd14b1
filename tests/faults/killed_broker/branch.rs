//! Distributed transactions: branches that are prepared and committed, or rolled back; and what
//! becomes of those that a broker was killed over.

use fastrand::Rng;
use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::command::{
    Command, DtxCommit, DtxEnd, DtxPrepare, DtxRecover, DtxRollback, DtxSelect, DtxStart,
    MessageAccept,
};
use philter_protocol::v0_10::structs::{
    RecoverResult, XaResult, Xid, decode_struct, encode_struct, xa_status,
};
use philter_tests::broker::Broker;
use philter_tests::client::{Client, Credit, Message, Refusal, Session, Subscription};
use philter_tests::history::{Event, MessageId, Place, Transaction};

use super::witness::{Lost, Witness};

const SOURCE: &str = "jobs";

/// From `jobs` to `orders` and `done`.
pub(super) fn run(port: u16, witness: &mut Witness) -> Result<(), Lost> {
    let mut client = Client::anonymous(port)?;
    let mut session = client.attach("branches")?;
    session.run(DtxSelect {})?;
    session.subscribe(Subscription::consume(SOURCE), Credit::UNLIMITED)?;
    loop {
        let delivery = session.receive()?;
        let body = delivery.body.as_deref().unwrap_or_default();
        let taken = witness.received(SOURCE, body, delivery.is_redelivered());
        // Branches take their places in queues as they are committed: each is its own publisher.
        let name = format!("dtx-{}", witness.next_id("").number);
        let ids = [1, 2].map(|number| MessageId::new(&name, number));
        let xid = xid_of(&name);
        ask(&mut session, DtxStart { xid: xid.clone(), ..DtxStart::default() })?;
        let mut published = Vec::new();
        for (queue, id) in ["orders", "done"].into_iter().zip(&ids) {
            let message = Message::new(queue, witness.body(id)).durable();
            session.publish_unconfirmed("", &message)?;
            published.push(Place::new(queue, id));
        }
        session.run(MessageAccept { transfers: RangeSet::single(delivery.id) })?;
        ask(&mut session, DtxEnd { xid: xid.clone(), ..DtxEnd::default() })?;
        let transaction = Transaction { name: name.clone(), published, acknowledged: vec![taken] };
        witness.tell(Event::Preparing(transaction));
        ask(&mut session, DtxPrepare { xid: xid.clone() })?;
        witness.tell(Event::Prepared(name.clone()));
        // Some stay prepared until the broker is killed.
        if witness.dice.u8(..) < 200 {
            witness.tell(Event::Finishing(name.clone()));
            ask(&mut session, DtxCommit { xid, one_phase: false })?;
            witness.tell(Event::Committed(name));
        }
    }
}

/// Commits or rolls back what a broker that was started again has in doubt.
pub(in super::super) fn resolve(broker: &Broker, dice: &mut Rng) -> Vec<Event> {
    let mut told = Vec::new();
    let mut client = broker.client();
    let mut session = client.attach("resolves").unwrap();
    session.run(DtxSelect {}).unwrap();
    let recovered: RecoverResult = session.ask(DtxRecover {}).unwrap();
    for xid in recovered.in_doubt {
        let name = decode_struct::<Xid>(&xid).unwrap().global_id;
        let name = String::from_utf8(name).unwrap();
        told.push(Event::InDoubt(name.clone()));
        if dice.bool() {
            ask(&mut session, DtxCommit { xid, one_phase: false }).unwrap();
            told.push(Event::Committed(name));
        } else {
            ask(&mut session, DtxRollback { xid }).unwrap();
            told.push(Event::RolledBack(name));
        }
    }
    client.close().unwrap();
    told
}

fn xid_of(name: &str) -> Vec<u8> {
    let global_id = name.as_bytes().to_vec();
    encode_struct(&Xid { format: 0, global_id, branch_id: b"1".to_vec() })
}

fn ask(session: &mut Session<'_>, command: impl Into<Command>) -> Result<(), Refusal> {
    let result: XaResult = session.ask(command)?;
    assert_eq!(result.status, xa_status::OK);
    Ok(())
}
