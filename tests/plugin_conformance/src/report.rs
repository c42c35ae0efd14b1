//! What the kit prints: a line a rule, and the sum.
//!
//! Invariant: every rule that began has a line, unless the process died in it; then the line that
//! announced it is the last.

use std::io::Write;

use crate::recorder::Recorder;
use crate::rule::{Checked, Rule, Stop};

/// Begins the lines that announce a rule, for a process that reads the lines of another.
pub const ANNOUNCEMENT: &str = "begin\t";

/// Begins the line with the sum, for the same reader: without it the other process did not end
/// well.
pub const END: &str = "end\t";

/// How many rules ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Kept.
    pub passed: usize,
    /// Broken.
    pub failed: usize,
    /// Not applicable.
    pub skipped: usize,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Where the lines go.
pub struct Report<'a> {
    output: &'a mut dyn Write,
    announces: bool,
    tally: Tally,
}

impl<'a> Report<'a> {
    /// Prints to `output`. With `announces` every rule is announced before it runs.
    pub fn new(output: &'a mut dyn Write, announces: bool) -> Self {
        Self { output, announces, tally: Tally::default() }
    }

    /// Prints the sum.
    pub fn end(&mut self) -> Tally {
        let tally = self.tally;
        let end = if self.announces { END } else { "" };
        self.print(format_args!("{end}{tally}"));
        tally
    }

    /// Runs every rule of `rules` over `subject`.
    pub(crate) fn run<S: ?Sized>(
        &mut self,
        name: &str,
        subject: &S,
        recorder: &Recorder,
        rules: &[&[Rule<S>]],
    ) {
        for rule in rules.iter().copied().flatten() {
            self.check(name, rule.name, recorder, || (rule.check)(subject));
        }
    }

    /// Runs one rule.
    pub(crate) fn check(
        &mut self,
        name: &str,
        rule: &str,
        recorder: &Recorder,
        check: impl FnOnce() -> Checked,
    ) {
        let rule = format!("{name}: {rule}");
        if self.announces {
            self.print(format_args!("{ANNOUNCEMENT}{rule}"));
        }
        let checked = check();
        self.conclude(&rule, recorder.verdict(checked));
    }

    fn conclude(&mut self, rule: &str, checked: Checked) {
        let (word, count, what) = match checked {
            Ok(what) => ("pass", &mut self.tally.passed, what),
            Err(Stop::Fails(what)) => ("fail", &mut self.tally.failed, what),
            Err(Stop::Skips(what)) => ("skip", &mut self.tally.skipped, what),
        };
        *count += 1;
        // A line is a line, whatever a plugin's text holds.
        let what = what.replace(char::is_control, " ");
        self.print(format_args!("{word}  {rule} — {what}"));
    }

    fn print(&mut self, line: std::fmt::Arguments<'_>) {
        // Where nobody reads the lines any more there is nobody to tell.
        let _ = writeln!(self.output, "{line}").and_then(|()| self.output.flush());
    }
}

impl std::fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Report({})", self.tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{fails, skips};

    #[test]
    fn a_rule_is_a_line() {
        let mut output = Vec::new();
        let mut report = Report::new(&mut output, true);
        let recorder = Recorder::default();
        report.check("exchange 'x'", "is kept", &recorder, || Ok("3 messages".to_owned()));
        report.check("exchange 'x'", "is broken", &recorder, || fails("two\nlines"));
        report.check("exchange 'x'", "does not apply", &recorder, || skips("nothing to see"));
        assert_eq!(report.end(), Tally { passed: 1, failed: 1, skipped: 1 });
        let expected = "begin\texchange 'x': is kept\n\
                        pass  exchange 'x': is kept — 3 messages\n\
                        begin\texchange 'x': is broken\n\
                        fail  exchange 'x': is broken — two lines\n\
                        begin\texchange 'x': does not apply\n\
                        skip  exchange 'x': does not apply — nothing to see\n\
                        end\t1 passed, 1 failed, 1 skipped\n";
        assert_eq!(String::from_utf8(output).unwrap(), expected);
    }
}
