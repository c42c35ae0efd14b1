//! The model knows the plugin SDK's traits, never how a plugin is carried.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    if !source.path.starts_with("broker/model/") {
        return Vec::new();
    }
    let named = words(&source.views.code).filter(|(_, word)| *word == "abi");
    let why = "the model uses the SDK's traits alone";
    named.map(|(at, _)| source.violation(source.line_of(at), "`abi`".into(), why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_abi_in_the_model() {
        let text = "use philter_plugin_api::{abi, Exchange}; // abi\n";
        assert_eq!(check(&Source::new("broker/model/src/a.rs", text)).len(), 1);
        assert!(check(&Source::new("broker/src/a.rs", text)).is_empty());
    }
}
