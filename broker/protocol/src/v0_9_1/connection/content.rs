//! Contents: a method, its header and its body, put together from the frames of one channel
//! (section 4.2.6).
//!
//! Invariants:
//! - what came in one frame is not copied;
//! - what the channels hold of contents that are not there in full is counted, and bounded in all;
//! - a body that is too large is refused when its header says so.

use bytes::Bytes;

use super::{ChannelEvent, Connection};
use crate::body::BodyBuffer;
use crate::limits::{BODY_BYTES_MAX, UNFINISHED_BYTES_MAX};
use crate::v0_9_1::error::ConnectionError;
use crate::v0_9_1::frame::{CONTENT_HEADER_BYTES, FrameKind};
use crate::v0_9_1::method::{Arguments, Method, basic};
use crate::v0_9_1::reply_code;

/// Class basic, the only one with contents.
const CLASS: u16 = 60;

/// Bytes of the shortest content header: that with empty property flags.
const HEADER_BYTES_MIN: usize = CONTENT_HEADER_BYTES + 2;

/// A method whose content is not there in full.
#[derive(Debug)]
pub(super) struct Content {
    method: ContentMethod,
    header: Option<Bytes>,
    body: BodyBuffer,
    /// What the header announced.
    body_bytes: u64,
}

/// The methods that carry content.
#[derive(Debug)]
enum ContentMethod {
    Publish(basic::Publish),
    Deliver(basic::Deliver),
    Return(basic::Return),
    GetOk(basic::GetOk),
}

impl ContentMethod {
    fn code(&self) -> (u16, u16) {
        match self {
            Self::Publish(_) => basic::Publish::CODE,
            Self::Deliver(_) => basic::Deliver::CODE,
            Self::Return(_) => basic::Return::CODE,
            Self::GetOk(_) => basic::GetOk::CODE,
        }
    }
}

impl Content {
    /// Bytes that wait for the rest.
    pub(super) fn held_bytes(&self) -> usize {
        self.header.as_ref().map_or(0, Bytes::len) + self.body.len()
    }

    /// A frame came that is not the next part.
    pub(super) fn out_of_order(&self, channel: u16, found: FrameKind) -> ConnectionError {
        let expected = match self.header {
            None => "a content header for class 60",
            Some(_) => "a content body",
        };
        let code = self.method.code();
        ConnectionError::UnexpectedFrame { channel, expected, found, code }
    }

    fn left(&self) -> u64 {
        self.body_bytes.saturating_sub(self.body.len() as u64)
    }

    fn finish(self) -> ChannelEvent {
        let header = self.header.unwrap_or_default();
        let body = self.body.finish();
        match self.method {
            ContentMethod::Publish(publish) => ChannelEvent::Publish { publish, header, body },
            ContentMethod::Deliver(deliver) => ChannelEvent::Deliver { deliver, header, body },
            ContentMethod::Return(returned) => ChannelEvent::Return { returned, header, body },
            ContentMethod::GetOk(get_ok) => ChannelEvent::GetOk { get_ok, header, body },
        }
    }
}

impl Connection {
    /// A method of an open channel: the begin of a content, or an event at once.
    pub(super) fn begin_content(&mut self, channel: u16, method: Method) {
        let method = match method {
            Method::BasicPublish(publish) => ContentMethod::Publish(publish),
            Method::BasicDeliver(deliver) => ContentMethod::Deliver(deliver),
            Method::BasicReturn(returned) => ContentMethod::Return(returned),
            Method::BasicGetOk(get_ok) => ContentMethod::GetOk(get_ok),
            method => return self.emit(channel, ChannelEvent::Method(method)),
        };
        if let Some(state) = self.channels.get_mut(channel) {
            let body = BodyBuffer::default();
            state.content = Some(Box::new(Content { method, header: None, body, body_bytes: 0 }));
        }
    }

    pub(super) fn handle_content_frame(
        &mut self,
        kind: FrameKind,
        channel: u16,
        payload: &Bytes,
    ) -> Result<(), ConnectionError> {
        let content = self.channels.get_mut(channel).and_then(|state| state.content.as_mut());
        let Some(content) = content else {
            let (expected, code) = ("a method", (0, 0));
            return Err(ConnectionError::UnexpectedFrame { channel, expected, found: kind, code });
        };
        match (kind, &content.header) {
            (FrameKind::Header, None) => self.take_header(channel, payload),
            (FrameKind::Body, Some(_)) => self.take_body(channel, payload),
            _ => Err(content.out_of_order(channel, kind)),
        }
    }

    fn take_header(&mut self, channel: u16, payload: &Bytes) -> Result<(), ConnectionError> {
        let Some(HeaderHead { class_id, body_bytes }) = HeaderHead::read(payload) else {
            let (bytes, min) = (payload.len(), HEADER_BYTES_MIN);
            return Err(ConnectionError::HeaderSize { channel, bytes, min });
        };
        if class_id != CLASS {
            return Err(ConnectionError::HeaderClass { channel, class_id });
        }
        if body_bytes > BODY_BYTES_MAX as u64 {
            let max = BODY_BYTES_MAX;
            let code = reply_code::PRECONDITION_FAILED;
            let text = format!("message size {body_bytes} is larger than max size {max}");
            self.fault(channel, code, reply_code::text(code, &text), basic::Publish::CODE);
            return Ok(());
        }
        let header = payload.slice(CONTENT_HEADER_BYTES..);
        self.count_unfinished(channel, header.len())?;
        if let Some(content) = self.content(channel) {
            content.header = Some(header);
            content.body_bytes = body_bytes;
        }
        self.finish_content(channel);
        Ok(())
    }

    fn take_body(&mut self, channel: u16, payload: &Bytes) -> Result<(), ConnectionError> {
        let found = payload.len();
        let Some(content) = self.content(channel) else { return Ok(()) };
        let (announced, left) = (content.body_bytes, content.left());
        if found as u64 > left {
            return Err(ConnectionError::BodySize { channel, announced, left, found });
        }
        self.count_unfinished(channel, found)?;
        if let Some(content) = self.content(channel) {
            content.body.push(payload.clone(), found as u64 == left);
        }
        self.finish_content(channel);
        Ok(())
    }

    fn content(&mut self, channel: u16) -> Option<&mut Content> {
        self.channels.get_mut(channel)?.content.as_deref_mut()
    }

    fn count_unfinished(&mut self, channel: u16, more_bytes: usize) -> Result<(), ConnectionError> {
        let bytes = self.channels.unfinished_bytes + more_bytes;
        if bytes > UNFINISHED_BYTES_MAX {
            let max = UNFINISHED_BYTES_MAX;
            return Err(ConnectionError::UnfinishedBytes { channel, max });
        }
        self.channels.unfinished_bytes = bytes;
        Ok(())
    }

    /// Gives the content to the owner, if it is there in full.
    fn finish_content(&mut self, channel: u16) {
        let Some(state) = self.channels.get_mut(channel) else { return };
        let Some(content) = state.content.take_if(|content| content.left() == 0) else { return };
        let held = content.held_bytes();
        self.channels.unfinished_bytes = self.channels.unfinished_bytes.saturating_sub(held);
        self.emit(channel, content.finish());
    }
}

/// The fixed fields of a content header that count: the weight means nothing.
pub(super) struct HeaderHead {
    pub(super) class_id: u16,
    pub(super) body_bytes: u64,
}

impl HeaderHead {
    /// Reads them where the property flags are there as well.
    #[inline]
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let [class_high, class_low, _, _, a, b, c, d, e, f, g, h, _, _] =
            *payload.first_chunk::<HEADER_BYTES_MIN>()?;
        let class_id = u16::from_be_bytes([class_high, class_low]);
        Some(Self { class_id, body_bytes: u64::from_be_bytes([a, b, c, d, e, f, g, h]) })
    }
}
