//! Queues, exchanges, bindings and virtual hosts.

use philter_protocol::v0_9_1::method::{exchange, queue};
use philter_protocol::v0_9_1::{Properties, Table};
use philter_protocol::v0_10::command::{
    ExchangeBind, ExchangeDeclare, ExchangeDelete, ExchangeQuery, ExchangeUnbind, QueueDeclare,
    QueuePurge,
};
use philter_protocol::v0_10::structs::ExchangeQueryResult;
use philter_protocol::v0_10::{FieldMap, Value};
use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions, End, philter};
use philter_tests::client::{Client as Client0_10, Credit, Message, Session, Subscription};

use super::*;

fn has_queue(session: &mut Session<'_>, queue: &str) -> bool {
    session.query_queue(queue).unwrap().queue.is_some()
}

fn has_exchange(session: &mut Session<'_>, exchange: &str) -> bool {
    let query = ExchangeQuery { name: exchange.to_owned() };
    !session.ask::<ExchangeQueryResult>(query).unwrap().not_found
}

/// Declares by 0-9-1: exchange and queue of these names, bound by `a.#`.
fn declare_by_0_9_1(broker: &Broker, name: &str, durable: bool) {
    let mut client = confirming(broker);
    let exchange = exchange::Declare { durable, ..durable_exchange(name, "topic") };
    client.call(1, exchange).unwrap();
    let arguments = Table::new().with("x-max-length", 10);
    client.call(1, queue::Declare { durable, ..durable_queue_with(name, arguments) }).unwrap();
    let (queue, exchange, routing_key) = (name.to_owned(), name.to_owned(), "a.#".to_owned());
    client.call(1, queue::Bind { queue, exchange, routing_key, ..Default::default() }).unwrap();
    client.close().unwrap();
}

/// The same by 0-10.
fn declare_by_0_10(broker: &Broker, name: &str, durable: bool) {
    let mut client = broker.client();
    let mut session = client.attach("declares").unwrap();
    session.run(ExchangeDeclare { durable, ..exchange_0_10(name, "topic") }).unwrap();
    session.run(QueueDeclare { durable, ..queue_0_10(name) }).unwrap();
    session.bind(name, name, "a.#").unwrap();
    client.close().unwrap();
}

#[test]
fn what_is_declared_durable_outlives_the_broker_and_nothing_else_does() {
    for end in ENDS {
        let broker = Broker::start();
        declare_by_0_9_1(&broker, "durable 0-9-1", true);
        declare_by_0_9_1(&broker, "transient 0-9-1", false);
        declare_by_0_10(&broker, "durable 0-10", true);
        declare_by_0_10(&broker, "transient 0-10", false);
        let broker = broker.again(end);
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        for protocol in ["0-9-1", "0-10"] {
            let transient = format!("transient {protocol}");
            assert!(!has_queue(&mut session, &transient), "{transient} {end:?}");
            assert!(!has_exchange(&mut session, &transient), "{transient} {end:?}");
            let durable = format!("durable {protocol}");
            session.publish(&durable, &Message::new("a.b", "by the binding")).unwrap();
            assert_eq!(take_bodies(&mut session, &durable), ["by the binding"], "{end:?}");
        }
        // The arguments are those that it had: with others it is another queue.
        let mut client = confirming(&broker);
        client.call(2, durable_queue("durable 0-9-1")).unwrap_err();
        let arguments = Table::new().with("x-max-length", 10);
        client.call(1, durable_queue_with("durable 0-9-1", arguments)).unwrap();
    }
}

#[test]
fn what_was_deleted_unbound_or_purged_stays_so() {
    for end in ENDS {
        let broker = Broker::start();
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        for name in ["deleted", "made anew", "unbound", "purged"] {
            session.run(exchange_0_10(name, "fanout")).unwrap();
            session.run(queue_0_10(name)).unwrap();
            session.bind(name, name, "").unwrap();
            session.publish(name, &Message::new("", "before").durable()).unwrap();
        }
        session.delete_queue("deleted").unwrap();
        let exchange = "deleted".to_owned();
        session.run(ExchangeDelete { exchange, if_unused: false }).unwrap();
        session.delete_queue("made anew").unwrap();
        session.run(queue_0_10("made anew")).unwrap();
        session.publish("", &Message::new("made anew", "after").durable()).unwrap();
        let (queue, exchange, binding_key) = ("unbound".into(), "unbound".into(), String::new());
        session.run(ExchangeUnbind { queue, exchange, binding_key }).unwrap();
        session.run(QueuePurge { queue: "purged".into() }).unwrap();
        drop(client);
        let broker = broker.again(end);
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        assert!(!has_queue(&mut session, "deleted"), "{end:?}");
        assert!(!has_exchange(&mut session, "deleted"), "{end:?}");
        assert_eq!(take_bodies(&mut session, "made anew"), ["after"], "{end:?}");
        session.publish("unbound", &Message::new("", "to nobody").durable()).unwrap();
        assert_eq!(take_bodies(&mut session, "unbound"), ["before"], "{end:?}");
        session.publish("purged", &Message::new("", "still bound")).unwrap();
        assert_eq!(take_bodies(&mut session, "purged"), ["still bound"], "{end:?}");
    }
}

#[test]
fn a_queue_that_belongs_to_somebody_goes_with_the_broker_however_it_ends() {
    for end in ENDS {
        let broker = Broker::start();
        let mut client_0_9_1 = confirming(&broker);
        let exclusive = queue::Declare { exclusive: true, ..durable_queue("0-9-1") };
        client_0_9_1.call(1, exclusive).unwrap();
        let mut client = broker.client();
        let mut session = client.attach("owner").unwrap();
        let exclusive = QueueDeclare { exclusive: true, auto_delete: true, ..queue_0_10("0-10") };
        session.run(exclusive).unwrap();
        let broker = broker.again(end);
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        for queue in ["0-9-1", "0-10"] {
            assert!(!has_queue(&mut session, queue), "{queue} {end:?}");
        }
    }
}

#[test]
fn alternate_exchanges_of_exchanges_and_queues_come_back() {
    for end in ENDS {
        let broker = Broker::start();
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        // In the order of their names the one that refers to the other comes first.
        session.run(exchange_0_10("z", "fanout")).unwrap();
        let alternate_exchange = "z".to_owned();
        let (exchange, queue) = (exchange_0_10("a", "direct"), queue_0_10("q"));
        let exchange =
            ExchangeDeclare { alternate_exchange: alternate_exchange.clone(), ..exchange };
        session.run(exchange).unwrap();
        session.run(QueueDeclare { alternate_exchange, ..queue }).unwrap();
        session.run(queue_0_10("letters")).unwrap();
        session.bind("letters", "z", "").unwrap();
        session.publish("", &Message::new("q", "rejected").durable()).unwrap();
        drop(client);
        let broker = broker.again(end);
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        session.publish("a", &Message::new("nowhere", "unroutable")).unwrap();
        session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
        let rejected = session.receive().unwrap();
        session.reject(&rejected).unwrap();
        assert_eq!(take_bodies(&mut session, "letters"), ["unroutable", "rejected"], "{end:?}");
    }
}

#[test]
fn bindings_between_exchanges_come_back() {
    for end in ENDS {
        let broker = Broker::start();
        let mut client = confirming(&broker);
        client.call(1, durable_exchange("source", "topic")).unwrap();
        client.call(1, durable_exchange("destination", "fanout")).unwrap();
        client.call(1, durable_queue("q")).unwrap();
        let (destination, source) = ("destination".to_owned(), "source".to_owned());
        let routing_key = "#".to_owned();
        let bind = exchange::Bind { destination, source, routing_key, ..Default::default() };
        client.call(1, bind).unwrap();
        let (queue, exchange) = ("q".to_owned(), "destination".to_owned());
        client.call(1, queue::Bind { queue, exchange, ..Default::default() }).unwrap();
        drop(client);
        let broker = broker.again(end);
        let mut client = confirming(&broker);
        assert!(client.publish_durable(1, ("source", "any.key"), "x").unwrap().is_taken);
        client.consume(2, "q", true).unwrap();
        assert_eq!(client.receive(2).unwrap().body, b"x", "{end:?}");
    }
}

#[test]
fn virtual_hosts_that_a_command_made_come_back_with_what_is_in_them() {
    for end in ENDS {
        let broker = Broker::start();
        let vhost = |broker: &Broker, word: &str, name: &str| {
            let url = format!("amqp://{}", broker.address());
            philter(["vhost", word, name, "--broker", &url], "").expect_success();
        };
        for name in ["kept", "deleted"] {
            vhost(&broker, "add", name);
            let mut client = Client0_10::in_virtual_host(broker.port(), name).unwrap();
            let mut session = client.attach("s").unwrap();
            session.run(queue_0_10("q")).unwrap();
            session.publish("", &Message::new("q", name).durable()).unwrap();
        }
        vhost(&broker, "delete", "deleted");
        let broker = broker.again(end);
        let mut client = Client0_10::in_virtual_host(broker.port(), "kept").unwrap();
        let mut session = client.attach("s").unwrap();
        assert_eq!(take_bodies(&mut session, "q"), ["kept"], "{end:?}");
        Client0_10::in_virtual_host(broker.port(), "deleted").unwrap_err();
        vhost(&broker, "add", "deleted");
        let mut client = Client0_10::in_virtual_host(broker.port(), "deleted").unwrap();
        assert!(!has_queue(&mut client.attach("s").unwrap(), "q"), "{end:?}");
    }
}

#[test]
fn a_name_that_is_used_anew_after_a_start_is_a_new_thing() {
    let broker = Broker::start();
    let mut client = confirming(&broker);
    client.call(1, durable_queue("q")).unwrap();
    publish_all(&mut client, "q", &["old"]);
    let broker = broker.again(End::Killed);
    let mut client = confirming(&broker);
    let queue = "q".to_owned();
    client.call(1, queue::Delete { queue, ..Default::default() }).unwrap();
    client.call(1, durable_queue("q")).unwrap();
    client.publish(2, ("", "q"), &Properties::default(), b"transient").unwrap();
    publish_all(&mut client, "q", &["new"]);
    let broker = broker.again(End::Killed);
    let mut client = broker.client();
    assert_eq!(take_bodies(&mut client.attach("s").unwrap(), "q"), ["new"]);
}

/// A folder with the standard plugins, but for one file.
fn plugins_without(file: &str) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    for entry in std::fs::read_dir(&artifacts().plugin_dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        let name = name.to_str().unwrap();
        if name.starts_with("libphilter_") && name.ends_with(".so") && name != file {
            std::os::unix::fs::symlink(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    folder
}

#[test]
fn a_binding_whose_filter_language_is_missing_stops_the_start_and_outlives_that() {
    let data = tempfile::TempDir::new().unwrap();
    let start = || BrokerOptions::default().data_dir(data.path());
    let broker = start().start();
    {
        let mut client = broker.client();
        let mut session = client.attach("s").unwrap();
        session.run(queue_0_10("q")).unwrap();
        let text = |value: &str| Value::Str16(value.to_owned());
        let filter = FieldMap::new()
            .with("language", text("selector"))
            .with("expression", text("colour = 'blue'"));
        let bind = ExchangeBind {
            queue: "q".into(),
            exchange: "amq.topic".into(),
            binding_key: "news".into(),
            arguments: Some(FieldMap::new().with("philter.filter", Value::Map(filter))),
        };
        session.run(bind).unwrap();
    }
    broker.stop().expect_success();
    let folder = plugins_without("libphilter_filter_selector.so");
    let ended = start().plugin_dir(folder.path()).try_start().unwrap_err();
    let wanted = "the store has the binding of 'q' to exchange 'amq.topic' with key 'news' of \
                  virtual host";
    let report = ended.report();
    assert!(!ended.status.success() && report.contains(wanted), "{report}");
    assert!(report.contains("filter language 'selector' is not loaded"), "{report}");
    let broker = start().start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for colour in ["red", "blue"] {
        let message = Message::new("news", colour);
        let message = message.header("colour", Value::Str16(colour.into()));
        session.publish("amq.topic", &message).unwrap();
    }
    assert_eq!(take_bodies(&mut session, "q"), ["blue"]);
}
