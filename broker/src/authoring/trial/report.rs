//! A trial in lines for people.

use std::fmt::{self, Write};

use super::{Batches, Call, Told, Trial};
use crate::authoring::limits::Taken;
use crate::authoring::stopwatch::{Cost, us};

/// Columns of a name on the left.
const NAME_WIDTH: usize = 14;

impl Trial {
    /// Everything that came out.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let Self { kind, type_name, plugin, version, file, .. } = self;
        writeln!(text, "{kind} '{type_name}' of {plugin} {version}: {file}")?;
        match self.limits {
            Some(limits) => line(text, "limits", &limits.to_string())?,
            None => line(text, "limits", "none: a native library is called directly")?,
        }
        let reads = if self.reads.is_empty() { "nothing".into() } else { self.reads.join(", ") };
        line(text, "reads", &reads)?;
        for Call { name, cost } in &self.calls {
            line(text, name, &cost_of(*cost))?;
        }
        writeln!(text, "\n{:>6}  {:>10}  {:>10}  answer", "line", "CPU us", "wall us")?;
        self.messages.iter().try_for_each(|told| write_told(text, told))?;
        text.push('\n');
        self.write_batches(text)?;
        self.write_limits(text)?;
        for (entry, json) in &self.said {
            line(text, entry, &json.to_string())?;
        }
        line(text, "messages", &self.sum())
    }

    fn write_batches(&self, text: &mut String) -> fmt::Result {
        let Batches { messages_max, cost, failures } = &self.batches;
        for failure in failures {
            line(text, "a batch", &format!("failed: {failure}"))?;
        }
        let cpu = us(cost.cpu) / self.messages.len().max(1) as f64;
        line(text, &format!("batches of {messages_max}"), &format!("{cpu:.3} us CPU a message"))
    }

    /// The slowest call and the memory beside what is allowed.
    fn write_limits(&self, text: &mut String) -> fmt::Result {
        let slowest = self.messages.iter().map(|told| told.cost).max_by_key(|cost| cost.wall);
        let slowest = slowest.unwrap_or_default();
        let Some(limits) = self.limits else {
            return line(text, "slowest call", &cost_of(slowest));
        };
        let share = |part: f64, of: u64| part / of.max(1) as f64 * 100.0;
        let percent = share(slowest.wall.as_secs_f64() * 1e3, limits.call_ms_max);
        let allowed = format!("{percent:.3} % of {} ms", limits.call_ms_max);
        line(text, "slowest call", &format!("{}, {allowed}", cost_of(slowest)))?;
        let Some(Taken { memory_bytes, failures }) = self.taken else { return Ok(()) };
        let percent = share(memory_bytes as f64, limits.memory_bytes_max);
        let allowed = format!("{percent:.1} % of {} bytes", limits.memory_bytes_max);
        line(text, "memory", &format!("{memory_bytes} bytes, {allowed}"))?;
        if failures == 0 {
            return Ok(());
        }
        line(text, "failures", &format!("{failures} calls trapped or broke the contract"))
    }

    fn sum(&self) -> String {
        let count = |which: fn(&Told) -> bool| self.messages.iter().filter(|it| which(it)).count();
        let mut sum = self.messages.len().to_string();
        for (count, what) in [
            (count(|it| it.failure.is_some()), "failed"),
            (count(|it| it.expected.is_some()), "not as expected"),
            (count(|it| it.in_batch.is_some()), "answered otherwise in a batch"),
        ] {
            if count > 0 {
                sum.push_str(&format!(", {count} {what}"));
            }
        }
        if self.is_good() { format!("{sum}, all answered") } else { sum }
    }
}

fn line(text: &mut String, name: &str, said: &str) -> fmt::Result {
    writeln!(text, "  {name:NAME_WIDTH$}  {said}")
}

fn cost_of(cost: Cost) -> String {
    format!("{:.2} us CPU, {:.2} us", us(cost.cpu), us(cost.wall))
}

fn write_told(text: &mut String, told: &Told) -> fmt::Result {
    let (cpu, wall) = (us(told.cost.cpu), us(told.cost.wall));
    write!(text, "{:>6}  {cpu:>10.2}  {wall:>10.2}  ", told.line)?;
    match (&told.answer, &told.failure) {
        (_, Some(failure)) => write!(text, "failed: {failure}")?,
        (Some(answer), None) => write!(text, "{answer}")?,
        (None, None) => write!(text, "no answer")?,
    }
    if let Some(expected) = &told.expected {
        write!(text, "; expected: {expected}")?;
    }
    if let Some(in_batch) = &told.in_batch {
        write!(text, "; in a batch: {in_batch}")?;
    }
    match &told.tried {
        Some(tried) => writeln!(text, "  {tried}"),
        None => writeln!(text),
    }
}
