//! qpid-route: what there is to list.

use philter_tests::broker::Broker;
use philter_tests::program::{Ended, Program};
use philter_tests::qpid::QpidPython;

fn route(qpid: &QpidPython, arguments: &[&str]) -> Ended {
    Program::run(qpid.tool("qpid-route").args(arguments), "")
}

#[test]
fn lists_no_links_and_no_routes() {
    let Some(qpid) = QpidPython::find_or_skip("lists_no_links") else { return };
    let broker = Broker::start();
    let links = route(&qpid, &["link", "list", &broker.address()]).expect_success();
    assert_eq!(links.stdout, ["No Links Found"], "{}", links.report());
    let routes = route(&qpid, &["route", "list", &broker.address()]).expect_success();
    assert!(routes.stdout.is_empty(), "{}", routes.report());
}
