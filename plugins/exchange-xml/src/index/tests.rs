//! What an index does, by rule.
