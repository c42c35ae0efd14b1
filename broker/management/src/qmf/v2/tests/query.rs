//! Queries by name, by class and with a condition, and the pages of their answers.

use super::super::limits::{PAGE_BYTES_MAX, PAGE_OBJECTS_MAX};
use super::*;

#[test]
fn an_object_is_found_by_name() {
    let fake = Fake { queues: 3, ..Fake::default() };
    let [message] = &ask(&fake, "_query_request", &bytes(QUEUE))[..] else { panic!() };
    assert_eq!(list(message), []);
    let id = FieldMap::new().with("_object_name", Wire::Vbin16(QUEUE_2.into()));
    let mut body = Vec::new();
    FieldMap::new()
        .with("_what", Wire::Vbin16(b"OBJECT".to_vec()))
        .with("_object_id", Wire::Map(id))
        .encode(&mut body);
    let [message] = &ask(&fake, "_query_request", &body)[..] else { panic!() };
    let [object] = &list(message)[..] else { panic!() };
    assert_eq!(text(sub(object, "_object_id"), "_object_name"), QUEUE_2);
    let schema = sub(object, "_schema_id");
    let words = ["_package_name", "_class_name", "_type"].map(|name| text(schema, name));
    assert_eq!(words, ["org.apache.qpid.broker", "queue", "_data"]);
    assert!(matches!(schema.get("_hash"), Some(Wire::Uuid(_))));
    let times = ["_create_ts", "_update_ts", "_delete_ts"].map(|name| object.get(name).cloned());
    assert_eq!(times, [5, 77, 0].map(|ns| Some(Wire::Uint64(ns))));
    let values = sub(object, "_values");
    assert_eq!(values.get("name"), Some(&Wire::Vbin16(b"q2".to_vec())));
    assert_eq!(values.get("msgDepth"), Some(&Wire::Uint64(9)));
    assert_eq!(values.get("durable"), Some(&Wire::Bool(true)));
    assert_eq!(sub(values, "arguments").get("pad"), Some(&Wire::Str16(String::new())));
    let vhost = text(sub(values, "vhostRef"), "_object_name");
    assert_eq!(vhost, "org.apache.qpid.broker:vhost:v");
    assert_eq!(values.iter().count(), 5);
}

#[test]
fn a_class_comes_in_pages_and_all_but_the_last_are_partial() {
    for (queues, pages) in [
        (0, vec![0]),
        (1, vec![1]),
        (PAGE_OBJECTS_MAX, vec![100]),
        (PAGE_OBJECTS_MAX + 1, vec![100, 1]),
        (250, vec![100, 100, 50]),
    ] {
        let fake = Fake { queues, ..Fake::default() };
        let messages = ask(&fake, "_query_request", &bytes(QUEUES));
        let have: Vec<_> = messages.iter().map(|message| list(message).len()).collect();
        assert_eq!(have, pages);
        for (number, message) in messages.iter().enumerate() {
            let is_partial = message.headers.get("partial").is_some();
            assert_eq!(is_partial, number + 1 < pages.len());
            assert_eq!(text(&message.headers, "qmf.content"), "_data");
        }
    }
}

#[test]
fn a_condition_chooses_among_the_objects_of_a_class() {
    let fake = Fake { queues: 250, ..Fake::default() };
    let word = |text: &str| Wire::Str16(text.to_owned());
    let schema = FieldMap::new().with("_class_name", word("queue"));
    let quoted = Wire::List(vec![word("quote"), word("q7")]);
    let ask_where = |operator: &str| {
        let condition = Wire::List(vec![word(operator), word("name"), quoted.clone()]);
        let mut body = Vec::new();
        FieldMap::new()
            .with("_what", word("OBJECT"))
            .with("_schema_id", Wire::Map(schema.clone()))
            .with("_where", condition)
            .encode(&mut body);
        ask(&fake, "_query_request", &body)
    };
    let [message] = &ask_where("eq")[..] else { panic!() };
    assert_eq!(list(message).len(), 1);
    assert_eq!(ask_where("ne").iter().map(|page| list(page).len()).sum::<usize>(), 249);
    let want = (4, "InvalidParameter: _where: operator 're_match' not supported".to_owned());
    assert_eq!(exception(&ask_where("re_match")), want);
}

#[test]
fn large_objects_make_shorter_pages() {
    let fake = Fake { queues: 30, padding: 60_000, ..Fake::default() };
    let messages = ask(&fake, "_query_request", &bytes(QUEUES));
    assert_eq!(messages.iter().map(|message| list(message).len()).sum::<usize>(), 30);
    assert!(messages.iter().all(|message| message.body.len() < PAGE_BYTES_MAX + 70_000));
    assert!(messages.len() > 3);
}

#[test]
fn a_console_that_is_gone_gets_nothing_more() {
    let fake = Fake { queues: 1000, ..Fake::default() };
    assert_eq!(ask_some(&fake, "_query_request", &bytes(QUEUES), 2).len(), 2);
}

#[test]
fn classes_that_nobody_knows_have_no_objects() {
    let mut body = bytes(QUEUES);
    let at = body.len() - 5;
    body.splice(at.., *b"fleet");
    let [message] = &ask(&Fake::default(), "_query_request", &body)[..] else { panic!() };
    assert_eq!(list(message), []);
}
