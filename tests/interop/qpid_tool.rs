//! qpid-tool: lists, shows, explains and calls.

use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;

use crate::spout_drain::spout;

/// The last line that the tool's command `help` prints: what came before it is complete.
const END_OF_HELP: &str = "Exit the program";

struct Tool<'a> {
    program: Program,
    qpid: &'a QpidPython,
    broker: &'a Broker,
}

impl<'a> Tool<'a> {
    fn start(qpid: &'a QpidPython, broker: &'a Broker) -> Self {
        let program = Program::start_typing(qpid.tool("qpid-tool").arg(broker.address()));
        Self { program, qpid, broker }
    }

    /// What the tool prints for a command at once.
    fn ask(&mut self, command: &str) -> Vec<String> {
        let seen = self.program.stdout().lines().len();
        self.program.type_text(&format!("{command}\nhelp\n"));
        let end = self.program.stdout().wait_for_after(seen, END_OF_HELP);
        assert!(end.is_some(), "{}", self.program.stderr().text());
        self.program.stdout().lines().split_off(seen)
    }

    /// Asks until a line of the answer holds `part`: the tool shows what it was told so far, and
    /// the broker tells it piece by piece.
    fn ask_until(&mut self, command: &str, part: &str) -> (String, Vec<String>) {
        loop {
            let lines = self.ask(command);
            if let Some(line) = lines.iter().find(|line| line.contains(part)) {
                return (line.clone(), lines);
            }
            // One who types at once again leaves the tool no time to listen; this takes a while.
            spout(self.qpid, self.broker, &["amq.topic", "x"]).expect_success();
        }
    }

    /// The number by which the tool names the object whose line holds `part`.
    fn id_of(&mut self, class: &str, part: &str) -> String {
        let (line, _) = self.ask_until(&format!("list {class}"), part);
        let words = line.split_whitespace();
        words.map(|word| word.trim_start_matches("qpid:")).find(|w| !w.is_empty()).unwrap().into()
    }
}

fn broker() -> Broker {
    BrokerOptions::default().arguments(["--mgmt-pub-interval", "1"]).start()
}

#[test]
fn lists_objects_by_class_and_shows_one() {
    let Some(qpid) = QpidPython::find_or_skip("lists_objects_by_class") else { return };
    let broker = broker();
    spout(&qpid, &broker, &["-c", "3", "q1;{create:always}", "x"]).expect_success();
    let mut tool = Tool::start(&qpid, &broker);
    tool.ask_until("list", "exchange");
    let id = tool.id_of("queue", "q1");
    let (depth, lines) = tool.ask_until(&format!("show {id}"), "msgDepth");
    assert!(depth.split_whitespace().any(|word| word == "3"), "{depth} of {lines:#?}");
    spout(&qpid, &broker, &["-c", "2", "q1", "x"]).expect_success();
    loop {
        let (depth, _) = tool.ask_until(&format!("show {id}"), "msgDepth");
        if depth.split_whitespace().any(|word| word == "5") {
            break;
        }
        spout(&qpid, &broker, &["amq.topic", "x"]).expect_success();
    }
}

#[test]
fn shows_what_the_queries_of_an_exchange_cost() {
    let Some(qpid) = QpidPython::find_or_skip("shows_what_the_queries") else { return };
    let broker = broker();
    let bound = "xml; {create: always, node: {type: topic, x-declare: {type: xml}, x-bindings: [\
                 {exchange: xml, queue: q1, key: k, arguments: {xquery: './a/b + 1 > 5'}}]}}";
    spout(&qpid, &broker, &["q1;{create:always}", "x"]).expect_success();
    spout(&qpid, &broker, &[bound, "x"]).expect_success();
    spout(&qpid, &broker, &["-c", "2", "xml/k", "<a><b>9</b></a>"]).expect_success();
    let mut tool = Tool::start(&qpid, &broker);
    let id = tool.id_of("binding", "xml,");
    let (evaluations, lines) = tool.ask_until(&format!("show {id}"), "evaluations");
    assert!(evaluations.split_whitespace().any(|word| word == "2"), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("always evaluated")), "{lines:#?}");
    let id = tool.id_of("exchange", ":xml");
    let (evaluated, lines) = tool.ask_until(&format!("show {id}"), "bindingsEvaluated");
    assert!(evaluated.split_whitespace().any(|word| word == "1"), "{lines:#?}");
}

#[test]
fn explains_classes_and_events() {
    let Some(qpid) = QpidPython::find_or_skip("explains_classes") else { return };
    let broker = broker();
    let mut tool = Tool::start(&qpid, &broker);
    tool.ask_until("schema", "subscription");
    tool.ask_until("schema queueThresholdCrossedUpward", "msgDepth");
    let (_, lines) = tool.ask_until("schema queue", "msgDepth");
    let text = lines.join("\n");
    for part in ["vhostRef", "reroute", "useAltExchange", "consumerCountHigh"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    assert!(!text.contains("Exception in"), "{text}");
}

#[test]
fn calls_methods_and_prints_what_they_say() {
    let Some(qpid) = QpidPython::find_or_skip("calls_methods") else { return };
    let broker = broker();
    let mut tool = Tool::start(&qpid, &broker);
    let id = tool.id_of("broker", "amqp-broker");
    // The tool is silent about a call whose class it was not told of yet.
    tool.ask_until(&format!("call {id} echo 7 hello"), "u'body': 'hello'");
    tool.ask_until(&format!("call {id} connect h 1 0 ANONYMOUS u p tcp"), "not yet");
}
