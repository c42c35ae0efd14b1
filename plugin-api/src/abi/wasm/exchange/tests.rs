//! An exchange whose bindings match the keys that equal theirs.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;
use crate::flat::write_batch;
use crate::testing::MockMessage;
use crate::value::{Value, encode_map};
use crate::{Bound, Context, ErrorKind, MessageView, Reads};

#[derive(Debug)]
struct Equal {
    upper: bool,
    keys: Mutex<BTreeMap<BindingId, String>>,
}

impl Factory for Equal {
    const TYPE_NAME: &'static str = "equal";

    fn create(context: &Context<'_>) -> Result<Self> {
        let upper = context.arguments.get("upper").and_then(|value| value.as_bool());
        Ok(Self { upper: upper.unwrap_or_default(), keys: Mutex::default() })
    }
}

impl Exchange for Equal {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let cacheable = binding.argument("cacheable").and_then(|value| value.as_bool());
        let key = if self.upper { binding.key.to_uppercase() } else { binding.key.to_owned() };
        self.keys.lock().unwrap().insert(binding.id, key);
        Ok(Bound { reads: Reads::KEY, cacheable: cacheable.unwrap_or_default() })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        let gone = self.keys.lock().unwrap().remove(&id);
        gone.map(|_| ()).ok_or_else(|| Error::new(crate::ErrorKind::NotFound, "not bound"))
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        for (index, message) in batch.iter().enumerate() {
            for (id, key) in self.keys.lock().unwrap().iter() {
                if key == message.routing_key() {
                    matches.push(index, *id);
                }
            }
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        Ok(format!("{binding:?}"))
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        Ok((binding.key == message.routing_key()).to_string())
    }
}

fn context(kind: &str, declared_by: &str) -> Vec<u8> {
    let pairs = [("destination", "q"), ("destination-kind", kind), ("declared-by", declared_by)];
    encode_map(pairs.map(|(key, text)| (key, Value::from(text))))
}

fn created(upper: bool) -> ExchangeComponent<Equal> {
    let component = ExchangeComponent::new();
    let arguments = Value::Map(vec![("upper".into(), upper.into())]);
    let context = encode_map([("name", Value::from("e")), ("arguments", arguments)]);
    component.create("{}", &context).unwrap();
    component
}

fn bind(component: &ExchangeComponent<Equal>, id: u64, key: &str, cacheable: bool) -> u32 {
    let arguments = encode_map([("cacheable", Value::from(cacheable))]);
    let context = context("queue", "0-10");
    component.bind(&binding(id, key, &arguments, &context).unwrap()).unwrap()
}

fn batch(keys: &[&str]) -> Vec<u8> {
    let messages: Vec<_> = keys.iter().map(|key| MockMessage::new(*key)).collect();
    let views: Vec<_> = messages.iter().map(|message| message as &dyn MessageView).collect();
    let mut out = Vec::new();
    write_batch(&mut out, &views, Reads::KEY, 1 << 20).unwrap();
    out
}

#[test]
fn a_match_is_the_number_of_its_message_and_the_id_of_its_binding() {
    let component = created(false);
    let large = u64::MAX - 1;
    assert_eq!(bind(&component, large, "a", false), Reads::KEY.bits());
    assert_eq!(bind(&component, 2, "b", true), Reads::KEY.bits() | 256);
    let mut matches = vec![1];
    component.route(&batch(&["b", "c", "a"]), &mut matches).unwrap();
    let mut wanted = [[0; 8], 2_u64.to_le_bytes()].concat();
    wanted.extend([2, 0, 0, 0, 0, 0, 0, 0]);
    wanted.extend(large.to_le_bytes());
    assert_eq!(matches, wanted);
    component.unbind(large).unwrap();
    assert_eq!(component.unbind(large).unwrap_err().kind(), ErrorKind::NotFound);
    component.route(&batch(&["c", "a"]), &mut matches).unwrap();
    assert!(matches.is_empty());
}

#[test]
fn an_exchange_sees_the_arguments_of_its_declare() {
    let component = created(true);
    bind(&component, 1, "a", false);
    let mut matches = Vec::new();
    component.route(&batch(&["A"]), &mut matches).unwrap();
    assert_eq!(matches.len(), 16);
}

#[test]
fn a_binding_says_where_it_leads_and_who_declared_it() {
    let queue = context("queue", "0-9-1");
    let read = binding(7, "k", &[], &queue).unwrap();
    assert_eq!((read.id, read.key, read.destination), (BindingId(7), "k", Destination::Queue("q")));
    let by = |name| binding(7, "k", &[], &context("exchange", name)).unwrap().declared_by;
    let all = ["0-9-1", "0-10", "1.0", "broker"].map(by);
    assert_eq!(all, [Protocol::V0_9_1, Protocol::V0_10, Protocol::V1_0, Protocol::Broker]);
    assert!(binding(7, "k", &[], &context("topic", "1.0")).is_err());
    assert!(binding(7, "k", &[1], &queue).is_err());
}

#[test]
fn the_optional_entries_answer() {
    let component = created(false);
    assert_eq!(component.inspect(Some(3)).unwrap(), "Some(BindingId(3))");
    assert_eq!(component.explain(3).unwrap_err().kind(), ErrorKind::Unsupported);
    let context = context("queue", "1.0");
    let tried = |key: &str| {
        let binding = binding(0, key, &[], &context).unwrap();
        component.try_binding(&binding, &batch(&["a"])).unwrap()
    };
    assert_eq!([tried("a"), tried("b")], ["true", "false"]);
}

#[test]
fn nothing_is_answered_before_create_and_after_destroy() {
    let component = ExchangeComponent::<Equal>::new();
    assert!(component.unbind(1).is_err());
    component.create("{}", &[]).unwrap();
    component.destroy();
    assert!(component.route(&batch(&["a"]), &mut Vec::new()).is_err());
}
