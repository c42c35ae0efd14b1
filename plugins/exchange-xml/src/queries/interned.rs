//! Expressions by their text: bindings with equal queries share one, and it is gone with the last
//! of them.
//!
//! Invariant: what is no longer in use takes no more room than what was at the last sweep, within a
//! factor.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use super::Expression;

/// Entries before the first sweep.
const SWEEP_MIN: usize = 64;

/// The expressions in use.
#[derive(Debug, Default)]
pub(super) struct Interned {
    by_text: HashMap<Arc<str>, Weak<Expression>>,
    sweep_at: usize,
}

impl Interned {
    /// The expression with this text, if it is in use.
    fn get(&self, text: &str) -> Option<Arc<Expression>> {
        self.by_text.get(text)?.upgrade()
    }

    /// Keeps an expression; gives the equal one that is in use, if there is one.
    pub(super) fn insert(&mut self, expression: Arc<Expression>) -> Arc<Expression> {
        if let Some(known) = self.get(expression.text()) {
            return known;
        }
        if self.by_text.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.by_text.retain(|_, known| known.strong_count() > 0);
            self.sweep_at = 2 * self.by_text.len();
        }
        self.by_text.insert(expression.shared_text(), Arc::downgrade(&expression));
        expression
    }
}

#[cfg(test)]
mod tests {
    use philter_xquery::{Options, Query};

    use super::*;

    fn expression(text: &str) -> Arc<Expression> {
        let query = Query::compile(text, &Options::default()).unwrap();
        let conditions = query.conditions();
        Arc::new(Expression::new(text, query, &conditions))
    }

    #[test]
    fn equal_texts_share_one_expression() {
        let mut interned = Interned::default();
        let first = interned.insert(expression("a"));
        assert!(Arc::ptr_eq(&first, &interned.insert(expression("a"))));
        assert!(interned.get("b").is_none());
    }

    #[test]
    fn what_nobody_uses_is_swept() {
        let mut interned = Interned::default();
        let kept = interned.insert(expression("kept"));
        for number in 0..1_000 {
            interned.insert(expression(&number.to_string()));
        }
        assert!(interned.by_text.len() <= 2 * SWEEP_MIN);
        assert!(interned.get("kept").is_some_and(|known| Arc::ptr_eq(&known, &kept)));
        assert!(interned.get("5").is_none());
    }
}
