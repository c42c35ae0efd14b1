//! The file's format: what is read back, what is kept, what is refused in which line.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::credential::BadCredential;
use crate::name::BadName;

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn credential(seed: u8) -> Credential {
    Credential::mock(&[seed; 32], "seed", 4096)
}

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn refused(text: &str) -> (usize, Malformed) {
    UsersText::parse(text.as_bytes()).unwrap_err()
}

#[test]
fn keeps_comments_and_order_when_a_user_changes() {
    let before = format!(
        "philter-users 1\nmock-key {KEY}\n# staff\nuser\tbob\t{}\n\n# robots\nuser\tr2\t{}\n",
        credential(1),
        credential(2)
    );
    let mut text = UsersText::parse(before.as_bytes()).unwrap();
    assert_eq!(text.to_string(), before);
    assert!(text.replace(&name("r2"), credential(3)));
    assert!(text.delete(&name("bob")));
    let after = format!(
        "philter-users 1\nmock-key {KEY}\n# staff\n\n# robots\nuser\tr2\t{}\n",
        credential(3)
    );
    assert_eq!(text.to_string(), after);
}

#[test]
fn refuses_a_malformed_file_by_line() {
    let head = format!("philter-users 1\nmock-key {KEY}\n");
    let good = credential(1);
    assert_eq!(refused(""), (1, Malformed::Header));
    assert_eq!(refused("philter-users 2\n"), (1, Malformed::Header));
    assert_eq!(refused("philter-users 1\n"), (2, Malformed::NoMockKey));
    assert_eq!(refused("philter-users 1\nmock-key AAAA\n"), (2, Malformed::MockKey));
    assert_eq!(refused(&format!("{head}# ok\nbob {good}\n")), (4, Malformed::User));
    assert_eq!(refused(&format!("{head}user\tbob\n")), (3, Malformed::User));
    assert_eq!(refused(&format!("{head}user\t\t{good}\n")), (3, BadName::Empty.into()));
    assert_eq!(refused(&format!("{head}user\tbob\tx\n")), (3, BadCredential::Shape.into()));
    assert_eq!(
        refused(&format!("{head}user\tbob\t{good}\n\nuser\tbob\t{good}\n")),
        (5, Malformed::Duplicate { first_line: 3 })
    );
    assert_eq!(
        refused(&format!("{head}user\t\u{2168}\t{good}\n")),
        (3, Malformed::NotPrepared { prepared: "IX".to_owned() })
    );
}

#[test]
fn bytes_that_are_no_text_are_refused_by_line() {
    assert_eq!(UsersText::parse(b"philter-users 1\n\xff"), Err((2, Malformed::Encoding)));
}

/// What the command does to a file.
#[derive(Clone, Debug)]
enum Operation {
    Add(UserName, u8),
    Delete(UserName),
    Replace(UserName, u8),
    WriteAndRead,
}

fn names() -> impl Strategy<Value = UserName> {
    prop::sample::select(vec!["bob", "a,b", "a=b", "=2C", "#x", "user", "J\u{fc}rgen", "b c"])
        .prop_map(name)
}

fn operations() -> impl Strategy<Value = Operation> {
    prop_oneof![
        (names(), any::<u8>()).prop_map(|(name, seed)| Operation::Add(name, seed)),
        names().prop_map(Operation::Delete),
        (names(), any::<u8>()).prop_map(|(name, seed)| Operation::Replace(name, seed)),
        Just(Operation::WriteAndRead),
    ]
}

proptest! {
    #[test]
    fn behaves_as_a_map_of_names(operations in prop::collection::vec(operations(), 0..40)) {
        let mut text = UsersText::new().unwrap();
        let mut model: BTreeMap<UserName, Credential> = BTreeMap::new();
        for operation in operations {
            match operation {
                Operation::Add(name, seed) => {
                    let is_new = !model.contains_key(&name);
                    prop_assert_eq!(text.add(name.clone(), credential(seed)), is_new);
                    model.entry(name).or_insert_with(|| credential(seed));
                }
                Operation::Delete(name) => {
                    prop_assert_eq!(text.delete(&name), model.remove(&name).is_some());
                }
                Operation::Replace(name, seed) => {
                    let present = model.get_mut(&name);
                    prop_assert_eq!(text.replace(&name, credential(seed)), present.is_some());
                    if let Some(present) = present {
                        *present = credential(seed);
                    }
                }
                Operation::WriteAndRead => {
                    let read = UsersText::parse(text.to_string().as_bytes()).unwrap();
                    prop_assert_eq!(&read, &text);
                }
            }
            let mut present: Vec<_> = text.names().cloned().collect();
            present.sort();
            prop_assert_eq!(present, model.keys().cloned().collect::<Vec<_>>());
        }
        let users = text.users(4096);
        for (name, credential) in model {
            let found = users.find(&name);
            prop_assert!(found.is_known);
            prop_assert_eq!(found.credential, credential);
        }
    }

    #[test]
    fn any_bytes_are_a_file_or_an_error(bytes in any::<Vec<u8>>()) {
        let _ = UsersText::parse(&bytes);
        let mut behind_head = format!("philter-users 1\nmock-key {KEY}\n").into_bytes();
        behind_head.extend(bytes);
        let _ = UsersText::parse(&behind_head);
    }
}
