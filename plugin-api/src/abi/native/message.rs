//! A message as the plugin sees it: the host's opaque pointer behind the SDK's trait.
//!
//! Invariant: a view lives within the call that brought its pointer, which the borrow of the
//! pointer array holds it to.

use std::ffi::c_void;

use super::entry::host;
use crate::abi::status;
use crate::abi::types::{PhMsg, PhSlice, PhValue};
use crate::message::{MessageView, Property};
use crate::value::ValueRef;

/// A message of the host.
#[repr(transparent)]
pub(super) struct NativeMessage(*const PhMsg);

/// Batches up to this size are handed on without an allocation.
const BATCH_ON_STACK: usize = 32;

/// Hands a batch of the host's messages to `work` as views.
///
/// # Safety
/// `batch` holds `count` pointers to messages of the host; all of it lives for the call.
pub(super) unsafe fn with_views<R>(
    batch: *const *const PhMsg,
    count: usize,
    work: impl FnOnce(&[&dyn MessageView]) -> R,
) -> R {
    if batch.is_null() || count == 0 {
        return work(&[]);
    }
    // SAFETY: not NULL, as many pointers as the caller promises; `NativeMessage` is one pointer.
    let messages = unsafe { std::slice::from_raw_parts(batch.cast::<NativeMessage>(), count) };
    let views = messages.iter().map(|message| message as &dyn MessageView);
    match messages {
        [] => work(&[]),
        [only] => work(&[only]),
        [first, ..] if count <= BATCH_ON_STACK => {
            let mut on_stack = [first as &dyn MessageView; BATCH_ON_STACK];
            for (to, from) in on_stack.iter_mut().zip(views) {
                *to = from;
            }
            work(on_stack.get(..count).unwrap_or_default())
        }
        _ => work(&views.collect::<Vec<_>>()),
    }
}

/// One message of the host as a view.
///
/// # Safety
/// `message` is a message of the host that lives for the call.
pub(super) unsafe fn view(message: *const PhMsg) -> NativeMessage {
    NativeMessage(message)
}

impl MessageView for NativeMessage {
    fn routing_key(&self) -> &str {
        let mut key = PhSlice::ABSENT;
        let Some(read) = host().and_then(|host| host.msg_routing_key) else { return "" };
        // SAFETY: the host's function, a message of the host that lives for the call, a slice of
        // ours.
        let status = unsafe { read(self.0, &raw mut key) };
        // SAFETY: the host gives UTF-8 that lives as long as its message, which `self` borrows.
        if status == status::OK { unsafe { key.host_text() } } else { "" }
    }

    fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        let mut value = PhValue::NULL;
        let read = host()?.msg_property?;
        // SAFETY: the host's function, a message of the host that lives for the call, a value of
        // ours.
        let status = unsafe { read(self.0, id.number(), &raw mut value) };
        // SAFETY: the host wrote the value; its slices live as long as its message.
        if status == status::OK { unsafe { value.to_ref() } } else { None }
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        let mut value = PhValue::NULL;
        let read = host()?.msg_header?;
        // SAFETY: the host's function, a message of the host that lives for the call, a value of
        // ours.
        let status = unsafe { read(self.0, PhSlice::of(name), &raw mut value) };
        // SAFETY: the host wrote the value; its slices live as long as its message.
        if status == status::OK { unsafe { value.to_ref() } } else { None }
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        let Some(read) = host().and_then(|host| host.msg_headers) else { return };
        let mut visitor = Visitor { visit, panic: None };
        let ctx = (&raw mut visitor).cast::<c_void>();
        // SAFETY: the host's function, a message of the host, a context that `visit_header`
        // expects.
        unsafe { read(self.0, ctx, visit_header) };
        if let Some(panic) = visitor.panic {
            std::panic::resume_unwind(panic);
        }
    }

    fn body_len(&self) -> u64 {
        let Some(read) = host().and_then(|host| host.msg_body_len) else { return 0 };
        // SAFETY: the host's function and a message of the host that lives for the call.
        unsafe { read(self.0) }
    }

    fn body_chunk(&self, offset: u64) -> &[u8] {
        let mut chunk = PhSlice::ABSENT;
        let Some(read) = host().and_then(|host| host.msg_body) else { return &[] };
        // SAFETY: the host's function, a message of the host that lives for the call, a slice of
        // ours.
        let status = unsafe { read(self.0, offset, &raw mut chunk) };
        // SAFETY: the host's bytes live as long as its message, which `self` borrows.
        if status == status::OK { unsafe { chunk.bytes() }.unwrap_or_default() } else { &[] }
    }
}

/// What `visit_header` needs: the plugin's closure, and its panic on the way past the host's
/// frames.
struct Visitor<'a> {
    visit: &'a mut dyn FnMut(&str, ValueRef<'_>),
    panic: Option<Box<dyn std::any::Any + Send>>,
}

unsafe extern "C" fn visit_header(ctx: *mut c_void, name: PhSlice, value: *const PhValue) {
    // SAFETY: the context that `headers` passed, which lives while the host visits.
    let visitor = unsafe { &mut *ctx.cast::<Visitor<'_>>() };
    // SAFETY: the host's value, alive for the visit; NULL is refused.
    let Some(value) = (unsafe { value.as_ref() }) else { return };
    if visitor.panic.is_some() {
        return;
    }
    // SAFETY: the host gives UTF-8 that lives for the visit.
    let name = unsafe { name.host_text() };
    // SAFETY: the host wrote the value; its slices live for the visit.
    let Some(value) = (unsafe { value.to_ref() }) else { return };
    let visit = std::panic::AssertUnwindSafe(|| (visitor.visit)(name, value));
    if let Err(panic) = std::panic::catch_unwind(visit) {
        visitor.panic = Some(panic);
    }
}
