//! A run of the kit's binary over a library.

use std::path::Path;
use std::process::Command;

/// What a run said.
pub(crate) struct Run {
    exit_code: Option<i32>,
    text: String,
}

impl Run {
    /// Runs the kit over a library.
    pub(crate) fn over(library: &Path, arguments: &[&str]) -> Self {
        let mut kit = Command::new(env!("CARGO_BIN_EXE_philter-plugin-conformance"));
        let output = kit.arg(library).args(arguments).output().expect("the kit runs");
        let [lines, errors] =
            [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        Self { exit_code: output.status.code(), text: format!("{lines}{errors}") }
    }

    /// No rule failed, and some passed.
    pub(crate) fn passes(&self) -> &Self {
        assert_eq!(self.exit_code, Some(0), "{}", self.text);
        assert!(self.lines("pass").count() > 10, "{}", self.text);
        assert_eq!(self.lines("fail").count(), 0, "{}", self.text);
        self
    }

    /// A rule with these words failed.
    pub(crate) fn fails(&self, words: &str) -> &Self {
        assert_eq!(self.exit_code, Some(1), "{}", self.text);
        let says_so = self.lines("fail").any(|line| line.contains(words));
        assert!(says_so, "no failure says '{words}' in\n{}", self.text);
        self
    }

    /// Whether these words stand anywhere.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.text.contains(words)
    }

    /// A rule with these words was skipped.
    pub(crate) fn skips(&self, words: &str) -> bool {
        self.lines("skip").any(|line| line.contains(words))
    }

    fn lines(&self, verdict: &'static str) -> impl Iterator<Item = &str> {
        self.text.lines().filter(move |line| line.starts_with(verdict))
    }
}
