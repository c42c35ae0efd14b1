//! The throw-away kind: an old plugin in a new host and a new plugin in an old host. Both load, and
//! what is missing is absent.

#![allow(unreachable_pub, reason = "the macro makes public structs")]

use std::ffi::c_void;

use crate::abi::host::LoadError;
use crate::abi::host::check::{Checked, KindSpec, check};
use crate::abi::layout::{Layout, abi_struct, covered, read_versioned};
use crate::abi::magic::{ABI_MAJOR, KindVersion, MAGIC};
use crate::abi::native::enter;
use crate::abi::types::{
    CommandFn, CreateFn, DestroyFn, PhContext, PhFactory, PhHost, PhPlugin, PhReply, PhSlice,
};

const TEST_KIND: u32 = 0x7f01;

abi_struct! {
    /// The kind's table at 1.0.
    versioned struct OldVtable = "ph_test_vtable" {
        /// Size of this struct.
        size: usize,
        /// Makes an instance.
        create: Option<CreateFn>,
        /// Ends an instance.
        destroy: Option<DestroyFn>,
        /// Optional.
        command: Option<CommandFn>,
        /// Answers 1.
        ping: Option<unsafe extern "C" fn() -> u32>,
    }
}

abi_struct! {
    /// The kind's table at 1.1: one more entry at its end.
    versioned struct NewVtable = "ph_test_vtable" {
        /// Size of this struct.
        size: usize,
        /// Makes an instance.
        create: Option<CreateFn>,
        /// Ends an instance.
        destroy: Option<DestroyFn>,
        /// Optional.
        command: Option<CommandFn>,
        /// Answers 1.
        ping: Option<unsafe extern "C" fn() -> u32>,
        /// Optional: answers 2.
        pong: Option<unsafe extern "C" fn() -> u32>,
    }
}

const OLD_HOST: KindSpec = KindSpec {
    number: TEST_KIND,
    name: "test",
    version: KindVersion { major: 1, minor: 0 },
    vtable: OldVtable::C_NAME,
    fields: OldVtable::FIELDS,
    optional: &["command"],
};

const NEW_HOST: KindSpec = KindSpec {
    version: KindVersion { major: 1, minor: 1 },
    fields: NewVtable::FIELDS,
    optional: &["command", "pong"],
    ..OLD_HOST
};

unsafe extern "C" fn create(_: *const PhContext, _: *mut *mut c_void, _: *const PhReply) -> i32 {
    0
}

unsafe extern "C" fn destroy(_: *mut c_void) {}

unsafe extern "C" fn ping() -> u32 {
    1
}

unsafe extern "C" fn pong() -> u32 {
    2
}

const OLD_TABLE: OldVtable = OldVtable {
    size: size_of::<OldVtable>(),
    create: Some(create),
    destroy: Some(destroy),
    command: None,
    ping: Some(ping),
};

const NEW_TABLE: NewVtable = NewVtable {
    size: size_of::<NewVtable>(),
    create: Some(create),
    destroy: Some(destroy),
    command: None,
    ping: Some(ping),
    pong: Some(pong),
};

fn factory<V>(minor: u16, table: &V) -> PhFactory {
    PhFactory {
        size: size_of::<PhFactory>(),
        kind: TEST_KIND,
        kind_major: 1,
        kind_minor: minor,
        type_name: PhSlice::of("probe"),
        configuration_schema: PhSlice::ABSENT,
        subcommand: PhSlice::ABSENT,
        flags: 0,
        vtable: std::ptr::from_ref(table).cast(),
    }
}

fn record(factories: *const PhFactory, count: usize, stride: usize) -> PhPlugin {
    PhPlugin {
        magic: MAGIC,
        abi_major: ABI_MAJOR,
        abi_minor: 0,
        size: size_of::<PhPlugin>(),
        name: PhSlice::of("probe"),
        version: PhSlice::of("1"),
        licence: PhSlice::of("MIT"),
        factories,
        factory_count: count,
        factory_stride: stride,
    }
}

fn load(factory: PhFactory, host: KindSpec) -> Result<Checked, LoadError> {
    let plugin = record(&raw const factory, 1, size_of::<PhFactory>());
    // SAFETY: records of ours, alive for the call.
    unsafe { check("probe.so", &raw const plugin, &[host]) }
}

#[test]
fn an_old_plugin_in_a_new_host_lacks_what_is_new() {
    let checked = load(factory(0, &OLD_TABLE), NEW_HOST).unwrap();
    let found = &checked.factories[0];
    assert_eq!(found.optional_entries, [""; 0]);
    // SAFETY: a table of ours, of the size that it says.
    let table = unsafe { read_versioned(found.vtable.cast::<NewVtable>()) };
    // SAFETY: a function of ours.
    assert_eq!(unsafe { table.ping.unwrap()() }, 1);
    assert!(table.pong.is_none());
}

#[test]
fn a_new_plugin_in_an_old_host_is_used_as_an_old_one() {
    let checked = load(factory(1, &NEW_TABLE), OLD_HOST).unwrap();
    // SAFETY: a table of ours, of the size that it says.
    let table = unsafe { read_versioned(checked.factories[0].vtable.cast::<OldVtable>()) };
    assert_eq!(table.size, size_of::<NewVtable>());
    // SAFETY: a function of ours.
    assert_eq!(unsafe { table.ping.unwrap()() }, 1);
}

#[test]
fn a_new_plugin_in_a_new_host_has_everything() {
    let checked = load(factory(1, &NEW_TABLE), NEW_HOST).unwrap();
    assert_eq!(checked.factories[0].optional_entries, ["pong"]);
    // SAFETY: a table of ours, of the size that it says.
    let table = unsafe { read_versioned(checked.factories[0].vtable.cast::<NewVtable>()) };
    // SAFETY: a function of ours.
    assert_eq!(unsafe { table.pong.unwrap()() }, 2);
}

#[test]
fn a_table_that_ends_inside_an_entry_lacks_it() {
    let cut = NewVtable { size: size_of::<OldVtable>() + 4, ..NEW_TABLE };
    let checked = load(factory(1, &cut), NEW_HOST).unwrap();
    // SAFETY: a table of ours; it is longer than it says.
    let table = unsafe { read_versioned(checked.factories[0].vtable.cast::<NewVtable>()) };
    assert!(table.pong.is_none());
}

#[test]
fn another_major_and_a_draft_are_refused() {
    let mut next = factory(0, &OLD_TABLE);
    next.kind_major = 2;
    let refused = load(next, OLD_HOST).unwrap_err();
    assert!(matches!(refused, LoadError::KindVersion { .. }), "{refused}");
    next.kind_major = 0;
    let refused = load(next, OLD_HOST).unwrap_err();
    assert!(matches!(refused, LoadError::DraftVersion { .. }), "{refused}");
}

/// Records of a later minor of the mechanism: each has one more field at its end.
#[test]
fn longer_records_of_a_newer_mechanism_load() {
    #[repr(C)]
    struct Longer<T> {
        record: T,
        new: u64,
    }
    let longer = |minor| {
        let mut record = factory(minor, &OLD_TABLE);
        record.size = size_of::<Longer<PhFactory>>();
        Longer { record, new: u64::MAX }
    };
    let mut factories = [longer(0), longer(0)];
    factories[1].record.type_name = PhSlice::of("second");
    let stride = size_of::<Longer<PhFactory>>();
    let mut plugin = Longer { record: record(factories.as_ptr().cast(), 2, stride), new: u64::MAX };
    plugin.record.size = size_of::<Longer<PhPlugin>>();
    // SAFETY: records of ours, alive for the call.
    let checked = unsafe { check("probe.so", (&raw const plugin).cast(), &[OLD_HOST]) }.unwrap();
    let names: Vec<_> = checked.factories.iter().map(|found| found.type_name.as_str()).collect();
    assert_eq!(names, ["probe", "second"]);
    assert!(plugin.new == u64::MAX && factories.iter().all(|factory| factory.new == u64::MAX));
}

#[test]
fn the_sdk_refuses_a_host_that_is_wrong_or_too_short() {
    static PLUGIN: PhPlugin = crate::abi::native::plugin_record("p", "1", "MIT", &[]);
    let services = super::Recorder::new();
    let good = *crate::abi::host::plugin::Plugin::leaked("p.so".into(), services).host();
    let answer = |change: &dyn Fn(&mut PhHost)| {
        let mut host = good;
        change(&mut host);
        // SAFETY: a host that `enter` refuses and does not keep.
        unsafe { enter(&raw const host, &PLUGIN) }
    };
    assert!(answer(&|host| host.magic = 0).is_null());
    assert!(answer(&|host| host.abi_major = 2).is_null());
    assert!(answer(&|host| host.size = std::mem::offset_of!(PhHost, msg_body)).is_null());
    // SAFETY: NULL is allowed.
    assert!(unsafe { enter(std::ptr::null(), &PLUGIN) }.is_null());
    assert_eq!(covered::<PhHost>(good.size), size_of::<PhHost>());
}
