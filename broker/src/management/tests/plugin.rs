//! Loaded plugins as objects, and components that are read again.

use std::fs::write;

use super::*;
use crate::plugin::Catalog;

/// A native plugin `direct` and a component `geo.wasm`, of version 1.
fn stage() -> (Stage, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("geo.wasm");
    write(&path, "1").unwrap();
    let mut catalog = Catalog::brought(&["direct"], || panic!("nobody asks for an exchange"));
    catalog.bring_text(&["near", "in"], &path);
    (Stage::with_catalog(catalog), folder)
}

fn plugin(key: &str) -> ObjectName {
    ObjectName::new(&schema::PLUGIN, key)
}

#[test]
fn each_type_is_an_object_and_components_have_figures() {
    let (stage, folder) = stage();
    let management = management(&stage);
    let plugins = all(&management, "plugin");
    let names: Vec<_> = plugins.iter().map(|plugin| plugin.name.0.as_str()).collect();
    let wanted =
        ["direct", "near", "in"].map(|one| format!("philter.broker:plugin:exchange,{one}"));
    assert_eq!(names, wanted);
    let of = |column: &str| plugins.iter().map(|one| value(one, column)).collect::<Vec<_>>();
    let texts = |texts: [&str; 3]| texts.map(|text| Some(Value::from(text)));
    assert_eq!(of("carrier"), texts(["native", "component", "component"]));
    assert_eq!(of("version"), texts(["1.0.0", "1", "1"]));
    assert_eq!(of("calls"), [0, 7, 7].map(|calls| Some(Value::Unsigned(calls))));
    assert_eq!(of("callTime"), [0, 9, 9].map(|ns| Some(Value::Duration(ns))));
    let open = Some(Value::from("open"));
    assert_eq!(of("breaker"), [None, open.clone(), open]);
    assert_eq!(value(&plugins[1], "lastError"), Some(Value::from("it fell over")));
    let path = folder.path().join("geo.wasm").display().to_string();
    assert_eq!(value(&plugins[2], "path"), Some(Value::Text(path)));
}

#[test]
fn a_component_is_read_again_by_its_type_or_by_any_of_its_names() {
    let (stage, folder) = stage();
    let management = management(&stage);
    for key in ["exchange,near", "geo.wasm", "in"] {
        write(folder.path().join("geo.wasm"), key).unwrap();
        let answer = call(&management, &plugin(key), "reload", []).unwrap();
        assert_eq!(answer, [("version".to_owned(), Value::from(key))]);
    }
    let reloads = value(&all(&management, "plugin")[1], "reloads");
    assert_eq!(reloads, Some(Value::Unsigned(3)));
}

#[test]
fn what_can_not_be_read_again_says_why() {
    let (stage, folder) = stage();
    let management = management(&stage);
    let refusal = |key: &str| call(&management, &plugin(key), "reload", []).unwrap_err();
    assert!(refusal("exchange,direct").to_string().contains("is a native library"));
    assert_eq!(refusal("far").status(), 1);
    assert_eq!(refusal("filter,near").status(), 1);
    write(folder.path().join("geo.wasm"), "-").unwrap();
    let error = refusal("near");
    assert_eq!(error.status(), 7);
    assert!(error.status_text().contains("it begins with a dash; what was loaded before stays"));
}
