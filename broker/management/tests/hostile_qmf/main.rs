//! Consoles that send anything: the kept corpus of the fuzz target holds.
#![cfg(test)]

use std::fs;
use std::path::Path;

#[path = "../../../../tests/fuzz/oracle/qmf.rs"]
mod qmf;

#[test]
fn the_agents_hold_for_the_kept_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/qmf");
    let files: Vec<_> = fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty(), "an empty corpus proves nothing");
    files.iter().for_each(|file| qmf::check(&fs::read(file).unwrap()));
}
