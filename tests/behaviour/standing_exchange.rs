//! The exchanges that stand from the start.

use philter_protocol::v0_10::command::{
    ExchangeDeclare, ExchangeDelete, ExchangeQuery, error_code,
};
use philter_protocol::v0_10::structs::ExchangeQueryResult;
use philter_tests::broker::Broker;

const STANDING: [(&str, &str); 9] = [
    ("", "direct"),
    ("amq.direct", "direct"),
    ("amq.topic", "topic"),
    ("amq.fanout", "fanout"),
    ("amq.match", "headers"),
    ("amq.headers", "headers"),
    ("qpid.management", "topic"),
    ("qmf.default.topic", "topic"),
    ("qmf.default.direct", "direct"),
];

#[test]
fn they_are_there_with_their_types() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for (name, type_) in STANDING {
        let query = ExchangeQuery { name: name.to_owned() };
        let found: ExchangeQueryResult = session.ask(query).unwrap();
        assert!(!found.not_found, "{name}");
        assert_eq!(found.type_.as_deref(), Some(type_), "{name}");
    }
}

#[test]
fn nobody_deletes_them() {
    let broker = Broker::start();
    let mut client = broker.client();
    for (name, _) in STANDING {
        let delete = ExchangeDelete { exchange: name.to_owned(), if_unused: false };
        let refusal = client.attach(name).unwrap().run(delete).unwrap_err();
        let expected =
            if name.is_empty() { error_code::INVALID_ARGUMENT } else { error_code::NOT_ALLOWED };
        assert_eq!(refusal.code(), Some(expected), "{name}: {refusal}");
    }
}

#[test]
fn nobody_declares_under_their_prefixes() {
    let broker = Broker::start();
    let mut client = broker.client();
    for name in ["amq.mine", "qpid.mine"] {
        let (exchange, type_) = (name.to_owned(), "direct".to_owned());
        let declare = ExchangeDeclare { exchange, type_, ..ExchangeDeclare::default() };
        let refusal = client.attach(name).unwrap().run(declare).unwrap_err();
        assert_eq!(refusal.code(), Some(error_code::NOT_ALLOWED));
        assert!(refusal.text().contains(name), "{refusal}");
    }
}
