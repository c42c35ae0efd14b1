//! Any text may be given as a query, and any query may be evaluated: the kept corpora of the fuzz
//! targets hold, and so do random texts and random queries.
#![cfg(test)]

#[path = "../../../../../tests/fuzz/oracle/xquery_evaluate.rs"]
mod xquery_evaluate;
#[path = "../../../../../tests/fuzz/oracle/xquery_parse.rs"]
mod xquery_parse;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

fn replay(target: &str, check: impl Fn(&[u8])) {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fuzz/corpus");
    let mut count = 0;
    for file in fs::read_dir(corpora.join(target)).unwrap() {
        check(&fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "an empty corpus proves nothing");
}

#[test]
fn the_kept_corpora_hold() {
    replay("xquery_parse", xquery_parse::check);
    replay("xquery_evaluate", xquery_evaluate::check);
}

proptest! {
    #[test]
    fn any_bytes_are_compiled_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        xquery_parse::check(&bytes);
    }

    #[test]
    fn any_query_ends_within_its_limits(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        xquery_evaluate::check(&bytes);
    }
}
