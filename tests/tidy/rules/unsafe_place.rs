//! `unsafe` stands in the plugin SDK's ABI folder, and where compiled components are read back.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

const PLACES: [&str; 2] = ["plugin-api/src/abi/", "broker/wasm/src/cache.rs"];

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    if PLACES.iter().any(|place| source.path.starts_with(place)) {
        return Vec::new();
    }
    let found = words(&source.views.code).filter(|(_, word)| *word == "unsafe");
    let why = "unsafe code stands in plugin-api/src/abi and broker/wasm/src/cache.rs alone";
    found.map(|(at, _)| source.violation(source.line_of(at), "`unsafe`".into(), why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_unsafe_outside_its_place() {
        let text = "//! no unsafe\nfn f() { unsafe { g(\"unsafe\") } }\n";
        assert_eq!(check(&Source::new("broker/src/a.rs", text)).len(), 1);
        assert!(check(&Source::new("plugin-api/src/abi/a.rs", text)).is_empty());
        assert!(check(&Source::new("a.rs", "#![deny(unsafe_code)]")).is_empty());
    }
}
