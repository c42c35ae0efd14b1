//! Values in JSON. What JSON has is itself: text is a string, a whole number a long (past that a
//! ulong), another number a double, an object a map, a list a list. Every other type of AMQP 1.0 is
//! an object with one key that begins with `$`: `{"$timestamp": 1700000000000}`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use philter_plugin_api::{Value, ValueRef, encode_map};
use serde_json::{Map, Value as Json};

use super::Fault;

/// What an object's key may be tagged with.
const TAGS: [&str; 24] = [
    "null",
    "bool",
    "ubyte",
    "ushort",
    "uint",
    "ulong",
    "byte",
    "short",
    "int",
    "long",
    "float",
    "double",
    "decimal32",
    "decimal64",
    "decimal128",
    "char",
    "timestamp",
    "uuid",
    "binary",
    "string",
    "symbol",
    "array",
    "map",
    "described",
];

/// The value that JSON stands for.
///
/// # Errors
/// The field, what was found and what is wanted; or a value past the limits of an encoded one.
pub(crate) fn value(json: &Json) -> Result<Value, Fault> {
    let read = untested(json)?;
    // So nothing is recorded that would be no value at all to the plugin.
    ValueRef::parse(&read.encode()).map_err(|error| Fault::new(error.to_string()))?;
    Ok(read)
}

/// An object as an encoded map.
///
/// # Errors
/// As for [`value`].
pub(crate) fn map(json: &Json) -> Result<Vec<u8>, Fault> {
    let pairs = object(json)?
        .iter()
        .map(|(name, json)| Ok((name, value(json).map_err(|fault| fault.in_field(name))?)));
    Ok(encode_map(pairs.collect::<Result<Vec<_>, Fault>>()?))
}

/// An object's fields.
///
/// # Errors
/// Something else.
pub(crate) fn object(json: &Json) -> Result<&Map<String, Json>, Fault> {
    json.as_object().ok_or_else(|| Fault::new(format!("{json} is no object")))
}

/// A text.
///
/// # Errors
/// Something else.
pub(crate) fn text(json: &Json) -> Result<String, Fault> {
    let text = json.as_str().ok_or_else(|| Fault::new(format!("{json} is no text")))?;
    Ok(text.to_owned())
}

/// A whole number of the type of this name.
///
/// # Errors
/// Something else, or a number that does not fit.
pub(crate) fn integer<T: TryFrom<i128>>(json: &Json, type_name: &str) -> Result<T, Fault> {
    let wide = json.as_i64().map(i128::from).or_else(|| json.as_u64().map(i128::from));
    wide.and_then(|wide| T::try_from(wide).ok())
        .ok_or_else(|| Fault::new(format!("{json} is no whole number that fits a {type_name}")))
}

fn untested(json: &Json) -> Result<Value, Fault> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Long(value),
            (None, Some(value)) => Value::Ulong(value),
            (None, None) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::String(text.clone()),
        Json::Array(values) => Value::List(elements(values)?),
        Json::Object(fields) => match tag(fields) {
            Some((key, inner)) => {
                let name = key.trim_start_matches('$');
                tagged(name, inner).map_err(|fault| fault.in_field(key))?
            }
            None => Value::Map(fields.iter().map(pair).collect::<Result<_, _>>()?),
        },
    })
}

/// The one key of a tagged value.
fn tag(fields: &Map<String, Json>) -> Option<(&str, &Json)> {
    let (key, inner) = fields.iter().next()?;
    (fields.len() == 1 && key.starts_with('$')).then_some((key.as_str(), inner))
}

fn pair((name, json): (&String, &Json)) -> Result<(Value, Value), Fault> {
    let value = untested(json).map_err(|fault| fault.in_field(name))?;
    Ok((Value::String(name.clone()), value))
}

fn elements(values: &[Json]) -> Result<Vec<Value>, Fault> {
    let element = |(index, json): (usize, &Json)| {
        untested(json).map_err(|fault| fault.in_field(&index.to_string()))
    };
    values.iter().enumerate().map(element).collect()
}

fn tagged(name: &str, json: &Json) -> Result<Value, Fault> {
    let wrong = |wanted: &str| Fault::new(format!("{json} is no {wanted}"));
    Ok(match name {
        "null" => Value::Null,
        "bool" => Value::Bool(json.as_bool().ok_or_else(|| wrong("true or false"))?),
        "ubyte" => Value::Ubyte(integer(json, name)?),
        "ushort" => Value::Ushort(integer(json, name)?),
        "uint" => Value::Uint(integer(json, name)?),
        "ulong" => Value::Ulong(integer(json, name)?),
        "byte" => Value::Byte(integer(json, name)?),
        "short" => Value::Short(integer(json, name)?),
        "int" => Value::Int(integer(json, name)?),
        "long" => Value::Long(integer(json, name)?),
        "timestamp" => Value::Timestamp(integer(json, name)?),
        #[allow(clippy::cast_possible_truncation, reason = "the nearest float is what is meant")]
        "float" => Value::Float(real(json)? as f32),
        "double" => Value::Double(real(json)?),
        "decimal32" => Value::Decimal32(octets(json)?),
        "decimal64" => Value::Decimal64(octets(json)?),
        "decimal128" => Value::Decimal128(octets(json)?),
        "uuid" => Value::Uuid(octets(json)?),
        "char" => Value::Char(character(json)?),
        "binary" => {
            let bytes = BASE64_STANDARD.decode(text(json)?);
            Value::Binary(bytes.map_err(|error| Fault::new(format!("no base64: {error}")))?)
        }
        "string" => Value::String(text(json)?),
        "symbol" => Value::Symbol(text(json)?),
        "array" => Value::Array(elements(json.as_array().ok_or_else(|| wrong("list"))?)?),
        "map" => Value::Map(pairs(json)?),
        "described" => Value::Described(Box::new(two(json)?)),
        _ => return Err(unknown_tag()),
    })
}

fn unknown_tag() -> Fault {
    Fault::new(format!("no such type; there are ${}", TAGS.join(", $")))
}

/// A number, or a text where JSON has none for it.
fn real(json: &Json) -> Result<f64, Fault> {
    match json.as_str() {
        Some("NaN") => Ok(f64::NAN),
        Some("Infinity") => Ok(f64::INFINITY),
        Some("-Infinity") => Ok(f64::NEG_INFINITY),
        _ => json.as_f64().ok_or_else(|| {
            Fault::new(format!("{json} is neither a number nor NaN, Infinity or -Infinity"))
        }),
    }
}

/// Hexadecimal digits, two a byte; a uuid's dashes are passed over.
fn octets<const BYTES: usize>(json: &Json) -> Result<[u8; BYTES], Fault> {
    let wrong = || Fault::new(format!("{json} is no text of {} hexadecimal digits", BYTES * 2));
    let digits: String = text(json)?.chars().filter(|c| *c != '-').collect();
    if digits.len() != BYTES * 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let mut octets = [0; BYTES];
    for (octet, pair) in octets.iter_mut().zip(digits.as_bytes().chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
        *octet = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
    }
    Ok(octets)
}

fn character(json: &Json) -> Result<char, Fault> {
    let text = text(json)?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Fault::new(format!("{json} is no single character"))),
    }
}

/// A map whose keys are of any type: a list of lists of two.
fn pairs(json: &Json) -> Result<Vec<(Value, Value)>, Fault> {
    let wrong = || Fault::new(format!("{json} is no list of lists of two"));
    let pairs = json.as_array().ok_or_else(wrong)?.iter().enumerate();
    pairs.map(|(index, pair)| two(pair).map_err(|it| it.in_field(&index.to_string()))).collect()
}

fn two(json: &Json) -> Result<(Value, Value), Fault> {
    match json.as_array().map(Vec::as_slice) {
        Some([first, second]) => Ok((untested(first)?, untested(second)?)),
        _ => Err(Fault::new(format!("{json} is no list of two"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_json_has_is_itself() {
        for (json, wanted) in [
            (json!(null), Value::Null),
            (json!(true), Value::Bool(true)),
            (json!(-1), Value::Long(-1)),
            (json!(u64::MAX), Value::Ulong(u64::MAX)),
            (json!(1.5), Value::Double(1.5)),
            (json!("a"), Value::from("a")),
            (json!([1]), Value::List(vec![Value::Long(1)])),
            (json!({ "a": 1 }), Value::Map(vec![(Value::from("a"), Value::Long(1))])),
            (json!({}), Value::Map(vec![])),
        ] {
            assert_eq!(value(&json).unwrap(), wanted, "{json}");
        }
    }

    #[test]
    fn every_other_type_has_a_tag() {
        let uuid = "00010203-0405-0607-0809-0a0b0c0d0e0f";
        let octets = std::array::from_fn(|index| u8::try_from(index).unwrap());
        for (json, wanted) in [
            (json!({ "$ubyte": 255 }), Value::Ubyte(255)),
            (json!({ "$int": -5 }), Value::Int(-5)),
            (json!({ "$float": 0.5 }), Value::Float(0.5)),
            (json!({ "$double": "-Infinity" }), Value::Double(f64::NEG_INFINITY)),
            (json!({ "$decimal32": "000000ff" }), Value::Decimal32([0, 0, 0, 255])),
            (json!({ "$char": "é" }), Value::Char('é')),
            (json!({ "$timestamp": 1 }), Value::Timestamp(1)),
            (json!({ "$uuid": uuid }), Value::Uuid(octets)),
            (json!({ "$binary": "AAE=" }), Value::Binary(vec![0, 1])),
            (json!({ "$symbol": "s" }), Value::Symbol("s".to_owned())),
            (json!({ "$array": [1, 2] }), Value::Array(vec![Value::Long(1), Value::Long(2)])),
            (json!({ "$map": [["$x", 1]] }), Value::Map(vec![(Value::from("$x"), Value::Long(1))])),
            (
                json!({ "$described": [{ "$symbol": "d" }, null] }),
                Value::Described(Box::new((Value::Symbol("d".to_owned()), Value::Null))),
            ),
        ] {
            assert_eq!(value(&json).unwrap(), wanted, "{json}");
        }
    }

    #[test]
    fn every_tag_of_the_list_is_read() {
        for tag in TAGS {
            let unknown = tagged(tag, &json!({})).is_err_and(|fault| fault == unknown_tag());
            assert!(!unknown, "{tag}");
        }
        let fault = value(&json!({ "$unit": 1 })).unwrap_err().to_string();
        assert!(fault.starts_with("$unit: no such type; there are $null, $bool, "), "{fault}");
    }

    #[test]
    fn a_fault_names_the_way_to_it() {
        let fault = |json| value(&json).unwrap_err().to_string();
        assert_eq!(
            fault(json!({ "a": [1, { "$short": 40000 }] })),
            "a.1.$short: 40000 is no whole number that fits a short"
        );
        assert_eq!(fault(json!({ "$char": "ab" })), "$char: \"ab\" is no single character");
        assert_eq!(
            fault(json!({ "$uuid": "00" })),
            "$uuid: \"00\" is no text of 32 hexadecimal digits"
        );
    }

    #[test]
    fn what_nests_too_deep_is_refused() {
        let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
        assert!(value(&deep).is_err());
    }
}
