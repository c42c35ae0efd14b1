//! The interfaces `files` and `http` of `wit/auth/philter-auth.wit`, as a component calls them.
//!
//! What is not called is not imported, so a plugin that needs no grant is built without one.

use super::given::{list, text};
use crate::error::{Error, ErrorKind, Result};
use crate::granted::{Request, Response};

#[link(wasm_import_module = "philter:auth/files@0.1.0")]
unsafe extern "C" {
    #[link_name = "read"]
    fn read_import(name: *const u8, name_len: usize, answer: *mut u32);
}

#[link(wasm_import_module = "philter:auth/http@0.1.0")]
unsafe extern "C" {
    #[link_name = "request"]
    fn request_import(
        endpoint: *const u8,
        endpoint_len: usize,
        method: *const u8,
        method_len: usize,
        path_and_query: *const u8,
        path_and_query_len: usize,
        headers: *const [Piece; 2],
        header_count: usize,
        body: *const u8,
        body_len: usize,
        answer: *mut u32,
    );
}

/// Address and length of what is lent to the host.
#[repr(C)]
#[derive(Clone, Copy)]
struct Piece {
    first: *const u8,
    len: usize,
}

/// A text of a list that the host gave.
#[repr(C)]
struct Given {
    first: *mut u8,
    len: usize,
}

/// The words of a result whose value has at most so many: its case, then value or error.
const WORDS: usize = 7;

/// Reads a granted file.
pub(crate) fn read_file(name: &str) -> Result<Vec<u8>> {
    let mut answer = [0u32; WORDS];
    // SAFETY: a name that lives for the call, and room for the answer.
    unsafe { read_import(name.as_ptr(), name.len(), answer.as_mut_ptr()) };
    let [case, first, len, ..] = answer;
    if case & 0xff != 0 {
        return Err(error(answer));
    }
    // SAFETY: the host made the list for this call by `realloc`.
    Ok(unsafe { list(pointer(first), len as usize) })
}

/// Asks a granted endpoint.
pub(crate) fn http_request(endpoint: &str, request: &Request<'_>) -> Result<Response> {
    let piece = |text: &str| Piece { first: text.as_ptr(), len: text.len() };
    let headers: Vec<[Piece; 2]> =
        request.headers.iter().map(|(name, value)| [piece(name), piece(value)]).collect();
    let (method, path) = (request.method, request.path_and_query);
    let mut answer = [0u32; WORDS];
    // SAFETY: texts, lists and bytes that live for the call, and room for the answer.
    unsafe {
        request_import(
            endpoint.as_ptr(),
            endpoint.len(),
            method.as_ptr(),
            method.len(),
            path.as_ptr(),
            path.len(),
            headers.as_ptr(),
            headers.len(),
            request.body.as_ptr(),
            request.body.len(),
            answer.as_mut_ptr(),
        );
    }
    let [case, status, first, count, body, body_len, _] = answer;
    if case & 0xff != 0 {
        return Err(error(answer));
    }
    // SAFETY: the host made the list for this call by `realloc`.
    let given: Vec<[Given; 2]> = unsafe { list(pointer(first), count as usize) };
    let headers = given.into_iter().map(|[name, value]| {
        // SAFETY: the host made the text for this call by `realloc`.
        let name = unsafe { text(name.first, name.len) };
        // SAFETY: the host made the text for this call by `realloc`.
        let value = unsafe { text(value.first, value.len) };
        (name, value)
    });
    let headers = headers.collect();
    // SAFETY: the host made the list for this call by `realloc`.
    let body = unsafe { list(pointer(body), body_len as usize) };
    // The canonical ABI leaves what stands behind a u16 undefined.
    let [low, high, ..] = status.to_le_bytes();
    Ok(Response { status: u16::from_le_bytes([low, high]), headers, body })
}

fn error(answer: [u32; WORDS]) -> Error {
    let [_, kind, first, len, has_place, line, column] = answer;
    let kind = match kind & 0xff {
        0 => ErrorKind::InvalidArgument,
        1 => ErrorKind::NotFound,
        2 => ErrorKind::Unauthorized,
        3 => ErrorKind::LimitExceeded,
        4 => ErrorKind::Unsupported,
        _ => ErrorKind::Internal,
    };
    // SAFETY: the host made the text for this call by `realloc`.
    let error = Error::new(kind, unsafe { text(pointer(first), len as usize) });
    if has_place & 0xff != 0 { error.at(line, column) } else { error }
}

/// An address of this component's memory, which the host was given by `realloc`.
fn pointer<T>(address: u32) -> *mut T {
    std::ptr::with_exposed_provenance_mut(address as usize)
}
