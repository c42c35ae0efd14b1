//! Bytes that Qpid's `qmf.console` wrote, and bytes that it read as what stands here. The hashes of
//! schemas, which consoles only compare, are put in their places.

use proptest::prelude::*;

use super::fixture::{DECLARED, NOW_NS, Objects, QUEUE, agent, ask, queue};
use super::publish::Publisher;
use crate::object::Event;
use crate::schema::Hash;
use crate::value::Value;

/// `S` of the class.
const SCHEMA_REQUEST: &str = "\
    414d3253000000030474657374057175657565Q";

/// Five properties, two statistics, three methods.
const SCHEMA: &str = "\
    414d327300000003010474657374057175657565Q0005000200030000003300000005046e616d659500046e6\
    16d650474797065020606616363657373020105696e6465780201086f7074696f6e616c02000000003600000\
    005046e616d6595000764757261626c650474797065020b06616363657373020305696e6465780200086f707\
    4696f6e616c02000000003200000005046e616d65950003616c740474797065020a066163636573730203056\
    96e6465780200086f7074696f6e616c02010000004000000006046e616d659500056f776e657204747970650\
    20606616363657373020305696e6465780200086f7074696f6e616c020104756e69749500047573657200000\
    03800000005046e616d65950009617267756d656e74730474797065020f06616363657373020305696e64657\
    80200086f7074696f6e616c02000000003800000004046e616d6595000564657074680474797065020304756\
    e69749500076d65737361676504646573639500094d657373616765732e0000001600000002046e616d65950\
    003616765047479706502090000003600000003046e616d65950005707572676508617267436f756e7421000\
    00003046465736395000f44726f7073206d657373616765732e0000002000000003046e616d65950005636f7\
    56e740474797065020303646972950001490000002100000003046e616d6595000666696c746572047479706\
    5020f03646972950001490000002100000003046e616d6595000670757267656404747970650204036469729\
    500014f0000001e00000002046e616d659500046563686f08617267436f756e7421000000010000002000000\
    003046e616d65950004746578740474797065020703646972950002494f0000002200000002046e616d65950\
    008726564697265637408617267436f756e7421000000010000001d00000003046e616d65950002746f04747\
    97065020a0364697295000149";

/// `S` of the event.
const EVENT_SCHEMA_REQUEST: &str = "\
    414d32530000000504746573740c71756575654465636c617265E";

/// Three arguments.
const EVENT_SCHEMA: &str = "\
    414d3273000000050204746573740c71756575654465636c617265E00030000001800000002046e616d65950\
    0057175657565047479706502060000001a00000002046e616d6595000764757261626c650474797065020b0\
    000001c00000002046e616d65950009617267756d656e74730474797065020f";

/// `G` with `_package` and `_class`.
const QUERY_BY_CLASS: &str = "\
    414d3247000000060000002300000002085f7061636b61676595000474657374065f636c6173739500057175\
    657565";

/// `G` with `_objectid`.
const QUERY_BY_ID: &str = "\
    414d3247000000070000002b00000001095f6f626a656374696495001a302d302d312d302d34353635333832\
    3036363831303335373635";

/// name a, durable, no alt, owner guest, one argument; depth 1, age 9.
const OBJECT: &str = "\
    414d3267000000060474657374057175657565Q000000003b9aca07000000000000000500000000000000000\
    0000000100000000655f314839df3f5020161010567756573740000001c000000010e717069642e6d61785f6\
    36f756e7431000000000000000a000000010000000000000009";

/// `purge(5, {'qpid.subject': 'x'})`.
const CALL: &str = "\
    414d324d0000000800000000100000000655f314839df3f50474657374057175657565Q05707572676500000\
    00500000015000000010c717069642e7375626a65637495000178";

/// OK, and 3 purged.
const CALLED: &str = "\
    414d326d000000080000000000024f4b0000000000000003";

/// `c` and `i` of the object.
const PUSHED: &str = "\
    414d3263000000000474657374057175657565Q000000003b9aca07000000000000000500000000000000000\
    0000000100000000655f314839df3f5020161010567756573740000001c000000010e717069642e6d61785f6\
    36f756e7431000000000000000a414d3269000000000474657374057175657565Q000000003b9aca07000000\
    0000000005000000000000000000000000100000000655f314839df3f5000000010000000000000009";

/// An event at 258 ns: q, durable, {'a': 'b'}.
const EVENT: &str = "\
    414d32650000000004746573740c71756575654465636c617265E0000000000000102060171010000000a000\
    00001016195000162";

/// `Q` and `E` stand for the hashes of the class and of the event.
fn bytes(text: &str) -> Vec<u8> {
    let hex = |hash: Hash| hash.0.map(|byte| format!("{byte:02x}")).concat();
    let text = text.replace('Q', &hex(Hash::of(&QUEUE)));
    let text = text.replace('E', &hex(Hash::of_event(&DECLARED)));
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

fn objects() -> Objects {
    Objects { objects: vec![queue("a", 1)], ..Objects::default() }
}

#[test]
fn schemas_are_as_a_console_reads_them() {
    assert_eq!(ask(&objects(), &bytes(SCHEMA_REQUEST)), [bytes(SCHEMA)]);
    assert_eq!(ask(&objects(), &bytes(EVENT_SCHEMA_REQUEST)), [bytes(EVENT_SCHEMA)]);
}

#[test]
fn objects_are_as_a_console_reads_them() {
    let bodies = ask(&objects(), &bytes(QUERY_BY_CLASS));
    assert_eq!(bodies[0], bytes(OBJECT));
    let mut same = bytes(OBJECT);
    same[7] = 7;
    assert_eq!(ask(&objects(), &bytes(QUERY_BY_ID))[0], same);
}

#[test]
fn a_call_is_as_a_console_makes_it() {
    let objects = objects();
    assert_eq!(ask(&objects, &bytes(CALL)), [bytes(CALLED)]);
    let filter = Value::Map(vec![("qpid.subject".to_owned(), "x".into())]);
    let arguments = vec![("count".to_owned(), Value::Unsigned(5)), ("filter".to_owned(), filter)];
    assert_eq!(*objects.calls.borrow(), [(queue("a", 1).name, "purge", arguments)]);
}

#[test]
fn pushed_objects_are_as_a_console_reads_them() {
    let mut pushed = Vec::new();
    Publisher::new().publish(&agent(), &objects(), NOW_NS, &|_| true, &mut |message| {
        pushed.push((message.to.routing_key, message.body));
        true
    });
    assert_eq!(pushed, [("console.obj.1.0.test.queue".to_owned(), bytes(PUSHED))]);
}

#[test]
fn events_are_as_a_console_reads_them() {
    let values = vec!["q".into(), true.into(), Value::Map(vec![("a".to_owned(), "b".into())])];
    let message = agent().event(&Event { class: &DECLARED, at_ns: 258, values });
    assert_eq!(message.to.exchange, "qpid.management");
    assert_eq!(message.to.routing_key, "console.event.1.0.test.queueDeclare");
    assert_eq!(message.body, bytes(EVENT));
}

proptest! {
    #[test]
    fn a_consoles_request_with_any_bytes_changed_is_answered_or_ignored(
        request in prop::sample::select(vec![SCHEMA_REQUEST, QUERY_BY_CLASS, QUERY_BY_ID, CALL]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = bytes(request);
        for (place, byte) in changes {
            let place = place.index(body.len());
            body[place] = byte;
        }
        ask(&objects(), &body);
        body.truncate(cut.index(body.len()));
        prop_assert!(ask(&objects(), &body).len() <= 2);
    }
}
