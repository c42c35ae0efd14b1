//! Durable bindings, and the plugins that they need.

use super::*;
use crate::virtual_host::tests::failing::{Picky, picky};
use crate::virtual_host::tests::transform::Loud;

fn bring(host: &VirtualHost) {
    host.languages.bring("picky", Box::new(Picky::default()));
    host.languages.bring("loud", Box::new(Loud::default()));
}

/// What a broker starts with whose predecessor had both languages, and a binding with these
/// arguments.
fn left_with(arguments: &[u8]) -> Disk {
    let broker = Broker::try_start(Disk::default(), ALL_STAYS, bring).unwrap();
    let (exchange, queue) = (broker.exchange("x", "topic", true), broker.queue("q"));
    broker.bind_with(&exchange, &queue, "k", arguments);
    broker.disk.after_crash()
}

#[test]
fn a_binding_whose_filter_language_is_missing_stops_the_start_and_stays_in_the_store() {
    let transform = encode_map([("loud-transform", Value::String("first".to_owned()))]);
    for (arguments, missing) in [
        (
            picky("1"),
            "argument philter.filter of the binding to exchange 'x': filter language 'picky' is \
             not loaded; loaded are: ",
        ),
        (
            transform,
            "bind argument loud-transform: filter language 'loud' is not loaded; loaded are: ",
        ),
    ] {
        let disk = left_with(&arguments);
        let refused = Broker::try_start(disk.after_crash(), ALL_STAYS, |_| ());
        let text = refused.err().unwrap().to_string();
        let what = format!(
            "the store has the binding of 'q' to exchange 'x' with key 'k' of virtual host \
             '{DEFAULT_HOST}', which can't be restored: {missing}"
        );
        assert!(text.starts_with(&what), "{text}");
        assert!(text.contains("; start with the plugin that offers it"), "{text}");
        let broker = Broker::try_start(disk, ALL_STAYS, bring).unwrap();
        assert_eq!(broker.host.exchange("x").unwrap().binding_count(), 1);
    }
}
