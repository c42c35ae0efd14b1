//! An auth provider as somebody would write it in C, without the SDK, who keeps the contract or
//! breaks it as the mechanism's name says.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::ThreadId;

use super::Recorder;
use crate::abi::host::Library;
use crate::abi::native::plugin_record;
use crate::abi::status;
use crate::abi::types::{
    PhAuthVtable, PhContext, PhFactory, PhHost, PhPeer, PhPlugin, PhReply, PhSaslOutcome, PhSlice,
    number,
};
use crate::factory::Kind;

static HOST: AtomicPtr<PhHost> = AtomicPtr::new(std::ptr::null_mut());

/// The token that each session was given.
pub(super) static TOKENS: Mutex<Vec<(u64, u64)>> = Mutex::new(Vec::new());

/// Who wants to know that an instance was destroyed, by the instance's number.
pub(super) static DESTROYED: LazyLock<Mutex<HashMap<u64, Sender<ThreadId>>>> =
    LazyLock::new(Mutex::default);

/// The library, opened once, for its host is one for all tests.
pub(super) static LIBRARY: LazyLock<(Library, Arc<Recorder>)> = LazyLock::new(|| {
    let recorder = Recorder::new();
    let services: Arc<Recorder> = Arc::clone(&recorder);
    // SAFETY: an entry of this program, which is never unloaded.
    let library = unsafe { Library::enter("raw.so".into(), entry, services) };
    (library.unwrap(), recorder)
});

pub(super) fn token_of(session: u64) -> u64 {
    let tokens = TOKENS.lock().unwrap();
    tokens.iter().find(|(of, _)| *of == session).unwrap().1
}

/// Completes as the plugin.
pub(super) fn complete(token: u64, status: i32, bytes: PhSlice) {
    // SAFETY: the host that the entry was given.
    let host = unsafe { &*HOST.load(Ordering::Acquire) };
    // SAFETY: the host's function and context.
    unsafe { host.complete.unwrap()(host.ctx, token, status, bytes) };
}

/// Completes as the plugin, with success for this identity.
pub(super) fn succeed(token: u64, identity: &str) {
    complete(token, status::OK, PhSlice::over(&success(identity)));
}

fn success(identity: &str) -> PhSaslOutcome {
    PhSaslOutcome {
        size: size_of::<PhSaslOutcome>(),
        outcome: number::SASL_SUCCESS,
        reserved: 0,
        data: PhSlice::ABSENT,
        identity: PhSlice::of(identity),
        groups: std::ptr::null(),
        group_count: 0,
        expires_at_ms: 0,
    }
}

static VTABLE: PhAuthVtable = PhAuthVtable {
    size: size_of::<PhAuthVtable>(),
    create: Some(create),
    destroy: Some(destroy),
    command: None,
    mechanisms: Some(mechanisms),
    start: Some(start),
    step: Some(step),
    abandon: None,
    authorize: None,
    limits: None,
    inspect: None,
};

static FACTORIES: &[PhFactory] = &[PhFactory {
    size: size_of::<PhFactory>(),
    kind: Kind::Auth.number(),
    kind_major: Kind::Auth.version().major,
    kind_minor: Kind::Auth.version().minor,
    type_name: PhSlice::of("raw"),
    configuration_schema: PhSlice::ABSENT,
    subcommand: PhSlice::ABSENT,
    flags: 0,
    vtable: (&raw const VTABLE).cast(),
}];

static PLUGIN: PhPlugin = plugin_record("raw", "1", "MIT", FACTORIES);

unsafe extern "C" fn entry(host: *const PhHost) -> *const PhPlugin {
    HOST.store(host.cast_mut(), Ordering::Release);
    &raw const PLUGIN
}

unsafe extern "C" fn create(
    context: *const PhContext,
    instance: *mut *mut c_void,
    _: *const PhReply,
) -> i32 {
    // SAFETY: the host's context.
    let number = unsafe { (*context).instance };
    // SAFETY: the host's place.
    unsafe { instance.write(Box::into_raw(Box::new(number)).cast()) };
    status::OK
}

unsafe extern "C" fn destroy(instance: *mut c_void) {
    // SAFETY: what `create` made.
    let number = unsafe { Box::from_raw(instance.cast::<u64>()) };
    if let Some(told) = DESTROYED.lock().unwrap().get(&number) {
        // A test that has ended wants to know no more.
        let _ = told.send(std::thread::current().id());
    }
}

unsafe extern "C" fn mechanisms(_: *mut c_void, _: *const PhPeer, reply: *const PhReply) -> i32 {
    // SAFETY: the host's reply.
    let reply = unsafe { *reply };
    for name in [&b"SCRAM"[..], b"PLAIN", b"\xff"] {
        // SAFETY: the host's function and context.
        unsafe { reply.result.unwrap()(reply.ctx, PhSlice::new(name)) };
    }
    status::OK
}

unsafe extern "C" fn step(_: *mut c_void, _: u64, _: PhSlice, _: u64, _: *const PhReply) -> i32 {
    status::of_error(crate::error::ErrorKind::NotFound)
}

unsafe extern "C" fn start(
    _: *mut c_void,
    session: u64,
    _: *const PhPeer,
    mechanism: PhSlice,
    _: *const PhSlice,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    TOKENS.lock().unwrap().push((session, token));
    // SAFETY: the host's reply.
    let reply = unsafe { *reply };
    // SAFETY: the host's function and context.
    let result = |bytes| unsafe { reply.result.unwrap()(reply.ctx, bytes) };
    // SAFETY: the host's function and context.
    let error = |text| unsafe { reply.error.unwrap()(reply.ctx, 3, 4, text) };
    // SAFETY: the host's text.
    match unsafe { mechanism.host_text() } {
        "AT-ONCE" => result(PhSlice::over(&success("once"))),
        "LATER" => return status::PENDING,
        "BEFORE" => {
            succeed(token, "before");
            return status::PENDING;
        }
        "TWICE" => {
            succeed(token, "first");
            succeed(token, "second");
            return status::PENDING;
        }
        "BOTH" => {
            succeed(token, "completed");
            result(PhSlice::over(&success("returned")));
        }
        "UNKNOWN-TOKEN" => {
            succeed(u64::MAX, "nobody");
            result(PhSlice::over(&success("known")));
        }
        "ERROR" => {
            error(PhSlice::new(b"bad \xff thing"));
            return status::of_error(crate::error::ErrorKind::InvalidArgument);
        }
        "SILENT-ERROR" => return status::of_error(crate::error::ErrorKind::LimitExceeded),
        "STATUS" => return 7,
        "ABSENT" => return status::ABSENT,
        "NO-RESULT" => {}
        "TWO-RESULTS" => {
            result(PhSlice::over(&success("one")));
            result(PhSlice::over(&success("two")));
        }
        "SHORT" => result(PhSlice::new(&[8, 0, 0, 0, 0, 0, 0, 0])),
        "BAD-OUTCOME" => result(PhSlice::over(&PhSaslOutcome { outcome: 9, ..success("") })),
        "BAD-IDENTITY" => {
            let identity = PhSlice::new(&[0xff]);
            result(PhSlice::over(&PhSaslOutcome { identity, ..success("") }));
        }
        "NULL-GROUPS" => result(PhSlice::over(&PhSaslOutcome { group_count: 2, ..success("") })),
        "MANY-GROUPS" => {
            let group_count = usize::MAX;
            result(PhSlice::over(&PhSaslOutcome { group_count, ..success("") }));
        }
        other => panic!("no such behaviour: {other}"),
    }
    status::OK
}
