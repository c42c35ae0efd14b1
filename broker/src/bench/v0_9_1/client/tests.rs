//! The client with the protocol crate's server at the other end of a socket.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use bytes::{Buf, BytesMut};
use philter_protocol::v0_9_1::method::queue;
use philter_protocol::v0_9_1::{ServerConfig, reply_code};

use super::*;

/// A broker that lets guest in, has every queue but "gone", and serves one connection.
fn broker() -> (Target, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = listener.local_addr().unwrap().to_string().parse().unwrap();
    (target, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

/// Serves until the client goes; what it asked for.
fn serve(mut socket: TcpStream) -> Vec<String> {
    let mut server = Connection::server(
        ServerConfig {
            mechanisms: vec!["PLAIN".to_owned()],
            properties: Table::new().with("product", "test").with("version", "1"),
            locales: vec!["en_US".to_owned()],
            channel_max: 2_047,
            frame_bytes_max: 131_072,
            heartbeat_s: 60,
            negotiation_ms_max: 10_000,
        },
        0,
    );
    let (mut inbox, mut asked, mut chunk) = (BytesMut::new(), Vec::new(), [0; 4_096]);
    loop {
        while let Some(event) = server.poll_event() {
            answer(&mut server, event, &mut asked);
        }
        server.feed(&mut inbox, 0);
        if let Some(event) = server.poll_event() {
            answer(&mut server, event, &mut asked);
            continue;
        }
        let output = server.output();
        let bytes = output.copy_to_bytes(output.remaining());
        socket.write_all(&bytes).unwrap();
        match socket.read(&mut chunk) {
            Ok(count @ 1..) => inbox.extend_from_slice(&chunk[..count]),
            _ => return asked,
        }
    }
}

fn answer(server: &mut Connection, event: Event, asked: &mut Vec<String>) {
    match event {
        Event::SaslStart { response, .. } if response[..] == *b"\0guest\0guest" => {
            server.sasl_success();
        }
        Event::SaslStart { .. } => server.sasl_failure(""),
        Event::Open { virtual_host } => {
            asked.push(virtual_host);
            server.accept_open();
        }
        Event::Channel { channel, event: ChannelEvent::Open } => {
            asked.push(format!("channel {channel}"));
            server.accept_channel(channel);
        }
        Event::Channel { channel, event: ChannelEvent::Method(Method::QueueDelete(delete)) } => {
            asked.push(delete.queue.clone());
            if delete.queue == "gone" {
                server.channel_error(channel, reply_code::NOT_FOUND, "no such queue", 50, 40);
            } else {
                server.send(channel, queue::DeleteOk::default());
            }
        }
        _ => {}
    }
}

fn delete(name: &str) -> queue::Delete {
    queue::Delete { queue: name.to_owned(), ..queue::Delete::default() }
}

#[test]
fn a_guest_comes_in_and_a_refused_method_costs_a_channel() {
    let (target, broker) = broker();
    let mut client = Client::open(&target, "run").unwrap();
    assert_eq!(client.product(), "test 1");
    client.call(delete("q")).unwrap();
    let error = client.call(delete("gone")).unwrap_err();
    assert!(matches!(error, BenchError::Refused { code: 404, .. }), "{error}");
    assert!(error.to_string().contains("refused queue.delete: no such queue"), "{error}");
    client.call(delete("r")).unwrap();
    client.leave();
    drop(client);
    let asked = broker.join().unwrap();
    assert_eq!(asked, ["/", "channel 1", "q", "gone", "channel 2", "r"]);
}

#[test]
fn a_wrong_password_is_told_and_not_shown() {
    let (target, broker) = broker();
    let user = Some(("guest".to_owned(), "secret".to_owned()));
    let target = Target { user, virtual_host: "v".to_owned(), ..target };
    let error = Client::open(&target, "run").err().unwrap().to_string();
    assert!(error.contains("403") && !error.contains("secret"), "{error}");
    assert!(broker.join().unwrap().is_empty());
}
