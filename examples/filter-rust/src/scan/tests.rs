//! What serde_json reads is what there is to find.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::expression::{Condition, Operand};
use crate::parse::parse;
use crate::path::{Path, Step};
use crate::wanted::{Found, Wanted};

/// A condition, and what it asks for.
fn wanted(condition: &str) -> (Condition, Wanted) {
    let (mut condition, mut wanted) = (parse(condition).unwrap().condition, Wanted::default());
    condition.ask(&mut wanted);
    (condition, wanted)
}

/// What serde_json says of a tree that is JSON all the same.
const NO_VALUES: [&str; 3] = ["out of range", "hex escape", "recursion"];

fn finds_what_serde_json_does(body: &[u8]) {
    for condition in ["$", "$.a.b or $.b[1].a or $[0].a or $[2]"] {
        let (condition, wanted) = wanted(condition);
        let found = wanted.read(body);
        match serde_json::from_slice(body) {
            Ok(tree) => same(&condition, &found.unwrap(), &tree),
            // What is so is told only where somebody asks for it.
            Err(error) if NO_VALUES.iter().any(|it| error.to_string().contains(it)) => {}
            Err(error) => assert!(found.is_err(), "{}: {error}", body.escape_ascii()),
        }
    }
}

fn same(condition: &Condition, found: &Found<'_>, tree: &Value) {
    condition.visit(&mut |operand| {
        if let Operand::Body(path, way) = operand {
            assert_eq!(found.at(way).to_json(), expected(path, tree), "{path} in {tree}");
        }
    });
}

/// What is at a path of a tree, as it is compared.
fn expected(path: &Path, tree: &Value) -> Value {
    let found = path.0.iter().try_fold(tree, |value, step| match step {
        Step::Member(name) => value.as_object()?.get(name),
        Step::Element(index) => value.get(index),
    });
    match found.unwrap_or(&Value::Null) {
        Value::Array(_) | Value::Object(_) => "(no scalar)".into(),
        Value::Number(number) => number.as_f64().into(),
        scalar => scalar.clone(),
    }
}

/// Pieces of JSON, of which some are none by themselves, and some are none at all.
const PIECES: &str = r#"{ } [ ] , : {"a": ,"b": " "a" "b" "\u0061" "\ud83d\ude00" "\ud83d" \ \n \x
    \u00g0 true nul null 0 17 - .5 e+3 1e999 é"#;

/// Space, and what is taken for it.
const SPACES: [&str; 7] = [" ", "\n", "\t", "\0", "\x01", "\x0c", "\x7f"];

/// JSON with names that are asked for, among them some that stand twice.
fn json() -> impl Strategy<Value = String> {
    let number = select(vec![
        "0",
        "-0",
        "-17",
        "0.25",
        "1E-3",
        "5e+2",
        "999999999999999",
        "9007199254740993",
        "18446744073709551616",
    ]);
    let text = any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap());
    let scalar = prop_oneof![
        number.prop_map(str::to_owned),
        select(vec!["true", "false", "null", r#""\/\b\f\u00E9""#]).prop_map(str::to_owned),
        text,
        "\"[ -!#-\\[\\]-~é]{0,200}\"",
    ];
    let name = select(vec![r#""a""#, r#""b""#, r#""\u0061""#, r#""é""#, r#""""#]);
    scalar.prop_recursive(6, 64, 6, move |value| {
        let space = || select(vec!["", "", " ", "\r\n\t"]);
        let member = (space(), name.clone(), space(), value.clone())
            .prop_map(|(before, name, after, value)| format!("{before}{name}{after}:{value}"));
        let element = (space(), value, space())
            .prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        prop_oneof![
            vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
            vec(element, 0..6).prop_map(|elements| format!("[{}]", elements.join(","))),
        ]
    })
}

proptest! {
    #[test]
    fn json_is_read_as_serde_json_reads_it(body in json()) {
        prop_assert!(wanted("$.a").1.read(body.as_bytes()).is_ok());
        finds_what_serde_json_does(body.as_bytes());
    }

    #[test]
    fn what_is_broken_in_one_byte_is_read_as_serde_json_reads_it(
        body in json(), place: proptest::sample::Index, byte: u8
    ) {
        let mut body = body.into_bytes();
        let place = place.index(body.len());
        body[place] = byte;
        finds_what_serde_json_does(&body);
        finds_what_serde_json_does(&body[..place]);
    }

    #[test]
    fn pieces_are_read_as_serde_json_reads_them(
        pieces in vec(select(PIECES.split_whitespace().chain(SPACES).collect::<Vec<_>>()), 0..12)
    ) {
        finds_what_serde_json_does(pieces.concat().as_bytes());
    }

    #[test]
    fn bytes_are_read_as_serde_json_reads_them(body: Vec<u8>) {
        finds_what_serde_json_does(&body);
    }
}

#[test]
fn a_control_character_is_found_anywhere_in_a_text() {
    for bytes in [15, 16, 63, 64, 65, 200] {
        for place in 0..bytes {
            let mut body = format!("[\"{}\"]", "x".repeat(bytes)).into_bytes();
            finds_what_serde_json_does(&body);
            body[2 + place] = 0x1f;
            assert!(wanted("$.a").1.read(&body).is_err());
        }
    }
}
