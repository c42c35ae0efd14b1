//! Window clauses (XQuery 3.1, section 3.12.4).
//!
//! Invariant: a sliding window may begin at every item, so the items that all windows give are
//! counted like any others.

use super::flwor::{Stream, TupleSink};
use super::{ENOUGH, Evaluator, Flow, MORE, Role};
use crate::error::Result;
use crate::expression::{Window, WindowCondition};
use crate::value::Sequence;

impl<'a> Evaluator<'a> {
    pub(super) fn window(
        &self,
        window: &'a Window,
        stream: Stream<'_, 'a>,
        give: TupleSink<'_>,
    ) -> Result<Flow> {
        let items = self.evaluate(&window.sequence, stream.frame, stream.focus)?;
        let mut start = 0;
        while start < items.len() {
            self.meter.step()?;
            if !self.window_condition(&window.start, &items, start, stream)? {
                start += 1;
                continue;
            }
            // A tumbling window without an end condition ends before the next start.
            let end = match &window.end {
                Some(end) => self.window_end(end, &items, start, stream)?,
                None => self.next_start(window, &items, start, stream)?,
            };
            let next =
                if window.sliding { start + 1 } else { end.map_or(items.len(), |end| end + 1) };
            if end.is_some() || !window.only_end {
                let last = end.unwrap_or(items.len() - 1);
                self.bind_window(window, &items, start, last, stream)?;
                if give()?.is_break() {
                    return ENOUGH;
                }
            }
            start = next;
        }
        MORE
    }

    /// The index of the last item of a window; none where nothing ends it.
    fn window_end(
        &self,
        condition: &'a WindowCondition,
        items: &Sequence<'a>,
        start: usize,
        stream: Stream<'_, 'a>,
    ) -> Result<Option<usize>> {
        for index in start..items.len() {
            self.meter.step()?;
            if self.window_condition(condition, items, index, stream)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn next_start(
        &self,
        window: &'a Window,
        items: &Sequence<'a>,
        start: usize,
        stream: Stream<'_, 'a>,
    ) -> Result<Option<usize>> {
        for index in start + 1..items.len() {
            self.meter.step()?;
            if self.window_condition(&window.start, items, index, stream)? {
                return Ok(Some(index - 1));
            }
        }
        Ok(None)
    }

    fn window_condition(
        &self,
        condition: &'a WindowCondition,
        items: &Sequence<'a>,
        index: usize,
        stream: Stream<'_, 'a>,
    ) -> Result<bool> {
        self.bind_condition(condition, items, index, stream);
        self.truth(&condition.when, stream.frame, stream.focus)
    }

    fn bind_condition(
        &self,
        condition: &'a WindowCondition,
        items: &Sequence<'a>,
        index: usize,
        stream: Stream<'_, 'a>,
    ) {
        let item = |index: Option<usize>| Sequence::from(index.and_then(|i| items.get(i)).cloned());
        let frame = stream.frame;
        if let Some(slot) = condition.current {
            frame.set(slot, item(Some(index)));
        }
        if let Some(slot) = condition.position {
            frame.set(slot, super::expressions::count(index + 1));
        }
        if let Some(slot) = condition.previous {
            frame.set(slot, item(index.checked_sub(1)));
        }
        if let Some(slot) = condition.next {
            frame.set(slot, item(index.checked_add(1)));
        }
    }

    fn bind_window(
        &self,
        window: &'a Window,
        items: &Sequence<'a>,
        start: usize,
        last: usize,
        stream: Stream<'_, 'a>,
    ) -> Result<()> {
        self.bind_condition(&window.start, items, start, stream);
        if let Some(end) = &window.end {
            self.bind_condition(end, items, last, stream);
        }
        let value = items.slice(start, last + 1);
        let value = self.bound(value, window.kind.as_ref(), Role::Variable)?;
        stream.frame.set(window.slot, value);
        Ok(())
    }
}
