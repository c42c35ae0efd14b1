//! The tools for authors of plugins, over a component.

use std::fs;

use super::*;

/// A filter that takes every expression and fails on every message.
fn failing() -> Component {
    let text = r#"(data (i32.const 2048) "no map")"#;
    let fails = "(call $fail (i32.const 0) (i32.const 2048) (i32.const 6))";
    Component::filter("near").code(text).entry("matches", fails)
}

#[test]
fn a_failure_is_told_whatever_a_broker_makes_of_it() {
    let folder = Folder::new();
    folder.put("geo.wasm", &failing());
    let (component, messages) = (folder.path("geo.wasm"), folder.path("messages.jsonl"));
    fs::write(&messages, r#"{"routing_key": "a"}"#).unwrap();
    for (table, rule) in [("geo", "pass"), ("near", "no-match")] {
        let config = folder.path("philter.toml");
        fs::write(&config, format!("[wasm.{table}]\non_failure = \"{rule}\"\n")).unwrap();
        for command in ["test", "bench"] {
            let [component, messages, config] =
                [&component, &messages, &config].map(|path| path.to_str().unwrap());
            let options = ["--expression", "=a", "--messages", messages, "--config", config];
            let ended = folder.plugin(&[&[command, component][..], &options].concat());
            assert_eq!(ended.status.code(), Some(1), "{command}: {}", ended.report());
            assert!(ended.report().contains("no map"), "{command}: {}", ended.report());
        }
    }
}
