//! `examples/exchange-hello-c`: the first word of the routing key decides.

use philter_tests::broker::philter;
use philter_tests::client::{Credit, Message, Subscription};

use crate::stranger::Stranger;

#[test]
fn it_is_checked_loaded_and_routes_by_the_first_word() {
    let example = Stranger::build("exchange-hello-c");
    let check = philter(["plugin", "check", example.library.to_str().unwrap()], "");
    let said = check.expect_success().stdout.join("\n");
    assert!(said.contains("x-hello"), "{said}");

    let broker = example.broker();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_exchange("greetings", "x-hello").unwrap();
    session.declare_queue("q").unwrap();
    session.bind("q", "greetings", "hello").unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    for key in ["hello.world", "goodbye.world", "hello", "helloes.world", "world.hello"] {
        session.publish("greetings", &Message::new(key, key)).unwrap();
    }
    let got: Vec<_> = session.drain("q").unwrap().iter().map(|m| m.text()).collect();
    assert_eq!(got, ["hello.world", "hello"]);
}
