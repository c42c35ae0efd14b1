//! Routing by XML content, by Qpid's hello_xml and by addresses.

use philter_tests::broker::Broker;
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;

use crate::spout_drain::{CONTENT, drain, spout, subscribe};

/// Makes the exchange `xml` of type xml where it is not there yet.
const MAKE_EXCHANGE: &str = "xml; {create: always, node: {type: topic, x-declare: {type: xml}}}";

#[test]
fn hello_xml_prints_its_weather() {
    let Some(qpid) = QpidPython::find_or_skip("hello_xml") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &[MAKE_EXCHANGE, "x"]).expect_success();
    let mut hello = qpid.redirected_example("hello_xml", &broker);
    let ended = Program::run(&mut hello, "").expect_success();
    let text = ended.stdout.join("\n");
    assert!(text.contains("<station>Raleigh-Durham"), "{}", ended.report());
    assert!(text.contains("<wind_speed_mph>16</wind_speed_mph>"), "{}", ended.report());
}

#[test]
fn a_query_on_the_content_picks_the_message() {
    let Some(qpid) = QpidPython::find_or_skip("a_query_on_the_content") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &[MAKE_EXCHANGE, "x"]).expect_success();
    let hot = "xml/weather; {link: {x-bindings: [{exchange: xml, key: weather, \
               arguments: {xquery: './weather/temperature_f > 50'}}]}}";
    let subscriber = subscribe(&qpid, &broker, &["--count", "2", CONTENT[0], CONTENT[1], hot]);
    let weather =
        |degrees: u8| format!("<weather><temperature_f>{degrees}</temperature_f></weather>");
    // A document that matches first and last, between them: cold, no document, another key.
    for (address, content) in [
        ("xml/weather", weather(51)),
        ("xml/weather", weather(50)),
        ("xml/weather", "not a document".to_owned()),
        ("xml/other", weather(99)),
        ("xml/weather", weather(70)),
    ] {
        spout(&qpid, &broker, &[address, &content]).expect_success();
    }
    let ended = subscriber.wait().expect_success();
    assert_eq!(ended.stdout, [weather(51), weather(70)], "{}", ended.report());
}

#[test]
fn a_query_on_a_property_needs_no_document() {
    let Some(qpid) = QpidPython::find_or_skip("a_query_on_a_property") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &[MAKE_EXCHANGE, "x"]).expect_success();
    let blue = "xml; {link: {x-bindings: [{exchange: xml, key: k, arguments: \
                {xquery: 'declare variable $colour external; $colour = \"blue\"'}}]}}";
    let subscriber = subscribe(&qpid, &broker, &["--count", "1", CONTENT[0], CONTENT[1], blue]);
    for colour in ["red", "blue"] {
        let property = format!("colour={colour}");
        spout(&qpid, &broker, &["-P", &property, "xml/k", colour]).expect_success();
    }
    let ended = subscriber.wait().expect_success();
    assert_eq!(ended.stdout, ["blue"], "{}", ended.report());
}

#[test]
fn a_bad_query_is_refused_with_its_place() {
    let Some(qpid) = QpidPython::find_or_skip("a_bad_query") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &[MAKE_EXCHANGE, "x"]).expect_success();
    let bad = "xml; {link: {x-bindings: [{exchange: xml, key: k, \
               arguments: {xquery: './weather ['}}]}}";
    let ended = drain(&qpid, &broker, &[bad]);
    assert!(!ended.status.success());
    let text = ended.report();
    assert!(text.contains("line") && text.contains("column"), "{text}");
}
