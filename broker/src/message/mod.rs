//! What the broker reads in a message's header, whatever protocol it came in: the view that plugins
//! get, the header for a consumer of another protocol, and headers that the broker writes itself.

pub(crate) mod death;
mod decimal;
mod fields;
mod header;
mod identifier;
mod replacement;
mod reply_to;
mod rewrite;
#[cfg(test)]
mod round_trip;
mod sender_selected;
mod stamp;
mod to_v0_10;
mod to_v0_9_1;
mod v0_10;
mod v0_9_1;
pub(crate) mod values;

pub(crate) use fields::encode_arguments as encode_arguments_of_0_9_1;
pub(crate) use replacement::{content_type, with_body};
pub(crate) use reply_to::with_reply_to;
pub(crate) use sender_selected::{further_keys, sender_selected_keys, without_bcc};
pub(crate) use stamp::{add_trace, clear_trace, has_met, stamp, stamp_header, stamp_later};
pub(crate) use to_v0_9_1::header_for_v0_9_1;
pub(crate) use to_v0_10::header_for_v0_10;

use philter_model::message::{Format, Message};
use philter_plugin_api::{MessageView, Property, ValueRef};

use header::Header;

/// A message as plugins see it. Nothing is decoded before it is asked for.
pub(crate) struct View<'m> {
    message: &'m Message,
    virtual_host: &'m str,
    header: Header<'m>,
}

impl<'m> View<'m> {
    /// A view of a message in a virtual host.
    pub(crate) fn new(message: &'m Message, virtual_host: &'m str) -> Self {
        Self { message, virtual_host, header: Header::new(message) }
    }
}

impl MessageView for View<'_> {
    fn routing_key(&self) -> &str {
        self.message.routing_key()
    }

    fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        let message = self.message;
        match id {
            Property::Exchange => Some(ValueRef::String(message.exchange())),
            Property::VirtualHost => Some(ValueRef::String(self.virtual_host)),
            Property::Publisher => Some(ValueRef::String(message.publisher())),
            Property::Priority => Some(ValueRef::Ubyte(message.priority())),
            Property::Durable => Some(ValueRef::Bool(message.is_durable())),
            Property::Protocol => Some(ValueRef::String(match message.format() {
                Format::V0_9_1 => "0-9-1",
                Format::V0_10 => "0-10",
                Format::V1_0 => "1.0",
            })),
            other => self.header.property(other),
        }
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        self.header.header(name)
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        self.header.headers(visit);
    }

    fn body_len(&self) -> u64 {
        self.message.body_bytes() as u64
    }

    fn body_chunk(&self, offset: u64) -> &[u8] {
        self.message.body().from_offset(offset)
    }
}
