//! New code while the broker runs.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use philter_test_components::Component;
use philter_tests::broker::{Broker, philter};
use philter_tests::client::{Credit, Message, Subscription};
use philter_tests::program::Ended;
use rustix::process::Signal;

use super::management::{number, plugin, word};
use super::{Folder, bind_filtered, geo, of_version, taken};

fn reload(broker: &Broker, name: &str) -> Ended {
    let url = format!("amqp://{}", broker.address());
    philter(["plugin", "reload", name, "--broker", &url], "")
}

#[test]
fn a_command_puts_new_code_in_the_place_of_the_old() {
    let folder = Folder::with_geo();
    let broker = folder.options().start();
    for (version, name) in [("2.0.0", "near"), ("3.0.0", "geo.wasm"), ("4.0.0", "geo")] {
        folder.put("geo.wasm", &geo(version));
        let said = reload(&broker, name).expect_success();
        assert_eq!(said.stdout, [format!("{name}: version {version} runs")]);
        broker.wait_for_log(&format!("loaded {version} from "));
    }
    let near = plugin(&broker, "near");
    assert_eq!((word(&near, "version"), number(&near, "reloads")), ("4.0.0".into(), 3));
}

/// Releases beside each other, of which a link names the one that runs; SIGHUP follows it.
#[test]
fn a_link_that_leads_elsewhere_is_new_code() {
    let folder = Folder::new();
    for version in ["1.0.0", "2.0.0", "3.0.0"] {
        folder.put(version, &geo(version));
    }
    let link_to = |version: &str| {
        let new = folder.path("new");
        symlink(version, &new).unwrap();
        fs::rename(new, folder.path("geo.wasm")).unwrap();
    };
    link_to("1.0.0");
    let broker = folder.options().start();
    broker.wait_for_log("loaded filter near 1.0.0 from ");
    link_to("2.0.0");
    broker.signal(Signal::HUP);
    broker.wait_for_log("loaded 2.0.0 from ");
    link_to("3.0.0");
    let said = reload(&broker, "geo").expect_success();
    assert_eq!(said.stdout, ["geo: version 3.0.0 runs"]);
}

#[test]
fn what_can_not_be_taken_is_said_and_the_old_code_stays() {
    let folder = Folder::with_geo();
    let broker = folder.options().start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.declare_exchange("x", "geo").unwrap();
    session.bind("q", "x", "here").unwrap();
    let refused = |name: &str| {
        let ended = reload(&broker, name);
        assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
        ended.stderr.join("\n")
    };
    let said = refused("direct");
    assert!(said.contains("is a native library: it stays until"), "{said}");
    assert!(refused("nobody").contains("nobody"));
    folder.put("geo.wasm", &Component::exchange("other"));
    let said = refused("geo");
    assert!(said.contains("exchange 'other'") && said.contains("exchange 'geo'"), "{said}");
    let picky = Component::filter("near").and(
        Component::exchange("geo")
            .entry("bind", "(call $fail (i32.const 0) (i32.const 1024) (i32.const 35))"),
    );
    folder.put("geo.wasm", &picky);
    assert!(refused("geo").contains("what was loaded before stays"));
    fs::write(folder.path("geo.wasm"), "nothing").unwrap();
    assert!(refused("geo").contains("the file is no WASM component"));
    session.publish("x", &Message::new("here", "still")).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
    assert_eq!(number(&plugin(&broker, "geo"), "reloads"), 0);
}

#[test]
fn a_hangup_reads_again_what_has_changed() {
    let folder = Folder::with_geo();
    folder.put("other.wasm", &Component::filter("other"));
    let broker = folder.options().start();
    folder.put("geo.wasm", &geo("2.0.0"));
    broker.signal(Signal::HUP);
    broker.wait_for_log("loaded 2.0.0 from ");
    folder.put("geo.wasm", &Component::exchange("stranger"));
    broker.signal(Signal::HUP);
    let line = broker.wait_for_log("what was loaded before stays");
    assert!(line.contains(" ERROR ") && line.contains("geo.wasm"), "{line}");
    assert_eq!(number(&plugin(&broker, "near"), "reloads"), 1);
    assert_eq!(number(&plugin(&broker, "other"), "reloads"), 0);
}

/// One of this version that is asked about every message: its answers are not remembered.
fn asked_always(version: &str) -> Component {
    let bind = "(drop (call $default-bind (local.get $id) (local.get $key) (local.get $key-bytes) \
                (local.get $arguments) (local.get $arguments-bytes) (local.get $context) \
                (local.get $context-bytes))) (call $ok-number (i32.const 1))";
    let exchange = Component::exchange("geo").entry("bind", bind);
    of_version(Component::filter("near").and(exchange), version)
}

/// Publishes until the reloads are done; every message is routed once, by the exchange as by the
/// filter, which the broker asks about each.
#[test]
fn under_load_nothing_is_lost_and_nothing_comes_twice() {
    const RELOADS: i64 = 8;
    let folder = Folder::new();
    folder.put("geo.wasm", &asked_always("1.0.0"));
    let broker = folder.options().start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for queue in ["routed", "filtered"] {
        session.declare_queue(queue).unwrap();
    }
    session.declare_exchange("x", "geo").unwrap();
    session.bind("routed", "x", "here").unwrap();
    bind_filtered(&mut session, "filtered", "#", "^here");
    let is_done = AtomicBool::new(false);
    let published = std::thread::scope(|scope| {
        let publisher = scope.spawn(|| {
            let mut client = broker.client();
            let mut session = client.attach("publisher").unwrap();
            let mut published = 0_u32;
            while !is_done.load(Ordering::Relaxed) {
                for key in ["here", "there"] {
                    let message = Message::new(key, format!("{key} {published}"));
                    session.publish_unconfirmed("x", &message).unwrap();
                    session.publish("amq.topic", &message).unwrap();
                }
                published += 1;
            }
            published
        });
        for number in 1..=RELOADS {
            folder.put("geo.wasm", &asked_always(&format!("1.0.{number}")));
            reload(&broker, "geo").expect_success();
        }
        is_done.store(true, Ordering::Relaxed);
        publisher.join().unwrap()
    });
    assert!(published > 0);
    let wanted: Vec<String> = (0..published).map(|number| format!("here {number}")).collect();
    for queue in ["routed", "filtered"] {
        session.subscribe(Subscription::consume(queue), Credit::UNLIMITED).unwrap();
        let got: Vec<_> = session.drain(queue).unwrap().iter().map(|it| it.text()).collect();
        assert_eq!(got, wanted, "{queue}");
    }
    let geo = plugin(&broker, "geo");
    assert_eq!((number(&geo, "broken"), number(&geo, "reloads")), (0, RELOADS));
    let asked = i64::from(published) * 4;
    assert!(number(&geo, "messages") >= asked, "{} of {asked}", number(&geo, "messages"));
}

#[test]
fn what_the_old_code_answered_is_forgotten() {
    let nothing = "(call $ok-bytes (i32.const 0) (i32.const 0))";
    let none = "(i32.store8 (i32.const 2048) (i32.const 0)) \
                (call $ok-bytes (i32.const 2048) (i32.const 1))";
    let folder = Folder::with_geo();
    let broker = folder.options().start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    for queue in ["routed", "filtered"] {
        session.declare_queue(queue).unwrap();
    }
    session.declare_exchange("x", "geo").unwrap();
    session.bind("routed", "x", "here").unwrap();
    bind_filtered(&mut session, "filtered", "#", "=here");
    for is_old in [true, false, true] {
        let geo = match is_old {
            true => geo("1.0.0"),
            false => Component::filter("near")
                .entry("matches", none)
                .and(Component::exchange("geo").entry("route", nothing)),
        };
        folder.put("geo.wasm", &geo);
        reload(&broker, "geo").expect_success();
        for round in 0..2 {
            for exchange in ["x", "amq.topic"] {
                session
                    .publish(exchange, &Message::new("here", format!("{is_old} {round}")))
                    .unwrap();
            }
        }
    }
    for queue in ["routed", "filtered"] {
        let wanted = ["true 0", "true 1", "true 0", "true 1"];
        assert_eq!(taken(&mut client, queue), wanted, "{queue}");
    }
}
