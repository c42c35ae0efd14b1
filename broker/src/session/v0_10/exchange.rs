//! Commands of class exchange.

use philter_plugin_api::{MapRef, Protocol};
use philter_protocol::v0_10::command::{
    ExchangeBind, ExchangeBound, ExchangeDeclare, ExchangeUnbind,
};
use philter_protocol::v0_10::structs::{ExchangeBoundResult, ExchangeQueryResult, encode_struct};

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use crate::message::values::{encode_arguments, to_wire_map};
use crate::virtual_host::{Bind, BoundQuery, DeclareExchange, Endpoint, Unbind};

impl Connection {
    pub(super) fn declare_exchange(&mut self, declare: &ExchangeDeclare) -> Outcome {
        let arguments = encode_arguments(declare.arguments.as_ref());
        let wanted = DeclareExchange {
            name: &declare.exchange,
            type_name: &declare.type_,
            alternate: given(&declare.alternate_exchange),
            is_durable: declare.durable,
            is_auto_delete: declare.auto_delete,
            is_internal: false,
            declared_by: Protocol::V0_10,
            arguments: MapRef::parse(&arguments).unwrap_or_default(),
            by: &self.actor,
        };
        if declare.passive {
            self.host.check_exchange(&wanted)?;
        } else {
            self.host.declare_exchange(&wanted)?;
        }
        Ok(())
    }

    pub(super) fn query_exchange(&mut self, name: &str) -> Vec<u8> {
        encode_struct(&match self.host.find_exchange(name) {
            None => ExchangeQueryResult { not_found: true, ..ExchangeQueryResult::default() },
            Some(exchange) => ExchangeQueryResult {
                type_: Some(exchange.settings().type_name.to_string()),
                durable: exchange.settings().is_durable,
                not_found: false,
                arguments: Some(to_wire_map(&exchange.settings().arguments)),
            },
        })
    }

    pub(super) fn bind(&mut self, channel: u16, bind: &ExchangeBind) -> Outcome {
        refuse_default("exchange.bind", &bind.exchange)?;
        let exchange = self.host.exchange(&bind.exchange)?;
        let queue = self.host.queue(&bind.queue)?;
        self.check_unlocked(channel, &queue, "bind")?;
        let arguments = encode_arguments(bind.arguments.as_ref());
        let has_scope = bind.arguments.as_ref().is_some_and(|map| map.get("x-scope").is_some());
        let owner = self.session(channel)?.owner;
        self.host.bind(&Bind {
            exchange: &exchange,
            to: &Endpoint::Queue(queue),
            key: &bind.binding_key,
            arguments: &arguments,
            declared_by: Protocol::V0_10,
            scope: has_scope.then_some(owner),
            by: &self.actor,
        })?;
        Ok(())
    }

    pub(super) fn unbind(&mut self, channel: u16, unbind: &ExchangeUnbind) -> Outcome {
        refuse_default("exchange.unbind", &unbind.exchange)?;
        let exchange = self.host.exchange(&unbind.exchange)?;
        let queue = self.host.queue(&unbind.queue)?;
        self.check_unlocked(channel, &queue, "unbind")?;
        self.host.unbind(&Unbind {
            exchange: &exchange,
            to: &Endpoint::Queue(queue),
            key: &unbind.binding_key,
            arguments: None,
            by: &self.actor,
        })?;
        Ok(())
    }

    pub(super) fn bound(&mut self, bound: &ExchangeBound) -> Vec<u8> {
        let arguments = encode_arguments(bound.arguments.as_ref());
        let answer = self.host.bound(&BoundQuery {
            exchange: &bound.exchange,
            queue: given(&bound.queue),
            key: bound.binding_key.as_deref().filter(|key| !key.is_empty()),
            arguments: Some(&arguments[..]).filter(|arguments| !arguments.is_empty()),
        });
        encode_struct(&ExchangeBoundResult {
            exchange_not_found: answer.exchange_not_found,
            queue_not_found: answer.queue_not_found,
            queue_not_matched: answer.queue_not_matched,
            key_not_matched: answer.key_not_matched,
            args_not_matched: answer.arguments_not_matched,
        })
    }
}

/// A name that is given; the empty one stands for none.
pub(super) fn given(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty())
}

fn refuse_default(command: &str, exchange: &str) -> Outcome {
    if exchange.is_empty() {
        let text = format!("{command}: the bindings of the default exchange can't be changed");
        return Err(Failure::invalid(text));
    }
    Ok(())
}
