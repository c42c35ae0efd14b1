//! Arguments of a bind that mean the same on every exchange: they are the core's, and no plugin
//! sees them.

use std::borrow::Cow;

use philter_plugin_api::value::encode_map;
use philter_plugin_api::{MapRef, Protocol, Value, ValueRef};

use crate::virtual_host::transform_argument::{TransformArgument, is_transform};
use crate::virtual_host::{Error, filter};

/// Takes every other binding of its key away.
const EXCLUSIVE: &str = "qpid.exclusive-binding";

/// How long the binding lives: `session`.
const SCOPE: &str = "x-scope";

/// What begins the names of a federation's arguments.
const FEDERATION: &str = "qpid.fed.";

/// The arguments of a bind, told apart.
pub(super) struct BindArguments<'a> {
    /// All of them.
    pub(super) all: MapRef<'a>,
    /// Those that are the exchange's, encoded.
    pub(super) own: Cow<'a, [u8]>,
    /// `qpid.exclusive-binding`
    pub(super) is_exclusive: bool,
    /// What is made of the messages that it takes.
    pub(super) transform: Option<TransformArgument<'a>>,
}

impl<'a> BindArguments<'a> {
    /// Reads the encoded arguments of a bind.
    ///
    /// # Errors
    /// An argument of a federation, which there is not yet, a value that means nothing, or more
    /// than one transformation.
    pub(super) fn parse(arguments: &'a [u8]) -> Result<Self, Error> {
        let all = MapRef::parse(arguments).unwrap_or_default();
        let mut is_exclusive = false;
        for (name, value) in all.iter() {
            match name {
                EXCLUSIVE => is_exclusive = is_set(value),
                SCOPE if value.as_str() != Some("session") => {
                    return Err(Error::InvalidArgument(format!(
                        "bind argument {SCOPE}: 'session' expected, found {value:?}"
                    )));
                }
                _ if name.starts_with(FEDERATION) => {
                    return Err(Error::NotImplemented(format!(
                        "bind argument {name} is not implemented yet"
                    )));
                }
                _ => {}
            }
        }
        let transform = TransformArgument::parse(all)?;
        Ok(Self { all, own: without_ours(arguments, all), is_exclusive, transform })
    }
}

/// The arguments as they are kept and compared. Where bindings are told apart by them, the order in
/// which a client writes them means nothing, nor that of maps within them.
pub(super) fn canonical(arguments: &[u8], declared_by: Protocol) -> Cow<'_, [u8]> {
    if declared_by != Protocol::V0_9_1 {
        return Cow::Borrowed(arguments);
    }
    let all = MapRef::parse(arguments).unwrap_or_default();
    if all.is_empty() {
        return Cow::Borrowed(&[]);
    }
    let is_scalar = |value| !matches!(value, ValueRef::Encoded(_));
    if all.iter().is_sorted_by_key(|(name, _)| name) && all.iter().all(|(_, v)| is_scalar(v)) {
        return Cow::Borrowed(arguments);
    }
    let owned = |value: ValueRef<'_>| sorted(value.to_value().unwrap_or(Value::Null));
    let mut pairs: Vec<(&str, Value)> =
        all.iter().map(|(name, value)| (name, owned(value))).collect();
    pairs.sort_by_key(|(name, _)| *name);
    Cow::Owned(encode_map(pairs.iter().map(|(name, value)| (*name, value))))
}

/// A value with its maps, however deep, in the order of their names.
fn sorted(value: Value) -> Value {
    match value {
        Value::Map(pairs) => {
            let pairs = pairs.into_iter().map(|(name, value)| (name, sorted(value)));
            let mut pairs: Vec<(Value, Value)> = pairs.collect();
            pairs.sort_by_cached_key(|(name, _)| name.encode());
            Value::Map(pairs)
        }
        Value::List(items) => Value::List(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// A text, be it that clients send it as bytes: Python 2's do so where it is not ASCII, and C++
/// clients with any.
pub(super) fn text_of(value: ValueRef<'_>) -> Option<&str> {
    value.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok())
}

fn is_ours(name: &str) -> bool {
    matches!(name, EXCLUSIVE | SCOPE | filter::ARGUMENT) || is_transform(name)
}

fn without_ours<'a>(arguments: &'a [u8], all: MapRef<'a>) -> Cow<'a, [u8]> {
    if !all.iter().any(|(name, _)| is_ours(name)) {
        return Cow::Borrowed(arguments);
    }
    let own = all.iter().filter(|(name, _)| !is_ours(name));
    let own: Vec<(&str, Value)> =
        own.map(|(name, value)| (name, value.to_value().unwrap_or(Value::Null))).collect();
    Cow::Owned(encode_map(own.iter().map(|(name, value)| (*name, value))))
}

/// Whether a switch is on: clients send true, a number, or the argument alone.
fn is_set(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Bool(is_set) => is_set,
        ValueRef::String(text) => !matches!(text, "" | "0" | "false" | "False"),
        ValueRef::Int(number) => number != 0,
        ValueRef::Long(number) => number != 0,
        ValueRef::Uint(number) => number != 0,
        ValueRef::Ulong(number) => number != 0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_brokers_does_not_reach_the_exchange() {
        let given = encode_map([
            (EXCLUSIVE, Value::Int(1)),
            ("x-match", Value::String("all".into())),
            (SCOPE, Value::String("session".into())),
            ("xquery-transform", Value::String(".".into())),
            ("xquery-transform-error", Value::String("pass".into())),
        ]);
        let read = BindArguments::parse(&given).unwrap();
        assert!(read.is_exclusive);
        assert_eq!(&*read.own, encode_map([("x-match", Value::String("all".into()))]));
    }

    #[test]
    fn no_order_of_a_map_means_anything_where_bindings_are_told_apart_by_arguments() {
        let map = |pairs: &[(&str, Value)]| {
            let pair = |(name, value): &(&str, Value)| (Value::from(*name), value.clone());
            Value::Map(pairs.iter().map(pair).collect())
        };
        let (one, two) = (("long", Value::from("x")), ("b", Value::from("y")));
        let ways = [[one.clone(), two.clone()], [two, one]].map(|pairs| {
            let inner = map(&pairs);
            let list = Value::List(vec![map(&[("deep", inner.clone())]), inner.clone()]);
            [encode_map([("a", &inner), ("l", &list)]), encode_map([("l", &list), ("a", &inner)])]
        });
        let all: Vec<_> = ways.iter().flatten().map(|given| given.as_slice()).collect();
        let kept: Vec<_> = all.iter().map(|given| canonical(given, Protocol::V0_9_1)).collect();
        assert!(kept.iter().all(|one| *one == kept[0]), "{kept:?}");
        assert_eq!(canonical(&kept[0], Protocol::V0_9_1), kept[0]);
        assert!(MapRef::parse(&kept[0]).unwrap().iter().map(|(name, _)| name).eq(["a", "l"]));
        // A value that differs still does.
        let other = encode_map([("a", map(&[("long", Value::from("z"))]))]);
        assert_ne!(canonical(&other, Protocol::V0_9_1), kept[0]);
        assert_eq!(canonical(all[1], Protocol::V0_10), all[1]);
    }

    #[test]
    fn arguments_of_a_federation_are_refused_by_name() {
        let given = encode_map([("qpid.fed.op", Value::String("B".into()))]);
        let Err(error) = BindArguments::parse(&given) else { panic!("not refused") };
        assert!(error.to_string().contains("qpid.fed.op"), "{error}");
        let given = encode_map([(SCOPE, Value::String("queue".into()))]);
        assert!(BindArguments::parse(&given).is_err());
    }
}
