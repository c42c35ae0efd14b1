//! What one side says through a trait, the other hears: contexts, bindings, messages, answers.

use std::fmt::Write;
use std::sync::{LazyLock, Mutex};

use super::sdk_recorder;
use crate::abi::host::Library;
use crate::abi::native::{auth_factory, enter, exchange_factory, filter_factory, plugin_record};
use crate::abi::types::{PhFactory, PhHost, PhPlugin};
use crate::auth::{Access, Action, Auth, Authorization, Limits, MechanismName, ObjectKind, Peer};
use crate::auth::{SaslOutcome, SessionId};
use crate::completion::Completion;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::{Binding, BindingId, Bound, Destination, Exchange, Matches, Protocol, Reads};
use crate::factory::{CommandOutput, Context, Factory, InstanceId, Kind};
use crate::filter::{Filter, FilterHandle, Verdict};
use crate::message::{MessageView, Property};
use crate::notify::Event;
use crate::testing::{MockMessage, arguments, binding, completion, context, route};
use crate::value::Value;

/// Says everything that it hears.
struct Echo {
    made_from: String,
    bound: Mutex<Vec<u64>>,
}

impl Factory for Echo {
    const TYPE_NAME: &'static str = "echo";
    const CONFIGURATION_SCHEMA: &'static str = r#"{"type":"object"}"#;
    const MAY_BLOCK: bool = true;

    fn create(context: &Context<'_>) -> Result<Self> {
        if context.configuration == "bad" {
            return Err(Error::invalid("the configuration is bad").at(3, 7));
        }
        Ok(Self { made_from: said_context(context), bound: Mutex::default() })
    }
}

fn said_context(context: &Context<'_>) -> String {
    let Context { instance, name, virtual_host, configuration, data_dir, arguments } = context;
    let arguments = arguments.to_value();
    format!("{instance:?} {name} {virtual_host} {configuration} {data_dir:?} {arguments:?}")
}

fn said_binding(binding: &Binding<'_>) -> String {
    let Binding { id, destination, key, arguments, declared_by } = binding;
    format!("{id:?} {destination:?} {key} {:?} {declared_by:?}", arguments.to_value())
}

fn said_message(message: &dyn MessageView) -> String {
    let mut said = format!("key {:?}\n", message.routing_key());
    for id in Property::ALL {
        writeln!(said, "{id:?} {:?}", message.property(id)).unwrap();
    }
    message.headers(&mut |name, value| writeln!(said, "{name} {value:?}").unwrap());
    writeln!(said, "one {:?} {:?}", message.header("int"), message.header("absent")).unwrap();
    let (len, second) = (message.body_len(), message.body_chunk(3));
    writeln!(said, "body {len} {second:?} {:?} {:?}", message.body_chunk(99), message.body())
        .unwrap();
    said
}

/// A message with a value of every type.
fn message() -> MockMessage {
    let map = Value::Map(vec![(Value::from("a"), Value::Null)]);
    MockMessage::new("a.b.\u{e9}")
        .property(Property::MessageId, Value::Uuid([7; 16]))
        .property(Property::Timestamp, Value::Timestamp(-5))
        .property(Property::Priority, Value::Ubyte(9))
        .header("null", Value::Null)
        .header("bool", true)
        .header("ubyte", Value::Ubyte(255))
        .header("ushort", Value::Ushort(65535))
        .header("uint", u32::MAX)
        .header("ulong", u64::MAX)
        .header("byte", Value::Byte(-128))
        .header("short", Value::Short(-32768))
        .header("int", i32::MIN)
        .header("long", i64::MIN)
        .header("float", Value::Float(-0.5))
        .header("double", Value::Double(f64::MIN_POSITIVE))
        .header("decimal32", Value::Decimal32([1, 2, 3, 4]))
        .header("decimal64", Value::Decimal64([1, 2, 3, 4, 5, 6, 7, 8]))
        .header("decimal128", Value::Decimal128([9; 16]))
        .header("char", Value::Char('\u{1f600}'))
        .header("binary", Value::Binary(vec![0, 255]))
        .header("string", "\u{e9}")
        .header("symbol", Value::Symbol("sym".into()))
        .header("map", map)
        .header("list", Value::List(vec![Value::from(1)]))
        .header("empty", "")
        .body_in_chunks([&b"abc"[..], b"defg", b"h"])
}

impl Exchange for Echo {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        if binding.key == "bad" {
            return Err(Error::invalid(said_binding(binding)));
        }
        self.bound.lock().unwrap().push(binding.id.0);
        Ok(Bound { reads: Reads::KEY | Reads::BODY, cacheable: true })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        let mut bound = self.bound.lock().unwrap();
        let place = bound.iter().position(|other| *other == id.0);
        let place = place.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such binding"))?;
        bound.remove(place);
        Ok(())
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        for (index, message) in batch.iter().enumerate() {
            let count: usize = message.routing_key().parse().unwrap_or_default();
            for id in 0..count {
                matches.push(index, BindingId(id as u64));
            }
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        Ok(format!("{} {binding:?}", self.made_from))
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        Ok(said_binding(binding) + &said_message(message))
    }
}

/// As [`Echo`], for a filter, with a subcommand.
struct EchoFilter;

impl Factory for EchoFilter {
    const TYPE_NAME: &'static str = "echo";
    const TRANSFORMS: bool = true;
    const SUBCOMMAND: Option<&'static str> = Some("echo");

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self)
    }

    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        let mut read = String::new();
        input.read_to_string(&mut read).map_err(|error| Error::internal(error.to_string()))?;
        let errors = said_context(context);
        Ok(CommandOutput { output: format!("{arguments:?} {read}"), errors, exit_code: 3 })
    }
}

impl Filter for EchoFilter {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        match expression {
            "bad" => Err(Error::invalid("unexpected end").at(1, 4)),
            _ => Ok((FilterHandle(expression.len() as u64), Reads::HEADERS)),
        }
    }

    fn release(&self, handle: FilterHandle) {
        crate::log(crate::Level::Info, &format!("released {}", handle.0));
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        for (index, message) in batch.iter().enumerate() {
            for (place, handle) in handles.iter().enumerate() {
                if handle.0 == message.body_len() {
                    answer(index, place);
                }
            }
        }
        if handles.is_empty() {
            answer(0, 5);
        }
        Ok(())
    }

    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        Ok(match handle.0 {
            0 => Verdict::Pass,
            1 => Verdict::Drop,
            2 => Verdict::DeadLetter,
            3 => Verdict::Replace { body: message.body().into_owned(), content_type: None },
            _ => Verdict::Replace { body: Vec::new(), content_type: Some("text/plain".into()) },
        })
    }

    fn explain(&self, expression: &str) -> Result<String> {
        Ok(format!("explained {expression}"))
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        Ok(format!("{expression} {}", said_message(message)))
    }
}

/// Answers as the mechanism says.
struct EchoAuth;

impl Factory for EchoAuth {
    const TYPE_NAME: &'static str = "echo";

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self)
    }
}

impl Auth for EchoAuth {
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<MechanismName> {
        let Peer { address, is_loopback, is_encrypted, server_name } = peer;
        vec![(*address).into(), (*server_name).into(), format!("{is_loopback} {is_encrypted}")]
    }

    fn start(
        &self,
        session: SessionId,
        _: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let said = format!("{session:?} {initial:?}");
        match mechanism {
            "CHALLENGE" => done.ok(SaslOutcome::Challenge(said.into())),
            "FAILURE" => done.ok(SaslOutcome::Failure("no".into())),
            "NOT-MINE" => done.ok(SaslOutcome::NotMine),
            _ => drop(done),
        }
    }

    fn step(&self, _: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        let additional = response.to_vec();
        std::thread::spawn(move || {
            done.ok(SaslOutcome::Success {
                identity: "someone@somewhere".into(),
                groups: vec!["a".into(), "b".into()],
                expires_at_ms: Some(99),
                additional,
            });
        });
    }

    fn authorize(&self, access: &Access<'_>, done: Completion<Authorization>) {
        match access.name {
            "yes" => done.ok(Authorization::Allow { log: true }),
            "no" => done.ok(Authorization::Deny { log: false }),
            _ => {
                let Access { identity, action, object, name, properties } = access;
                let properties = properties.to_value();
                let text = format!("{identity} {action:?} {object:?} {name} {properties:?}");
                done.err(Error::new(ErrorKind::NotFound, text));
            }
        }
    }

    fn limits(&self, identity: &str) -> Limits {
        Limits { connections_max: Some(identity.len() as u64), queues_max: None }
    }
}

static FACTORIES: &[PhFactory] =
    &[exchange_factory::<Echo>(), filter_factory::<EchoFilter>(), auth_factory::<EchoAuth>()];
static PLUGIN: PhPlugin = plugin_record("echoing", "1.2.3", "MIT OR Apache-2.0", FACTORIES);

unsafe extern "C" fn entry(host: *const PhHost) -> *const PhPlugin {
    // SAFETY: the host of `Library::enter`.
    unsafe { enter(host, &PLUGIN) }
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    // SAFETY: an entry of this program, which is never unloaded.
    unsafe { Library::enter("echo.so".into(), entry, sdk_recorder()) }.unwrap()
});

fn exchange() -> Box<dyn Exchange> {
    LIBRARY.create_exchange("echo", &context("x")).unwrap()
}

#[test]
fn a_plugin_says_what_it_is() {
    let info = LIBRARY.info();
    assert_eq!((info.name.as_str(), info.version.as_str()), ("echoing", "1.2.3"));
    assert_eq!((info.licence.as_str(), info.abi), ("MIT OR Apache-2.0", (1, 0)));
    let echo = &info.factories[0];
    assert_eq!((echo.kind, echo.type_name.as_str()), (Kind::Exchange, "echo"));
    assert_eq!(echo.configuration_schema, r#"{"type":"object"}"#);
    assert!(!echo.is_draft && echo.may_block && echo.subcommand.is_none());
    assert_eq!(echo.optional_entries, ["command", "inspect", "explain", "try_binding"]);
    assert_eq!(info.factories[1].subcommand.as_deref(), Some("echo"));
    assert!(!info.factories[1].may_block && info.refused.is_empty());
}

#[test]
fn a_type_that_is_not_there_is_named() {
    let error = LIBRARY.create_store("echo", &context("s")).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.text(), "plugin 'echoing' has no store 'echo'");
    let error = LIBRARY.command("sing", &context("s"), &[], &mut std::io::empty()).unwrap_err();
    assert_eq!(error.text(), "plugin 'echoing' has no subcommand 'sing'");
}

#[test]
fn a_context_arrives_whole() {
    let declared = arguments([("a", Value::from(1))]);
    let whole = Context {
        instance: InstanceId(77),
        name: "name",
        virtual_host: "host",
        configuration: r#"{"b":2}"#,
        data_dir: Some("/data"),
        arguments: declared.as_ref(),
    };
    for context in [whole, context("bare")] {
        let exchange = LIBRARY.create_exchange("echo", &context).unwrap();
        assert_eq!(exchange.inspect(None), Ok(said_context(&context) + " None"));
    }
    let bad = Context { configuration: "bad", ..context("x") };
    let error = LIBRARY.create_exchange("echo", &bad).map(|_| ()).unwrap_err();
    assert_eq!(error, Error::invalid("the configuration is bad").at(3, 7));
}

#[test]
fn a_type_without_configuration_takes_none() {
    let with = |configuration| {
        let context = Context { configuration, ..context("f") };
        LIBRARY.create_filter("echo", &context).map(|_| ())
    };
    assert_eq!(with("{}"), Ok(()));
    assert_eq!(with(" {\n} "), Ok(()));
    for bad in ["", "{", "[]", "1", r#"{"a":1}"#, "{}}"] {
        let error = Error::invalid("'echo' takes no configuration, only {}");
        assert_eq!(with(bad), Err(error), "{bad}");
    }
}

#[test]
fn a_binding_and_a_message_arrive_whole() {
    let pairs = arguments([("x-match", Value::from("any"))]);
    let to_exchange = Binding {
        destination: Destination::Exchange("other"),
        declared_by: Protocol::V0_9_1,
        ..binding(u64::MAX, "q", "key", &pairs)
    };
    let (exchange, message) = (exchange(), message());
    for binding in [binding(1, "q", "", &pairs), to_exchange] {
        let said = exchange.try_binding(&binding, &message).unwrap();
        assert_eq!(said, said_binding(&binding) + &said_message(&message));
    }
}

#[test]
fn bind_and_unbind_answer() {
    let none = arguments::<&str>([]);
    let exchange = exchange();
    let bound = exchange.bind(&binding(9, "q", "k", &none)).unwrap();
    assert_eq!(bound, Bound { reads: Reads::KEY | Reads::BODY, cacheable: true });
    let bad = binding(9, "q", "bad", &none);
    assert_eq!(exchange.bind(&bad), Err(Error::invalid(said_binding(&bad))));
    assert_eq!(exchange.unbind(BindingId(9)), Ok(()));
    let error = exchange.unbind(BindingId(9)).unwrap_err();
    assert_eq!((error.kind(), error.text()), (ErrorKind::NotFound, "no such binding"));
    assert!(exchange.inspect(Some(BindingId(4))).unwrap().ends_with("Some(BindingId(4))"));
    assert_eq!(exchange.explain(BindingId(1)).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_batch_of_any_size_is_answered_message_by_message() {
    let exchange = exchange();
    for size in [0, 1, 2, 31, 32, 33, 100] {
        let messages: Vec<_> =
            (0..size).map(|index| MockMessage::new((index * 7 % 70).to_string())).collect();
        let views: Vec<&dyn MessageView> = messages.iter().map(|message| message as _).collect();
        let answers = route(&*exchange, &views);
        assert_eq!(answers.len(), size);
        for (index, ids) in answers.iter().enumerate() {
            let wanted: Vec<_> = (0..index as u64 * 7 % 70).map(BindingId).collect();
            assert_eq!(*ids, wanted);
        }
    }
}

#[test]
fn a_filter_compiles_matches_and_transforms() {
    let filter = LIBRARY.create_filter("echo", &context("f")).unwrap();
    assert_eq!(filter.compile("true"), Ok((FilterHandle(4), Reads::HEADERS)));
    assert_eq!(filter.compile("bad"), Err(Error::invalid("unexpected end").at(1, 4)));
    filter.release(FilterHandle(424_242));
    assert!(sdk_recorder().has_line("released 424242"));
    let messages = ["", "a", "aa"].map(|body| MockMessage::new("").body(body));
    let views: Vec<&dyn MessageView> = messages.iter().map(|message| message as _).collect();
    let handles = [FilterHandle(2), FilterHandle(0), FilterHandle(2)];
    let mut found = Vec::new();
    filter.matches(&views, &handles, &mut |message, handle| found.push((message, handle))).unwrap();
    assert_eq!(found, [(0, 1), (2, 0), (2, 2)]);
    let error = filter.matches(&views, &[], &mut |_, _| ()).unwrap_err();
    let broke = "plugin 'echoing' broke its contract: matches answered with handle number 5 of 0";
    assert_eq!(error.text(), broke);
    assert!(filter.transforms());
    let verdict = |handle| filter.transform(FilterHandle(handle), &messages[2]).unwrap();
    assert_eq!(verdict(0), Verdict::Pass);
    assert_eq!(verdict(1), Verdict::Drop);
    assert_eq!(verdict(2), Verdict::DeadLetter);
    assert_eq!(verdict(3), Verdict::Replace { body: b"aa".to_vec(), content_type: None });
    let content_type = Some("text/plain".to_owned());
    assert_eq!(verdict(4), Verdict::Replace { body: Vec::new(), content_type });
    assert_eq!(filter.explain("e").unwrap(), "explained e");
    let tried = filter.try_expression("e", &messages[1]).unwrap();
    assert_eq!(tried, format!("e {}", said_message(&messages[1])));
    assert_eq!(filter.inspect(None).unwrap_err().kind(), ErrorKind::Unsupported);
}

#[test]
fn a_command_reads_writes_and_exits() {
    let context = context("c");
    let mut input = &b"standard input"[..];
    let run = LIBRARY.command("echo", &context, &["a", "", "b c"], &mut input).unwrap();
    assert_eq!(run.output, r#"["a", "", "b c"] standard input"#);
    assert_eq!(run.errors, said_context(&context));
    assert_eq!(run.exit_code, 3);
}

#[test]
fn an_auth_provider_answers() {
    let auth = LIBRARY.create_auth("echo", &context("a")).unwrap();
    let peer = Peer {
        address: "[::1]:5672",
        is_loopback: true,
        is_encrypted: false,
        server_name: "philter.example",
    };
    assert_eq!(auth.mechanisms(&peer), ["[::1]:5672", "philter.example", "true false"]);
    let start = |mechanism, initial| {
        let (done, answer) = completion();
        auth.start(SessionId(5), &peer, mechanism, initial, done);
        answer.wait()
    };
    let challenge = |text: &str| Ok(SaslOutcome::Challenge(text.into()));
    assert_eq!(start("CHALLENGE", None), challenge("SessionId(5) None"));
    assert_eq!(start("CHALLENGE", Some(b"")), challenge("SessionId(5) Some([])"));
    assert_eq!(start("CHALLENGE", Some(b"\x01")), challenge("SessionId(5) Some([1])"));
    assert_eq!(start("FAILURE", None), Ok(SaslOutcome::Failure("no".into())));
    assert_eq!(start("NOT-MINE", None), Ok(SaslOutcome::NotMine));
    let dropped = start("FORGETS", None).unwrap_err();
    assert_eq!(dropped.text(), "the plugin dropped the call without an answer");
    let (done, answer) = completion();
    auth.step(SessionId(5), b"response", done);
    let success = SaslOutcome::Success {
        identity: "someone@somewhere".into(),
        groups: vec!["a".into(), "b".into()],
        expires_at_ms: Some(99),
        additional: b"response".to_vec(),
    };
    assert_eq!(answer.wait(), Ok(success));
    let limits = Limits { connections_max: Some(4), queues_max: None };
    assert_eq!(auth.limits("four"), limits);
}

#[test]
fn an_access_arrives_whole_and_is_decided() {
    let auth = LIBRARY.create_auth("echo", &context("a")).unwrap();
    let properties = arguments([("routingkey", Value::from("k"))]);
    let authorize = |action, object, name| {
        let properties = properties.as_ref();
        let (done, answer) = completion();
        auth.authorize(&Access { identity: "me", action, object, name, properties }, done);
        answer.wait()
    };
    let (action, object) = (Action::Publish, ObjectKind::Exchange);
    assert_eq!(authorize(action, object, "yes"), Ok(Authorization::Allow { log: true }));
    assert_eq!(authorize(action, object, "no"), Ok(Authorization::Deny { log: false }));
    let properties = properties.as_ref().to_value();
    for action in Action::ALL {
        for object in ObjectKind::ALL {
            let said = authorize(action, object, "?").unwrap_err();
            assert_eq!(said.text(), format!("me {action:?} {object:?} ? {properties:?}"));
        }
    }
}

#[test]
fn a_notification_arrives() {
    LazyLock::force(&LIBRARY);
    let value = Value::Map(vec![(Value::from("shard"), Value::Uint(3))]);
    crate::notify(InstanceId(31_337), Event::EpochLost, &value);
    let events = sdk_recorder().events.lock().unwrap().clone();
    assert!(events.contains(&(InstanceId(31_337), Event::EpochLost, value)));
}
