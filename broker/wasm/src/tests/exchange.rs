//! An exchange that keeps every rule.

use philter_plugin_api::{ErrorKind, Reads};

use super::*;

#[test]
fn messages_go_where_the_plugin_says() {
    let bench = Bench::new();
    let (component, exchange) = bench.exchange(&Text::exchange("it"));
    let bound = exchange.bind(&binding(1, "a")).unwrap();
    assert_eq!((bound.reads, bound.cacheable), (Reads::KEY, true));
    exchange.bind(&binding(2, "#")).unwrap();
    exchange.bind(&binding(5, "b")).unwrap();
    let batch = [message("a"), message("c"), message("b")];
    let views: Vec<_> = batch.iter().map(|message| message as &dyn MessageView).collect();
    assert_eq!(routed(&*exchange, &views).unwrap(), [(0, 1), (0, 2), (1, 2), (2, 2), (2, 5)]);
    exchange.unbind(BindingId(2)).unwrap();
    assert_eq!(routed(&*exchange, &views).unwrap(), [(0, 1), (2, 5)]);
    assert_eq!(exchange.unbind(BindingId(2)).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(component.statistics().messages, 6);
}

#[test]
fn a_binding_that_is_refused_is_not_there() {
    let bench = Bench::new();
    let (component, exchange) = bench.exchange(&Text::exchange("it"));
    exchange.bind(&binding(1, "a")).unwrap();
    for id in 2..20 {
        let error = exchange.bind(&binding(id, "not a number")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
    assert_eq!(routed(&*exchange, &[&message("a")]).unwrap(), [(0, 1)]);
    assert_eq!(component.statistics().breaker.name(), "closed");
}

#[test]
fn every_thread_sees_every_binding_at_once() {
    let bench = Bench::with_workers(3);
    let (_component, exchange) = bench.exchange(&Text::exchange("it"));
    std::thread::scope(|scope| {
        for thread in 0..6u64 {
            let exchange = &exchange;
            scope.spawn(move || {
                for round in 0..100 {
                    let id = round * 6 + thread + 1;
                    let key = id.to_string();
                    exchange.bind(&binding(id, &key)).unwrap();
                    assert_eq!(routed(&**exchange, &[&message(&key)]).unwrap(), [(0, id)]);
                    exchange.unbind(BindingId(id)).unwrap();
                    assert_eq!(routed(&**exchange, &[&message(&key)]).unwrap(), []);
                }
            });
        }
    });
}

#[test]
fn an_instance_that_missed_too_much_is_made_anew() {
    let bench = Bench::with_workers(2);
    let (_component, exchange) = bench.exchange(&Text::exchange("it"));
    let exchange = &exchange;
    let (go, gone) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let other = scope.spawn(move || {
            assert_eq!(routed(&**exchange, &[&message("a")]).unwrap(), []);
            gone.recv().unwrap();
            assert_eq!(routed(&**exchange, &[&message("a")]).unwrap(), [(0, 1)]);
        });
        for _ in 0..crate::limits::CHANGES_KEPT_MAX {
            exchange.bind(&binding(2, "b")).unwrap();
            exchange.unbind(BindingId(2)).unwrap();
        }
        exchange.bind(&binding(1, "a")).unwrap();
        go.send(()).unwrap();
        other.join().unwrap();
    });
}
