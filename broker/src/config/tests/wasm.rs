//! `[wasm.NAME]`: what components may take.

use serde_json::json;

use super::super::wasi::Wasi;
use super::super::wasm::{Endpoint, OnFailure, WasmSettings};
use super::*;

const PAGE: &str = include_str!("../../../docs/configuration.md");

fn settings(text: &str) -> WasmSettings {
    let config = load(&[], &[], Some(text)).unwrap();
    config.plugins.wasm["geo"].settings.clone()
}

#[test]
fn a_table_says_what_differs_from_the_defaults() {
    assert_eq!(settings("[wasm.geo]"), WasmSettings::default());
    let text = "[wasm.geo]\nmemory_bytes_max = \"16M\"\ncall_ms_max = 0x14\ntraps_max = 1\n\
                on_failure = \"no-match\"";
    let wanted = WasmSettings {
        memory_bytes_max: 16 * 1024 * 1024,
        call_ms_max: 20,
        traps_max: 1,
        on_failure: OnFailure::NoMatch,
        ..WasmSettings::default()
    };
    assert_eq!(settings(text), wanted);
    let inline = "wasm = { geo = { memory_bytes_max = 65536, create_ms_max = 7, retry_ms = 8 } }";
    let wanted = WasmSettings {
        memory_bytes_max: 65_536,
        create_ms_max: 7,
        retry_ms: 8,
        ..WasmSettings::default()
    };
    assert_eq!(settings(inline), wanted);
}

#[test]
fn a_table_grants_parts_of_wasi() {
    let text = "[wasm.geo]\nwasi = [\"stdio\", \"environment\"]\n\
                environment = { TZ = \"UTC\", LEVEL = 3 }";
    let settings = settings(text);
    assert_eq!(settings.wasi, [Wasi::Stdio, Wasi::Environment].into());
    let variables =
        settings.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    assert_eq!(variables.collect::<Vec<_>>(), [("LEVEL", "3"), ("TZ", "UTC")]);
    let shown = settings.shown();
    assert!(shown.contains(&("wasi", json!(["stdio", "environment"]))), "{shown:?}");
    assert!(shown.contains(&("environment", json!(["LEVEL", "TZ"]))), "values may be secrets");
}

#[test]
fn grants_of_wasi_that_are_none_are_refused() {
    let words = r#"a list of "clocks", "random", "stdio", "environment", "stubs""#;
    let text = "[wasm.a]\nwasi = \"clocks\"\n[wasm.b]\nwasi = [\"clocks\", \"files\"]\n\
                [wasm.c]\nenvironment = { TZ = \"UTC\" }\n[wasm.d]\nenvironment = [\"TZ\"]\n\
                wasi = [\"environment\"]\n";
    let errors = load(&[], &[], Some(text)).unwrap_err();
    let string = format!("philter.toml:2:1: wasm.a.wasi = string: wanted {words}");
    let files = format!("philter.toml:4:1: wasm.b.wasi = files: wanted {words}");
    let wanted = [
        string.as_str(),
        files.as_str(),
        "philter.toml:6:1: wasm.c.environment = variables: wanted wasi = [\"environment\"] beside \
         them",
        "philter.toml:8:1: wasm.d.environment = array: wanted a table such as { TZ = \"UTC\" }",
    ];
    assert_eq!(errors.lines().collect::<Vec<_>>(), wanted);
}

#[test]
fn all_that_is_wrong_is_said_with_line_and_column() {
    let text = "[wasm.geo]\n  memory_bytes_max = \"5G\"\ncall_ms_max = 0\non_failure = \"ignore\"\n\
                [wasm.a]\ncall_ms = 5\nretry_ms = 1.5\nsparkle = 1\nwasi = [\"clocks\"]\n\
                [wasm]\nb = { \"é\" = 1, traps_max = -1 }\nc = 1\n";
    let errors = load(&[], &[], Some(text)).unwrap_err();
    let wanted = [
        "philter.toml:2:3: wasm.geo.memory_bytes_max = 5G: wanted bytes such as 67108864 or 64M, \
         from 64k to 4G",
        "philter.toml:3:1: wasm.geo.call_ms_max = 0: wanted a number from 1 to 60000",
        "philter.toml:4:1: wasm.geo.on_failure = ignore: wanted reject, pass or no-match",
        "philter.toml:6:1: wasm.a.call_ms: no such option; did you mean call_ms_max?",
        "philter.toml:7:1: wasm.a.retry_ms = float: wanted a string, an integer or a boolean",
        "philter.toml:8:1: wasm.a.sparkle: no such option",
        "philter.toml:11:7: wasm.b.é: no such option",
        "philter.toml:11:16: wasm.b.traps_max = -1: wanted a number from 1 to 4294967295",
        "philter.toml:12:1: wasm.c = integer: wanted a table",
    ];
    assert_eq!(errors.lines().collect::<Vec<_>>(), wanted);
    let error = load(&[], &[], Some("port = 1\nwasm = 1")).unwrap_err();
    assert_eq!(error, "philter.toml:2:1: wasm = integer: wanted tables such as [wasm.geo]");
}

#[test]
fn a_table_grants_files_and_endpoints_by_names() {
    let text = "[wasm.geo]\nfiles = { keys = \"/etc/keys.json\" }\n\
                [wasm.geo.http.idp]\nurl = \"https://idp.example/a\"\ntimeout_ms = 100\n\
                response_bytes_max = \"2k\"\nca_file = \"/etc/ca.pem\"\n\
                [wasm.geo.http.other]\nurl = \"http://127.0.0.1:8080\"\n";
    let found = settings(text);
    assert_eq!(found.files["keys"].to_str(), Some("/etc/keys.json"));
    let idp = Endpoint {
        url: "https://idp.example/a".to_owned(),
        timeout_ms: 100,
        response_bytes_max: 2048,
        ca_file: Some("/etc/ca.pem".into()),
    };
    assert_eq!(found.http["idp"], idp);
    let url = "http://127.0.0.1:8080".to_owned();
    assert_eq!(found.http["other"], Endpoint { url, ..Endpoint::default() });
    let shown = found.shown();
    let http = shown.iter().find(|(key, _)| *key == "http").unwrap();
    let other =
        json!({"url": "http://127.0.0.1:8080", "timeout_ms": 2000, "response_bytes_max": 1048576});
    assert_eq!(http.1["other"], other);
}

#[test]
fn a_grant_that_is_none_is_said_with_line_and_column() {
    let text = "[wasm.a]\nfiles = { keys = \"keys.json\", \"a b\" = \"/x\", n = 1 }\n\
                http = { a = { url = \"ftp://x\" }, b = { timeout_ms = 0 }, c = 1,\
                d = { url = \"https://u@x\", urls = 1, response_bytes_max = \"1G\" } }\n\
                [wasm.b]\nfiles = 1\nhttp = []\n";
    let errors = load(&[], &[], Some(text)).unwrap_err();
    let wanted = [
        "philter.toml:2:11: wasm.a.files.keys = keys.json: wanted an absolute path",
        "philter.toml:2:31: wasm.a.files.a b = a b: wanted a name of 1 to 127 of A-Z a-z 0-9 . _ -",
        "philter.toml:2:45: wasm.a.files.n = integer: wanted an absolute path",
        "wasm.a.http.a.url = ftp://x: wanted https://HOST/PATH or http://HOST/PATH",
        "wasm.a.http.b.timeout_ms = 0: wanted a number from 1 to 600000",
        "wasm.a.http.b = no url: wanted a key url",
        "wasm.a.http.c = integer: wanted a table such as { url = \"https://idp.example\" }",
        "wasm.a.http.d.url = https://u@x: wanted https://HOST/PATH or http://HOST/PATH",
        "wasm.a.http.d.urls: no such option; did you mean url?",
        "wasm.a.http.d.response_bytes_max = 1G: wanted bytes such as 1048576 or 1M, from 1 to 64M",
        "philter.toml:5:1: wasm.b.files = integer: wanted a table such as { keys = ",
        "philter.toml:6:1: wasm.b.http = array: wanted a table such as { idp = ",
    ];
    for line in wanted {
        assert!(errors.contains(line), "{line}\nin\n{errors}");
    }
    assert_eq!(errors.lines().count(), wanted.len(), "{errors}");
}

#[test]
fn each_setting_is_shown_with_where_it_stands() {
    let config = load(&[], &[], Some("[wasm.\"geo.wasm\"]\n\n retry_ms = 7")).unwrap();
    let shown = config.shown();
    let shown: Vec<_> = shown.iter().filter(|one| one.name.starts_with("wasm.")).collect();
    assert_eq!(shown.len(), WasmSettings::default().shown().len());
    let retry = shown.iter().find(|one| one.name == "wasm.geo.wasm.retry_ms").unwrap();
    assert_eq!(retry.value, json!(7));
    let origins: Vec<String> = retry.origins.iter().map(ToString::to_string).collect();
    assert!(origins[0].ends_with("philter.toml:3:2: wasm.geo.wasm.retry_ms"), "{origins:?}");
    let calls = shown.iter().find(|one| one.name == "wasm.geo.wasm.call_ms_max").unwrap();
    assert_eq!((&calls.value, calls.origins.len()), (&json!(5), 0));
    assert_eq!(config.sources(), "1 about plugins");
}

#[test]
fn every_setting_stands_on_the_page_with_its_default() {
    for (key, value) in WasmSettings::default().shown() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let row = PAGE.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).unwrap();
        assert_eq!(row.split('|').nth(2).unwrap().trim(), value, "{row}");
    }
}
