//! A JSON body as a tree that borrows its texts from the body.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    /// Members in their order, of which two may have one name.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why a body is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unread(pub(crate) String);

impl Unread {
    /// Of a body that is no JSON.
    pub(crate) fn no_json(body: &[u8]) -> Self {
        let why = match std::str::from_utf8(body) {
            Ok(text) => serde_json::from_str::<IgnoredAny>(text).err().map(|why| why.to_string()),
            Err(error) => Some(error.to_string()),
        };
        Self(format!("the body is no JSON: {}", why.unwrap_or_default()))
    }
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Self(format!("the body is no JSON: {error}"))
    }
}

impl From<Unread> for philter_plugin_api::Error {
    fn from(error: Unread) -> Self {
        Self::invalid(error.0)
    }
}

impl<'a> Json<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// It is no JSON.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Unread> {
        Ok(serde_json::from_slice(body)?)
    }

    /// The members of a name, of which there may be several that a reader takes for the one.
    pub(crate) fn members_mut(&mut self, name: &str) -> impl Iterator<Item = &mut Json<'a>> {
        let members = match self {
            Json::Object(members) => members.as_mut_slice(),
            _ => &mut [],
        };
        members.iter_mut().filter(move |(own, _)| own == name).map(|(_, value)| value)
    }

    pub(crate) fn element_mut(&mut self, index: usize) -> Option<&mut Json<'a>> {
        let Json::Array(elements) = self else { return None };
        elements.get_mut(index)
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonReader)
    }
}

struct JsonReader;

impl<'de> Visitor<'de> for JsonReader {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Signed(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json<'de>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name, borrowed where nothing in it is escaped.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameReader;

        impl<'de> Visitor<'de> for NameReader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameReader)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Unsigned(value) => serializer.serialize_u64(*value),
            Json::Signed(value) => serializer.serialize_i64(*value),
            Json::Float(value) => serializer.serialize_f64(*value),
            Json::Text(text) => serializer.serialize_str(text),
            Json::Array(elements) => serializer.collect_seq(elements),
            Json::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again_in_its_order() {
        let body = r#"{"b":[1,-2,0.5,true,null],"a":"x","a\n":{"":"é\"\u0001"}}"#;
        let tree = Json::read(body.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&tree).unwrap(), body);
    }

    #[test]
    fn texts_without_escapes_are_borrowed() {
        let mut tree = Json::read(br#"{"a":"b","c":"\n"}"#).unwrap();
        let mut is_borrowed =
            |name| tree.members_mut(name).all(|text| matches!(text, Json::Text(Cow::Borrowed(_))));
        assert!(is_borrowed("a") && !is_borrowed("c"));
    }

    #[test]
    fn all_members_of_a_name_are_found_to_change() {
        let mut tree = Json::read(br#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(tree.members_mut("a").count(), 2);
    }
}
