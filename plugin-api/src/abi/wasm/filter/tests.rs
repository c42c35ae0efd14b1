//! A language that lets messages pass whose key equals the expression.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::flat::write_batch;
use crate::testing::MockMessage;
use crate::value::{Value, encode_map};
use crate::{CommandOutput, Context, ErrorKind, MessageView, Reads};

#[derive(Debug)]
struct Equal {
    name: String,
    /// Handles count from 70, as no host's do.
    keys: Mutex<BTreeMap<u64, String>>,
}

impl Factory for Equal {
    const TYPE_NAME: &'static str = "equal";

    fn create(context: &Context<'_>) -> Result<Self> {
        let name = format!("{} in {}", context.name, context.virtual_host);
        Ok(Self { name, keys: Mutex::default() })
    }

    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        let input = std::io::read_to_string(input).map_err(|error| error.to_string());
        let output = format!("{} {arguments:?} {input:?}", context.configuration);
        Ok(CommandOutput { output, ..CommandOutput::default() })
    }
}

impl Filter for Equal {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        if expression.is_empty() {
            return Err(Error::invalid("nothing to compare with").at(1, 1));
        }
        let mut keys = self.keys.lock().unwrap();
        let handle = keys.last_key_value().map_or(70, |(last, _)| last + 1);
        keys.insert(handle, expression.to_owned());
        Ok((FilterHandle(handle), Reads::HEADERS))
    }

    fn release(&self, handle: FilterHandle) {
        self.keys.lock().unwrap().remove(&handle.0);
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let keys = self.keys.lock().unwrap();
        for (index, message) in batch.iter().enumerate() {
            for (number, handle) in handles.iter().enumerate() {
                if keys[&handle.0] == message.routing_key() {
                    answer(index, number);
                }
            }
        }
        Ok(())
    }

    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        let is_equal = self.keys.lock().unwrap()[&handle.0] == message.routing_key();
        Ok(if is_equal { Verdict::Pass } else { Verdict::Drop })
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        Ok((expression == message.routing_key()).to_string())
    }

    fn inspect(&self, handle: Option<FilterHandle>) -> Result<String> {
        let keys = self.keys.lock().unwrap();
        Ok(handle.map_or(format!("{}: {}", self.name, keys.len()), |own| keys[&own.0].clone()))
    }
}

fn created() -> FilterComponent<Equal> {
    let component = FilterComponent::new();
    let context = [("name", "equal"), ("virtual-host", "test")];
    let context = encode_map(context.map(|(key, text)| (key, Value::from(text))));
    component.create("{}", &context).unwrap();
    component
}

fn batch(keys: &[&str]) -> Vec<u8> {
    let messages: Vec<_> = keys.iter().map(|key| MockMessage::new(*key)).collect();
    let views: Vec<_> = messages.iter().map(|message| message as &dyn MessageView).collect();
    let mut out = Vec::new();
    write_batch(&mut out, &views, Reads::KEY, 1 << 20).unwrap();
    out
}

fn matches(component: &FilterComponent<Equal>, keys: &[&str], handles: &[u64]) -> Result<Vec<u8>> {
    let mut bits = vec![0xff; 3];
    component.matches(&batch(keys), handles, &mut bits)?;
    Ok(bits)
}

#[test]
fn bits_count_the_expressions_of_one_message_after_the_other() {
    let component = created();
    for (handle, expression) in [(1, "a"), (2, "b"), (9, "a")] {
        let reads = component.compile(handle, expression).unwrap();
        assert_eq!(reads, Reads::HEADERS.bits());
    }
    let all = [1, 2, 9];
    let of = |keys: &[&str], handles: &[u64]| matches(&component, keys, handles).unwrap();
    assert_eq!(of(&["a"], &all), [0b101]);
    assert_eq!(of(&["a", "b", "c", "a"], &all), [0b0001_0101, 0b1010]);
    assert_eq!(of(&["a", "b"], &[2]), [0b10]);
    assert_eq!(of(&["a", "b"], &[9, 2]), [0b1001]);
    assert_eq!(of(&[], &all), [0; 0]);
    assert_eq!(of(&["a"], &[]), [0; 0]);
}

#[test]
fn a_released_expression_is_gone_on_both_sides() {
    let component = created();
    component.compile(1, "a").unwrap();
    component.compile(2, "b").unwrap();
    component.release(1);
    component.release(1);
    assert_eq!(component.inspect(None).unwrap(), "equal in test: 1");
    assert_eq!(component.inspect(Some(2)).unwrap(), "b");
    let error = matches(&component, &["a"], &[2, 1]).unwrap_err();
    assert_eq!(error.text(), "the expression 1 was not compiled by this instance");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(component.inspect(Some(1)).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(matches(&component, &["b"], &[2]).unwrap(), [1]);
}

#[test]
fn a_handle_that_is_compiled_again_releases_the_old_expression() {
    let component = created();
    component.compile(1, "a").unwrap();
    component.compile(1, "b").unwrap();
    assert_eq!(component.inspect(None).unwrap(), "equal in test: 1");
    assert_eq!(matches(&component, &["a", "b"], &[1]).unwrap(), [0b10]);
}

#[test]
fn one_message_is_transformed() {
    let component = created();
    component.compile(1, "a").unwrap();
    assert_eq!(component.transform(1, &batch(&["a"])), Ok(Verdict::Pass));
    assert_eq!(component.transform(1, &batch(&["b"])), Ok(Verdict::Drop));
    assert_eq!(component.transform(1, &batch(&[])).unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(component.transform(2, &batch(&["a"])).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn errors_come_back_with_their_place() {
    let component = created();
    assert_eq!(component.compile(1, "").unwrap_err().place(), Some((1, 1)));
    assert_eq!(component.explain("a").unwrap_err().kind(), ErrorKind::Unsupported);
    let damaged = component.matches(&[0; 15], &[], &mut Vec::new()).unwrap_err();
    assert_eq!(damaged.kind(), ErrorKind::Internal);
    let configured = FilterComponent::<Equal>::new().create(r#"{"a":1}"#, &[]).unwrap_err();
    assert_eq!(configured.text(), "'equal' takes no configuration, only {}");
}

#[test]
fn nothing_is_answered_before_create_and_after_destroy() {
    let component = FilterComponent::<Equal>::new();
    assert!(component.compile(1, "a").is_err());
    component.release(1);
    component.create("{}", &[]).unwrap();
    component.compile(1, "a").unwrap();
    component.destroy();
    assert!(matches(&component, &["a"], &[1]).is_err());
}

#[test]
fn an_expression_is_tried_on_one_message() {
    let component = created();
    let tried = |expression| component.try_expression(expression, &batch(&["a"])).unwrap();
    assert_eq!([tried("a"), tried("b")], ["true", "false"]);
}

#[test]
fn a_subcommand_runs_without_an_instance() {
    let arguments = ["x".to_owned(), "y".to_owned()];
    let said = super::super::context::command::<Equal>("{}", &arguments, b"in").unwrap();
    assert_eq!(said.output, r#"{} ["x", "y"] Ok("in")"#);
}
