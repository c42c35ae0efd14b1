//! `exchange-geo` with clients as they were released: what they bind, what they get, and what they
//! are told of a bind that is none.

use philter_tests::artifacts::workspace;
use philter_tests::program::{Ended, Program};
use philter_tests::qpid::QpidPython;
use philter_tests::rabbitmq::RabbitmqClients;

use super::Place;

fn program(file: &str) -> std::path::PathBuf {
    workspace().join("tests/example/component/geo").join(file)
}

/// The lines that say why something was refused hold these words, in this order.
fn refusals(ended: &Ended, wanted: &[&str]) {
    let refused = ended.stdout.iter().filter_map(|line| line.strip_prefix("refused "));
    let refused: Vec<_> = refused.collect();
    assert_eq!(refused.len(), wanted.len(), "{}", ended.report());
    for (text, wanted) in refused.iter().zip(wanted) {
        assert!(text.contains(wanted), "'{wanted}' in\n{}", ended.report());
    }
}

fn answers(ended: &Ended) -> Vec<&str> {
    let lines = ended.stdout.iter().map(String::as_str);
    lines.filter(|line| !line.starts_with("refused ")).collect()
}

#[test]
fn pika_binds_areas_and_gets_what_is_in_them() {
    let test = "pika_binds_areas_and_gets_what_is_in_them";
    let Some(place) = Place::find_or_skip(test) else { return };
    let Some(clients) = RabbitmqClients::find_or_skip(test) else { return };
    let broker = place.start();
    let mut pika = clients.python_program(&program("geo_pika.py"));
    pika.arg(format!("amqp://guest:guest@{}", broker.address()));
    let ended = Program::run(&mut pika, "").expect_success();
    let wanted = [
        "berlin potsdam",
        "pacific suva meridian",
        "saxony dresden",
        "arctic beyond-the-pole",
        "after unbind 0",
    ];
    assert_eq!(answers(&ended), wanted, "{}", ended.report());
    let wanted = [
        "argument 'lat' is 95, wanted is a number from -90 to 90",
        "argument 'radius' is unknown; wanted is a circle (arguments lat, lon, radius_km)",
        "argument 'polygon' has 2 corners, wanted are 3 to 1000",
    ];
    refusals(&ended, &wanted);
}

#[test]
fn qpids_client_binds_areas_and_gets_what_is_in_them() {
    let test = "qpids_client_binds_areas_and_gets_what_is_in_them";
    let Some(place) = Place::find_or_skip(test) else { return };
    let Some(qpid) = QpidPython::find_or_skip(test) else { return };
    let broker = place.start();
    let mut program = qpid.program(&program("geo_qpid.py"));
    let ended = Program::run(program.arg(broker.port().to_string()), "").expect_success();
    let wanted = ["near potsdam", "dateline suva", "triangle potsdam"];
    assert_eq!(answers(&ended), wanted, "{}", ended.report());
    refusals(&ended, &["argument 'lat' is 'north', wanted is a number from -90 to 90"]);
}

#[test]
fn qpid_config_binds_areas_by_their_keys() {
    let test = "qpid_config_binds_areas_by_their_keys";
    let Some(place) = Place::find_or_skip(test) else { return };
    let Some(qpid) = QpidPython::find_or_skip(test) else { return };
    let broker = place.start();
    let run = |arguments: &[&str]| {
        let mut tool = qpid.tool("qpid-config");
        Program::run(tool.args(["-b", &broker.address()]).args(arguments), "")
    };
    run(&["add", "exchange", "x-geo", "places", "--argument", "lat-header=y"]).expect_success();
    run(&["add", "queue", "north"]).expect_success();
    run(&["bind", "places", "north", "box 0 -180 90 180"]).expect_success();
    let bad = run(&["bind", "places", "north", "box 0 -180 90"]);
    assert!(!bad.status.success(), "{}", bad.report());
    let wanted = "the area in the binding key is 3 numbers, wanted is 4: south, west, north, east";
    assert!(bad.report().contains(wanted), "{}", bad.report());
    for (name, lat) in [("a", "y=50"), ("b", "y=-50")] {
        let mut spout = qpid.example("spout", &broker);
        let words = ["-P", lat, "-P", "lon=10", "places", name];
        Program::run(spout.args(words), "").expect_success();
    }
    let mut drain = qpid.example("drain", &broker);
    let ended = Program::run(drain.args(["--print", "%(C)s", "north"]), "").expect_success();
    assert_eq!(ended.stdout, ["a"], "{}", ended.report());
}
