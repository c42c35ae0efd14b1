//! The language through the SDK's traits, as the broker uses it.

use philter_plugin_api::testing::{MockMessage, context};

use super::*;

fn reading() -> MockMessage {
    let body = r#"{"temperature":31.5,"unit":"C","tags":["a","b"],"ok":true,"none":null,
        "card":{"number":"4711","owner":"Ann"}}"#;
    MockMessage::new("reading").header("site", "b").header("level", 3).body(body)
}

fn language() -> Json {
    Json::create(&context("json")).unwrap()
}

fn matching(expressions: &[&str], batch: &[&dyn MessageView]) -> Vec<(usize, usize)> {
    let language = language();
    let compile = |expression: &&str| language.compile(expression).unwrap().0;
    let handles: Vec<_> = expressions.iter().map(compile).collect();
    let mut found = Vec::new();
    language
        .matches(batch, &handles, &mut |message, handle| found.push((message, handle)))
        .unwrap();
    found
}

fn holds(expression: &str) -> bool {
    !matching(&[expression], &[&reading()]).is_empty()
}

#[test]
fn conditions_over_headers_and_body_hold_as_they_say() {
    for expression in [
        r#"site = "b" and $.temperature > 30"#,
        r#"site = "a" or level >= 3"#,
        "not (level > 3) and not missing",
        r#"$.tags[1] = "b""#,
        r#"$.card.owner != "Bob""#,
        r#"$["card"]["number"] = "4711""#,
        "$.ok and $.ok = true",
        "$.none = null and missing = null and $.x.y = null",
        "`level` = 3 and level = 3.0 and -1 < level",
        "$.tags and $.card",
        "true",
    ] {
        assert!(holds(expression), "{expression}");
    }
}

#[test]
fn conditions_that_do_not_hold_do_not_match() {
    for expression in [
        r#"site = "b" and $.temperature > 31.5"#,
        r#"level = "3""#,
        r#"level < "4" or level > "2""#,
        "$.tags[2]",
        "$.none",
        "not $.ok",
        "$.card = $.card",
        "false or null",
    ] {
        assert!(!holds(expression), "{expression}");
    }
}

#[test]
fn and_binds_closer_than_or() {
    assert!(holds("true or false and false"));
    assert!(!holds("(true or false) and false"));
    assert!(holds("not false and true"));
}

#[test]
fn a_batch_is_answered_by_message_and_handle() {
    let other = MockMessage::new("other").header("site", "a").body("{}");
    let batch: [&dyn MessageView; 2] = [&reading(), &other];
    let expressions = [r#"site = "a""#, "site", "$.ok"];
    assert_eq!(matching(&expressions, &batch), [(0, 1), (0, 2), (1, 0), (1, 1)]);
}

#[test]
fn headers_alone_never_read_a_body() {
    let reads = |expression| language().compile(expression).unwrap().1;
    assert_eq!(reads("site = \"b\" and not level"), Reads::KEY | Reads::HEADERS);
    assert_eq!(reads("$.a > 3"), Reads::KEY | Reads::BODY);
    assert_eq!(reads("site or $.a"), Reads::KEY | Reads::HEADERS | Reads::BODY);
    assert_eq!(reads("site redact $.a"), Reads::KEY | Reads::HEADERS | Reads::BODY);
    assert!(reads("true").is_key_only());
}

#[test]
fn a_body_that_is_no_json_fails_what_asks_for_it() {
    let message = MockMessage::new("x").header("site", "b").body("no json");
    let expressions = ["$.a = null", "not $.a", "site", "site or $.a"];
    assert_eq!(matching(&expressions, &[&message]), [(0, 2), (0, 3)]);
    let language = language();
    let (handle, _) = language.compile("$.a").unwrap();
    language.matches(&[&message], &[handle], &mut |_, _| {}).unwrap();
    assert!(language.inspect(Some(handle)).unwrap().contains(r#""failed":1"#));
    let error = language.transform(handle, &message).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.text().starts_with("the body is no JSON: expected"), "{error}");
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (expression, line, column, text) in [
        ("", 1, 1, "a header's name, a path, a text or a number is missing"),
        ("site = ", 1, 8, "a header's name, a path, a text or a number is missing"),
        ("site = and", 1, 8, "'and' is here, and a header's name"),
        ("a = 1\n  b", 2, 3, "'b' is here, and 'and', 'or', 'redact' or the end is wanted"),
        ("(a", 1, 3, "')' is missing"),
        ("$.", 1, 3, "a member's name is missing"),
        ("$[a]", 1, 3, "'a' is here, and a whole number or a text is wanted"),
        ("$[1.5]", 1, 3, "'1.5' is here, and a whole number"),
        ("$[1", 1, 4, "']' is missing"),
        ("redact", 1, 7, "a path, which begins with '$' is missing"),
        ("a redact $.a,", 1, 14, "a path, which begins with '$' is missing"),
        ("a & b", 1, 3, "'&' begins nothing that this language has"),
    ] {
        let error = language().compile(expression).unwrap_err();
        assert_eq!(error.place(), Some((line, column)), "{expression}: {error}");
        assert!(error.text().starts_with(text), "{expression}: {error}");
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let deep = |levels| format!("{}a{}", "(".repeat(levels), ")".repeat(levels));
    assert!(language().compile(&deep(49)).is_ok());
    assert!(language().compile(&deep(50)).is_err());
    assert!(language().compile(&"not ".repeat(10_000)).is_err());
    assert!(language().compile(&" ".repeat(16 * 1024 + 1)).is_err());
    let path = |steps| format!("${}", ".a".repeat(steps));
    assert!(language().compile(&path(127)).is_ok());
    let error = language().compile(&path(128)).unwrap_err();
    assert!(error.text().starts_with("more than 127 steps"), "{}", error.text());
}

#[test]
fn bodies_are_redacted_where_the_condition_holds() {
    let language = language();
    let transform = |expression: &str| {
        let (handle, _) = language.compile(expression).unwrap();
        language.transform(handle, &reading()).unwrap()
    };
    let Verdict::Replace { body, content_type } = transform("redact $.card.number, $.tags[0]")
    else {
        panic!("it passed");
    };
    assert_eq!(content_type, None);
    let wanted = concat!(
        r#"{"temperature":31.5,"unit":"C","tags":["***","b"],"ok":true,"none":null,"#,
        r#""card":{"number":"***","owner":"Ann"}}"#
    );
    assert_eq!(String::from_utf8(body).unwrap(), wanted);
    assert!(matches!(transform(r#"site = "b" redact $.card"#), Verdict::Replace { .. }));
    assert_eq!(transform(r#"site = "a" redact $.card"#), Verdict::Pass);
    assert_eq!(transform("redact $.missing, $.card[0]"), Verdict::Pass);
    assert_eq!(transform("level = 3"), Verdict::Pass);
    assert_eq!(transform("level = 4"), Verdict::Drop);
}

#[test]
fn a_member_that_stands_twice_is_redacted_twice() {
    let message = MockMessage::new("").body(r#"{"card":1,"card":{"a":[2]}}"#);
    let language = language();
    let (handle, _) = language.compile("redact $.card").unwrap();
    let body = br#"{"card":"***","card":"***"}"#.to_vec();
    let wanted = Verdict::Replace { body, content_type: None };
    assert_eq!(language.transform(handle, &message), Ok(wanted));
}

#[test]
fn handles_are_used_again_and_only_once() {
    let language = language();
    let handle = |expression| language.compile(expression).unwrap().0;
    let (first, second) = (handle("site"), handle("missing"));
    language.release(first);
    language.release(first);
    assert!(language.matches(&[&reading()], &[second, first], &mut |_, _| {}).is_err());
    let (third, fourth) = (handle("level"), handle("$.ok"));
    assert_eq!(third, first);
    assert!(fourth != second && fourth != third);
    assert!(language.inspect(None).unwrap().contains(r#""expressions":3"#));
}

#[test]
fn what_an_expression_asks_for_is_found_whatever_was_released_before() {
    let language = language();
    let handle = |expression| language.compile(expression).unwrap().0;
    let (first, second) = (handle("$.tags[0] = 1 or $.unit"), handle(r#"$.card.owner = "Ann""#));
    language.release(first);
    let third = handle(r#"$.unit = "C" and $.card.number = "4711" and not $.card.no"#);
    language.release(handle("$.temperature"));
    for handles in [[second, third], [third, second]] {
        let mut found = Vec::new();
        let mut answer = |message, handle| found.push((message, handle));
        language.matches(&[&reading()], &handles, &mut answer).unwrap();
        assert_eq!(found, [(0, 0), (0, 1)]);
    }
}

#[test]
fn an_expression_is_explained_and_tried() {
    let language = language();
    let expression = r#"site = "b" and $.temperature > 40 redact $.card["no word"]"#;
    let explained = concat!(
        r#"{"asks_for":["site","$.temperature"],"body":true,"headers":true,"#,
        r#""redacts":["$.card[\"no word\"]"]}"#
    );
    assert_eq!(language.explain(expression).unwrap(), explained);
    let tried = r#"{"matches":false,"values":{"$.temperature":31.5,"site":"b"}}"#;
    assert_eq!(language.try_expression(expression, &reading()).unwrap(), tried);
    let tried = language.try_expression("$.a", &MockMessage::new("").body("[")).unwrap();
    assert!(tried.contains(r#""fails":"the body is no JSON"#), "{tried}");
}
