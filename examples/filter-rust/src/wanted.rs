//! What expressions ask of a JSON body. What none asks for is passed over while the body is read.

use crate::json::{Json, Part};
use crate::path::{Path, Step};
use crate::scan;

/// A value that is asked for, itself or something in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    members: Vec<(String, Wanted)>,
    elements: Vec<(usize, Wanted)>,
}

impl Wanted {
    /// Adds a place.
    pub(crate) fn add(&mut self, path: &Path) {
        path.0.iter().fold(self, |wanted, step| match step {
            Step::Member(name) => place(&mut wanted.members, name),
            Step::Element(index) => place(&mut wanted.elements, index),
        });
    }

    /// What is asked of a member.
    pub(crate) fn member(&self, name: &[u8]) -> Option<&Wanted> {
        self.members.iter().find(|(own, _)| own.as_bytes() == name).map(|(_, wanted)| wanted)
    }

    /// What is asked of an element.
    pub(crate) fn element(&self, index: usize) -> Option<&Wanted> {
        self.elements.iter().find(|(own, _)| *own == index).map(|(_, wanted)| wanted)
    }

    /// A body, with what is asked for where it is, and with nothing else in objects; elements that
    /// are passed over are null.
    ///
    /// # Errors
    /// All of it is checked: why it is no JSON.
    pub(crate) fn read<'b>(&self, body: &'b [u8]) -> Result<Json<'b>, String> {
        // Where the scan finds nothing, this says why, or reads what is too deep for it.
        scan::read(self, body).map_or_else(|| Part::Wanted(self).read(body), Ok)
    }
}

fn place<'w, K: Clone + PartialEq>(all: &'w mut Vec<(K, Wanted)>, key: &K) -> &'w mut Wanted {
    let index = all.iter().position(|(own, _)| own == key).unwrap_or(all.len());
    if index == all.len() {
        all.push((key.clone(), Wanted::default()));
    }
    &mut all[index].1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    fn wanted(condition: &str) -> Wanted {
        let mut wanted = Wanted::default();
        parse(condition).unwrap().condition.ask(&mut wanted);
        wanted
    }

    #[test]
    fn what_is_asked_for_is_there_and_nothing_else() {
        let wanted = wanted("$.a.b = 1 or $.list[1].x or $.a or $.c");
        let body =
            br#"{"z":[{"a":1}],"a":{"x":[1],"b":2},"list":[7,{"x":8,"y":9},10],"c":{"d":1}}"#;
        let read = serde_json::to_string(&wanted.read(body).unwrap()).unwrap();
        assert_eq!(read, r#"{"a":{"b":2},"list":[null,{"x":8},null],"c":{}}"#);
    }

    #[test]
    fn what_is_passed_over_has_to_be_json_as_well() {
        let wanted = wanted("$.a");
        for body in [
            &br#"{"a":1,"b":[}"#[..],
            br#"{"a":1} x"#,
            b"{\"a\":1,\"b\":\"\xff\"}",
            br#"{"a":1,"b":"\x"}"#,
            b"",
        ] {
            assert!(wanted.read(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn of_two_members_with_one_name_both_are_there() {
        let read = wanted("$.a").read(br#"{"a":1,"b":3,"a":2}"#).unwrap();
        assert_eq!(read.member("a"), Some(&Json::Unsigned(2)));
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"a":1,"a":2}"#);
    }
}
