//! Every option says where its value was decided.

use serde_json::{Value, json};

use super::*;

fn shown(config: &Config, name: &str) -> (Value, Vec<String>) {
    let shown = config.shown();
    let found = shown.iter().find(|shown| shown.name == name).unwrap();
    let place = |origin: &&Origin| {
        let text = origin.to_string();
        text.rsplit_once('/').map_or(text.clone(), |(_, name)| name.to_owned())
    };
    (found.value.clone(), found.origins.iter().map(place).collect())
}

#[test]
fn each_layer_is_named() {
    let file = Some("port = 1\nrealm = \"FILE\"\ninterface = [\"::1\", \"127.0.0.1\"]");
    let variables = [("PHILTER_REALM", "P"), ("QPID_MAX_CONNECTIONS", "9")];
    let config = load(&[(Name::Trace, "yes")], &variables, file).unwrap();
    let origins = |name| shown(&config, name);
    assert_eq!(origins("port"), (json!(1), vec!["philter.toml:1: port".to_owned()]));
    assert_eq!(origins("realm"), (json!("P"), vec!["PHILTER_REALM".to_owned()]));
    assert_eq!(origins("max-connections"), (json!(9), vec!["QPID_MAX_CONNECTIONS".to_owned()]));
    assert_eq!(origins("trace"), (json!(true), vec!["--trace".to_owned()]));
    assert_eq!(origins("log-level"), (json!("trace"), vec!["--trace".to_owned()]));
    let interfaces = json!(["::1", "127.0.0.1"]);
    assert_eq!(origins("interface"), (interfaces, vec!["philter.toml:3: interface".to_owned()]));
    assert_eq!(origins("mgmt-enable"), (json!(true), Vec::new()));
}

#[test]
fn what_another_option_decided_names_that_one() {
    let config = load(&[(Name::NoDataDir, "yes")], &[], Some("data-dir = \"/x\"")).unwrap();
    let decided = vec!["--no-data-dir".to_owned()];
    assert_eq!(shown(&config, "data-dir"), (Value::Null, decided.clone()));
    assert_eq!(shown(&config, "no-data-dir"), (json!(true), decided));
}

#[test]
fn a_part_of_the_memory_says_of_what() {
    let config = load(&[(Name::MemoryLimit, "50%")], &[], None).unwrap();
    let shown = config.shown();
    let limit = shown.iter().find(|shown| shown.name == "memory-limit").unwrap();
    assert!(limit.note.as_ref().unwrap().starts_with("50 % of "), "{limit:?}");
    assert_eq!(limit.value, json!(config.memory_limit_bytes));
    let config = load(&[(Name::MemoryLimit, "2G")], &[], None).unwrap();
    assert_eq!(config.memory_limit_bytes, 1 << 31);
    assert!(config.shown().iter().all(|shown| shown.note.is_none()));
}

#[test]
fn of_a_plugins_table_the_keys_alone_are_shown() {
    let config =
        load(&[], &[], Some("[plugin.ldap]\nurl = \"ldap://x\"\npassword = \"pw\"")).unwrap();
    let (value, origins) = shown(&config, "plugin.ldap");
    assert_eq!(value, json!(["password", "url"]));
    assert_eq!(origins, ["philter.toml:1: plugin.ldap"]);
}
