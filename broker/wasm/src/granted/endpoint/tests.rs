//! An endpoint that answers what a test says, over a socket of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use super::*;

/// A server of one answer a connection, and the requests that came.
struct Server {
    port: u16,
    requests: Receiver<String>,
}

impl Server {
    fn answering(answers: impl IntoIterator<Item = String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, requests) = channel();
        let answers: Vec<_> = answers.into_iter().collect();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                sender.send(request(&stream)).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { port, requests }
    }

    fn endpoint(&self, more: &str) -> Endpoint {
        let json = format!(r#"{{"url": "http://127.0.0.1:{}/base/"{more}}}"#, self.port);
        Endpoint::new(&serde_json::from_str(&json).unwrap()).unwrap()
    }
}

fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut text, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        text.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    text + std::str::from_utf8(&body).unwrap()
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let bytes = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {bytes}\r\nconnection: close\r\n{headers}\r\n{body}"
    )
}

fn asking(method: &str, path: &str, body: &str) -> Request {
    Request {
        method: method.to_owned(),
        path_and_query: path.to_owned(),
        headers: vec![("Authorization".to_owned(), "Bearer t".to_owned())],
        body: body.into(),
    }
}

fn refusal(endpoint: &Endpoint, request: Request) -> String {
    format!("{:?}", endpoint.ask("idp", request).unwrap_err())
}

#[test]
fn a_request_goes_below_the_url_and_its_answer_comes_back() {
    let server = Server::answering([answer("201 Made", "X-A: b\r\n", "yes")]);
    let answer = server.endpoint("").ask("idp", asking("POST", "/check?a=b", "token=t")).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (201, b"yes".as_slice()));
    assert!(answer.headers.contains(&("x-a".to_owned(), "b".to_owned())), "{answer:?}");
    let request = server.requests.recv().unwrap();
    assert!(request.starts_with("POST /base/check?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.to_ascii_lowercase().contains("authorization: bearer t\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\ntoken=t"), "{request}");
}

#[test]
fn a_redirection_is_an_answer_and_nobody_follows_it() {
    let elsewhere = answer("302 Found", "Location: http://192.0.2.1/\r\n", "");
    let server = Server::answering([elsewhere]);
    let answer = server.endpoint("").ask("idp", asking("GET", "/", "")).unwrap();
    assert_eq!(answer.status, 302);
    assert!(answer.headers.contains(&("location".to_owned(), "http://192.0.2.1/".to_owned())));
}

#[test]
fn an_answer_that_is_too_long_is_none() {
    let server = Server::answering([answer("200 OK", "", "12345"), answer("200 OK", "", "123456")]);
    let endpoint = server.endpoint(r#", "response_bytes_max": 5"#);
    assert_eq!(endpoint.ask("idp", asking("GET", "/", "")).unwrap().body, b"12345");
    let refused = refusal(&endpoint, asking("GET", "/", ""));
    assert!(refused.contains("'idp' answered more than 5 bytes"), "{refused}");
    assert!(refused.contains("LimitExceeded"), "{refused}");
}

#[test]
fn nobody_waits_longer_than_the_operator_says() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let json = format!(r#"{{"url": "http://127.0.0.1:{port}", "timeout_ms": 20}}"#);
    let endpoint = Endpoint::new(&serde_json::from_str(&json).unwrap()).unwrap();
    let refused = refusal(&endpoint, asking("GET", "/", ""));
    assert!(refused.contains("'idp' has not answered within 20 ms"), "{refused}");
}

#[test]
fn what_leads_elsewhere_is_refused_before_anybody_is_asked() {
    let endpoint = Server::answering([]).endpoint("");
    for path in ["", "x", "@host/", "//../x", "/a/../b", "/a/%2E%2e/b", "/a%2f..", "/a b", "/a\r\n"]
    {
        let refused = refusal(&endpoint, asking("GET", path, ""));
        assert!(refused.contains("the path '"), "{path}: {refused}");
    }
    for method in ["", "get", "CONNECT", "TRACE", "GET /"] {
        let refused = refusal(&endpoint, asking(method, "/", ""));
        assert!(refused.contains("is none of GET, HEAD"), "{method}: {refused}");
    }
    assert!(refusal(&endpoint, asking("GET", "/", "b")).contains("by GET has no body"));
    let with = |name: &str, value: &str| Request {
        headers: vec![(name.to_owned(), value.to_owned())],
        ..asking("GET", "/", "")
    };
    assert!(refusal(&endpoint, with("Host", "other")).contains("is the broker's to set"));
    assert!(refusal(&endpoint, with("a b", "c")).contains("the header 'a b' is none"));
    let secret = refusal(&endpoint, with("Authorization", "secret\r\nX: y"));
    assert!(secret.contains("'Authorization' is none") && !secret.contains("secret"), "{secret}");
}

#[test]
fn a_url_that_is_none_is_refused() {
    for url in [
        "",
        "https://",
        "idp.example",
        "/x",
        "ftp://a",
        "https://u:p@a",
        "https://a/?b",
        "https://a/#b",
        "https://a/../b",
    ] {
        let json = serde_json::json!({ "url": url });
        let made = Endpoint::new(&serde_json::from_value(json).unwrap());
        assert!(made.is_err(), "{url}");
    }
}

#[test]
fn a_file_of_authorities_has_certificates() {
    assert_eq!(authorities(b"nothing").err().unwrap(), "there is no certificate in it");
    let broken = b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    assert!(authorities(broken).is_err());
}
