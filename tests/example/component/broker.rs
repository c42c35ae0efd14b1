//! The examples side by side in one broker.

use philter_tests::wasm_examples::WasmExamples;

use super::Place;

#[test]
fn all_are_loaded_and_listed() {
    let Some(place) = Place::find_or_skip("all_are_loaded_and_listed") else { return };
    let Some(examples) = WasmExamples::find_or_skip("all_are_loaded_and_listed") else { return };
    let broker = place.start();
    let names = examples.names();
    let file = |name: &String| format!("/{name}.wasm");
    for name in &names {
        broker.wait_for_log(&file(name));
    }
    let listed = place.list().expect_success().stdout;
    for name in &names {
        let line = listed.iter().position(|line| line.ends_with(&file(name)));
        let line = line.unwrap_or_else(|| panic!("no {name} in\n{}", listed.join("\n")));
        let limits = listed[line..].iter().find(|line| line.contains("component: "));
        assert!(limits.is_some_and(|limits| limits.contains("memory_bytes_max = ")), "{name}");
    }
    let types = listed.join("\n");
    for what in [
        "exchange x-consistent-hash",
        "exchange x-geo",
        "filter json",
        "filter terms",
        "filter json-js",
        "store encrypted",
    ] {
        assert!(types.contains(&format!("  {what}: ")), "{what} in\n{types}");
    }
    assert!(types.contains("  filter json-py: "), "{types}");
    assert!(types.contains("  auth token: auth kind 0.1 (draft)"), "{types}");
    assert!(types.contains("files = {\"keys\":\"/etc/philter/keys.json\"}"), "{types}");
}
