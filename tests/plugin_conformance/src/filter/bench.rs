//! A filter with the sample expressions compiled, and what it answers for the sample messages.

use philter_plugin_api::{Filter, FilterHandle, MessageView, Reads};

use crate::probe::{Probe, probes};
use crate::rule::{Stop, accepted_or_refused, demand, done, fails, skips};
use crate::subject::Subject;

/// For each message, the indices of the handles that match it, sorted and once each.
pub(super) type Answers = Vec<Vec<usize>>;

/// What makes filters of the language that is looked at.
pub(super) struct Bench {
    pub(super) subject: Subject,
}

/// An expression that a filter took.
#[derive(Clone, Copy)]
pub(super) struct Compiled<'a> {
    pub(super) expression: &'a str,
    pub(super) handle: FilterHandle,
    pub(super) reads: Reads,
}

/// A filter with every sample expression that it takes.
pub(super) struct Loaded<'a> {
    pub(super) filter: Box<dyn Filter>,
    pub(super) compiled: Vec<Compiled<'a>>,
}

impl Bench {
    /// A filter without expressions.
    pub(super) fn filter(&self) -> Result<Box<dyn Filter>, Stop> {
        let making = self.subject.making()?;
        let type_name = &self.subject.factory.type_name;
        done("create", self.subject.plugin.create_filter(type_name, &making.context()))
    }

    /// A filter with every sample expression that it takes; skips where it takes none.
    pub(super) fn loaded(&self) -> Result<Loaded<'_>, Stop> {
        let filter = self.filter()?;
        let mut compiled = Vec::new();
        for expression in &self.subject.options.samples.expressions {
            let result = accepted_or_refused("compile", filter.compile(expression))?;
            if let Some((handle, reads)) = result {
                compiled.push(Compiled { expression, handle, reads });
            }
        }
        if compiled.is_empty() {
            return skips(
                "the filter takes none of the sample expressions: give one by --expression",
            );
        }
        Ok(Loaded { filter, compiled })
    }

    /// A message for each sample.
    pub(super) fn messages(&self) -> Vec<Probe> {
        probes(&self.subject.options.samples.messages)
    }
}

impl Loaded<'_> {
    /// The handles of all expressions.
    pub(super) fn handles(&self) -> Vec<FilterHandle> {
        self.compiled.iter().map(|compiled| compiled.handle).collect()
    }

    /// What all expressions answer for each message alone; fails where they vary.
    pub(super) fn steady(&self, messages: &[Probe]) -> Result<Answers, Stop> {
        let handles = self.handles();
        let mut rounds = [Vec::new(), Vec::new()];
        for answers in &mut rounds {
            for message in messages {
                answers.extend(matches(self.filter.as_ref(), &[message], &handles)?);
            }
        }
        let [first, second] = rounds;
        same("the second time", &first, &second)?;
        Ok(first)
    }
}

/// What these handles answer for a batch.
pub(super) fn matches(
    filter: &dyn Filter,
    batch: &[&dyn MessageView],
    handles: &[FilterHandle],
) -> Result<Answers, Stop> {
    let mut answers: Answers = vec![Vec::new(); batch.len()];
    let mut past = None;
    let mut answer = |message: usize, handle: usize| match answers.get_mut(message) {
        Some(indices) if handle < handles.len() => indices.push(handle),
        _ => past = Some((message, handle)),
    };
    done("matches", filter.matches(batch, handles, &mut answer))?;
    if let Some((message, handle)) = past {
        let (batch, handles) = (batch.len(), handles.len());
        let what = format!("handle {handle} of {handles} for message {message} of {batch}");
        return fails(format!("matches answered with {what}"));
    }
    for indices in &mut answers {
        indices.sort_unstable();
        indices.dedup();
    }
    Ok(answers)
}

/// Fails where `found` is not `expected`.
pub(super) fn same(when: &str, expected: &Answers, found: &Answers) -> Result<(), Stop> {
    let mut pairs = expected.iter().zip(found).enumerate();
    let difference = pairs.find(|(_, (expected, found))| expected != found);
    demand(difference.is_none() && expected.len() == found.len(), || match difference {
        Some((index, (expected, found))) => {
            format!("{when} message {index} matches {found:?} instead of {expected:?}")
        }
        None => format!("{when} there are {} answers, not {}", found.len(), expected.len()),
    })
}
