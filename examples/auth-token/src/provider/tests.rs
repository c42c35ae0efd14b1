//! Logins by tokens that are good, and by those that are not.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use philter_plugin_api::testing::completion;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;

const NOW_MS: u64 = 1_800_000_000_000;
const NOW_S: u64 = NOW_MS / 1000;
const SECRET: [u8; 32] = [7; 32];

const PEER: Peer<'_> =
    Peer { address: "127.0.0.1:4711", is_loopback: true, is_encrypted: false, server_name: "" };

fn ed25519() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

fn p256_key() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[5; 32]).unwrap()
}

/// The keys of all three, as an operator's file has them.
fn file(_: &str) -> Result<Vec<u8>> {
    let point = p256_key().verifying_key().to_sec1_point(false);
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let keys = json!({ "keys": [
        { "kty": "OKP", "crv": "Ed25519", "kid": "ed",
          "x": number(ed25519().verifying_key().as_bytes()) },
        { "kty": "EC", "crv": "P-256", "kid": "ec", "alg": "ES256", "use": "sig",
          "x": number(&point.as_bytes()[1..33]), "y": number(&point.as_bytes()[33..]) },
        { "kty": "oct", "kid": "hs", "k": number(&SECRET) },
        { "kty": "RSA", "kid": "rs", "n": "AQAB", "e": "AQAB" },
    ]});
    Ok(keys.to_string().into_bytes())
}

fn provider(more: Value) -> Provider {
    let mut settings = json!({
        "keys": "keys", "issuer": "https://idp", "audience": "philter",
        "algorithms": ["EdDSA", "ES256", "HS256"],
    });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Provider::new(Settings::read(&settings.to_string()).unwrap(), file, NOW_MS).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "https://idp", "aud": ["other", "philter"], "sub": "jo",
        "exp": NOW_S + 100, "nbf": NOW_S, "groups": ["staff", "ops"],
    })
}

fn but(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn text(header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn signed(header: Value, claims: &Value) -> String {
    let text = text(&header, claims);
    let signature = match header["alg"].as_str() {
        Some("HS256") => {
            let mac = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
            mac.chain_update(&text).finalize().into_bytes().to_vec()
        }
        Some("ES256") => {
            let signature: p256::ecdsa::Signature = p256_key().sign(text.as_bytes());
            signature.to_bytes().to_vec()
        }
        _ => ed25519().sign(text.as_bytes()).to_bytes().to_vec(),
    };
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn token(claims: &Value) -> String {
    signed(json!({ "alg": "EdDSA", "kid": "ed" }), claims)
}

fn plain(provider: &Provider, user: &str, token: &str, now_ms: u64) -> SaslOutcome {
    let message = format!("\0{user}\0{token}");
    provider.judge(SessionId(1), Mechanism::Plain, message.as_bytes(), now_ms)
}

fn why(outcome: SaslOutcome) -> String {
    match outcome {
        SaslOutcome::Failure(why) => why,
        other => panic!("{other:?}"),
    }
}

fn refused(token: &str) -> String {
    why(plain(&provider(json!({})), "", token, NOW_MS))
}

fn is_jo(outcome: &SaslOutcome) -> bool {
    matches!(outcome, SaslOutcome::Success { identity, .. } if identity == "jo")
}

#[test]
fn a_good_token_says_who_in_which_groups_and_until_when() {
    let provider = provider(json!({}));
    let wanted = SaslOutcome::Success {
        identity: "jo".to_owned(),
        groups: vec!["staff".to_owned(), "ops".to_owned()],
        expires_at_ms: Some(NOW_MS + 100_000 + 60_000),
        additional: Vec::new(),
    };
    for header in [
        json!({ "alg": "EdDSA", "kid": "ed" }),
        json!({ "alg": "EdDSA", "typ": "JWT" }),
        json!({ "alg": "ES256", "kid": "ec" }),
        json!({ "alg": "HS256", "kid": "hs" }),
    ] {
        let token = signed(header, &claims());
        assert_eq!(plain(&provider, "jo", &token, NOW_MS), wanted);
        assert_eq!(plain(&provider, "", &token, NOW_MS), wanted);
    }
}

#[test]
fn a_token_that_nobody_signed_lets_nobody_in() {
    let unsigned = "the token is not signed by a key of the file";
    let good = token(&claims());
    let (text, signature) = good.rsplit_once('.').unwrap();
    let other = token(&but("sub", json!("al")));
    let (other, _) = other.rsplit_once('.').unwrap();
    assert_eq!(refused(&format!("{other}.{signature}")), unsigned);
    assert_eq!(refused(&format!("{text}.AAAA")), unsigned);
    let key_of_another = json!({ "alg": "EdDSA", "kid": "ec" });
    assert_eq!(refused(&signed(key_of_another, &claims())), unsigned);
    let none = format!("{}.AAAA", self::text(&json!({ "alg": "none" }), &claims()));
    assert_eq!(refused(&none), "the token is signed by an algorithm that nobody here knows");
    // A public key is no secret, whatever the header says.
    let text = self::text(&json!({ "alg": "HS256", "kid": "ed" }), &claims());
    let mac = Hmac::<Sha256>::new_from_slice(ed25519().verifying_key().as_bytes()).unwrap();
    let signature = mac.chain_update(&text).finalize().into_bytes();
    assert_eq!(refused(&format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))), unsigned);
    let critical = json!({ "alg": "EdDSA", "crit": ["exp"] });
    assert!(refused(&signed(critical, &claims())).contains("critical headers"));
}

#[test]
fn an_algorithm_has_to_be_allowed() {
    let provider = provider(json!({ "algorithms": ["ES256"] }));
    let outcome = plain(&provider, "", &token(&claims()), NOW_MS);
    assert_eq!(why(outcome), "the token is signed by an algorithm that is not allowed");
    let by_default = json!({ "keys": "k", "issuer": "i", "audience": "a" }).to_string();
    let allowed = Settings::read(&by_default).unwrap().algorithms;
    assert!(!allowed.contains(&crate::key::Algorithm::Hs256));
}

#[test]
fn a_token_is_of_one_issuer_for_one_audience_and_for_a_time() {
    for (name, value, wanted) in [
        ("iss", json!("https://other"), "the token is of another issuer"),
        ("iss", Value::Null, "the token is of another issuer"),
        ("aud", json!("other"), "the token is for another audience"),
        ("aud", json!([]), "the token is for another audience"),
        ("aud", Value::Null, "the token is for another audience"),
        ("exp", json!(NOW_S - 60), "the token has expired"),
        ("exp", Value::Null, "the token never expires"),
        ("exp", json!(-1), "the token never expires"),
        ("nbf", json!(NOW_S + 61), "the token is not valid yet"),
        ("nbf", json!("soon"), "the token's nbf is no time"),
        ("sub", json!(""), "the token names no user"),
        ("sub", json!("a\nb"), "the token names no user"),
        ("sub", Value::Null, "the token names no user"),
        ("groups", json!([1]), "the token's groups are none"),
        ("groups", json!(1), "the token's groups are none"),
    ] {
        assert_eq!(refused(&token(&but(name, value))), wanted, "{name}");
    }
}

#[test]
fn clocks_may_differ_by_so_much() {
    let at = |skew: u64, now_s: u64| {
        let provider = provider(json!({ "clock_skew_s": skew }));
        is_jo(&plain(&provider, "", &token(&claims()), now_s * 1000))
    };
    assert!(at(0, NOW_S) && at(0, NOW_S + 99) && !at(0, NOW_S + 100) && !at(0, NOW_S - 1));
    assert!(at(30, NOW_S - 30) && !at(30, NOW_S - 31) && at(30, NOW_S + 129));
    let longer = r#"{"keys": "k", "issuer": "i", "audience": "a", "clock_skew_s": 601}"#;
    assert!(Settings::read(longer).is_err());
}

#[test]
fn other_claims_may_name_the_user_and_the_groups() {
    let provider = provider(json!({ "identity_claim": "email", "groups_claim": "scope" }));
    let mut claims = but("email", json!("jo@here"));
    claims["scope"] = json!("read  write");
    let SaslOutcome::Success { identity, groups, .. } =
        plain(&provider, "jo@here", &token(&claims), NOW_MS)
    else {
        panic!("it is a good token")
    };
    assert_eq!(identity, "jo@here");
    assert_eq!(groups, ["read", "write"]);
}

#[test]
fn a_password_that_is_no_token_is_somebody_elses() {
    let provider = provider(json!({}));
    assert_eq!(plain(&provider, "jo", "secret", NOW_MS), SaslOutcome::NotMine);
    let outcome = plain(&provider, "al", &token(&claims()), NOW_MS);
    assert_eq!(why(outcome), "the token is of another user than the one that is named");
    assert_eq!(why(plain(&provider, "al\0", "x", NOW_MS)), "no message of PLAIN");
}

#[test]
fn bearers_are_told_that_their_token_is_none() {
    let provider = provider(json!({}));
    let good = format!("n,a=jo,\x01auth=Bearer {}\x01\x01", token(&claims()));
    let judged = provider.judge(SessionId(1), Mechanism::OauthBearer, good.as_bytes(), NOW_MS);
    assert!(is_jo(&judged));
    let late = token(&but("exp", json!(1)));
    let bad = format!("user=jo\x01auth=Bearer {late}\x01\x01");
    let judged = provider.judge(SessionId(2), Mechanism::Xoauth2, bad.as_bytes(), NOW_MS);
    assert_eq!(judged, SaslOutcome::Challenge(INVALID_TOKEN.to_vec()));
    let (done, answer) = completion();
    provider.step(SessionId(2), b"\x01", done);
    assert_eq!(why(answer.wait().unwrap()), "the token has expired");
}

#[test]
fn a_login_without_its_message_is_asked_for_it_once() {
    let provider = provider(json!({}));
    let (done, answer) = completion();
    provider.start(SessionId(1), &PEER, "PLAIN", None, done);
    assert_eq!(answer.wait().unwrap(), SaslOutcome::Challenge(Vec::new()));
    for wanted in ["no message of PLAIN", "this login never began"] {
        let (done, answer) = completion();
        provider.step(SessionId(1), b"x", done);
        assert_eq!(why(answer.wait().unwrap()), wanted);
    }
}

#[test]
fn nobody_says_a_token_where_others_read_along() {
    let provider = provider(json!({}));
    let remote = Peer { is_loopback: false, ..PEER };
    assert!(provider.mechanisms(&remote).is_empty());
    assert_eq!(provider.mechanisms(&PEER), ["OAUTHBEARER", "XOAUTH2", "PLAIN"]);
    let message = format!("\0jo\0{}", token(&claims()));
    let (done, answer) = completion();
    provider.start(SessionId(1), &remote, "PLAIN", Some(message.as_bytes()), done);
    assert!(why(answer.wait().unwrap()).ends_with("which is not encrypted"));
    let (done, answer) = completion();
    provider.start(SessionId(1), &PEER, "OTHER", None, done);
    assert_eq!(answer.wait().unwrap(), SaslOutcome::NotMine);
}
