//! Conditions as consoles write them, against one queue.

use philter_protocol::v0_10::value::Value as Wire;
use proptest::prelude::*;

use super::*;
use crate::object::ObjectName;
use crate::schema::{QUEUE, VHOST};

fn queue() -> Object {
    let value = |column: &str| match column {
        "name" => Some(Value::from("q1")),
        "durable" => Some(Value::Bool(true)),
        "msgDepth" => Some(Value::Unsigned(10)),
        "vhostRef" => Some(Value::Reference(ObjectName::new(&VHOST, "v"))),
        _ => None,
    };
    let values = QUEUE.columns().map(|(column, _)| value(column)).collect();
    let name = ObjectName::new(&QUEUE, "q1");
    Object { class: &QUEUE, name, created_ns: 1, deleted_ns: 0, values }
}

fn word(text: &str) -> Wire {
    Wire::Str16(text.to_owned())
}

fn list(items: impl IntoIterator<Item = Wire>) -> Wire {
    Wire::List(items.into_iter().collect())
}

fn quote(value: Wire) -> Wire {
    list([word("quote"), value])
}

fn compared(operator: &str, attribute: &str, value: Wire) -> Wire {
    list([word(operator), word(attribute), quote(value)])
}

fn holds(condition: &Wire) -> bool {
    Predicate::decode(condition).unwrap().holds(&queue())
}

#[test]
fn compares_attributes_with_values() {
    assert!(holds(&compared("eq", "name", word("q1"))));
    assert!(holds(&compared("eq", "name", Wire::Vbin16(b"q1".to_vec()))));
    assert!(holds(&compared("ne", "name", word("q2"))));
    assert!(holds(&compared("lt", "name", word("q2"))));
    assert!(holds(&compared("eq", "durable", Wire::Bool(true))));
    assert!(holds(&compared("eq", "vhostRef", word("org.apache.qpid.broker:vhost:v"))));
    for (operator, below, same, above) in [
        ("eq", false, true, false),
        ("ne", true, false, true),
        ("lt", false, false, true),
        ("le", false, true, true),
        ("gt", true, false, false),
        ("ge", true, true, false),
    ] {
        let against = |number| holds(&compared(operator, "msgDepth", number));
        assert_eq!([9, 10, 11].map(|number| against(Wire::Int64(number))), [below, same, above]);
        assert_eq!([9.5, 10.0, 10.5].map(|one| against(Wire::Double(one))), [below, same, above]);
        assert_eq!(["9", "10", "11"].map(|one| against(word(one))), [below, same, above]);
    }
}

#[test]
fn what_is_absent_compares_with_nothing() {
    for operator in ["eq", "ne", "lt", "le", "gt", "ge"] {
        assert!(!holds(&compared(operator, "altExchange", word("x"))));
        assert!(!holds(&compared(operator, "fleet", Wire::Int8(0))));
    }
    assert!(!holds(&list([word("exists"), word("altExchange")])));
    assert!(holds(&list([word("exists"), word("name")])));
}

#[test]
fn joins_conditions() {
    let (yes, no) = (list([word("true")]), list([word("false")]));
    let join = |operator: &str, items: &[&Wire]| {
        holds(&list([word(operator)].into_iter().chain(items.iter().copied().cloned())))
    };
    assert!(join("and", &[&yes, &yes]) && !join("and", &[&yes, &no]) && join("and", &[]));
    assert!(join("or", &[&no, &yes]) && !join("or", &[&no, &no]) && !join("or", &[]));
    assert!(join("not", &[&no]) && !join("not", &[&no, &yes]));
}

#[test]
fn says_what_is_wrong_with_a_condition() {
    let error = |condition: &Wire| Predicate::decode(condition).unwrap_err();
    assert_eq!(error(&word("eq")), PredicateError::NoOperation);
    assert_eq!(error(&list([])), PredicateError::NoOperation);
    let unknown = PredicateError::UnknownOperator("re_match".to_owned());
    assert_eq!(error(&compared("re_match", "name", word(".*"))), unknown);
    let count = |operator: &str| PredicateError::OperandCount(operator.to_owned());
    assert_eq!(error(&list([word("eq"), word("name")])), count("eq"));
    assert_eq!(error(&list([word("true"), word("x")])), count("true"));
    assert_eq!(error(&list([word("exists"), Wire::Int8(1)])), PredicateError::NoOperand);
    let many = list([word("and")].into_iter().chain(vec![list([word("true")]); 64]));
    assert_eq!(error(&many), PredicateError::TooLong);
}

proptest! {
    /// Of three comparisons of two numbers one holds, and the others follow from them.
    #[test]
    fn numbers_have_one_order(number in any::<u64>()) {
        let of = |operator: &str| holds(&compared(operator, "msgDepth", Wire::Uint64(number)));
        let (less, equal, greater) = (of("lt"), of("eq"), of("gt"));
        prop_assert_eq!(u8::from(less) + u8::from(equal) + u8::from(greater), 1);
        prop_assert_eq!(of("le"), less || equal);
        prop_assert_eq!(of("ge"), greater || equal);
        prop_assert_eq!(of("ne"), !equal);
    }
}
