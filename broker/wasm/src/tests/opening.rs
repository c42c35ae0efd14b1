//! What is a plugin and what is not, and what the operator reads.

use philter_plugin_api::Verdict;

use super::*;

fn refused(bytes: impl AsRef<[u8]>) -> String {
    Bench::new().try_open(bytes).err().unwrap().to_string()
}

#[test]
fn a_component_is_what_it_says() {
    let bench = Bench::new();
    let info = bench.open(&Text::filter("it").and(Text::exchange("way"))).info();
    let types = info.factories.iter().map(|it| (it.kind.name(), &*it.type_name));
    let mut types: Vec<_> = types.collect();
    types.sort_unstable();
    assert_eq!(types, [("exchange", "way"), ("filter", "it")]);
    assert!(info.factories.iter().all(|factory| factory.optional_entries == ["inspect"]));
}

#[test]
fn what_is_no_component_is_named() {
    let cut = Text::filter("it").build();
    let cut = refused(&cut[..cut.len() / 2]);
    assert!(cut.starts_with("plugin 'plugin.wasm': the file is no WASM component: "), "{cut}");
    assert!(refused("hello").contains("the file is no WASM component"));
    let module = refused(wat::parse_str("(module)").unwrap());
    assert!(module.contains("a core WASM module, wanted is a component"), "{module}");
    let empty = refused(wat::parse_str("(component)").unwrap());
    let wanted = "it exports nothing";
    assert!(empty.ends_with(wanted), "{empty}");
}

#[test]
fn another_version_of_the_interface_is_named() {
    let error = refused(Text::filter("it").exported_as("philter:plugin/filter@9.0.0").build());
    let wanted = "the component exports 'philter:plugin/filter@9.0.0', wanted is \
                  'philter:plugin/filter@1.0.0'";
    assert!(error.ends_with(wanted), "{error}");
    let error = refused(Text::filter("it").exported_as("other:plugin/filter@1.0.0").build());
    assert!(error.ends_with("it exports other:plugin/filter@1.0.0"), "{error}");
}

/// What was built for a later minor version is there as far as this one goes.
#[test]
fn any_minor_version_of_the_interface_is_loaded() {
    let bench = Bench::new();
    let text = Text::filter("it")
        .exported_as("philter:plugin/filter@1.9.2")
        .replace("philter:plugin/types@1.0.0", "philter:plugin/types@1.7.0")
        .replace("philter:plugin/host@1.0.0", "philter:plugin/host@1.9.0")
        .replace(
            r#"(export "random" (func (param"#,
            r#"(export "later" (func (result u32))) (export "random" (func (param"#,
        );
    let (_component, filter) = bench.filter(&text);
    let (all, _) = filter.compile("true").unwrap();
    assert_eq!(matched(&*filter, &[&message("a")], &[all]).unwrap(), [(0, 0)]);
}

/// Components of the contract's 1.0, which stand as they are: a test that fails here has found a
/// broken promise.
#[test]
fn components_of_version_1_0_are_loaded_and_asked() {
    let kept = |text: &str| wat::parse_str(text).unwrap();
    let bench = Bench::new();
    let filter = include_str!("../../../../plugin-api/tests/kept/exchange-filter-1.0/filter.wat");
    let component = bench.try_open(kept(filter)).unwrap();
    let filter = component.create_filter("kept", &context("kept")).unwrap();
    let (by_key, reads) = filter.compile("=a").unwrap();
    let (by_body, _) = filter.compile("^b").unwrap();
    assert!(reads.is_key_only());
    let (one, two) = (message("a").body("b"), message("c").header("h", 1).body("bc"));
    let found = matched(&*filter, &[&one, &two], &[by_key, by_body]).unwrap();
    assert_eq!(found, [(0, 0), (0, 1), (1, 1)]);
    assert_eq!(filter.transform(by_key, &one).unwrap(), Verdict::DeadLetter);
    let exchange =
        include_str!("../../../../plugin-api/tests/kept/exchange-filter-1.0/exchange.wat");
    let component = bench.try_open(kept(exchange)).unwrap();
    let exchange = component.create_exchange("kept", &context("orders")).unwrap();
    exchange.bind(&binding(3, "a")).unwrap();
    exchange.bind(&binding(4, "#")).unwrap();
    assert_eq!(routed(&*exchange, &[&one, &two]).unwrap(), [(0, 3), (0, 4), (1, 4)]);
    assert_eq!(exchange.inspect(None).unwrap(), "{\"is-well\": true}");
}

#[test]
fn of_two_versions_the_one_that_is_known_is_taken() {
    let exported = |version: &str| {
        format!("(export \"philter:plugin/filter@{version}\" (instance $filter-out))")
    };
    let both = [exported("2.0.0"), exported("1.0.0")].concat();
    let text = Text::filter("it").replace(&exported("1.0.0"), &both);
    assert_eq!(Bench::new().open(&text).info().factories.len(), 1);
}

#[test]
fn what_is_not_granted_is_named() {
    let import = r#"(import "wasi:cli/environment@0.2.0" (instance))"#;
    let error = refused(Text::filter("it").declaration(import).build());
    let wanted = "the component imports 'wasi:cli/environment@0.2.0', which it is not granted";
    assert!(error.contains(wanted), "{error}");
}

#[test]
fn a_description_that_is_wrong_is_named() {
    let error = refused(Text::filter("it").description("no JSON").build());
    assert!(error.contains("describe of 'philter:plugin/filter@1.0.0': expected ident"), "{error}");
    let error = refused(Text::filter("it").description(b"{\"name\": \"\xff\"}").build());
    assert!(error.contains("describe of 'philter:plugin/filter@1.0.0'"), "{error}");
    assert!(error.contains("utf-8"), "{error}");
}

#[test]
fn a_file_that_loops_or_traps_as_it_begins_is_refused() {
    let mut bench = Bench::new();
    bench.settings.create_ms_max = 5;
    let text = Text::filter("it").entry("describe", "(loop $for-ever (br $for-ever)) unreachable");
    let error = bench.try_open(text.build()).err().unwrap().to_string();
    assert!(error.contains("the call took more than 5 ms of the thread's time"), "{error}");
    let text = Text::filter("it").entry("describe", "unreachable");
    let error = bench.try_open(text.build()).err().unwrap().to_string();
    assert!(error.contains("trap: it gave up (unreachable)"), "{error}");
}

#[test]
fn a_configuration_that_nobody_takes_is_refused() {
    let bench = Bench::new();
    let plain = r#"{"name": "n", "version": "1", "licence": "MIT", "type": "it"}"#;
    let component = bench.open(&Text::filter("it").description(plain));
    let with = |configuration| Context { configuration, ..context("it") };
    let error = component.create_filter("it", &with("{\"a\": 1}")).err().unwrap();
    assert_eq!(error.text(), "'it' takes no configuration, only {}");
    assert!(component.create_filter("it", &with("[")).is_err());
    let error = component.create_filter("that", &context("that")).err().unwrap();
    assert_eq!(error.text(), "this plugin has no filter 'that'");
}

#[test]
fn compiled_code_is_kept_and_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("kept");
    for _ in 0..2 {
        let engine = Engine::new(EngineOptions {
            cache_dir: Some(cache.clone()),
            ..EngineOptions::default()
        })
        .unwrap();
        let bench = Bench { engine, ..Bench::new() };
        let (_component, filter) = bench.filter(&Text::filter("it"));
        let (all, _) = filter.compile("true").unwrap();
        assert_eq!(matched(&*filter, &[&message("a")], &[all]).unwrap(), [(0, 0)]);
        assert_eq!(cache.read_dir().unwrap().count(), 1);
    }
}
