//! Nothing is left for later: no placeholder code, no notes to oneself, no test switched off.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];
const NOTES: [&str; 3] = ["TODO", concat!("FIX", "ME"), concat!("XX", "X")];
const WHY: &str = "what lands is finished";

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    let code = &source.views.code;
    let called = words(code)
        .filter(|(at, word)| MACROS.contains(word) && code[at + word.len()..].starts_with('!'));
    let ignored = words(code).filter(|(at, word)| {
        *word == "ignore"
            && code[..*at].ends_with("#[")
            && !code[at + word.len()..].starts_with('!')
    });
    let noted = words(&source.views.comments).filter(|(_, word)| NOTES.contains(word));
    let in_code = called.chain(ignored).map(|(at, word)| (source.line_of(at), word));
    let in_comments =
        noted.map(|(at, word)| (1 + source.views.comments[..at].matches('\n').count(), word));
    let found = in_code.chain(in_comments);
    found.map(|(line, word)| source.violation(line, format!("`{word}`"), WHY)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_left_for_later() {
        let bad = [
            "fn f() { todo!() }",
            "fn f() { unimplemented!(\"x\") }",
            "fn f() { dbg!(x) }",
            concat!("// FIX", "ME: later"),
            concat!("/* XX", "X */"),
            "#[ignore]\nfn f() {}",
            "#[ignore = \"slow\"]\nfn f() {}",
        ];
        for text in bad {
            assert_eq!(check(&Source::new("a.rs", text)).len(), 1, "{text}");
        }
        let good = "fn f() { let todo = ignore(\"todo!\"); } // todo is a word";
        assert!(check(&Source::new("a.rs", good)).is_empty());
    }
}
