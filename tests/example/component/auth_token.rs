//! The provider `token` by the conformance kit, and in a broker that clients come to with tokens
//! that are good, and with others.

use std::path::{Path, PathBuf};
use std::process::Command;

use philter_tests::artifacts::{artifacts, workspace};
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::Client;
use philter_tests::program::{Ended, Program};
use philter_tests::qpid::QpidPython;
use philter_tests::rabbitmq::RabbitmqClients;
use philter_tests::wasm_examples::WasmExamples;
use serde_json::json;
use tempfile::TempDir;

/// What the operator's file says of the provider.
const CONFIGURATION: &str = r#"{"keys": "keys", "issuer": "https://idp.example",
    "audience": "philter", "algorithms": ["HS256"]}"#;

/// Keys in a file, and tokens that are signed by them.
struct Issuer {
    folder: TempDir,
    clients: RabbitmqClients,
}

impl Issuer {
    fn new(clients: &RabbitmqClients) -> Self {
        let issuer = Self { folder: TempDir::new().unwrap(), clients: clients.clone() };
        issuer.run(["--keys", issuer.keys().to_str().unwrap()]).expect_success();
        issuer
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys.json")
    }

    fn token(&self, claims: &[&str]) -> String {
        let keys = self.keys();
        let words = [keys.to_str().unwrap()].into_iter().chain(claims.iter().copied());
        self.run(words).expect_success().stdout.remove(0)
    }

    fn run<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Ended {
        let program = workspace().join("examples/auth-token/make-token");
        Program::run(self.clients.python_program(&program).args(words), "")
    }

    /// A broker that has the provider, and takes its keys from here.
    fn broker(&self, plugin: &Path) -> Broker {
        let configuration: serde_json::Value = serde_json::from_str(CONFIGURATION).unwrap();
        let tables = json!({
            "plugin": { "token": configuration },
            "wasm": { "token": { "files": { "keys": self.keys() } } },
        });
        let path = self.folder.path().join("philter.toml");
        std::fs::write(&path, toml::to_string(&tables).unwrap()).unwrap();
        let words = ["--config", path.to_str().unwrap(), "--load-module", plugin.to_str().unwrap()];
        let providers = ["--auth-provider", "token", "--auth-provider", "anonymous"];
        BrokerOptions::default().arguments(words).arguments(providers).start()
    }
}

/// Tokens that let nobody in: what is wrong with each, and what the log says.
const BAD: [(&[&str], &str); 5] = [
    (&["exp=1"], "the token has expired"),
    (&["nbf=99999999999"], "the token is not valid yet"),
    (&["aud=\"other\""], "the token is for another audience"),
    (&["iss=\"https://other.example\""], "the token is of another issuer"),
    (&["sub=\"al\""], "the token is of another user than the one that is named"),
];

#[test]
fn it_keeps_every_rule_and_lets_tokens_in() {
    let test = "it_keeps_every_rule_and_lets_tokens_in";
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    let Some(clients) = RabbitmqClients::find_or_skip(test) else { return };
    let issuer = Issuer::new(&clients);
    let token = issuer.token(&[]);
    let settings = json!({ "files": { "keys": issuer.keys() } }).to_string();
    let mut kit = Command::new(artifacts().plugin_dir.join("philter-plugin-conformance"));
    kit.arg(examples.file("auth-token")).args(["--config", CONFIGURATION, "--settings", &settings]);
    kit.args(["--login", &format!(r"PLAIN \0jo\0{token}")]);
    kit.args(["--login", &format!("XOAUTH2 user=jo\x01auth=Bearer {token}\x01\x01")]);
    kit.args(["--login", &format!("OAUTHBEARER n,,\x01auth=Bearer {token}\x01\x01")]);
    let report = Program::run(&mut kit, "").expect_success();
    let says = |words: &str| {
        report.stdout.iter().any(|line| line.starts_with("pass  ") && line.contains(words))
    };
    for rule in
        ["lets the sample logins in", "puts no password in a log line", "answers many logins"]
    {
        assert!(says(rule), "{rule} in\n{}", report.report());
    }
}

#[test]
fn clients_come_in_by_good_tokens_alone() {
    let test = "clients_come_in_by_good_tokens_alone";
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    let Some(clients) = RabbitmqClients::find_or_skip(test) else { return };
    let Some(qpid) = QpidPython::find_or_skip(test) else { return };
    let issuer = Issuer::new(&clients);
    let broker = issuer.broker(&examples.file("auth-token"));
    let program = |file: &str| workspace().join("tests/example/component/auth_token").join(file);
    let port = broker.port().to_string();
    let said = |mut command: Command, password: &str| {
        let ended = Program::run(command.args([&port, "jo"]), &format!("{password}\n"));
        ended.expect_success().stdout.join("\n")
    };
    let pika = |token: &str| said(clients.python_program(&program("pika_login.py")), token);
    let qpid = |token: &str| said(qpid.program(&program("qpid_login.py")), token);
    let good = issuer.token(&[]);
    assert_eq!(pika(&good), "in hello jo");
    assert_eq!(qpid(&good), "in hello jo");
    for (claims, why) in BAD {
        let bad = issuer.token(claims);
        assert!(pika(&bad).starts_with("out "), "{why}");
        broker.wait_for_log(why);
        assert!(qpid(&bad).starts_with("out "), "{why}");
    }
    let (text, _) = good.rsplit_once('.').unwrap();
    assert!(pika(&format!("{text}.{}", "A".repeat(43))).starts_with("out "));
    broker.wait_for_log("the token is not signed by a key of the file");
    assert!(!broker.log().lines().iter().any(|line| line.contains(&good)));
}

#[test]
fn bearers_come_in_by_their_own_mechanism() {
    let test = "bearers_come_in_by_their_own_mechanism";
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    let Some(clients) = RabbitmqClients::find_or_skip(test) else { return };
    let issuer = Issuer::new(&clients);
    let broker = issuer.broker(&examples.file("auth-token"));
    let message = |token: &str| format!("n,a=jo,\x01auth=Bearer {token}\x01\x01");
    let open = |token: &str| Client::open(broker.port(), "OAUTHBEARER", message(token).as_bytes());
    open(&issuer.token(&[])).unwrap().close().unwrap();
    assert!(open(&issuer.token(&["exp=1"])).is_err());
    broker.wait_for_log("the token has expired");
}

#[test]
fn without_its_grant_a_broker_does_not_start_and_says_what_grants_it() {
    let test = "without_its_grant_a_broker_does_not_start_and_says_what_grants_it";
    let Some(examples) = WasmExamples::find_or_skip(test) else { return };
    let plugin = examples.file("auth-token");
    let check = philter_tests::broker::philter(["plugin", "check", plugin.to_str().unwrap()], "");
    assert!(!check.status.success());
    let wanted = "imports 'philter:auth/files@0.1.0', which it is not granted";
    assert!(check.report().contains(wanted), "{}", check.report());
    assert!(check.report().contains("files = { NAME = "), "{}", check.report());
}
