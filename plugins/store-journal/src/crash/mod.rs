//! The proof that a power cut at any moment loses nothing that was confirmed.
//!
//! A workload is driven through a journal over a simulated disk; for every moment of the run, the
//! states that a power cut can leave are recovered from and judged: all of them after a short
//! workload, some by chance after a long one, whose seed is printed. `planted` holds the proof
//! itself to account: a journal that is wrong must be found out.

mod backup;
mod damage;
mod driver;
mod faults;
mod harness;
mod model;
mod planted;
mod recording;
mod recovery;
mod step;
mod tests;
mod workload;
