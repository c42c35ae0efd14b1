//! Logins from the first message to the verdict, over files that the command wrote.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use philter_plugin_api::{ErrorKind, testing};
use proptest::prelude::*;

use super::*;
use crate::sha256::{hash, hmac, salted_password};

const REMOTE: Peer<'static> =
    Peer { address: "192.0.2.7:4711", is_loopback: false, is_encrypted: false, server_name: "" };

/// A data directory and the command and provider over it.
struct Installation {
    root: tempfile::TempDir,
}

impl Installation {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn with_user(name: &str, password: &str) -> Self {
        let installation = Self::new();
        installation.command(&["add", "--password-stdin", "--", name], password);
        installation
    }

    fn users_path(&self) -> PathBuf {
        self.root.path().join("users")
    }

    fn with_context<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        work(&Context {
            configuration: r#"{"iterations": 4096}"#,
            data_dir: self.root.path().to_str(),
            ..testing::context("file")
        })
    }

    fn command(&self, arguments: &[&str], input: &str) {
        let output = self
            .with_context(|context| FileAuth::command(context, arguments, &mut input.as_bytes()))
            .unwrap();
        assert_eq!(output.exit_code, 0, "{output:?}");
    }

    fn provider(&self) -> FileAuth {
        self.with_context(FileAuth::create).unwrap()
    }
}

/// What the provider answers, waited for.
fn answer(call: impl FnOnce(Completion<SaslOutcome>)) -> Result<SaslOutcome> {
    let (done, answer) = testing::completion();
    call(done);
    answer.wait()
}

fn start(provider: &FileAuth, session: u64, mechanism: &str, initial: &[u8]) -> SaslOutcome {
    let session = SessionId(session);
    answer(|done| provider.start(session, &REMOTE, mechanism, Some(initial), done)).unwrap()
}

fn plain(provider: &FileAuth, session: u64, user: &str, password: &str) -> SaslOutcome {
    start(provider, session, "PLAIN", format!("\0{user}\0{password}").as_bytes())
}

/// A whole login by SCRAM, as a client does it.
fn scram(provider: &FileAuth, session: u64, user: &str, password: &str) -> SaslOutcome {
    let name = user.replace('=', "=3D").replace(',', "=2C");
    let bare = format!("n={name},r=client-nonce");
    let first = start(provider, session, "SCRAM-SHA-256", format!("n,,{bare}").as_bytes());
    let SaslOutcome::Challenge(server_first) = first else { return first };
    let server_first = String::from_utf8(server_first).unwrap();
    let (last, server_signature) = client_final(&bare, &server_first, password);
    let outcome = answer(|done| provider.step(SessionId(session), last.as_bytes(), done)).unwrap();
    if let SaslOutcome::Success { additional, .. } = &outcome {
        let expected = format!("v={}", STANDARD.encode(server_signature));
        assert_eq!(additional, expected.as_bytes(), "the server proves itself");
    }
    outcome
}

fn client_final(bare: &str, server_first: &str, password: &str) -> (String, [u8; 32]) {
    let field = |name: &str| {
        let mut fields = server_first.split(',');
        fields.find_map(|field| field.strip_prefix(name)).unwrap().to_owned()
    };
    let salt = STANDARD.decode(field("s=")).unwrap();
    let prepared = stringprep::saslprep(password).unwrap();
    let salted = salted_password(prepared.as_bytes(), &salt, field("i=").parse().unwrap());
    let without_proof = format!("c=biws,r={}", field("r="));
    let auth_message = format!("{bare},{server_first},{without_proof}");
    let client_key = hmac(&salted, &[b"Client Key"]);
    let mut proof = hmac(&hash(&client_key), &[auth_message.as_bytes()]);
    for (byte, key) in proof.iter_mut().zip(client_key) {
        *byte ^= key;
    }
    let server_key = hmac(&salted, &[b"Server Key"]);
    let proof = STANDARD.encode(proof);
    (format!("{without_proof},p={proof}"), hmac(&server_key, &[auth_message.as_bytes()]))
}

fn is_success_of(outcome: &SaslOutcome, expected: &str) -> bool {
    matches!(outcome, SaslOutcome::Success { identity, .. } if identity == expected)
}

fn is_failure(outcome: &SaslOutcome) -> bool {
    matches!(outcome, SaslOutcome::Failure(_))
}

#[test]
fn the_right_password_gets_in_by_either_mechanism() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    assert_eq!(provider.mechanisms(&REMOTE), ["SCRAM-SHA-256", "PLAIN"]);
    for session in [1, 2] {
        assert!(is_success_of(&plain(&provider, session, "bob", "secret"), "bob@QPID"));
        assert!(is_success_of(&scram(&provider, session + 10, "bob", "secret"), "bob@QPID"));
    }
    assert!(is_success_of(&plain(&provider, 3, "bob@QPID", "secret"), "bob@QPID"));
}

#[test]
fn a_wrong_password_fails() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    assert!(is_failure(&plain(&provider, 1, "bob", "Secret")));
    assert!(is_failure(&scram(&provider, 2, "bob", "Secret")));
    assert!(is_failure(&plain(&provider, 3, "bob", "")));
    assert!(is_success_of(&plain(&provider, 4, "bob", "secret"), "bob@QPID"));
    assert!(is_failure(&plain(&provider, 5, "bob", "Secret")), "after a success as well");
}

#[test]
fn an_unknown_user_is_another_providers_by_plain_and_fails_by_scram() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    assert_eq!(plain(&provider, 1, "eve", "secret"), SaslOutcome::NotMine);
    assert_eq!(plain(&provider, 2, "eve@OTHER", "secret"), SaslOutcome::NotMine);
    assert!(is_failure(&scram(&provider, 3, "eve", "secret")));
}

/// The answer stands when `start` returns, so no thread was asked to hash.
#[test]
fn a_guest_from_this_machine_and_any_name_among_no_users_cost_no_hash() {
    let near = Peer { address: "127.0.0.1:1", is_loopback: true, ..REMOTE };
    let at_once = |provider: &FileAuth, peer: &Peer<'_>, message: &[u8]| {
        let (done, answer) = testing::completion();
        provider.start(SessionId(1), peer, "PLAIN", Some(message), done);
        answer.now().map(|answer| answer.unwrap())
    };
    let nobody = Installation::new().provider();
    let eve = at_once(&nobody, &REMOTE, b"\0eve\0secret");
    assert_eq!(eve, Some(SaslOutcome::NotMine));
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    let guest = at_once(&provider, &near, b"\0guest\0guest");
    assert_eq!(guest, Some(SaslOutcome::NotMine));
    installation.command(&["add", "guest", "--password-stdin"], "secret\n");
    let start = |password: &str| {
        let message = format!("\0guest\0{password}");
        let session = SessionId(2);
        answer(|done| provider.start(session, &near, "PLAIN", Some(message.as_bytes()), done))
    };
    assert!(is_failure(&start("guest").unwrap()), "its password is asked for once it exists");
    assert!(is_success_of(&start("secret").unwrap(), "guest@QPID"));
}

#[test]
fn an_unknown_user_is_challenged_with_the_same_salt_after_a_restart() {
    let installation = Installation::with_user("bob", "secret\n");
    let salt_of = |session, user: &str| {
        let message = format!("n,,n={user},r=x");
        let provider = installation.provider();
        match start(&provider, session, "SCRAM-SHA-256", message.as_bytes()) {
            SaslOutcome::Challenge(challenge) => {
                let challenge = String::from_utf8(challenge).unwrap();
                challenge.split_once(',').unwrap().1.to_owned()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(salt_of(1, "eve"), salt_of(2, "eve"));
    assert_ne!(salt_of(3, "eve"), salt_of(4, "adam"));
    assert_eq!(salt_of(5, "eve").len(), salt_of(6, "bob").len());
}

#[test]
fn nobody_acts_as_somebody_else() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    assert!(is_failure(&start(&provider, 1, "PLAIN", b"eve\0bob\0secret")));
    let own = start(&provider, 2, "PLAIN", b"bob@QPID\0bob\0secret");
    assert!(is_success_of(&own, "bob@QPID"));
    assert!(is_failure(&start(&provider, 3, "SCRAM-SHA-256", b"n,a=eve,n=bob,r=x")));
}

#[test]
fn a_changed_file_counts_from_the_next_login_on() {
    let installation = Installation::with_user("bob", "one\n");
    let provider = installation.provider();
    assert!(is_success_of(&plain(&provider, 1, "bob", "one"), "bob@QPID"));
    installation.command(&["passwd", "bob", "--password-stdin"], "two\n");
    assert!(is_failure(&plain(&provider, 2, "bob", "one")));
    assert!(is_success_of(&plain(&provider, 3, "bob", "two"), "bob@QPID"));
    installation.command(&["delete", "bob"], "");
    assert_eq!(plain(&provider, 4, "bob", "two"), SaslOutcome::NotMine);
}

#[test]
fn a_broken_file_lets_nobody_in_and_stops_the_next_start() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    let path = installation.users_path();
    let broken = fs::read_to_string(&path).unwrap() + "user\tmallory\n";
    fs::write(&path, broken).unwrap();
    let SaslOutcome::Failure(text) = plain(&provider, 1, "bob", "secret") else { panic!() };
    assert!(text.contains("line 4"), "{text}");
    assert!(is_failure(&scram(&provider, 2, "bob", "secret")));
    let error = installation.with_context(FileAuth::create).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.text().contains("line 4"), "{error}");
}

#[test]
fn a_file_that_others_may_read_stops_the_start() {
    let installation = Installation::with_user("bob", "secret\n");
    fs::set_permissions(installation.users_path(), fs::Permissions::from_mode(0o644)).unwrap();
    let error = installation.with_context(FileAuth::create).unwrap_err();
    assert!(error.text().contains("chmod 600"), "{error}");
}

#[test]
fn many_log_in_at_once() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    thread::scope(|scope| {
        for client in 0..8 {
            let provider = &provider;
            scope.spawn(move || {
                for turn in 0..8 {
                    let session = client * 100 + turn;
                    let (password, is_right) = match turn % 2 {
                        0 => ("secret", true),
                        _ => ("wrong", false),
                    };
                    let outcome = match client % 2 {
                        0 => plain(provider, session, "bob", password),
                        _ => scram(provider, session, "bob", password),
                    };
                    assert_eq!(is_success_of(&outcome, "bob@QPID"), is_right);
                }
            });
        }
    });
    let state: serde_json::Value = serde_json::from_str(&provider.inspect().unwrap()).unwrap();
    assert_eq!(state["users"], 1);
    assert_eq!(state["logins_under_way"], 0);
}

#[test]
fn a_peer_without_an_initial_response_is_asked_for_one() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
        let asked = start(&provider, 1, mechanism, b"");
        assert_eq!(asked, SaslOutcome::Challenge(Vec::new()));
        let (session, step) = (SessionId(1), b"\0bob\0secret");
        let outcome = answer(|done| provider.step(session, step, done)).unwrap();
        assert_eq!(is_success_of(&outcome, "bob@QPID"), mechanism == "PLAIN");
    }
}

#[test]
fn a_login_that_ended_takes_no_more_messages() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    let step = |session| answer(|done| provider.step(SessionId(session), b"x", done));
    assert_eq!(step(1).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(is_failure(&scram(&provider, 2, "bob", "wrong")));
    assert_eq!(step(2).unwrap_err().kind(), ErrorKind::NotFound);
    start(&provider, 3, "SCRAM-SHA-256", b"n,,n=bob,r=x");
    provider.abandon(SessionId(3));
    assert_eq!(step(3).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn malformed_and_oversized_messages_fail() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    assert!(is_failure(&start(&provider, 1, "PLAIN", b"bob")));
    assert!(is_failure(&start(&provider, 2, "SCRAM-SHA-256", b"bob")));
    assert!(is_failure(&start(&provider, 3, "PLAIN", &[b'x'; 5000])));
    assert_eq!(start(&provider, 4, "EXTERNAL", b"x"), SaslOutcome::NotMine);
}

#[test]
fn without_a_data_directory_there_is_nobody_to_let_in() {
    let provider = FileAuth::create(&Context {
        configuration: "{}",
        data_dir: None,
        ..testing::context("file")
    })
    .unwrap();
    assert!(provider.mechanisms(&REMOTE).is_empty());
    assert_eq!(plain(&provider, 1, "bob", "secret"), SaslOutcome::NotMine);
}

#[test]
fn no_outcome_quotes_a_password() {
    let installation = Installation::with_user("bob", "secret\n");
    let provider = installation.provider();
    for user in ["bob", "eve", ""] {
        let outcome = plain(&provider, 1, user, "hunter2\u{1}");
        assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
        let outcome = plain(&provider, 2, user, "hunter2");
        assert!(!format!("{outcome:?}").contains("hunter2"), "{outcome:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_name_and_password_that_the_command_takes_get_in(
        name in "[a-z,=\\- ]{1,8}|[\u{c0}-\u{ff}]{1,4}",
        password in "[!-~]{1,12}|[\u{3b1}-\u{3c9}]{1,6}",
    ) {
        let installation = Installation::with_user(&name, &password);
        let provider = installation.provider();
        let identity = format!("{name}@QPID");
        prop_assert!(is_success_of(&plain(&provider, 1, &name, &password), &identity));
        prop_assert!(is_success_of(&scram(&provider, 2, &name, &password), &identity));
    }
}
