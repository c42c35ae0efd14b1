//! Methods of class exchange.

use philter_plugin_api::{MapRef, Protocol};
use philter_protocol::v0_9_1::method::exchange;

use super::arguments::encode_arguments;
use super::connection::Connection;
use super::failure::{Failure, Outcome};
use crate::virtual_host::{Bind, DeclareExchange, Endpoint, Error, Unbind};

impl Connection {
    pub(super) fn declare_exchange(
        &mut self,
        channel: u16,
        declare: &exchange::Declare,
    ) -> Outcome {
        let name = declare.exchange.as_str();
        self.refuse_default_exchange(name)?;
        if declare.passive {
            self.host.exchange(name).map_err(|error| self.refused(&error))?;
        } else {
            self.make_exchange(declare)?;
        }
        self.answer(channel, declare.no_wait, exchange::DeclareOk {}.into());
        Ok(())
    }

    fn make_exchange(&self, declare: &exchange::Declare) -> Outcome {
        let arguments = encode_arguments(&declare.arguments);
        let wanted = DeclareExchange {
            name: &declare.exchange,
            type_name: &declare.type_,
            alternate: None,
            is_durable: declare.durable,
            is_auto_delete: declare.auto_delete,
            is_internal: declare.internal,
            arguments: MapRef::parse(&arguments).unwrap_or_default(),
            declared_by: Protocol::V0_9_1,
            by: &self.actor,
        };
        self.host.declare_exchange(&wanted).map(|_| ()).map_err(|error| self.refused(&error))
    }

    pub(super) fn delete_exchange(&mut self, channel: u16, delete: &exchange::Delete) -> Outcome {
        let name = delete.exchange.as_str();
        self.refuse_default_exchange(name)?;
        match self.host.delete_exchange(name, delete.if_unused, &self.actor) {
            // What is not there is deleted.
            Ok(()) | Err(Error::NoSuchExchange(_)) => {}
            Err(Error::PreconditionFailed(_)) => {
                let host = self.vhost();
                let text = format!("exchange '{name}' in vhost '{host}' in use");
                return Err(Failure::precondition(text));
            }
            Err(error) => return Err(self.refused(&error)),
        }
        self.answer(channel, delete.no_wait, exchange::DeleteOk {}.into());
        Ok(())
    }

    pub(super) fn bind_exchange(&mut self, channel: u16, bind: &exchange::Bind) -> Outcome {
        self.refuse_default_exchange(&bind.source)?;
        self.refuse_default_exchange(&bind.destination)?;
        let source = self.host.exchange(&bind.source).map_err(|error| self.refused(&error))?;
        let destination = self.host.exchange(&bind.destination);
        let destination = destination.map_err(|error| self.refused(&error))?;
        let arguments = encode_arguments(&bind.arguments);
        let bound = self.host.bind(&Bind {
            exchange: &source,
            to: &Endpoint::from(&destination),
            key: &bind.routing_key,
            arguments: &arguments,
            declared_by: Protocol::V0_9_1,
            scope: None,
            by: &self.actor,
        });
        bound.map_err(|error| self.refused(&error))?;
        self.answer(channel, bind.no_wait, exchange::BindOk {}.into());
        Ok(())
    }

    pub(super) fn unbind_exchange(&mut self, channel: u16, unbind: &exchange::Unbind) -> Outcome {
        self.refuse_default_exchange(&unbind.source)?;
        self.refuse_default_exchange(&unbind.destination)?;
        let source = self.host.find_exchange(&unbind.source);
        let destination = self.host.find_exchange(&unbind.destination);
        if let (Some(source), Some(destination)) = (source, destination) {
            let arguments = encode_arguments(&unbind.arguments);
            self.unbind(&Unbind {
                exchange: &source,
                to: &Endpoint::from(&destination),
                key: &unbind.routing_key,
                arguments: Some(&arguments),
                by: &self.actor,
            })?;
        }
        self.answer(channel, unbind.no_wait, exchange::UnbindOk {}.into());
        Ok(())
    }

    /// Unbinds; what is not bound is unbound.
    pub(super) fn unbind(&self, unbind: &Unbind<'_>) -> Outcome {
        match self.host.unbind(unbind) {
            Ok(()) | Err(Error::NoSuchBinding { .. }) => Ok(()),
            Err(error) => Err(self.refused(&error)),
        }
    }

    pub(super) fn refuse_default_exchange(&self, name: &str) -> Outcome {
        if name.is_empty() {
            let text = "operation not permitted on the default exchange";
            return Err(Failure::access_refused(text));
        }
        Ok(())
    }

    /// The virtual host's name, for texts.
    pub(super) fn vhost(&self) -> &str {
        self.host.name()
    }

    pub(super) fn refused(&self, error: &Error) -> Failure {
        Failure::of_host(error, self.vhost())
    }
}
