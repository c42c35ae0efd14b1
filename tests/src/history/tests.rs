//! The checker is held to account: a history that is well, and one fault at a time planted in it.

use super::*;

/// Events of three clients in one round, as their lines.
const PUBLISHER: &str = "\
publishing p:1 a
publishing p:2 a b
publishing p:3 a
publishing p:4 a b
publishing p:5 a
confirmed p:1
confirmed p:2
confirmed p:3";
const CONSUMER: &str = "\
received a p:1 new
acknowledging a p:1
acknowledged a p:1
received a p:2 new
received b p:2 new
acknowledging b p:2";
const TRANSACTIONS: &str = "\
received w w:1 new
received w w:2 new
received w w:3 new
committing first +left=t:1 +right=t:2 -w=w:1
committed first
committing second +left=t:3 +right=t:4 -w=w:2
received w w:4 new
received w w:5 new
received w w:6 new
preparing third +left=t:5 -w=w:4
prepared third
finishing third
committed third
preparing fourth +left=t:6 -w=w:5
prepared fourth
in-doubt fourth
rolled-back fourth
preparing fifth +left=t:7 -w=w:6";
/// What is in the queues afterwards; of what was open, p:5 and the second transaction are not.
const FOUND: &str = "\
received a p:2 again
received a p:3 new
received a p:4 new
received b p:4 new
received left t:1 new
received left t:5 new
received right t:2 new
received w w:2 again
received w w:3 again
received w w:5 again
received w w:6 again";

fn events(lines: &str) -> Vec<Event> {
    lines.lines().map(|line| line.parse().unwrap_or_else(|()| panic!("{line}"))).collect()
}

fn look(lines: &str) -> Look {
    let mut look = Look::default();
    for event in events(lines) {
        let Event::Received { place: Place { queue, id }, is_redelivered } = event else {
            panic!()
        };
        look.queues.entry(queue).or_default().push(Found { id, is_redelivered });
    }
    look
}

/// A round before: the queue `w` has six messages.
fn begun() -> History {
    let mut history = History::default();
    let before: String = (1..=6).map(|number| format!("publishing w:{number} w\n")).collect();
    let found: String = (1..=6).map(|number| format!("received w w:{number} new\n")).collect();
    assert_eq!(history.settle(vec![events(&before)], &look(&found)), []);
    history
}

fn violations(clients: [&str; 3], found: &str) -> Vec<String> {
    let violations = begun().settle(clients.map(events).into(), &look(found));
    violations.iter().map(Violation::to_string).collect()
}

#[test]
fn finds_nothing_where_all_is_well() {
    let clients = [PUBLISHER, CONSUMER, TRANSACTIONS];
    assert_eq!(violations(clients, FOUND), [""; 0]);
    // What nobody promised may be there or not; a transaction as a whole.
    let found = FOUND.replace("received w w:2 again\n", "received right t:4 new\n");
    let found = found.replace("received left t:5", "received left t:3 new\nreceived left t:5");
    assert_eq!(violations(clients, &found), [""; 0]);
    let found = FOUND.replace("received a p:4 new\n", "received a p:5 new\n");
    assert_eq!(violations(clients, &found.replace("received b p:4 new\n", "")), [""; 0]);
    let found = format!("received b p:2 again\n{FOUND}");
    assert_eq!(violations(clients, &found), [""; 0]);
}

#[test]
fn finds_each_fault_that_is_planted_in_what_is_there() {
    for (line, instead, violation) in [
        ("received a p:3 new\n", "", "p:3 in 'a' is lost: it was confirmed"),
        ("received w w:3 again\n", "", "w:3 in 'w' is lost: it was there before"),
        ("received a p:2 again\n", "", "p:2 in 'a' is lost: it was confirmed"),
        ("received a p:3 new\n", "received a p:3 new\nreceived a p:3 new\n", "p:3 in 'a' is there"),
        ("received a p:2 again", "received a p:2 new", "p:2 in 'a' was received before"),
        (
            "received a p:2 again\nreceived a p:3 new\n",
            "received a p:3 new\nreceived a p:2 again\n",
            "p:2 in 'a' stands behind number 3",
        ),
        (
            "received a p:2 again",
            "received a p:1 again\nreceived a p:2 again",
            "p:1 in 'a' came back",
        ),
        ("received b p:4 new\n", "", "message p:4 is in one of its queues and not in another"),
        ("received b p:4 new", "received b p:3 new", "nobody published p:3 in 'b'"),
        ("received left t:1 new\n", "", "transaction first took place in part: publishing t:1"),
        (
            "received w w:2",
            "received w w:1 again\nreceived w w:2",
            "part: acknowledging w:1 in 'w'",
        ),
        ("received w w:2 again\n", "", "transaction second took place in part: publishing t:3"),
        (
            "received left t:1",
            "received left t:3 new\nreceived left t:1",
            "acknowledging w:2 in 'w'",
        ),
        ("received left t:5 new\n", "", "transaction third took place in part: publishing t:5"),
        (
            "received w w:5 again\n",
            "",
            "fourth is not committed, and acknowledging w:5 in 'w' took",
        ),
        (
            "received left t:5",
            "received left t:6 new\nreceived left t:5",
            "fourth is not committed",
        ),
        ("received w w:6 again", "", "fifth is not committed, and acknowledging w:6 in 'w' took"),
    ] {
        assert_eq!(FOUND.matches(line).count(), 1, "{line}");
        let found = violations([PUBLISHER, CONSUMER, TRANSACTIONS], &FOUND.replace(line, instead));
        let is_found = found.iter().any(|text| text.contains(violation));
        assert!(is_found, "\"{violation}\" is not in {found:#?}");
    }
}

#[test]
fn finds_each_fault_that_is_planted_in_what_clients_were_told() {
    for (more, violation) in [
        ("received a p:2 again", "p:2 in 'a' is there twice"),
        ("received a x:1 new", "nobody published x:1"),
        ("received b p:4 new\nreceived b p:3 new", "nobody published p:3 in 'b'"),
        ("received a p:4 new\nreceived a p:3 new", "p:3 in 'a' stands behind number 4"),
        ("received a p:5 new", "p:5 in 'a' is lost: it was delivered"),
        ("confirmed p:9", "p:9 is confirmed"),
        ("acknowledged a p:3", "p:3 in 'a' is acknowledged"),
        ("committed sixth", "sixth is committed, prepared or in doubt"),
        ("in-doubt sixth", "sixth is committed, prepared or in doubt"),
        ("prepared fifth", "branch fifth was prepared, and is not in doubt"),
    ] {
        let consumer = format!("{CONSUMER}\n{more}");
        let found = violations([PUBLISHER, &consumer, TRANSACTIONS], FOUND);
        let is_found = found.iter().any(|text| text.contains(violation));
        assert!(is_found, "\"{violation}\" is not in {found:#?}");
    }
}

#[test]
fn what_a_look_settled_is_held_to_at_the_next_one() {
    for (events_between, found, violation) in [
        ("", FOUND.replace("received a p:4 new\n", ""), "p:4 in 'a' is lost: it was there before"),
        ("", format!("{FOUND}\nreceived a p:5 new"), "p:5 in 'a' came back: it was gone before"),
        ("", format!("received b p:2 again\n{FOUND}"), "p:2 in 'b' came back: it was gone before"),
        ("received a p:2 new", FOUND.to_owned(), "p:2 in 'a' was received before"),
        ("received a p:1 again", FOUND.to_owned(), "p:1 in 'a' came back: it was gone before"),
    ] {
        let mut history = begun();
        let clients = [PUBLISHER, CONSUMER, TRANSACTIONS].map(events);
        assert_eq!(history.settle(clients.into(), &look(FOUND)), []);
        assert_eq!(history.settle(Vec::new(), &look(FOUND)), []);
        let found = history.settle(vec![events(events_between)], &look(&found));
        let is_found = found.iter().any(|each| each.to_string().contains(violation));
        assert!(is_found, "\"{violation}\" is not in {found:#?}");
    }
}

#[test]
fn bodies_name_their_messages() {
    let id = MessageId::new("p", 17);
    assert_eq!(MessageId::of_body(&id.body(0)), id);
    assert_eq!(MessageId::of_body(&id.body(1_000)), id);
}
