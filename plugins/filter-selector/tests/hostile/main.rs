//! Any text may be given as a selector: the kept corpus of the fuzz target holds, and so do random
//! texts made of the language's words.
#![cfg(test)]

#[path = "../../../../tests/fuzz/oracle/selector.rs"]
mod selector;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[test]
fn the_kept_corpus_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/selector");
    let mut count = 0;
    for file in fs::read_dir(corpus).unwrap() {
        selector::check(&fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "an empty corpus proves nothing");
}

/// Words of the language, right and wrong, each between spaces.
const WORDS: &str = "AND or Not ( ) ( ) , a b none \"a-b\" amqp.to JMSX JMSType = <> < <= > >= + - \
                     * / BETWEEN IN LIKE ESCAPE IS NULL TRUE FALSE 'x' '%_x%' '!' 'it''s' 1 0x1F \
                     017 .5 1e3 6F 9223372036854775808 ' \" ! \u{1f980} \n 1_";

fn word() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.split(' ').collect();
    prop_oneof![20 => prop::sample::select(words).prop_map(str::to_owned), 1 => ".{0,4}"]
}

proptest! {
    #[test]
    fn any_text_is_compiled_or_refused(text in ".{0,200}") {
        selector::check(text.as_bytes());
    }

    #[test]
    fn any_words_are_compiled_or_refused(words in prop::collection::vec(word(), 0..40)) {
        selector::check(words.join(" ").as_bytes());
    }

    #[test]
    fn any_bytes_are_compiled_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        selector::check(&bytes);
    }
}
