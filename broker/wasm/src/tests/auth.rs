//! An auth provider that keeps every rule: its logins, its threads, what it is granted.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use philter_plugin_api::value::encode_map;
use philter_plugin_api::{
    Access, Action, Auth, Authorization, Completion, ErrorKind, Limits, ObjectKind, Peer, Result,
    SaslOutcome, SessionId,
};

use super::*;
use crate::Endpoint;

pub(super) const PEER: Peer<'static> =
    Peer { address: "127.0.0.1:4711", is_loopback: true, is_encrypted: false, server_name: "" };

pub(super) const JO: &[u8] = b"\0jo\0secret";

/// A provider of a component, and the numbers of its logins.
pub(super) struct Desk {
    pub(super) component: Component,
    pub(super) auth: Box<dyn Auth>,
}

impl Desk {
    pub(super) fn of(bench: &Bench, text: &Text) -> Self {
        let component = bench.open(text);
        let auth = component.create_auth("it", &context("it")).unwrap();
        Self { component, auth }
    }

    pub(super) fn begin(&self, session: u64, initial: Option<&[u8]>) -> Answer {
        answer(|done| self.auth.start(SessionId(session), &PEER, "PLAIN", initial, done))
    }

    pub(super) fn start(&self, session: u64, initial: Option<&[u8]>) -> Result<SaslOutcome> {
        self.begin(session, initial).recv().unwrap()
    }

    pub(super) fn step(&self, session: u64, response: &[u8]) -> Result<SaslOutcome> {
        answer(|done| self.auth.step(SessionId(session), response, done)).recv().unwrap()
    }

    pub(super) fn ask(&self) -> Result<Authorization> {
        let access = Access {
            identity: "jo",
            action: Action::Create,
            object: ObjectKind::Queue,
            name: "q",
            properties: MapRef::default(),
        };
        answer(|done| self.auth.authorize(&access, done)).recv().unwrap()
    }
}

pub(super) type Answer<T = SaslOutcome> = Receiver<Result<T>>;

pub(super) fn answer<T: Send + 'static>(call: impl FnOnce(Completion<T>)) -> Answer<T> {
    let (sender, answer) = channel();
    call(Completion::new(move |result| {
        // Whoever does not wait any more does not want it.
        let _ = sender.send(result);
    }));
    answer
}

pub(super) fn is_jo(outcome: &Result<SaslOutcome>) -> bool {
    matches!(outcome, Ok(SaslOutcome::Success { identity, groups, .. })
        if identity == "jo" && groups == &["staff"])
}

/// What `$read` or `$request` left at 2048, as a challenge, or its error's text as a failure.
pub(super) const TOLD: &str = "(if (result i32) (i32.load8_u (i32.const 2048))
    (then (call $ok-outcome (i32.const 2) (i32.load offset=8 (i32.const 2048))
        (i32.load offset=12 (i32.const 2048))))
    (else (call $ok-outcome (i32.const 0) (i32.load offset=4 (i32.const 2048))
        (i32.load offset=8 (i32.const 2048)))))";

/// Reads the file `keys` as a challenge.
pub(super) fn reading() -> Text {
    let body = format!("(call $read (i32.const 2100) (i32.const 4) (i32.const 2048)) {TOLD}");
    Text::auth("it").files().code(r#"(data (i32.const 2100) "keys")"#).entry("start", body)
}

/// Asks the endpoint `idp` for `/keys` and has the body for a challenge.
pub(super) fn fetching() -> Text {
    let data = r#"(data (i32.const 2100) "idpGET/keys")"#;
    let body = "(call $request (i32.const 2100) (i32.const 3) (i32.const 2103) (i32.const 3)
            (i32.const 2106) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 2048))
        (if (result i32) (i32.load8_u (i32.const 2048))
            (then (call $ok-outcome (i32.const 2) (i32.load offset=8 (i32.const 2048))
                (i32.load offset=12 (i32.const 2048))))
            (else (call $ok-outcome (i32.const 0) (i32.load offset=16 (i32.const 2048))
                (i32.load offset=20 (i32.const 2048)))))";
    Text::auth("it").http().code(data).entry("start", body)
}

#[test]
fn a_login_has_its_steps_and_its_end() {
    let bench = Bench::new();
    let desk = Desk::of(&bench, &Text::auth("it"));
    assert_eq!(desk.auth.mechanisms(&PEER), ["PLAIN"]);
    assert!(is_jo(&desk.start(1, Some(JO))));
    let wrong = desk.start(2, Some(b"\0jo\0Secret")).unwrap();
    assert_eq!(wrong, SaslOutcome::Failure("that is not jo".to_owned()));
    assert_eq!(desk.start(3, None).unwrap(), SaslOutcome::Challenge(Vec::new()));
    assert!(is_jo(&desk.step(3, JO)));
    assert_eq!(desk.step(3, JO).unwrap_err().text(), "the login 3 is not under way");
    desk.start(4, None).unwrap();
    desk.auth.abandon(SessionId(4));
    assert_eq!(desk.step(4, JO).unwrap_err().kind(), ErrorKind::NotFound);
    desk.auth.abandon(SessionId(99));
    let other = answer(|done| desk.auth.start(SessionId(5), &PEER, "OTHER", None, done));
    assert_eq!(other.recv().unwrap().unwrap(), SaslOutcome::NotMine);
    assert_eq!(desk.ask().unwrap(), Authorization::Abstain);
    assert_eq!(desk.auth.limits("jo"), Limits::default());
    assert_eq!(desk.auth.inspect().unwrap(), "{\"is-well\": true}");
    let statistics = desk.component.statistics();
    assert_eq!((statistics.traps, statistics.faults, statistics.messages), (0, 0, 0));
    assert!(statistics.calls >= 6, "{statistics:?}");
}

#[test]
fn it_is_described_as_a_draft_of_its_kind() {
    let info = Bench::new().open(&Text::auth("it")).info();
    let factory = &info.factories[0];
    assert_eq!((factory.kind.name(), factory.is_draft), ("auth", true));
    assert_eq!(factory.optional_entries, ["inspect"]);
}

#[test]
fn many_logins_at_once_are_answered_by_a_few_instances() {
    let mut bench = Bench::new();
    bench.settings.instances_max = 3;
    let desk = Desk::of(&bench, &Text::auth("it"));
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let desk = &desk;
            scope.spawn(move || {
                for round in 0..50 {
                    let session = thread * 1000 + round;
                    assert!(matches!(desk.start(session, None), Ok(SaslOutcome::Challenge(_))));
                    let message = if round % 2 == 0 { JO } else { b"\0jo\0no" };
                    assert_eq!(is_jo(&desk.step(session, message)), round % 2 == 0);
                }
            });
        }
    });
    // One for each thread, and the one that answers at once.
    assert!(desk.component.statistics().instances <= 4);
}

#[test]
fn what_waits_when_a_provider_ends_is_answered() {
    let bench = Bench::new();
    let desk = Desk::of(&bench, &Text::auth("it"));
    let answers: Vec<_> = (0..200).map(|session| desk.begin(session, Some(JO))).collect();
    let Desk { auth, component } = desk;
    drop(auth);
    assert!(answers.iter().all(|answer| is_jo(&answer.recv().unwrap())));
    drop(component);
}

#[test]
fn a_reload_ends_no_login_and_begins_the_next_with_the_new_file() {
    let mut bench = Bench::new();
    bench.settings.instances_max = 1;
    let desk = Desk::of(&bench, &Text::auth("it"));
    desk.start(1, None).unwrap();
    let other = Text::auth("it")
        .entry("start", "(call $ok-outcome (i32.const 2) (i32.const 1504) (i32.const 22))");
    std::fs::write(bench.path(), other.build()).unwrap();
    reload(&bench, &desk.component).unwrap();
    assert!(matches!(desk.start(2, None), Ok(SaslOutcome::Failure(_))));
    assert!(is_jo(&desk.step(1, JO)));
    let refuses = Text::auth("it").entry("create", "(call $unsupported)");
    std::fs::write(bench.path(), refuses.build()).unwrap();
    let error = reload(&bench, &desk.component).unwrap_err().to_string();
    assert!(error.contains("the creation of auth 'it' is not taken"), "{error}");
    assert!(matches!(desk.start(3, None), Ok(SaslOutcome::Failure(_))));
}

#[test]
fn a_file_is_read_by_its_name_as_it_is_then() {
    let mut bench = Bench::new();
    let path = bench.folder.path().join("keys.json");
    bench.settings.files.insert("keys".to_owned(), path.clone());
    let desk = Desk::of(&bench, &reading());
    for content in ["one", "another"] {
        std::fs::write(&path, content).unwrap();
        let told = desk.start(1, None).unwrap();
        assert_eq!(told, SaslOutcome::Challenge(content.into()));
    }
    std::fs::remove_file(&path).unwrap();
    let SaslOutcome::Failure(text) = desk.start(2, None).unwrap() else { panic!("it is gone") };
    assert!(text.starts_with("the file 'keys' is not read: "), "{text}");
    assert!(!text.contains(path.to_str().unwrap()), "{text}");
}

#[test]
fn a_file_or_an_endpoint_that_was_not_named_is_refused() {
    let mut bench = Bench::new();
    bench.settings.files.insert("other".to_owned(), "/etc/hostname".into());
    let told = Desk::of(&bench, &reading()).start(1, None).unwrap();
    let wanted = "no file 'keys' is granted: 'files' of its table has none";
    assert_eq!(told, SaslOutcome::Failure(wanted.to_owned()));
    let endpoint = serde_json::from_str(r#"{"url": "http://127.0.0.1:1"}"#).unwrap();
    bench.settings.http.insert("other".to_owned(), endpoint);
    let told = Desk::of(&bench, &fetching()).start(1, None).unwrap();
    let wanted = "no endpoint 'idp' is granted: 'http' of its table has none";
    assert_eq!(told, SaslOutcome::Failure(wanted.to_owned()));
}

#[test]
fn waiting_for_an_endpoint_takes_none_of_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/base", listener.local_addr().unwrap());
    let mut bench = Bench::new();
    let endpoint: Endpoint = serde_json::from_value(serde_json::json!({ "url": url })).unwrap();
    bench.settings.http.insert("idp".to_owned(), endpoint);
    let desk = Desk::of(&bench, &fetching());
    let told = desk.begin(1, None);
    let (mut stream, _) = listener.accept().unwrap();
    // Others come in meanwhile.
    assert!(desk.ask().is_ok());
    let mut request = [0; 1024];
    let bytes = stream.read(&mut request).unwrap();
    assert!(request[..bytes].starts_with(b"GET /base/keys HTTP/1.1\r\n"));
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nkeys").unwrap();
    assert_eq!(told.recv().unwrap().unwrap(), SaslOutcome::Challenge(b"keys".to_vec()));
}

#[test]
fn what_answers_at_once_may_not_wait() {
    let mut bench = Bench::new();
    bench.settings.files.insert("keys".to_owned(), "/etc/hostname".into());
    // Each has the letters of the error that it gets: `unsupported` is 4, so they are offered.
    let body = "(call $read (i32.const 2100) (i32.const 4) (i32.const 2048))
        (if (result i32) (i32.eq (i32.load8_u offset=4 (i32.const 2048)) (i32.const 4))
            (then (call $default-mechanisms (local.get $peer) (local.get $peer-bytes)))
            (else (call $one-text (i32.const 2100) (i32.const 0))))";
    let text = reading().entry("mechanisms", body);
    assert_eq!(Desk::of(&bench, &text).auth.mechanisms(&PEER), ["PLAIN"]);
}

#[test]
fn what_is_not_granted_says_what_grants_it() {
    let bench = Bench::new();
    let refused = |text: &Text| bench.try_open(text.build()).err().unwrap().to_string();
    let files = refused(&Text::auth("it").files());
    let wanted = "imports 'philter:auth/files@0.1.0', which it is not granted: 'files = { NAME = \
                  \"PATH\" }' in its table [wasm.plugin] grants it";
    assert!(files.ends_with(wanted), "{files}");
    let http = refused(&Text::auth("it").http());
    assert!(http.contains("http = { NAME = { url = \"https://…\" } }' in its table"), "{http}");
    let log = Arc::clone(&bench.log) as Arc<dyn HostServices>;
    let bytes = Text::auth("it").files().http().build();
    let code = Code { file: "plugin.wasm", bytes: &bytes };
    let info = Component::describe(&bench.engine, code, log).unwrap();
    assert_eq!(info.factories[0].type_name, "it");
    let mut granted = Bench::new();
    granted.settings.files.insert("keys".to_owned(), "/etc/hostname".into());
    for text in [Text::filter("it").files(), Text::auth("a").files().and(Text::exchange("e"))] {
        let error = granted.try_open(text.build()).err().unwrap().to_string();
        assert!(error.ends_with("because messages would wait for it"), "{error}");
    }
}

#[test]
fn questions_and_quotas_are_the_plugins() {
    let bench = Bench::new();
    let map = encode_map([("queues-max", Value::Ulong(7))]);
    let data = map.iter().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let text = Text::auth("it")
        .code(&format!("(data (i32.const 2048) \"{data}\")"))
        .entry("limits", format!("(call $bare (i32.const 2048) (i32.const {}))", map.len()))
        .entry("authorize", "(call $ok-number (i32.const 3))");
    let desk = Desk::of(&bench, &text);
    let limits = Limits { connections_max: None, queues_max: Some(7) };
    assert_eq!(desk.auth.limits("jo"), limits);
    assert_eq!(desk.ask().unwrap(), Authorization::Deny { log: true });
}
