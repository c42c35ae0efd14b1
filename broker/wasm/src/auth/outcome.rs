//! What a component answers about peers, checked before anybody believes it.

use philter_plugin_api::limits::{ERROR_TEXT_BYTES_MAX, GROUPS_MAX, MECHANISMS_MAX};
use philter_plugin_api::value::Value;
use philter_plugin_api::{Limits, MechanismName, SaslOutcome};

use crate::contract::{GuestOutcome, cut};
use crate::failure::Failure;
use crate::limits::{CHALLENGE_BYTES_MAX, IDENTITY_BYTES_MAX};

type Checked<T> = Result<T, Failure>;

/// Letters of a mechanism's name (RFC 4422, section 3.1).
const MECHANISM_LETTERS_MAX: usize = 20;

/// The names of mechanisms, each one and none twice.
pub(super) fn mechanisms(names: Vec<String>) -> Checked<Vec<MechanismName>> {
    let fault = |what: String| Failure::Fault(format!("mechanisms answered {what}"));
    if names.len() > MECHANISMS_MAX {
        let found = names.len();
        return Err(fault(format!("{found} names, at most {MECHANISMS_MAX} are taken")));
    }
    for (index, name) in names.iter().enumerate() {
        if !is_mechanism(name) {
            let name = cut(name.clone(), 2 * MECHANISM_LETTERS_MAX);
            let wanted = "which is no mechanism's name: 1 to 20 of A-Z 0-9 - _ (RFC 4422)";
            return Err(fault(format!("{name:?}, {wanted}")));
        }
        if names.iter().position(|other| other == name) != Some(index) {
            return Err(fault(format!("'{name}' twice")));
        }
    }
    Ok(names)
}

fn is_mechanism(name: &str) -> bool {
    let is_letter = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_');
    (1..=MECHANISM_LETTERS_MAX).contains(&name.len()) && name.bytes().all(is_letter)
}

/// The quotas of an identity.
pub(super) fn limits(map: &[u8]) -> Checked<Limits> {
    let mut limits = Limits::default();
    for (key, value) in pairs("limits answered", map)? {
        let limit = match key.as_str() {
            "connections-max" => &mut limits.connections_max,
            "queues-max" => &mut limits.queues_max,
            _ => continue,
        };
        let Value::Ulong(number) = value else {
            return Err(Failure::Fault(format!("limits answered '{key}' that is no ulong")));
        };
        *limit = Some(number);
    }
    Ok(limits)
}

/// What becomes of a login; `entry` is who said so.
pub(super) fn read(entry: &str, outcome: GuestOutcome) -> Checked<SaslOutcome> {
    match outcome {
        GuestOutcome::Challenge(bytes) => {
            Ok(SaslOutcome::Challenge(bounded(entry, "a challenge", bytes)?))
        }
        GuestOutcome::Success(map) => success(entry, &map),
        GuestOutcome::Failure(text) => Ok(SaslOutcome::Failure(cut(text, ERROR_TEXT_BYTES_MAX))),
        GuestOutcome::NotMine => Ok(SaslOutcome::NotMine),
    }
}

fn success(entry: &str, map: &[u8]) -> Checked<SaslOutcome> {
    let (mut identity, mut groups) = (None, Vec::new());
    let (mut expires_at_ms, mut additional) = (None, Vec::new());
    let of_success = format!("{entry} answered a success");
    let wrong = |key: &str, wanted: &str| {
        Failure::Fault(format!("{of_success} whose '{key}' is no {wanted}"))
    };
    for (key, value) in pairs(&of_success, map)? {
        match (key.as_str(), value) {
            ("identity", Value::String(text)) if is_identity(&text) => identity = Some(text),
            ("identity", _) => {
                let wanted = "text of 1 to 255 bytes without control characters";
                return Err(wrong("identity", wanted));
            }
            ("groups", Value::List(list)) => groups = names(&of_success, list)?,
            ("groups", _) => return Err(wrong("groups", "list")),
            ("expires-at-ms", Value::Ulong(at_ms)) => expires_at_ms = Some(at_ms),
            ("expires-at-ms", _) => return Err(wrong("expires-at-ms", "ulong")),
            ("additional", Value::Binary(bytes)) => {
                additional = bounded(entry, "additional data", bytes)?;
            }
            ("additional", _) => return Err(wrong("additional", "binary")),
            _ => {}
        }
    }
    let identity =
        identity.ok_or_else(|| Failure::Fault(format!("{of_success} without 'identity'")))?;
    Ok(SaslOutcome::Success { identity, groups, expires_at_ms, additional })
}

fn is_identity(text: &str) -> bool {
    (1..=IDENTITY_BYTES_MAX).contains(&text.len()) && !text.contains(char::is_control)
}

fn names(of_success: &str, list: Vec<Value>) -> Checked<Vec<String>> {
    if list.len() > GROUPS_MAX {
        let found = list.len();
        let text = format!("{of_success} with {found} groups, at most {GROUPS_MAX} are taken");
        return Err(Failure::Fault(text));
    }
    let name = |value| match value {
        Value::String(name) if is_identity(&name) => Ok(name),
        _ => {
            let wanted = "text of 1 to 255 bytes without control characters";
            Err(Failure::Fault(format!("{of_success} with a group that is no {wanted}")))
        }
    };
    list.into_iter().map(name).collect()
}

fn bounded(entry: &str, what: &str, bytes: Vec<u8>) -> Checked<Vec<u8>> {
    let found = bytes.len();
    if found > CHALLENGE_BYTES_MAX {
        let text = format!(
            "{entry} answered {what} of {found} bytes, at most {CHALLENGE_BYTES_MAX} are taken"
        );
        return Err(Failure::Fault(text));
    }
    Ok(bytes)
}

/// The pairs of an encoded map whose keys are texts; no bytes are an empty one.
fn pairs(who: &str, map: &[u8]) -> Checked<Vec<(String, Value)>> {
    if map.is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |reason: String| Failure::Fault(format!("{who} that is no map: {reason}"));
    let pairs = match Value::decode(map) {
        Ok(Value::Map(pairs)) => pairs,
        Ok(_) => return Err(wrong("it is another value".to_owned())),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let text = |key| match key {
        Value::String(key) | Value::Symbol(key) => Ok(key),
        _ => Err(wrong("a key is no text".to_owned())),
    };
    pairs.into_iter().map(|(key, value)| Ok((text(key)?, value))).collect()
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::value::encode_map;

    use super::*;

    fn fault<T: std::fmt::Debug>(checked: Checked<T>) -> String {
        match checked {
            Err(Failure::Fault(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn succeeding<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Checked<SaslOutcome> {
        read("start", GuestOutcome::Success(encode_map(pairs)))
    }

    #[test]
    fn a_success_says_who_and_what_else_it_knows() {
        let said = succeeding([
            ("identity", text("jo@here")),
            ("groups", Value::List(vec![text("a"), text("b")])),
            ("expires-at-ms", Value::Ulong(7)),
            ("additional", Value::Binary(vec![1])),
            ("later", Value::Null),
        ]);
        let wanted = SaslOutcome::Success {
            identity: "jo@here".to_owned(),
            groups: vec!["a".to_owned(), "b".to_owned()],
            expires_at_ms: Some(7),
            additional: vec![1],
        };
        assert_eq!(said, Ok(wanted));
    }

    #[test]
    fn a_success_that_is_none_lets_nobody_in() {
        let jo = || ("identity", text("jo"));
        assert!(fault(succeeding([])).ends_with("without 'identity'"));
        assert!(
            fault(read("step", GuestOutcome::Success(Vec::new()))).starts_with("step answered")
        );
        for identity in ["", "a\nb", &"x".repeat(256)] {
            let wrong = fault(succeeding([("identity", text(identity))]));
            assert!(wrong.contains("whose 'identity' is no text of 1 to 255 bytes"), "{wrong}");
        }
        let many = Value::List(vec![text("g"); GROUPS_MAX + 1]);
        assert!(fault(succeeding([jo(), ("groups", many)])).contains("1025 groups, at most 1024"));
        assert!(fault(succeeding([jo(), ("groups", text("g"))])).ends_with("'groups' is no list"));
        let wrong = fault(succeeding([jo(), ("expires-at-ms", text("7"))]));
        assert!(wrong.ends_with("'expires-at-ms' is no ulong"), "{wrong}");
        let long = Value::Binary(vec![0; CHALLENGE_BYTES_MAX + 1]);
        let wrong = fault(succeeding([jo(), ("additional", long)]));
        assert!(wrong.contains("additional data of 65537 bytes, at most 65536"), "{wrong}");
        assert!(fault(read("start", GuestOutcome::Success(vec![0xc1]))).contains("that is no map"));
        let number = Value::Map(vec![(Value::Ulong(1), Value::Null)]).encode();
        let wrong = fault(read("start", GuestOutcome::Success(number)));
        assert!(wrong.ends_with("a key is no text"), "{wrong}");
    }

    #[test]
    fn names_and_quotas_are_those_of_the_contract() {
        let own = |names: &[&str]| mechanisms(names.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(own(&["SCRAM-SHA-256", "PLAIN"]).unwrap().len(), 2);
        for bad in ["", "plain", "A B", "ABCDEFGHIJKLMNOPQRSTU"] {
            assert!(fault(own(&[bad])).contains("is no mechanism's name"), "{bad}");
        }
        assert_eq!(fault(own(&["A", "A"])), "mechanisms answered 'A' twice");
        assert!(fault(own(&["A"; 33])).contains("33 names, at most 32"));
        let both = encode_map([("queues-max", Value::Ulong(3)), ("later", Value::Null)]);
        assert_eq!(limits(&both).unwrap(), Limits { connections_max: None, queues_max: Some(3) });
        assert_eq!(limits(&[]).unwrap(), Limits::default());
        let wrong = encode_map([("queues-max", text("3"))]);
        assert_eq!(fault(limits(&wrong)), "limits answered 'queues-max' that is no ulong");
    }
}
