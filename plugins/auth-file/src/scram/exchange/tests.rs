//! RFC 7677's example, and what happens beside it.

use proptest::prelude::*;

use super::*;
use crate::credential::Credential;
use crate::password::Password;
use crate::sha256::{hash, salted_password};

const CLIENT_FIRST: &[u8] = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const SERVER_NONCE: &str = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const CLIENT_FINAL: &[u8] = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

fn known(password: &str, salt: [u8; 16], iterations: u32) -> Found {
    let password = Password::parse(password.as_bytes()).unwrap();
    Found { credential: Credential::derive(&password, &salt, iterations), is_known: true }
}

fn rfc_7677() -> (Challenged, String) {
    let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap().try_into().unwrap();
    begin(CLIENT_FIRST, known("pencil", salt, 4096), SERVER_NONCE)
}

fn begin(client_first: &[u8], found: Found, server_nonce: &str) -> (Challenged, String) {
    let first = ClientFirst::parse(client_first).unwrap();
    let user = UserName::parse(&first.user).unwrap();
    Challenged::begin(&first, user, found, server_nonce)
}

/// What a client answers to `server_first`.
fn client_final(bare: &str, server_first: &str, password: &str) -> String {
    let field = |name: &str| {
        let mut fields = server_first.split(',');
        fields.find_map(|field| field.strip_prefix(name)).unwrap().to_owned()
    };
    let salt = STANDARD.decode(field("s=")).unwrap();
    let password = Password::parse(password.as_bytes()).unwrap();
    let salted = salted_password(password.as_bytes(), &salt, field("i=").parse().unwrap());
    let client_key = hmac(&salted, &[b"Client Key"]);
    let without_proof = format!("c=biws,r={}", field("r="));
    let auth_message = format!("{bare},{server_first},{without_proof}");
    let signature = hmac(&hash(&client_key), &[auth_message.as_bytes()]);
    format!("{without_proof},p={}", STANDARD.encode(xor(&client_key, &signature)))
}

#[test]
fn speaks_the_example_of_rfc_7677() {
    let (challenged, server_first) = rfc_7677();
    assert_eq!(
        server_first,
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    );
    let proven = challenged.finish(CLIENT_FINAL).unwrap();
    assert_eq!(proven.user.as_str(), "user");
    assert_eq!(proven.server_final, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

#[test]
fn refuses_another_nonce_or_header() {
    let refused = |message: &str| rfc_7677().0.finish(message.as_bytes()).unwrap_err();
    let text = std::str::from_utf8(CLIENT_FINAL).unwrap();
    assert_eq!(refused(&text.replace("hNlF$k0", "hNlF$k1")), ScramError::OtherNonce);
    assert_eq!(refused(&text.replace("hNlF$k0", "")), ScramError::OtherNonce);
    assert_eq!(refused(&text.replace("biws", "eSws")), ScramError::OtherHeader);
}

#[test]
fn refuses_a_wrong_password_and_an_unknown_user() {
    let salt = [3; 16];
    let bare = "n=user,r=abc";
    let first = format!("n,,{bare}");
    let (challenged, server_first) = begin(first.as_bytes(), known("right", salt, 4096), "xyz");
    let answer = client_final(bare, &server_first, "wrong");
    let error = challenged.finish(answer.as_bytes()).unwrap_err();
    assert_eq!(error, ScramError::WrongPassword { user: "user".to_owned() });

    let mock = Credential::mock(&[1; 32], "user", 4096);
    let unknown = Found { credential: mock, is_known: false };
    let (challenged, server_first) = begin(first.as_bytes(), unknown, "xyz");
    let answer = client_final(bare, &server_first, "right");
    let error = challenged.finish(answer.as_bytes()).unwrap_err();
    assert_eq!(error, ScramError::UnknownUser { user: "user".to_owned() });
}

#[test]
fn the_right_password_of_a_name_that_is_not_known_is_no_way_in() {
    let mut found = known("right", [3; 16], 4096);
    found.is_known = false;
    let (challenged, server_first) = begin(b"n,,n=user,r=abc", found, "xyz");
    let answer = client_final("n=user,r=abc", &server_first, "right");
    assert!(challenged.finish(answer.as_bytes()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_name_and_password_get_in(
        name in "[a-z,=]{1,12}|[\u{e0}-\u{ff}]{1,4}",
        password in "[ -~]{1,16}|[\u{e0}-\u{ff}]{1,8}",
    ) {
        let escaped = name.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={escaped},r=abc");
        let first = format!("n,,{bare}");
        let (challenged, server_first) =
            begin(first.as_bytes(), known(&password, [3; 16], 4096), "xyz");
        let answer = client_final(&bare, &server_first, &password);
        let proven = challenged.finish(answer.as_bytes()).unwrap();
        prop_assert_eq!(proven.user.as_str(), name);
    }
}
