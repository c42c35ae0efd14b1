//! A console of a running broker: calls methods of its management over AMQP 0-10, one after the
//! other, as any console would (QMF version 2).

use philter_management::qmf::v2::{APP_ID, DIRECT_EXCHANGE, LOCAL_KEY};
use philter_protocol::reader::Reader;
use philter_protocol::v0_10::command::{MessageFlow, MessageSubscribe, QueueDeclare};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{DeliveryProperties, MessageProperties, ReplyTo};
use philter_protocol::v0_10::{FieldMap, Value};

use crate::bench::{BenchError, Client, Target};

/// The broker's object, by which its methods are called.
const BROKER: &str = "org.apache.qpid.broker:broker:amqp-broker";

/// The queue that answers come to; it goes with the connection.
const ANSWERS: &str = "philter-console";

/// The header that says what a message of management is.
const OPCODE: &str = "qmf.opcode";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsoleError {
    /// The connection.
    #[error(transparent)]
    Connection(#[from] BenchError),
    /// The broker's management said no, in its own words.
    #[error("{0}")]
    Refused(String),
    /// What came is no answer of management.
    #[error("{peer} answered {method} with what is no answer: {text}")]
    NoAnswer {
        /// The broker.
        peer: String,
        /// What was called.
        method: &'static str,
        /// What is wrong with it.
        text: String,
    },
}

/// A connection to a broker's management.
pub(crate) struct Console {
    peer: String,
    client: Client,
    answers: String,
}

impl Console {
    /// Comes in.
    ///
    /// # Errors
    /// Why the broker refused.
    pub(crate) fn open(target: &Target) -> Result<Self, ConsoleError> {
        let mut client = Client::open(target, "philter")?;
        let answers = format!("{ANSWERS}-{}", client.session_name());
        client.run(QueueDeclare {
            queue: answers.clone(),
            exclusive: true,
            auto_delete: true,
            ..QueueDeclare::default()
        })?;
        let (queue, destination) = (answers.clone(), ANSWERS.to_owned());
        client.run(MessageSubscribe { queue, destination, ..MessageSubscribe::default() })?;
        for unit in [0, 1] {
            let destination = ANSWERS.to_owned();
            client.run(MessageFlow { destination, unit, value: u32::MAX })?;
        }
        Ok(Self { peer: target.to_string(), client, answers })
    }

    /// With so many seconds for each answer.
    pub(crate) fn patient(mut self, answer_s: u64) -> Self {
        self.client.wait_up_to(answer_s);
        self
    }

    /// Calls a method of the broker's object and waits for what it answers.
    ///
    /// # Errors
    /// The broker's management refused, or did not answer.
    pub(crate) fn call(
        &mut self,
        method: &'static str,
        arguments: FieldMap,
    ) -> Result<FieldMap, ConsoleError> {
        self.call_object(BROKER, method, arguments)
    }

    /// Calls a method of any object and waits for what it answers.
    ///
    /// # Errors
    /// The broker's management refused, or did not answer.
    pub(crate) fn call_object(
        &mut self,
        object: &str,
        method: &'static str,
        arguments: FieldMap,
    ) -> Result<FieldMap, ConsoleError> {
        let (header, body) = self.request(object, method, arguments);
        self.client.send(DIRECT_EXCHANGE, &header, &body)?;
        let (header, body) = self.client.receive(method)?;
        let headers = Headers::parse(&header).map_err(|fault| self.no_answer(method, &fault))?;
        let headers = headers.message.application_headers.to_map();
        let headers = headers.map_err(|fault| self.no_answer(method, &fault))?;
        let body = FieldMap::decode(&mut Reader::new(&body));
        let body = body.map_err(|fault| self.no_answer(method, &fault))?;
        match headers.get(OPCODE).and_then(Value::as_str) {
            Some("_method_response") => Ok(map_in(&body, "_arguments")),
            Some("_exception") => {
                let values = map_in(&body, "_values");
                let text = values.get("error_text").and_then(text_of).unwrap_or_default();
                Err(ConsoleError::Refused(text))
            }
            other => Err(self.no_answer(method, &other.unwrap_or("no opcode"))),
        }
    }

    /// The header and body of a call.
    fn request(&self, object: &str, method: &str, arguments: FieldMap) -> (Vec<u8>, Vec<u8>) {
        let text = |text: &str| Value::Str16(text.to_owned());
        let object = FieldMap::new().with("_object_name", text(object));
        let call = FieldMap::new()
            .with("_object_id", Value::Map(object))
            .with("_method_name", text(method))
            .with("_arguments", Value::Map(arguments));
        let mut body = Vec::new();
        call.encode(&mut body);
        let mut header = Vec::new();
        let routing_key = Some(LOCAL_KEY.to_owned());
        DeliveryProperties { routing_key, ..DeliveryProperties::default() }
            .write_struct32(&mut header);
        let reply_to = ReplyTo { exchange: None, routing_key: Some(self.answers.clone()) };
        MessageProperties {
            reply_to: Some(reply_to),
            app_id: Some(APP_ID.as_bytes().to_vec()),
            content_type: Some("amqp/map".to_owned()),
            application_headers: Some(FieldMap::new().with(OPCODE, text("_method_request"))),
            ..MessageProperties::default()
        }
        .write_struct32(&mut header);
        (header, body)
    }

    fn no_answer(&self, method: &'static str, fault: &dyn std::fmt::Display) -> ConsoleError {
        ConsoleError::NoAnswer { peer: self.peer.clone(), method, text: fault.to_string() }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.client.leave();
    }
}

/// A map in a map; empty where there is none.
fn map_in(map: &FieldMap, name: &str) -> FieldMap {
    match map.get(name) {
        Some(Value::Map(inner)) => inner.clone(),
        _ => FieldMap::new(),
    }
}

/// A text, in whichever type it comes.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Vbin8(bytes) | Value::Vbin16(bytes) | Value::Vbin32(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
        other => other.as_str().map(str::to_owned),
    }
}
