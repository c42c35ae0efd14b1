//! What expressions ask of a JSON body. What none asks for is passed over while the body is read.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use crate::json::Json;
use crate::path::{Path, Step};
use crate::scan;
use crate::value::Scalar;

/// The places that are asked for. Each has a number, counted from 0.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    root: Place,
    count: usize,
}

/// A place that is asked for, or on the way to one.
#[derive(Debug, Default)]
pub(crate) struct Place {
    number: Option<usize>,
    members: Vec<(String, Place)>,
    elements: Vec<(usize, Place)>,
}

/// What is at the places of a body.
#[derive(Debug, PartialEq)]
pub(crate) struct Found<'b> {
    /// By their numbers.
    values: SmallVec<[Scalar<'b>; 2]>,
    /// Texts that do not stand in the body as they are, and their numbers.
    unescaped: Vec<(usize, String)>,
}

impl Wanted {
    /// Adds a place, and says its number.
    pub(crate) fn add(&mut self, path: &Path) -> usize {
        let place = path.0.iter().fold(&mut self.root, |place, step| match step {
            Step::Member(name) => below(&mut place.members, name),
            Step::Element(index) => below(&mut place.elements, index),
        });
        *place.number.get_or_insert_with(|| {
            self.count += 1;
            self.count - 1
        })
    }

    /// What is at the places in a body.
    ///
    /// # Errors
    /// All of it is checked: why it is no JSON.
    pub(crate) fn read<'b>(&self, body: &'b [u8]) -> Result<Found<'b>, String> {
        let mut found = self.nothing();
        if scan::read(self.root(), body, &mut found).is_none() {
            // The scan does not say why.
            found = self.pick(&Json::read(body)?);
        }
        Ok(found)
    }

    pub(crate) fn root(&self) -> &Place {
        &self.root
    }

    /// Before anything is found.
    pub(crate) fn nothing<'b>(&self) -> Found<'b> {
        Found { values: smallvec![Scalar::Null; self.count], unescaped: Vec::new() }
    }

    /// What is at the places in a tree.
    pub(crate) fn pick<'b>(&self, tree: &Json<'b>) -> Found<'b> {
        let mut found = self.nothing();
        self.root.pick(tree, &mut found);
        found
    }
}

impl Place {
    /// What is asked of a member.
    pub(crate) fn member(&self, name: &[u8]) -> Option<&Place> {
        self.members.iter().find(|(own, _)| own.as_bytes() == name).map(|(_, place)| place)
    }

    /// What is asked of an element.
    pub(crate) fn element(&self, index: usize) -> Option<&Place> {
        self.elements.iter().find(|(own, _)| *own == index).map(|(_, place)| place)
    }

    /// Notes what is here. Of members with one name the last one counts: nothing is left of what
    /// was found here before, nor below.
    pub(crate) fn note<'b>(&self, value: Scalar<'b>, found: &mut Found<'b>) {
        if let Some(number) = self.number {
            found.note(number, value);
        }
        if !(self.members.is_empty() && self.elements.is_empty()) {
            self.forget_below(found);
        }
    }

    fn forget_below(&self, found: &mut Found<'_>) {
        self.members.iter().for_each(|(_, place)| place.note(Scalar::Null, found));
        self.elements.iter().for_each(|(_, place)| place.note(Scalar::Null, found));
    }

    /// The same for a text that does not stand in the body as it is.
    pub(crate) fn note_unescaped(&self, text: String, found: &mut Found<'_>) {
        self.note(Scalar::Null, found);
        found.unescaped.extend(self.number.map(|number| (number, text)));
    }

    /// Notes what a tree has, here and below.
    fn pick<'b>(&self, value: &Json<'b>, found: &mut Found<'b>) {
        match value {
            Json::Text(Cow::Owned(text)) => self.note_unescaped(text.clone(), found),
            Json::Text(Cow::Borrowed(text)) => self.note(Scalar::Text(text), found),
            Json::Null => self.note(Scalar::Null, found),
            Json::Bool(value) => self.note(Scalar::Bool(*value), found),
            Json::Unsigned(value) => self.note(Scalar::Number(*value as f64), found),
            Json::Signed(value) => self.note(Scalar::Number(*value as f64), found),
            Json::Float(value) => self.note(Scalar::Number(*value), found),
            Json::Array(elements) => {
                self.note(Scalar::Other, found);
                for (index, element) in elements.iter().enumerate() {
                    self.element(index).inspect(|place| place.pick(element, found));
                }
            }
            Json::Object(members) => {
                self.note(Scalar::Other, found);
                for (name, value) in members {
                    self.member(name.as_bytes()).inspect(|place| place.pick(value, found));
                }
            }
        }
    }
}

impl<'b> Found<'b> {
    /// What is at a place by its number.
    pub(crate) fn at(&self, number: usize) -> Scalar<'_> {
        let unescaped = self.unescaped.iter().find(|(of, _)| *of == number);
        let value = || self.values.get(number).copied().unwrap_or(Scalar::Null);
        unescaped.map_or_else(value, |(_, text)| Scalar::Text(text))
    }

    fn note(&mut self, number: usize, value: Scalar<'b>) {
        if let Some(own) = self.values.get_mut(number) {
            *own = value;
        }
        self.unescaped.retain(|(of, _)| *of != number);
    }
}

fn below<'w, K: Clone + PartialEq>(all: &'w mut Vec<(K, Place)>, key: &K) -> &'w mut Place {
    let index = all.iter().position(|(own, _)| own == key).unwrap_or(all.len());
    if index == all.len() {
        all.push((key.clone(), Place::default()));
    }
    &mut all[index].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Operand;
    use crate::parse::parse;

    /// What is at the places of a condition, in their order there.
    fn found(condition: &str, body: &[u8]) -> Result<String, String> {
        let mut condition = parse(condition).unwrap().condition;
        let mut wanted = Wanted::default();
        condition.ask(&mut wanted);
        let found = wanted.read(body)?;
        let mut values = Vec::new();
        condition.visit(&mut |operand| {
            if let Operand::Body(_, number) = operand {
                values.push(found.at(*number).to_json().to_string());
            }
        });
        Ok(values.join(" "))
    }

    #[test]
    fn what_is_asked_for_is_found() {
        let condition = "$.a.b = 1 or $.list[1].x or $.a or $.c or $.list[0] or $.list or $.no";
        let body = br#"{"z":[{"a":1}],"a":{"x":[1],"b":2},"list":[7,{"x":8,"y":9},10],"c":"\n"}"#;
        assert_eq!(
            found(condition, body).unwrap(),
            r#"2.0 8.0 "(no scalar)" "\n" 7.0 "(no scalar)" null"#
        );
        assert_eq!(found("$ or $.a", b" true ").unwrap(), "true null");
    }

    #[test]
    fn what_is_passed_over_has_to_be_json_as_well() {
        for body in [
            &br#"{"a":1,"b":[}"#[..],
            br#"{"a":1} x"#,
            b"{\"a\":1,\"b\":\"\xff\"}",
            br#"{"a":1,"b":"\x"}"#,
            b"",
        ] {
            assert!(found("$.a", body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn what_has_no_value_is_told_where_somebody_asks_for_it() {
        for (value, why) in [("1e999", "number out of range"), (r#""\ud83d""#, "hex escape")] {
            let body = format!(r#"{{"a":1,"b":{value}}}"#);
            assert_eq!(found("$.a", body.as_bytes()).unwrap(), "1.0");
            let error = found("$.b", body.as_bytes()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn of_two_members_with_one_name_the_last_one_counts() {
        let paths = "$.a or $.a.b or $.a[0]";
        for (body, expected) in [
            (r#"{"a":1,"b":3,"a":2}"#, "2.0 null null"),
            (r#"{"a":"\n","a":2}"#, "2.0 null null"),
            (r#"{"a":2,"a":"\n"}"#, r#""\n" null null"#),
            (r#"{"a":{"b":"\n"},"a":[4]}"#, r#""(no scalar)" null 4.0"#),
            (r#"{"a":[4],"a":{"b":3},"a":{}}"#, r#""(no scalar)" null null"#),
        ] {
            assert_eq!(found(paths, body.as_bytes()).unwrap(), expected, "{body}");
        }
    }
}
