//! What an operator grants a component by name: files to read and endpoints to ask
//! (`wit/auth/philter-auth.wit`).
//!
//! A component never says where a file lies or whom it asks: it says a name, and the table
//! `[wasm.NAME]` of the broker's configuration says the rest. A native library may open files and
//! sockets itself, from what its own configuration says, and is granted nothing: natively both
//! functions answer [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported).
//!
//! Both wait. In a component they answer in `create`, `start`, `step`, `authorize` and a
//! subcommand, and `Unsupported` everywhere else.

use crate::error::Result;

/// What is asked of an endpoint.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` or `OPTIONS`.
    pub method: &'a str,
    /// Put behind the endpoint's URL; it begins with `/`, and has no `.` or `..` between slashes.
    pub path_and_query: &'a str,
    /// Names and values, but for those of length, host and connection.
    pub headers: &'a [(&'a str, &'a str)],
    /// With POST, PUT and PATCH.
    pub body: &'a [u8],
}

/// What an endpoint answered, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status; redirections are not followed.
    pub status: u16,
    /// Names in lower case and values, in the order of the answer.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Reads the file of this name, as it is now.
///
/// # Errors
/// No file has this name, it is too long, or it cannot be read; natively always.
pub fn read_file(name: &str) -> Result<Vec<u8>> {
    #[cfg(target_family = "wasm")]
    return crate::abi::wasm::read_file(name);
    #[cfg(not(target_family = "wasm"))]
    return Err(natively(&format!("the file '{name}'")));
}

/// Asks the endpoint of this name and waits for what it answers.
///
/// # Errors
/// No endpoint has this name, the request is none, the answer is too long, or there is none in the
/// time that the operator gives it; natively always.
pub fn http_request(endpoint: &str, request: &Request<'_>) -> Result<Response> {
    #[cfg(target_family = "wasm")]
    return crate::abi::wasm::http_request(endpoint, request);
    #[cfg(not(target_family = "wasm"))]
    return Err(natively(&format!("the endpoint '{endpoint}' for {}", request.method)));
}

#[cfg(not(target_family = "wasm"))]
fn natively(what: &str) -> crate::error::Error {
    let text = format!("{what} is granted to components alone: a native library opens it itself");
    crate::error::Error::new(crate::error::ErrorKind::Unsupported, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_native_library_is_granted_nothing() {
        let error = read_file("keys").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.text().starts_with("the file 'keys' is granted to components alone"));
        let request = Request { method: "GET", path_and_query: "/", ..Request::default() };
        assert!(http_request("idp", &request).unwrap_err().text().contains("'idp' for GET"));
    }
}
