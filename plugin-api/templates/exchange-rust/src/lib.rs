//! Exchange type `x-my-plugin`: a message goes to the bindings whose key its routing key begins
//! with. A binding with the argument `ignore-case` takes A to Z for a to z.
//!
//! Begin with `Prefix`: what it makes of a binding and what it answers for a message is the
//! exchange. The rest keeps bindings and hands messages over. A real exchange would have an index;
//! this one looks at every binding.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Error, ErrorKind, Exchange, Factory, Matches, MessageView,
    Reads, Result, export_plugin,
};

/// What is kept of a binding.
struct Prefix {
    key: String,
    ignores_case: bool,
}

impl Prefix {
    fn new(binding: &Binding<'_>) -> Result<Self> {
        let ignores_case = match binding.argument("ignore-case") {
            None => false,
            Some(value) => value
                .as_bool()
                .ok_or_else(|| Error::invalid("the argument 'ignore-case' is no boolean"))?,
        };
        Ok(Self { key: binding.key.to_owned(), ignores_case })
    }

    fn matches(&self, message: &dyn MessageView) -> bool {
        let Some(begin) = message.routing_key().as_bytes().get(..self.key.len()) else {
            return false;
        };
        if self.ignores_case {
            begin.eq_ignore_ascii_case(self.key.as_bytes())
        } else {
            begin == self.key.as_bytes()
        }
    }
}

/// A declared exchange: its bindings by their ids.
#[derive(Default)]
struct Prefixes {
    bindings: RwLock<BTreeMap<BindingId, Prefix>>,
}

impl Factory for Prefixes {
    const TYPE_NAME: &'static str = "x-my-plugin";
    const ENTRIES: &'static [&'static str] = &[]; // of inspect, explain and try

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self::default())
    }
}

impl Exchange for Prefixes {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let prefix = Prefix::new(binding)?;
        let mut bindings = self.bindings.write().unwrap_or_else(PoisonError::into_inner);
        bindings.insert(binding.id, prefix);
        // Equal keys get equal answers, so the broker may remember them.
        Ok(Bound { reads: Reads::KEY, cacheable: true })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        let mut bindings = self.bindings.write().unwrap_or_else(PoisonError::into_inner);
        match bindings.remove(&id) {
            Some(_) => Ok(()),
            None => Err(Error::new(ErrorKind::NotFound, "no such binding")),
        }
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let bindings = self.bindings.read().unwrap_or_else(PoisonError::into_inner);
        for (index, message) in batch.iter().enumerate() {
            for (id, prefix) in bindings.iter() {
                if prefix.matches(*message) {
                    matches.push(index, *id);
                }
            }
        }
        Ok(())
    }
}

export_plugin! { exchange: [Prefixes] }

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::testing::{Arguments, MockMessage, arguments, binding, context, route};

    use super::*;

    fn exchange(bindings: &[(&str, Arguments)]) -> Prefixes {
        let exchange = Prefixes::create(&context("orders")).unwrap();
        for (id, (key, arguments)) in (1..).zip(bindings) {
            exchange.bind(&binding(id, "q", key, arguments)).unwrap();
        }
        exchange
    }

    #[test]
    fn matches_the_beginning_of_the_routing_key() {
        let ignore_case = arguments([("ignore-case", Value::Bool(true))]);
        let exchange = exchange(&[("Orders.", Arguments::default()), ("ORDERS.eu", ignore_case)]);
        let (eu, us) = (MockMessage::new("orders.eu.1"), MockMessage::new("Orders.us.2"));
        assert_eq!(route(&exchange, &[&eu, &us]), [vec![BindingId(2)], vec![BindingId(1)]]);
        exchange.unbind(BindingId(2)).unwrap();
        assert_eq!(route(&exchange, &[&eu]), [vec![]]);
        assert!(exchange.unbind(BindingId(2)).is_err());
    }

    #[test]
    fn refuses_an_argument_of_another_type() {
        let wrong = arguments([("ignore-case", Value::from("yes"))]);
        let exchange = exchange(&[]);
        let error = exchange.bind(&binding(1, "q", "", &wrong)).unwrap_err();
        assert_eq!(error.text(), "the argument 'ignore-case' is no boolean");
    }
}
