//! The corpus that the fuzz targets keep, replayed by every test run.

use std::fs;
use std::path::Path;

use crate::{connection_0_9_1, decode_0_9_1};

fn replay(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(target);
    let files = fs::read_dir(corpus).unwrap();
    let mut count = 0;
    for file in files {
        check(&fs::read(file.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 0, "an empty corpus proves nothing");
}

#[test]
fn the_decoders_hold_for_the_kept_corpus() {
    replay("decode_0_9_1", decode_0_9_1::check);
}

#[test]
fn the_connection_holds_for_the_kept_corpus() {
    replay("connection_0_9_1", connection_0_9_1::check);
}
