//! What the protocols cost a message.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod v0_10;
mod v0_9_1;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    v0_10::measure(&mut criterion);
    v0_9_1::measure(&mut criterion);
    criterion.final_summary();
}
