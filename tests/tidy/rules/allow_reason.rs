//! Whoever allows or expects a lint says why.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    let attributes = words(&source.views.code).filter(|(at, word)| {
        let before = source.views.code[..*at].trim_end();
        let opens = before.ends_with("#[") || before.ends_with("#![") || before.ends_with(',');
        matches!(*word, "allow" | "expect") && opens && arguments(source, at + word.len()).is_some()
    });
    let bare = attributes.filter(|(at, word)| {
        arguments(source, at + word.len()).is_some_and(|a| !words(a).any(|(_, w)| w == "reason"))
    });
    let what = |word: &str| format!("`{word}` without a reason");
    let why = "an exception is explained where it is made";
    bare.map(|(at, word)| source.violation(source.line_of(at), what(word), why)).collect()
}

/// What stands between the brackets that follow at once.
fn arguments(source: &Source, at: usize) -> Option<&str> {
    let inner = source.views.code[at..].strip_prefix('(')?;
    inner.find(')').map(|end| &inner[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_an_allow_without_reason() {
        let bare = "#[allow(dead_code)]\nfn f() {}\n#![expect(a,\n  b)]\n";
        assert_eq!(check(&Source::new("a.rs", bare)).len(), 2);
        assert_eq!(check(&Source::new("a.rs", "#[cfg_attr(x, allow(y))]")).len(), 1);
        let good =
            "#[allow(dead_code, reason = \"why\")]\nfn f() { acl.allow(user); a.expect(\"x\") }";
        assert!(check(&Source::new("a.rs", good)).is_empty());
    }
}
