//! A broker that is killed at any moment under the load of clients of 0-9-1 and 0-10: publishers
//! with confirms, consumers that acknowledge, transactions over several queues.
//!
//! ```text
//! a, b ──▶ orders, work, jobs, and by a fanout orders and bills
//!          work ──▶ tx 0-9-1 ──▶ left, right
//!          left ──▶ tx 0-10  ──▶ done, over
//!          jobs ──▶ dtx      ──▶ orders, done
//!          orders, right, over ──▶ consumers 0-9-1, in most rounds
//!          bills, done         ──▶ consumers 0-10, in most rounds
//! ```

pub(super) mod branch;
mod consumer;
mod publisher;
mod transactor;
pub(super) mod witness;

use std::sync::mpsc;
use std::thread;

use fastrand::Rng;
use philter_protocol::v0_10::command::{ExchangeDeclare, QueueDeclare};
use philter_tests::broker::Broker;
use philter_tests::history::Event;
use philter_tests::killing;

use witness::{Lost, Moment, Witness};

pub(super) const QUEUES: [&str; 8] =
    ["orders", "bills", "work", "jobs", "left", "right", "done", "over"];
/// What goes to this fanout goes to `orders` and `bills`.
const FANOUT: &str = "all";
/// Numbers of a publisher in one round.
pub(super) const NUMBERS: u64 = 1_000_000;
/// Events of one round at most, of all clients together.
pub(super) const EVENTS_MAX: usize = 3_000;

#[test]
fn a_killed_broker_has_lost_nothing_and_brings_nothing_back() {
    let broker = Broker::start();
    declare(&broker);
    let round = |number, broker: &mut Broker, moments: &mut Rng| {
        let (kill, killed) = mpsc::channel();
        let moment = Moment::after(moments.usize(20..EVENTS_MAX), kill);
        let load = Load { port: broker.port(), first_number: number * NUMBERS, moment };
        let clients = load.start(moments);
        drop(load);
        killed.recv().expect("some client lives until the broker is killed");
        broker.kill();
        clients.into_iter().map(|client| client.join().expect("a client that says why")).collect()
    };
    killing::hold(killing::KILLS, broker, &QUEUES, round, branch::resolve);
}

pub(super) fn declare(broker: &Broker) {
    let mut client = broker.client();
    let mut session = client.attach("declares").unwrap();
    let (exchange, type_) = (FANOUT.to_owned(), "fanout".to_owned());
    let exchange = ExchangeDeclare { exchange, type_, durable: true, ..ExchangeDeclare::default() };
    session.run(exchange).unwrap();
    for queue in QUEUES {
        let queue = queue.to_owned();
        session.run(QueueDeclare { queue, durable: true, ..QueueDeclare::default() }).unwrap();
    }
    for queue in ["orders", "bills"] {
        session.bind(queue, FANOUT, "").unwrap();
    }
    client.close().unwrap();
}

/// What is put on one broker.
pub(super) struct Load {
    pub(super) port: u16,
    pub(super) first_number: u64,
    pub(super) moment: Moment,
}

pub(super) type Client = thread::JoinHandle<Vec<Event>>;

impl Load {
    /// Starts the clients; each goes on until the broker is gone.
    pub(super) fn start(&self, moments: &mut Rng) -> Vec<Client> {
        let mut clients = vec![
            self.client(moments, |port, witness| {
                publisher::run_0_9_1(port, witness, "a", &["orders", "work", "work", "jobs"])
            }),
            self.client(moments, |port, witness| {
                publisher::run_0_10(port, witness, "b", &["orders", "work", "jobs"])
            }),
            self.client(moments, transactor::run_0_9_1),
            self.client(moments, transactor::run_0_10),
            self.client(moments, branch::run),
        ];
        for queue in ["orders", "right", "over"] {
            if moments.u8(..) < 200 {
                let consume =
                    move |port, witness: &mut Witness| consumer::run_0_9_1(port, witness, queue);
                clients.push(self.client(moments, consume));
            }
        }
        for queue in ["bills", "done"] {
            if moments.u8(..) < 200 {
                let consume =
                    move |port, witness: &mut Witness| consumer::run_0_10(port, witness, queue);
                clients.push(self.client(moments, consume));
            }
        }
        clients
    }

    fn client(
        &self,
        moments: &mut Rng,
        run: impl FnOnce(u16, &mut Witness) -> Result<(), Lost> + Send + 'static,
    ) -> Client {
        let port = self.port;
        let mut witness = Witness::new(self.first_number, moments.fork(), self.moment.clone());
        thread::spawn(move || {
            // It ends with the broker: nothing else does that.
            let Lost(why) = run(port, &mut witness).expect_err("a client that goes on");
            witness.tell_of(&why);
            witness.events
        })
    }
}
