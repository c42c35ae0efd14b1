//! Which type of a file is asked.

use super::*;
use crate::authoring::brought::Brought;

fn question(type_name: &str, expression: Option<&str>, bind: &[&str]) -> Question {
    let bindings: Vec<String> = bind.iter().map(|text| (*text).to_owned()).collect();
    let type_name = (!type_name.is_empty()).then(|| type_name.to_owned());
    Question::read(type_name, None, expression.map(str::to_owned), &bindings, None).unwrap()
}

fn chosen(types: &[(Kind, &str)], question: &Question) -> Result<String, String> {
    let subject = Brought::new(types).subject(question);
    subject.map(|it| it.factory.type_name).map_err(|error| error.to_string())
}

const BOTH: [(Kind, &str); 3] =
    [(Kind::Auth, "login"), (Kind::Filter, "equal"), (Kind::Exchange, "x-key")];

#[test]
fn what_is_given_says_which_kind_is_meant() {
    assert_eq!(chosen(&BOTH, &question("", Some("a"), &[])), Ok("equal".to_owned()));
    assert_eq!(chosen(&BOTH, &question("", None, &["{}"])), Ok("x-key".to_owned()));
    assert_eq!(chosen(&BOTH[..2], &question("", None, &[])), Ok("equal".to_owned()));
}

#[test]
fn several_types_want_a_name() {
    let several = "./brought.so: which type? --type NAME, one of equal, x-key".to_owned();
    assert_eq!(chosen(&BOTH, &question("", None, &[])), Err(several));
    assert_eq!(chosen(&BOTH, &question("x-key", None, &[])), Ok("x-key".to_owned()));
    let none = "./brought.so: no type 'x'; there are: login, equal, x-key".to_owned();
    assert_eq!(chosen(&BOTH, &question("x", None, &[])), Err(none));
}

#[test]
fn an_option_of_the_other_kind_is_refused() {
    let bind = "--bind means nothing for filter 'equal'".to_owned();
    assert_eq!(chosen(&BOTH, &question("equal", None, &["{}"])), Err(bind));
    let expression = "--expression means nothing for exchange 'x-key'".to_owned();
    assert_eq!(chosen(&BOTH, &question("x-key", Some("a"), &[])), Err(expression));
}

#[test]
fn other_kinds_are_sent_to_the_conformance_kit() {
    let said = chosen(&BOTH[..1], &question("", None, &[])).unwrap_err();
    assert!(said.starts_with("auth 'login': filters and exchanges are asked"), "{said}");
    assert!(said.ends_with("philter-plugin-conformance ./brought.so"), "{said}");
}
