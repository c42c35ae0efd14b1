//! `philter.filter` and transformations, as Qpid's clients send them.

use philter_tests::broker::Broker;
use philter_tests::qpid::QpidPython;

use crate::spout_drain::{CONTENT, drain, spout};

/// Python 2 sends a text that is not ASCII as bytes.
#[test]
fn an_expression_need_not_be_ascii() {
    let Some(qpid) = QpidPython::find_or_skip("an_expression_need_not_be_ascii") else { return };
    let broker = Broker::start();
    let filter = r#"'philter.filter': {language: selector, expression: "region <> 'süd'"}"#;
    let bound = format!(
        "bound; {{create: always, node: {{x-bindings: [{{exchange: 'amq.fanout', queue: bound, \
         arguments: {{{filter}, 'xquery-transform': '<a>ü</a>'}}}}]}}}}"
    );
    let whole = "whole; {create: always, node: {x-bindings: [{exchange: 'amq.fanout', \
                 queue: whole}]}}";
    for address in [&bound, whole] {
        drain(&qpid, &broker, &[address]).expect_success();
    }
    for (region, body) in [("nord", "north"), ("süd", "south")] {
        let property = format!("region={region}");
        spout(&qpid, &broker, &["-P", &property, "amq.fanout", body]).expect_success();
    }
    let ended = drain(&qpid, &broker, &[CONTENT[0], CONTENT[1], "bound"]).expect_success();
    assert_eq!(ended.stdout, ["<a>ü</a>"], "{}", ended.report());
    let subscribed = format!("whole; {{link: {{x-subscribe: {{arguments: {{{filter}}}}}}}}}");
    let ended = drain(&qpid, &broker, &[CONTENT[0], CONTENT[1], &subscribed]).expect_success();
    assert_eq!(ended.stdout, ["north"], "{}", ended.report());
}
