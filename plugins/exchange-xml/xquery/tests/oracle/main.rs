//! Holds this engine against another one, xee, on XPath: two readings of the specification that
//! were made apart and must agree.
//!
//! Invariants: xee only gets queries of a shape that it can take, as it has no limits (`shape`);
//! where the two differ, `known_disagreements.txt` says why; what xee can't do is no disagreement.
//!
//! `PHILTER_ORACLE_CASES` and `PHILTER_ORACLE_SEED` set how many random cases there are and the
//! first one's seed. `PHILTER_ORACLE_REPORT` is a file for all disagreements of one test: run one
//! at a time.
#![cfg(test)]

#[allow(dead_code, reason = "the suite's runner uses all of it")]
#[path = "../qt3/assertion.rs"]
mod assertion;
#[allow(dead_code, reason = "the suite's runner uses all of it")]
#[path = "../qt3/catalog.rs"]
mod catalog;
mod disagreements;
#[allow(dead_code, reason = "the suite's runner uses all of it")]
#[path = "../qt3/engine.rs"]
mod engine;
#[allow(dead_code, reason = "the suite's runner uses all of it")]
#[path = "../qt3/environment.rs"]
mod environment;
mod outcome;
mod random;
#[allow(dead_code, reason = "the suite's runner uses all of it")]
#[path = "../qt3/resources.rs"]
mod resources;
mod shape;
mod suite;
mod threads;
mod xee;
