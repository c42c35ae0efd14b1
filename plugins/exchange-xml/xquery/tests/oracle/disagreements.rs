//! Where the two engines differ and why.

use crate::outcome::Outcome;

/// Parts of queries whose results come in any order.
const OF_ANY_ORDER: [&str; 3] = ["map:", "?*", "distinct-values"];

/// A query that both engines evaluated.
pub(crate) struct Case {
    /// How to find it again: a seed or the name of a case of the suite.
    pub(crate) name: String,
    pub(crate) query: String,
    pub(crate) document: String,
    pub(crate) ours: Outcome,
    pub(crate) theirs: Outcome,
}

/// How a case came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Agreed,
    /// xee has an error where this engine has a value: it lacks much of the language.
    TheirsFailed,
    Known,
    Disagreed,
}

impl Case {
    /// The verdict on a case.
    pub(crate) fn verdict(&self, known: &[Known]) -> Verdict {
        let are_errors = self.ours.is_error() && self.theirs.is_error();
        if self.ours == self.theirs || are_errors || self.differs_in_order() {
            return Verdict::Agreed;
        }
        if self.theirs.is_error() {
            return Verdict::TheirsFailed;
        }
        if known.iter().any(|known| known.covers(self)) {
            Verdict::Known
        } else {
            Verdict::Disagreed
        }
    }

    /// Whether the order of the items differs, and is free.
    fn differs_in_order(&self) -> bool {
        let is_free = OF_ANY_ORDER.iter().any(|word| self.query.contains(word));
        is_free && self.ours.in_order() == self.theirs.in_order()
    }

    /// All about it.
    pub(crate) fn report(&self) -> String {
        let Self { name, query, document, ours, theirs } = self;
        format!("{name}\n{query}\n{document}\nthis engine: {ours:?}\nxee: {theirs:?}\n")
    }
}

/// A known disagreement: a case by name, or all cases whose names begin alike.
pub(crate) struct Known {
    pattern: String,
}

impl Known {
    fn covers(&self, case: &Case) -> bool {
        match self.pattern.strip_suffix('*') {
            Some(beginning) => case.name.starts_with(beginning),
            None => case.name == self.pattern,
        }
    }
}

/// Reads the list: a line has a pattern, a tab, and the reason.
pub(crate) fn known() -> Vec<Known> {
    let lines = include_str!("known_disagreements.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known = lines.map(|line| {
        let (pattern, reason) = line.split_once('\t').expect("a tab stands before the reason");
        assert!(!reason.trim().is_empty(), "{pattern} has no reason");
        Known { pattern: pattern.to_owned() }
    });
    known.collect()
}

/// Prints counts. Fails where engines disagree, where fewer than `agreeing_min` cases have a result
/// on which they agree, and where what is `expected` to be known does not show.
pub(crate) fn judge(cases: &[Case], agreeing_min: usize, expected: impl Fn(&str) -> bool) {
    let known = known();
    let verdicts: Vec<_> = cases.iter().map(|case| case.verdict(&known)).collect();
    let count = |verdict| verdicts.iter().filter(|known| **known == verdict).count();
    println!(
        "{} cases: {} agree, {} that only xee refuses, {} known, {} disagree",
        cases.len(),
        count(Verdict::Agreed),
        count(Verdict::TheirsFailed),
        count(Verdict::Known),
        count(Verdict::Disagreed),
    );
    let of = |wanted| {
        let judged = cases.iter().zip(&verdicts);
        judged.filter(move |(_, verdict)| **verdict == wanted).map(|(case, _)| case)
    };
    let reports: Vec<_> = of(Verdict::Disagreed).map(Case::report).collect();
    if let Ok(file) = std::env::var("PHILTER_ORACLE_REPORT") {
        std::fs::write(file, reports.join("\n")).expect("the report is written");
    }
    let shown = reports.iter().take(20).map(String::as_str).collect::<Vec<_>>();
    assert!(reports.is_empty(), "{} disagree:\n{}", reports.len(), shown.join("\n"));
    let agreeing = of(Verdict::Agreed).filter(|case| !case.ours.is_error()).count();
    assert!(agreeing >= agreeing_min, "only {agreeing} results that both have");
    let gone = known.iter().filter(|known| expected(&known.pattern));
    let gone: Vec<_> =
        gone.filter(|known| !of(Verdict::Known).any(|case| known.covers(case))).collect();
    let gone: Vec<_> = gone.iter().map(|known| &*known.pattern).collect();
    assert!(gone.is_empty(), "no disagreement any more: {gone:?}");
}
