//! `fn:analyze-string` (XPath Functions 3.1, section 5.6.6).

use std::ops::Range;

use super::cutting_regex;
use crate::error::Result;
use crate::functions::Call;
use crate::meter::Meter;
use crate::name::namespace;
use crate::regex::{Matches, Regex};
use crate::tree::TreeBuilder;
use crate::value::{Item, Sequence};

/// What a node of the result takes beyond its text, about.
const NODE_BYTES: usize = 96;

pub(super) fn analyze_string<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let (regex, _) = cutting_regex(call, arguments, 2)?;
    let text = call.text(arguments, 0)?;
    let mut tree = TreeBuilder::default();
    tree.base_uri(call.context.base_uri.clone());
    let mut writer = Writer { meter: call.meter(), tree, text };
    writer.start("analyze-string-result")?;
    writer.tree.namespace("fn", namespace::FN);
    let mut start = 0;
    let mut matches = regex.matches(text);
    while matches.next(call.meter())? {
        let range = matches.range();
        writer.piece("non-match", start..range.start)?;
        writer.start("match")?;
        writer.groups(&regex, &matches)?;
        writer.tree.end();
        start = range.end;
    }
    writer.piece("non-match", start..text.len())?;
    let root = call.evaluator.adopt(writer.tree.finish());
    Ok(Item::Node(root).into())
}

struct Writer<'w, 'l> {
    meter: &'w Meter<'l>,
    tree: TreeBuilder,
    text: &'w str,
}

impl Writer<'_, '_> {
    fn start(&mut self, local: &str) -> Result<()> {
        self.meter.step()?;
        self.meter.build(2 * NODE_BYTES)?;
        self.tree.start_element(Some("fn"), namespace::FN, local);
        Ok(())
    }

    fn write(&mut self, range: Range<usize>) -> Result<()> {
        let text = self.text.get(range).unwrap_or_default();
        self.meter.build(text.len())?;
        if !text.is_empty() {
            self.tree.text(text);
        }
        Ok(())
    }

    /// An element with a piece of the text; none for an empty one.
    fn piece(&mut self, local: &str, range: Range<usize>) -> Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        self.start(local)?;
        self.write(range)?;
        self.tree.end();
        Ok(())
    }

    /// A match with its groups. They are opened by their start and number, and one is closed where
    /// the next does not lie in it by the pattern; what a group captured in an earlier turn of a
    /// loop may overlap others, and is then left out.
    fn groups(&mut self, regex: &Regex, matches: &Matches<'_, '_>) -> Result<()> {
        let whole = matches.range();
        let mut captured: Vec<(usize, Range<usize>)> =
            (1..=regex.groups()).filter_map(|group| Some((group, matches.group(group)?))).collect();
        self.meter.steps(captured.len() as u64)?;
        captured.sort_by_key(|(group, range)| (range.start, *group));
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut written = whole.start;
        for (group, range) in captured {
            while let Some((last, end)) = open.last().copied()
                && !(lies_in(regex, group, last) && range.end <= end)
            {
                self.write(written..end)?;
                written = written.max(end);
                self.tree.end();
                open.pop();
            }
            if range.start < written {
                continue;
            }
            self.write(written..range.start)?;
            written = range.start;
            self.start("group")?;
            self.tree.attribute(None, "", "nr", &group.to_string());
            open.push((group, range.end));
        }
        while let Some((_, end)) = open.pop() {
            self.write(written..end)?;
            written = written.max(end);
            self.tree.end();
        }
        self.write(written..whole.end)
    }
}

fn lies_in(regex: &Regex, group: usize, outer: usize) -> bool {
    let mut parent = regex.parent(group);
    while parent > outer {
        parent = regex.parent(parent);
    }
    parent == outer
}
