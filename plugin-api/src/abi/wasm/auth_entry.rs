//! The functions of the WIT's interface `auth`, as a module exports them.
//!
//! # Safety
//! As in `filter_entry`.

#![allow(clippy::missing_safety_doc, reason = "the file says it once for all")]

use super::answer::leave;
use super::auth::AuthComponent;
use super::given::{list, text};
use crate::auth::Auth;
use crate::factory::Factory;

pub use super::common_entry::{command, create, describe, destroy};

pub unsafe fn mechanisms<T: Factory + Auth>(
    component: &AuthComponent<T>,
    peer: *mut u8,
    peer_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let peer = unsafe { list(peer, peer_len) };
    leave(|answer| answer.texts(&component.mechanisms(&peer)))
}

#[allow(clippy::too_many_arguments, reason = "the WIT's own, flattened")]
pub unsafe fn start<T: Factory + Auth>(
    component: &AuthComponent<T>,
    session: u64,
    peer: *mut u8,
    peer_len: usize,
    mechanism: *mut u8,
    mechanism_len: usize,
    has_initial: u32,
    initial: *mut u8,
    initial_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let peer = unsafe { list(peer, peer_len) };
    // SAFETY: given for this call.
    let mechanism = unsafe { text(mechanism, mechanism_len) };
    let initial = (has_initial != 0).then(|| {
        // SAFETY: given for this call where it is there.
        unsafe { list(initial, initial_len) }
    });
    leave(|answer| {
        let initial: Option<&[u8]> = initial.as_deref();
        answer.outcome(component.start(session, &peer, &mechanism, initial));
    })
}

pub unsafe fn step<T: Factory + Auth>(
    component: &AuthComponent<T>,
    session: u64,
    response: *mut u8,
    response_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let response = unsafe { list(response, response_len) };
    leave(|answer| answer.outcome(component.step(session, &response)))
}

pub fn abandon<T: Factory + Auth>(component: &AuthComponent<T>, session: u64) {
    component.abandon(session);
}

pub unsafe fn authorize<T: Factory + Auth>(
    component: &AuthComponent<T>,
    access: *mut u8,
    access_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let access = unsafe { list(access, access_len) };
    leave(|answer| answer.authorization(component.authorize(&access)))
}

pub unsafe fn limits<T: Factory + Auth>(
    component: &AuthComponent<T>,
    identity: *mut u8,
    identity_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let identity = unsafe { text(identity, identity_len) };
    leave(|answer| answer.bare_bytes(component.limits(&identity)))
}

pub fn inspect<T: Factory + Auth>(component: &AuthComponent<T>) -> *const u32 {
    leave(|answer| answer.text_or_error(component.inspect()))
}
