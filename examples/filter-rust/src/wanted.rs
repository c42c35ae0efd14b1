//! What expressions ask of a JSON body. What none asks for is passed over while the body is read.

use smallvec::{SmallVec, smallvec};

use crate::json::Unread;
use crate::path::{Path, Step};
use crate::scan::{self, Fault};
use crate::value::Scalar;

/// The places that are asked for, and those on the way to them. Each has a number, counted from 0.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// The place of the body, which has the number 0.
    root: Place,
    /// Places below it.
    count: usize,
}

/// A place.
#[derive(Debug, Default)]
pub(crate) struct Place {
    number: usize,
    members: Vec<(String, Place)>,
    elements: Vec<(usize, Place)>,
}

/// What is at the places of a body.
///
/// Of members with one name the last one counts: what was noted before its container was noted
/// again is not there any more.
#[derive(Debug)]
pub(crate) struct Found<'b> {
    /// By the numbers of the places.
    noted: SmallVec<[Noted<'b>; 2]>,
    /// The order of the last note.
    last: usize,
    /// Texts that do not stand in the body as they are.
    unescaped: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Noted<'b> {
    /// The number of the note, counted from 1; 0: nothing was noted.
    order: usize,
    value: Value<'b>,
}

#[derive(Clone, Copy, Debug)]
enum Value<'b> {
    Scalar(Scalar<'b>),
    /// By its number.
    Unescaped(usize),
}

impl Wanted {
    /// Adds a place, and says the numbers of those on the way to it, its own one last.
    pub(crate) fn add(&mut self, path: &Path) -> Vec<usize> {
        let Self { root, count } = self;
        let (mut place, mut way) = (root, vec![0]);
        for step in &path.0 {
            place = match step {
                Step::Member(name) => below(&mut place.members, name, count),
                Step::Element(index) => below(&mut place.elements, index, count),
            };
            way.push(place.number);
        }
        way
    }

    /// What is at the places in a body.
    ///
    /// # Errors
    /// All of it is checked: it is no JSON, or something that is asked for has no value.
    pub(crate) fn read<'b>(&self, body: &'b [u8]) -> Result<Found<'b>, Unread> {
        let nothing = Noted { order: 0, value: Value::Scalar(Scalar::Null) };
        let noted = smallvec![nothing; self.count + 1];
        let mut found = Found { noted, last: 0, unescaped: Vec::new() };
        match scan::read(&self.root, body, &mut found) {
            Ok(()) => Ok(found),
            Err(Fault::Syntax) => Err(Unread::no_json(body)),
            Err(Fault::Number { at }) => {
                Err(Unread(format!("the number at byte {at} is too large")))
            }
            Err(Fault::Text { at }) => {
                Err(Unread(format!("the text at byte {at} has half of a surrogate pair")))
            }
        }
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

    /// Whether nothing is asked for below.
    pub(crate) fn is_last(&self) -> bool {
        self.members.is_empty() && self.elements.is_empty()
    }

    /// Notes what is here.
    pub(crate) fn note<'b>(&self, value: Scalar<'b>, found: &mut Found<'b>) {
        found.note(self.number, Value::Scalar(value));
    }

    /// The same for a text that does not stand in the body as it is.
    pub(crate) fn note_unescaped(&self, text: String, found: &mut Found<'_>) {
        found.note(self.number, Value::Unescaped(found.unescaped.len()));
        found.unescaped.push(text);
    }
}

impl<'b> Found<'b> {
    /// What is at a place, by the numbers of those on the way to it; null where nothing is.
    pub(crate) fn at(&self, way: &[usize]) -> Scalar<'_> {
        let (mut order, mut value) = (0, Value::Scalar(Scalar::Null));
        for number in way {
            match self.noted.get(*number) {
                Some(noted) if noted.order > order => (order, value) = (noted.order, noted.value),
                _ => return Scalar::Null,
            }
        }
        match value {
            Value::Scalar(scalar) => scalar,
            Value::Unescaped(number) => {
                self.unescaped.get(number).map_or(Scalar::Null, |text| Scalar::Text(text))
            }
        }
    }

    fn note(&mut self, number: usize, value: Value<'b>) {
        self.last += 1;
        if let Some(noted) = self.noted.get_mut(number) {
            *noted = Noted { order: self.last, value };
        }
    }
}

/// The place of a key, which is made where it is not there.
fn below<'p, K: Clone + PartialEq>(
    all: &'p mut Vec<(K, Place)>,
    key: &K,
    count: &mut usize,
) -> &'p mut Place {
    let index = all.iter().position(|(own, _)| own == key).unwrap_or(all.len());
    if index == all.len() {
        *count += 1;
        all.push((key.clone(), Place { number: *count, ..Place::default() }));
    }
    &mut all[index].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Operand;
    use crate::parse::parse;

    /// What is at the places of a condition, in their order there.
    fn found(condition: &str, body: &[u8]) -> Result<String, Unread> {
        let mut condition = parse(condition).unwrap().condition;
        let mut wanted = Wanted::default();
        condition.ask(&mut wanted);
        let found = wanted.read(body)?;
        let mut values = Vec::new();
        condition.visit(&mut |operand| {
            if let Operand::Body(_, way) = operand {
                values.push(found.at(way).to_json().to_string());
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
        let (number, text) = ("1e999", r#""\ud83d""#);
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let before = format!(r#"{{"x":[{number},{text},{deep}],"a":1,"b":"#);
        let at = before.len();
        let (large, half) = ("is too large", "has half of a surrogate pair");
        for (value, why) in [
            (number, format!("the number at byte {at} {large}")),
            (text, format!("the text at byte {at} {half}")),
        ] {
            let body = format!("{before}{value}}}");
            assert_eq!(found("$.a", body.as_bytes()).unwrap(), "1.0");
            assert_eq!(found("$.b", body.as_bytes()), Err(Unread(why)), "{body}");
        }
        let body = format!(r#"{{"a":1, {text} :2}}"#);
        let why = Unread(format!("the text at byte 8 {half}"));
        assert_eq!(found("$.a", body.as_bytes()), Err(why));
    }

    #[test]
    fn nothing_is_too_deep_where_nobody_asks_for_it() {
        for depth in [126, 127, 128, 129, 10_000] {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            let body = |value: &str| format!(r#"{{"a":1,"b":{open}{value}{close}}}"#);
            assert_eq!(
                found("$.a or $.b", body("\"é\"").as_bytes()).unwrap(),
                r#"1.0 "(no scalar)""#
            );
            for wrong in ["x", "\"\u{1}\"", "\"", "]"] {
                assert!(found("$.a", body(wrong).as_bytes()).is_err(), "{depth} {wrong}");
            }
            let broken = [body("").as_bytes(), b"\""].concat();
            assert!(found("$.a", &broken).is_err(), "{depth}");
            let deepest = format!("$.b{}", "[0]".repeat(126));
            let is_there = if depth >= 127 { r#""(no scalar)""# } else { "null" };
            assert_eq!(found(&deepest, body("").as_bytes()).unwrap(), is_there, "{depth}");
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
            (r#"{"a":{"b":3},"a":4,"a":{"b":5}}"#, r#""(no scalar)" 5.0 null"#),
        ] {
            assert_eq!(found(paths, body.as_bytes()).unwrap(), expected, "{body}");
        }
    }
}
