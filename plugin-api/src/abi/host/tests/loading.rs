//! What is shown at the entry is refused by name: plugin, field, found, wanted.

use std::ffi::c_void;

use crate::abi::host::check::{KINDS, check};
use crate::abi::host::{Library, LoadError};
use crate::abi::magic::KindVersion;
use crate::abi::native::{exchange_factory, plugin_record};
use crate::abi::types::{PhExchangeVtable, PhFactory, PhPlugin, PhSlice};
use crate::error::Result;
use crate::exchange::{Binding, BindingId, Bound, Exchange, Matches};
use crate::factory::{Context, Factory, Kind};
use crate::message::MessageView;

struct Nowhere;

impl Factory for Nowhere {
    const TYPE_NAME: &'static str = "nowhere";
    const SUBCOMMAND: Option<&'static str> = Some("nowhere");

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self)
    }
}

impl Exchange for Nowhere {
    fn bind(&self, _: &Binding<'_>) -> Result<Bound> {
        Ok(Bound { reads: crate::exchange::Reads::KEY, cacheable: true })
    }

    fn unbind(&self, _: BindingId) -> Result<()> {
        Ok(())
    }

    fn route(&self, _: &[&dyn MessageView], _: &mut dyn Matches) -> Result<()> {
        Ok(())
    }
}

const FACTORY: PhFactory = exchange_factory::<Nowhere>();

/// Checks a plugin with these factories after `change`; gives the refusal's text.
fn refusal(factories: &[PhFactory], change: impl FnOnce(&mut PhPlugin)) -> String {
    let mut plugin = plugin_record("good-name", "1.0.0", "MIT", &[]);
    plugin.factories = factories.as_ptr();
    plugin.factory_count = factories.len();
    change(&mut plugin);
    // SAFETY: a record of ours, alive for the call.
    match unsafe { check("file.so", &raw const plugin, KINDS) } {
        Ok(checked) => format!("loaded {}", checked.name),
        Err(error) => error.to_string(),
    }
}

/// The refusal of the one factory after `change`.
fn factory_refusal(change: impl FnOnce(&mut PhFactory)) -> String {
    let mut factory = FACTORY;
    change(&mut factory);
    refusal(&[factory], |_| ())
}

/// The refusal of a factory whose table was changed.
fn table_refusal(change: impl FnOnce(&mut PhExchangeVtable)) -> String {
    // SAFETY: the table of an exchange, constant.
    let mut table = unsafe { *FACTORY.vtable.cast::<PhExchangeVtable>() };
    change(&mut table);
    factory_refusal(|factory| factory.vtable = (&raw const table).cast::<c_void>())
}

#[test]
fn takes_a_good_plugin() {
    assert_eq!(refusal(&[FACTORY], |_| ()), "loaded good-name");
}

#[test]
fn refuses_a_plugin_that_refuses() {
    // SAFETY: NULL is allowed.
    let refused = unsafe { check("file.so", std::ptr::null(), KINDS) }.unwrap_err();
    assert_eq!(refused, LoadError::Refused { plugin: "file.so".into() });
}

#[test]
fn refuses_a_wrong_magic_and_major() {
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.magic = 1),
        "plugin 'file.so': ph_plugin.magic is 0x00000001, wanted is 0x50484c54"
    );
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.abi_major = 2),
        "plugin 'file.so': ph_plugin.abi_major is 2, wanted is 1"
    );
    assert_eq!(refusal(&[FACTORY], |plugin| plugin.abi_minor = 9), "loaded good-name");
}

#[test]
fn refuses_short_structs_by_field() {
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.size -= 1),
        "plugin 'file.so': ph_plugin.size is 87, wanted are at least 88 for the field \
         'factory_stride'"
    );
    assert_eq!(
        factory_refusal(|factory| factory.size = 40),
        "plugin 'good-name': ph_factory.size is 40, wanted are at least 48 for the field \
         'configuration_schema'"
    );
    assert_eq!(
        table_refusal(|table| table.size = 50),
        "plugin 'good-name': ph_exchange_vtable.size is 50, wanted are at least 56 for the field \
         'route'"
    );
}

#[test]
fn takes_a_table_without_the_optional_entries_at_its_end() {
    assert_eq!(table_refusal(|table| table.size = 56), "loaded good-name");
}

#[test]
fn refuses_mandatory_entries_that_are_null() {
    assert_eq!(
        table_refusal(|table| table.unbind = None),
        "plugin 'good-name': type 'nowhere': ph_exchange_vtable.unbind is NULL, and it is mandatory"
    );
    assert_eq!(table_refusal(|table| table.inspect = None), "loaded good-name");
    assert_eq!(
        factory_refusal(|factory| factory.vtable = std::ptr::null()),
        "plugin 'good-name': ph_factory.vtable is NULL"
    );
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.factories = std::ptr::null()),
        "plugin 'good-name': ph_plugin.factories is NULL"
    );
}

#[test]
fn refuses_counts_and_strides_that_cannot_be() {
    assert_eq!(
        refusal(&[], |_| ()),
        "plugin 'good-name': ph_plugin.factory_count is 0, wanted is at least 1"
    );
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.factory_count = 65),
        "plugin 'good-name': ph_plugin.factory_count is 65, wanted are at most 64"
    );
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.factory_stride = 8),
        "plugin 'good-name': ph_plugin.factory_stride is 8, wanted are at least 80, a \
         factory's size"
    );
}

#[test]
fn refuses_other_drafts_and_says_that_they_are_drafts() {
    assert_eq!(
        factory_refusal(|factory| (factory.kind_major, factory.kind_minor) = (0, 7)),
        "plugin 'good-name': type 'nowhere' is built for the draft 0.7 of the kind exchange, \
         wanted is 1.0: drafts load only where the version is equal"
    );
    let stable = factory_refusal(|factory| {
        factory.kind = Kind::Auth.number();
        (factory.kind_major, factory.kind_minor) = (1, 1);
    });
    assert!(stable.contains("built for the draft 1.1"), "{stable}");
}

#[test]
fn refuses_unknown_kinds_one_by_one() {
    let mut unknown = FACTORY;
    unknown.kind = 9;
    let text = "plugin 'good-name': type 'nowhere' is of kind 9, which this host does not know";
    assert_eq!(refusal(&[unknown], |_| ()), text);
    let mut plugin = plugin_record("good-name", "1.0.0", "MIT", &[]);
    let factories = [unknown, FACTORY];
    plugin.factories = factories.as_ptr();
    plugin.factory_count = 2;
    // SAFETY: a record of ours, alive for the call.
    let checked = unsafe { check("file.so", &raw const plugin, KINDS) }.unwrap();
    let info = checked.info();
    assert_eq!(info.factories.len(), 1);
    assert_eq!(info.refused.iter().map(LoadError::to_string).collect::<Vec<_>>(), [text]);
}

#[test]
fn refuses_names_that_cannot_be() {
    let long = "x".repeat(128);
    let name = |name: &str| {
        let slice = PhSlice::of(name);
        factory_refusal(|factory| factory.type_name = slice)
    };
    assert_eq!(
        name("has space"),
        "plugin 'good-name': the type name 'has space' has ' ', wanted are A-Z a-z 0-9 . _ -"
    );
    assert_eq!(
        name(""),
        "plugin 'good-name': ph_factory.type_name has 0 bytes, wanted are 1 to 127"
    );
    assert_eq!(
        name(&long),
        "plugin 'good-name': ph_factory.type_name has 128 bytes, wanted are 1 to 127"
    );
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.version = PhSlice::new(&[0xff])),
        "plugin 'good-name': ph_plugin.version is not UTF-8"
    );
    assert_eq!(
        refusal(&[FACTORY], |plugin| plugin.licence.ptr = std::ptr::null()),
        "plugin 'good-name': ph_plugin.licence is NULL"
    );
}

#[test]
fn refuses_two_factories_of_one_name() {
    assert_eq!(
        refusal(&[FACTORY, FACTORY], |_| ()),
        "plugin 'good-name': two exchange factories have the type name 'nowhere'"
    );
    let mut other = FACTORY;
    other.type_name = PhSlice::of("elsewhere");
    assert_eq!(
        refusal(&[FACTORY, other], |_| ()),
        "plugin 'good-name': two factories have the subcommand 'nowhere'"
    );
    other.subcommand = PhSlice::ABSENT;
    assert_eq!(refusal(&[FACTORY, other], |_| ()), "loaded good-name");
}

#[test]
fn refuses_files_that_are_no_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| {
        let refused = Library::open(&folder.path().join(name), super::Recorder::new());
        refused.unwrap_err().to_string()
    };
    let text = open("absent.so");
    assert!(text.starts_with("plugin 'absent.so': the library cannot be loaded: "), "{text}");
    std::fs::write(folder.path().join("text.so"), "no library").unwrap();
    let text = open("text.so");
    assert!(text.starts_with("plugin 'text.so': the library cannot be loaded: "), "{text}");
    let source = folder.path().join("empty.c");
    std::fs::write(&source, "int answer(void) { return 42; }\n").unwrap();
    let mut cc = std::process::Command::new("cc");
    cc.args(["-shared", "-fPIC", "-o"]).arg(folder.path().join("empty.so")).arg(&source);
    assert!(cc.status().unwrap().success());
    assert_eq!(
        open("empty.so"),
        "plugin 'empty.so': the library has no symbol 'philter_plugin_entry_v1'"
    );
}

#[test]
fn a_major_from_one_on_loads_whatever_the_minor() {
    let version = |major, minor| KindVersion { major, minor };
    assert!(version(1, 0).loads(version(1, 9)) && version(1, 9).loads(version(1, 0)));
    assert!(!version(1, 0).loads(version(2, 0)) && !version(2, 0).loads(version(1, 0)));
    assert!(version(0, 1).loads(version(0, 1)));
    assert!(!version(0, 1).loads(version(0, 2)) && !version(1, 0).loads(version(0, 1)));
}
