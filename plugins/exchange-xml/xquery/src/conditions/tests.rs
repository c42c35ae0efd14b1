//! Conditions of queries, and that they agree with evaluation.
