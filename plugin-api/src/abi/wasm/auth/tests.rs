//! A provider that lets one user in by two steps, and one that forgets to answer.

use std::collections::HashSet;
use std::sync::Mutex;

use super::*;
use crate::{Context, ErrorKind, Limits};

#[derive(Debug)]
struct Two(Mutex<HashSet<SessionId>>);

impl Factory for Two {
    const TYPE_NAME: &'static str = "two";

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self(Mutex::default()))
    }
}

impl Auth for Two {
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<String> {
        if peer.is_loopback { vec![peer.address.to_owned(), "TWO".to_owned()] } else { Vec::new() }
    }

    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        match (mechanism, initial) {
            ("TWO", None) => {
                self.0.lock().unwrap().insert(session);
                done.ok(SaslOutcome::Challenge(peer.server_name.as_bytes().to_vec()));
            }
            ("LATER", _) => std::mem::forget(done),
            ("NEVER", _) => drop(done),
            _ => done.ok(SaslOutcome::NotMine),
        }
    }

    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        if !self.0.lock().unwrap().remove(&session) {
            return done.err(Error::invalid("never began"));
        }
        done.ok(SaslOutcome::Success {
            identity: String::from_utf8_lossy(response).into_owned(),
            groups: vec!["g".to_owned()],
            expires_at_ms: Some(9),
            additional: vec![1, 2],
        });
    }

    fn abandon(&self, session: SessionId) {
        self.0.lock().unwrap().remove(&session);
    }

    fn authorize(&self, access: &Access<'_>, done: Completion<Authorization>) {
        let is_durable = access.properties.get("durable").and_then(|value| value.as_bool());
        done.ok(match (access.action, access.object, is_durable) {
            (Action::Create, ObjectKind::Queue, Some(true)) => Authorization::Deny { log: true },
            _ => Authorization::Allow { log: access.identity == "jo" },
        });
    }

    fn limits(&self, identity: &str) -> Limits {
        let number = identity.parse().ok();
        Limits { connections_max: number, queues_max: None }
    }
}

fn made() -> AuthComponent<Two> {
    let component = AuthComponent::new();
    component.create("{}", &[]).unwrap();
    component
}

fn peer() -> Vec<u8> {
    encode_map([
        ("address", Value::String("127.0.0.1:1".to_owned())),
        ("is-loopback", Value::Bool(true)),
        ("server-name", Value::String("here".to_owned())),
    ])
}

fn asking(action: u32, object: u32, durable: bool) -> Vec<u8> {
    let key = Value::String("durable".to_owned());
    encode_map([
        ("identity", Value::String("jo".to_owned())),
        ("action", Value::Uint(action)),
        ("object", Value::Uint(object)),
        ("properties", Value::Map(vec![(key, Value::Bool(durable))])),
    ])
}

#[test]
fn a_login_has_its_peer_and_its_steps() {
    let component = made();
    assert_eq!(component.mechanisms(&peer()), ["127.0.0.1:1", "TWO"]);
    assert!(component.mechanisms(&[]).is_empty());
    let begun = component.start(1, &peer(), "TWO", None).unwrap();
    assert_eq!(begun, SaslOutcome::Challenge(b"here".to_vec()));
    let ended = component.step(1, b"jo").unwrap();
    assert!(matches!(ended, SaslOutcome::Success { identity, .. } if identity == "jo"));
    component.start(2, &peer(), "TWO", None).unwrap();
    component.abandon(2);
    assert_eq!(component.step(2, b"jo").unwrap_err().kind(), ErrorKind::InvalidArgument);
    let other = component.start(3, &peer(), "TWO", Some(b"x")).unwrap();
    assert_eq!(other, SaslOutcome::NotMine);
}

#[test]
fn a_success_is_a_map() {
    let bytes = success("jo".to_owned(), vec!["g".to_owned()], Some(9), vec![1]);
    let map = MapRef::parse(&bytes).unwrap();
    assert_eq!(map.get("identity").and_then(|value| value.as_str()), Some("jo"));
    assert_eq!(map.get("expires-at-ms").and_then(|value| value.as_i64()), Some(9));
    assert_eq!(map.get("additional").and_then(|value| value.as_bytes()), Some(&[1][..]));
    assert_eq!(map.len(), 4);
    let least = success("jo".to_owned(), Vec::new(), None, Vec::new());
    assert_eq!(MapRef::parse(&least).unwrap().len(), 1);
}

#[test]
fn an_answer_comes_in_its_call_or_never() {
    let component = made();
    let later = component.start(1, &peer(), "LATER", None).unwrap_err();
    assert!(later.text().contains("has to answer within the call"), "{later}");
    let never = component.start(1, &peer(), "NEVER", None).unwrap_err();
    assert!(never.text().contains("dropped the call without an answer"), "{never}");
}

#[test]
fn questions_and_quotas_are_read_and_answered() {
    let component = made();
    let create_queue = (Action::Create.number(), ObjectKind::Queue.number());
    let ask = |durable| component.authorize(&asking(create_queue.0, create_queue.1, durable));
    assert_eq!(ask(true), Ok(Authorization::Deny { log: true }));
    assert_eq!(ask(false), Ok(Authorization::Allow { log: true }));
    assert_eq!(component.authorize(&asking(99, 1, false)), Ok(Authorization::Abstain));
    assert_eq!(component.authorize(&[]), Ok(Authorization::Abstain));
    let limits = component.limits("12");
    let map = MapRef::parse(&limits).unwrap();
    assert_eq!(map.get("connections-max").and_then(|value| value.as_i64()), Some(12));
    assert_eq!(map.len(), 1);
    assert_eq!(component.inspect().unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn create_comes_first() {
    let component = AuthComponent::<Two>::new();
    assert!(component.mechanisms(&peer()).is_empty());
    assert!(component.step(1, b"").unwrap_err().text().contains("'create' is the first call"));
    component.create("{}", &[]).unwrap();
    component.destroy();
    assert!(component.start(1, &peer(), "TWO", None).is_err());
}
